r"""Receding-horizon investment in several assets whose returns follow a VAR(1).

The multi-asset case of paper 004 (section 6.4) out of sample: the same question as in
`multi_period_backtest`, with matrices in place of numbers.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability, paper_exit
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.policy import (
    backward_recursion,
    check_gross,
    multi_period_policy,
)
from portfolio_study.checks import as_rate
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.forecasting.var_filter import (
    VarPrior,
    check_panel,
    check_stationary_var,
    var_filter,
    var_prior,
    var_step,
)

Array = NDArray[np.float64]

POLICIES = ("updated", "fixed", "mean updated", "mean fixed", "hold")
"""VAR(1) with and without updating, the same without lags, equal amounts bought once."""


def plan(
    mean: Array,
    scale: Array,
    noise_covariance: Array,
    last: Array,
    gross: float,
    exit_tail: Array,
) -> tuple[Array, float, Frontier]:
    r"""Certainty-equivalent plan for the periods that are left.

    Forecasts are iterated, :math:`V_1 = (1 + Z'PZ)\Sigma`, :math:`V_{j+1} = \Sigma + \Phi V_j\Phi'`.

    Parameters
    ----------
    mean : ndarray, shape (k, n)
        Coefficients: intercepts, then lag 1 if k > 1.
    scale : ndarray, shape (k, k)
    noise_covariance : ndarray, shape (n, n)
    last : ndarray, shape (n,)
        The returns of the last period.
    gross : float
    exit_tail : ndarray
        Exit probabilities of the periods that are left, summing to one.

    Returns
    -------
    tuple
        Direction of the first position (n,), :math:`\lambda_1/\omega_1`, and the frontier of the plan.
    """
    horizon, n = len(exit_tail), mean.shape[1]
    z = np.r_[1.0, last] if len(mean) > 1 else np.ones(1)
    phi = mean[1:].T if len(mean) > 1 else np.zeros((n, n))
    means, covs = np.empty((horizon, n)), np.empty((horizon, n, n))
    m, v = z @ mean, (1 + z @ scale @ z) * noise_covariance
    for j in range(horizon):
        means[j], covs[j] = m, v
        m, v = mean[0] + phi @ m, noise_covariance + phi @ v @ phi.T
    excess = means - (gross - 1)
    second = covs + excess[:, :, None] * excess[:, None, :]
    theta, lam, om, direction = backward_recursion(excess, second, np.full(horizon, gross), exit_tail)
    frontier = Frontier(float(theta.sum()), float(lam[0]), float(om[0]))
    return direction[0], float(lam[1] / om[1]), frontier


def follow(
    prior: VarPrior,
    path: Array,
    gross: Array,
    exit_probability: Array,
    risk_aversion: float,
    update: bool,
    cost: float,
) -> tuple[Array, float]:
    """Wealth after each period of one window, shape (T,), and the sum of amounts traded."""
    mean, scale, last = prior.mean, prior.scale, prior.last[0] if len(prior.last) else path[0] * 0
    lagged = len(mean) > 1
    check_stationary_var(mean, "prior")
    x, held, traded, target = 1.0, np.zeros(path.shape[1]), 0.0, 0.0
    wealth = np.empty(len(path))
    for t, r in enumerate(path):
        tail = exit_probability[t:] / exit_probability[t:].sum()
        direction, ratio, frontier = plan(mean, scale, prior.noise_covariance, last, float(gross[t]), tail)
        if t == 0:
            target = frontier.target(risk_aversion)
        amounts = direction * (target * ratio - gross[t] * x)
        trade = float(np.abs(amounts - held).sum())
        traded += trade
        x = float(gross[t] * (x - cost * trade) + (r - (gross[t] - 1)) @ amounts)
        held, wealth[t] = amounts * (1 + r), x
        if update:
            z = np.r_[1.0, last] if lagged else np.ones(1)
            _, _, _, mean, scale = var_step(mean, scale, z, r)
        last = r
    return wealth, traded


def rolling_windows_several(
    returns: pd.DataFrame,
    risk_free: pd.Series | float,
    window: int = 130,
    step: int = 26,
    risk_aversion: float = 2.0,
    exit_probability: ArrayLike | None = None,
    cost_bps: float = 0.0,
) -> pd.DataFrame:
    """Run every policy over rolling windows of several assets.

    Parameters and result as for `multi_period_backtest.rolling_windows`, with a frame of returns.

    Raises
    ------
    DataError
        If returns are missing or too short, or the riskless rate lacks a date.
    ParameterError
        For a step below one or negative costs.
    """
    p = paper_exit("P1") if exit_probability is None else np.asarray(exit_probability, dtype=float)
    p = check_exit_probability(p, p.size)
    r = check_panel(returns)
    horizon = len(p)
    if len(r) < window + horizon:
        raise DataError(f"returns: {len(r)} weeks are too few for {window} weeks of fit and {horizon} ahead")
    if step < 1 or cost_bps < 0:
        raise ParameterError(f"step must be at least 1 and cost_bps not negative, got {step} and {cost_bps}")
    gross = check_gross(1 + np.asarray(as_rate(risk_free, returns.index), dtype=float), len(r))
    starts, rows = range(window, len(r) - horizon + 1, step), []
    for start in starts:
        path, riskless, row = r[start : start + horizon], gross[start : start + horizon], []
        for order in (1, 0):
            prior = var_prior(r[start - window : start], order)
            for update in (True, False):
                x, traded = follow(prior, path, riskless, p, risk_aversion, update, cost_bps / 1e4)
                row += [float(x @ p), float(x**2 @ p), traded]
        held = (1 - cost_bps / 1e4) * np.cumprod(1 + path, axis=0).mean(axis=1)
        rows.append([*row, float(held @ p), float(held**2 @ p), 1.0])
    columns = pd.MultiIndex.from_product([POLICIES, ["wealth", "square", "traded"]])
    return pd.DataFrame(rows, index=returns.index[[s - 1 for s in starts]], columns=columns)


def var_hindsight(
    prior: VarPrior, path: ArrayLike, risk_free: float, exit_probability: ArrayLike
) -> dict[str, Frontier]:
    """Frontiers of figure 6 of paper 004: VAR(1) forecasts along a realised path, updated or not.

    Both look ahead: the forecast of each week uses the returns of the weeks before it, which were
    not known at time 0.

    Parameters
    ----------
    prior : VarPrior
        Fit of the weeks before, with one lag.
    path : array_like, shape (T, n)
        Realised returns.
    risk_free : float
        Gross per period.
    exit_probability : array_like, shape (T,)

    Returns
    -------
    dict
        ``updated`` and ``fixed``.
    """
    p = check_exit_probability(exit_probability, len(np.asarray(path)))
    net = float(check_gross(risk_free, 1)[0]) - 1
    known = np.vstack([prior.last[:1], check_panel(path)])
    moments = var_filter(known, prior.mean, prior.scale, prior.noise_covariance)
    rows = np.hstack([np.ones((len(p), 1)), known[:-1]])
    fixed_scale = 1 + np.einsum("ti,ij,tj->t", rows, prior.scale, rows)
    inputs = {
        "updated": (np.asarray(moments.forecast), moments.forecast_covariance),
        "fixed": (rows @ prior.mean, fixed_scale[:, None, None] * prior.noise_covariance),
    }
    return {
        name: multi_period_policy(mean - net, cov, risk_free, p, 1.0).efficient_frontier
        for name, (mean, cov) in inputs.items()
    }


def risk_gap(pair: dict[str, Frontier], variance: float) -> float:
    """Variance without updating less variance with it, at equal expected wealth.

    Parameters
    ----------
    pair : dict
        From `var_hindsight`.
    variance : float
        Of the fixed frontier, where the two are compared.
    """
    expected = max(float(pair["fixed"].expected(variance)), pair["updated"].least_variance_mean)
    return variance - float(pair["updated"].variance(expected))


def risk_gap_by_chance(
    prior: VarPrior,
    risk_free: float,
    exit_probability: ArrayLike,
    variance: float,
    draws: int,
    seed: int,
) -> Array:
    """`risk_gap` on simulated paths of the fitted VAR(1), where learning can find only noise; (draws,)."""
    rng, horizon = np.random.default_rng(seed), len(np.asarray(exit_probability))
    gaps = []
    for _ in range(draws):
        path = simulate_var(prior, horizon, rng)
        gaps.append(risk_gap(var_hindsight(prior, path, risk_free, exit_probability), variance))
    return np.array(gaps)


def simulate_var(prior: VarPrior, horizon: int, rng: np.random.Generator) -> Array:
    """Draw one path of a VAR(1) with the fitted parameters, shape (horizon, n)."""
    root = np.linalg.cholesky(prior.noise_covariance)
    last, out = prior.last[0], np.empty((horizon, prior.mean.shape[1]))
    for t in range(horizon):
        last = np.r_[1.0, last] @ prior.mean + root @ rng.standard_normal(len(root))
        out[t] = last
    return out


def var_scores(returns: pd.DataFrame, window: int = 130, horizon: int = 26) -> pd.DataFrame:
    """Log predictive scores of weekly vectors of returns, block after block.

    Returns
    -------
    DataFrame
        Rows are dates; columns ``VAR(1) updated``, ``mean updated`` (VAR(0)) and ``own lags updated``
        (each asset an AR(1) of its own, with the residual covariance of these).
    """
    from portfolio_study.forecasting.ar_filter import ar_filter
    from portfolio_study.forecasting.ar_model import ar_prior, regressors

    check_panel(returns)
    if len(returns) < window + horizon:
        raise DataError(f"returns: {len(returns)} weeks are too few for blocks of {window} and {horizon}")
    blocks = []
    for start in range(window, len(returns) - horizon + 1, horizon):
        fit = returns.iloc[start - window : start]
        columns = {}
        for label, order in (("VAR(1) updated", 1), ("mean updated", 0)):
            prior = var_prior(fit, order)
            known = returns.iloc[start - order : start + horizon]
            columns[label] = var_filter(known, prior.mean, prior.scale, prior.noise_covariance).log_score
        priors = {name: ar_prior(fit[name], 1) for name in returns.columns}
        residuals = {
            name: values - rows @ priors[name].mean
            for name in returns.columns
            for rows, values in [regressors(fit[name], 1)]
        }
        correlation = np.asarray(np.corrcoef(np.column_stack(list(residuals.values())).T))
        known = returns.iloc[start - 1 : start + horizon]
        filters = [ar_filter(known[n], q.mean, q.covariance, q.noise_variance) for n, q in priors.items()]
        columns["own lags updated"] = _joint_normal_score(filters, correlation, known.index[1:])
        blocks.append(pd.DataFrame(columns))
    return pd.concat(blocks)


def _joint_normal_score(filters: list, correlation: Array, index: pd.Index) -> pd.Series:
    """Log density of the vector whose elements have the filters' forecasts and a given correlation."""
    sd = np.sqrt(np.column_stack([np.asarray(f.forecast_variance) for f in filters]))
    error = np.column_stack([f.observed - np.asarray(f.forecast) for f in filters]) / sd
    _, logdet = np.linalg.slogdet(2 * np.pi * correlation)
    square = np.einsum("ti,ij,tj->t", error, np.linalg.inv(correlation), error)
    return pd.Series(-0.5 * (logdet + square) - np.log(sd).sum(axis=1), index=index)
