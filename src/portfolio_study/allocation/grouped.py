"""Minimum variance with a penalty on groups of assets (sectors) that leave the portfolio together."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Matrix, Vector, as_covariance, as_groups, check_number
from portfolio_study.errors import OptimisationError

KKT_TOLERANCE = 1e-8
"""Largest violation of an optimality condition, in units of the average variance."""


def group_penalised(
    cov: ArrayLike | pd.DataFrame,
    groups: Sequence[Any] | Mapping[Any, Any] | pd.Series,
    penalty: float,
    long_only: bool = False,
) -> Weights:
    r"""Minimise :math:`w'\Sigma w + \lambda \sum_g \sqrt{n_g}\,\lVert w_g \rVert_2` with :math:`1'w = 1`.

    Whole groups of assets leave the portfolio together. Newton's method makes the weights
    exact; when groups leave (or short positions must), cvxpy first finds out which. The
    optimality conditions decide.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    groups : sequence, pandas.Series or dict
        The group (sector) of every asset: a Series or dict is aligned by the assets' labels, a sequence
        is in the order of the covariance.
    penalty : float
        :math:`\lambda \ge 0`, in the unit of a variance.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    ParameterError
        The groups do not fit the assets, or the penalty is negative.
    OptimisationError
        The solver failed or the optimality conditions are not met.

    References
    ----------
    Paper 002; Fernandes, M., Rocha, G. and Souza, T. (2012), "Regularized minimum-variance
    portfolios using asset group information", working paper, Queen Mary University of London.
    """
    checked = as_covariance(cov, invertible=True)
    price = check_number(penalty, "penalty", low=0.0)
    names = as_groups(groups, checked)
    members = [np.array([i for i, n in enumerate(names) if n == g]) for g in dict.fromkeys(names)]
    scale = float(checked.matrix.diagonal().mean())
    matrix, price = checked.matrix / scale, price / scale
    weights = _group_active_set(matrix, members, price, np.asarray(gmv_closed_form(matrix)))
    if not _violation(matrix, members, price, weights, long_only) <= KKT_TOLERANCE:
        rough = _group_engine(matrix, members, price, long_only)
        weights = _group_polish(matrix, members, price, rough)
        if not (worst := _violation(matrix, members, price, weights, long_only)) <= KKT_TOLERANCE:
            raise OptimisationError(f"group penalty: optimality conditions fail by {worst:.3g}")
    return checked.label(fully_invested(weights, "group penalty"))


def _group_engine(cov: Matrix, members: list[np.ndarray], penalty: float, long_only: bool) -> Vector:
    """The problem as written, handed to cvxpy (Clarabel)."""
    import warnings

    import cvxpy as cp

    w = cp.Variable(len(cov))
    norms = cp.sum([np.sqrt(len(g)) * cp.norm2(w[g]) for g in members])
    constraints = [cp.sum(w) == 1] + ([w >= 0] if long_only else [])
    problem = cp.Problem(cp.Minimize(cp.quad_form(w, cp.psd_wrap(cov)) + penalty * norms), constraints)
    with warnings.catch_warnings():
        # an inaccurate solution is good enough here: the polish makes it exact and is itself checked
        warnings.filterwarnings("ignore", message="Solution may be inaccurate")
        problem.solve(solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE) or w.value is None:
        raise OptimisationError(f"group penalty: the solver ended with status {problem.status!r}")
    return np.asarray(w.value, dtype=float)


def _group_gradient(
    cov: Matrix, members: list[np.ndarray], penalty: float, w: Vector
) -> tuple[Vector, Matrix]:
    """Gradient and Hessian of the objective where all given groups are held."""
    gradient, hessian = 2.0 * cov @ w, 2.0 * cov.copy()
    for g in members:
        norm = float(np.linalg.norm(w[g]))
        if norm == 0.0:
            continue
        unit, weight = w[g] / norm, penalty * np.sqrt(len(g))
        gradient[g] += weight * unit
        hessian[np.ix_(g, g)] += weight / norm * (np.eye(len(g)) - np.outer(unit, unit))
    return gradient, hessian


def _group_active_set(cov: Matrix, members: list[np.ndarray], penalty: float, w: Vector) -> Vector:
    """Newton steps that let a group leave when it would change direction and return when it pays."""
    w = w.copy()
    for _ in range(60):
        gradient, hessian = _group_gradient(cov, members, penalty, w)
        step = _newton_step(w, gradient, hessian)
        if step is None:
            break
        leaving = [g for g in members if w[g].any() and float(w[g] @ (w[g] + step[g])) <= 0.0]
        w += step
        for g in leaving:
            w[g] = 0.0
        if leaving or float(np.abs(step).max()) > 1e-14 or not w.any():
            continue
        gradient, _ = _group_gradient(cov, members, penalty, w)
        pull = float(gradient[w != 0].mean()) - gradient
        excess = [0.0 if w[g].any() else np.linalg.norm(pull[g]) / np.sqrt(len(g)) - penalty for g in members]
        best = int(np.argmax(excess))
        if excess[best] <= KKT_TOLERANCE:
            break
        g = members[best]
        w[g] = 1e-3 * pull[g] / np.linalg.norm(pull[g])
    return w


def _newton_step(w: Vector, gradient: Vector, hessian: Matrix) -> Vector | None:
    """Newton step over the held assets that restores the budget; None when the system is singular."""
    held = np.flatnonzero(w)
    n = len(held)
    system = np.ones((n + 1, n + 1))
    system[:n, :n], system[n, n] = hessian[np.ix_(held, held)], 0.0
    try:
        solution = np.linalg.solve(system, np.append(-gradient[held], 1.0 - w.sum()))
    except np.linalg.LinAlgError:
        return None
    step = np.zeros(len(w))
    step[held] = solution[:n]
    return step


def _group_polish(cov: Matrix, members: list[np.ndarray], penalty: float, w: Vector) -> Vector:
    """Newton steps over the assets that the engine holds."""
    w = np.where(np.abs(w) > 1e-6, w, 0.0)
    for g in members:
        if np.linalg.norm(w[g]) < 1e-5:
            w[g] = 0.0
    for _ in range(20):
        step = _newton_step(w, *_group_gradient(cov, members, penalty, w))
        if step is None:
            break
        w = w + step
        if float(np.abs(step).max()) < 1e-15:
            break
    return w


def _violation(cov: Matrix, members: list[np.ndarray], penalty: float, w: Vector, long_only: bool) -> float:
    """Largest violation of the optimality conditions; infinite for weights that are not feasible."""
    if not np.isfinite(w).all() or not w.any() or (long_only and w.min() < 0):
        return np.inf
    gradient, _ = _group_gradient(cov, members, penalty, w)
    level = float(gradient[w != 0].mean())
    worst = max(float(np.abs(gradient[w != 0] - level).max()), abs(float(w.sum()) - 1.0))
    for g in members:
        pull = level - gradient[g]
        if long_only:
            pull = np.maximum(pull, 0.0)
        if not w[g].any():
            worst = max(worst, float(np.linalg.norm(pull)) - penalty * np.sqrt(len(g)))
        else:
            worst = max(worst, float(np.abs(pull[w[g] == 0]).max(initial=0.0)))
    return worst
