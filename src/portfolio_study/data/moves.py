"""Moves that no market makes: units that change, ticks that are wrong, measured by an asset's own history."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError

#: Factors between units: pence and pounds, decimals that slipped.
_UNITS = (10.0, 100.0, 1000.0, 10_000.0)
_NEAR = 0.05
#: Least size of a move that is looked at: twice or half, and this many usual moves.
_LEAST, _USUAL = np.log(2.0), 10.0
#: A move of this size that the next one takes back is an error, whatever the asset.
_SPIKE = np.log(5.0)


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
        factor = max(self.after / self.before, self.before / self.after)
        return next((unit for unit in _UNITS if abs(factor / unit - 1) <= _NEAR), factor)

    @property
    def is_unit(self) -> bool:
        """Whether the factor is that between pence and pounds, or a decimal point that slipped."""
        return self.factor in _UNITS

    @property
    def is_certain(self) -> bool:
        """Whether no market made the move: a factor of 100 or 1000, or a spike that is taken back."""
        return (self.is_unit and self.factor >= 100) or (self.reverses and np.log(self.factor) >= _SPIKE)

    def __str__(self) -> str:
        way = "up" if self.after > self.before else "down"
        text = (
            f"{self.ticker} on {self.date:%Y-%m-%d}: from {self.before:g} to {self.after:g}, "
            f"{way} by a factor of {self.factor:.4g}"
        )
        return text + (", taken back by the next price" if self.reverses else "")


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
        For a factor of 100 or 1000, or a jump of five times or more that the next price takes
        back: naming ticker, day, both prices and the factor.
    """
    moves = impossible_moves(close)
    certain = [move for move in moves if move.is_certain]
    if certain:
        first = certain[0]
        what = (
            "a wrong price"
            if first.reverses
            else "its unit changes (pence and pounds?)"
            if first.is_unit
            else "its unit or currency changes"
        )
        more = f" ({len(certain) - 1} more: {'; '.join(map(str, certain[1:4]))})" if len(certain) > 1 else ""
        raise DataError(
            f"{first}: {what}. Its usual move is {np.expm1(first.usual):.1%}{more}. Correct the price, "
            "choose dates without it, or leave the ticker out."
        )
    if not moves:
        return []
    shown = "; ".join(map(str, moves[:6])) + (f"; and {len(moves) - 6} more" if len(moves) > 6 else "")
    return [f"moves far outside the asset's own history (a split, another unit or currency?): {shown}"]
