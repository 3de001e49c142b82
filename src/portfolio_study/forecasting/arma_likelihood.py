"""Exact Gaussian likelihood of ARMA(1,1) with mean, and its maximum from a given start.

The model is ``y_t = phi y_(t-1) + a_t + theta a_(t-1)`` with ``y = x - mu`` and ``a ~ N(0, sigma2)``.
What happened before the window enters through one unknown, ``s = phi y_0 + theta a_0``, with
prior variance ``sigma2 d1`` and ``d1 = (phi + theta)^2 / (1 - phi^2)``. Given ``s`` the noise follows
from ``a_1 = y_1 - s`` and ``a_t = y_t - phi y_(t-1) - theta a_(t-1)``, so that the exact likelihood is a
regression: ``mu`` and ``s`` minimise ``S = sum a_t^2 + s^2 / d1``, and with ``sigma2 = S / n``

    -2 loglik = n (1 + log 2 pi) + n log(S / n) + log(1 + d1 G),   G = sum_(k<n) theta^(2k).

Only ``phi`` and ``theta`` are left to search (Box, Jenkins and Reinsel 2008, chapter 7 and appendix A7.3).
The likelihood is often highest close to the edges of the square, so the search runs in
``zp = atanh phi`` and ``zt = atanh theta``, which keep the digits of ``1 - |phi|`` and ``1 - |theta|``.

All functions here are compiled by numba.
"""

import math

import numpy as np
from numba import njit

# Edges of the search, |phi| <= 1 - 1e-11 and |theta| <= 1 - 4e-9: beyond them only digits are lost.
PHI_EDGE, THETA_EDGE = 13.0, 10.0
_FUSED = {"contract"}  # multiply and add in one instruction; nothing is reordered
_ENOUGH = 1e-11  # a step that promises less, in units of -2 loglik, is not taken


@njit
def _complement(z: float) -> float:
    """``1 - |tanh z|`` without loss of digits."""
    return 2.0 / (1.0 + math.exp(2.0 * abs(z)))


@njit
def prior(zp: float, zt: float) -> tuple[float, float]:
    """Prior variance of the pre-sample effect.

    Parameters
    ----------
    zp, zt : float
        ``atanh phi`` and ``atanh theta``.

    Returns
    -------
    tuple of float
        ``d1 = sinh^2(zp + zt) / cosh^2 zt`` in units of sigma2, and ``1 - theta^2``.
    """
    edge = _complement(zt)
    slack = edge * (2.0 - edge)
    sinh = math.sinh(zp + zt)
    return sinh * sinh * slack, slack


@njit(fastmath=_FUSED)
def _regression(
    x: np.ndarray, zp: float, zt: float
) -> tuple[float, float, float, float, float, float, float]:
    """Profile out mean and pre-sample effect.

    Returns ``(-2 loglik + const, S, mu, s, d1, G, slope of G)`` at ``phi = tanh zp``, ``theta = tanh zt``.
    """
    n = x.size
    phi, theta = math.tanh(zp), math.tanh(zt)
    rest = _complement(zp) if zp > 0 else 1.0 - phi  # 1 - phi
    d1, _ = prior(zp, zt)
    b, h, q = x[0], 1.0, 1.0  # filtered data, filtered ones, weight of s
    bb, bh, hh, bq, hq = b * b, b, 1.0, b, 1.0
    total, moment = 1.0, 0.0
    for t in range(1, n):
        b = x[t] - phi * x[t - 1] - theta * b
        h = rest - theta * h
        q = -theta * q
        bb += b * b
        bh += b * h
        hh += h * h
        bq += b * q
        hq += h * q
        total += q * q
        moment += t * (q * q)
    slope = 2.0 * moment / theta if theta != 0.0 else 0.0
    det = 1.0 + d1 * total
    w = d1 / det
    sxx, sx1, s11 = bb - w * bq * bq, bh - w * bq * hq, hh - w * hq * hq
    mu = sx1 / s11
    s = w * (bq - mu * hq)
    squares = sxx - mu * sx1
    return n * math.log(squares) + math.log(det), squares, mu, s, d1, total, slope


