"""The convex quadratic programmes behind every portfolio of this package, solved exactly.

Once it is known which assets are held and which bounds bind, one linear system gives an answer that is exact
to rounding. A few such systems, each on the pieces that the one before points to (a semismooth Newton method),
usually find out; where they go round in circles, Clarabel, an interior-point solver, comes near enough to the
optimum to tell. The optimality (Karush-Kuhn-Tucker) conditions of every answer are checked before it is
returned. The long-only portfolios, which every estimator and date needs, have a method of their own. The
reference engines in the tests are cvxpy, skfolio and PyPortfolioOpt.

References
----------
Goulart, P. J. and Chen, Y. (2024), "Clarabel: An interior-point solver for conic programs with quadratic
objectives", arXiv:2405.12762. Júdice, J. J. and Pires, F. M. (1994), "A block principal pivoting algorithm
for large-scale strictly monotone linear complementarity problems", Computers & Operations Research 21(5),
587-596. Portugal, L. F., Júdice, J. J. and Vicente, L. N. (1994), Mathematics of Computation 63(208),
625-643. Hintermüller, M., Ito, K. and Kunisch, K. (2003), "The primal-dual active set strategy as a semismooth
Newton method", SIAM Journal on Optimization 13(3), 865-888.
"""

from dataclasses import dataclass

import clarabel
import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from portfolio_study.checks import Matrix, Vector
from portfolio_study.errors import CovarianceError, OptimisationError

KKT_TOLERANCE = 1e-9
"""Largest violation of an optimality condition, relative to the problem's scale."""

NEWTON_STEPS = 12
"""Linear systems after which the Newton method is taken to go round in circles."""


def _settings() -> clarabel.DefaultSettings:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-13
    return settings


SETTINGS = _settings()


def solve_definite(matrix: Matrix, right: Vector) -> Vector:
    """Solve a symmetric positive definite system by Cholesky.

    Raises
    ------
    CovarianceError
        The matrix is not positive definite.
    """
    _, solution, info = lapack.dposv(matrix, right)
    if info != 0:
        raise CovarianceError(f"a block of the covariance is not positive definite (pivot {info})")
    return solution


def nonnegative_quadratic(q: Matrix, b: Vector) -> Vector:
    r"""Minimise :math:`\tfrac12 y'Qy - b'y` over :math:`y \ge 0` by block principal pivoting.

    With Q a correlation matrix this one problem gives the long-only minimum-variance
    (b = 1/volatility), tangency (b = excess mean/volatility), most diversified and
    most decorrelated (b = 1) portfolios, each up to scale.

    Parameters
    ----------
    q : numpy.ndarray
        N x N positive definite matrix, best with a unit diagonal.
    b : numpy.ndarray
        Linear term. If no entry is positive the solution is zero.

    Returns
    -------
    numpy.ndarray
        The unique minimiser; entries that are not held are exactly zero.

    Raises
    ------
    CovarianceError
        A principal block is not positive definite.
    OptimisationError
        The pivoting did not end (a singular matrix) or an optimality condition fails.

    Notes
    -----
    All assets with the wrong sign change sides at once; when that stops helping,
    only the last one does (Murty's rule), which ends after finitely many steps for
    every positive definite matrix. Steps cost one Cholesky factorisation each and
    their number hardly depends on N.
    """
    size = len(b)
    scale = float(np.abs(b).max())
    if scale == 0.0:
        return np.zeros(size)
    tolerance = 1e-13 * scale * size
    held = np.ones(size, dtype=bool)
    fewest, chances = size + 1, 3
    for _ in range(60 + 20 * size):
        y = np.zeros(size)
        index = np.flatnonzero(held)
        if len(index):
            y[index] = solve_definite(q[index[:, None], index], b[index])
        slack = q @ y - b
        wrong = np.where(held, y < -tolerance, slack < -tolerance)
        count = int(wrong.sum())
        if count == 0:
            y = np.maximum(y, 0.0)
            _check_complementarity(y, slack, held, scale)
            return y
        if count < fewest:
            fewest, chances = count, 3
            held ^= wrong
        elif chances > 0:
            chances -= 1
            held ^= wrong
        else:
            last = int(np.flatnonzero(wrong)[-1])
            held[last] = ~held[last]
    raise OptimisationError("block principal pivoting did not end: the matrix is numerically singular")


def _check_complementarity(y: Vector, slack: Vector, held: np.ndarray, scale: float) -> None:
    residual = float(np.abs(slack[held]).max(initial=0.0))
    violated = float(-slack[~held].min(initial=0.0))
    if max(residual, violated) > KKT_TOLERANCE * scale or not np.isfinite(y).all():
        raise OptimisationError(
            f"optimality conditions fail by {max(residual, violated) / scale:.3g}: the covariance is too "
            "close to singular for an exact solution; shrink it"
        )


