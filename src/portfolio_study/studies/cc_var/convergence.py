"""How fast scenario markets approach the continuous one."""

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.continuous import (
    continuous_optimum,
    level_set_measures,
    ordering_function,
)
from portfolio_study.allocation.cc_var.portfolio import cc_var_portfolio, cumulate, cumulate_probability
from portfolio_study.allocation.cc_var.preference import Preference
from portfolio_study.allocation.cc_var.scenarios import DensityMarket


def convergence_table(market: DensityMarket, preference: Preference, sizes: tuple[int, ...]) -> pd.DataFrame:
    """Investment, mean income, yield and risk on ever finer markets, and in the limit.

    Parameters
    ----------
    market : DensityMarket
    preference : callable
        Vectorised.
    sizes : tuple of int
        Numbers of cells.

    Returns
    -------
    DataFrame
        One row a size and a last row ``inf``; columns ``canonical_A``, ``canonical_R``,
        ``canonical_y``, ``canonical_sd``, the same for ``integral``, and ``shortfall``: the
        largest excess of the probability of too little income, integral weights.
    """
    rows: dict[float, list[float]] = {}
    for n in sizes:
        p, c = market.cells(n)
        row = []
        for method in ("canonical", "integral"):
            made = cc_var_portfolio(p, c, preference, method)
            row += [made.investment, made.mean_income, made.yield_, made.sd]
        rows[float(n)] = [*row, made.shortfall(preference)]
    limit = continuous_optimum(market, preference)
    rows[float("inf")] = [limit.investment, limit.mean_income, limit.yield_, limit.sd] * 2 + [0.0]
    columns = [f"{m}_{what}" for m in ("canonical", "integral") for what in ("A", "R", "y", "sd")]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*columns, "shortfall"])
    return table.rename_axis("cells")


def order_of_convergence(gaps: pd.Series) -> float:
    """Slope of log gap against log size, with the sign that a first-order method has order one."""
    return float(-np.polyfit(np.log(gaps.index.to_numpy(dtype=float)), np.log(gaps.to_numpy()), 1)[0])


def limit_distances(market: DensityMarket, n: int) -> pd.Series:
    r"""Largest distances between the discrete vectors and the functions that they stand for.

    Parameters
    ----------
    market : DensityMarket
    n : int
        Number of cells.

    Returns
    -------
    Series
        ``f_p`` for :math:`(\tau,\varepsilon)`, ``f_c`` for :math:`(\tau,\gamma)`, ``gamma`` for
        :math:`(\varepsilon,\gamma)` and ``w`` for :math:`\omega` at the middle of each cell.

    Notes
    -----
    Source: paper 003, first paper, list of the algorithm's vectors.
    """
    p, c = market.cells(n)
    order = np.argsort(p / c, kind="stable")
    tau = (p / c)[order]
    eps, gamma = cumulate_probability(p[order]), cumulate(c[order])
    both = (market.forecast, market.price)
    f_p, f_c = level_set_measures(market, both, tau)
    edges = market.edges(n)
    omega = np.empty(n)
    omega[order] = eps
    w = ordering_function(market, (edges[1:] + edges[:-1]) / 2)
    # gamma(eps) = f_c(f_p^-1(eps)), read off a fine parametric curve of levels
    middle = market.edges(min(20 * n, 2000))
    level = np.sort(market.relative_income((middle[1:] + middle[:-1]) / 2))
    curve_p, curve_c = level_set_measures(market, both, level)
    dissonance = np.interp(eps, np.append(curve_p, 1.0), np.append(curve_c, 1.0))
    gaps = {"f_p": eps - f_p, "f_c": gamma - f_c, "gamma": gamma - dissonance, "w": omega - w}
    return pd.Series({name: float(np.max(np.abs(gap))) for name, gap in gaps.items()}, name=n)


def level_errors(market: DensityMarket, levels: int, points: int = 20_000) -> pd.Series:
    r"""How far :math:`P\{w(x)\le\varepsilon\}` is from :math:`\varepsilon`, by level, on the continuous market.

    Parameters
    ----------
    market : DensityMarket
    levels : int
        Levels, equally far apart, inside zero and one.
    points : int
        Prices of the midpoint rule, whose error is of the order of one over their number.

    Returns
    -------
    Series
        Absolute distance, indexed by level.
    """
    edges = market.edges(points)
    middle, weight = (edges[1:] + edges[:-1]) / 2, np.diff(market.forecast.cdf(edges))
    reached = ordering_function(market, middle)
    order = np.argsort(reached)
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    eps = (np.arange(levels) + 0.5) / levels
    missed = total[np.searchsorted(reached[order], eps, side="right")]
    return pd.Series(np.abs(missed - eps), index=eps)
