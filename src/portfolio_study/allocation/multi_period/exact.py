r"""Exact multi-period policy when returns follow an AR(1): the last return is a state.

Paper 004 takes :math:`\omega_{t+1}` and :math:`\lambda_{t+1}` out of the expectation as "known at t"
(below (9)). With serial correlation they depend on the return of the coming period, so they are
functions of the state :math:`s = r_t` and the expectations of theorem 5 are integrals:

.. math:: \omega_t(s) &= p_t + (r^0)^2\left[E\omega' - \frac{E(\omega'e)^2}{E(\omega'e^2)}\right],\\
          \lambda_t(s) &= p_t + r^0\left[E\lambda' - \frac{E(\omega'e)E(\lambda'e)}{E(\omega'e^2)}\right],\\
          K_t(s) &= \frac{E(\lambda'e)^2}{E(\omega'e^2)} + E K',\qquad \Theta = K_0(r_0),

where primes are functions at :math:`s' = c + \phi s + \sigma z`. The functions are kept at
Chebyshev points and integrated by Gauss-Hermite quadrature; the number of points doubles until the
three coefficients of the frontier stop moving.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.policy import check_gross
from portfolio_study.errors import EstimationError, ParameterError
from portfolio_study.forecasting.ar_model import check_stationary, positive

Array = NDArray[np.float64]

REACH = 9.0
"""Half width of the state grid in stationary standard deviations: beyond it lies 2e-19 of the mass."""


@dataclass(frozen=True)
class ExactPolicy:
    """State-dependent optimal policy of one asset whose returns follow an AR(1).

    Attributes
    ----------
    frontier_coefficients : Frontier
        Theta, lambda_0, omega_0 at the initial state, and the initial wealth.
    risk_aversion : float
        Per unit of currency.
    nodes : ndarray, shape (n,)
        States (returns of the last period) at which the functions below are held.
    lambda_, omega : ndarray, shape (T + 1, n)
        The value function's coefficients by period and state.
    target_gain, wealth_gain : ndarray, shape (T, n)
        Position = ``target_gain * target - wealth_gain * gross * wealth``.
    gross : ndarray, shape (T,)
        Gross riskless return of each period.
    exit_probability : ndarray, shape (T,)
    initial_state : float
        Return of the period before the first.
    """

    frontier_coefficients: Frontier
    risk_aversion: float
    nodes: Array
    lambda_: Array
    omega: Array
    target_gain: Array
    wealth_gain: Array
    gross: Array
    exit_probability: Array
    initial_state: float

    @property
    def theta_sum(self) -> float:
        r""":math:`\Theta` at the initial state."""
        return self.frontier_coefficients.theta_sum

    @property
    def expected_wealth(self) -> float:
        """Expected wealth at exit, in currency."""
        return self.frontier_coefficients.optimum(self.risk_aversion)[0]

    @property
    def variance(self) -> float:
        """Variance of wealth at exit, in currency squared."""
        return self.frontier_coefficients.optimum(self.risk_aversion)[1]

    @property
    def target(self) -> float:
        r""":math:`\lambda^*/2\omega`, in currency."""
        return self.frontier_coefficients.target(self.risk_aversion)

    @property
    def first_position(self) -> float:
        """Amount in the risky asset now, in currency."""
        return float(self.position(0, self.initial_state, self.frontier_coefficients.wealth))

    def frontier(self, variance: ArrayLike) -> Any:
        """Highest expected wealth for a variance of terminal wealth."""
        return self.frontier_coefficients.expected(variance)

    def at_state(self, values: Array, state: ArrayLike) -> Array:
        """Interpolate a function held at the nodes, shape (n,), at any states."""
        s = np.atleast_1d(np.asarray(state, dtype=float))
        return interpolation_matrix(self.nodes, s) @ values

    def gains(self, period: int, state: ArrayLike) -> tuple[Array, Array]:
        """Interpolated `target_gain` and `wealth_gain` at any states."""
        s = np.atleast_1d(np.asarray(state, dtype=float))
        both = interpolation_matrix(self.nodes, s) @ np.column_stack(
            [self.target_gain[period], self.wealth_gain[period]]
        )
        return both[:, 0], both[:, 1]

    def position(self, period: int, state: ArrayLike, wealth: ArrayLike) -> Any:
        """Amount in the risky asset, given the last return and the wealth (arrays allowed)."""
        target_gain, wealth_gain = self.gains(period, state)
        amount = target_gain * self.target - wealth_gain * self.gross[period] * np.asarray(wealth)
        return float(amount[0]) if np.ndim(state) == 0 and np.ndim(wealth) == 0 else amount


def chebyshev_nodes(low: float, high: float, number: int) -> Array:
    """Chebyshev points of the second kind on [low, high], ascending."""
    grid = -np.cos(np.pi * np.arange(number) / (number - 1))
    return np.asarray(0.5 * (low + high) + 0.5 * (high - low) * grid)


def interpolation_matrix(nodes: Array, points: Array) -> Array:
    """Matrix that takes values at Chebyshev nodes to values at points (barycentric formula).

    Points outside the nodes take the value at the nearest end: the policies and value functions are
    bounded and almost no probability lies there, where a polynomial would explode.
    """
    weight = np.where(np.arange(len(nodes)) % 2, -1.0, 1.0)
    weight[[0, -1]] *= 0.5
    inside = np.clip(points, nodes[0], nodes[-1])
    gap = inside[:, None] - nodes[None, :]
    hit = gap == 0
    terms = weight / np.where(hit, 1.0, gap)
    matrix = terms / terms.sum(axis=1, keepdims=True)
    exact = hit.any(axis=1)
    matrix[exact] = hit[exact]
    return np.asarray(matrix)


def moment_operators(
    nodes: Array, intercept: float, phi: float, sigma: float, quadrature: int
) -> tuple[Array, Array, Array]:
    """Matrices that map a function g at the nodes to E g(s'), E g(s')s' and E g(s')s'^2 there."""
    z, w = np.polynomial.hermite_e.hermegauss(quadrature)
    w = w / w.sum()
    centre = intercept + phi * nodes
    zero, one, two = (np.zeros((len(nodes), len(nodes))) for _ in range(3))
    for zi, wi in zip(z, w, strict=True):
        if wi < 1e-30:
            continue
        point = centre + sigma * zi
        block = wi * interpolation_matrix(nodes, point)
        zero += block
        one += point[:, None] * block
        two += (point**2)[:, None] * block
    return zero, one, two


