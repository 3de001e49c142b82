r"""Simulation of multi-period policies: which formula is right, within its standard error.

The exit time is independent of returns, so its distribution is averaged over exactly,
:math:`E(x_{T\wedge\tau}) = \sum_t p_tE(x_t)`, instead of drawing one exit a path: same mean, less noise.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exact import ExactPolicy
from portfolio_study.allocation.multi_period.policy import MultiPeriodPolicy
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.ar_model import check_stationary, positive

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WealthMoments:
    """Mean and variance of wealth at exit over simulated paths, with standard errors.

    Attributes
    ----------
    expected, variance : float
        In currency and currency squared.
    se_expected, se_variance : float
        Standard errors of the two.
    objective, se_objective : float
        Expected wealth less risk aversion times variance, and its standard error.
    paths : int
        Number of independent paths (antithetic pairs count once).
    """

    expected: float
    variance: float
    se_expected: float
    se_variance: float
    objective: float
    se_objective: float
    paths: int


def simulate_ar1(
    intercept: float,
    phi: float,
    noise_variance: float,
    state: float,
    horizon: int,
    paths: int,
    seed: int,
) -> Array:
    """Draw paths of an AR(1), the second half with the shocks of the first and opposite signs.

    Parameters
    ----------
    intercept, phi, noise_variance : float
        Of the net returns per period.
    state : float
        Return of the period before the first.
    horizon, paths : int
        Shape of the result; `paths` is even.
    seed : int

    Returns
    -------
    ndarray, shape (paths, horizon)
        Net simple returns.
    """
    check_stationary([phi], "phi")
    if paths < 2 or paths % 2:
        raise ParameterError(f"paths must be even (antithetic pairs) and at least 2, got {paths}")
    sigma = np.sqrt(positive(noise_variance, "noise_variance"))
    half = np.random.default_rng(seed).standard_normal((paths // 2, horizon))
    shocks = sigma * np.concatenate([half, -half])
    returns = np.empty((paths, horizon))
    last = np.full(paths, float(state))
    for t in range(horizon):
        last = intercept + phi * last + shocks[:, t]
        returns[:, t] = last
    return returns


def simulate_independent(policy: MultiPeriodPolicy, paths: int, seed: int) -> Array:
    """Draw normal excess returns with the moments of a policy, shape (paths, T, N), antithetic."""
    if paths < 2 or paths % 2:
        raise ParameterError(f"paths must be even (antithetic pairs) and at least 2, got {paths}")
    horizon, n = policy.mean.shape
    half = np.random.default_rng(seed).standard_normal((paths // 2, horizon, n))
    shocks = np.concatenate([half, -half])
    return np.asarray(policy.mean + np.einsum("tij,ptj->pti", np.linalg.cholesky(policy.cov), shocks))


def policy_wealth(policy: MultiPeriodPolicy, excess: Array) -> Array:
    r"""Wealth after each period along paths of excess returns: :math:`x_{t+1}=r^0_tx_t+e_t'U_t`.

    Parameters
    ----------
    policy : MultiPeriodPolicy
    excess : ndarray, shape (paths, T, N) or (paths, T)
        Excess returns, of any model: the policy is applied, not recomputed.

    Returns
    -------
    ndarray, shape (paths, T)
    """
    e = excess[:, :, None] if excess.ndim == 2 else excess
    gamma = policy.lambda_star / (2 * policy.risk_aversion)
    x = np.full(len(e), policy.wealth)
    out = np.empty(e.shape[:2])
    for t in range(e.shape[1]):
        ratio = policy.lambda_[t + 1] / policy.omega[t + 1]
        gain = e[:, t] @ policy.direction[t]
        x = policy.gross[t] * x + gain * (gamma * ratio - policy.gross[t] * x)
        out[:, t] = x
    return out


def simulated_moments(
    policy: MultiPeriodPolicy, paths: int, batches: int, seed: int
) -> tuple[pd.Series, pd.Series]:
    """Mean and variance of wealth at exit over independent batches of simulated paths.

    Parameters
    ----------
    policy : MultiPeriodPolicy
    paths : int
        Paths of each batch, even; one batch is in memory at a time.
    batches : int
        At least two: their spread gives the standard errors.
    seed : int
        Of the first batch; the others follow.

    Returns
    -------
    tuple of Series
        Averages and standard errors of ``expected`` and ``variance``.
    """
    if batches < 2:
        raise ParameterError(f"batches must be at least 2 to have a standard error, got {batches}")
    rows = []
    for k in range(batches):
        wealth = policy_wealth(policy, simulate_independent(policy, paths, seed + k))
        found = wealth_moments(wealth, policy.exit_probability)
        rows.append({"expected": found.expected, "variance": found.variance})
    table = pd.DataFrame(rows)
    return table.mean(), table.std() / np.sqrt(batches)


def quadrature_moments(policy: MultiPeriodPolicy, paths_limit: int = 2_000_000) -> tuple[float, float]:
    r"""Exact mean and variance of wealth at exit by Gauss-Hermite quadrature over all returns.

    Wealth is a polynomial of degree T in the returns, its square of degree 2T in each, so T + 1 nodes
    a return leave no error but rounding. The number of nodes to the power of all returns grows fast:
    for short horizons only.

    Parameters
    ----------
    policy : MultiPeriodPolicy
    paths_limit : int
        Largest number of node combinations.

    Raises
    ------
    ParameterError
        If the horizon or the number of assets needs more combinations.
    """
    horizon, n = policy.mean.shape
    nodes, dimensions = horizon + 1, horizon * n
    if nodes**dimensions > paths_limit:
        raise ParameterError(
            f"quadrature over {dimensions} returns needs {nodes}^{dimensions} paths: shorten"
        )
    z, w = np.polynomial.hermite_e.hermegauss(nodes)
    points = np.stack(np.meshgrid(*[z] * dimensions, indexing="ij"), axis=-1).reshape(-1, horizon, n)
    weights = np.ones(1)
    for _ in range(dimensions):
        weights = np.outer(weights, w / w.sum()).ravel()
    excess = policy.mean + np.einsum("tij,ptj->pti", np.linalg.cholesky(policy.cov), points)
    wealth = policy_wealth(policy, excess)
    first, second = wealth @ policy.exit_probability, wealth**2 @ policy.exit_probability
    expected = float(weights @ first)
    return expected, float(weights @ second - expected**2)


def exact_wealth(policy: ExactPolicy, returns: Array) -> Array:
    """Wealth after each period when the state-dependent policy follows paths of net returns.

    Parameters
    ----------
    policy : ExactPolicy
    returns : ndarray, shape (paths, T)
        Net returns; the state of the first period is the policy's own initial state.
    """
    x = np.full(len(returns), policy.frontier_coefficients.wealth)
    state = np.full(len(returns), policy.initial_state)
    out = np.empty(returns.shape)
    for t in range(returns.shape[1]):
        amount = policy.position(t, state, x)
        x = policy.gross[t] * x + (returns[:, t] - (policy.gross[t] - 1)) * amount
        state = returns[:, t]
        out[:, t] = x
    return out


def wealth_moments(wealth: Array, exit_probability: ArrayLike, risk_aversion: float = 0.0) -> WealthMoments:
    r"""Moments of wealth at exit from simulated wealth, averaging over the exit time exactly.

    Parameters
    ----------
    wealth : ndarray, shape (paths, T)
        The second half of the paths is antithetic to the first.
    exit_probability : array_like, shape (T,)
    risk_aversion : float
        For the objective :math:`E - \omega Var`.
    """
    p = np.asarray(exit_probability, dtype=float)
    pairs = len(wealth) // 2
    first, second = wealth @ p, wealth**2 @ p
    first, second = ((a[:pairs] + a[pairs:]) / 2 for a in (first, second))
    expected = float(first.mean())
    variance = float(second.mean() - expected**2)
    # delta method: Var is smooth in the two means, so each pair contributes its influence
    influence = second - 2 * expected * first
    goal = first - risk_aversion * influence
    root = np.sqrt(pairs)
    return WealthMoments(
        expected,
        variance,
        float(first.std(ddof=1) / root),
        float(influence.std(ddof=1) / root),
        expected - risk_aversion * variance,
        float(goal.std(ddof=1) / root),
        pairs,
    )


def affine_policy_moments(
    constant: Array,
    slope: Array,
    mean: Array,
    variance: Array,
    gross: Array,
    exit_probability: Array,
    wealth: float = 1.0,
) -> tuple[float, float]:
    r"""Exact mean and variance at exit of any policy :math:`u_t = a_t - b_tx_t`, one asset.

    A brute-force yardstick: it knows nothing of the optimal policy.

    .. math:: x_{t+1} = (r^0_t - b_te_t)x_t + a_te_t,\quad e_t \text{ independent.}

    Parameters
    ----------
    constant, slope : ndarray, shape (T,)
        :math:`a_t` in currency, :math:`b_t` without unit.
    mean, variance, gross, exit_probability : ndarray, shape (T,)
        Moments of the excess returns, gross riskless returns, exit probabilities.
    wealth : float
    """
    first, second, expected, square = wealth, wealth**2, 0.0, 0.0
    for a, b, m, v, r, p in zip(constant, slope, mean, variance, gross, exit_probability, strict=True):
        ee = v + m**2
        growth, growth_square, cross = r - b * m, r**2 - 2 * r * b * m + b**2 * ee, a * (r * m - b * ee)
        first, second = growth * first + a * m, growth_square * second + 2 * cross * first + a**2 * ee
        expected += p * first
        square += p * second
    return float(expected), float(square - expected**2)
