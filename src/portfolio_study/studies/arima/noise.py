"""What a rolling ARIMA does to data without any structure: the yardstick for every result of the chapter."""

from dataclasses import dataclass

import numpy as np

from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.arima_engines import DIAGNOSTICS, fit_batched, fit_reference
from portfolio_study.forecasting.arma11 import BOUNDARY, COMMON_FACTOR, SHORTEST_WINDOW

ENGINES = ("batched", "statsmodels")


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
    likelihood_ratios : ndarray, shape (replications,)
        Sorted: the law of the test that ``phi = theta = 0``, which is not chi-square because only phi + theta
        is identified under the null hypothesis.
    window, replications, engine
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
    likelihood_ratios: np.ndarray
    window: int
    replications: int
    engine: str

    def critical_value(self, level: float = 0.05) -> float:
        """Likelihood ratio that noise exceeds with probability ``level``."""
        return float(np.quantile(self.likelihood_ratios, 1 - level))


def noise_study(
    window: int = 50, replications: int = 20_000, seed: int = 1, engine: str = "batched"
) -> NoiseStudy:
    """Fit ARIMA(1,0,1) to windows of independent N(0, 1) numbers and forecast the next one.

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

    Returns
    -------
    NoiseStudy

    Raises
    ------
    ParameterError
        If a count is too small or the engine is unknown.
    """
    if window < SHORTEST_WINDOW or replications < 10:
        raise ParameterError(
            f"at least {SHORTEST_WINDOW} observations and 10 replications are needed, "
            f"got {window} and {replications}"
        )
    if engine not in ENGINES:
        raise ParameterError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    x = np.random.default_rng(seed).standard_normal((replications, window + 1)).T
    rows = np.array([window])
    if engine == "batched":
        table = fit_batched(x, window, rows, diagnostics=True)
    else:
        table = fit_reference(x, window, rows, (1, 0, 1))
    actual, past = x[window], x[:window]
    ratio, ratio_se = _root_ratio((actual - table["mean"]) ** 2, actual**2)
    mean_ratio, mean_ratio_se = _root_ratio((actual - past.mean(axis=0)) ** 2, actual**2)
    defined = np.isfinite(table[DIAGNOSTICS[0]]) & np.isfinite(table[DIAGNOSTICS[1]])
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
        likelihood_ratios=np.sort(table["likelihood_ratio"]),
        window=window,
        replications=replications,
        engine=engine,
    )


def _root_ratio(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Root of a ratio of means, and its error by the delta method."""
    ratio = a.mean() / b.mean()
    error = np.std(a - ratio * b) / b.mean() / np.sqrt(len(a))
    return float(np.sqrt(ratio)), float(error / (2 * np.sqrt(ratio)))
