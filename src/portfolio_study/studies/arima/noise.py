"""What a rolling ARIMA does to data without any structure: the yardstick for every result of the chapter."""

from dataclasses import dataclass

import numpy as np

from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.arima_engines import DIAGNOSTICS, fit_batched, fit_reference
from portfolio_study.forecasting.arma11 import BOUNDARY, COMMON_FACTOR, SHORTEST_WINDOW

ENGINES = ("batched", "statsmodels")
LAWS = ("normal", "garch")
GARCH = {"alpha": 0.08, "beta": 0.90}  # of a typical daily stock return; the variance of the shocks is one
BURN_IN = 250


@dataclass(frozen=True)
class NoiseStudy:
    """Rolling ARIMA(1,0,1) on independent normal returns.

    Attributes
    ----------
    rmse_ratio, rmse_ratio_se : float
        RMSE of the ARIMA forecast over that of the forecast zero, and its simulation error.
    mean_ratio, mean_ratio_se : float
        The same for the mean of the window; its expectation is ``sqrt(1 + 1 / window)``.
    significant_ar, significant_ma : float
        Share of windows in which the p-value is below 5 %.
    undefined : float
        Share of windows without p-values (no information at the boundary).
    boundary, common_factor : float
        Shares of windows, as defined in ``arma11``.
    exceedance : float
        Share of returns below the forecast minus 2.326 residual standard deviations; 1 % if nothing had to be
        estimated.
    disparity : float
        Correlation of the absolute error, in units of the volatility of the window, with that volatility.
    joint_only : float
        Share of windows in which both p-values exceed 5 % and the likelihood ratio its 5 % critical value.
    likelihood_ratios : ndarray, shape (replications,)
        Sorted: the law of the test that ``phi = theta = 0``, which is not chi-square because only phi + theta
        is identified under the null hypothesis.
    window, replications, engine, law
        How it was simulated.
    """

    rmse_ratio: float
    rmse_ratio_se: float
    mean_ratio: float
    mean_ratio_se: float
    significant_ar: float
    significant_ma: float
    undefined: float
    boundary: float
    common_factor: float
    exceedance: float
    disparity: float
    joint_only: float
    likelihood_ratios: np.ndarray
    window: int
    replications: int
    engine: str
    law: str

    def critical_value(self, level: float = 0.05) -> float:
        """Likelihood ratio that noise exceeds with probability ``level``."""
        return float(np.quantile(self.likelihood_ratios, 1 - level))


def noise_study(
    window: int = 50,
    replications: int = 20_000,
    seed: int = 1,
    engine: str = "batched",
    law: str = "normal",
) -> NoiseStudy:
    """Fit ARIMA(1,0,1) to windows of returns without autocorrelation and forecast the next one.

    Parameters
    ----------
    window : int
        Observations in a fit, at least 10.
    replications : int
        Number of independent windows, at least 10.
    seed : int
        Seed of the numbers; both engines see the same ones.
    engine : str
        ``"batched"`` or ``"statsmodels"`` (about 0.1 s a window).
    law : str
        ``"normal"``: independent N(0, 1) numbers; ``"garch"``: GARCH(1,1) with normal shocks, whose volatility
        moves (``GARCH``). Neither has anything to forecast.

    Returns
    -------
    NoiseStudy

    Raises
    ------
    ParameterError
        If a count is too small, or the engine or law is unknown.
    """
    if window < SHORTEST_WINDOW or replications < 10:
        raise ParameterError(
            f"at least {SHORTEST_WINDOW} observations and 10 replications are needed, "
            f"got {window} and {replications}"
        )
    if engine not in ENGINES:
        raise ParameterError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    if law not in LAWS:
        raise ParameterError(f"law must be one of {', '.join(LAWS)}, got {law!r}")
    rng = np.random.default_rng(seed)
    if law == "normal":
        x = rng.standard_normal((replications, window + 1)).T
    else:
        x = _garch(rng, window + 1, replications)
    rows = np.array([window])
    if engine == "batched":
        table = fit_batched(x, window, rows, diagnostics=True)
    else:
        table = fit_reference(x, window, rows, (1, 0, 1))
    actual, past = x[window], x[:window]
    ratio, ratio_se = _root_ratio((actual - table["mean"]) ** 2, actual**2)
    mean_ratio, mean_ratio_se = _root_ratio((actual - past.mean(axis=0)) ** 2, actual**2)
    defined = np.isfinite(table[DIAGNOSTICS[0]]) & np.isfinite(table[DIAGNOSTICS[1]])
    volatility, error = past.std(axis=0, ddof=1), np.abs(actual - table["mean"])
    both_above = (table["p_ar"] > 0.05) & (table["p_ma"] > 0.05)
    together = table["likelihood_ratio"] > np.quantile(table["likelihood_ratio"], 0.95)
    edge = np.maximum(np.abs(table["phi"]), np.abs(table["theta"])) > BOUNDARY
    return NoiseStudy(
        rmse_ratio=ratio,
        rmse_ratio_se=ratio_se,
        mean_ratio=mean_ratio,
        mean_ratio_se=mean_ratio_se,
        significant_ar=float((table["p_ar"] < 0.05).mean()),
        significant_ma=float((table["p_ma"] < 0.05).mean()),
        undefined=float(1 - defined.mean()),
        boundary=float(edge.mean()),
        common_factor=float((np.abs(table["phi"] + table["theta"]) <= COMMON_FACTOR).mean()),
        exceedance=float((actual < table["mean"] - 2.3263478740 * np.sqrt(table["sigma2"])).mean()),
        disparity=float(np.corrcoef(error / volatility, volatility)[0, 1]),
        joint_only=float((both_above & together).mean()),
        likelihood_ratios=np.sort(table["likelihood_ratio"]),
        window=window,
        replications=replications,
        engine=engine,
        law=law,
    )


def _garch(rng: np.random.Generator, length: int, replications: int) -> np.ndarray:
    """Paths of a GARCH(1,1) with unit variance, one column each, after a burn-in."""
    shocks = rng.standard_normal((BURN_IN + length, replications))
    variance = np.ones(replications)
    x = np.empty_like(shocks)
    for t, shock in enumerate(shocks):
        x[t] = np.sqrt(variance) * shock
        variance = 1 - sum(GARCH.values()) + GARCH["alpha"] * x[t] ** 2 + GARCH["beta"] * variance
    return x[BURN_IN:]


def _root_ratio(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Root of a ratio of means, and its error by the delta method."""
    ratio = a.mean() / b.mean()
    error = np.std(a - ratio * b) / b.mean() / np.sqrt(len(a))
    return float(np.sqrt(ratio)), float(error / (2 * np.sqrt(ratio)))
