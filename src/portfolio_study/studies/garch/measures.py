"""What the chapter on GARCH measures: one function, or one row of a table, a key."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import special
from scipy.stats import norm

from portfolio_study.checks.confidence import LEVEL, Z95
from portfolio_study.data.calendars import expected_dates
from portfolio_study.evaluation import (
    Inference,
    fluctuation_test,
    holm,
    loss_ratio,
    performance_fee,
    qlike,
    relative_gain,
    variance_difference,
)
from portfolio_study.evaluation.seasonality import seasonal_table
from portfolio_study.evaluation.stability import FluctuationTest
from portfolio_study.ledger import Lacking, Measured, measure, measures, rules
from portfolio_study.risk.covariance_forecasts import broadcast_covariance
from portfolio_study.risk.garch import unconditional_variance
from portfolio_study.risk.volatility_dynamics import days_after, ljung_box
from portfolio_study.studies.garch.covariances import LITERAL
from portfolio_study.studies.garch.experiment import (
    CONSTANT,
    EXAMPLE,
    EXAMPLE_CORRELATION,
    EXAMPLE_VOLATILITY,
    FAR,
    NEAR,
    PUBLISHED_MSE,
    PUBLISHED_RMSE,
    Experiment,
)
from portfolio_study.studies.garch.forecasts import ARIMA_ERROR, EWMA
from portfolio_study.studies.garch.proxy_errors import (
    AS_STATED,
    HISTORY,
    NEXT,
    POOLED,
    RETURN_ERROR,
    STATED,
)
from portfolio_study.studies.garch.ranges import SMOOTHED, SQUARED

PAPERS_ENGINE = "statsmodels"
FEWEST = 8  # dates of which a mean gets an interval
MATRIX = "matrix QLIKE per asset, "
SURPASSED = "log volatility of minimum variance, sample covariance less "


def slug(name: object) -> str:
    """Name of a forecast as a part of a key."""
    return str(name).lower().replace(" ", "_")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


# ---------------------------------------------------------------------------------------------
# What sentences name


@measure(data=None)
def period(study: Experiment) -> str:
    """Name of a period."""
    return study.period


@measure("returns", data=None)
def window(study: Experiment) -> int:
    """Returns behind each fit."""
    return study.window


@measure("returns", data=None)
def long_window(study: Experiment) -> int:
    """Returns behind each fit of the long GARCH."""
    return study.long_window


@measure("returns", data=None)
def other_window(study: Experiment) -> int:
    """The other window that is tested."""
    return study.other_window


@measure("assets")
def assets(study: Experiment) -> int:
    """Assets that are forecast."""
    return study.returns.shape[1]


@measure(key="daily")
def of_days(study: Experiment) -> bool:
    """Whether errors are per day, as the published one is."""
    return study.prices.frequency == "daily"


# ---------------------------------------------------------------------------------------------
# The model


@measure(data=None)
def omega_is_long_run(study: Experiment) -> bool:
    """Omega is the long-run average variance."""
    return bool(np.isclose(EXAMPLE["omega"], unconditional_variance(**EXAMPLE)))


@measure(data=None)
def long_run_over_omega(study: Experiment) -> float:
    """Long-run variance of the example, in multiples of omega."""
    return float(unconditional_variance(**EXAMPLE) / EXAMPLE["omega"])


# ---------------------------------------------------------------------------------------------
# The fits


@measure("windows")
def matrices(study: Experiment) -> int:
    """Windows of an asset."""
    return len(study.returns) - study.window + 1


@measure("windows of the paper's 50 returns", key="matrices.calendar", data=None)
def matrices_of_the_calendar(study: Experiment) -> int:
    """Windows on the paper's dates: sessions, less the first return, less 49."""
    return len(expected_dates(pd.Timestamp("2010-01-01"), pd.Timestamp("2024-03-31"))) - 50


@measures(
    [
        "reference.not_below",
        "reference.above",
        "reference.median_difference",
        "reference.differ",
        "reference.qlike",
    ],
    "share of windows",
)
def engines_compared(study: Experiment) -> dict[str, Measured]:
    """Likelihoods and volatilities of the compiled engine against those of the package arch."""
    sample = study.engines
    gain = sample["loglik_batched"] - sample["loglik_arch"]
    ratio = (sample["volatility_batched"] / sample["volatility_arch"] - 1).abs()
    count = len(sample)
    rows = study.returns.index.get_indexer(pd.Index(sample["date"]))
    columns = study.returns.columns.get_indexer(pd.Index(sample["ticker"]))
    squares = study.returns.to_numpy()[rows, columns] ** 2
    worse = pd.Series(
        qlike(squares, sample["volatility_arch"].to_numpy() ** 2, form="log")
        - qlike(squares, sample["volatility_batched"].to_numpy() ** 2, form="log")
    )
    half = Z95 * float(worse.std()) / count**0.5
    return {
        "reference.qlike": Measured(
            float(worse.mean()),
            interval=(float(worse.mean()) - half, float(worse.mean()) + half),
            n=count,
            unit="QLIKE of arch less that of the compiled engine",
        ),
        "reference.not_below": Measured(float((gain >= -1e-4).mean()), n=count),
        "reference.above": Measured(float((gain > 1e-4).mean()), n=count),
        "reference.median_difference": Measured(float(ratio.median()), n=count, unit="relative volatility"),
        "reference.differ": Measured(float((ratio > 0.01).mean()), n=count),
    }


