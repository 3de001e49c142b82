r"""Risk-based portfolios in closed form when one market factor explains all correlation.

With :math:`\Sigma = \sigma_m^2 \beta\beta' + \mathrm{diag}(\sigma_e^2)` no matrix has to be
inverted: one threshold decides which assets a long-only portfolio holds. Systematic risk
excludes assets, idiosyncratic risk only lowers their weights.

References
----------
Paper 002; Clarke, R., de Silva, H. and Thorley, S. (2011), "Minimum-variance portfolio
composition", Journal of Portfolio Management 37(2), 31-45; the same authors (2013), "Risk
parity, maximum diversification, and minimum variance: an analytic perspective", Journal of
Portfolio Management 39(3), 39-53.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Matrix, Vector, as_matrix, check_number, same_assets
from portfolio_study.errors import CovarianceError, ParameterError


@dataclass(frozen=True)
class FactorModel:
    """A one-factor risk model that passed all checks.

    Attributes
    ----------
    beta, residual : numpy.ndarray
        Sensitivities to the factor and residual variances per period.
    market : float
        Variance of the factor per period.
    labels : pandas.Index or None
        Names of the assets.
    """

    beta: Vector
    market: float
    residual: Vector
    labels: pd.Index | None

    def label(self, weights: Vector) -> Weights:
        """Return the weights as a Series when the betas were one."""
        return weights if self.labels is None else pd.Series(weights, index=self.labels, name="weight")


def _model(beta: Any, market_variance: float, residual_variance: Any) -> FactorModel:
    labels = beta.index if isinstance(beta, pd.Series) else None
    if labels is not None and not labels.is_unique:
        raise ParameterError(f"beta has {labels[labels.duplicated()][0]!r} more than once")
    if labels is not None and isinstance(residual_variance, pd.Series):
        residual_variance = same_assets(residual_variance, labels, "residual_variance", "beta")
    b = as_matrix(beta, "beta", ParameterError)
    e = as_matrix(residual_variance, "residual_variance", ParameterError)
    if b.ndim != 1 or b.shape != e.shape or len(b) < 2:
        raise ParameterError(f"beta and residual_variance must be equally long, got {b.shape} and {e.shape}")
    if not np.isfinite(b).all():
        raise ParameterError(
            f"beta of asset {int(np.flatnonzero(~np.isfinite(b))[0])} is not a finite number"
        )
    if not (np.isfinite(e) & (e > 0)).all():
        bad = int(np.flatnonzero(~(np.isfinite(e) & (e > 0)))[0])
        name = bad if labels is None else repr(labels[bad])
        raise CovarianceError(f"residual variance of asset {name} must be positive, got {e[bad]:.6g}")
    return FactorModel(b, check_number(market_variance, "market_variance", low=0.0), e, labels)


def single_factor_covariance(beta: Any, market_variance: float, residual_variance: Any) -> Matrix:
    r"""Return :math:`\sigma_m^2 \beta\beta' + \mathrm{diag}(\sigma_e^2)`.

    Parameters
    ----------
    beta : array-like or pandas.Series
        Sensitivities to the factor.
    market_variance : float
        Variance of the factor per period.
    residual_variance : array-like or pandas.Series
        Residual variances per period.

    Returns
    -------
    numpy.ndarray
        N x N covariance matrix.

    Raises
    ------
    ParameterError, CovarianceError
        The inputs are not usable; a residual variance must be positive.
    """
    m = _model(beta, market_variance, residual_variance)
    return m.market * np.outer(m.beta, m.beta) + np.diag(m.residual)


def threshold_beta(
    beta: Any, market_variance: float, residual_variance: Any, long_only: bool = True
) -> float:
    r"""Return the beta above which an asset leaves the long-only minimum-variance portfolio.

    :math:`\beta_L = (1 + \sigma_m^2 \sum \beta_i^2/\sigma_{ei}^2)/(\sigma_m^2 \sum \beta_i/\sigma_{ei}^2)`,
    summed over the assets with :math:`\beta_i < \beta_L`; over all assets when short sales
    are allowed (then assets above it are sold short).

    Parameters
    ----------
    beta, market_variance, residual_variance
        The one-factor model.
    long_only : bool
        Sum over the assets below the threshold only.

    Returns
    -------
    float
        Infinite when no beta would be excluded; negative when the assets load negatively on
        the factor on balance (then assets *below* it are excluded).

    Raises
    ------
    ParameterError, CovarianceError
        The inputs are not usable.
    """
    rate = _exclusion_rate(_model(beta, market_variance, residual_variance), long_only)
    return np.inf if rate == 0.0 else 1.0 / rate


def _exclusion_rate(m: FactorModel, long_only: bool) -> float:
    """Inverse threshold: an asset's weight is proportional to (1 - rate beta) / residual variance."""
    first, second = m.beta / m.residual, m.beta**2 / m.residual
    rate = m.market * float(first.sum()) / (1.0 + m.market * float(second.sum()))
    if not long_only:
        return rate
    sign = -1.0 if rate < 0.0 else 1.0
    order = np.argsort(sign * m.beta, kind="stable")
    ascending = sign * m.beta[order]
    rates = m.market * np.cumsum(sign * first[order]) / (1.0 + m.market * np.cumsum(second[order]))
    # add assets by beta until the next one lies at or above the threshold
    stop = np.flatnonzero(rates[:-1] * ascending[1:] >= 1.0)
    return sign * float(rates[stop[0]] if len(stop) else rates[-1])


