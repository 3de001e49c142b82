"""Minimum variance with a penalty on groups of assets (sectors) that leave the portfolio together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.weights_checks import (
    Covariance,
    Matrix,
    Vector,
    Weights,
    as_covariance,
    check_number,
    fully_invested,
)
from portfolio_study.errors import OptimisationError, ParameterError


def group_penalised(
    cov: ArrayLike | pd.DataFrame, groups: Sequence[Any], penalty: float, long_only: bool = False
) -> Weights:
    r"""Minimise :math:`w'\Sigma w + \lambda \sum_g \sqrt{n_g}\,\lVert w_g \rVert_2` with :math:`1'w = 1`.

    Whole groups of assets leave the portfolio together. cvxpy finds which groups stay;
    Newton's method on those makes the weights exact, and the optimality conditions decide.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    groups : sequence
        The group (sector) of every asset, in the order of the covariance.
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
    names = list(groups)
    if len(names) != checked.size:
        raise ParameterError(f"groups must name a group for each of {checked.size} assets, got {len(names)}")
    members = [np.array([i for i, n in enumerate(names) if n == g]) for g in dict.fromkeys(names)]
    scale = float(checked.matrix.diagonal().mean())
    rough = _group_engine(checked.matrix / scale, members, price / scale, long_only)
    weights = _group_polish(checked.matrix / scale, members, price / scale, rough)
    weights = _clean(checked, members, price / scale, weights, scale, long_only)
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


def _group_polish(cov: Matrix, members: list[np.ndarray], penalty: float, w: Vector) -> Vector:
    """Newton steps over the assets that the engine holds."""
    w = np.where(np.abs(w) > 1e-6, w, 0.0)
    for g in members:
        if np.linalg.norm(w[g]) < 1e-5:
            w[g] = 0.0
    held = np.flatnonzero(w)
    n = len(held)
    for _ in range(20):
        gradient, hessian = _group_gradient(cov, members, penalty, w)
        system = np.ones((n + 1, n + 1))
        system[:n, :n], system[n, n] = hessian[np.ix_(held, held)], 0.0
        step = np.linalg.solve(system, np.append(-gradient[held], 1.0 - w.sum()))[:n]
        w[held] += step
        if np.abs(step).max() < 1e-15:
            break
    return w


def _clean(
    cov: Covariance, members: list[np.ndarray], penalty: float, w: Vector, scale: float, long_only: bool
) -> Vector:
    """Return the weights if they satisfy the optimality conditions, else refuse."""
    gradient, _ = _group_gradient(cov.matrix / scale, members, penalty, w)
    level = float(gradient[w != 0].mean())
    worst = float(np.abs(gradient[w != 0] - level).max())
    for g in members:
        pull = level - gradient[g]
        if long_only:
            pull = np.maximum(pull, 0.0)
        if not w[g].any():
            worst = max(worst, float(np.linalg.norm(pull)) - penalty * np.sqrt(len(g)))
        else:
            worst = max(worst, float(np.abs(pull[w[g] == 0]).max(initial=0.0)))
    if worst > 1e-7 or (long_only and w.min() < 0):
        raise OptimisationError(f"group penalty: optimality conditions fail by {worst:.3g}")
    return w
