r"""Mathematical statements of paper 004, each one computed as printed.

Every function returns names with a pair: whether the statement holds, and a note that says what was
compared. The pages record them; tests fix the outcomes.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exact import ExactPolicy, exact_policy
from portfolio_study.allocation.multi_period.policy import MultiPeriodPolicy, multi_period_policy
from portfolio_study.allocation.multi_period.simulation import affine_policy_moments
from portfolio_study.forecasting.ar_filter import ar_filter, ar_step, batch_posterior

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
    batch_m, batch_c = batch_posterior(r, m0, c0, s2)
    published_q = -0.9 * 2.0**2 + 0.2  # the scalar reading of F'mF + s2
    # log density of one return under (mu, phi): quadratic in them only if a normal prior is conjugate
    steps = 0.01 * np.arange(5)
    density = [
        -0.5 * (0.03 - mu - p * (0.02 - mu)) ** 2 for mu, p in zip(0.5 + steps, 0.3 + steps, strict=True)
    ]
    m, c = m0, c0
    for row, value in zip(rows[::-1], r[:0:-1], strict=True):  # the last week first
        _, _, _, m, c = ar_step(m, c, row, float(value), s2)

    def same(left: Array, right: Array) -> bool:
        return bool(np.allclose(left, right, rtol=0, atol=1e-15))

    return {
        "update": (
            same(np.asarray(found.mean)[-1], batch_m) and same(np.asarray(found.covariance)[-1], batch_c),
            "week by week against a regression on all weeks at once",
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
        "recent_counts_more": (
            not (same(m, batch_m) and same(c, batch_c)),
            "fed with the weeks in reverse order the filter ends at the same posterior",
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
    printed = policy.efficient_frontier.variance(policy.expected_wealth, "as_published")
    risks = [policy.efficient_frontier.optimum(a)[1] for a in (0.5, 1, 2, 3)]
    formula = [policy.theta_sum / (4 * a**2 * (1 - policy.theta_sum)) for a in (0.5, 1, 2, 3)]
    return {
        "optimal": (
            close(-search.fun, policy.expected_wealth - om * policy.variance, 1e-8),
            "no policy of the form a - b x does better",
        ),
        "moments": (close(mean, policy.expected_wealth) and close(variance, policy.variance), ""),
        "published_frontier": (close(variance, printed), "the square on the last bracket"),
        "upper_branch": (
            _least_variance_is_the_vertex(policy),
            "no weight of the auxiliary problem has less variance",
        ),
        "value_function": (_value_is_quadratic(policy), "at three wealths in every period"),
        "e24": (close(mean, lam[0] + gamma * policy.theta_sum), ""),
        "e25": (close(policy.lambda_star, 1 + 2 * om * mean), ""),
        "e23": (_last_step(policy), "at three wealths"),
        "embedding": (_best_weight_is_lambda_star(policy), "the best weight of the auxiliary problem"),
        "risk_falls": (
            bool(np.allclose(np.diff(risks), np.diff(formula)) and np.all(np.diff(risks) < 0)),
            "the formula for the variance, and that it falls",
        ),
    }


def _stages(policy: MultiPeriodPolicy) -> list[tuple[float, float, float, float]]:
    """Mean, variance, gross riskless return and direction of every period, one asset."""
    return list(
        zip(policy.mean[:, 0], policy.cov[:, 0, 0], policy.gross, policy.direction[:, 0], strict=True)
    )


def _last_step(policy: MultiPeriodPolicy) -> bool:
    """Equation (23): the expectation of lambda_T x_T in period T - 1."""
    gamma = policy.lambda_star / (2 * policy.risk_aversion)
    mean, _, gross, direction = _stages(policy)[-1]
    left = [
        policy.lambda_[-1] * (gross * x + mean * direction * (gamma - gross * x)) for x in (0.5, 1.0, 1.7)
    ]
    leave = policy.exit_probability[-2]
    right = [(policy.lambda_[-2] - leave) * x + gamma * policy.theta[-1] for x in (0.5, 1.0, 1.7)]
    return bool(np.allclose(left, right, rtol=0, atol=1e-12))


def _value_is_quadratic(policy: MultiPeriodPolicy) -> bool:
    """Theorem 5: what is still to come under the optimal policy, from every period and three wealths."""
    om, star = policy.risk_aversion, policy.lambda_star
    gamma, stages = star / (2 * om), _stages(policy)
    for t in range(len(stages)):
        for x in (0.5, 1.0, 1.7):
            first, second = x, x**2
            leave = policy.exit_probability[t - 1] if t else 0.0
            reached = leave * (star * first - om * second)
            for s, (m, v, gross, direction) in enumerate(stages[t:], t):
                a = gamma * direction * policy.lambda_[s + 1] / policy.omega[s + 1]
                b, square = direction * gross, v + m**2
                growth, cross = gross - b * m, a * (gross * m - b * square)
                first, second = (
                    growth * first + a * m,
                    (gross**2 - 2 * gross * b * m + b**2 * square) * second
                    + 2 * cross * first
                    + a**2 * square,
                )
                reached += policy.exit_probability[s] * (star * first - om * second)
            told = -om * policy.omega[t] * x**2 + star * policy.lambda_[t] * x
            told += star**2 / (4 * om) * float(policy.theta[t:].sum())
            if not close(reached, told):
                return False
    return True


def _least_variance_is_the_vertex(policy: MultiPeriodPolicy) -> bool:
    """The range of (9): weights of the auxiliary problem on both sides of the vertex have more variance."""
    frontier, theta = policy.efficient_frontier, policy.theta_sum
    targets = np.linspace(-1, 3, 4001)  # lambda / 2 omega
    mean = policy.lambda_[0] + targets * theta
    variance = policy.omega[0] + targets**2 * theta - mean**2
    best = int(variance.argmin())
    step = (targets[1] - targets[0]) * theta
    return bool(
        abs(mean[best] - frontier.least_variance_mean) <= step
        and variance[best] >= frontier.least_variance() - 1e-12
    )


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
    x = np.array([[1.2, 1.0], [0.9, 0.5]])
    return {
        "excess_moments": (close(square, variance + (mean - net) ** 2), ""),
        "smoothing": (
            close(x.mean(1).mean(), x.mean()) and not close(x.var(1).var(), x.var()),
            "the mean of the conditional means is the mean; the variance of the conditional variances is not "
            "the variance",
        ),
    }


def reallocation_statement(horizons: tuple[int, ...] = (26, 52, 104)) -> bool:
    """Whether re-allocating every week beats the best amount that is bought once and held, known moments.

    The paper's index without autocorrelation, risk aversion 2, and a certain exit at each horizon.
    """
    mean, variance, gross, om = 0.00207, 0.00085, 1 + 0.0057 / 52, 2.0
    for horizon in horizons:
        certain = np.zeros(horizon)
        certain[-1] = 1.0
        policy = multi_period_policy(np.full(horizon, mean - gross + 1), variance, gross, certain, om)
        risky, riskless = (1 + mean) ** horizon, gross**horizon
        spread = (variance + (1 + mean) ** 2) ** horizon - risky**2
        amount = max((risky - riskless) / (2 * om * spread), 0.0)  # maximises E - omega Var of what is held
        held = riskless + amount * (risky - riskless) - om * amount**2 * spread
        if not policy.expected_wealth - om * policy.variance > held:
            return False
    return True


def remembering_optimum(phi: float) -> bool:
    """Theorem 1 for an AR(1) of two periods, against the best of all policies that depend on the state.

    After the first week the last return is known, and wealth with it: a policy is one amount now and
    one for each return of the first week (here at the points of a Gauss-Hermite rule). In these amounts
    E - omega Var is a quadratic form, whose top is one linear equation.
    """
    c, s2, gross, state, om, p = 0.004, 0.01, 1.001, 0.02, 2.0, np.array([0.3, 0.7])
    z, w = np.polynomial.hermite_e.hermegauss(100)
    w = w / w.sum()
    first = c + phi * state + np.sqrt(s2) * z  # returns of week 1
    excess, later = first - gross + 1, c + phi * first - gross + 1
    amounts = np.block(
        [[excess[:, None], np.zeros((len(z), len(z)))], [gross * excess[:, None], np.diag(later)]]
    )
    base, weight = np.r_[np.full(len(z), gross), np.full(len(z), gross**2)], np.r_[p[0] * w, p[1] * w]
    noise = np.diag(np.r_[0.0, p[1] * w * s2])  # of week 2, given the first
    mean = amounts.T @ weight
    curve = amounts.T @ (weight[:, None] * amounts) + noise - np.outer(mean, mean)
    slope = mean - 2 * om * (amounts.T @ (weight * base) - mean * (weight @ base))
    best = np.linalg.solve(2 * om * curve, slope)
    variance = weight @ base**2 - (weight @ base) ** 2
    top = weight @ base - om * variance + slope @ best - om * best @ curve @ best
    exact = exact_policy(c, phi, s2, gross, p, om, state)
    expected, spread = exact.frontier_coefficients.optimum(om)
    return close(top, expected - om * spread, 1e-9)


def several_optimum(policy: MultiPeriodPolicy) -> bool:
    """Policy (16): a search over all policies a - B x of several assets finds nothing better."""
    from scipy.optimize import minimize

    om, shape = policy.risk_aversion, policy.mean.shape
    second = policy.cov + policy.mean[:, :, None] * policy.mean[:, None, :]

    def loss(flat: Array) -> float:
        constants, slopes = flat.reshape(2, *shape)
        x, square, mean, raw = 1.0, 1.0, 0.0, 0.0
        for t, (a, b) in enumerate(zip(constants, slopes, strict=True)):
            m, ee, r = policy.mean[t], second[t], policy.gross[t]
            square = (
                (r**2 - 2 * r * b @ m + b @ ee @ b) * square + 2 * (r * a @ m - a @ ee @ b) * x + a @ ee @ a
            )
            x = (r - b @ m) * x + a @ m
            mean += policy.exit_probability[t] * x
            raw += policy.exit_probability[t] * square
        return float(om * (raw - mean**2) - mean)

    search = minimize(
        loss, np.zeros(2 * policy.mean.size), method="BFGS", options={"gtol": 1e-10, "maxiter": 5000}
    )
    return close(-search.fun, policy.expected_wealth - om * policy.variance, 1e-8)


def var_statements(seed: int) -> Statements:
    """Section 4, (12) and (13): the VAR(1) of two assets, on simulated returns."""
    n, k = 2, 3
    block = np.kron(np.eye(n), np.ones((1, k)))  # Z~ of (13), n x nk
    matrix, vector = np.ones((k, n)), np.ones((n * k, 1))
    covers, why = _least_squares_covariance(seed)
    return {
        "covariance": (covers, why),
        "variance_fits": (
            any(fits(block.T, m) and fits(m, block) for m in (matrix, vector)),
            "Z~'m Z~ can be multiplied neither with the k x n matrix of means nor with the nk-vector",
        ),
    }


def _least_squares_covariance(seed: int, samples: int = 400, length: int = 1000) -> tuple[bool, str]:
    """Mean, covariance and normality of the least-squares estimate of a stationary VAR(1), over samples."""
    from scipy.stats import kstest

    rng = np.random.default_rng(seed)
    slopes, root = np.array([[0.3, -0.1], [0.2, 0.1]]), np.array([[0.02, 0.0], [0.006, 0.025]])
    truth = np.vstack([[0.002, 0.001], slopes.T])
    path = np.empty((samples, length + 1, 2))
    path[:, 0] = 0.0
    for t, shock in enumerate(rng.standard_normal((length, samples, 2)) @ root.T, 1):
        path[:, t] = truth[0] + path[:, t - 1] @ truth[1:] + shock
    rows = np.concatenate([np.ones((samples, length, 1)), path[:, :-1]], axis=2)
    gram = np.einsum("sti,stj->sij", rows, rows)
    found = np.linalg.solve(gram, np.einsum("sti,stj->sij", rows, path[:, 1:]))
    flat = found.transpose(0, 2, 1).reshape(samples, -1)
    told = np.kron(root @ root.T, np.linalg.inv(gram).mean(axis=0))
    error = np.sqrt(np.diag(told))
    scaled = (flat - truth.T.ravel()) / error
    normal = all(kstest(column, "norm").pvalue > 0.001 for column in scaled.T)
    between = np.abs(np.corrcoef(flat.T) - told / np.outer(error, error)).max()
    holds = bool(normal and between < 4.5 / np.sqrt(samples))
    return (
        holds,
        f"{samples} simulated samples of {length} weeks: distribution and correlations of the estimates",
    )


def fits(left: Any, right: Any) -> bool:
    """Whether two arrays can be multiplied."""
    return left.shape[-1] == right.shape[0]


def serial_statements(exact: ExactPolicy, period: int = 1) -> Statements:
    """What is known at time t when returns remember, and whether it can be taken out of an expectation."""
    # three returns of the coming week, as probable as in the three-point rule of Gauss and Hermite
    coming, weight = np.array([-0.1, 0.0, 0.1]), np.array([1, 4, 1]) / 6
    both = [exact.at_state(values[period], coming) for values in (exact.omega, exact.lambda_)]
    known = [bool(np.ptp(now) < 1e-6) for now in both]
    leaves = [
        bool(np.allclose(weight @ (now * coming**2), now * (weight @ coming**2), rtol=1e-6)) for now in both
    ]
    return {  # False only where neither omega nor lambda is, as the notes say
        "known_at_t": (any(known), "omega_1 and lambda_1 both change with the return of week 1"),
        "pull_out": (
            any(leaves),
            "omega_1 and lambda_1 take another value for each return of the week, so neither leaves the "
            "expectation",
        ),
    }


def near_unit_root(
    phi: float = 0.9, length: int = 130, samples: int = 2000, seed: int = 0
) -> dict[str, float]:
    """Least squares on short samples of an AR(1) close to a unit root.

    Returns
    -------
    dict
        ``mean`` of the fitted coefficient, ``explosive``: share of the fits with a coefficient of one or
        more in size, ``variance``: of the returns over that of the noise.
    """
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    start = rng.standard_normal((samples, 1)) / np.sqrt(1 - phi**2)
    paths, _ = lfilter([1.0], [1.0, -phi], rng.standard_normal((samples, length)), axis=1, zi=phi * start)
    x, y = paths[:, :-1], paths[:, 1:]
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    found = (x * y).sum(axis=1) / (x**2).sum(axis=1)
    return {
        "mean": float(found.mean()),
        "explosive": float((abs(found) >= 1).mean()),
        "variance": float(paths.var()),
    }
