"""What errors in means, variances and covariances cost an investor (Chopra and Ziemba)."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.markowitz import mean_variance_utility
from portfolio_study.checks import Covariance, Vector, as_covariance, as_vector, check_number
from portfolio_study.errors import ParameterError

KINDS = ("means", "variances", "covariances")


def _certainty_equivalent(w: Vector, mu: Vector, s: np.ndarray, risk_aversion: float) -> float:
    return float(w @ mu - risk_aversion / 2.0 * w @ s @ w)


def cash_equivalent_loss(
    mean: Any,
    cov: ArrayLike | pd.DataFrame,
    risk_tolerance: float = 50.0,
    error: float = 0.1,
    draws: int = 100,
    seed: int = 0,
    long_only: bool = True,
) -> pd.DataFrame:
    r"""Measure the loss from errors of equal relative size in means, variances or covariances.

    Each parameter p of one kind becomes :math:`p(1 + k z)`, z standard normal; the portfolio is
    optimal for the wrong parameters and judged with the true ones. The loss is the drop of the
    certainty equivalent relative to its optimum. Samples in which the disturbed matrix is not
    positive definite are drawn again.

    Parameters
    ----------
    mean : array-like or pandas.Series
        True expected returns per period.
    cov : array-like or pandas.DataFrame
        N x N true covariance per period.
    risk_tolerance : float
        The article's t in percent: :math:`A = 200/t`, so 50 means A = 4.
    error : float
        Relative size k of the errors.
    draws : int
        Number R of disturbed parameter sets of each kind.
    seed : int
        Seed of the random numbers.
    long_only : bool
        Demand non-negative weights, as the article does.

    Returns
    -------
    pandas.DataFrame
        R x (means, variances, covariances): relative losses.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.

    References
    ----------
    Paper 001; Chopra, V. and Ziemba, W. (1993), "The effect of errors in means, variances, and
    covariances on optimal portfolio choice", Journal of Portfolio Management 19(2), 6-11.
    """
    checked = as_covariance(cov, invertible=True)
    mu = as_vector(mean, checked, "mean")
    aversion = 200.0 / check_number(risk_tolerance, "risk_tolerance", low=1e-6)
    size = check_number(error, "error", low=0.0, high=1.0)
    if draws < 1:
        raise ParameterError(f"draws must be at least 1, got {draws}")
    rng = np.random.default_rng(seed)
    best = np.asarray(mean_variance_utility(mu, checked.matrix, aversion, long_only))
    optimum = _certainty_equivalent(best, mu, checked.matrix, aversion)
    if optimum <= 0.0:
        raise ParameterError(
            f"the optimal certainty equivalent is {optimum:.3g}: a relative loss has no meaning; "
            "use a higher risk tolerance"
        )
    losses = np.empty((draws, len(KINDS)))
    for row in range(draws):
        for column, kind in enumerate(KINDS):
            wrong_mean, wrong_cov = _disturbed(mu, checked, kind, size, rng)
            w = np.asarray(mean_variance_utility(wrong_mean, wrong_cov, aversion, long_only))
            losses[row, column] = 1.0 - _certainty_equivalent(w, mu, checked.matrix, aversion) / optimum
    return pd.DataFrame(losses, columns=list(KINDS))


def _disturbed(
    mu: Vector, cov: Covariance, kind: str, size: float, rng: np.random.Generator
) -> tuple[Vector, np.ndarray]:
    """Means and covariance with one kind of parameter disturbed."""
    if kind == "means":
        return mu * (1.0 + size * rng.standard_normal(len(mu))), cov.matrix
    for _ in range(1000):
        noise = rng.standard_normal(cov.matrix.shape)
        noise = np.tril(noise) + np.tril(noise, -1).T
        own = np.eye(cov.size, dtype=bool)
        hit = own if kind == "variances" else ~own
        wrong = cov.matrix * (1.0 + size * np.where(hit, noise, 0.0))
        if np.linalg.eigvalsh(wrong)[0] > 1e-10 * np.trace(wrong):
            return mu, wrong
    raise ParameterError(
        f"errors of {size:g} in {kind} almost never leave a positive definite matrix; lower them"
    )
