"""What an LSTM reads: features, 50-day sequences, splits and scalers, leak-free and as published."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from portfolio_study.checks import in_time_order
from portfolio_study.data.history import PriceHistory
from portfolio_study.data.rsi import rsi
from portfolio_study.errors import DataError, ParameterError, UnknownNameError

OHLCV_FEATURES = ("open", "high", "low", "adj_close", "volume", "rsi")
CLOSE_FEATURES = ("adj_close", "rsi")
INPUTS = ("levels", "stationary")
PROTOCOLS = ("corrected", "as_published", "shuffled")
TEST_SHARE = 0.2  # of all rows; the text names 20 % for its portfolio, no ratio for its networks
VALIDATION_SHARE = 0.2  # of the rows before the test block; the paper gives no ratio


def feature_names(history: PriceHistory) -> tuple[str, ...]:
    """Features that the source carries: the paper's six, or adjusted close and RSI."""
    return OHLCV_FEATURES if history.ohlcv is not None else CLOSE_FEATURES


def features(
    history: PriceHistory, ticker: str, names: tuple[str, ...] | None = None, inputs: str = "levels"
) -> pd.DataFrame:
    r"""Feature rows of one ticker, each known at the close of its date.

    Open, high and low are multiplied by adjusted close over close, so that all
    prices are on one scale; the paper mixes unadjusted and adjusted prices.

    A price that rises for years leaves the range on which a network was trained.
    Stationary inputs do not: every price as its log over the adjusted close of the
    day before, :math:`\ln(p_t / P_{t-1})`, volume as its log change (of the shares plus
    one), RSI as it is.

    Parameters
    ----------
    history : PriceHistory
    ticker : str
    names : tuple of str, optional
        Subset of ``open high low adj_close volume rsi``; default all that the
        source carries.
    inputs : {"levels", "stationary"}

    Returns
    -------
    DataFrame, shape (T - 13, F)
        From the first date with an RSI(14) on; column order as in `names`.

    Raises
    ------
    DataError
        If the ticker is missing, its price never changes, or a value is NaN
        (names the date).
    """
    if inputs not in INPUTS:
        raise UnknownNameError("inputs", inputs, INPUTS)
    if ticker not in history.close.columns:
        raise UnknownNameError("ticker", ticker, history.tickers)
    close = history.close[ticker]
    if close.max() == close.min():
        raise DataError(
            f"{ticker}: the price is constant from {close.index[0]:%Y-%m-%d} on, nothing to learn"
        )
    columns: dict[str, pd.Series] = {"adj_close": close, "rsi": rsi(close)}
    if history.ohlcv is not None:
        factor = close / history.ohlcv["close"][ticker]
        columns |= {name: history.ohlcv[name][ticker] * factor for name in ("open", "high", "low")}
        columns["volume"] = history.ohlcv["volume"][ticker]
    if inputs == "stationary":
        before = close.shift(1)
        prices = [name for name in columns if name not in ("rsi", "volume")]
        columns |= {name: (columns[name] / before).pipe(np.log) for name in prices}
        if "volume" in columns:
            logs: pd.Series = columns["volume"].add(1.0).pipe(np.log)
            columns["volume"] = logs.diff()
    chosen = names or feature_names(history)
    for name in chosen:
        if name not in columns:
            raise UnknownNameError("feature", name, columns)
    table = pd.DataFrame({name: columns[name] for name in chosen}).iloc[13:]
    if (gaps := table.isna()).to_numpy().any():
        row, column = np.argwhere(gaps.to_numpy())[0]
        raise DataError(f"{ticker}: {table.columns[column]} is missing on {table.index[row]:%Y-%m-%d}")
    return table


@dataclass(frozen=True)
class Task:
    """Sequences of one ticker, split and scaled.

    Attributes
    ----------
    ticker : str
    inputs : ndarray, shape (n, window, F), float32
        Scaled features; the window of target row t holds rows t-window .. t-1.
    targets : ndarray, shape (n,), float32
        Scaled log returns.
    dates : DatetimeIndex, length n
        Date of each target.
    train, validation, test : ndarray of int
        Positions of the samples of each part.
    low, span : float
        ``log return = low + span * scaled target``.
    """

    ticker: str
    inputs: np.ndarray
    targets: np.ndarray
    dates: pd.DatetimeIndex
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    low: float
    span: float

    def log_returns(self, scaled: np.ndarray) -> np.ndarray:
        """Undo the scaling of targets or predictions."""
        return self.low + self.span * np.asarray(scaled, dtype=float)