@njit(fastmath=_FUSED)
def _gradient(x: np.ndarray, zp: float, zt: float) -> tuple[float, float, float]:
    """Objective and its derivatives by ``zp`` and ``zt`` (mean and ``s`` held: envelope theorem)."""
    n = x.size
    value, squares, mu, s, d1, total, slope = _regression(x, zp, zt)
    phi, theta = math.tanh(zp), math.tanh(zt)
    edge_p = _complement(zp)
    slack_p = edge_p * (2.0 - edge_p)
    _, slack_t = prior(zp, zt)
    y = x[0] - mu
    a = y - s
    dp, dt = 0.0, 0.0  # derivatives of a_t
    sum_p, sum_t = 0.0, 0.0
    for t in range(1, n):
        dp = -y - theta * dp
        dt = -a - theta * dt
        y_next = x[t] - mu
        a = y_next - phi * y - theta * a
        y = y_next
        sum_p += a * dp
        sum_t += a * dt
    det = 1.0 + d1 * total
    ratio = 0.0 if d1 == 0.0 else s / d1
    twice = math.sinh(2.0 * (zp + zt)) * slack_t
    d1_p, d1_t = twice, twice - 2.0 * theta * d1
    penalty = ratio * ratio
    by_p = n * (2.0 * sum_p * slack_p - penalty * d1_p) / squares + d1_p * total / det
    by_t = n * (2.0 * sum_t * slack_t - penalty * d1_t) / squares
    by_t += (d1_t * total + d1 * slope * slack_t) / det
    return value, by_p, by_t


@njit
def _direction(gp: float, gt: float, hpp: float, hpt: float, htt: float) -> tuple[float, float]:
    """Newton step with the eigenvalues of the Hessian made positive: always downhill."""
    middle, half = 0.5 * (hpp + htt), 0.5 * (hpp - htt)
    radius = math.sqrt(half * half + hpt * hpt)
    angle = 0.5 * math.atan2(hpt, half)
    c, s = math.cos(angle), math.sin(angle)
    large, small = max(abs(middle + radius), 1e-7), max(abs(middle - radius), 1e-7)
    along, across = (c * gp + s * gt) / large, (c * gt - s * gp) / small
    return -(c * along - s * across), -(s * along + c * across)


@njit(fastmath=_FUSED)
def _towards_edge(x: np.ndarray, zp: float, zt: float, value: float) -> tuple[float, float]:
    """Jump to the edge of the square if the start is almost there and the likelihood is higher.

    At ``|theta| = 1`` the likelihood levels out, and in the corner ``phi = -theta = -1`` it does so along
    a curve on which ``1 - |phi|`` shrinks with the square of ``1 - |theta|``: small steps would crawl.
    """
    gap = x.size * _complement(zt)
    side = 1.0 if zt > 0 else -1.0
    if gap < 0.5 and abs(zp) > 3.0 and zp * zt < 0:
        reach = min(THETA_EDGE - abs(zt), 0.5 * (PHI_EDGE - abs(zp)))
        if _regression(x, zp - side * 2.0 * reach, zt + side * reach)[0] < value:
            return zp - side * 2.0 * reach, zt + side * reach
    elif gap < 0.05 and _regression(x, zp, side * THETA_EDGE)[0] < value:
        return zp, side * THETA_EDGE
    return zp, zt