@measure("AIC of a window, returns in percent")
def aic(study: Experiment) -> float:
    """Akaike's criterion, which the paper computes and does not report."""
    return float(study.fitted.aic.to_numpy().mean())


@measure("BIC of a window, returns in percent")
def bic(study: Experiment) -> float:
    """Schwarz's criterion, which the paper computes and does not report."""
    return float(study.fitted.bic.to_numpy().mean())


@measure("windows without a model of their own")
def fallbacks(study: Experiment) -> int:
    """Windows on which no fit succeeds."""
    return int(study.fitted.fallback.to_numpy().sum())


@measure("windows")
def not_converged(study: Experiment) -> int:
    """Windows on which the search did not converge."""
    return int((~study.fitted.converged).to_numpy().sum())


@measure("share of sampled windows", key="fits.failed")
def fits_failed(study: Experiment) -> Measured:
    """Fits that the package arch reports as failed."""
    failed = ~study.engines["converged_arch"]
    return Measured(float(failed.mean()), n=len(failed))


@measure("alpha + beta, median of the fits", key="fits.persistence")
def fitted_persistence(study: Experiment) -> float:
    """How much of a surprise's effect is left a period later."""
    sums = study.fitted.parameters["alpha"] + study.fitted.parameters["beta"]
    return float(np.median(sums.to_numpy()))


EDGES = {
    "edge.no_reaction": "alpha = 0",
    "edge.no_memory": "beta = 0",
    "edge.no_return": "alpha + beta = 1",
    "edge.any": "any",
}


@measures(EDGES, "share of fits")
def edges(study: Experiment) -> dict[str, float]:
    """Fits that end on an edge of the parameter region."""
    shares = study.edges[f"window {study.window}"]
    return {key: float(shares[name]) for key, name in EDGES.items()}


@measure("share of fits", key="edge.any_long")
def edges_long(study: Experiment) -> float:
    """Fits of the long window that end on an edge."""
    return float(study.edges[f"window {study.long_window}"]["any"])


# ---------------------------------------------------------------------------------------------
# The published errors


@measure(data=None)
def rmse_is_root_of_mse(study: Experiment) -> Measured:
    """The published RMSE is the root of the published MSE, rounded."""
    return Measured(round(PUBLISHED_MSE**0.5, 4) == PUBLISHED_RMSE, note="the paper's two numbers")


READINGS = {
    "rmse.window_sd": STATED,
    "rmse.history_sd": HISTORY,
    "rmse.next_sd": NEXT,
    "rmse.absolute_return": "volatility against the absolute return",
    "rmse.return": RETURN_ERROR,
    "rmse.mean": "mean against the return",
    "rmse.variance": "variance against the squared return",
    "rmse.broadcast": "broadcast matrix against the sample covariance",
    "rmse.arima": ARIMA_ERROR,
}


@measures(READINGS, "per {period}")
def pooled_rmse(study: Experiment) -> dict[str, float | None]:
    """RMSE of all stocks under each reading of actual volatility; None where the data lack one."""
    pooled = study.errors[POOLED]
    return {key: float(pooled[name]) if name in pooled else None for key, name in READINGS.items()}


@measure("per {period}", key="rmse.constant")
def constant_rmse(study: Experiment) -> Measured:
    """RMSE of a constant against the window's standard deviation."""
    error = float(np.sqrt(((study.window_sd - study.past_sd) ** 2).to_numpy().mean()))
    return Measured(error, note="standard deviation of all earlier returns as the forecast")


def _nearest(values: dict[str, float], printed: float) -> Measured:
    name = min(values, key=lambda reading: abs(values[reading] - printed))
    return Measured(values[name], note=f"the nearest of {len(values)} readings: {name}")


