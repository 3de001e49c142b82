"""The price history of a study and the returns that are derived from it."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from portfolio_study.checks import as_prices, sessions_per_year
from portfolio_study.errors import ParameterError

PERIOD_NAMES = {"daily": "day", "monthly": "month"}
Table = TypeVar("Table", pd.DataFrame, pd.Series)
OHLCV_FIELDS = ("open", "high", "low", "close", "adj_close", "volume")


@dataclass(frozen=True)
class PriceHistory:
    """Prices of a universe with everything that says where they come from.

    Attributes
    ----------
    close : DataFrame, shape (T, N)
        Closing prices adjusted for splits and dividends; index ``date``, columns ``ticker``.
    ohlcv : dict of DataFrame or None
        ``open``, ``high``, ``low``, ``close`` (adjusted for splits only), ``adj_close``
        and ``volume`` (shares), each shaped like `close`; None if the source has closes only.
    risk_free : Series, length T
        Net risk-free rate of the period that ends at the date (decimal per period).
    source : str
        ``packaged``, ``yahoo``, ``french``, ``file`` or ``synthetic``.
    universe : str
        Name of the universe, or ``custom``.
    frequency : str
        ``daily`` or ``monthly``.
    sha256 : str
        Checksum of values, dates and tickers (see `prices_checksum`), of the rate too.
    manifest : dict
        Source, vendor, licence, tickers, dates, rows, notes, package versions.
    """

    close: pd.DataFrame
    ohlcv: dict[str, pd.DataFrame] | None
    risk_free: pd.Series
    source: str
    universe: str
    frequency: str = "daily"
    sha256: str = ""
    manifest: dict[str, Any] = field(default_factory=dict, compare=False)  # says when, not what

    @property
    def tickers(self) -> list[str]:
        """Names of the columns, in order."""
        return [str(ticker) for ticker in self.close.columns]

    @property
    def period(self) -> str:
        """Name of one period: ``day`` or ``month``."""
        return PERIOD_NAMES[self.frequency]

    @property
    def periods_per_year(self) -> int:
        """Periods in a year: 252 days (365 where every day of the week has prices) or 12 months."""
        return 12 if self.frequency == "monthly" else sessions_per_year(pd.DatetimeIndex(self.close.index))

    def sample(self) -> dict[str, Any]:
        """Describe the data in a few words: what a recorded result stores as its evidence.

        Returns
        -------
        dict
            ``vendor``, ``source``, ``universe``, ``tickers``, ``first`` and ``last`` (ISO dates),
            ``rows``, ``sha256``, ``frequency``, ``ohlcv`` (bool).
        """
        return {
            "vendor": self.manifest.get("vendor", ""),
            "source": self.source,
            "universe": self.universe,
            "tickers": self.tickers,
            "first": f"{self.close.index[0]:%Y-%m-%d}",
            "last": f"{self.close.index[-1]:%Y-%m-%d}",
            "rows": len(self.close),
            "sha256": self.sha256,
            "frequency": self.frequency,
            "ohlcv": self.ohlcv is not None,
        }


def latest(history: PriceHistory, rows: int | None, tickers: int | None = None) -> PriceHistory:
    """Return the last `rows` dates and first `tickers` tickers of a history.

    Parameters
    ----------
    history : PriceHistory
        Of shape (T, N).
    rows, tickers : int or None
        None keeps all, as does a number above T or N.

    Returns
    -------
    PriceHistory
        With prices, fields and riskless rate of these dates and tickers.

    Raises
    ------
    ParameterError
        For fewer than two rows or no ticker.
    """
    if (rows is not None and rows < 2) or (tickers is not None and tickers < 1):
        raise ParameterError(f"rows must be at least 2 and tickers at least 1, got {rows} and {tickers}")
    columns = history.close.columns[:tickers]
    start = 0 if rows is None else max(0, len(history.close) - rows)
    ohlcv = history.ohlcv and {name: table[columns].iloc[start:] for name, table in history.ohlcv.items()}
    return replace(
        history,
        close=history.close[columns].iloc[start:],
        ohlcv=ohlcv,
        risk_free=history.risk_free.iloc[start:],
    )


def simple_returns(close: Table) -> Table:
    r"""Return the simple returns (holding-period returns) of one period.

    .. math:: R_t = P_t / P_{t-1} - 1

    Parameters
    ----------
    close : DataFrame (T, N) or Series (T,)
        Positive prices.

    Returns
    -------
    DataFrame (T-1, N) or Series
        Returns as decimals per period, dated at the end of the period.

    Raises
    ------
    DataError
        If a price is missing, text or not positive, a date is repeated or out of order (ticker and date are
        named), or there are fewer than two.

    Notes
    -----
    Paper 000, section Background, "HPR". Simple returns add up across assets:
    :math:`R_p = w^\top R`.
    """
    close = _prices(close)
    return (close / close.shift(1) - 1.0).iloc[1:]


def log_returns(close: Table) -> Table:
    r"""Return the log returns (continuously compounded returns) of one period.

    .. math:: l_t = \ln(1 + R_t) = \ln P_t - \ln P_{t-1}

    Parameters
    ----------
    close : DataFrame (T, N) or Series (T,)
        Positive prices.

    Returns
    -------
    DataFrame (T-1, N) or Series
        Log returns (decimal), dated at the end of the period.

    Raises
    ------
    DataError
        If a price is missing, text or not positive, a date is repeated or out of order (ticker and date are
        named), or there are fewer than two.

    Notes
    -----
    Paper 000, section Data Pre-processing. Log returns add up over time, not across assets.
    """
    return simple_returns(close).transform(np.log1p)


def _prices(close: Table) -> Table:
    """Return at least two checked prices, as the table or series that they were."""
    frame = as_prices(close, "prices", 2)
    if isinstance(close, pd.DataFrame):
        return frame
    return pd.Series(frame.iloc[:, 0], name=close.name)
