"""Is a series stationary? Unit-root tests for every ticker, and what they cannot tell."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame, as_series, check_count
from portfolio_study.checks.confidence import LEVEL
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.dependence import arch_p
from portfolio_study.evaluation.multiplicity import holm

MINIMUM = 30


def augmented_dickey_fuller(values: pd.Series | np.ndarray, max_lag: int | None = None) -> dict[str, float]:
    r"""Augmented Dickey-Fuller test with a constant.

    .. math:: \Delta X_t = k + \gamma X_{t-1} + \sum_{j=1}^{p} c_j \Delta X_{t-j} + e_t

    The statistic is the t-ratio of :math:`\gamma`; under the null hypothesis
    :math:`\gamma = 0` the series has a unit root.

    Parameters
    ----------
    values : Series or array, length T
        The series.
    max_lag : int, optional
        Use exactly this many lags p; default: p by AIC up to :math:`12 (T/100)^{1/4}`.

    Returns
    -------
    dict
        ``statistic``, ``p_value`` (MacKinnon), ``lags``, ``n`` (rows of the regression).

    Raises
    ------
    DataError
        If there are fewer than 30 values, or they do not vary, or one is missing.

    Notes
    -----
    Paper 000, section Data Analysis, applies it to the log returns of each stock.
    A rejection says one thing: the series has no unit root. It says nothing about a constant
    variance or about predictability (see `rejection_rates`).

    References
    ----------
    Said, S. E. and Dickey, D. A. (1984). Testing for unit roots in autoregressive-moving average
    models of unknown order. Biometrika 71, 599-607.
    MacKinnon, J. G. (2010). Critical values for cointegration tests. Queen's University.
    """
    from statsmodels.tsa.stattools import adfuller

    x = as_series(values, "values", MINIMUM).to_numpy()
    if np.ptp(x) == 0:
        raise DataError("a constant series has no unit-root test")
    options = {"maxlag": max_lag, "autolag": "AIC" if max_lag is None else None}
    found = adfuller(x, regression="c", result_object=True, **options)
    return {
        "statistic": float(found.statistic),
        "p_value": float(found.pvalue),
        "lags": int(found.lags),
        "n": int(found.nobs),
    }


def unit_root_table(returns: pd.DataFrame, max_lag: int | None = None) -> pd.DataFrame:
    """Test each column for a unit root in three ways.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Series to test, in columns.
    max_lag : int, optional
        See `augmented_dickey_fuller`.

    Returns
    -------
    DataFrame, one row for each column
        ``adf_statistic``, ``adf_lags``, ``adf_p``; ``adf_p_holm`` (adjusted for N tests);
        ``pp_p``: Phillips and Perron's test, whose variance estimate allows for conditional
        heteroskedasticity; ``kpss_p``: the test with the opposite null hypothesis, stationarity
        (tabulated between 0.01 and 0.10 only).

    Raises
    ------
    DataError
        Naming the column that is too short, constant or has gaps.

    References
    ----------
    Phillips, P. C. B. and Perron, P. (1988). Testing for a unit root in time series regression.
    Biometrika 75, 335-346.
    Kwiatkowski, D., Phillips, P. C. B., Schmidt, P. and Shin, Y. (1992). Testing the null
    hypothesis of stationarity against the alternative of a unit root. Journal of Econometrics 54.
    """
    from arch.unitroot import PhillipsPerron
    from statsmodels.tsa.stattools import kpss

    frame = as_frame(returns, "returns", MINIMUM)
    rows = {}
    for ticker in frame.columns:
        x = frame[ticker].to_numpy()
        try:
            adf = augmented_dickey_fuller(x, max_lag)
        except DataError as error:
            raise DataError(f"{ticker}: {error}") from error
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a p-value outside KPSS's table is reported at its edge
            opposite = kpss(x, regression="c", nlags="auto", result_object=True)
        rows[ticker] = {
            "adf_statistic": adf["statistic"],
            "adf_lags": adf["lags"],
            "adf_p": adf["p_value"],
            "pp_p": float(PhillipsPerron(x, trend="c").pvalue),
            "kpss_p": float(opposite.pvalue),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("ticker")
    table.insert(3, "adf_p_holm", holm(table["adf_p"]))
    return table.astype({"adf_lags": int})


def _white_noise(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(n)


def _garch(n: int, rng: np.random.Generator) -> np.ndarray:
    """GARCH(1,1) with alpha .15, beta .80: strong volatility clusters, no predictability."""
    z, x, variance = rng.standard_normal(n), np.empty(n), 1.0
    for t in range(n):
        x[t] = np.sqrt(variance) * z[t]
        variance = 0.05 + 0.15 * x[t] ** 2 + 0.80 * variance
    return x


def _variance_break(n: int, rng: np.random.Generator) -> np.ndarray:
    """Standard deviation 1 in the first half and 3 in the second: not stationary at all."""
    x = rng.standard_normal(n)
    x[n // 2 :] *= 3
    return x


def _autoregression(n: int, rng: np.random.Generator) -> np.ndarray:
    """AR(1) with coefficient .8: highly predictable."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, -0.8], rng.standard_normal(n + 200)))[200:]


def _random_walk(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.cumsum(rng.standard_normal(n))


LAWS: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "white noise": _white_noise,
    "volatility clusters (GARCH)": _garch,
    "variance jumps by 9 half-way": _variance_break,
    "predictable (AR 0.8)": _autoregression,
    "random walk": _random_walk,
}


def rejection_rates(
    n: int = 500, replications: int = 200, seed: int = 0, level: float = LEVEL
) -> pd.DataFrame:
    """Simulate which laws the Dickey-Fuller test accepts as "stationary".

    Parameters
    ----------
    n : int
        Length of each simulated series.
    replications : int
        Series for each law.
    seed : int
        Seed of the random numbers.
    level : float
        Level of the tests.

    Returns
    -------
    DataFrame, one row for each law
        Share of rejections of ``ADF`` (unit root, one lag), ``Ljung-Box`` (10 autocorrelations
        are zero) and ``ARCH-LM`` (5 lags of the squares do not matter).

    Raises
    ------
    ParameterError
        If a count is too small or the level is not between 0 and 1.
    """
    check_count(n, "n", MINIMUM)
    check_count(replications, "replications", 1)
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, got {level!r}")
    from statsmodels.stats.diagnostic import acorr_ljungbox

    rng = np.random.default_rng(seed)
    rows = {}
    for name, law in LAWS.items():
        rejected = np.zeros(3)
        for _ in range(replications):
            x = law(n, rng)
            p = (
                augmented_dickey_fuller(x, 1)["p_value"],
                float(acorr_ljungbox(x, lags=[10])["lb_pvalue"].iloc[0]),
                arch_p(x - x.mean(), 5),
            )
            rejected += np.array(p) < level
        rows[name] = rejected / replications
    return pd.DataFrame.from_dict(rows, orient="index", columns=["ADF", "Ljung-Box", "ARCH-LM"]).rename_axis(
        "law"
    )