def stated_rmse(study: Experiment) -> dict[str, float]:
    """RMSE under each reading of the paper's words: which stretch of history, averaged over what.

    Algorithm 2 calculates the metrics for each window: that is the mean over dates.
    """
    found = {}
    for name in AS_STATED:
        if name in study.reading_errors:
            squares = study.reading_errors[name] ** 2
            found[f"{name}, all pooled"] = float(squares.to_numpy().mean() ** 0.5)
            found[f"{name}, mean over stocks"] = float((squares.mean() ** 0.5).mean())
            found[f"{name}, mean over windows"] = float((squares.mean(axis=1) ** 0.5).mean())
    return found


@measure("per {period}", key="rmse.as_stated")
def nearest_rmse(study: Experiment) -> Measured:
    """The RMSE nearest to the printed one, of all readings that the paper's words allow."""
    return _nearest(stated_rmse(study), PUBLISHED_RMSE)


@measure("per {period}, squared", key="mse.as_stated")
def nearest_mse(study: Experiment) -> Measured:
    """The MSE nearest to the printed one: pooled, or averaged over stocks or windows, it is the same."""
    pooled = pooled_mse(study)
    names = {"mse.window_sd": STATED, "mse.history_sd": HISTORY, "mse.next_sd": NEXT}
    return _nearest(
        {names[key]: value for key, value in pooled.items() if key in names and value is not None},
        PUBLISHED_MSE,
    )


@measures(["stated.least", "stated.most", "stated.worst_stock"], "per {period}")
def stated_range(study: Experiment) -> dict[str, float]:
    """Least and largest RMSE of all stocks under the paper's words, and the largest of a single stock."""
    found = stated_rmse(study).values()
    by_stock = study.errors.loc[[name for name in AS_STATED if name in study.errors.index]]
    return {
        "stated.least": min(found),
        "stated.most": max(found),
        "stated.worst_stock": float(by_stock.max().max()),
    }


@measures(
    [
        "match.tried",
        "match.readings",
        "match.hits",
        "match.hits_mse",
        "match.nearest",
        "match.nearest_name",
        "match.chance",
    ]
)
def matches(study: Experiment) -> dict[str, float | int | str]:
    """How many of all values that one may try agree with the printed error, and how many would by chance.

    The chance is the share of the range of all values that lies within rounding of one of them: a number
    that has nothing to do with the data, printed anywhere in that range, is met that often.
    """
    table = study.errors.drop(index=READINGS["rmse.variance"])  # of another unit
    values = {
        f"{reading}, {stock}": float(error)
        for stock, errors in table.items()
        for reading, error in errors.dropna().items()
    }
    if (axp := arima_axp(study)) is not None:
        values[f"{ARIMA_ERROR}, AXP, engine {study.arima_engine}"] = float(axp.value)
    x, half = np.sort(list(values.values())), rules.half_unit(str(PUBLISHED_RMSE))
    covered = float(np.minimum(np.diff(x), 2 * half).sum())
    nearest = min(values, key=lambda name: abs(values[name] - PUBLISHED_MSE**0.5))
    return {
        "match.tried": len(x),
        "match.readings": len(table),
        "match.hits": int((np.abs(x - PUBLISHED_RMSE) <= half).sum()),
        "match.hits_mse": int((np.abs(x**2 - PUBLISHED_MSE) <= rules.half_unit("0.0003589")).sum()),
        "match.nearest": values[nearest],
        "match.nearest_name": nearest,
        "match.chance": covered / float(x[-1] - x[0]),
    }


@measures(
    [
        "mse.window_sd",
        "mse.history_sd",
        "mse.next_sd",
        "mse.absolute_return",
        "mse.return",
        "mse.mean",
        "mse.variance",
        "mse.broadcast",
        "mse.arima",
        "mse.constant",
    ],
    "per {period}, squared",
)
def pooled_mse(study: Experiment) -> dict[str, float | None]:
    """Squares of the errors: the paper prints both."""
    found = pooled_rmse(study) | {"rmse.constant": constant_rmse(study).value}
    return {key.replace("rmse.", "mse."): None if error is None else error**2 for key, error in found.items()}


@measure("per {period}", key="rmse.arima_axp")
def arima_axp(study: Experiment) -> Measured | None:
    """RMSE of AXP's ARIMA forecasts by the paper's engine: the paper prints an error of the same size.

    None without AXP, and where the engine is the one of all stocks.
    """
    error = study.arima_error_axp if study.arima_engine == PAPERS_ENGINE else None
    return None if error is None else Measured(error, note=f"engine {study.arima_engine}")


# ---------------------------------------------------------------------------------------------
# Variances


