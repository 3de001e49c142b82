"""Are whole forecast distributions right?"""

from typing import Any

import numpy as np
from scipy import special

from portfolio_study.checks import as_series
from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.inference import ChiSquareTest, chi_square_test


def berkowitz(pit: Any) -> ChiSquareTest:
    r"""Likelihood ratio test that transforms are independent and uniform.

    With :math:`z_t = \Phi^{-1}(u_t)` the test compares :math:`z_t = c + \rho z_{t-1} + e_t`,
    :math:`e \sim N(0, s^2)`, with c = 0, rho = 0, s = 1, given the first value:

    .. math:: LR = \sum_{t \ge 2} z_t^2 - n - n \ln \hat s^2 \sim \chi^2(3), \qquad n = T - 1

    Parameters
    ----------
    pit : Series or array, shape (T,)
        Probability integral transforms of one-step forecasts, in time order. Values that rounded to
        0 or 1 are read as the nearest number inside.

    Raises
    ------
    DataError
        For values outside [0, 1], NaN or fewer than 12 values.

    References
    ----------
    Berkowitz, J. (2001). Testing density forecasts, with applications to risk management. Journal
    of Business and Economic Statistics 19, 465-474.
    """
    u = _transforms(pit)
    z = special.ndtri(np.clip(u, np.finfo(float).tiny, 1 - np.finfo(float).epsneg))
    design = np.column_stack([np.ones(len(z) - 1), z[:-1]])
    coefficients = np.linalg.lstsq(design, z[1:], rcond=None)[0]
    n = len(z) - 1
    variance = float(np.mean((z[1:] - design @ coefficients) ** 2))
    if variance <= 1e-24:
        raise EstimationError("the transforms do not vary: the test is not defined")
    statistic = float((z[1:] ** 2).sum() - n - n * np.log(variance))
    return chi_square_test(max(statistic, 0.0), 3, n, "Berkowitz")


def _transforms(pit: Any) -> np.ndarray:
    u = as_series(pit, "pit", 12).to_numpy()
    if ((u < 0) | (u > 1)).any():
        raise DataError("probability integral transforms must lie between 0 and 1")
    return u
