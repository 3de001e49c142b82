"""Portfolios that need no optimiser: equal weight, inverse volatility and variance, first eigenvector."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import as_covariance, as_matrix, check_number, same_assets
from portfolio_study.errors import OptimisationError, ParameterError


def equal_weight(cov: ArrayLike | pd.DataFrame) -> Weights:
    r"""Return the naive portfolio, :math:`w_i = 1/N`.

    Optimal when means, volatilities and correlations are all equal.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance; only its size and labels are used (so that all methods share a signature).

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one, labelled as the covariance.

    Raises
    ------
    CovarianceError
        The covariance is not usable.

    References
    ----------
    Paper 001, decision tree; DeMiguel, V., Garlappi, L. and Uppal, R. (2009), "Optimal
    versus naive diversification", Review of Financial Studies 22(5), 1915-1953.
    """
    checked = as_covariance(cov)
    return checked.label(np.full(checked.size, 1.0 / checked.size))


def inverse_volatility(cov: ArrayLike | pd.DataFrame) -> Weights:
    r"""Return :math:`w_i \propto 1/\sigma_i`.

    Optimal for equal Sharpe ratios and one common correlation; equal to the ERC and the
    most diversified portfolio then.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable.

    References
    ----------
    Paper 001, decision tree; Maillard, S., Roncalli, T. and Teïletche, J. (2010), "The
    properties of equally weighted risk contribution portfolios", Journal of Portfolio
    Management 36(4), 60-70.
    """
    checked = as_covariance(cov)
    return checked.label(fully_invested(1.0 / checked.volatility, "inverse volatility"))


def inverse_variance(cov: ArrayLike | pd.DataFrame) -> Weights:
    r"""Return :math:`w_i \propto 1/\sigma_i^2`, the minimum-variance portfolio under zero correlations.

    Equal means and *zero* correlations make it optimal. Paper 001 says "unknown" correlations:
    enough for an investor who puts what is unknown at zero, not for one who does not.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable.

    References
    ----------
    Papers 001 (decision tree) and 002 (zero-correlation minimum variance).
    """
    checked = as_covariance(cov)
    return checked.label(fully_invested(1.0 / checked.volatility**2, "inverse variance"))


def eigen_portfolio(cov: ArrayLike | pd.DataFrame) -> Weights:
    r"""Return the first eigenvector of correlations over volatilities, :math:`w_i \propto v_{1i}/\sigma_i`.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one; negative when an asset loads against the market.

    Raises
    ------
    CovarianceError
        The covariance is not usable.
    OptimisationError
        The first two eigenvalues coincide (the portfolio is not unique) or the
        eigenvector adds up to zero.

    References
    ----------
    Paper 002, Indian sector portfolios; Avellaneda, M. and Lee, J.-H. (2010), "Statistical
    arbitrage in the US equities market", Quantitative Finance 10(7), 761-782.
    """
    checked = as_covariance(cov)
    eigenvalues, vectors = np.linalg.eigh(checked.correlation)
    if eigenvalues[-1] - eigenvalues[-2] < 1e-10 * eigenvalues[-1]:
        raise OptimisationError(
            "eigen portfolio: the two largest eigenvalues of the correlation matrix coincide, "
            "so the first eigenvector is not unique"
        )
    return checked.label(fully_invested(vectors[:, -1] / checked.volatility, "eigen portfolio"))


def mix(first: Any, second: Any, share: float = 0.5) -> Any:
    r"""Mix two portfolios, :math:`w = s\,w_1 + (1-s)\,w_2`.

    Parameters
    ----------
    first, second : numpy.ndarray or pandas.Series
        Weights of the same assets.
    share : float
        Share s of the first portfolio; any real number.

    Returns
    -------
    numpy.ndarray or pandas.Series

    Raises
    ------
    ParameterError
        ``share`` is not a finite number, or the portfolios hold different assets.
    """
    s = check_number(share, "share")
    first, second = same_portfolio_labels(first, second)
    return s * first + (1.0 - s) * second


def same_portfolio_labels(first: Any, second: Any) -> tuple[Any, Any]:
    """Return two portfolios as numbers, the second in the order of the first; Series are matched by label.

    Raises
    ------
    ParameterError
        They hold different assets or are no numbers.
    """
    if isinstance(first, pd.Series) and isinstance(second, pd.Series):
        second = same_assets(second, first.index, "second", "first")
    values = [as_matrix(v, name, ParameterError) for v, name in ((first, "first"), (second, "second"))]
    if values[0].shape != values[1].shape or values[0].ndim != 1:
        raise ParameterError(
            f"two portfolios of the same assets are needed, got {values[0].shape} and {values[1].shape}"
        )
    labelled = next((v for v in (first, second) if isinstance(v, pd.Series)), None)
    if labelled is None:
        return values[0], values[1]
    return tuple(pd.Series(v, index=labelled.index, name=labelled.name) for v in values)  # type: ignore[return-value]