def relative(
    study: Experiment, loss: Any, benchmark: Any, root: bool = False, block: int | None = None
) -> Inference:
    """Relative gain in a loss, by a bootstrap of blocks, default of a window."""
    block = block or study.lags(len(loss))
    ratio = loss_ratio(loss, benchmark, root=root, block=block, draws=study.draws, seed=study.seed)
    return relative_gain(ratio)


@measure("relative gain in RMSE over a constant", key="fit.as_published")
def fit_as_published(study: Experiment) -> Inference:
    """GARCH has a lower error than a constant against the window's standard deviation."""
    stated = (study.fitted.volatility - study.window_sd) ** 2
    return relative(study, stated, (study.past_sd - study.window_sd) ** 2, root=True)


@measure("QLIKE of the equal-weight variance less that of GARCH", key="fit.corrected")
def fit_corrected(study: Experiment) -> Inference:
    """GARCH forecasts better than the variance of the same returns."""
    return study.gain(study.garch, over=study.equal)


@measure("QLIKE of EWMA less that of GARCH", key="fit.against_ewma")
def fit_against_ewma(study: Experiment) -> Inference:
    """GARCH forecasts better than exponential weights."""
    return study.gain(study.garch, over=EWMA)


@measure("QLIKE of the short GARCH less that of the long", key="fit.long_against_short")
def long_against_short(study: Experiment) -> Inference:
    """GARCH forecasts better from the long window than from the short one."""
    return study.gain(study.slow, over=study.garch)


@measure(key="fit.set")
def confidence_set(study: Experiment) -> str:
    """Variance forecasts in the 90 % model confidence set."""
    return _listed(study.best.included)


@measure(key="fit.best")
def best_forecast(study: Experiment) -> str:
    """Variance forecast with the lowest QLIKE."""
    return str(study.by_date.mean().idxmin())


@measure("{period}s", key="fit.dates")
def fit_dates(study: Experiment) -> int:
    """Dates that all forecasts share."""
    return len(study.dates)


@measures(["local.rejected", "local.statistic", "local.critical", "local.when"])
def local_accuracy(study: Experiment) -> dict[str, bool | float | str]:
    """Giacomini and Rossi's test that GARCH and the plain variance are as good at every time."""
    found: FluctuationTest = fluctuation_test(
        study.by_date[study.garch],
        study.by_date[study.equal],
        share=0.3,
        lags=study.lags(len(study.dates)),
    )
    return {
        "local.rejected": bool(found.rejected),
        "local.statistic": float(found.statistic),
        "local.critical": float(found.critical_value),
        "local.when": f"{found.when:%Y-%m-%d}",
    }


@measures(["proxy.favourite", "proxy.place", "proxy.of"])
def proxy_ranking(study: Experiment) -> dict[str, str | int]:
    """The forecast that is nearest to the window's standard deviation, and its place by QLIKE."""
    sd = study.window_sd.loc[study.dates]
    by_proxy = {name: ((h**0.5 - sd) ** 2).to_numpy().mean() for name, h in study.forecasts.items()}
    favourite = min(by_proxy, key=lambda name: by_proxy[name])
    places = study.by_date.mean().rank()
    return {"proxy.favourite": favourite, "proxy.place": int(places[favourite]), "proxy.of": len(places)}


@measure("QLIKE of EWMA less that of the window's variance")
def proxy(study: Experiment) -> Inference:
    """The window's own variance, which the proxy ranks first, forecasts better than EWMA."""
    return study.gain(study.equal, over=EWMA)


@measure(data=None)
def latent(study: Experiment) -> Measured:
    """No return tells which of two volatilities it came from: both keep a positive probability."""
    r = np.linspace(-5, 5, 1001)
    calm, wild = norm.pdf(r, scale=1), norm.pdf(r, scale=2)
    of_calm = calm / (calm + wild)
    return Measured(bool(((of_calm > 0) & (of_calm < 1)).all()), n=len(r))


@measure(key="ranges.shown", data="ranged")
def ranges_shown(study: Experiment) -> str:
    """The asset whose ranges the page prints."""
    return str(study.ranged.tickers[0])


@measure("QLIKE of EWMA on squared returns less that of EWMA on ranges", key="ranges.gain", data="ranged")
def ranges_gain(study: Experiment) -> Inference:
    """An exponential average of ranges forecasts the next squared return better than one of squares."""
    score = study.ranges.scores[SQUARED]
    return study.mean(score[EWMA] - score[SMOOTHED])


@measure(key="ranges.set", data="ranged")
def range_set(study: Experiment) -> str:
    """Forecasts in the 90 % model confidence set, with Garman-Klass as the proxy."""
    return _listed(study.ranges.best["Garman-Klass"].included)


# ---------------------------------------------------------------------------------------------
# Values at risk


