"""Minimum value at risk (normal returns) and minimum expected shortfall (historical returns)."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.frontier import frontier_constants, frontier_portfolio
from portfolio_study.allocation.markowitz import mean_variance_utility
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Vector, as_covariance, as_returns, as_series, as_vector, check_number
from portfolio_study.errors import OptimisationError, ParameterError


def _quantile(confidence: float) -> float:
    from scipy.stats import norm

    level = check_number(confidence, "confidence", low=0.5, high=1.0)
    if not 0.5 < level < 1.0:
        raise ParameterError(f"confidence must lie strictly between 0.5 and 1, got {level:g}")
    return float(norm.ppf(level))


def min_normal_var(
    mean: Any, cov: ArrayLike | pd.DataFrame, confidence: float = 0.95, long_only: bool = False
) -> Weights:
    r"""Minimise the normal value at risk, :math:`-w'\mu + z_\alpha\sqrt{w'\Sigma w}`, :math:`1'w = 1`.

    Unconstrained it is the frontier portfolio with mean
    :math:`E_g + D\sigma_g/\sqrt{z^2 - D}`, :math:`D = c - b^2/a`; it exists iff
    :math:`z^2 > D` and lies above the minimum-variance portfolio. Long-only it is the
    mean-variance portfolio whose risk aversion equals :math:`z_\alpha/\sigma_p`.

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected returns per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix per period.
    confidence : float
        Level alpha of the value at risk.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    OptimisationError
        Unconstrained and :math:`z^2 \le D`: the value at risk has no minimum.

    References
    ----------
    Papers 001 and 002; Alexander, G. and Baptista, A. (2002), "Economic implications of
    using a mean-VaR model for portfolio selection", Journal of Economic Dynamics and Control
    26(7-8), 1159-1193.

    Examples
    --------
    It holds more of the asset with the higher mean than minimum variance, which holds a fifth:

    >>> min_normal_var([0.05, 0.08], [[0.01, 0.0], [0.0, 0.04]]).round(3).tolist()
    [0.767, 0.233]
    """
    z = _quantile(confidence)
    checked = as_covariance(cov, invertible=True)
    mu = as_vector(mean, checked, "mean")
    if long_only:
        return checked.label(_long_only_var(mu, checked.matrix, z))
    k = frontier_constants(mu, checked.matrix)
    slope = k.c - k.b**2 / k.a
    if z**2 <= slope:
        raise OptimisationError(
            f"value at risk at {confidence:g} has no minimum: the frontier rises too steeply "
            f"(z^2 = {z**2:.4g} <= {slope:.4g}); use a higher confidence or long_only=True"
        )
    if slope <= 1e-14 * k.c:
        return checked.label(frontier_portfolio_at_minimum(checked.matrix))
    target = k.b / k.a + slope * (1.0 / k.a) ** 0.5 / (z**2 - slope) ** 0.5
    return checked.label(frontier_portfolio(mu, checked.matrix, target))


def frontier_portfolio_at_minimum(cov: ArrayLike) -> Vector:
    """Return the minimum-variance portfolio: with equal means it also has the least value at risk."""
    from portfolio_study.allocation.minimum_variance import gmv_closed_form

    return np.asarray(gmv_closed_form(cov))


def _long_only_var(mu: Vector, cov: np.ndarray, z: float) -> Vector:
    """Find the risk aversion A with A sd(w(A)) = z; the product increases with A."""
    from scipy.optimize import brentq

    spread = mu - mu.mean()  # a common shift of the means changes no portfolio

    def gap(log_aversion: float) -> float:
        aversion = float(np.exp(log_aversion))
        w = mean_variance_utility(spread, cov, aversion, long_only=True)
        return float(np.log(aversion) + 0.5 * np.log(w @ cov @ w) - np.log(z))

    low, high = (
        np.log(z / np.sqrt(cov.diagonal().max())) - 1.0,
        np.log(z / np.sqrt(cov.diagonal().min())) + 1.0,
    )
    while gap(low) > 0:
        low -= 2.0
    while gap(high) < 0:
        high += 2.0
    aversion = float(np.exp(brentq(gap, low, high, xtol=1e-14, rtol=1e-14)))
    return np.asarray(mean_variance_utility(spread, cov, aversion, long_only=True))


def historical_cvar(returns: ArrayLike, confidence: float = 0.95) -> float:
    r"""Return the expected shortfall of a sample of returns, as a positive loss.

    :math:`\min_v v + \frac{1}{(1-\alpha)T}\sum_t (-r_t - v)_+`: the average of the worst
    :math:`(1-\alpha)T` losses, the last of them counted in part.

    Parameters
    ----------
    returns : array-like
        T portfolio returns.
    confidence : float
        Level alpha.

    Returns
    -------
    float

    Raises
    ------
    DataError
        No returns, one that is missing or text, or a date that is repeated or out of order.
    ParameterError
        The level lies outside (0.5, 1).
    """
    _quantile(confidence)
    losses = np.sort(-as_series(returns, "returns", 1).to_numpy())[::-1]
    tail = (1.0 - confidence) * len(losses)
    whole = int(np.floor(tail + 1e-12))
    rest = max(0.0, tail - whole)
    partial = rest * losses[whole] if whole < len(losses) else 0.0
    return float((losses[:whole].sum() + partial) / tail)


def min_cvar(returns: ArrayLike | pd.DataFrame, confidence: float = 0.95, long_only: bool = True) -> Weights:
    r"""Minimise the expected shortfall of past returns by a linear programme.

    :math:`\min_{w,v,u} v + \frac{1}{(1-\alpha)T}\sum_t u_t` with :math:`u_t \ge -r_t'w - v`,
    :math:`u_t \ge 0`, :math:`1'w = 1`.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    confidence : float
        Level alpha.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        The level lies outside (0.5, 1).
    OptimisationError
        The programme has no solution (without the long-only constraint and with few returns
        the shortfall can be lowered without limit).

    References
    ----------
    Papers 001 and 002; Rockafellar, R. T. and Uryasev, S. (2000), "Optimization of
    conditional value-at-risk", Journal of Risk 2(3), 21-41.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    _quantile(confidence)
    checked = as_returns(returns)
    t, n = checked.matrix.shape
    scale = float(checked.matrix.std())
    cost = np.concatenate([np.zeros(n), [1.0], np.full(t, 1.0 / ((1.0 - confidence) * t))])
    shortfall = hstack([csr_array(-checked.matrix / scale), csr_array(-np.ones((t, 1))), -eye_array(t)])
    budget = np.concatenate([np.ones(n), np.zeros(1 + t)])[None, :]
    limits = [(0.0 if long_only else None, None)] * n + [(None, None)] + [(0.0, None)] * t
    found = linprog(  # type: ignore[call-overload]
        cost, A_ub=shortfall, b_ub=np.zeros(t), A_eq=budget, b_eq=[1.0], bounds=limits, method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )  # fmt: skip
    if found.status != 0 or found.x is None:
        raise OptimisationError(f"minimum expected shortfall: {found.message}")
    w = np.maximum(found.x[:n], 0.0) if long_only else found.x[:n]
    w = fully_invested(w, "minimum expected shortfall")
    reached = historical_cvar(checked.matrix @ w, confidence) / scale
    if abs(reached - float(found.fun or 0.0)) > 1e-8 * max(1.0, abs(reached)):
        raise OptimisationError(f"minimum expected shortfall: {reached:.10g} differs from {found.fun:.10g}")
    return w if checked.labels is None else pd.Series(w, index=checked.labels, name="weight")