@njit
def polish(x: np.ndarray, zp: float, zt: float) -> tuple[float, float, float, bool]:
    """Minimise the objective from a start, inside the edges.

    Newton's method whose Hessian starts from differences of the gradient and then learns from the steps
    (symmetric rank one); every step goes downhill and is at most one unit long.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Standardised window.
    zp, zt : float
        Start.

    Returns
    -------
    tuple
        -2 loglik without constants, ``zp``, ``zt``, and whether the search converged.
    """
    value, gp, gt = _gradient(x, zp, zt)
    new_p, new_t = _towards_edge(x, zp, zt, value)
    if new_t != zt:
        zp, zt = new_p, new_t
        value, gp, gt = _gradient(x, zp, zt)
    h = 1e-4
    _, pp, pt = _gradient(x, zp + h, zt)
    _, tp, tt = _gradient(x, zp, zt + h)
    hpp, hpt, htt = (pp - gp) / h, 0.5 * ((pt - gt) + (tp - gp)) / h, (tt - gt) / h
    for _ in range(200):
        fixed_p = abs(zp) >= PHI_EDGE and gp * zp < 0
        fixed_t = abs(zt) >= THETA_EDGE and gt * zt < 0
        free_p, free_t = 0.0 if fixed_p else gp, 0.0 if fixed_t else gt
        sp, st = _direction(free_p, free_t, hpp, 0.0 if fixed_p or fixed_t else hpt, htt)
        decrease = -(free_p * sp + free_t * st)
        if decrease < _ENOUGH:
            return value, zp, zt, True
        scale = min(1.0, 1.0 / max(abs(sp), abs(st)))
        while True:
            new_p = min(max(zp + scale * sp, -PHI_EDGE), PHI_EDGE)
            new_t = min(max(zt + scale * st, -THETA_EDGE), THETA_EDGE)
            new_value, new_gp, new_gt = _gradient(x, new_p, new_t)
            if new_value < value - 1e-4 * scale * decrease:
                break
            scale *= 0.5
            if scale * decrease < _ENOUGH:  # what is left is rounding
                return value, zp, zt, True
        sp, st = new_p - zp, new_t - zt
        rp = new_gp - gp - hpp * sp - hpt * st
        rt = new_gt - gt - hpt * sp - htt * st
        scalar = rp * sp + rt * st
        if abs(scalar) > 1e-8 * math.sqrt((rp * rp + rt * rt) * (sp * sp + st * st)):
            hpp, hpt, htt = hpp + rp * rp / scalar, hpt + rp * rt / scalar, htt + rt * rt / scalar
        value, gp, gt, zp, zt = new_value, new_gp, new_gt, new_p, new_t
    return value, zp, zt, False


@njit
def forecast(x: np.ndarray, zp: float, zt: float) -> tuple[float, float, float, float, float]:
    """Estimates and forecast at given phi and theta.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Standardised window.
    zp, zt : float
        ``atanh phi`` and ``atanh theta``.

    Returns
    -------
    tuple of float
        Mean, sigma2, -2 loglik without constants, forecast of the next value, and its variance in units of
        sigma2.
    """
    n = x.size
    value, squares, mu, s, d1, total, _ = _regression(x, zp, zt)
    phi, theta = math.tanh(zp), math.tanh(zt)
    y = x[0] - mu
    a, q = y - s, 1.0
    for t in range(1, n):
        y_next = x[t] - mu
        a = y_next - phi * y - theta * a
        q *= theta
        y = y_next
    variance = 1.0 + (theta * q) ** 2 * d1 / (1.0 + d1 * total)
    return mu, squares / n, value, mu + phi * y + theta * a, variance


def log_likelihood(x: np.ndarray, mu: float, phi: float, theta: float, sigma2: float) -> float:
    """Exact log-likelihood at given parameters, by the innovations recursion.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Observations.
    mu, phi, theta, sigma2 : float
        Mean, AR and MA coefficient (``|phi| < 1``), noise variance.

    Returns
    -------
    float
    """
    return float(
        _log_likelihood(np.array(x, dtype=np.float64), float(mu), float(phi), float(theta), float(sigma2))
    )


@njit(cache=True)
def _log_likelihood(x: np.ndarray, mu: float, phi: float, theta: float, sigma2: float) -> float:
    total = 0.0
    predicted, d = 0.0, (phi + theta) ** 2 / (1.0 - phi * phi)
    for t in range(x.size):
        e, v = x[t] - mu - predicted, 1.0 + d
        total += math.log(2.0 * math.pi * sigma2 * v) + e * e / (sigma2 * v)
        predicted = phi * (x[t] - mu) + theta * e / v
        d = theta * theta * d / v
    return -0.5 * total