@measures(["coverage.*"], "share of {period}s beyond the bound")
def violations(study: Experiment) -> dict[str, Measured]:
    """How often losses exceed the value at risk, by promise and forecast."""
    return {
        f"coverage.{100 * promised:.0f}.{slug(name)}": Measured(
            rate.estimate, interval=rate.interval, se=rate.se, n=rate.n
        )
        for (name, promised), rate in study.violations.items()
    }


@measures(
    ["beyond.garch", "beyond.closest", "beyond.closest_name", "beyond.excess"],
    "of a hundred {period}s",
)
def beyond_one_percent(study: Experiment) -> dict[str, Measured | float | str]:
    """Violations of the 1 % value at risk in a hundred periods: GARCH, the closest, the least excess."""
    rates = {name: rate for (name, promised), rate in study.violations.items() if promised == 0.01}
    closest = min(rates, key=lambda name: abs(rates[name].estimate - 0.01))
    least = min(rates.values(), key=lambda rate: rate.estimate)
    low, high = least.interval
    return {
        "beyond.garch": 100 * rates[study.garch].estimate,
        "beyond.closest": 100 * rates[closest].estimate,
        "beyond.closest_name": closest,
        "beyond.excess": Measured(100 * least.estimate - 1, interval=(100 * low - 1, 100 * high - 1)),
    }


# ---------------------------------------------------------------------------------------------
# Clustering, seasons, responses


def _left_over(terms: pd.DataFrame) -> pd.DataFrame:
    """Terms whose mean is the absolute value of theirs: too little and too much both count."""
    left: pd.DataFrame = np.sign(terms.to_numpy().mean()) * terms
    return left


ABSOLUTE = "absolute mean autocorrelation of absolute values, "


@measure(ABSOLUTE + "1 to 10 {period}s apart: returns less standardised returns", key="clustering.removed")
def clustering_removed(study: Experiment) -> Inference:
    """Absolute returns are autocorrelated, and standardised ones are less so."""
    terms = study.persistence
    return study.mean(_left_over(terms["returns"]) - _left_over(terms[study.garch]))


@measure(
    ABSOLUTE + "1 to 10 {period}s apart: after the variance less after GARCH",
    key="clustering.beyond_variance",
)
def clustering_beyond_variance(study: Experiment) -> Inference:
    """GARCH leaves less clustering, in absolute value, than the plain variance of the same returns."""
    terms = study.persistence
    return study.mean(_left_over(terms[study.equal]) - _left_over(terms[study.garch]))


@measures(
    ["clustering.returns", "clustering.garch", "clustering.variance"],
    "mean autocorrelation of absolute values",
)
def clustering_left(study: Experiment) -> dict[str, Inference]:
    """Clustering in returns, and what each forecast leaves of it."""
    names = {"returns": "returns", "garch": study.garch, "variance": study.equal}
    return {f"clustering.{key}": study.mean(study.persistence[name]) for key, name in names.items()}


def _autocorrelated(values: pd.DataFrame, first: int, last: int) -> pd.Series:
    """P-value of each stock for no autocorrelation of its squares, `first` to `last` apart (Ljung and Box)."""
    statistic = ljung_box(values, last)["statistic"]
    if first > 1:
        statistic = statistic - ljung_box(values, first - 1)["statistic"]
    return pd.Series(special.chdtrc(last - first + 1, statistic), statistic.index)


@measure("stocks", key="clustering.before")
def clustered_before(study: Experiment) -> int:
    """Stocks whose squared returns are autocorrelated within ten periods (Holm)."""
    return int((holm(_autocorrelated(study.standardised["returns"], 1, NEAR)) < LEVEL).sum())


def _captured(study: Experiment, first: int, last: int) -> Measured:
    """Stocks whose squares are autocorrelated before GARCH and no more after it.

    Before, the p-values are Holm's for the number of stocks; after, each is taken alone at 5 %: both make
    it harder for GARCH to be right.
    """
    before = holm(_autocorrelated(study.standardised["returns"], first, last)) < LEVEL
    after = _autocorrelated(study.standardised[study.garch], first, last) < LEVEL
    return Measured(
        int((before & ~after).sum()),
        n=len(before),
        note=f"autocorrelated squares before GARCH: {before.sum()}, after it: {after.sum()} of {len(before)} stocks",
    )


@measure("stocks", key="clustering.captured")
def clustering_captured(study: Experiment) -> Measured:
    """GARCH leaves no autocorrelation of squares within ten periods."""
    return _captured(study, 1, NEAR)


