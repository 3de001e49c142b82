r"""Gaussian GARCH(1,1) likelihood of one window, its exact derivatives, compiled.

The conventions are those of the package ``arch``: variance recursion

.. math:: h_t = \omega + \alpha e_{t-1}^2 + \beta h_{t-1}, \qquad e_t = x_t - \mu

started from an exponentially weighted average of the window's first squared residuals (the
*backcast*, fixed at the starting mean), with variances kept between very wide bounds. Inside, a
window is scaled to mean square v = 1, so that one tolerance fits calm and wild windows.

References
----------
Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity. Journal of
Econometrics 31, 307-327.

Fiorentini, G., Calzolari, G. and Panattoni, L. (1996). Analytic derivatives and the computation
of GARCH estimates. Journal of Applied Econometrics 11, 399-417.

Sheppard, K. (2025). arch 8.0.0. https://arch.readthedocs.io.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_DECAY = 0.94  # weight of the backcast and of the variance bounds
_BACKCAST_TERMS = 75


@njit(cache=True, error_model="numpy")
def standardise(
    x: Vector, constant: bool, z: Vector, lower: Vector, upper: Vector
) -> tuple[float, float, float]:
    """Scale a window to mean square one and set the bounds of its variances.

    Fills ``z`` (residuals at the starting mean over their root mean square), ``lower`` and
    ``upper`` (variance bounds over v). Returns the starting mean, v and the backcast over v.
    """
    n = x.size
    mean = 0.0
    if constant:
        for t in range(n):
            mean += x[t]
        mean /= n
    v = total = largest = 0.0
    for t in range(n):
        z[t] = x[t] - mean
        total += z[t]
        v += z[t] * z[t]
        largest = max(largest, z[t] * z[t])
    v /= n
    variance = v - (total / n) ** 2
    weight = 1.0
    backcast = weights = 0.0
    for t in range(min(_BACKCAST_TERMS, n)):
        backcast += weight * z[t] * z[t]
        weights += weight
        weight *= _DECAY
    backcast /= weights
    smooth = backcast
    for t in range(n):
        if t > 0:
            smooth = (1.0 - _DECAY) * z[t - 1] ** 2 + _DECAY * smooth
        lower[t] = max(smooth / 1e6, variance / 1e8) / v
        upper[t] = min(max(smooth * 1e6, 1.0 + largest), 1e7 * (1.0 + largest)) / v
    root = np.sqrt(v)
    for t in range(n):
        z[t] /= root
    return mean, v, backcast / v


@njit(cache=True, error_model="numpy")
def _clamp(h: float, low: float, high: float, v: float) -> float:
    """Keep a variance between its bounds, as arch does (above: only its logarithm counts)."""
    if h < low:
        return low
    return high + np.log(h / high) / v


@njit(cache=True, error_model="numpy")
def objective(theta: Vector, z: Vector, backcast: float, lower: Vector, upper: Vector, v: float) -> float:
    """Half the sum of ln h_t + e_t^2 / h_t; theta = (omega, alpha, beta, mu) in units of v and sqrt(v)."""
    omega, alpha, beta, mu = theta[0], theta[1], theta[2], theta[3]
    value, product, e = 0.0, 1.0, 0.0
    h = omega + (alpha + beta) * backcast
    for t in range(z.size):
        if t > 0:
            h = omega + alpha * e * e + beta * h
        if h < lower[t] or h > upper[t]:
            h = _clamp(h, lower[t], upper[t], v)
        e = z[t] - mu
        value += e * e / h
        product *= h
        if (t & 7) == 7:  # one logarithm for eight variances; the bounds keep the product in range
            value += np.log(product)
            product = 1.0
    return 0.5 * (value + np.log(product))


@njit(cache=True, error_model="numpy")
def derivatives(
    theta: Vector,
    z: Vector,
    backcast: float,
    lower: Vector,
    upper: Vector,
    v: float,
    g: Vector,
    H: Matrix,
) -> float:
    """Value of ``objective``; fills its gradient ``g`` (4,) and exact Hessian ``H`` (4, 4).

    Differentiating the recursion gives recursions for the derivatives of h_t; five of the ten
    second derivatives and one more are zero at all times. Where a bound holds, h_t is taken as fixed.
    """
    omega, alpha, beta, mu = theta[0], theta[1], theta[2], theta[3]
    value, product, e = 0.0, 1.0, 0.0
    h = omega + (alpha + beta) * backcast
    hw, ha, hb, hm = 1.0, backcast, backcast, 0.0
    hwb = hab = hbb = ham = hbm = hmm = 0.0
    gw = ga = gb = gm = 0.0
    Hww = Hwa = Hwb = Hwm = Haa = Hab = Ham = Hbb = Hbm = Hmm = 0.0
    for t in range(z.size):
        if t > 0:  # second derivatives first: they use yesterday's first derivatives
            hbb = 2.0 * hb + beta * hbb
            hwb = hw + beta * hwb
            hab = ha + beta * hab
            hbm = hm + beta * hbm
            ham = -2.0 * e + beta * ham
            hmm = 2.0 * alpha + beta * hmm
            hb = h + beta * hb
            hw = 1.0 + beta * hw
            ha = e * e + beta * ha
            hm = -2.0 * alpha * e + beta * hm
            h = omega + alpha * e * e + beta * h
        if h < lower[t] or h > upper[t]:
            h = _clamp(h, lower[t], upper[t], v)
            hw = ha = hb = hm = 0.0
            hwb = hab = hbb = ham = hbm = hmm = 0.0
        e = z[t] - mu
        r = 1.0 / h
        q = e * e * r
        value += q
        product *= h
        if (t & 7) == 7:
            value += np.log(product)
            product = 1.0
        first = 0.5 * r * (1.0 - q)  # derivative with respect to h_t
        second = 0.5 * r * r * (2.0 * q - 1.0)
        cross = e * r * r  # with respect to h_t and mu
        gw += first * hw
        ga += first * ha
        gb += first * hb
        gm += first * hm - e * r
        Hww += second * hw * hw
        Hwa += second * hw * ha
        Hwb += second * hw * hb + first * hwb
        Hwm += second * hw * hm + cross * hw
        Haa += second * ha * ha
        Hab += second * ha * hb + first * hab
        Ham += second * ha * hm + first * ham + cross * ha
        Hbb += second * hb * hb + first * hbb
        Hbm += second * hb * hm + first * hbm + cross * hb
        Hmm += second * hm * hm + first * hmm + 2.0 * cross * hm + r
    g[0], g[1], g[2], g[3] = gw, ga, gb, gm
    H[0, 0], H[1, 1], H[2, 2], H[3, 3] = Hww, Haa, Hbb, Hmm
    H[0, 1] = H[1, 0] = Hwa
    H[0, 2] = H[2, 0] = Hwb
    H[0, 3] = H[3, 0] = Hwm
    H[1, 2] = H[2, 1] = Hab
    H[1, 3] = H[3, 1] = Ham
    H[2, 3] = H[3, 2] = Hbm
    return 0.5 * (value + np.log(product))


@njit(cache=True, error_model="numpy")
def log_likelihood(
    x: Vector,
    mu: float,
    omega: float,
    alpha: float,
    beta: float,
    constant: bool,
    z: Vector,
    lower: Vector,
    upper: Vector,
) -> tuple[float, float]:
    """Log-likelihood at given parameters and the variance of the next period, as arch computes them."""
    mean, v, backcast = standardise(x, constant, z, lower, upper)
    n, shift = x.size, (mu - mean) / np.sqrt(v)
    h = omega / v + (alpha + beta) * backcast
    value, e = n * np.log(2.0 * np.pi * v), 0.0
    for t in range(n):
        if t > 0:
            h = omega / v + alpha * e * e + beta * h
        if h < lower[t] or h > upper[t]:
            h = _clamp(h, lower[t], upper[t], v)
        e = z[t] - shift
        value += np.log(h) + e * e / h
    return -0.5 * value, v * (omega / v + alpha * e * e + beta * h)
