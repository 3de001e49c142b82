"""Expected returns one step ahead."""
