r"""Compiled maximum likelihood of GARCH(1,1) on many short windows.

Each window's likelihood (see ``garch_likelihood``) is maximised over the region of ``arch``:
:math:`10^{-8} v \le \omega \le 10 v` (v: mean squared residual), :math:`\alpha, \beta \ge 0`,
:math:`\alpha + \beta \le 1`. A window of 50 returns has several local maxima, many of them on an
edge. From each of nine starts a damped Newton method with exact second derivatives minimises a
quadratic model on the active face of the region; the best end point wins. On a very short window
the highest likelihood can be a spike: alpha = 1, omega = 0 and a mean that nearly meets the last
return, so that the next variance comes out as nothing. An end point whose forecast vanishes wins only
where every other one's does too. Windows are independent of each other and nothing is summed across threads: the result is the same, bit for bit, for any
number of threads.

numba's cache notices a changed file only through the file's own functions: after an edit of
``garch_likelihood`` clear the cache, or key its folder on the sources, as the study's run does.

References
----------
Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, 2nd edition, chapters 4 and 16.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from portfolio_study.risk.garch_likelihood import (
    Matrix,
    Vector,
    derivatives,
    log_likelihood,
    objective,
    standardise,
)

OMEGA_LOW, OMEGA_HIGH = 1e-8, 10.0
# (omega / v, alpha, beta) in order of usefulness. Chosen greedily on 27,000 windows of US stocks and
# of simulated returns until the best end point of a grid of 96 starts was reached in all of them.
_STARTS = np.array(
    [
        (0.05, 0.475, 0.475),
        (0.80, 0.540, 0.060),
        (0.01, 0.050, 0.945),
        (0.40, 0.030, 0.570),
        (0.12, 0.000, 0.600),
        (0.40, 0.540, 0.060),
        (1.96, 0.001, 0.019),
        (0.21, 0.150, 0.150),
        (0.70, 0.270, 0.030),
    ]
)
_SAME_VALLEY = 0.02  # a start that comes this near to an earlier solution is given up
_ITERATIONS, _TRIALS, _TOLERANCE = 60, 14, 1e-10
_CHUNK = 64  # windows of one parallel task
# Columns of the result of ``fit_windows``.
LOGLIK, NEXT_VARIANCE, MU, OMEGA, ALPHA, BETA, CONVERGED = range(7)


@njit(cache=True, error_model="numpy")
def _binding(theta: Vector, g: Vector) -> tuple[bool, bool, bool, bool]:
    """Tell which active constraints the gradient pushes against: omega, alpha, beta, alpha + beta.

    A constraint stays on if its Lagrange multiplier is not negative.
    """
    omega = (theta[0] <= OMEGA_LOW and g[0] >= 0.0) or (theta[0] >= OMEGA_HIGH and g[0] <= 0.0)
    low_a, low_b, full = theta[1] <= 0.0, theta[2] <= 0.0, theta[1] + theta[2] >= 1.0
    if low_a and full:  # corner (0, 1)
        if g[2] > 0.0:
            return omega, g[1] >= 0.0, False, False
        if g[1] < g[2]:
            return omega, False, False, g[1] + g[2] <= 0.0
        return omega, True, False, True
    if low_b and full:  # corner (1, 0)
        if g[1] > 0.0:
            return omega, False, g[2] >= 0.0, False
        if g[2] < g[1]:
            return omega, False, False, g[1] + g[2] <= 0.0
        return omega, False, True, True
    return omega, low_a and g[1] >= 0.0, low_b and g[2] >= 0.0, full and g[1] + g[2] <= 0.0


@njit(cache=True, error_model="numpy")
def _basis(Z: Matrix, constant: bool, omega: bool, low_a: bool, low_b: bool, full: bool) -> int:
    """Fill the columns of Z with directions along the face; return their number."""
    Z[:, :] = 0.0
    k = 0
    if constant:
        Z[3, k] = 1.0
        k += 1
    if not omega:
        Z[0, k] = 1.0
        k += 1
    held = int(low_a) + int(low_b) + int(full)
    if held == 0:
        Z[1, k] = 1.0
        Z[2, k + 1] = 1.0
        k += 2
    elif held == 1:
        Z[1, k] = 0.0 if low_a else 1.0
        Z[2, k] = 0.0 if low_b else (-1.0 if full else 1.0)
        k += 1
    return k


@njit(cache=True, error_model="numpy")
def _solve_on_face(
    g: Vector, H: Matrix, damping: float, d: Vector, Z: Matrix, k: int, A: Matrix, y: Vector, p: Vector
) -> bool:
    """Newton direction p from the point d of the quadratic model, along Z; False if not convex there."""
    for i in range(k):
        y[i] = 0.0
        for r in range(4):
            if Z[r, i] != 0.0:
                slope = g[r] + damping * abs(H[r, r]) * d[r]
                for c in range(4):
                    slope += H[r, c] * d[c]
                y[i] -= Z[r, i] * slope
        for j in range(i + 1):
            A[i, j] = 0.0
            for r in range(4):
                if Z[r, i] != 0.0:
                    A[i, j] += damping * (abs(H[r, r]) + 1e-8) * Z[r, i] * Z[r, j]
                    for c in range(4):
                        A[i, j] += Z[r, i] * H[r, c] * Z[c, j]
    for i in range(k):  # Cholesky factor in place, then two triangular solves
        for j in range(i + 1):
            pivot = A[i, j]
            for c in range(j):
                pivot -= A[i, c] * A[j, c]
            if i == j:
                if pivot <= 1e-12 * abs(A[i, i]) + 1e-14:
                    return False
                A[i, i] = np.sqrt(pivot)
            else:
                A[i, j] = pivot / A[j, j]
        for c in range(i):
            y[i] -= A[i, c] * y[c]
        y[i] /= A[i, i]
    for i in range(k - 1, -1, -1):
        for c in range(i + 1, k):
            y[i] -= A[c, i] * y[c]
        y[i] /= A[i, i]
    for r in range(4):
        p[r] = 0.0
        for i in range(k):
            p[r] += Z[r, i] * y[i]
    return True


@njit(cache=True, error_model="numpy")
def _model_step(
    theta: Vector,
    g: Vector,
    H: Matrix,
    damping: float,
    constant: bool,
    d: Vector,
    Z: Matrix,
    A: Matrix,
    y: Vector,
    p: Vector,
) -> float:
    """Minimise the damped quadratic model from theta, adding each constraint that blocks the way.

    Fills the step ``d``. Returns the fall that the undamped model predicts, or -1 if the model is
    not convex on the face.
    """
    omega, low_a, low_b, full = _binding(theta, g)
    d[:] = 0.0
    for _ in range(6):
        k = _basis(Z, constant, omega, low_a, low_b, full)
        if k == 0:
            break
        if not _solve_on_face(g, H, damping, d, Z, k, A, y, p):
            return -1.0
        w, a, b = theta[0] + d[0], theta[1] + d[1], theta[2] + d[2]
        length, blocked = 1.0, 0
        if p[0] < 0.0 and w + p[0] < OMEGA_LOW:
            length, blocked = (OMEGA_LOW - w) / p[0], 1
        elif p[0] > 0.0 and w + p[0] > OMEGA_HIGH:
            length, blocked = (OMEGA_HIGH - w) / p[0], 1
        if p[1] < 0.0 and a + length * p[1] < 0.0:
            length, blocked = -a / p[1], 2
        if p[2] < 0.0 and b + length * p[2] < 0.0:
            length, blocked = -b / p[2], 3
        if not full and p[1] + p[2] > 0.0 and a + b + length * (p[1] + p[2]) > 1.0:
            length, blocked = (1.0 - a - b) / (p[1] + p[2]), 4
        for r in range(4):
            d[r] += max(length, 0.0) * p[r]
        if blocked == 0:
            break
        omega, low_a = omega or blocked == 1, low_a or blocked == 2
        low_b, full = low_b or blocked == 3, full or blocked == 4
    fall = 0.0
    for r in range(4):
        fall -= d[r] * g[r]
        for c in range(4):
            fall -= 0.5 * d[r] * H[r, c] * d[c]
    return fall


@njit(cache=True, error_model="numpy")
def _move(theta: Vector, d: Vector, trial: Vector) -> None:
    """Put theta + d into ``trial`` and remove rounding at the edges of the region."""
    for r in range(4):
        trial[r] = theta[r] + d[r]
    trial[0] = min(max(trial[0], OMEGA_LOW), OMEGA_HIGH)
    if trial[0] < OMEGA_LOW * (1.0 + 1e-9):
        trial[0] = OMEGA_LOW
    for r in (1, 2):
        if trial[r] < 1e-14:
            trial[r] = 0.0
    if trial[1] + trial[2] > 1.0 - 1e-14:
        trial[1] = min(trial[1], 1.0)
        trial[2] = 1.0 - trial[1]


@njit(cache=True, error_model="numpy")
def _descend(
    theta: Vector,
    constant: bool,
    best: Vector,
    best_value: float,
    z: Vector,
    backcast: float,
    lower: Vector,
    upper: Vector,
    v: float,
    g: Vector,
    H: Matrix,
    d: Vector,
    Z: Matrix,
    A: Matrix,
    y: Vector,
    p: Vector,
    trial: Vector,
) -> tuple[float, bool]:
    """Damped Newton descent from theta (changed in place); returns value and whether it converged."""
    value = derivatives(theta, z, backcast, lower, upper, v, g, H)
    damping = 0.0
    for _ in range(_ITERATIONS):
        accepted = False
        for _ in range(_TRIALS):
            fall = _model_step(theta, g, H, damping, constant, d, Z, A, y, p)
            if fall == -1.0:
                damping = max(4.0 * damping, 1e-3)
                continue
            # Converged, or what is left to gain cannot make this start the best one.
            if damping <= 1e-2 and (fall < _TOLERANCE or (fall < 0.05 and value - 3.0 * fall > best_value)):
                return value, True
            _move(theta, d, trial)
            new = objective(trial, z, backcast, lower, upper, v)
            ratio = (value - new) / max(fall, 1e-300)
            if new < value and ratio > 1e-3:
                accepted = True
                if ratio > 0.7:
                    damping = damping / 8.0 if damping > 1e-5 else 0.0
                elif ratio < 0.25:
                    damping = max(4.0 * damping, 1e-3)
                break
            damping = max(5.0 * damping, 1e-3)
        if not accepted:
            return value, fall < 1e-6
        theta[:] = trial
        if best_value < np.inf:
            distance = 0.0
            for r in range(4):
                distance = max(distance, abs(theta[r] - best[r]))
            if distance < _SAME_VALLEY:
                return new, True
        value = derivatives(theta, z, backcast, lower, upper, v, g, H)
    return value, False


@njit(cache=True, error_model="numpy")
def _next_variance(
    theta: Vector, z: Vector, backcast: float, lower: Vector, upper: Vector, v: float
) -> float:
    """Variance of the next period at theta, as a share of the window's mean square v."""
    omega, alpha, beta = theta[0], theta[1], theta[2]
    h, e = omega + (alpha + beta) * backcast, 0.0
    for t in range(z.size):
        if t > 0:
            h = omega + alpha * e * e + beta * h
        h = min(max(h, lower[t]), upper[t])
        e = z[t] - theta[3]
    return omega + alpha * e * e + beta * h