def single_factor_minimum_variance(
    beta: Any, market_variance: float, residual_variance: Any, long_only: bool = True
) -> Weights:
    r"""Return the minimum-variance portfolio of a one-factor model without inverting a matrix.

    :math:`w_i \propto \frac{1}{\sigma_{ei}^2}\left(1 - \frac{\beta_i}{\beta_L}\right)` for
    :math:`\beta_i < \beta_L`, else 0. Low beta and low residual variance earn weight; only
    beta excludes.

    Parameters
    ----------
    beta : array-like or pandas.Series
        Sensitivities to the factor; they need not be sorted.
    market_variance : float
        Variance of the factor per period.
    residual_variance : array-like or pandas.Series
        Residual variances per period.
    long_only : bool
        Demand non-negative weights.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    ParameterError, CovarianceError
        The inputs are not usable.
    """
    m = _model(beta, market_variance, residual_variance)
    direction = (1.0 - _exclusion_rate(m, long_only) * m.beta) / m.residual
    if long_only:
        direction = np.maximum(direction, 0.0)
    return m.label(fully_invested(direction, "single-factor minimum variance"))


def single_factor_max_diversification(
    beta: Any, market_variance: float, residual_variance: Any, long_only: bool = True
) -> Weights:
    r"""Return the most diversified portfolio of a one-factor model.

    :math:`w_i \propto \frac{\sigma_i}{\sigma_{ei}^2}\left(1 - \frac{\rho_i}{\rho_L}\right)` with
    :math:`\rho_i = \beta_i\sigma_m/\sigma_i` the correlation with the factor.

    Parameters
    ----------
    beta, market_variance, residual_variance
        The one-factor model.
    long_only : bool
        Demand non-negative weights.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    ParameterError, CovarianceError
        The inputs are not usable.
    """
    m = _model(beta, market_variance, residual_variance)
    sigma = np.sqrt(m.market * m.beta**2 + m.residual)
    rho = m.beta * np.sqrt(m.market) / sigma
    standard = FactorModel(rho, 1.0, m.residual / sigma**2, m.labels)
    direction = (1.0 - _exclusion_rate(standard, long_only) * rho) / standard.residual
    if long_only:
        direction = np.maximum(direction, 0.0)
    return m.label(fully_invested(direction / sigma, "single-factor maximum diversification"))


def single_factor_equal_risk(beta: Any, market_variance: float, residual_variance: Any) -> Weights:
    r"""Return the equal-risk-contribution portfolio of a one-factor model.

    Each contribution is a quadratic in its own weight once the portfolio's beta is known:
    :math:`x_i(\sigma_m^2\beta_i B + \sigma_{ei}^2 x_i) = 1/N`, so one equation in
    :math:`B = \sum_i \beta_i x_i` remains, whatever N is.

    Parameters
    ----------
    beta, market_variance, residual_variance
        The one-factor model.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Positive weights that add up to one.

    Raises
    ------
    ParameterError, CovarianceError
        The inputs are not usable.
    """
    from scipy.optimize import brentq

    m = _model(beta, market_variance, residual_variance)

    def holdings(total: float) -> Vector:
        pull = m.market * m.beta * total
        root = np.sqrt(pull**2 + 4.0 * m.residual / len(pull))
        # the form without cancellation for either sign of the pull
        return np.where(pull > 0, 2.0 / len(pull) / (pull + root), (root - pull) / (2.0 * m.residual))

    def gap(total: float) -> float:
        return float(m.beta @ holdings(total)) - total

    reach = float(np.abs(m.beta) @ holdings(0.0))
    total = brentq(gap, -reach - 1.0, reach + 1.0, xtol=1e-15 * (1.0 + reach), rtol=1e-15)
    return m.label(fully_invested(holdings(float(total)), "single-factor equal risk"))
