"""Moves that no market makes: ticks that are wrong, units that change.

There is one rule for each of the two, whatever the source of the prices:

* A *spike* is a single close far from both its neighbours (`reversed_spikes`). It is no price in any series,
  so a factor decides. It is refused when a file is loaded and before a run.
* A *jump that stays* may be a split, a takeover or a real day, so it is measured by the asset's own history
  (`impossible_moves`). In a file it is refused if its factor is that of another unit, and otherwise said.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError

#: Factors between units: pence and pounds, decimals that slipped.
_UNITS = (10.0, 100.0, 1000.0, 10_000.0)
_NEAR = 0.05
#: Least size of a move that is looked at: twice or half, and this many usual moves.
_LEAST, _USUAL = np.log(2.0), 10.0
#: A close that is at least three times (or at most a third of) both its neighbours is no price: the largest
#: crashes and squeezes of listed companies took more than one close to come back.
SPIKE = 3.0


@dataclass(frozen=True)
class Move:
    """One price over the price before it, far outside the asset's own history.

    Attributes
    ----------
    ticker : str
    date : Timestamp
        Day of the later price.
    before, after : float
        The two prices.
    usual : float
        Size of the asset's usual move, as a log return.
    reverses : bool
        The next move takes it back.
    """

    ticker: str
    date: pd.Timestamp
    before: float
    after: float
    usual: float
    reverses: bool

    @property
    def factor(self) -> float:
        """Factor between the two prices, at least one; that of a unit (10, 100, ...) if it is near."""
        return _factor(self.before, self.after)

    @property
    def is_unit(self) -> bool:
        """Whether the factor is that between pence and pounds, or a decimal point that slipped."""
        return self.factor in _UNITS

    @property
    def is_certain(self) -> bool:
        """Whether no market made the move: a factor of 100 or 1000."""
        return self.is_unit and self.factor >= 100

    def __str__(self) -> str:
        way = "up" if self.after > self.before else "down"
        text = (
            f"{self.ticker} on {self.date:%Y-%m-%d}: from {self.before:g} to {self.after:g}, "
            f"{way} by a factor of {self.factor:.4g}"
        )
        return text + (", taken back by the next price" if self.reverses else "")


def _factor(one: float, other: float) -> float:
    factor = max(one / other, other / one)
    return next((unit for unit in _UNITS if abs(factor / unit - 1) <= _NEAR), factor)


def reversed_spikes(close: pd.DataFrame, factor: float = SPIKE) -> pd.DataFrame:
    """Find single closes that leave their level by a factor and are back on the next date.

    A date t is found if :math:`P_t / P_{t-1}` and :math:`P_t / P_{t+1}` are both at least the
    factor, or both at most its reciprocal. A jump that stays, such as a split, is not found; nor is
    one on the first or last date, which has a neighbour on one side only.

    Parameters
    ----------
    close : DataFrame (T, N)
        Closes in the order of time; missing and non-positive ones are no spikes and have none beside them.
    factor : float
        More than 1.

    Returns
    -------
    DataFrame
        ``ticker``, ``date``, ``close``, ``before``, ``after``, in the order of the dates.
    """
    table = close.astype(float)
    table = table.where(np.isfinite(table) & (table > 0))
    before, after = table.shift(1), table.shift(-1)
    up = (table >= factor * before) & (table >= factor * after)
    down = (table * factor <= before) & (table * factor <= after)
    rows, columns = np.nonzero((up | down).to_numpy())
    return pd.DataFrame(
        {
            "ticker": table.columns[columns].astype(str),
            "date": table.index[rows],
            "close": table.to_numpy()[rows, columns],
            "before": before.to_numpy()[rows, columns],
            "after": after.to_numpy()[rows, columns],
        }
    )


def refuse_spikes(close: pd.DataFrame) -> None:
    """Refuse a close that leaves its level for one date by a factor of three or more.

    Parameters
    ----------
    close : DataFrame (T, N)
        Closes in the order of time.

    Raises
    ------
    DataError
        Names the first asset and date, the close and its neighbours, and how many more there are.
    """
    spikes = reversed_spikes(close)
    if spikes.empty:
        return
    one = spikes.iloc[0]
    more = f" There are {len(spikes) - 1} more such closes." if len(spikes) > 1 else ""
    way = "above" if one.close > one.before else "below"
    raise DataError(
        f"the close of {one.ticker} on {one.date:%Y-%m-%d} is {one.close:g}, between {one.before:g} on the "
        f"date before and {one.after:g} on the one after: a single close a factor "
        f"of {_factor(one.close, one.before):.4g} {way} its neighbours is a wrong price, not a return.{more} Correct or remove it, choose dates without "
        "it, or leave the ticker out."
    )


def impossible_moves(close: pd.DataFrame) -> list[Move]:
    """List moves that are far outside an asset's own history.

    A move is listed if the price at least doubles or halves, and its log return is at least ten
    times the asset's usual one (1.4826 times the median absolute log return).

    Parameters
    ----------
    close : DataFrame (T, N)
        Prices in the order of time; missing and non-positive ones are skipped.

    Returns
    -------
    list of Move
        By asset, then date.
    """
    found = []
    for ticker in close.columns:
        prices = close[ticker]
        prices = prices[np.isfinite(prices) & (prices > 0)]
        logs = np.diff(np.log(prices.to_numpy(dtype=float)))
        if len(logs) < 20:
            continue
        usual = 1.4826 * float(np.median(np.abs(logs)))
        places = np.flatnonzero((np.abs(logs) >= _LEAST - 1e-9) & (np.abs(logs) >= _USUAL * usual))
        taken = -1
        for k in map(int, places):
            if k == taken:  # the way back of the move before
                continue
            back = k + 1 < len(logs) and abs(logs[k] + logs[k + 1]) < 0.1 * abs(logs[k])
            taken = k + 1 if back else -1
            before, after = float(prices.iloc[k]), float(prices.iloc[k + 1])
            found.append(Move(str(ticker), prices.index[k + 1], before, after, usual, bool(back)))
    return found


def refuse_impossible(close: pd.DataFrame) -> list[str]:
    """Refuse prices whose unit changes or that hold a wrong tick; describe other moves.

    Parameters
    ----------
    close : DataFrame (T, N)
        Prices in the order of time.

    Returns
    -------
    list of str
        A note for moves that are possible but far outside the asset's history.

    Raises
    ------
    DataError
        For a single close far from both its neighbours (`refuse_spikes`), or a factor of 100 or
        1000: naming ticker, day, both prices and the factor.
    """
    refuse_spikes(close)
    moves = impossible_moves(close)
    certain = [move for move in moves if move.is_certain]
    if certain:
        first = certain[0]
        more = f" ({len(certain) - 1} more: {'; '.join(map(str, certain[1:4]))})" if len(certain) > 1 else ""
        raise DataError(
            f"{first}: its unit changes (pence and pounds?). Its usual move is {np.expm1(first.usual):.1%}{more}. Correct the price, "
            "choose dates without it, or leave the ticker out."
        )
    if not moves:
        return []
    shown = "; ".join(map(str, moves[:6])) + (f"; and {len(moves) - 6} more" if len(moves) > 6 else "")
    return [f"moves far outside the asset's own history (a split, another unit or currency?): {shown}"]
