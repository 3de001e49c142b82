"""What returns remember: autocorrelation of returns and of their size."""

import warnings

import numpy as np
import pandas as pd
from scipy import special

from portfolio_study.checks import as_frame, as_series, check_count
from portfolio_study.checks.confidence import LEVEL, Z95
from portfolio_study.errors import ParameterError
from portfolio_study.evaluation.multiplicity import holm


def autocorrelation_table(returns: pd.Series, lags: int = 20) -> pd.DataFrame:
    r"""Autocorrelations of one series with two kinds of 95 % bands.

    .. math:: \hat\rho_k = \frac{\sum_t x_t x_{t-k}}{\sum_t x_t^2}, \qquad
              \tau_k = \frac{\sum_t x_t^2 x_{t-k}^2}{\left(\sum_t x_t^2\right)^2}

    with x centred. The usual band :math:`\pm 1.96/\sqrt T` holds for independent data. Returns
    whose size is persistent need the wider :math:`\pm 1.96\sqrt{\tau_k}`.

    Parameters
    ----------
    returns : Series, length T
        One series.
    lags : int
        Largest lag.

    Returns
    -------
    DataFrame, index ``lag`` from 1
        ``acf``, ``pacf``, ``band`` (independent data), ``robust_band``.

    Raises
    ------
    DataError
        If there are too few values or one is missing.
    ParameterError
        If `lags` is not between 1 and half the length.

    References
    ----------
    Taylor, S. J. (1984). Estimating the variances of autocorrelations calculated from financial
    time series. Applied Statistics 33, 300-308.
    """
    from statsmodels.tsa.stattools import pacf

    series = as_series(returns, "returns", 10)
    check_count(lags, "lags", 1, len(series) // 2 - 1)
    x = series.to_numpy() - series.mean()
    return pd.DataFrame(
        {
            "acf": _autocorrelations(x, lags),
            "pacf": pacf(x, nlags=lags, method="ywm")[1:],
            "band": Z95 / np.sqrt(len(x)),
            "robust_band": Z95 * np.sqrt(_robust_variances(x, lags)),
        },
        index=pd.RangeIndex(1, lags + 1, name="lag"),
    )


def _autocorrelations(x: np.ndarray, lags: int) -> np.ndarray:
    total = np.sum(x**2)
    return np.array([np.sum(x[k:] * x[:-k]) / total for k in range(1, lags + 1)])


def _robust_variances(x: np.ndarray, lags: int) -> np.ndarray:
    total = np.sum(x**2) ** 2
    return np.array([np.sum(x[k:] ** 2 * x[:-k] ** 2) / total for k in range(1, lags + 1)])


def dependence_table(returns: pd.DataFrame, lags: int = 10) -> pd.DataFrame:
    r"""Test each column for autocorrelation and for persistent size.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Returns.
    lags : int
        Autocorrelations that are tested jointly.

    Returns
    -------
    DataFrame, one row for each column
        ``first_autocorrelation``; ``ljung_box_p`` (valid for independent data only);
        ``robust_p``: the same test with :math:`Q = \sum_k \hat\rho_k^2/\tau_k`, valid when the
        variance moves; ``robust_p_holm``; ``arch_p``: Engle's test that the squares of the last
        `lags` returns do not matter for the next variance; ``arch_p_holm``.

    Raises
    ------
    DataError
        If a column has a gap or is too short.

    References
    ----------
    Engle, R. F. (1982). Autoregressive conditional heteroscedasticity. Econometrica 50, 987-1007.
    Escanciano, J. C. and Lobato, I. N. (2009). An automatic portmanteau test for serial
    correlation. Journal of Econometrics 151, 140-149.
    """
    from statsmodels.stats.diagnostic import acorr_ljungbox

    frame = as_frame(returns, "returns", 4 * check_count(lags, "lags", 1))
    rows = {}
    for ticker in frame.columns:
        x = frame[ticker].to_numpy() - frame[ticker].mean()
        rho, tau = _autocorrelations(x, lags), _robust_variances(x, lags)
        rows[ticker] = {
            "first_autocorrelation": rho[0],
            "ljung_box_p": float(acorr_ljungbox(x, lags=[lags])["lb_pvalue"].iloc[0]),
            "robust_p": float(special.chdtrc(lags, np.sum(rho**2 / tau))),
            "arch_p": arch_p(x, lags),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("ticker")
    table.insert(3, "robust_p_holm", holm(table["robust_p"]))
    table["arch_p_holm"] = holm(table["arch_p"])
    return table


def arch_p(x: np.ndarray, lags: int) -> float:
    """P-value of Engle's test that the last `lags` squares of a centred series do not matter."""
    from statsmodels.stats.diagnostic import het_arch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of a changed return type inside the library
        return float(het_arch(x, nlags=lags)[1])


def size_persistence(returns: pd.DataFrame, lags: int = 10) -> pd.DataFrame:
    r"""Terms whose mean is the average autocorrelation of absolute returns.

    .. math:: m_{it} = \frac1K\sum_{k=1}^{K} z_{it} z_{i,t-k}, \qquad
              z_{it} = \frac{|r_{it}| - \overline{|r_i|}}{sd(|r_i|)}

    Parameters
    ----------
    returns : DataFrame (T, N)
        Returns.
    lags : int
        Number K of lags.

    Returns
    -------
    DataFrame (T-K, N)
        The terms; test their mean with `portfolio_study.evaluation.panel.date_clustered_mean`.
        Zero means that yesterday's size says nothing about today's.
    """
    frame = as_frame(returns, "returns", 4 * check_count(lags, "lags", 1)).abs()
    z = (frame - frame.mean()) / frame.std(ddof=0)
    products = sum((z * z.shift(k) for k in range(2, lags + 1)), z * z.shift(1))
    return products.iloc[lags:] / lags


def share_rejected(p_values: pd.Series, level: float = LEVEL) -> float:
    """Share of p-values below a level.

    Raises
    ------
    ParameterError
        If there are none, or one is missing.
    """
    if not len(p_values) or p_values.isna().any():
        raise ParameterError("the p-values are empty or have gaps")
    return float((p_values < level).mean())


def p_value_text(p: float) -> str:
    """Write a p-value for a reader: digits below 1e-16 are artefacts of an approximation."""
    return "below 1e-16" if p < 1e-16 else f"{p:.2g}"
