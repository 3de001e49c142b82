"""Tables and lists with a row or a name for each asset, that stay readable for hundreds of assets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.figures import MISSING, TABLE_METADATA, show_table

MOST_ROWS = 60
"""Assets up to which a table shows a row for each."""
MOST_DRAWN = 30
"""Assets up to which a figure draws each."""
EACH_END = 10
"""Rows at both ends of a table that does not show every asset."""
MOST_NAMES = 20
"""Names up to which a sentence lists each."""


def show_assets(
    frame: pd.DataFrame,
    caption: str,
    formats: Mapping[str, str] | str | None = None,
    by: str | None = None,
    always: Sequence[str] = (),
) -> Any:
    """Show a table with a row for each asset: of many assets both ends of one column, and the medians.

    The file that a reader can take away has every row.

    Parameters
    ----------
    frame : DataFrame
        One row an asset.
    caption : str
        What the table holds.
    formats : mapping of column to format, or one format for all numbers, optional
        As for `portfolio_study.figures.show_table`.
    by : str, optional
        Column of numbers whose lowest and highest assets are shown; default the first column of numbers.
    always : sequence of str
        Rows of no single asset, which are shown last whatever their values.
    """
    whole = show_table(frame, caption, formats)
    single = frame.drop(index=list(always))
    if len(single) <= MOST_ROWS:
        return whole
    numbers = single.select_dtypes("number")
    column = by if by is not None else str(numbers.columns[0])
    ranked = single.sort_values(column, kind="stable")
    middle = pd.DataFrame(
        {name: [numbers[name].median() if name in numbers else MISSING] for name in single.columns},
        index=pd.Index([f"median of {len(single)}"]),
    )
    known = ranked[ranked[column].notna()]
    parts = [known.head(EACH_END), middle, known.tail(EACH_END), frame.loc[list(always)]]
    shown = pd.concat([part.astype(object) for part in parts])
    shown.index.name = frame.index.name
    told = (
        f"{caption} (of {len(single)} assets the {EACH_END} lowest and the {EACH_END} highest by the column "
        f'"{column}", and the median of each column; the CSV file has all)'
    )
    short = show_table(shown, told, formats)
    short.metadata[TABLE_METADATA]["csv"] = whole.metadata[TABLE_METADATA]["csv"]
    return short


def spread_rows(frame: pd.DataFrame, most: int = MOST_DRAWN) -> pd.DataFrame:
    """Rows of a sorted frame that are spread evenly from its first to its last; all where there are few.

    Parameters
    ----------
    frame : DataFrame
        Sorted by what a figure shows, so that the rows are its quantiles.
    most : int
        How many rows stay.
    """
    if len(frame) <= most:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, most).round().astype(int)]


def listed(names: Iterable[Any], separator: str = ", ", most: int = MOST_NAMES) -> str:
    """Names in a sentence; of many the first, and how many more there are.

    Parameters
    ----------
    names : iterable
        Turned to text.
    separator : str
        Between two names.
    most : int
        Names up to which each is listed.
    """
    texts = [str(name) for name in names]
    if len(texts) <= most:
        return separator.join(texts)
    return f"{separator.join(texts[:most])} and {len(texts) - most} more"
