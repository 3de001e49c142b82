"""What can't be an asset: counters, parts of the date, copies, rates, returns, volumes, text."""

import numpy as np
import pandas as pd

from portfolio_study.data.files.names import RATES, RETURNS, is_invented, plain
from portfolio_study.data.files.numbers import describe, read_numbers
from portfolio_study.data.files.sheet import Sheet
from portfolio_study.data.files.signatures import returns_error

_LEAVE = "leave the column out, or name the assets you want as UNIVERSE"
_MANY = 0.2  # share of values that are not positive, above which nobody means prices


def check_assets(sheet: Sheet, columns: dict[str, int], days: pd.Series, comma: bool) -> None:
    """Refuse columns of a wide sheet that hold no prices of an asset.

    Parameters
    ----------
    sheet : Sheet
        Cells of the file.
    columns : dict
        Chosen columns by name.
    days : Series of Timestamp
        Date of each row.
    comma : bool
        Decimals are written behind a comma.

    Raises
    ------
    DataError
        Naming the column and what it seems to hold.
    """
    if len(columns) > 1 and "0" in columns:  # beside named ones too: no exchange lists a stock as 0
        last = next(i for i in range(len(columns) + 1) if str(i) not in columns) - 1
        which = f"columns '0' to '{last}' have the numbers" if last else "column '0' has the number"
        raise sheet.error(
            f"the {which} that pandas gives to columns without a name: write the tickers into the header"
        )
    for name, column in columns.items():
        values, wrong = read_numbers(sheet.columns[column], comma)
        why = _is_no_price(name, values, wrong, pd.DatetimeIndex(days), sheet.text(column))
        if why:
            raise sheet.error(f"the column {name!r} {why}: as it stands it is no asset; {_LEAVE}")


def _is_no_price(
    name: str, values: np.ndarray, wrong: np.ndarray, days: pd.DatetimeIndex, text: pd.Series
) -> str:
    known = values[np.isfinite(values)]
    if wrong.any() and not len(known):
        cell = text[int(np.argmax(wrong))]
        what = describe(cell)
        return f"holds {cell!r}, {what}" if what else f"holds text ({cell!r})"
    if not len(known):
        return "is empty"
    if is_invented(name):
        return "has a name that a program gave to a column without one"
    if plain(name) in RATES and known.max() < 1:
        return f"holds a rate ({known[0]:g})"
    if len(known) <= 5:
        return ""
    whole = bool((known % 1 == 0).all())
    if known.min() == known.max():
        return f"stands at {known[0]:g} on every date"
    if whole and len(known) == len(values):
        if len(np.unique(np.diff(values))) == 1:
            return f"is a counter ({values[0]:g}, {values[1]:g}, {values[2]:g}, ...)"
        for part, numbers in _parts_of(days).items():
            if np.array_equal(values, numbers):
                return f"holds the {part} of the dates"
        if len(np.unique(known)) <= 12 and known.max() <= 12:
            return f"holds a few small whole numbers ({known[0]:g}, {known[1]:g}, ...)"
    if plain(name) in RETURNS and (known <= 0).any():
        return "holds returns"
    positive = known[known > 0]
    if whole and np.median(known) >= 1000 and len(positive) > 20 and np.std(np.diff(np.log(positive))) > 0.2:
        return f"holds whole numbers that jump ({known[0]:g}, {known[1]:g}, ...): a volume?"
    return ""


def _parts_of(days: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    return {
        "year": days.year.to_numpy(),
        "month": days.month.to_numpy(),
        "day": days.day.to_numpy(),
        "quarter": days.quarter.to_numpy(),
        "weekday": days.day_of_week.to_numpy(),
        "weekday from 1": days.day_of_week.to_numpy() + 1,
        "week": days.isocalendar()["week"].to_numpy(dtype=int),
        "day of the year": days.day_of_year.to_numpy(),
        "year and month": days.year.to_numpy() * 100 + days.month.to_numpy(),
        "date": days.year.to_numpy() * 10_000 + days.month.to_numpy() * 100 + days.day.to_numpy(),
    }


def refuse_returns(sheet: Sheet, close: pd.DataFrame, french: bool) -> None:
    """Refuse numbers that are returns: many are not positive, or all lie around one without a trend.

    Parameters
    ----------
    sheet : Sheet
        Cells of the file, for messages.
    close : DataFrame (T, N)
        What was taken for prices.
    french : bool
        The file has Kenneth French's layout.

    Raises
    ------
    DataError
        Saying whether they are in percent, decimals or growth factors.
    """
    values = close.to_numpy(dtype=float)
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        share = (values <= 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    if not known.any():
        return
    column = int(np.argmax(share))
    name = str(close.columns[column])
    negative = values[known & (values <= 0)]
    if (share > _MANY).all():
        percent = bool(np.median(np.abs(values[known])) > 0.1)
        example = f"{name} is {values[:, column][values[:, column] <= 0][0]:g}"
        raise returns_error(sheet.file, percent, example, french)
    if len(negative) and share[column] > _MANY:
        raise sheet.error(
            f"{name!r} has {share[column]:.0%} of its values at zero or below (the first is "
            f"{values[:, column][values[:, column] <= 0][0]:g}): it holds returns or a rate, no "
            f"prices; {_LEAVE}"
        )
    if len(close) >= 20 and _around_one(close):
        raise returns_error(sheet.file, None, f"{name} is {values[:, column][known[:, column]][0]:g}")


def refuse_copies(sheet: Sheet, close: pd.DataFrame) -> None:
    """Refuse two assets that have one price on every date.

    Raises
    ------
    DataError
        Naming both.
    """
    if len(close) <= 5:
        return
    seen: dict[bytes, str] = {}
    for name in close.columns:
        values = close[name].to_numpy(dtype=float)
        first = seen.setdefault(values.tobytes(), str(name)) if np.isfinite(values).all() else str(name)
        if first != str(name):
            raise sheet.error(
                f"{str(name)!r} is a copy of {first!r}: they have one price on every date; {_LEAVE}"
            )


def _around_one(close: pd.DataFrame) -> bool:
    """Whether every column jumps around one: prices near one, such as exchange rates, move slowly."""
    level = close.median()
    if not ((level > 0.9) & (level < 1.1)).all():
        return False
    persistent = close.apply(lambda x: x.autocorr(1))
    return bool((persistent.fillna(0) < 0.5).all())


def not_a_number(
    sheet: Sheet, name: str, ticker: str, day: pd.Timestamp, row: int, cell: str, count: int
) -> Exception:
    """Return the error for a cell that is no number."""
    what = describe(cell)
    return sheet.error(
        f"{name} of {ticker} on {day:%Y-%m-%d} is {cell!r}, not a number"
        + (f" but {what}" if what else "")
        + f" ({count} such cell(s))",
        row,
    )
