"""Tell whose prices a file holds: by comparison with packaged prices of the same stocks, else as declared."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from portfolio_study.data.history import PriceHistory, log_returns
from portfolio_study.data.packaged import read_dataset
from portfolio_study.errors import DataError, StudyError, UnknownNameError

#: Vendors that a reader can declare. `samples.yml` of the book names the first two; ``other`` is any other.
VENDORS = (
    "yahoo", "french", "alpha_vantage", "bloomberg", "crsp", "eodhd", "lseg", "nasdaq", "stooq", "tiingo", "other",
)  # fmt: skip
UNKNOWN = "unknown"
MIN_TICKERS = 3
MIN_DAYS = 250
# Packaged prices have three decimals, so their returns are off by up to about 0.001 / price;
# another vendor's dividend adjustment differs by far more on ex-dividend days.
ROUNDING = 1.5e-3
# Share of days that must agree: vendors correct single prices later.
SHARE = 0.999


@dataclass(frozen=True)
class Recognised:
    """Whose prices a file holds, as far as its numbers say.

    Attributes
    ----------
    vendor : str
        ``yahoo`` or ``unknown``.
    why : str
        One sentence for the manifest.
    compared : bool
        Whether there was enough to compare: an unknown vendor is then another one than Yahoo.
    """

    vendor: str
    why: str
    compared: bool = False


def recognise_vendor(close: pd.DataFrame) -> Recognised:
    """Return the vendor of daily prices, and how that is known.

    Prices count as Yahoo's if the returns of at least three stocks agree, on at least 99.9 % of
    at least 250 common days, with the packaged prices that come from Yahoo, up to their rounding.

    Parameters
    ----------
    close : DataFrame (T, N)
        Adjusted closes.

    Returns
    -------
    Recognised
    """
    try:
        packaged = read_dataset("us20")["adj_close"]
    except StudyError as error:
        return Recognised(UNKNOWN, f"not compared: {error}")
    shared = [t for t in close.columns if t in packaged.columns]
    dates = close.index.intersection(packaged.index)
    if len(shared) < MIN_TICKERS or len(dates) < MIN_DAYS:
        return Recognised(
            UNKNOWN,
            f"only {len(shared)} ticker(s) and {len(dates)} day(s) in common with packaged prices",
        )
    ours, theirs = close.loc[dates, shared], packaged.loc[dates, shared]
    if not (np.isfinite(ours) & (ours > 0)).all(axis=None):
        return Recognised(UNKNOWN, "not compared: a price is missing or not positive")
    gap = (log_returns(ours) - log_returns(theirs)).abs()
    allowed = ROUNDING / theirs.where(theirs < theirs.shift(1), theirs.shift(1)).iloc[1:]
    share = float((gap <= allowed).to_numpy().mean())
    text = (
        f"{share:.2%} of the daily returns of {len(shared)} stocks ({', '.join(shared)}; {dates[0]:%Y-%m-%d} "
        f"to {dates[-1]:%Y-%m-%d}) agree with packaged prices from Yahoo up to rounding"
    )
    return Recognised("yahoo" if share >= SHARE else UNKNOWN, text, compared=True)


def require_vendor(name: str) -> str:
    """Return the name of a vendor that can be declared.

    Raises
    ------
    UnknownNameError
        With the nearest one.
    """
    if name not in VENDORS:
        raise UnknownNameError("vendor", name, VENDORS)
    return name


def declare_vendor(prices: PriceHistory, vendor: str) -> PriceHistory:
    """Take a reader's word for whose prices a file holds, where its numbers do not say.

    Parameters
    ----------
    prices : PriceHistory
        Of a file.
    vendor : str
        One of `VENDORS`.

    Returns
    -------
    PriceHistory
        Its manifest says that the vendor was declared, unless the file was recognised as that vendor's.

    Raises
    ------
    UnknownNameError
        If there is no such vendor.
    DataError
        If the file says otherwise: it was recognised as another vendor's, or compared with Yahoo's
        prices and found to differ although they are declared as these. The message has what was found.
    """
    require_vendor(vendor)
    manifest = prices.manifest
    found, why = manifest["vendor"], manifest["vendor_check"]
    if found == vendor:
        return prices
    another = found != UNKNOWN
    if another or (vendor == "yahoo" and manifest.get("vendor_compared")):
        said = f"it was recognised as {found}" if another else "its prices are not Yahoo's adjusted closes"
        raise DataError(
            f"price file {manifest['file']}: VENDOR={vendor} contradicts the file, {said}: {why}. Leave VENDOR "
            "out, or name the vendor that it comes from"
        )
    declared = {
        "vendor": vendor,
        "vendor_declared": True,
        "vendor_check": f"declared by the reader (VENDOR={vendor}), not recognised: {why}",
    }
    return replace(prices, manifest=manifest | declared)


def comparable_tickers() -> frozenset[str]:
    """Tickers whose packaged prices come from a vendor that a file can be compared with."""
    try:
        return frozenset(map(str, read_dataset("us20")["adj_close"].columns))
    except StudyError:
        return frozenset()