@dataclass(frozen=True)
class QuadraticSolution:
    """Minimiser of a separable quadratic programme with its multipliers.

    Attributes
    ----------
    weights : numpy.ndarray
        The minimiser w.
    multipliers : numpy.ndarray
        One for each equality row.
    gradient : numpy.ndarray
        ``b - Qw + A'multipliers``: the pull of each coordinate towards its kink or bound.
    """

    weights: Vector
    multipliers: Vector
    gradient: Vector


@dataclass(frozen=True)
class SeparableProblem:
    r"""Minimise :math:`\tfrac12 w'Qw - b'w + \sum_i p_i |w_i|` with :math:`Aw = c`, :math:`l \le w \le u`.

    Attributes
    ----------
    q, b : numpy.ndarray
        N x N positive semi-definite matrix with a positive diagonal, and linear term.
    rows, values : numpy.ndarray
        M x N matrix A of the equalities and their right-hand sides c.
    names : tuple of str
        What each equality demands, for messages.
    lower, upper, penalty : numpy.ndarray
        Bounds (may be infinite) and non-negative l1 penalties.
    """

    q: Matrix
    b: Vector
    rows: Matrix
    values: Vector
    names: tuple[str, ...]
    lower: Vector
    upper: Vector
    penalty: Vector

    def scaled(self, unit: Vector) -> "SeparableProblem":
        """The same problem in the variables ``w / unit``."""
        return SeparableProblem(
            self.q * np.outer(unit, unit), self.b * unit, self.rows * unit, self.values, self.names,
            self.lower / unit, self.upper / unit, self.penalty * unit,
        )  # fmt: skip


@dataclass(frozen=True)
class _Pieces:
    """Which smooth piece each coordinate is on: free with a penalty of one sign, or fixed."""

    free: np.ndarray
    fixed_at: Vector
    sign: Vector


def _pieces_at(problem: SeparableProblem, z: Vector) -> _Pieces:
    """Pieces on which the proximal point of z lies."""
    soft = np.sign(z) * np.maximum(np.abs(z) - problem.penalty, 0.0)
    at_lower, at_upper = soft <= problem.lower, soft >= problem.upper
    free = ~(at_lower | at_upper | ((problem.penalty > 0) & (soft == 0.0)))
    fixed_at = np.where(at_lower, problem.lower, np.where(at_upper, problem.upper, 0.0))
    return _Pieces(free, fixed_at, np.where(free, np.sign(soft), 0.0))


def solve_separable(problem: SeparableProblem) -> QuadraticSolution:
    """Solve a separable quadratic programme exactly.

    Parameters
    ----------
    problem : SeparableProblem

    Returns
    -------
    QuadraticSolution

    Raises
    ------
    OptimisationError
        No point satisfies the constraints (the message names them), or the solver ended without an
        answer that meets the optimality conditions (the message has its status).
    """
    unit = 1.0 / np.sqrt(problem.q.diagonal())
    scaled = problem.scaled(unit)
    size = len(unit)
    all_free = _Pieces(np.ones(size, dtype=bool), np.zeros(size), np.zeros(size))
    solution, worst = _newton(scaled, all_free)
    status = ""
    if solution is None or worst > 1e-13 * size:
        near, status = _interior_point(scaled)
        solution, worst = _newton(scaled, _pieces_at(scaled, near.weights + near.gradient))
        if solution is None:  # the constraints leave nothing free: the solver's own point stands
            solution, worst = near, violation(scaled, near)
    if not worst <= KKT_TOLERANCE:
        raise OptimisationError(
            f"optimality conditions fail by {worst:.3g}; Clarabel ended with status {status!r} on: "
            f"{', '.join(problem.names)}; is the covariance close to singular?"
        )
    return QuadraticSolution(solution.weights * unit, solution.multipliers, solution.gradient / unit)


def _newton(problem: SeparableProblem, pieces: _Pieces) -> tuple[QuadraticSolution | None, float]:
    """Solve on the pieces that the last solution points to until they stay; with the violation left."""
    best, least = None, np.inf
    for _ in range(NEWTON_STEPS):
        solution = solve_on_pieces(problem, pieces)
        if solution is None:
            break
        if (worst := violation(problem, solution)) < least:
            best, least = solution, worst
        if worst <= 1e-13 * len(problem.b):
            break
        pieces = _pieces_at(problem, solution.weights + solution.gradient)
    return best, least