@njit(cache=True, parallel=True, error_model="numpy")
def fit_windows(
    values: Matrix, window: int, constant: bool, refit: int, degenerate: NDArray[np.bool_], least: float = 0.0
) -> NDArray[np.float64]:
    """Fit GARCH(1,1) to every window of every column.

    Parameters
    ----------
    values : ndarray, shape (N, T), C order
        Returns in percent, one row for each series.
    window : int
        Length of a window.
    constant : bool
        Estimate a mean; otherwise it is zero.
    refit : int
        Estimate on every refit-th window only and keep the parameters in between.
    degenerate : ndarray of bool, shape (N, T - window + 1)
        Windows without variation: skipped, their result is NaN.
    least : float
        Share of a window's mean square below which a forecast of its variance counts as vanishing.

    Returns
    -------
    ndarray, shape (N, T - window + 1, 7)
        Columns LOGLIK, NEXT_VARIANCE (percent squared), MU, OMEGA, ALPHA, BETA, CONVERGED.
    """
    series, count = values.shape[0], values.shape[1] - window + 1
    result = np.full((series, count, 7), np.nan)
    length = refit * ((_CHUNK + refit - 1) // refit)  # a task starts with a refit
    tasks = (count + length - 1) // length
    for task in prange(series * tasks):
        i, first = task // tasks, (task % tasks) * length
        z, lower, upper = np.empty(window), np.empty(window), np.empty(window)
        g, d, y, p, trial = np.empty(4), np.empty(4), np.empty(4), np.empty(4), np.empty(4)
        H, Z, A = np.empty((4, 4)), np.empty((4, 4)), np.empty((4, 4))
        theta, best, spike = np.empty(4), np.empty(4), np.empty(4)
        mu = omega = alpha = beta = done = np.nan
        for s in range(first, min(first + length, count)):
            if degenerate[i, s]:
                continue
            x = values[i, s : s + window]
            if (s - first) % refit == 0 or np.isnan(omega):
                mean, v, backcast = standardise(x, constant, z, lower, upper)
                best_value, spike_value, done, spike_done = np.inf, np.inf, 0.0, 0.0
                for j in range(_STARTS.shape[0]):
                    theta[:3] = _STARTS[j]
                    theta[3] = 0.0
                    value, converged = _descend(
                        theta, constant, best, best_value, z, backcast, lower, upper, v,
                        g, H, d, Z, A, y, p, trial,
                    )  # fmt: skip
                    if value >= best_value:
                        continue
                    if least > 0.0 and _next_variance(theta, z, backcast, lower, upper, v) < least:
                        if value < spike_value:
                            spike_value, spike_done = value, 1.0 if converged else 0.0
                            spike[:] = theta
                        continue
                    best_value, done = value, 1.0 if converged else 0.0
                    best[:] = theta
                if best_value == np.inf:
                    best[:], done = spike, spike_done
                mu, omega = mean + np.sqrt(v) * best[3], v * best[0]
                alpha, beta = best[1], best[2]
            result[i, s, LOGLIK], result[i, s, NEXT_VARIANCE] = log_likelihood(
                x, mu, omega, alpha, beta, constant, z, lower, upper
            )
            result[i, s, MU], result[i, s, OMEGA] = mu, omega
            result[i, s, ALPHA], result[i, s, BETA], result[i, s, CONVERGED] = alpha, beta, done
    return result
