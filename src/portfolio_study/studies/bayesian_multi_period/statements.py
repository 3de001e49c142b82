r"""Mathematical statements of paper 004, each one computed as printed.

Every function returns names with a pair: whether the statement holds, and a note that says what was
compared. The pages record them; tests fix the outcomes.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exact import ExactPolicy
from portfolio_study.allocation.multi_period.policy import MultiPeriodPolicy, multi_period_policy
from portfolio_study.allocation.multi_period.simulation import affine_policy_moments
from portfolio_study.forecasting.ar_filter import ar_filter, ar_step, batch_posterior
from portfolio_study.forecasting.ar_model import ar_prior, process_mean
from portfolio_study.forecasting.var_filter import var_prior, var_regressors

Array = NDArray[np.float64]
Statements = dict[str, tuple[bool, str]]


def close(left: float, right: float, tolerance: float = 1e-10) -> bool:
    """Whether two numbers agree up to rounding."""
    return bool(abs(left - right) < tolerance)


def filter_statements(returns: ArrayLike, mean: ArrayLike, covariance: ArrayLike, s2: float) -> Statements:
    """Equations (2) to (6): the Bayesian filter of an AR(1) on a short series.

    Parameters
    ----------
    returns : array_like, shape (T + 1,)
    mean, covariance : array_like, shapes (2,) and (2, 2)
        Prior of intercept and coefficient.
    s2 : float
        Variance of the noise.
    """
    r, m0, c0 = (np.asarray(x, dtype=float) for x in (returns, mean, covariance))
    found = ar_filter(r, m0, c0, s2)
    rows = np.column_stack([np.ones(len(r) - 1), r[:-1]])
    m, c = m0, c0
    for row, value in zip(rows, r[1:], strict=True):
        _, _, _, m, c = ar_step(m, c, row, float(value), s2)
    batch_m, batch_c = batch_posterior(r, m0, c0, s2)
    moved = ar_filter(np.r_[r[:-1], r[-1] + 0.1], m0, c0, s2)
    published_q = -0.9 * 2.0**2 + 0.2  # the scalar reading of F'mF + s2
    # log density of one return under (mu, phi): quadratic in them only if a normal prior is conjugate
    steps = 0.01 * np.arange(5)
    density = [
        -0.5 * (0.03 - mu - p * (0.02 - mu)) ** 2 for mu, p in zip(0.5 + steps, 0.3 + steps, strict=True)
    ]

    def same(left: Array, right: Array) -> bool:
        return bool(np.allclose(left, right, rtol=0, atol=1e-15))

    last = float(found.forecast[-1])
    return {
        "update": (same(np.asarray(found.mean)[-1], m), "the library against the five equations"),
        "sequential_is_batch": (
            same(m, batch_m) and same(c, batch_c),
            "week by week against all at once",
        ),
        "published_q_is_variance": (
            published_q > 0,
            "phi r^2 + sigma^2 with phi = -0.9, r = 2, sigma^2 = 0.2",
        ),
        "regressor_fits": (rows[0][1:].size == m.size, "F without a one has p entries for p + 1 parameters"),
        "conjugate_in_mean": (
            close(float(np.diff(density, 4)[0]), 0, 1e-9),
            "a normal density is the exponential of a quadratic, whose fourth differences are zero",
        ),
        "forecast": (close(last, float(rows[-1] @ found.mean[-2]), 1e-15), "f_t = F'm_(t-1)"),
        "prior_index": (
            close(last, float(rows[-1] @ found.mean[-1]), 1e-15),
            "the prior of week t conditions on week t - 1, not on t",
        ),
        "posterior_index": (
            bool(np.allclose(moved.mean[-1], found.mean[-1])),
            "m_t moves with r_t, so it belongs to the data up to t, not t - 1",
        ),
        "return_is_vector": (np.ndim(found.observed[0]) > 0, "r_t is a number"),
        "conditional_mean": (
            bool(np.allclose(m0[0] + m0[1] * r, process_mean(m0, c)[0])),
            "c + phi r varies with the last return",
        ),
    }


def policy_statements(policy: MultiPeriodPolicy) -> Statements:
    """Theorems 1 and 3 to 5 and (23) to (25), for one asset and initial wealth 1.

    Parameters
    ----------
    policy : MultiPeriodPolicy
        At least two periods, one asset.
    """
    from scipy.optimize import minimize

    om, lam, steps = policy.risk_aversion, policy.lambda_, len(policy.mean)
    args = (policy.mean[:, 0], policy.cov[:, 0, 0], policy.gross, policy.exit_probability)

    def loss(x: Array) -> float:
        expected, variance = affine_policy_moments(x[:steps], x[steps:], *args)
        return om * variance - expected

    search = minimize(loss, np.zeros(2 * steps), method="BFGS", options={"gtol": 1e-10})
    gamma = policy.lambda_star / (2 * om)
    direction = policy.direction[:, 0]
    plan = gamma * direction * lam[1:] / policy.omega[1:]
    mean, variance = affine_policy_moments(plan, direction * policy.gross, *args)
    rho = args[0] ** 2 / (args[1] + args[0] ** 2)
    printed = policy.efficient_frontier.variance(policy.expected_wealth, "as_published")
    first = direction[0] * (gamma * lam[1] / policy.omega[1] - policy.gross[0])
    reached = policy.lambda_star * mean - om * (variance + mean**2)
    constant = policy.lambda_star**2 / (4 * om) * policy.theta_sum
    above = policy.efficient_frontier.least_variance_mean + 0.05
    back = policy.frontier(policy.efficient_frontier.variance(above))
    risks = [policy.efficient_frontier.optimum(a)[1] for a in (0.5, 1, 2, 3)]
    return {
        "optimal": (
            close(-search.fun, policy.expected_wealth - om * policy.variance, 1e-8),
            "no policy of the form a - b x does better",
        ),
        "theta": (close(policy.theta_sum, float(sum(lam[1:] ** 2 / policy.omega[1:] * rho))), ""),
        "moments": (close(mean, policy.expected_wealth) and close(variance, policy.variance), ""),
        "published_frontier": (close(variance, printed), "the square on the last bracket"),
        "upper_branch": (close(back, above), "from expected wealth to variance and back"),
        "value_function": (
            close(reached, -om * policy.omega[0] + policy.lambda_star * lam[0] + constant),
            "",
        ),
        "e24": (close(mean, lam[0] + gamma * policy.theta_sum), ""),
        "e25": (close(policy.lambda_star, 1 + 2 * om * mean), ""),
        "e23": (
            close(lam[1] * (policy.gross[0] + args[0][0] * first), lam[0] + gamma * policy.theta[0]),
            "",
        ),
        "embedding": (_best_weight_is_lambda_star(policy), "the best weight of the auxiliary problem"),
        "risk_falls": (bool(np.all(np.diff(risks) < 0)), ""),
    }


def _best_weight_is_lambda_star(policy: MultiPeriodPolicy) -> bool:
    om, theta = policy.risk_aversion, policy.theta_sum
    weights = np.linspace(0.5, 1.5, 2001) * policy.lambda_star
    mean = policy.lambda_[0] + weights / (2 * om) * theta
    square = policy.omega[0] + weights**2 * theta / (4 * om**2)
    goal = mean - om * (square - mean**2)
    return close(float(weights[goal.argmax()] / policy.lambda_star), 1, 1e-3)


def moment_statements() -> Statements:
    """Moments of the excess return, the law of total variance and the case of one period."""
    z, w = np.polynomial.hermite_e.hermegauss(20)
    mean, variance, net = 0.01, 0.04, 0.003
    square = float((w * (mean - net + np.sqrt(variance) * z) ** 2).sum() / w.sum())
    x = np.array([[1.2, 1.0], [0.9, 0.7]])
    one = multi_period_policy([0.03], 0.09, 1.01, [1.0], 2.0)
    stated = {1, 3, 4, 5}
    return {
        "excess_moments": (close(square, variance + (mean - net) ** 2), ""),
        "names_unique": (
            close(square, variance, 1e-6),
            "Q is the variance of the return in (4) and the mean square of the excess return in section 3",
        ),
        "smoothing": (
            close(x.mean(1).mean(), x.mean()) and not close(x.var(1).mean(), x.var()),
            "means are iterated, variances are not",
        ),
        "one_period": (close(one.expected_wealth, 1.01 + 0.03**2 / (4 * 0.09)), ""),
        "theorem_2_exists": (2 in stated, "the paper states theorems 1, 3, 4 and 5"),
    }


def var_statements(seed: int) -> Statements:
    """Section 5 and (18) to (22): the VAR(1) of two assets, on simulated returns."""
    panel = pd.DataFrame(np.random.default_rng(seed).normal(0.002, 0.02, (80, 2)))
    prior = var_prior(panel, 1)
    rows, values = var_regressors(panel, 1)
    residual = values - rows @ prior.mean
    noise = residual.T @ residual / (len(values) - 3)
    full = np.kron(prior.noise_covariance, prior.scale)
    row, vec = rows[0], prior.mean.T.ravel()
    blocks = np.kron(np.eye(2), rows[:1])
    printed = {"sum over": "j", "index of the matrix": "i"}
    return {
        "regression": (bool(np.allclose(prior.mean, np.linalg.lstsq(rows, values)[0])), ""),
        "covariance": (bool(np.allclose(full, np.kron(noise, np.linalg.inv(rows.T @ rows)))), ""),
        "residual_covariance": (bool(np.allclose(prior.noise_covariance, noise)), ""),
        "forecast_fits": (fits(row, vec), "Z' has k entries, vec(Pi) has nk"),
        "blocks_for_n": (blocks.shape[0] == 3, "two blocks serve two assets only"),
        "gain_fits": (fits(full, row[:, None]), "the covariance of vec(Pi) has nk columns, Z has k rows"),
        "position_fits": (fits(np.ones((2, 1)), np.ones((2, 1))), "e and U are columns: e'U"),
        "lag_index_consistent": (
            len(set(printed.values())) == 1,
            "the sum runs over j, the matrix carries i, and (22) leaves j free",
        ),
    }


def fits(left: Any, right: Any) -> bool:
    """Whether two arrays can be multiplied."""
    return left.shape[-1] == right.shape[0]


def serial_statements(exact: ExactPolicy, period: int = 1) -> Statements:
    """What is known at time t when returns remember, and which rules hold for a known factor."""
    now = exact.at_state(exact.omega[period], [-0.1, 0.0, 0.1])
    factor, e = 0.6, np.array([0.1, -0.05])
    return {
        "known_at_t": (bool(np.ptp(now) < 1e-6), "omega_1 changes with the return of week 1"),
        "pull_out_square": (
            close((factor * e).mean() ** 2, factor * e.mean() ** 2, 1e-9),
            "the square of a known factor is the factor squared",
        ),
        "pull_out": (
            close((factor * e**2).mean(), factor * (e**2).mean()),
            "true for a known factor; with serial correlation it is not known",
        ),
    }


def near_unit_root(phi: float = 0.9, length: int = 20_000, seed: int = 0) -> tuple[bool, str]:
    """Whether least squares breaks down at a large autocorrelation, as section 6.5 says."""
    from scipy.signal import lfilter

    path = lfilter([1.0], [1.0, -phi], np.random.default_rng(seed).normal(size=length))
    found = abs(ar_prior(path).mean[1] - phi) < 0.02
    stationary = abs(path.var() * (1 - phi**2) - 1) < 0.15
    note = f"at phi = {phi:g} the process is stationary and least squares finds phi"
    return not (found and stationary), note