def split_rows(
    rows: int, window: int, test_start: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Target rows of training, validation and test in time order, a gap of `window` rows between them.

    The gap keeps every window of a later part free of targets of an earlier
    one. Test is the last fifth of the rows, validation the last fifth before it.

    Parameters
    ----------
    rows : int
        Feature rows R; targets are rows window .. R-1.
    window : int
    test_start : int, optional
        First test row, if not the last fifth.

    Raises
    ------
    DataError
        If a part has no row left.
    """
    first = rows - round(TEST_SHARE * rows) if test_start is None else test_start
    validation = first - round(VALIDATION_SHARE * first)
    parts = (
        np.arange(window, validation - window),
        np.arange(validation, first - window),
        np.arange(first, rows),
    )
    for name, part in zip(("training", "validation", "test"), parts, strict=True):
        if len(part) < 10:
            raise DataError(
                f"{rows} rows leave {len(part)} {name} sequences of {window} days; "
                f"at least {window * 8} rows are needed: choose a longer period or a shorter window"
            )
    return parts


def make_task(
    table: pd.DataFrame,
    close: pd.Series,
    window: int = 50,
    protocol: str = "corrected",
    seed: int = 0,
    test_start: int | None = None,
) -> Task:
    """Turn feature rows into scaled sequences.

    Parameters
    ----------
    table : DataFrame, shape (R, F)
        `features` of one ticker.
    close : Series
        Adjusted closes; the target of row t is ``ln(P_t / P_(t-1))``.
    window : int
        Days in a sequence.
    protocol : {"corrected", "as_published", "shuffled"}
        ``corrected``: minimum and maximum come from training rows, parts follow
        each other in time. ``as_published``: they come from all rows, because the
        text scales before it splits. ``shuffled``: moreover the overlapping windows
        are shuffled into the parts, which no text says and many programs do. The
        last two leak.
    seed : int
        Of the shuffle.
    test_start : int, optional
        First row of the test part (refits at later dates).

    Raises
    ------
    ParameterError
        If window or protocol make no sense.
    DataError
        If there are too few rows, or dates are repeated or out of order.
    """
    if protocol not in PROTOCOLS:
        raise UnknownNameError("protocol", protocol, PROTOCOLS)
    if window < 2:
        raise ParameterError(f"window must be at least 2 days, got {window}")
    in_time_order(table.index, "table")
    in_time_order(close.index, "close")
    values = table.to_numpy(dtype=float)
    target = np.log(close).diff().reindex(table.index).to_numpy(dtype=float)
    train, validation, test = split_rows(len(values), window, test_start)
    known = np.arange(train[-1] + 1) if protocol == "corrected" else np.arange(len(values))
    low, high = values[known].min(axis=0), values[known].max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    seen = target[known[known >= 1]]
    y_low, y_span = float(seen.min()), float(seen.max() - seen.min()) or 1.0
    scaled = ((values - low) / span).astype(np.float32)
    inputs = np.lib.stride_tricks.sliding_window_view(scaled[:-1], window, axis=0).swapaxes(1, 2)
    parts = [train - window, validation - window, test - window]
    if protocol == "shuffled":
        order = np.random.default_rng(seed).permutation(len(inputs))
        sizes = [len(part) for part in parts]
        parts = [order[: sizes[0]], order[-sizes[2] - sizes[1] : -sizes[2]], order[-sizes[2] :]]
    return Task(
        ticker=str(close.name),
        inputs=np.ascontiguousarray(inputs),
        targets=((target[window:] - y_low) / y_span).astype(np.float32),
        dates=pd.DatetimeIndex(table.index[window:]),
        train=parts[0],
        validation=parts[1],
        test=parts[2],
        low=y_low,
        span=y_span,
    )
