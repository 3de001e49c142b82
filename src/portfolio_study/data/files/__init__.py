"""Prices from a reader's own file, CSV or Parquet: understood, or refused by the name of what it is.

One idea a module: `content` (bytes and encodings), `sheet` (cells with their lines), `signatures`
(files that are known by what they look like), `names`, `dates` and `numbers` (how cells are
written), `filename` (the asset that a file is named after), `layout` (what the columns are),
`choose` (which assets), `assets` (what is none), `frequency`, `french` (files of Kenneth French's
library), `reader` (all of it in order).
"""

from portfolio_study.data.files.reader import file_assets, load_file

__all__ = ["file_assets", "load_file"]
