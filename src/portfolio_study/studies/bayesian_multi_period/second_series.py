"""The paper's second series: which simple faults give the row, the column and the mean that it prints?

In the printed coefficients of five stocks the second row is a ninth and the second column 24 times as
large as the rest off the diagonal, and the second mean is -1 % a week. A series in another scale has a
small row and a large column; here it is counted how often samples of the real returns look like
that, and tried which single fault gives all three.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from portfolio_study.studies.bayesian_multi_period import paper

Array = NDArray[np.float64]
SECOND = 1
FACTOR = 2.0  # a fault matches if it comes within this factor of what is printed


def shape(coefficients: Array, series: int = SECOND) -> tuple[float, float]:
    """Mean size of a row and of a column of coefficients, over that of the rest; the diagonal is left out."""
    size, n = np.abs(coefficients), len(coefficients)
    off = ~np.eye(n, dtype=bool)
    row, column = np.zeros((n, n), dtype=bool), np.zeros((n, n), dtype=bool)
    row[series], column[:, series] = True, True
    rest = size[off & ~row & ~column].mean()
    return float(size[off & row].mean() / rest), float(size[off & column].mean() / rest)


def least_squares(returns: Array) -> Array:
    """Coefficients of a VAR(1), one row an equation."""
    x = np.column_stack([np.ones(len(returns) - 1), returns[:-1]])
    return np.asarray(np.linalg.lstsq(x, returns[1:], rcond=None)[0][1:].T, dtype=float)


def bootstrap_share(returns: Array, draws: int, seed: int = 0, block: int = 10) -> float:
    """Share of block bootstrap samples in which some series has a row so small and a column so large."""
    row, column = shape(paper.COEFFICIENTS)
    n, rng, hits = len(returns), np.random.default_rng(seed), 0
    for _ in range(draws):
        starts = rng.integers(0, n, -(-n // block))
        picked = (starts[:, None] + np.arange(block)).ravel()[:n] % n
        fitted = least_squares(returns[picked])
        shapes = [shape(fitted, k) for k in range(returns.shape[1])]
        hits += any(r <= row and c >= column for r, c in shapes)
    return hits / draws


def common_factor(row: float = 1.0, column: float = 1.0) -> float:
    """Factor of the second series' scale that comes nearest to the printed row and column (geometric mean).

    Parameters
    ----------
    row, column : float
        What they are unscaled, over the rest; 1: like the rest.
    """
    printed_row, printed_column = shape(paper.COEFFICIENTS)
    return float(np.sqrt(printed_row / row * column / printed_column))


def faults(close: pd.DataFrame, returns: pd.DataFrame, index: pd.Series) -> pd.DataFrame:
    """Put a simple fault in the place of the second series, and fit the VAR(1) again.

    Parameters
    ----------
    close : DataFrame
        Daily closes of the stocks, in the paper's order.
    returns : DataFrame, shape (130, 5)
        Weekly returns of the first weeks.
    index : Series
        Weekly returns of the index.

    Returns
    -------
    DataFrame
        Rows are faults; ``row``, ``column`` (over the rest), ``mean``, whether each comes within a factor
        of two of the printed one, and ``all three``.
    """
    name = returns.columns[SECOND]
    own, level = returns[name], close[name].reindex(returns.index, method="ffill")
    factors = [common_factor(), common_factor(*shape(least_squares(returns.to_numpy())))]
    tried = {
        "none": own,
        "percent instead of decimals": 100 * own,
        "divided by 100": own / 100,
        **{f"divided by {1 / k:.0f}, near to row and column": k * own for k in factors},
        "log returns": np.log1p(own),
        "gross returns": 1 + own,
        "price": level,
        "log price": np.log(level),
        "price over first price": level / level.iloc[0],
        "change of the price": level.diff(),
        "change of the return": own.diff(),
        "reciprocal of the price": 1 / level,
        "sign reversed": -own,
        "the index": index.reindex(returns.index),
        **{f"{other} a second time": returns[other].shift(1) for other in returns if other != name},
    }
    printed = dict(zip(("row", "column"), shape(paper.COEFFICIENTS), strict=True))
    rows = {}
    for label, series in tried.items():
        panel = returns.assign(**{name: series}).dropna()
        row, column = shape(least_squares(panel.to_numpy()))
        rows[label] = {"row": row, "column": column, "mean": float(panel[name].mean())}
    found = pd.DataFrame(rows).T
    printed["mean"] = paper.SECOND_STOCK_MEAN
    for what, value in printed.items():
        ratio = found[what] / value
        found[f"{what} fits"] = (ratio <= FACTOR) & (ratio >= 1 / FACTOR)
    found["all three"] = found[[f"{what} fits" for what in printed]].all(axis=1)
    return found.rename_axis("second series")
