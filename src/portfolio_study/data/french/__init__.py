"""Kenneth French's data library, through its own files.

One idea a module: `text` (a file as tables of returns), `prices` (returns as a price index),
`archive` (zip archives, bounded), `download` (the network), `library` (which portfolios are in
which file, and all of it in order).
"""