@measure("stocks", key="clustering.late_captured")
def late_clustering_captured(study: Experiment) -> Measured | Lacking:
    """GARCH leaves no autocorrelation of squares over 11 to 50 periods."""
    if len(study.dates) < 4 * FAR:
        few = f"only {len(study.dates)} dates, {4 * FAR} are needed for autocorrelations of {FAR} lags"
        return Lacking(few)
    return _captured(study, NEAR + 1, FAR)


@measures(["clustering.rejected_returns", "clustering.rejected_garch"], "share of stocks")
def clustering_rejected(study: Experiment) -> dict[str, float]:
    """Stocks whose squares are autocorrelated by the Ljung-Box test (5 %, Holm), before and after GARCH."""
    names = {"returns": "returns", "garch": study.garch}
    return {
        f"clustering.rejected_{key}": float(
            (holm(_autocorrelated(study.standardised[name], 1, NEAR)) < LEVEL).mean()
        )
        for key, name in names.items()
    }


@measures(
    ["season.gain_garch", "season.gain_variance", "season.gain_constant"], "QLIKE gained by seasonal factors"
)
def season_gains(study: Experiment) -> dict[str, Inference]:
    """What seasonal factors gain on top of GARCH, of the plain variance and of a constant."""
    gains = study.seasonal_gains
    return {
        "season.gain_garch": study.mean(gains[study.garch]),
        "season.gain_variance": study.mean(gains[study.equal]),
        "season.gain_constant": study.mean(gains[CONSTANT]),
    }


@measure("QLIKE that factors gain on a constant less on GARCH", key="season.removed")
def season_removed(study: Experiment) -> Inference:
    """Seasonal factors gain less on top of GARCH than on top of a constant variance."""
    return study.mean(study.seasonal_gains[CONSTANT] - study.seasonal_gains[study.garch])


@measure("QLIKE that factors gain on the variance less on GARCH", key="season.captured")
def season_captured(study: Experiment) -> Inference:
    """Seasonal factors gain less on top of GARCH than on top of the plain variance."""
    return study.mean(study.seasonal_gains[study.equal] - study.seasonal_gains[study.garch])


@measure(key="season.name", data=None)
def season_name(study: Experiment) -> str:
    """Which periods are alike."""
    return study.season


@measures(["season.rejected_returns", "season.rejected_garch"], "share of stocks")
def season_rejected(study: Experiment) -> dict[str, float]:
    """Stocks with a significant calendar effect in squares, before and after GARCH."""
    found = {"returns": study.actual, "garch": study.standardised[study.garch]}
    return {
        f"season.rejected_{key}": float((seasonal_table(z**2)["p_holm"] < 0.05).mean())
        for key, z in found.items()
    }


@measure("growth of the log volatility over a {period} of shock, GARCH less variance", key="dynamic.response")
def shock_growth(study: Experiment) -> Inference | Lacking:
    """A shock raises the volatility of the GARCH covariances more than that of the historical ones.

    Both matrices have the correlations of the same window, so they differ in their volatilities alone.
    """
    more = study.growth[study.garch] - study.growth[study.equal]
    return _after_shocks(study, more.iloc[:-1].where(study.shocked.iloc[:-1]))


@measure("QLIKE of the variance less that of GARCH, five periods after a shock", key="dynamic.after_shocks")
def after_shocks(study: Experiment) -> Inference | Lacking:
    """GARCH forecasts better than the plain variance in the five periods after a shock."""
    gain = study.losses[study.equal] - study.losses[study.garch]
    return _after_shocks(study, gain.where(days_after(study.shocked, 5)))


def _after_shocks(study: Experiment, values: pd.DataFrame) -> Inference | Lacking:
    by_date = values.mean(axis=1).dropna()
    if len(by_date) < FEWEST:
        return Lacking(f"only {len(by_date)} dates have or follow a shock, {FEWEST} are needed")
    return study.mean(by_date)


@measure("returns beyond three standard deviations", key="dynamic.shocks")
def shock_count(study: Experiment) -> int:
    """Shocks on these dates."""
    return int(study.shocked.to_numpy().sum())


@measures(["dynamic.move_garch", "dynamic.move_variance"], "mean absolute change of log volatility")
def mean_moves(study: Experiment) -> dict[str, float]:
    """How far the forecasts move from one period to the next."""
    return {
        "dynamic.move_garch": float(study.moves[study.garch].mean().mean()),
        "dynamic.move_variance": float(study.moves[study.equal].mean().mean()),
    }


@measures(
    ["dynamic.response_garch", "dynamic.response_variance", "dynamic.response_squares"],
    "multiple of the variance before the shock",
)
def responses(study: Experiment) -> dict[str, float]:
    """Forecasts right after a shock, and the squared returns of the five periods after it."""
    return {
        "dynamic.response_garch": float(study.response[study.garch].iloc[1]),
        "dynamic.response_variance": float(study.response[study.equal].iloc[1]),
        "dynamic.response_squares": float(study.response["squared return"].iloc[1:6].mean()),
    }


