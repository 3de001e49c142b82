r"""What estimation error does to minimum variance: exact laws under iid normal returns.

S is the unbiased sample covariance of T returns of N assets, :math:`a = 1'\Sigma^{-1}1`.

References
----------
Paper 002; Okhrin, Y. and Schmid, W. (2006), "Distributional properties of portfolio weights",
Journal of Econometrics 134(1), 235-256; Kempf, A. and Memmel, C. (2006), Schmalenbach
Business Review 58(4), 332-348; Muirhead, R. (1982), Aspects of Multivariate Statistical
Theory, theorem 3.2.12; Frahm, G. (2010), "Linear statistical inference for global and local
minimum variance portfolios", Statistical Papers 51(4), 789-812.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.weights import Weights
from portfolio_study.checks import Covariance, Matrix, Vector, as_covariance, check_number
from portfolio_study.checks.confidence import LEVEL
from portfolio_study.errors import ParameterError, UnknownNameError


def _need(observations: int, assets: int, above: int, what: str) -> None:
    """Moments of the inverse exist only with enough observations."""
    if observations < 2 or assets < 1 or observations - assets <= above:
        raise ParameterError(
            f"{what} exists only for T - N > {above}, got T = {observations} and N = {assets}"
        )


def in_sample_variance_factor(observations: int, assets: int) -> float:
    r"""Return the promised over the true minimum variance, :math:`E[w'Sw]\,a = (T-N)/(T-1)`.

    Raises
    ------
    ParameterError
        T <= N.
    """
    _need(observations, assets, 0, "the in-sample minimum variance")
    return (observations - assets) / (observations - 1)


def out_of_sample_variance_factor(observations: int, assets: int) -> float:
    r"""Return the realised over the true minimum variance, :math:`E[w'\Sigma w]\,a = (T-2)/(T-N-1)`.

    Raises
    ------
    ParameterError
        T <= N + 1: the expectation is infinite.
    """
    _need(observations, assets, 1, "the expected out-of-sample variance")
    return (observations - 2) / (observations - assets - 1)


@dataclass(frozen=True)
class WeightsLaw:
    r"""Exact law of estimated minimum-variance weights: multivariate t.

    Any N - 1 (or fewer) linear combinations L of the weights are
    :math:`t_{T-N+1}\left(Lw, \frac{LQL'}{(T-N+1)a}\right)`,
    :math:`Q = \Sigma^{-1} - \Sigma^{-1}11'\Sigma^{-1}/a`.

    Attributes
    ----------
    location : numpy.ndarray or pandas.Series
        The true weights: the estimator is unbiased.
    scale : numpy.ndarray
        N x N scale matrix of the t law (singular, weights add up to one).
    degrees_of_freedom : int
        T - N + 1.
    """

    location: Weights
    scale: Matrix
    degrees_of_freedom: int

    @property
    def variance(self) -> Vector:
        r"""Variances of the weights, the diagonal of :math:`Q/(a(T-N-1))`."""
        dof = self.degrees_of_freedom
        return self.scale.diagonal() * dof / (dof - 2.0)

    def interval(self, level: float = 1 - LEVEL) -> tuple[Vector, Vector]:
        """Central interval that each estimated weight falls into with this probability."""
        from scipy.stats import t

        half = t.ppf(0.5 + level / 2.0, self.degrees_of_freedom) * np.sqrt(self.scale.diagonal())
        centre = np.asarray(self.location)
        return centre - half, centre + half


def gmv_weights_law(cov: ArrayLike | pd.DataFrame, observations: int) -> WeightsLaw:
    """Return the law of minimum-variance weights estimated from T iid normal returns.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N *true* covariance.
    observations : int
        T, more than N + 1.

    Returns
    -------
    WeightsLaw

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    ParameterError
        T <= N + 1: the weights have no variance.
    """
    checked = as_covariance(cov, invertible=True)
    _need(observations, checked.size, 1, "the variance of the weights")
    inverse_ones, q = _projection(checked)
    total = float(inverse_ones.sum())
    dof = observations - checked.size + 1
    return WeightsLaw(checked.label(inverse_ones / total), q / (dof * total), dof)


def _projection(cov: Covariance) -> tuple[Vector, Matrix]:
    r"""Inverse times ones, and Q: the inverse less its part along them."""
    inverse: Matrix = np.asarray(np.linalg.inv(cov.matrix), dtype=np.float64)
    inverse_ones = inverse.sum(axis=1)
    return inverse_ones, inverse - np.outer(inverse_ones, inverse_ones) / float(inverse_ones.sum())


def out_of_sample_variance(
    in_sample: float, observations: int, assets: int, form: Literal["exact", "asymptotic"] = "exact"
) -> float:
    r"""Estimate the out-of-sample variance of the sample minimum-variance portfolio.

    ``exact`` (iid normal): in-sample variance times :math:`\frac{(T-1)(T-2)}{(T-N)(T-N-1)}`;
    ``asymptotic`` (N/T fixed): divided by :math:`(1 - N/T)^2`.

    Parameters
    ----------
    in_sample : float
        :math:`w'Sw` per period.
    observations, assets : int
        T and N.
    form : {"exact", "asymptotic"}
        Which factor.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        T <= N + 1 or a negative variance.
    UnknownNameError
        There is no such form.

    Examples
    --------
    Twenty assets and sixty months: the promised volatility of 10 % must be read as one of 14.8 %.

    >>> round(out_of_sample_variance(0.1**2, observations=60, assets=20) ** 0.5, 3)
    0.148
    """
    variance = check_number(in_sample, "in_sample", low=0.0)
    if form not in ("exact", "asymptotic"):
        raise UnknownNameError("form", form, ("exact", "asymptotic"))
    if form == "asymptotic":
        _need(observations, assets, 0, "the out-of-sample variance")
        return variance / (1.0 - assets / observations) ** 2
    expected = out_of_sample_variance_factor(observations, assets)
    return variance * expected / in_sample_variance_factor(observations, assets)
