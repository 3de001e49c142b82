"""What data say about the first question of the decision tree: whether means rise with risk."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import as_returns
from portfolio_study.errors import ParameterError, UnknownNameError

RISKS = ("volatility", "beta")


@dataclass(frozen=True)
class RiskReturnSlope:
    """Cross-sectional slope of average returns on risk.

    Attributes
    ----------
    slope : float
        Extra mean return per period for one unit of risk.
    standard_error : float
        From the time series of the slope portfolio's returns.
    t_statistic : float
        Slope over its standard error.
    observations : int
        T.
    """

    slope: float
    standard_error: float
    t_statistic: float
    observations: int


def risk_return_slope(
    returns: ArrayLike | pd.DataFrame, risk: Literal["volatility", "beta"] = "volatility"
) -> RiskReturnSlope:
    r"""Regress average returns on volatilities or betas across assets.

    The slope is the mean return of a zero-cost portfolio with weights
    :math:`(x_i - \bar x)/\sum_j (x_j - \bar x)^2`, x the risk, so that its time series gives a
    standard error that respects the correlation between assets. Risks are taken as known.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns (excess or raw).
    risk : {"volatility", "beta"}
        Risk of an asset: its standard deviation, or its beta to the equally weighted market.

    Returns
    -------
    RiskReturnSlope

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    UnknownNameError
        There is no such risk.
    ParameterError
        All assets have the same risk.

    References
    ----------
    Paper 001 (the relation of risk and return); Fama, E. and MacBeth, J. (1973), "Risk, return, and
    equilibrium: empirical tests", Journal of Political Economy 81(3), 607-636.
    """
    if risk not in RISKS:
        raise UnknownNameError("risk", risk, RISKS)
    checked = as_returns(returns, minimum=3)
    x = checked.centred
    if risk == "volatility":
        level = x.std(axis=0, ddof=1)
    else:
        market = x.mean(axis=1)
        level = x.T @ market / float(market @ market)
    spread = level - level.mean()
    if float(np.abs(spread).max()) <= 1e-12 * float(np.abs(level).max()):
        raise ParameterError(f"all assets have the same {risk}: there is no slope")
    series = checked.matrix @ spread / float(spread @ spread)
    slope, error = float(series.mean()), float(series.std(ddof=1)) / checked.length**0.5
    return RiskReturnSlope(slope, error, slope / error, checked.length)
