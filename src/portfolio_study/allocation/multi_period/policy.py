r"""Multi-period mean-variance policy with uncertain exit (paper 004, theorem 1 and section 4).

An investor maximises :math:`E_0(x_{T\wedge\tau}) - \omega Var_0(x_{T\wedge\tau})` subject to
:math:`x_{t+1} = r^0_t x_t + e_t'U_t`, with excess returns :math:`e_t` that are independent over
time. Variance is not additive over time, so the problem is embedded in
:math:`\max E_0(\lambda x - \omega x^2)` (Li and Ng, Mathematical Finance 10 (2000) 387-406; Zhang and
Li, Mathematical Problems in Engineering 2012, for the uncertain exit), solved backwards.

Sikaria, Sen and Upadhye apply these formulas to serially correlated returns by inserting forecasts;
`multi_period_exact` holds the solution that allows for the correlation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.checks import as_matrix, in_time_order, same_assets, same_rows, square_frame
from portfolio_study.errors import CovarianceError, ParameterError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MultiPeriodPolicy:
    r"""Optimal policy, its expected wealth and variance, and the frontier that it lies on.

    Attributes
    ----------
    theta : ndarray, shape (T,)
        :math:`\theta_t` (one asset) or :math:`\xi_t` (several): what trading in period t contributes.
    lambda_, omega : ndarray, shape (T + 1,)
        :math:`\lambda_t` and :math:`\omega_t` of the value function
        :math:`-\omega\,\omega_tx^2 + \lambda\,\lambda_tx + const`.
    direction : ndarray, shape (T, N)
        :math:`E(e_te_t')^{-1}E(e_t)`: amounts per unit of distance to the target.
    mean, cov : ndarray, shapes (T, N) and (T, N, N)
        Moments of the excess returns that the policy was computed from.
    gross : ndarray, shape (T,)
        Gross riskless return of each period.
    exit_probability : ndarray, shape (T,)
    risk_aversion : float
        :math:`\omega` of the objective, per unit of currency.
    wealth : float
        Initial wealth, in currency.
    assets : tuple, or None
        Labels of the assets; None for one asset without a label.
    """

    theta: Array
    lambda_: Array
    omega: Array
    direction: Array
    mean: Array
    cov: Array
    gross: Array
    exit_probability: Array
    risk_aversion: float
    wealth: float
    assets: tuple[Any, ...] | None

    @property
    def theta_sum(self) -> float:
        r""":math:`\Theta = \sum_t\theta_t`, in (0, 1)."""
        return float(self.theta.sum())

    @property
    def efficient_frontier(self) -> Frontier:
        """The frontier as an object, with both directions and both variants."""
        return Frontier(self.theta_sum, float(self.lambda_[0]), float(self.omega[0]), self.wealth)

    @property
    def lambda_star(self) -> float:
        r""":math:`\lambda^*` with which the auxiliary problem solves the original one ((25))."""
        return self.efficient_frontier.lambda_star(self.risk_aversion)

    @property
    def expected_wealth(self) -> float:
        """Expected wealth at exit, in currency."""
        return self.efficient_frontier.optimum(self.risk_aversion)[0]

    @property
    def variance(self) -> float:
        """Variance of wealth at exit, in currency squared."""
        return self.efficient_frontier.optimum(self.risk_aversion)[1]

    @property
    def first_position(self) -> Any:
        """Amount in each risky asset now, in currency: float for one asset, else labelled amounts."""
        return self.position(0, self.wealth)

    def position(self, period: int, wealth: float) -> Any:
        r"""Amount in each risky asset at the start of a period, given the wealth then ((8), (16)).

        .. math:: U_t = E(e_te_t')^{-1}E(e_t)\left(\frac{\lambda^*}{2\omega}
                  \frac{\lambda_{t+1}}{\omega_{t+1}} - r^0_tx_t\right).
        """
        gamma = self.lambda_star / (2 * self.risk_aversion)
        ratio = self.lambda_[period + 1] / self.omega[period + 1]
        amounts = self.direction[period] * (gamma * ratio - self.gross[period] * wealth)
        if self.assets is not None:
            return pd.Series(amounts, index=list(self.assets), name="amount")
        return float(amounts[0]) if amounts.size == 1 else amounts

    def frontier(self, variance: ArrayLike, variant: str = "corrected") -> Any:
        """Highest expected wealth for a variance of terminal wealth (float or array).

        Parameters
        ----------
        variance : float or array_like
            In currency squared.
        variant : {"corrected", "as_published"}
            "as_published" squares the last bracket as (9) and (17) of paper 004 print it.
        """
        return self.efficient_frontier.expected(variance, variant)


def backward_recursion(
    mean: Array, second_moment: Array, gross: Array, exit_probability: Array
) -> tuple[Array, Array, Array, Array]:
    r"""The recursions of theorem 1 and section 4 of paper 004 for independent returns.

    .. math:: \rho_t &= E(e_t)'E(e_te_t')^{-1}E(e_t),\qquad
              \theta_t = \frac{\lambda_{t+1}^2}{\omega_{t+1}}\rho_t, \\
              \omega_t &= p_t + (r^0_t)^2\omega_{t+1}(1-\rho_t),\qquad
              \lambda_t = p_t + r^0_t\lambda_{t+1}(1-\rho_t),\qquad \omega_T=\lambda_T=p_T .

    Nothing is checked here, so that the paper's literal inputs can be run as well.

    Parameters
    ----------
    mean : ndarray, shape (T, N)
    second_moment : ndarray, shape (T, N, N)
        :math:`E(e_te_t') = Cov + E(e_t)E(e_t)'`.
    gross, exit_probability : ndarray, shape (T,)

    Returns
    -------
    tuple of ndarray
        theta (T,), lambda (T + 1,), omega (T + 1,), direction (T, N).
    """
    horizon = len(mean)
    direction = np.asarray(np.linalg.solve(second_moment, mean[:, :, None])[:, :, 0], dtype=float)
    rho = np.einsum("tn,tn->t", mean, direction)
    p = np.r_[0.0, exit_probability]
    lam, om, theta = np.empty(horizon + 1), np.empty(horizon + 1), np.empty(horizon)
    lam[horizon] = om[horizon] = p[horizon]
    for t in range(horizon - 1, -1, -1):
        theta[t] = lam[t + 1] ** 2 / om[t + 1] * rho[t]
        om[t] = p[t] + gross[t] ** 2 * om[t + 1] * (1 - rho[t])
        lam[t] = p[t] + gross[t] * lam[t + 1] * (1 - rho[t])
    return theta, lam, om, direction


def multi_period_policy(
    mean: ArrayLike,
    cov: ArrayLike,
    risk_free: ArrayLike,
    exit_probability: ArrayLike,
    risk_aversion: float,
    wealth: float = 1.0,
) -> MultiPeriodPolicy:
    r"""Solve the multi-period mean-variance problem with uncertain exit for independent returns.

    Parameters
    ----------
    mean : array_like, shape (T,) or (T, N), or DataFrame with one column an asset
        Mean of the **excess** return of period t (from t to t + 1), decimal.
    cov : array_like
        Variance of the excess return, scalar or (T,); with several assets the covariance, (N, N) or
        (T, N, N). Central moments: the mean is added inside. A frame (N, N) is matched to the columns of
        `mean` by label.
    risk_free : float or array_like, shape (T,)
        **Gross** riskless return per period, such as 1.0001 a week; never the net rate 0.0001.
    exit_probability : array_like, shape (T,)
        ``exit_probability[t - 1]`` = probability of leaving at t.
    risk_aversion : float
        :math:`\omega > 0` of :math:`E - \omega Var`, per unit of currency.
    wealth : float
        Initial wealth, in currency.

    Returns
    -------
    MultiPeriodPolicy

    Raises
    ------
    ParameterError
        If the exit probabilities are negative or do not sum to one, the riskless return looks like a
        net rate, the risk aversion or the wealth is not positive, or Theta lies outside (0, 1).
    CovarianceError
        If a covariance is singular, asymmetric, of the wrong shape or of other assets than the mean.
    DataError
        If labelled inputs belong to different periods, or periods are repeated or out of order.

    Examples
    --------
    >>> policy = multi_period_policy([0.02, 0.03], 0.04, 1.01, [0.2, 0.8], risk_aversion=2)
    >>> round(policy.expected_wealth, 4), round(policy.frontier(0.01), 4)
    (1.0251, 1.0348)

    References
    ----------
    Paper 004, theorem 1, (8), (9), (16), (17), (24), (25), without the square on the last bracket.
    """
    means, covs, assets = _moments(mean, cov)
    horizon = len(means)
    _same_periods(mean, cov=cov, risk_free=risk_free, exit_probability=exit_probability)
    p = check_exit_probability(exit_probability, horizon)
    gross = check_gross(risk_free, horizon)
    second = covs + means[:, :, None] * means[:, None, :]
    theta, lam, om, direction = backward_recursion(means, second, gross, p)
    policy = MultiPeriodPolicy(
        theta, lam, om, direction, means, covs, gross, p, float(risk_aversion), float(wealth), assets
    )
    policy.efficient_frontier.optimum(policy.risk_aversion)  # raises on Theta, risk aversion and wealth
    return policy


def check_gross(risk_free: ArrayLike, horizon: int) -> Array:
    """Return gross riskless returns of shape (horizon,), or explain why they look like net rates."""
    if isinstance(risk_free, pd.Series):
        in_time_order(risk_free.index, "risk_free")
    r = as_matrix(risk_free, "risk_free", ParameterError)
    if r.ndim > 1 or (r.ndim == 1 and len(r) != horizon):
        raise ParameterError(f"risk_free has shape {r.shape}, expected a number or ({horizon},)")
    if not np.isfinite(r).all():
        raise ParameterError("risk_free has missing or infinite entries")
    if (r < 0.5).any() or (r > 2).any():
        odd = float(r.flat[int(np.argmax((r < 0.5) | (r > 2)))])
        hint = (
            f"a net rate? As a gross return it would lose {1 - odd:.2%} of the money every period. "
            f"Give 1 + rate: {1 + odd:.6g} if {odd:g} is the rate per period, "
            f"1 + {odd:g}/52 = {1 + odd / 52:.6g} if it is a yearly rate and periods are weeks"
            if odd < 0.5
            else "give the gross return per period as a decimal, such as 1.0001"
        )
        raise ParameterError(f"risk_free must be gross per period, got {odd:g}: {hint}")
    return np.full(horizon, r) if r.ndim == 0 else r


def _same_periods(mean: Any, **others: Any) -> None:
    """Refuse series by period whose labels differ; a plain count 0, 1, ... carries no date."""
    labelled = {"mean": mean} | others
    dated = {
        name: values
        for name, values in labelled.items()
        if isinstance(values, pd.Series | pd.DataFrame) and not isinstance(values.index, pd.RangeIndex)
    }
    if isinstance(mean, pd.DataFrame):
        dated.pop("cov", None)  # its rows are assets
    names = list(dated)
    for name in names:
        in_time_order(dated[name].index, name)
    for name in names[1:]:
        same_rows(dated[names[0]], dated[name], names[0], name)


def _moments(mean: ArrayLike, cov: ArrayLike) -> tuple[Array, Array, tuple[Any, ...] | None]:
    """Return mean (T, N), cov (T, N, N) and the labels of the assets."""
    assets = None
    if isinstance(cov, pd.DataFrame):
        cov = square_frame(cov, "cov")
        assets = tuple(cov.columns)
    if isinstance(mean, pd.DataFrame):
        if not mean.columns.is_unique:
            raise ParameterError(f"mean has {mean.columns[mean.columns.duplicated()][0]!r} more than once")
        if isinstance(cov, pd.DataFrame):
            cov = same_assets(cov, mean.columns, "cov", "mean", CovarianceError)
        assets = tuple(mean.columns)
    m = as_matrix(mean, "mean", ParameterError)
    if m.ndim not in (1, 2) or m.size == 0:
        raise ParameterError(f"mean has shape {m.shape}, expected (T,) or (T, N)")
    single = m.ndim == 1
    m = m[:, None] if single else m
    if not np.isfinite(m).all():
        raise ParameterError("mean has missing or infinite entries")
    horizon, n = m.shape
    c = as_matrix(cov, "cov", CovarianceError)
    if single and c.ndim <= 1:
        c = np.broadcast_to(c, (horizon,))[:, None, None] if c.shape in ((), (1,), (horizon,)) else c
    elif c.ndim == 2:
        c = np.broadcast_to(c, (horizon, *c.shape))
    if c.shape != (horizon, n, n):
        raise CovarianceError(
            f"cov has shape {np.shape(cov)}, which does not fit mean of shape {np.shape(mean)}"
        )
    if not np.isfinite(c).all():
        raise CovarianceError("cov has missing or infinite entries")
    scale = np.abs(c).max()
    if not np.allclose(c, np.swapaxes(c, 1, 2), rtol=0, atol=1e-10 * scale):
        raise CovarianceError("cov is not symmetric")
    lowest = np.linalg.eigvalsh(c)[:, 0]
    if (lowest <= 1e-14 * scale).any():
        t = int(np.argmin(lowest))
        raise CovarianceError(
            f"cov is singular or not positive definite in period {t + 1}: smallest eigenvalue {lowest[t]:.3g}"
        )
    return m, np.ascontiguousarray(c), assets