# ---------------------------------------------------------------------------------------------
# Covariances


@measure(key="elementwise.eigenvalue", data=None)
def smaller_eigenvalue(study: Experiment) -> float:
    """Smaller eigenvalue of the literal product of the example, its triangles averaged."""
    symmetrised = broadcast_covariance(EXAMPLE_CORRELATION, EXAMPLE_VOLATILITY, "symmetrised")
    return float(np.linalg.eigvalsh(symmetrised)[0])


@measure(key="elementwise.symmetric", data=None)
def literal_is_symmetric(study: Experiment) -> bool:
    """The literal product of the example is symmetric."""
    literal = broadcast_covariance(EXAMPLE_CORRELATION, EXAMPLE_VOLATILITY)
    return bool(np.allclose(literal, literal.T))


@measure(data=None)
def elementwise_is_covariance(study: Experiment) -> bool:
    """Correlations times volatilities, elementwise, are a covariance matrix."""
    literal = broadcast_covariance(EXAMPLE_CORRELATION, EXAMPLE_VOLATILITY)
    variances = bool(np.allclose(np.diag(literal), EXAMPLE_VOLATILITY**2))
    return literal_is_symmetric(study) and variances and smaller_eigenvalue(study) >= 0


@measure("share of {period}s", key="elementwise.indefinite")
def indefinite(study: Experiment) -> Measured:
    """Dates on which the literal product, its triangles averaged, is indefinite."""
    return Measured(float(1 - study.covariances.definite.mean()), n=len(study.dates))


@measure("literal over correct volatility of an equally weighted portfolio", key="elementwise.risk_ratio")
def risk_ratio(study: Experiment) -> float:
    """How many times too large the literal product makes the risk."""
    part = study.covariances
    weights = np.full(len(part.assets), 1 / len(part.assets))
    literal, right = weights @ part.literal @ weights, weights @ part.stacks[part.garch] @ weights
    return float(np.sqrt(literal / right).mean())


@measure(MATRIX + "sample covariance less GARCH", key="covariance.qlike")
def covariance_qlike(study: Experiment) -> Inference:
    """GARCH covariances forecast better than the sample covariance, by matrix QLIKE."""
    part = study.covariances
    return study.mean(part.loss[part.sampled] - part.loss[part.garch])


@measure("relative gain in MSE of the entries", key="covariance.mse")
def covariance_mse(study: Experiment) -> Inference:
    """The entries of GARCH covariances have a lower mean squared error than sample covariances."""
    part = study.covariances
    return relative(study, part.distance[part.garch], part.distance[part.sampled])


@measure("relative gain in MSE of the entries", key="covariance.mse_literal")
def covariance_mse_literal(study: Experiment) -> Inference:
    """The entries of the product as it is written have a lower mean squared error than sample covariances."""
    part = study.covariances
    return relative(study, part.distance[LITERAL], part.distance[part.sampled])


@measure("squared error of the entries, literal product over sample covariance", key="covariance.times_worse")
def literal_error(study: Experiment) -> float:
    """How many times as large the literal product makes the squared error of the entries."""
    part = study.covariances
    return float(part.distance[LITERAL].mean() / part.distance[part.sampled].mean())


@measure(MATRIX + "sample covariance less long GARCH", key="covariance.patient")
def covariance_patient(study: Experiment) -> Inference:
    """Volatilities of the long GARCH make better covariances than the sample's, by matrix QLIKE."""
    part = study.covariances
    return study.mean(part.loss[part.sampled] - part.loss[part.patient], study.long_window)


@measure(key="covariance.set")
def covariance_set(study: Experiment) -> str:
    """Covariance forecasts in the 90 % model confidence set."""
    return "; ".join(study.covariances.best.included)  # the names have commas


@measure(key="covariance.best")
def best_covariance(study: Experiment) -> str:
    """Covariance forecast with the lowest matrix QLIKE."""
    return str(pd.DataFrame(study.covariances.loss).mean().idxmin())


def _calmer(study: Experiment, earned: dict[str, pd.Series], name: str) -> Inference:
    """Half the log ratio of two variances of returns: the sample covariance's over another's."""
    first = earned[study.covariances.sampled]
    return variance_difference(
        first, earned[name], lags=study.lags(len(first)), block=study.lags(len(first)), seed=study.seed
    ).scaled(0.5)


