r"""Compiled loops of the receding-horizon policy and of the filter of an AR(1).

At each date the receding-horizon investor forecasts all periods that are left with the parameters
of that date, solves the problem as if the forecasts' errors were independent and the parameters
certain (certainty equivalence), and takes the first position,

.. math:: u_t = \kappa_t(\gamma G_t - r^0x_t),\quad \kappa_t = \frac{m_1}{v_1 + m_1^2},\quad
          G_t = \frac{\lambda_{t+1}}{\omega_{t+1}}
              = \frac{\sum_{k>t}p_k(r^0)^{k-t-1}D_k}{\sum_{k>t}p_k(r^0)^{2(k-t-1)}D_k},\quad
          D_k = \prod_{j=2}^{k-t}\frac{v_j}{v_j+m_j^2},

where :math:`m_j, v_j` are mean and variance of the excess return j periods ahead. The target
:math:`\gamma` is fixed at the start, so terminal wealth is affine in it: :math:`x = R + \gamma S`.

A prior is the vector (c, phi, P00, P01, P11, s2), with parameter covariance s2 * P.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

LANES = 128  # so that all rows of a block fit into the first-level cache
HALF_LANES = LANES // 2


@njit(cache=True, nogil=True, error_model="numpy")
def frontier_terms(
    mean: Array, variance: Array, gross: float, exit_probability: Array
) -> tuple[float, float, float]:
    """Theta, lambda_0 and omega_0 of one asset from the moments of its excess returns, each (T,)."""
    last = len(mean) - 1
    lam = om = exit_probability[last]
    total = 0.0
    for t in range(last, -1, -1):
        rho = mean[t] ** 2 / (variance[t] + mean[t] ** 2)
        total += lam * lam / om * rho
        p = exit_probability[t - 1] if t > 0 else 0.0
        om = p + gross * gross * om * (1 - rho)
        lam = p + gross * lam * (1 - rho)
    return total, lam, om


@njit(cache=True, nogil=True, error_model="numpy")
def ar1_forecasts(prior: Array, state: float, path: Array, update: bool) -> tuple[Array, Array]:
    """One-step forecasts and their variances along a realised path, with or without updating.

    Returns
    -------
    tuple of ndarray
        Mean and variance of each return of the path, given everything before it, shape (T,).
    """
    c, phi, p00, p01, p11, s2 = prior
    f, q = np.empty(len(path)), np.empty(len(path))
    r = state
    for t in range(len(path)):
        a0, a1 = p00 + p01 * r, p01 + p11 * r
        scale = 1 + a0 + a1 * r
        f[t], q[t] = c + phi * r, s2 * scale
        if update:
            error = (path[t] - f[t]) / scale
            c, phi = c + a0 * error, phi + a1 * error
            p00, p01, p11 = p00 - a0 * a0 / scale, p01 - a0 * a1 / scale, p11 - a1 * a1 / scale
        r = path[t]
    return f, q


@njit(cache=True, nogil=True, error_model="numpy")
def multi_step(c: float, phi: float, s2: float, first_variance: float, state: float, horizon: int) -> Array:
    """Mean and variance 1..horizon steps ahead, shape (2, horizon), from a first-step variance."""
    out = np.empty((2, horizon))
    m, v = c + phi * state, first_variance
    for j in range(horizon):
        out[0, j], out[1, j] = m, v
        m, v = c + phi * m, s2 + phi * phi * v
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def receding_position(
    params: Array, state: float, gross: float, exit_tail: Array, target: float, wealth: float
) -> float:
    """Amount in the risky asset now: the policy of the module's docstring, one state at a time.

    Parameters
    ----------
    params : ndarray, shape (6,)
        c, phi, P00, P01, P11, s2 of this date.
    exit_tail : ndarray
        Exit probabilities of the periods that are left (need not sum to one).
    """
    c, phi, p00, p01, p11, s2 = params
    v1 = s2 * (1 + p00 + 2 * p01 * state + p11 * state * state)
    ahead = multi_step(c, phi, s2, v1, state, len(exit_tail))
    net = gross - 1
    d, f = 1.0, 1.0
    lam = om = exit_tail[0]
    for k in range(1, len(exit_tail)):
        m = ahead[0, k] - net
        d *= ahead[1, k] / (ahead[1, k] + m * m)
        f *= gross
        om += exit_tail[k] * f * f * d
        lam += exit_tail[k] * f * d
    m = ahead[0, 0] - net
    return m / (v1 + m * m) * (target * lam / om - gross * wealth)


@njit(cache=True, nogil=True, error_model="numpy")
def receding_path(
    prior: Array,
    state: float,
    path: Array,
    gross: Array,
    exit_probability: Array,
    target: float,
    update: bool,
    cost: float,
    start_wealth: float,
) -> tuple[Array, Array, float]:
    """Follow the receding-horizon policy along one realised path of returns.

    `cost` is paid per unit of currency traded, including the first purchase and not the final sale.

    Returns
    -------
    tuple
        Wealth after each period (T,), amount held in each period (T,), sum of trades in currency.
    """
    horizon = len(path)
    params = prior.copy()
    wealth, amounts = np.empty(horizon), np.empty(horizon)
    x, r, held, traded = start_wealth, state, 0.0, 0.0
    for t in range(horizon):
        u = receding_position(params, r, gross[t], exit_probability[t:], target, x)
        trade = abs(u - held)
        traded += trade
        x = gross[t] * (x - cost * trade) + (path[t] - (gross[t] - 1)) * u
        held = u * (1 + path[t])
        wealth[t], amounts[t] = x, u
        if update:
            c, phi, p00, p01, p11, _ = params
            a0, a1 = p00 + p01 * r, p01 + p11 * r
            scale = 1 + a0 + a1 * r
            error = (path[t] - c - phi * r) / scale
            params[0], params[1] = c + a0 * error, phi + a1 * error
            params[2], params[3] = p00 - a0 * a0 / scale, p01 - a0 * a1 / scale
            params[4] = p11 - a1 * a1 / scale
        r = path[t]
    return wealth, amounts, traded


@njit(cache=True, nogil=True, error_model="numpy")
def learned_phi(prior: Array, state: float, path: Array) -> Array:
    """Coefficient phi with which each period of a path is planned, shape (T,): learnt before it."""
    c, phi, p00, p01, p11, _ = prior
    out, r = np.empty(len(path)), state
    for t in range(len(path)):
        out[t] = phi
        a0, a1 = p00 + p01 * r, p01 + p11 * r
        scale = 1 + a0 + a1 * r
        error = (path[t] - c - phi * r) / scale
        c, phi = c + a0 * error, phi + a1 * error
        p00, p01, p11 = p00 - a0 * a0 / scale, p01 - a0 * a1 / scale, p11 - a1 * a1 / scale
        r = path[t]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def receding_paths(
    prior: Array,
    state: float,
    truth: Array,
    shocks: Array,
    gross: float,
    exit_probability: Array,
    target: float,
    update: bool,
) -> Array:
    """Wealth after each period along simulated paths, shape (paths, T).

    Parameters
    ----------
    truth : ndarray, shape (paths, 3)
        c, phi and sigma that really generate each path.
    shocks : ndarray, shape (paths, T)
        Standard normal.
    """
    paths, horizon = shocks.shape
    out, path, riskless = np.empty((paths, horizon)), np.empty(horizon), np.full(horizon, gross)
    for i in range(paths):
        r = state
        for t in range(horizon):
            r = truth[i, 0] + truth[i, 1] * r + truth[i, 2] * shocks[i, t]
            path[t] = r
        out[i] = receding_path(prior, state, path, riskless, exit_probability, target, update, 0.0, 1.0)[0]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def receding_returns(
    prior: Array, state: float, returns: Array, gross: float, exit_probability: Array, target: float
) -> Array:
    """Wealth after each period along given paths of returns, without updating; shapes (paths, T)."""
    out, riskless = np.empty(returns.shape), np.full(returns.shape[1], gross)
    for i in range(len(returns)):
        path = returns[i]
        out[i] = receding_path(prior, state, path, riskless, exit_probability, target, False, 0.0, 1.0)[0]
    return out


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def receding_moments(
    prior: Array,
    state: float,
    truth: Array,
    shocks: Array,
    gross: float,
    exit_probability: Array,
    update: float,
) -> Array:
    r"""Exit-weighted means of R, S, R^2, RS, S^2 over paths, where wealth is R + target * S, shape (5,).

    The same policy as `receding_paths`, for all targets at once and many paths side by side. The
    look-ahead (not the wealth) is in single precision, which moves results by about 1e-9.

    Parameters
    ----------
    truth : ndarray, shape (3, pairs)
        c, phi and sigma that generate each antithetic pair of paths.
    shocks : ndarray, shape (T, pairs)
        Standard normal; each column is used twice, with both signs.
    update : float
        1 to learn along the path, 0 to keep the prior.
    """
    horizon, pairs = shocks.shape
    net = gross - 1
    s2 = prior[5]
    one, net4, s24 = np.float32(1), np.float32(net), np.float32(s2)
    # rows of st: 0 state, 1 R, 2 S, 3 c, 4 phi, 5-7 P, 8-12 sums, 13 shock, 14-16 truth
    st = np.empty((17, LANES))
    # rows of w: 0 mean, 1 variance, 2 D, 3 omega, 4 lambda, 5 c, 6 phi, 7 phi^2
    w = np.empty((8, LANES), np.float32)
    out = np.zeros(5)
    for begin in range(0, pairs, HALF_LANES):
        n = min(HALF_LANES, pairs - begin)
        st[0, :], st[1, :], st[2, :] = state, 1.0, 0.0
        for j in range(5):
            st[3 + j, :] = prior[j]
        st[8:14] = 0.0
        for j in range(3):
            st[14 + j, :] = truth[j, begin]
            for i in range(n):
                st[14 + j, i] = truth[j, begin + i]
                st[14 + j, HALF_LANES + i] = truth[j, begin + i]
        for t in range(horizon):
            for i in range(n):
                st[13, i] = shocks[t, begin + i]
                st[13, HALF_LANES + i] = -shocks[t, begin + i]
            p_now = np.float32(exit_probability[t])
            for i in range(LANES):
                r = st[0, i]
                w[0, i] = st[3, i] + st[4, i] * r
                w[1, i] = s2 * (1 + st[5, i] + 2 * st[6, i] * r + st[7, i] * r * r)
                w[2, i] = one
                w[3, i] = p_now
                w[4, i] = p_now
                w[5, i] = st[3, i]
                w[6, i] = st[4, i]
                w[7, i] = st[4, i] * st[4, i]
            f = 1.0
            k = t + 1
            if (horizon - k) % 2 == 1:  # the loop below takes two periods at a time
                f *= gross
                om_a, lam_a = np.float32(exit_probability[k] * f * f), np.float32(exit_probability[k] * f)
                for i in range(LANES):
                    s = w[5, i] + w[6, i] * w[0, i]
                    v = s24 + w[7, i] * w[1, i]
                    m4 = s - net4
                    d = v / (v + m4 * m4)
                    w[0, i], w[1, i], w[2, i] = s, v, d
                    w[3, i] += om_a * d
                    w[4, i] += lam_a * d
                k += 1
            while k < horizon:
                f *= gross
                om_a, lam_a = np.float32(exit_probability[k] * f * f), np.float32(exit_probability[k] * f)
                f *= gross
                om_b = np.float32(exit_probability[k + 1] * f * f)
                lam_b = np.float32(exit_probability[k + 1] * f)
                for i in range(LANES):
                    s = w[5, i] + w[6, i] * w[0, i]
                    v = s24 + w[7, i] * w[1, i]
                    m4 = s - net4
                    d = w[2, i] * (v / (v + m4 * m4))
                    s = w[5, i] + w[6, i] * s
                    v = s24 + w[7, i] * v
                    m4 = s - net4
                    d_b = d * (v / (v + m4 * m4))
                    w[0, i], w[1, i], w[2, i] = s, v, d_b
                    w[3, i] += om_a * d + om_b * d_b
                    w[4, i] += lam_a * d + lam_b * d_b
                k += 2
            p = exit_probability[t]
            for i in range(LANES):
                r = st[0, i]
                a0 = st[5, i] + st[6, i] * r
                a1 = st[6, i] + st[7, i] * r
                scale = 1 + a0 + a1 * r
                m = st[3, i] + st[4, i] * r - net
                kappa = m / (s2 * scale + m * m)
                e = st[14, i] + st[15, i] * r + st[16, i] * st[13, i] - net
                keep = gross * (1 - kappa * e)
                fixed = st[1, i] * keep
                per_target = st[2, i] * keep + kappa * e * np.float64(w[4, i] / w[3, i])
                learn = update / scale
                error = learn * (e - m)
                st[3, i] += a0 * error
                st[4, i] += a1 * error
                st[5, i] -= learn * a0 * a0
                st[6, i] -= learn * a0 * a1
                st[7, i] -= learn * a1 * a1
                st[0, i] = e + net
                st[1, i] = fixed
                st[2, i] = per_target
                st[8, i] += p * fixed
                st[9, i] += p * per_target
                st[10, i] += p * fixed * fixed
                st[11, i] += p * fixed * per_target
                st[12, i] += p * per_target * per_target
        for j in range(5):
            total = 0.0
            for i in range(n):
                total += st[8 + j, i] + st[8 + j, HALF_LANES + i]
            out[j] += total
    return out / (2 * pairs)