def _interior_point(problem: SeparableProblem) -> tuple[QuadraticSolution, str]:
    """Clarabel's answer, near the optimum, with its status."""
    n, m = len(problem.b), len(problem.values)
    steep = np.abs(problem.rows).max(axis=1)
    steep[steep == 0] = 1.0  # such a row demands 0 = c, which Clarabel finds infeasible
    k = float(steep[0])  # in the variables k w the first equality, "add up to 1", has entries near one
    kinked = np.flatnonzero(problem.penalty > 0)
    below, above = np.flatnonzero(np.isfinite(problem.lower)), np.flatnonzero(np.isfinite(problem.upper))
    # x = (k w, t): t >= |k w| carries the penalty of the coordinates that have one
    eye = np.eye(n)
    left = np.vstack([problem.rows / steep[:, None], -eye[below], eye[above], eye[kinked], -eye[kinked]])
    a = np.zeros((len(left), n + len(kinked)))
    a[:, :n] = left
    a[len(a) - 2 * len(kinked) :, n:] = -np.tile(np.eye(len(kinked)), (2, 1))
    limits = k * np.concatenate(
        [problem.values / steep, -problem.lower[below], problem.upper[above], np.zeros(2 * len(kinked))]
    )
    cones = [clarabel.ZeroConeT(m), clarabel.NonnegativeConeT(len(a) - m)]
    linear = np.concatenate([-k * problem.b, k * problem.penalty[kinked]])
    quadratic = np.zeros((a.shape[1], a.shape[1]))
    quadratic[:n, :n] = np.triu(problem.q)
    found = clarabel.DefaultSolver(
        compressed(quadratic), linear, compressed(a), limits, cones, SETTINGS
    ).solve()
    status = str(found.status)
    if status in ("PrimalInfeasible", "AlmostPrimalInfeasible"):
        raise OptimisationError(
            f"no portfolio satisfies all constraints: {', '.join(problem.names)}, within the bounds"
        )
    w, multipliers = np.array(found.x[:n]) / k, -np.array(found.z[:m]) / (k * steep)
    w = np.clip(w, problem.lower, problem.upper)
    pull = problem.b - problem.q @ w + problem.rows.T @ multipliers
    return QuadraticSolution(w, multipliers, pull), status


def compressed(matrix: Matrix) -> sparse.csc_matrix:
    """Dense matrix in compressed columns (the constructor of scipy takes several times as long)."""
    columns, rows = np.nonzero(matrix.T)
    ends = np.searchsorted(columns, np.arange(matrix.shape[1] + 1))
    return sparse.csc_matrix((matrix[rows, columns], rows, ends), shape=matrix.shape)


def proximal_point(problem: SeparableProblem, z: Vector) -> Vector:
    r"""Minimise :math:`\tfrac12 (x - z)^2 + p|x|` over :math:`l \le x \le u`, coordinate by coordinate."""
    soft = np.sign(z) * np.maximum(np.abs(z) - problem.penalty, 0.0)
    return np.clip(soft, problem.lower, problem.upper)


def violation(problem: SeparableProblem, solution: QuadraticSolution) -> float:
    """Largest violation of feasibility and optimality, relative to the problem's scale.

    A point is optimal iff the proximal step along its own gradient leaves it in place.
    """
    w, pull = solution.weights, solution.gradient
    if not (np.isfinite(w).all() and np.isfinite(pull).all()):
        return np.inf
    size = max(float(np.abs(w).max()), 1e-300)
    moved = float(np.abs(proximal_point(problem, w + pull) - w).max())
    missed = np.abs(problem.rows @ w - problem.values) / np.maximum(np.abs(problem.rows).max(axis=1), 1e-300)
    return max(moved, float(missed.max())) / size


def solve_on_pieces(problem: SeparableProblem, pieces: _Pieces) -> QuadraticSolution | None:
    """Minimise with some coordinates fixed and the others inside one smooth piece.

    Returns
    -------
    QuadraticSolution or None
        None when the linear system is singular.
    """
    w = np.where(pieces.free, 0.0, pieces.fixed_at)
    index = np.flatnonzero(pieces.free)
    n, m = len(index), len(problem.values)
    if n < m:
        return None
    pull = problem.b - problem.q @ w
    a = problem.rows[:, index]
    system = np.zeros((n + m, n + m))
    system[:n, :n] = problem.q[index[:, None], index]
    system[:n, n:] = -a.T
    system[n:, :n] = a
    slope = (problem.penalty * pieces.sign)[index]
    right = np.concatenate([pull[index] - slope, problem.values - problem.rows @ w])
    _, _, solution, info = lapack.dgesv(system, right)
    if info != 0 or not np.isfinite(solution).all():
        return None
    w[index] = solution[:n]
    multipliers = solution[n:]
    return QuadraticSolution(w, multipliers, problem.b - problem.q @ w + problem.rows.T @ multipliers)
