"""What a better portfolio is worth: fees, certainty equivalents, break-even costs and required R2."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from portfolio_study.checks import aligned_series, as_series
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.delta_method import SmoothFunction, bootstrap_inference
from portfolio_study.evaluation.inference import TWO_SIDED, Inference
from portfolio_study.evaluation.sharpe import annualised

MEASURES = ("sharpe", "mean", "certainty_equivalent")
BASIS_POINTS = 1e4


def certainty_equivalent(returns: Any, risk_aversion: float = 3.0, periods_per_year: float = 252) -> float:
    r"""Riskless annual return worth as much as the strategy: :math:`k(\mu - \tfrac{\gamma}{2}\sigma^2)`.

    Parameters
    ----------
    returns : Series or array, shape (T,)
        Simple returns, decimals per period.
    risk_aversion : float
        gamma > 0.
    periods_per_year : float
        k.

    Returns
    -------
    float
        Decimals a year.
    """
    x = as_series(returns, "returns").to_numpy()
    gamma = _risk_aversion(risk_aversion)
    return float(periods_per_year * (x.mean() - gamma / 2 * x.var()))


def certainty_equivalent_gain(
    a: Any,
    b: Any,
    risk_aversion: float = 3.0,
    periods_per_year: float = 252,
    *,
    lags: int | None = None,
    block: int | None = None,
    draws: int = 5000,
    seed: int = 0,
    alternative: str = TWO_SIDED,
) -> Inference:
    r"""Difference of certainty equivalents of two strategies, in basis points a year.

    .. math:: (\mu_a - \tfrac{\gamma}{2}\sigma_a^2) - (\mu_b - \tfrac{\gamma}{2}\sigma_b^2)

    Positive means that a is worth more.

    Parameters
    ----------
    a, b : Series or array, shape (T,)
        Simple returns (net of costs) on the same dates.
    risk_aversion : float
        gamma > 0.
    periods_per_year : float
        252 for days.
    lags, block, draws, seed, alternative
        As in ``sharpe_difference``: HAC error, studentised block bootstrap.

    References
    ----------
    DeMiguel, V., Garlappi, L. and Uppal, R. (2009). Optimal versus naive diversification. Review of
    Financial Studies 22, 1915-1953, equation (14).
    """
    gamma = _risk_aversion(risk_aversion)

    def value(v: np.ndarray) -> np.ndarray:
        x, y, xx, yy = np.moveaxis(v, -1, 0)
        return x - gamma / 2 * (xx - x**2) - y + gamma / 2 * (yy - y**2)

    def gradient(v: np.ndarray) -> np.ndarray:
        x, y, half = v[..., 0], v[..., 1], np.full(v.shape[:-1], gamma / 2)
        return np.stack([1 + gamma * x, -1 - gamma * y, -half, half], axis=-1)

    name = f"certainty equivalent gain (risk aversion {gamma:g})"
    options = {"lags": lags, "block": block, "draws": draws, "seed": seed, "alternative": alternative}
    result = bootstrap_inference(_moments(a, b), SmoothFunction(value, gradient), name, **options)  # type: ignore[arg-type]
    return annualised(result, periods_per_year * BASIS_POINTS)


def performance_fee(
    a: Any,
    b: Any,
    risk_aversion: float = 3.0,
    periods_per_year: float = 252,
    *,
    lags: int | None = None,
    block: int | None = None,
    draws: int = 5000,
    seed: int = 0,
    alternative: str = TWO_SIDED,
) -> Inference:
    r"""Fee that an investor would pay to hold a instead of b, in basis points a year.

    The fee :math:`\Delta` makes the mean quadratic utilities equal,

    .. math:: \sum_t U(R_{a,t} - \Delta) = \sum_t U(R_{b,t}), \qquad
              U(R) = (1 + R) - \frac{\gamma}{2(1 + \gamma)} (1 + R)^2 .

    Parameters
    ----------
    a, b : Series or array, shape (T,)
        Simple returns on the same dates.
    risk_aversion : float
        gamma > 0.
    periods_per_year : float
        252 for days.
    lags, block, draws, seed, alternative
        As in ``sharpe_difference``.

    Raises
    ------
    EstimationError
        If no fee makes the utilities equal (b is better than any safe return of a's scale).

    References
    ----------
    Fleming, J., Kirby, C. and Ostdiek, B. (2001). The economic value of volatility timing. Journal
    of Finance 56, 329-352, equation (8).
    """
    gamma = _risk_aversion(risk_aversion)
    k = gamma / (2 * (1 + gamma))

    def parts(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y, xx, yy = np.moveaxis(v, -1, 0)
        gap = (1 - 2 * k) * (x - y) - k * (xx - yy)
        linear = 1 - 2 * k * (1 + x)
        square = linear**2 + 4 * k * gap
        if np.any(square <= 0) or np.any(linear <= 0):
            raise EstimationError("no fee makes the utilities equal: are the returns decimals per period?")
        return gap, linear + np.sqrt(square)

    def value(v: np.ndarray) -> np.ndarray:
        gap, total = parts(v)
        return 2 * gap / total

    def gradient(v: np.ndarray) -> np.ndarray:
        # Implicit differentiation of k D^2 + linear D - gap = 0.
        fee = value(v)
        root = 2 * k * fee + 1 - 2 * k * (1 + v[..., 0])
        one = np.ones_like(fee)
        return (
            np.stack([2 * k * fee + (1 - 2 * k), -(1 - 2 * k) * one, -k * one, k * one], axis=-1)
            / root[..., None]
        )

    name = f"performance fee (risk aversion {gamma:g})"
    options = {"lags": lags, "block": block, "draws": draws, "seed": seed, "alternative": alternative}
    result = bootstrap_inference(_moments(a, b), SmoothFunction(value, gradient), name, **options)  # type: ignore[arg-type]
    return annualised(result, periods_per_year * BASIS_POINTS)


@dataclass(frozen=True)
class BreakEven:
    """Trading cost at which two strategies are equally good.

    Attributes
    ----------
    cost_bps : float
        That cost in basis points of each trade; 0 for ``"never"``, the search limit for ``"always"``.
    ahead : str
        Where the strategy beats the benchmark: ``"below"`` or ``"above"`` that cost, ``"always"``
        (at every cost up to the limit) or ``"never"``.
    measure : str
        What is compared, net of costs.
    """

    cost_bps: float
    ahead: str
    measure: str


def break_even_cost(
    strategy: Backtest,
    benchmark: Backtest,
    measure: str = "sharpe",
    *,
    limit: float = 1000.0,
    risk_aversion: float = 3.0,
) -> BreakEven:
    """Find the cost per trade at which a strategy stops beating its benchmark, both paying that cost.

    Parameters
    ----------
    strategy, benchmark : Backtest
        On the same periods; their own costs are ignored.
    measure : str
        ``"sharpe"``, ``"mean"`` or ``"certainty_equivalent"``.
    limit : float
        Largest cost looked at, basis points; less where that cost would eat a whole portfolio in
        one trade, as for a leveraged strategy that trades more than ten times its wealth.
    risk_aversion : float
        For the certainty equivalent.

    Raises
    ------
    DataError
        If the two do not cover the same periods.
    """
    if measure not in MEASURES:
        raise UnknownNameError("measure", measure, MEASURES)
    aligned_series(2, strategy=strategy.gross_returns, benchmark=benchmark.gross_returns)
    if not limit > 0:
        raise ParameterError(f"limit must be positive, got {limit!r}")

    def worth(run: Backtest, cost: float) -> float:
        net = run.at_cost(cost)
        if measure == "sharpe":
            return net.sharpe
        if measure == "mean":
            return float(net.returns.mean())
        return certainty_equivalent(net.returns, risk_aversion, net.periods_per_year)

    def lead(cost: float) -> float:
        return worth(strategy, cost) - worth(benchmark, cost)

    largest_trade = max(float(strategy.turnover.max()), float(benchmark.turnover.max()))
    if largest_trade > 0:
        limit = min(limit, (1 - 1e-6) * BASIS_POINTS / largest_trade)
    free, dear = lead(0.0), lead(limit)
    if free > 0 and dear > 0:
        return BreakEven(limit, "always", measure)
    if free <= 0 and dear <= 0:
        return BreakEven(0.0, "never", measure)
    cost = float(brentq(lead, 0.0, limit, xtol=1e-10, rtol=1e-12))
    return BreakEven(cost, "below" if free > 0 else "above", measure)


def r2_for_sharpe(sharpe: float, base_sharpe: float = 0.0, periods_per_year: float = 252) -> float:
    r"""Predictive R2 per period that lifts a Sharpe ratio from one value to another.

    .. math:: R^2 = (s_1^2 - s_0^2) / (1 + s_1^2)

    with per-period ratios, for an investor who times one asset with mean-variance weights.

    Parameters
    ----------
    sharpe, base_sharpe : float
        Annual Sharpe ratio aimed at, and that of holding the asset.
    periods_per_year : float
        252 for days.

    References
    ----------
    Campbell, J. Y. and Thompson, S. B. (2008). Predicting excess stock returns out of sample.
    Review of Financial Studies 21, 1509-1531, equations (14)-(16).
    """
    if abs(sharpe) < abs(base_sharpe):
        raise ParameterError(f"the ratio aimed at ({sharpe}) is below the base ({base_sharpe})")
    s1, s0 = sharpe**2 / periods_per_year, base_sharpe**2 / periods_per_year
    return float((s1 - s0) / (1 + s1))


def _moments(a: Any, b: Any) -> np.ndarray:
    x, y = (s.to_numpy() for s in aligned_series(12, a=a, b=b))
    return np.column_stack([x, y, x**2, y**2])


def _risk_aversion(value: float) -> float:
    if not 0 < value < np.inf:
        raise ParameterError(f"risk_aversion must be positive, got {value!r}")
    return float(value)
