"""The paper's three numbers by another search for the same maximum of the likelihood."""

import warnings

import pandas as pd

from portfolio_study.checks import as_series


def other_search(returns: pd.Series) -> dict[str, float]:
    """P-values and kurtosis of ARIMA(1,0,1) by statsmodels' innovations algorithm, which is not its default.

    The likelihood is the one that the default maximises, from other starting values and in other steps; where
    it is flat, as with two terms that nearly cancel, the two end in different places.

    Parameters
    ----------
    returns : Series
        Log returns, decimals per period.

    Returns
    -------
    dict
        ``p_ar``, ``p_ma``, ``kurtosis`` (Pearson, of the standardised innovations).

    Raises
    ------
    DataError
        If there are too few returns or one is missing.
    """
    from statsmodels.tsa.arima.model import ARIMA

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # poor starting values
        fitted = ARIMA(as_series(returns, "returns", 10).to_numpy(), order=(1, 0, 1)).fit(
            method="innovations_mle"
        )
        shape = fitted.test_normality("jarquebera")[0, 3]
    values = dict(zip(fitted.param_names, fitted.pvalues, strict=True))
    return {"p_ar": float(values["ar.L1"]), "p_ma": float(values["ma.L1"]), "kurtosis": float(shape)}
