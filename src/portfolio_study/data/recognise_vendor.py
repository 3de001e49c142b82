"""Tell whose prices a file holds, by comparing them with packaged prices of the same stocks."""

import numpy as np
import pandas as pd

from portfolio_study.data.history import log_returns
from portfolio_study.data.packaged import read_dataset
from portfolio_study.errors import StudyError

MIN_TICKERS = 3
MIN_DAYS = 250
# Packaged prices have three decimals, so their returns are off by up to about 0.001 / price;
# another vendor's dividend adjustment differs by far more on ex-dividend days.
ROUNDING = 1.5e-3
# Share of days that must agree: vendors correct single prices later.
SHARE = 0.999


def recognise_vendor(close: pd.DataFrame) -> tuple[str, str]:
    """Return the vendor of daily prices, and how that is known.

    Prices count as Yahoo's if the returns of at least three stocks agree, on at least 99.9 % of
    at least 250 common days, with the packaged prices that come from Yahoo, up to their rounding.

    Parameters
    ----------
    close : DataFrame (T, N)
        Adjusted closes.

    Returns
    -------
    vendor : str
        ``yahoo`` or ``unknown``.
    why : str
        One sentence for the manifest.
    """
    try:
        packaged = read_dataset("us20")["adj_close"]
    except StudyError as error:
        return "unknown", f"not compared: {error}"
    shared = [t for t in close.columns if t in packaged.columns]
    dates = close.index.intersection(packaged.index)
    if len(shared) < MIN_TICKERS or len(dates) < MIN_DAYS:
        return (
            "unknown",
            f"only {len(shared)} ticker(s) and {len(dates)} day(s) in common with packaged prices",
        )
    ours, theirs = close.loc[dates, shared], packaged.loc[dates, shared]
    if not (np.isfinite(ours) & (ours > 0)).all(axis=None):
        return "unknown", "not compared: a price is missing or not positive"
    gap = (log_returns(ours) - log_returns(theirs)).abs()
    allowed = ROUNDING / theirs.where(theirs < theirs.shift(1), theirs.shift(1)).iloc[1:]
    share = float((gap <= allowed).to_numpy().mean())
    text = (
        f"{share:.2%} of the daily returns of {len(shared)} stocks ({', '.join(shared)}; {dates[0]:%Y-%m-%d} "
        f"to {dates[-1]:%Y-%m-%d}) agree with packaged prices from Yahoo up to rounding"
    )
    return ("yahoo" if share >= SHARE else "unknown"), text


def comparable_tickers() -> frozenset[str]:
    """Tickers whose packaged prices come from a vendor that a file can be compared with."""
    try:
        return frozenset(map(str, read_dataset("us20")["adj_close"].columns))
    except StudyError:
        return frozenset()
