"""Exact solvers of the small convex quadratic programmes behind every portfolio of this package.

Interior-point solvers stop near the optimum; these find *which* assets are held
and solve one linear system, so that their answer is exact to rounding and its
optimality (Karush-Kuhn-Tucker) conditions are checked before it is returned.
The reference engines in the tests are cvxpy, skfolio and PyPortfolioOpt.

References
----------
Júdice, J. J. and Pires, F. M. (1994), "A block principal pivoting algorithm for
large-scale strictly monotone linear complementarity problems", Computers &
Operations Research 21(5), 587-596. Portugal, L. F., Júdice, J. J. and Vicente,
L. N. (1994), Mathematics of Computation 63(208), 625-643. Hintermüller, M., Ito,
K. and Kunisch, K. (2003), SIAM Journal on Optimization 13(3), 865-888. Nocedal,
J. and Wright, S. J. (2006), Numerical Optimization, 2nd ed., algorithm 16.3.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import lapack

from portfolio_study.checks import Matrix, Vector
from portfolio_study.errors import CovarianceError, OptimisationError

KKT_TOLERANCE = 1e-9
"""Largest violation of an optimality condition, relative to the problem's scale."""


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
    iterations : int
        Linear systems that were solved.
    engine : str
        ``primal_dual`` or ``primal`` (the slower method with guaranteed descent).
    """

    weights: Vector
    multipliers: Vector
    gradient: Vector
    iterations: int
    engine: str


@dataclass(frozen=True)
class SeparableProblem:
    r"""Minimise :math:`\tfrac12 w'Qw - b'w + \sum_i p_i |w_i|` with :math:`Aw = c`, :math:`l \le w \le u`.

    Attributes
    ----------
    q, b : numpy.ndarray
        N x N positive definite matrix and linear term.
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


def solve_separable(problem: SeparableProblem) -> QuadraticSolution:
    """Solve a separable quadratic programme exactly.

    A primal-dual active-set iteration (a semismooth Newton method) needs a handful of
    linear systems. When it cycles, the l1 penalty is raised in steps from zero; when that
    does not help either, a primal active-set method takes over.

    Parameters
    ----------
    problem : SeparableProblem

    Returns
    -------
    QuadraticSolution

    Raises
    ------
    OptimisationError
        No point satisfies the constraints (the message names them), or the optimality
        conditions of the solution fail.
    """
    unit = 1.0 / np.sqrt(problem.q.diagonal())
    scaled = problem.scaled(unit)
    solution = _continuation(scaled)
    if solution is None:
        from portfolio_study.allocation.quadratic_primal import primal_active_set

        solution = primal_active_set(scaled)
        if (worst := violation(scaled, solution)) > KKT_TOLERANCE:
            raise OptimisationError(
                f"optimality conditions fail by {worst:.3g} after {solution.iterations} steps"
            )
    return QuadraticSolution(
        solution.weights * unit, solution.multipliers, solution.gradient / unit, solution.iterations,
        solution.engine,
    )  # fmt: skip


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


def solve_on_pieces(
    problem: SeparableProblem, free: np.ndarray, fixed_at: Vector, slope: Vector
) -> tuple[Vector, Vector, Vector] | None:
    """Minimise with some coordinates fixed and the others inside one smooth piece.

    Returns
    -------
    tuple of numpy.ndarray or None
        Weights, multipliers, gradient; None when the linear system is singular.
    """
    w = np.where(free, 0.0, fixed_at)
    index = np.flatnonzero(free)
    n, m = len(index), len(problem.values)
    if n < m:
        return None
    pull = problem.b - problem.q @ w
    a = problem.rows[:, index]
    system = np.zeros((n + m, n + m))
    system[:n, :n] = problem.q[index[:, None], index]
    system[:n, n:] = -a.T
    system[n:, :n] = a
    right = np.concatenate([pull[index] - slope[index], problem.values - problem.rows @ w])
    _, _, solution, info = lapack.dgesv(system, right)
    if info != 0 or not np.isfinite(solution).all():
        return None
    w[index] = solution[:n]
    multipliers = solution[n:]
    return w, multipliers, problem.b - problem.q @ w + problem.rows.T @ multipliers


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


def _primal_dual(
    problem: SeparableProblem, start: _Pieces, limit: int = 40
) -> tuple[QuadraticSolution, _Pieces] | None:
    """Semismooth Newton iteration on the proximal optimality condition; None when it cycles."""
    pieces, seen = start, set[bytes]()
    for iteration in range(1, limit + 1):
        step = solve_on_pieces(problem, pieces.free, pieces.fixed_at, problem.penalty * pieces.sign)
        if step is None:
            return None
        solution = QuadraticSolution(*step, iteration, "primal_dual")
        if violation(problem, solution) <= 1e-13 * len(problem.b):
            return solution, pieces
        pieces = _pieces_at(problem, solution.weights + solution.gradient)
        key = np.concatenate([pieces.free, pieces.fixed_at == problem.lower, pieces.sign > 0]).tobytes()
        if key in seen:
            return None
        seen.add(key)
    return None


def _continuation(problem: SeparableProblem) -> QuadraticSolution | None:
    """Raise the l1 penalty from zero in steps as long as the Newton iteration follows."""
    size = len(problem.b)
    pieces = _Pieces(np.ones(size, dtype=bool), np.zeros(size), np.zeros(size))
    reached, step, iterations = 0.0, 1.0, 0
    for _ in range(200):
        share = min(1.0, reached + step)
        found = _primal_dual(replace(problem, penalty=share * problem.penalty), pieces)
        iterations += 1 if found is None else found[0].iterations
        if found is None:
            if step < 1e-3:
                return None
            step /= 2
            continue
        solution, pieces = found
        if share == 1.0:
            return replace(solution, iterations=iterations)
        reached, step = share, 2 * step
    return None
