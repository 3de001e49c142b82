"""From text notebooks to a published site: execute, stage, render, publish."""
