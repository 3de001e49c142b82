"""Regressions with errors that survive autocorrelation: slopes, alphas, means."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from portfolio_study.checks import as_frame, as_series, same_rows
from portfolio_study.checks.confidence import UPPER
from portfolio_study.errors import EstimationError
from portfolio_study.evaluation.inference import TWO_SIDED, Inference, inference
from portfolio_study.evaluation.long_run import long_run_covariance, long_run_variance, newey_west_lags


def mean_test(
    values: Any,
    *,
    lags: int | None = None,
    periods_per_year: float = 1,
    alternative: str = TWO_SIDED,
    name: str = "mean",
) -> Inference:
    """Test that the mean of a series is zero, with a Newey-West error; e.g. an excess return.

    Parameters
    ----------
    values : Series or array, shape (T,)
        One number for each period.
    lags : int, optional
        Newey-West lags, default floor(4 (T/100)^(2/9)).
    periods_per_year : float
        Multiplies estimate, error and interval: 252 turns a daily into an annual mean.
    alternative : str
        ``"two-sided"``, ``"greater"`` or ``"less"``.
    name : str
        What the mean is, for the result's ``method``.

    Raises
    ------
    EstimationError
        If the values do not vary.
    """
    x = as_series(values, name, 8).to_numpy()
    n, k = len(x), float(periods_per_year)
    lags = newey_west_lags(n) if lags is None else lags
    se = float(np.sqrt(long_run_variance(x, lags) / n))
    method = f"{name} (Newey-West, {lags} lags)"
    return inference(k * float(x.mean()), k * se, n, method, alternative=alternative, degrees=n - 1)


@dataclass(frozen=True)
class Regression:
    """Least squares with Newey-West errors.

    Attributes
    ----------
    coefficients : DataFrame
        One row for each regressor, ``const`` first: ``estimate``, ``se``, ``statistic``,
        ``p_value`` (t law), ``low``, ``high`` (95 %).
    covariance : DataFrame
        Of the estimates.
    residuals : Series
        y minus the fit.
    r2 : float
        Share of the variance explained.
    n : int
        Number of periods.
    method : str
        The error's options.
    """

    coefficients: pd.DataFrame
    covariance: pd.DataFrame
    residuals: pd.Series
    r2: float
    n: int
    method: str

    def slope(self, name: str | None = None) -> Inference:
        """Return one coefficient (default: the first after the constant) with its test."""
        name = str(self.coefficients.index[1]) if name is None else name
        estimate, se = (float(self.coefficients[column][name]) for column in ("estimate", "se"))
        degrees = self.n - len(self.coefficients)
        return inference(estimate, se, self.n, f"{name} ({self.method})", degrees=degrees)


def hac_regression(y: Any, x: Any, lags: int | None = None) -> Regression:
    r"""Regress y on a constant and x by least squares, with Newey-West standard errors.

    .. math:: \hat\beta = (X'X)^{-1} X'y, \qquad
              \widehat{Var}(\hat\beta) = T (X'X)^{-1} \hat\Psi(x_t e_t) (X'X)^{-1}

    Parameters
    ----------
    y : Series, shape (T,)
        Left side, e.g. a strategy's excess return.
    x : Series (T,) or DataFrame (T, K)
        Regressors without the constant, same labels.
    lags : int, optional
        Newey-West lags, default floor(4 (T/100)^(2/9)).

    Raises
    ------
    DataError
        For NaN, different labels or fewer than K + 8 periods.
    EstimationError
        If the regressors are collinear or constant.
    """
    frame = x.to_frame(x.name if x.name is not None else "x") if isinstance(x, pd.Series) else x
    frame = as_frame(frame if isinstance(frame, pd.DataFrame) else np.atleast_2d(np.asarray(frame).T).T, "x")
    left = as_series(y, "y", frame.shape[1] + 8)
    if len(left) != len(frame) or (isinstance(y, pd.Series) and isinstance(x, pd.Series | pd.DataFrame)):
        same_rows(left, frame, "y", "x")
    n = len(left)
    lags = newey_west_lags(n) if lags is None else lags
    design = np.column_stack([np.ones(n), frame.to_numpy()])
    scale = np.sqrt((design**2).mean(axis=0))
    if (scale == 0).any() or np.linalg.cond(design / np.where(scale == 0, 1, scale)) > 1e10:
        raise EstimationError(
            f"the regressors {list(frame.columns)} are constant or collinear: leave one out"
        )
    inverse = np.linalg.inv(design.T @ design / n)
    beta = inverse @ (design.T @ left.to_numpy() / n)
    residual = left.to_numpy() - design @ beta
    covariance = inverse @ long_run_covariance(design * residual[:, None], lags) @ inverse / n
    names = pd.Index(["const", *map(str, frame.columns)])
    se = np.sqrt(np.diag(covariance))
    if not (se > 0).all():
        raise EstimationError("the regression fits without error: nothing to test")
    statistic, degrees = beta / se, n - len(names)
    half = special.stdtrit(degrees, UPPER) * se
    table = pd.DataFrame(
        {
            "estimate": beta,
            "se": se,
            "statistic": statistic,
            "p_value": 2 * special.stdtr(degrees, -np.abs(statistic)),
            "low": beta - half,
            "high": beta + half,
        },
        index=names,
    )
    total = float(((left - left.mean()) ** 2).sum())
    return Regression(
        coefficients=table,
        covariance=pd.DataFrame(covariance, index=names, columns=names),
        residuals=pd.Series(residual, index=left.index, name="residual"),
        r2=1 - float((residual**2).sum()) / total if total > 0 else 0.0,
        n=n,
        method=f"least squares, Newey-West {lags} lags",
    )