@measure(SURPASSED + "GARCH", key="better.gmv")
def calmer(study: Experiment) -> Inference | None:
    """Minimum variance on GARCH covariances has less risk than on sample covariances."""
    part = study.covariances
    return _calmer(study, part.earned, part.garch) if part.several else None


@measure(SURPASSED + "long GARCH", key="better.gmv_patient")
def calmer_patient(study: Experiment) -> Inference | None:
    """Minimum variance on volatilities of the long GARCH has less risk than on sample covariances."""
    part = study.covariances
    return _calmer(study, part.earned, part.patient) if part.several else None


@measure("basis points a year (risk aversion 3)", key="better.fee")
def fee(study: Experiment) -> Inference | None:
    """What an investor would pay to change from sample to GARCH covariances, before costs."""
    part = study.covariances
    if not part.several:
        return None
    return performance_fee(
        part.earned[part.garch],
        part.earned[part.sampled],
        periods_per_year=study.prices.periods_per_year,
        lags=study.lags(len(study.dates)),
        block=study.lags(len(study.dates)),
        seed=study.seed,
    )


@measure(
    "log volatility of long-only minimum variance, sample covariance less literal product",
    key="better.literal",
)
def calmer_literal(study: Experiment) -> Inference | None:
    """Long-only minimum variance on the literal product has less risk than on sample covariances."""
    part = study.covariances
    return _calmer(study, part.earned_long_only, LITERAL) if part.several else None


# ---------------------------------------------------------------------------------------------
# Other windows


@measure(key="window.grid", data=None)
def grid(study: Experiment) -> str:
    """Windows that are tried."""
    return _listed(str(length) for length in sorted(study.fits))


@measure("QLIKE of GARCH, window {window} less {other_window}", key="window.volatility")
def window_volatility(study: Experiment) -> Inference:
    """GARCH forecasts better from the other window."""
    losses = study.loss_by_window
    return study.mean(losses[study.window] - losses[study.other_window], study.other_window)


def _best_of(gains: dict[int, Inference]) -> Measured:
    """The window with the surest gain on the paper's; the interval allows for all that were tried."""
    surest = max(gains, key=lambda window: gains[window].estimate / gains[window].se)
    found = gains[surest]
    return Measured(
        found.estimate,
        interval=found.widened(len(gains)),
        se=found.se,
        n=found.n,
        note=f"window {surest}, the surest of {len(gains)} others",
    )


@measure(MATRIX + "window {window} less another", key="window.covariance")
def window_covariance(study: Experiment) -> Measured:
    """The sample covariance of some other window forecasts better."""
    return _best_of(study.window_gains(study.matrix_loss_by_window))


@measure(
    "relative change of the covariance per {period}, window {window} less another", key="window.stability"
)
def window_stability(study: Experiment) -> Measured:
    """The sample covariance of some other window is more stable."""
    return _best_of(study.window_gains(study.instability_by_window))


@measures(["window.superior", "window.superior_covariance"])
def superior_windows(study: Experiment) -> dict[str, str]:
    """Windows that beat that of the run when all are tried at once (StepM)."""
    return {
        "window.superior": _listed(study.superior(study.loss_by_window)),
        "window.superior_covariance": _listed(study.superior(study.matrix_loss_by_window)),
    }


# ---------------------------------------------------------------------------------------------
# A world in which GARCH is true


@measures(["truth.*", "truth.edges"], "QLIKE against the true variance", data=None)
def truth_losses(study: Experiment) -> dict[str, Measured]:
    """Losses of the forecasts where GARCH is true, and the share of short fits on an edge."""
    qlike, count = study.truth.qlike, study.replications
    rows = zip(qlike, qlike.mean(), qlike.sem(), strict=True)
    found = {f"truth.{slug(name)}": Measured(mean, se=error, n=count) for name, mean, error in rows}
    share = study.truth.boundary[study.garch]
    return found | {"truth.edges": Measured(share, n=count, unit="share of fits on an edge")}


RIVALS = ["rival.variance", "rival.ewma", "rival.long"]


@measures(RIVALS, "QLIKE of a rival less that of GARCH", data=None)
def truth_rivals(study: Experiment) -> dict[str, Measured]:
    """Where GARCH is true: losses of its rivals less that of the short GARCH, on the same series."""
    qlike = study.truth.qlike
    gaps = pd.DataFrame(
        {
            key: qlike[name] - qlike[study.garch]
            for key, name in zip(RIVALS, (study.equal, EWMA, study.slow), strict=True)
        }
    )
    mean, error = gaps.mean(), gaps.sem()
    return {
        key: Measured(
            mean[key],
            interval=(mean[key] - Z95 * error[key], mean[key] + Z95 * error[key]),
            se=error[key],
            n=study.replications,
        )
        for key in RIVALS
    }