def exact_policy(
    intercept: float,
    phi: float,
    noise_variance: float,
    risk_free: ArrayLike,
    exit_probability: ArrayLike,
    risk_aversion: float,
    state: float,
    wealth: float = 1.0,
    tolerance: float = 1e-10,
) -> ExactPolicy:
    r"""Solve the multi-period problem for :math:`r_{t+1} = c + \phi r_t + \sigma z` with known parameters.

    Parameters
    ----------
    intercept, phi, noise_variance : float
        :math:`c`, :math:`\phi` in (-1, 1) and :math:`\sigma^2 > 0` of the net returns.
    risk_free : float or array_like, shape (T,)
        Gross riskless return per period.
    exit_probability : array_like, shape (T,)
        Probability of leaving at t = 1..T.
    risk_aversion : float
        Of :math:`E - \omega Var`.
    state : float
        The return of the period before the first, :math:`r_0`.
    wealth : float
        Initial wealth.
    tolerance : float
        Largest change of Theta, lambda_0, omega_0 when the grids are doubled.

    Returns
    -------
    ExactPolicy

    Raises
    ------
    ParameterError
        If the autoregression is not stationary, a variance is not positive, or an argument shared
        with `multi_period_policy` is invalid.
    EstimationError
        If the grids do not converge to the tolerance.

    References
    ----------
    Paper 004, theorem 5, taken at its word; Xu and Li (2008) for the certain-exit case.
    """
    check_stationary([phi], "phi")
    sigma = float(np.sqrt(positive(noise_variance, "noise_variance")))
    p = check_exit_probability(exit_probability, np.size(exit_probability))
    gross = check_gross(risk_free, len(p))
    if not np.isfinite(state):
        raise ParameterError(f"state must be a finite return, got {state}")
    centre = intercept / (1 - phi)
    half = max(REACH * sigma / np.sqrt(1 - phi**2), 1.01 * abs(state - centre))
    before = np.full(3, np.inf)
    for number, quadrature in ((33, 24), (65, 48), (129, 96), (257, 160), (513, 200)):
        nodes = chebyshev_nodes(centre - half, centre + half, number)
        operators = moment_operators(nodes, intercept, phi, sigma, quadrature)
        lam, om, total, target_gain, wealth_gain = _recursion(operators, gross, p)
        now = interpolation_matrix(nodes, np.array([state])) @ np.column_stack([total, lam[0], om[0]])
        if np.abs(now[0] - before).max() < tolerance:
            frontier = Frontier(float(now[0, 0]), float(now[0, 1]), float(now[0, 2]), float(wealth))
            frontier.optimum(risk_aversion)
            return ExactPolicy(
                frontier,
                float(risk_aversion),
                nodes,
                lam,
                om,
                target_gain,
                wealth_gain,
                gross,
                p,
                float(state),
            )
        before = now[0]
    raise EstimationError(
        f"exact_policy did not converge to {tolerance:g} with {number} states and {quadrature} quadrature "
        f"points (phi={phi:g}, state={state:g}); last change {np.abs(now[0] - before).max():.2g}"
    )


def _recursion(
    operators: tuple[Array, Array, Array], gross: Array, exit_probability: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Backward recursion on the nodes: lambda, omega (T + 1, n), K_0 (n,), the two gains (T, n)."""
    zero, one, two = operators
    horizon, n = len(gross), len(zero)
    p = np.r_[0.0, exit_probability]
    lam, om = np.empty((horizon + 1, n)), np.empty((horizon + 1, n))
    target_gain, wealth_gain = np.empty((horizon, n)), np.empty((horizon, n))
    lam[horizon] = om[horizon] = p[horizon]
    total = np.zeros(n)
    for t in range(horizon - 1, -1, -1):
        net = gross[t] - 1
        w0, l0 = zero @ om[t + 1], zero @ lam[t + 1]
        w1_raw = one @ om[t + 1]
        w1, l1 = w1_raw - net * w0, one @ lam[t + 1] - net * l0
        w2 = two @ om[t + 1] - 2 * net * w1_raw + net**2 * w0
        target_gain[t], wealth_gain[t] = l1 / w2, w1 / w2
        om[t] = p[t] + gross[t] ** 2 * (w0 - w1**2 / w2)
        lam[t] = p[t] + gross[t] * (l0 - w1 * l1 / w2)
        total = l1**2 / w2 + zero @ total
    return lam, om, total, target_gain, wealth_gain
