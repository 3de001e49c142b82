r"""Receding-horizon investment out of sample: what updating the parameters earns on real returns.

At the start of each window the investor fits the model to the weeks before, fixes the target
:math:`\gamma = \lambda^*/2\omega`, and then re-plans every week. Two investors differ only in whether
they update (c, phi) with the weeks that pass. Nothing of a window is used before it has happened.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability, paper_exit
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.kernels import (
    frontier_terms,
    multi_step,
    receding_path,
    receding_position,
)
from portfolio_study.allocation.multi_period.policy import check_gross
from portfolio_study.checks import as_rate
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.evaluation.long_run import long_run_variance
from portfolio_study.forecasting.ar_filter import ar_filter
from portfolio_study.forecasting.ar_model import ar_prior, check_returns, check_stationary, regressors

Array = NDArray[np.float64]

POLICIES = ("updated", "fixed", "mean updated", "mean fixed", "first position", "hold", "riskless")
"""AR(1) with and without updating, the same with phi = 0; the first position of the plan with phi = 0
bought once and kept; all in the risky asset; all riskless."""


def kernel_prior(returns: ArrayLike, order: int) -> Array:
    """OLS prior of an AR(1), or of a constant mean (order 0), as the compiled loops take it."""
    fit = ar_prior(returns, order)
    s2 = fit.noise_variance
    p = fit.covariance / s2
    if order == 0:
        return np.array([fit.mean[0], 0.0, p[0, 0], 0.0, 0.0, s2])
    return np.array([fit.mean[0], fit.mean[1], p[0, 0], p[0, 1], p[1, 1], s2])


def plan_target(
    prior: Array,
    state: float,
    gross: float,
    exit_probability: Array,
    risk_aversion: float,
    wealth: float = 1.0,
) -> float:
    r"""Target wealth :math:`\lambda^*/2\omega` of the plan made with the prior at the start."""
    c, phi, p00, p01, p11, s2 = prior
    check_stationary([phi], "phi")
    v1 = s2 * (1 + p00 + 2 * p01 * state + p11 * state**2)
    ahead = multi_step(c, phi, s2, v1, state, len(exit_probability))
    theta, lam, om = frontier_terms(ahead[0] - (gross - 1), ahead[1], gross, exit_probability)
    return Frontier(theta, lam, om, wealth).target(risk_aversion)


def rolling_windows(
    returns: pd.Series,
    risk_free: pd.Series | float,
    window: int = 130,
    step: int = 1,
    risk_aversion: float = 2.0,
    exit_probability: ArrayLike | None = None,
    cost_bps: float = 0.0,
) -> pd.DataFrame:
    """Run every policy over rolling windows of a return series.

    Parameters
    ----------
    returns : Series, length T
        Net simple returns of the risky asset per week, oldest first.
    risk_free : Series or float
        **Net** riskless return per week, known at the start of the week; a Series has the labels of
        `returns`.
    window : int
        Weeks of the initial fit (130 in paper 004).
    step : int
        Weeks between the starts of two windows; the horizon is the length of `exit_probability`.
    risk_aversion : float
        Of expected wealth less risk aversion times variance; initial wealth is 1.
    exit_probability : array_like, optional
        Default: P1 of the paper, 26 weeks.
    cost_bps : float
        Cost per amount traded, in basis points.

    Returns
    -------
    DataFrame
        Index: last date before each window. Columns (policy, measure): ``wealth`` = mean of wealth at
        exit over the exit time, ``square`` = mean of its square, ``traded`` = sum of amounts traded.

    Raises
    ------
    DataError
        If returns are missing or too short for one window.
    ParameterError
        For a step below one or negative costs.
    """
    p = paper_exit("P1") if exit_probability is None else np.asarray(exit_probability, dtype=float)
    p = check_exit_probability(p, p.size)
    r = check_returns(returns, 1)
    horizon = len(p)
    if len(r) < window + horizon:
        raise DataError(f"returns: {len(r)} weeks are too few for {window} weeks of fit and {horizon} ahead")
    if step < 1 or cost_bps < 0:
        raise ParameterError(f"step must be at least 1 and cost_bps not negative, got {step} and {cost_bps}")
    gross = _gross(risk_free, returns)
    starts = range(window, len(r) - horizon + 1, step)
    rows = [_one_window(r, gross, start, window, p, risk_aversion, cost_bps / 1e4) for start in starts]
    columns = pd.MultiIndex.from_product([POLICIES, ["wealth", "square", "traded"]])
    return pd.DataFrame(rows, index=returns.index[[s - 1 for s in starts]], columns=columns)


def _gross(risk_free: pd.Series | float, returns: pd.Series) -> Array:
    rate = as_rate(risk_free, returns.index)
    return check_gross(1 + np.asarray(rate, dtype=float), len(returns))


def _one_window(
    r: Array, gross: Array, start: int, window: int, p: Array, risk_aversion: float, cost: float
) -> list[float]:
    fit, state = r[start - window : start], float(r[start - 1])
    path, riskless = r[start : start + len(p)], gross[start : start + len(p)]
    out: list[float] = []
    first = 0.0
    for order in (1, 0):
        prior = kernel_prior(fit, order)
        target = plan_target(prior, state, float(riskless[0]), p, risk_aversion)
        if order == 0:  # a plan without memory: its first position is not a bet on one week
            first = receding_position(prior, state, float(riskless[0]), p, target, 1.0)
        for update in (True, False):
            wealth, _, traded = receding_path(prior, state, path, riskless, p, target, update, cost, 1.0)
            out += [float(wealth @ p), float(wealth**2 @ p), traded]
    risky, safe = np.cumprod(1 + path), np.cumprod(riskless)
    for amount, traded in ((first, abs(first)), (1.0, 1.0), (0.0, 0.0)):
        x = amount * risky + (1 - amount - cost * traded) * safe
        out += [float(x @ p), float(x**2 @ p), traded]
    return out


def utility_difference(
    windows: pd.DataFrame, policy: str, benchmark: str, risk_aversion: float, step: int = 1, horizon: int = 26
) -> Inference:
    r"""Difference of realised mean-variance utility :math:`E - \omega Var` over windows, with its test.

    Each window contributes its influence on the difference; windows overlap, so the variance of the
    mean is a long-run variance (Bartlett, two horizons of lags).

    Parameters
    ----------
    windows : DataFrame
        From `rolling_windows`.
    policy, benchmark : str
        Names of two policies.
    risk_aversion : float
    step, horizon : int
        Weeks between windows and length of a window.

    Returns
    -------
    Inference
        In wealth per unit invested over one window; positive if `policy` is better.
    """
    influence = {}
    value = {}
    for name in (policy, benchmark):
        first, second = (windows[name, m].to_numpy(dtype=float) for m in ("wealth", "square"))
        mean = first.mean()
        influence[name] = first - risk_aversion * (second - 2 * mean * first)
        value[name] = mean - risk_aversion * (second.mean() - mean**2)
    d = influence[policy] - influence[benchmark]
    lags = min(2 * -(-horizon // step), len(d) // 3)
    se = float(np.sqrt(max(long_run_variance(d, lags), 0.0) / len(d)))
    return inference(
        float(value[policy] - value[benchmark]), se, len(d), f"mean-variance utility, Newey-West {lags} lags"
    )


def window_summary(windows: pd.DataFrame, risk_aversion: float) -> pd.DataFrame:
    """Mean, standard deviation, utility, worst window and amount traded of each policy."""
    rows = {}
    for name in dict.fromkeys(windows.columns.get_level_values(0)):
        first, second = windows[name, "wealth"], windows[name, "square"]
        variance = float(second.mean() - first.mean() ** 2)
        rows[name] = {
            "mean": float(first.mean()),
            "sd": float(np.sqrt(variance)),
            "utility": float(first.mean() - risk_aversion * variance),
            "worst": float(first.min()),
            "traded": float(windows[name, "traded"].mean()),
        }
    return pd.DataFrame(rows).T.rename_axis("policy")


def predictive_scores(
    returns: pd.Series, window: int = 130, horizon: int = 26
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Log scores and probability integral transforms of weekly forecasts, block after block.

    Every `horizon` weeks the prior is fitted again to the last `window` weeks; inside a block the
    updated models learn and the fixed ones keep the prior of the block's start. "fit once" keeps the
    prior of the very first block for ever.

    Returns
    -------
    tuple of DataFrame
        Log predictive density and probability integral transform of each week: rows are dates,
        columns ``updated``, ``fixed``, ``fit once`` (AR(1)), ``mean updated``, ``mean fixed``
        (phi = 0) and ``updated, Student t`` (noise variance unknown).
    """
    check_returns(returns, window + horizon)
    scores, pits = [], []
    first = ar_prior(returns.iloc[:window], 1)
    for start in range(window, len(returns) - horizon + 1, horizon):
        fit, block = returns.iloc[start - window : start], slice(start, start + horizon)
        by_score, by_pit = {}, {}
        for label, order in (("", 1), ("mean ", 0)):
            prior = ar_prior(fit, order)
            known = returns.iloc[start - order : start + horizon]
            moments = ar_filter(known, prior.mean, prior.covariance, prior.noise_variance)
            by_score[f"{label}updated"], by_pit[f"{label}updated"] = moments.log_score, moments.pit
            z, s = fixed_forecast(known, prior.mean, prior.covariance, prior.noise_variance, order)
            by_score[f"{label}fixed"], by_pit[f"{label}fixed"] = normal_score(z, s)
            if order == 1:
                z, s = fixed_forecast(known, first.mean, first.covariance, first.noise_variance, 1)
                by_score["fit once"], by_pit["fit once"] = normal_score(z, s)
                df = float(prior.degrees_of_freedom)
                student = ar_filter(known, prior.mean, prior.covariance, prior.noise_variance, df)
                by_score["updated, Student t"], by_pit["updated, Student t"] = student.log_score, student.pit
        index = returns.index[block]
        scores.append(pd.DataFrame({k: np.asarray(v) for k, v in by_score.items()}, index=index))
        pits.append(pd.DataFrame({k: np.asarray(v) for k, v in by_pit.items()}, index=index))
    return pd.concat(scores), pd.concat(pits)


def fixed_forecast(
    known: pd.Series, mean: Array, cov: Array, noise_variance: float, order: int
) -> tuple[Array, Array]:
    """Standardised errors and scales of one-step forecasts that never learn, each (steps,)."""
    rows, values = regressors(known, order)
    scale = np.sqrt(np.einsum("ti,ij,tj->t", rows, cov, rows) + noise_variance)
    return (values - rows @ mean) / scale, scale


def normal_score(z: Array, scale: Array) -> tuple[Array, Array]:
    """Log densities and probability integral transforms of standardised normal errors."""
    from scipy import stats

    return np.asarray(stats.norm.logpdf(z) - np.log(scale)), np.asarray(stats.norm.cdf(z))
