"""The library's entrance: every public function that takes prices, returns or frames refuses what is not in
order of time, and combines labelled inputs by label.

The table below holds valid inputs for each of them. A new public function must be added to it, or to the
list of those that take nothing of the kind, with the reason.
"""

import dataclasses
import importlib
import inspect
import re
import warnings

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import PowerPreference
from portfolio_study.errors import StudyError
from portfolio_study.risk import ESTIMATORS

PACKAGES = ("data", "forecasting", "risk", "allocation", "evaluation")
NAMES = ["AAA", "BBB", "CCC", "DDD"]
PARAMETERS = ["intercept", "lag_1"]
SCENARIOS = ["bad", "fair", "good"]
T = 160
DATES = pd.bdate_range("2020-01-01", periods=T)

_rng = np.random.default_rng(11)
_market = _rng.standard_t(6, size=(T, 1))
RETURNS = pd.DataFrame(
    0.0005 + 0.006 * _market + [0.004, 0.006, 0.008, 0.012] * _rng.standard_t(6, size=(T, 4)), DATES, NAMES
)
PRICES = 100 * (1 + RETURNS).cumprod()
ONE, TWO = RETURNS["AAA"], RETURNS["BBB"]
COV = RETURNS.cov()
CORRELATION = RETURNS.corr()
VOLATILITY = RETURNS.std()
MEAN = pd.Series([0.0006, 0.0004, 0.0009, 0.0007], NAMES)
WEIGHTS = pd.Series([0.1, 0.2, 0.3, 0.4], NAMES)
FORECAST = RETURNS * 0.2 + 0.001 * _rng.standard_normal((T, 4))
LOSS = RETURNS**2
OTHER_LOSS = (RETURNS - FORECAST) ** 2
RATE = pd.Series(0.0001, DATES)
SPREAD = pd.DataFrame(0.01 + 0.01 * _rng.random((T, 4)), DATES, NAMES)
PIT = pd.Series(_rng.random(T), DATES)
WEEKS = pd.date_range("2020-01-03", periods=3, freq="W-FRI")
PRIOR = pd.Series([0.0004, 0.1], PARAMETERS)
PRIOR_COV = pd.DataFrame([[1e-6, 1e-8], [1e-8, 0.01]], PARAMETERS, PARAMETERS)
VAR_MEAN = pd.DataFrame(0.0, range(1), NAMES)  # a VAR(0): one row of intercepts
OHLCV = {
    "open": PRICES * 1.001,
    "high": PRICES * (1 + SPREAD),
    "low": PRICES * (1 - SPREAD),
    "close": PRICES,
    "adj_close": PRICES * 0.9,
}
PERIODS = {"first": ("2020-01-01", "2020-04-01"), "second": ("2020-04-02", None)}
INSTRUMENTS = pd.DataFrame({"one": 1.0, "past": ONE.shift(1)}).fillna(0)
DRAWS = {"draws": 50, "seed": 1}


def allocations():
    """Arguments of the functions of ``allocation``."""
    of_cov = (
        "eigen_portfolio equal_risk_contribution equal_weight gmv_closed_form "
        "gmv_long_only hierarchical_node_minimum_variance hierarchical_risk_parity independent_bets "
        "inverse_variance inverse_volatility jagannathan_ma largest_l1 "
        "max_decorrelation max_diversification pca_shares quality_ratio"
    )
    of_returns = (
        "bodnar_parolya_schmid estrada_semivariance gmv_regression min_cvar min_semivariance "
        "score_driven_minimum_variance"
    )
    weights_and_cov = "diversification_ratio marginal_risk portfolio_volatility risk_contributions"
    factor = {"beta": MEAN * 1000, "market_variance": 1e-4, "residual_variance": VOLATILITY**2}
    single = "covariance equal_risk max_diversification minimum_variance"
    return {
        **{name: {"cov": COV} for name in of_cov.split()},
        **{name: {"returns": RETURNS} for name in of_returns.split()},
        **{name: {"weights": WEIGHTS, "cov": COV} for name in weights_and_cov.split()},
        **{f"single_factor_{name}": factor for name in single.split()},
        "threshold_beta": factor,
        "allocate": {"name": "minimum_variance", "cov": COV},
        "autoregressive_minimum_variance": {"returns": RETURNS, "block": 20},
        "cc_var_portfolio": {
            "probability": pd.Series([0.2, 0.5, 0.3], SCENARIOS),
            "price": pd.Series([0.4, 0.4, 0.2], SCENARIOS),
            "preference": PowerPreference(2.0),
        },
        "complete_portfolio": {"mean": MEAN, "cov": COV, "risk_free": 0.0, "risk_aversion": 4.0},
        "effective_number": {"weights": WEIGHTS},
        "efficient_frontier": {"mean": MEAN, "cov": COV, "points": 4},
        "equal_risk_contribution": {"cov": COV, "budget": WEIGHTS},
        "exit_moments": {"exit_probability": pd.Series([0.2, 0.3, 0.5], WEEKS)},
        "frontier_constants": {"mean": MEAN, "cov": COV},
        "frontier_portfolio": {"mean": MEAN, "cov": COV, "target": 0.0007},
        "gmv_regression": {"returns": RETURNS, "observation_weights": pd.Series(1.0, DATES)},
        "gmv_weights_law": {"cov": COV, "observations": 50},
        "group_penalised": {"cov": COV, "groups": pd.Series(list("xyxy"), NAMES), "penalty": 1e-6},
        "grs_test": {"assets": RETURNS[["AAA", "BBB"]], "factors": RETURNS["CCC"]},
        "herfindahl": {"weights": WEIGHTS},
        "historical_cvar": {"returns": ONE},
        "l1_constrained": {"cov": COV, "limit": 1.1},
        "linf_constrained": {"cov": COV, "limit": 0.5},
        "linf_penalised": {"cov": COV, "penalty": 1e-6},
        "max_sharpe": {"mean": MEAN, "cov": COV},
        "mean_variance_utility": {"mean": MEAN, "cov": COV, "risk_aversion": 4.0},
        "min_normal_var": {"mean": MEAN, "cov": COV},
        "minimum_variance": {
            "cov": COV,
            "mean": MEAN,
            "target_return": 0.0006,
            "bounds": (WEIGHTS * 0, WEIGHTS * 0 + 0.7),
            "exposure": VOLATILITY,
            "max_exposure": 1.0,
        },
        "mix": {"first": WEIGHTS, "second": WEIGHTS**2 / (WEIGHTS**2).sum()},
        "multi_period_policy": {
            "mean": pd.DataFrame(0.001 + MEAN.to_numpy() * np.ones((3, 1)), WEEKS, NAMES),
            "cov": COV,
            "risk_free": pd.Series(1.0001, WEEKS),
            "exit_probability": pd.Series([0.2, 0.3, 0.5], WEEKS),
            "risk_aversion": 2.0,
        },
        "semivariance": {"returns": ONE},
        "spanning_test": {"assets": RETURNS[["AAA", "BBB"]], "factors": RETURNS["CCC"]},
        "two_fund": {
            "first": WEIGHTS,
            "first_mean": 0.01,
            "second": WEIGHTS**2 / (WEIGHTS**2).sum(),
            "second_mean": 0.02,
            "target": 0.015,
        },
        "weights_test": {"returns": RETURNS, "portfolio": WEIGHTS},
    }


def evaluations():
    """Arguments of the functions of ``evaluation``."""
    pair = {"a": ONE, "b": TWO}
    losses = {"loss_a": LOSS["AAA"], "loss_b": OTHER_LOSS["AAA"]}
    forecasts = {"actual": RETURNS, "forecast": FORECAST}
    one_forecast = {"actual": ONE, "forecast": FORECAST["AAA"]}
    return {
        **{name: {"returns": RETURNS} for name in ("sharpe_losses", "variance_losses")},
        **dict.fromkeys(("mse", "rmse", "squared_error", "r2_out_of_sample"), forecasts),
        **dict.fromkeys(("mincer_zarnowitz", "pesaran_timmermann"), one_forecast),
        **dict.fromkeys(("certainty_equivalent_gain", "performance_fee"), pair | DRAWS),
        "berkowitz": {"pit": PIT},
        "automatic_block_length": {"values": ONE},
        "backtest": {"weights": RETURNS * 0 + WEIGHTS, "returns": RETURNS, "risk_free": RATE},
        "bootstrap_mean": {"values": RETURNS} | DRAWS,
        "bootstrap_win_shares": {"returns": RETURNS, "benchmark": "BBB"} | DRAWS,
        "calendar_periods": {"index": DATES},
        "certainty_equivalent": {"returns": ONE},
        "clark_west": one_forecast | {"benchmark_forecast": ONE * 0},
        "cumulative_loss_difference": {"loss_benchmark": LOSS["AAA"], "loss_model": OTHER_LOSS["AAA"]},
        "date_clustered_mean": {"values": RETURNS},
        "diebold_mariano": losses,
        "distinct_models": {"losses": LOSS, "benchmark": OTHER_LOSS["AAA"]},
        "fluctuation_test": losses,
        "giacomini_white": losses
        | {"instruments": pd.DataFrame({"one": 1.0, "past": ONE.shift(1)}).fillna(0)},
        "hac_regression": {"y": ONE, "x": RETURNS[["BBB", "CCC"]]},
        "historical_mean": {"actual": ONE},
        "loss_ratio": {"loss_a": LOSS, "loss_b": OTHER_LOSS} | DRAWS,
        "spread_over_networks": {"loss": LOSS, "benchmark": OTHER_LOSS},
        "matrix_qlike": {"returns": RETURNS, "covariances": np.repeat(COV.to_numpy()[None], T, 0)},
        "mean_test": {"values": ONE},
        "model_confidence_set": {"losses": LOSS} | DRAWS,
        "pooled_diebold_mariano": {"losses_a": LOSS, "losses_b": OTHER_LOSS},
        "pooled_direction_test": forecasts,
        "probability_of_overfitting": {"returns": RETURNS, "blocks": 4},
        "qlike": {"variance": LOSS + 1e-6, "forecast": OTHER_LOSS + 1e-6},
        "rebalance_dates": {"index": DATES},
        "sharpe_difference": pair | DRAWS | {"risk_free": RATE},
        "sharpe_inference": {"returns": ONE, "risk_free": RATE},
        "sharpe_ratio": {"returns": ONE, "risk_free": RATE},
        "subperiod_tests": losses | {"periods": PERIODS},
        "superior_models": {"benchmark": LOSS["AAA"] * 1.01, "losses": OTHER_LOSS} | DRAWS,
        "superior_predictive_ability": {"benchmark": LOSS["AAA"] * 1.01, "losses": OTHER_LOSS} | DRAWS,
        "track_record": {"returns": ONE, "trial_sharpes": [0.1, 0.2, 0.4], "risk_free": RATE},
        "unit_tests": {"differences": RETURNS} | DRAWS,
        "variance_difference": pair | DRAWS,
    }


def table():
    """All arguments by package and function."""
    of_returns = (
        "clime_covariance eigenvalue_clipping ewma_covariance ewma_variance forgetting_covariance "
        "ledoit_wolf ledoit_wolf_constant_correlation ledoit_wolf_single_index "
        "minimum_covariance_determinant "
        "minimum_regularised_covariance_determinant oas rolling_correlation rolling_covariance "
        "rolling_ewma_covariance rolling_garch rolling_variance sample_covariance semicovariance "
        "shrinkage_intensity shrinkage_tyler spectral_correction statistical_factor time_varying_factor "
        "tyler estimate_covariance"
    )
    product = {"correlation": CORRELATION, "volatility": VOLATILITY}
    ar = {"returns": ONE, "prior_mean": PRIOR, "prior_cov": PRIOR_COV, "noise_variance": 1e-4}
    return {
        "data": {
            "log_returns": {"close": PRICES},
            "simple_returns": {"close": PRICES},
            "rsi": {"close": PRICES},
        },
        "forecasting": {
            "ar_filter": ar,
            "batch_posterior": ar,
            "ar_order": {"returns": ONE, "max_lag": 2},
            "ar_prior": {"returns": ONE},
            "process_mean": {"mean": PRIOR, "covariance": PRIOR_COV},
            "var_filter": {
                "returns": RETURNS,
                "prior_mean": VAR_MEAN,
                "prior_scale": [[1.0]],
                "noise_covariance": COV,
            },
            "var_order": {"returns": RETURNS, "max_lag": 2},
            "var_prior": {"returns": RETURNS},
            "weekly_rate": {"daily_rate": RATE},
            "weekly_returns": {"close": PRICES["AAA"]},
        },
        "risk": {
            **{name: {"returns": RETURNS} for name in of_returns.split()},
            "broadcast_covariance": product,
            "covariance_from_volatility": product,
            "clime_precision": {"covariance": CORRELATION, "penalty": 0.1},
            "garch_covariances": {"returns": RETURNS, "window": 50, "volatility": SPREAD.iloc[50:]},
            "range_proxies": {"ohlcv": OHLCV},
        },
        "allocation": allocations(),
        "evaluation": evaluations(),
    }


PLAIN = "takes plain numbers or words"
RESULTS = "takes results of other functions, which were checked there"
WITHOUT = {
    "data": {
        "load_prices": "reads files, whose checks are in data.quality",
        "file_assets": "reads a file, whose checks are in data.files",
        "resolve_universe": PLAIN,
        "latest": "takes a price history, whose checks are in data.quality",
    },
    "forecasting": {},
    "risk": {
        "forgetting_weights": PLAIN,
        "noise_edge": PLAIN,
        "spike_inverse": PLAIN,
        "estimated_realised_variance": "takes arrays only: centred directions, not returns with dates",
    },
    "allocation": {
        **dict.fromkeys(
            [
                "equal_correlation_bets",
                "exact_policy",
                "exit_distribution",
                "in_sample_variance_factor",
                "out_of_sample_variance",
                "out_of_sample_variance_factor",
                "paper_exit",
                "spread_exit",
                "two_asset_minimum_weight",
                "two_asset_variance",
            ],
            PLAIN,
        ),
    },
    "evaluation": {
        "specification_curve": "its second table is words; the first is checked in test_specification",
        **dict.fromkeys(
            [
                "deflated_sharpe",
                "detectable_effect",
                "detectable_sharpe_difference",
                "expected_maximum_sharpe",
                "minimum_track_record_length",
                "probabilistic_sharpe",
                "r2_for_sharpe",
            ],
            PLAIN,
        ),
        **dict.fromkeys(
            [
                "break_even_cost",
                "minimum_of",
                "minimum_over_units",
                "relative_gain",
                "with_error",
            ],
            RESULTS,
        ),
        **dict.fromkeys(("benjamini_hochberg", "holm"), "takes p-values, one by one: their order is free"),
    },
}
TABLE = table()
CASES = [(package, name) for package, rows in TABLE.items() for name in rows]
LABELS = [set(NAMES), set(PARAMETERS), set(SCENARIOS)]


def public(package):
    module = importlib.import_module(f"portfolio_study.{package}")
    return {
        name: getattr(module, name) for name in module.__all__ if inspect.isfunction(getattr(module, name))
    }


def call(package, name, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return public(package)[name](**arguments)


def changed(value, change):
    """Apply a change to every pandas object inside an argument."""
    if isinstance(value, dict):
        return {key: changed(part, change) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(changed(part, change) for part in value)
    return change(value) if isinstance(value, pd.Series | pd.DataFrame | pd.DatetimeIndex) else value


def dated(value):
    """Return whether an argument holds rows with dates."""
    if isinstance(value, dict | tuple):
        return any(dated(part) for part in (value.values() if isinstance(value, dict) else value))
    if isinstance(value, pd.Series | pd.DataFrame):
        value = value.index
    return isinstance(value, pd.DatetimeIndex)


def labelled(value):
    """Return whether an argument is labelled with assets (or parameters, scenarios) on some axis."""
    if isinstance(value, dict | tuple):
        return any(labelled(part) for part in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, pd.Series | pd.DataFrame) and any(set(axis) in LABELS for axis in value.axes)


def backwards(x):
    return x[::-1] if not isinstance(x, pd.Series | pd.DataFrame) or dated(x) else x


def backwards_values(x):
    return x.iloc[::-1] if isinstance(x, pd.Series | pd.DataFrame) and dated(x) else backwards(x)


def twice(x):
    if isinstance(x, pd.DatetimeIndex):
        return x.append(x[-1:])
    return pd.concat([x, x.iloc[-1:]]) if dated(x) else x


def turned(x):
    """Put the labelled axes of an input in another order."""
    if not isinstance(x, pd.Series | pd.DataFrame):
        return x
    for number, axis in enumerate(x.axes):
        if set(axis) in LABELS:
            x = x.reindex(list(axis)[1:] + list(axis)[:1], axis=number)
    return x


def rows_turned(x):
    """Put only the rows of a square frame in another order."""
    if isinstance(x, pd.DataFrame) and set(x.index) in LABELS and set(x.index) == set(x.columns):
        return x.loc[list(x.index)[::-1]]
    return x


def foreign(x):
    """Rename one asset of an input."""
    if not isinstance(x, pd.Series | pd.DataFrame):
        return x
    new = {labels[0]: "ZZZ" for labels in (NAMES, PARAMETERS, SCENARIOS)}
    for number, axis in enumerate(x.axes):
        if set(axis) in LABELS:
            x = x.rename(new, axis=number) if isinstance(x, pd.DataFrame) else x.rename(new)
    return x


def as_text(x):
    if isinstance(x, pd.DatetimeIndex):
        return x
    return x if x.dtypes is bool else x.astype(str).astype(object)


def canonical(value):
    """Flatten a result into numbers and words that do not depend on the order of the assets."""
    if dataclasses.is_dataclass(value):
        return canonical({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if isinstance(value, pd.Series | pd.DataFrame):
        for axis in range(value.ndim):
            value = value.sort_index(axis=axis, key=lambda index: index.map(str))
        return canonical(value.to_numpy().ravel().tolist())
    if isinstance(value, np.ndarray):  # without labels: the order of the assets is that of an input
        return canonical(sorted(value.ravel().tolist(), key=lambda x: (isinstance(x, str), x)))
    if isinstance(value, dict):
        return [part for key in sorted(value, key=str) for part in canonical(value[key])]
    if isinstance(value, tuple | list):
        if value and all(isinstance(part, str) for part in value):
            return sorted(value)  # names of the assets
        return [part for one in value for part in canonical(one)]
    return [value] if isinstance(value, int | float | str | np.number) else []


def test_every_public_function_is_in_the_table():
    for package in PACKAGES:
        known = set(TABLE[package]) | set(WITHOUT[package])
        assert set(public(package)) == known, package
        assert not set(TABLE[package]) & set(WITHOUT[package])


def test_functions_outside_the_table_take_no_returns_or_prices():
    named = {"returns", "close", "assets", "factors", "actual", "losses", "cov"}
    for package, rows in WITHOUT.items():
        for name in rows:
            taken = set(inspect.signature(public(package)[name]).parameters) & named
            assert taken <= {"cov", "assets"}, f"{package}.{name} takes {taken}"


WITH_DATES = [(p, n) for p, n in CASES if any(dated(v) for v in TABLE[p][n].values())]


@pytest.mark.parametrize(("package", "name"), WITH_DATES)
def test_rows_out_of_order_or_repeated_are_refused(package, name):
    arguments = TABLE[package][name]
    ways = [("all", arguments)] + [(key, {key: v}) for key, v in arguments.items() if dated(v)]
    for change in (backwards_values, twice):
        for which, part in ways:
            bad = arguments | {key: changed(value, change) for key, value in part.items()}
            with pytest.raises(StudyError, match=r"\d{4}-\d\d-\d\d|rows") as caught:
                call(package, name, bad)
            if which == "all":
                assert re.search(r"\d{4}-\d\d-\d\d", str(caught.value)), f"{name}: {caught.value}"


WITH_LABELS = [(p, n) for p, n in CASES if sum(labelled(v) for v in TABLE[p][n].values()) > 1]
SQUARE = [(p, n) for p, n in CASES if any(changed(v, rows_turned) is not v for v in TABLE[p][n].values())]


@pytest.mark.parametrize(("package", "name"), WITH_LABELS)
def test_labelled_inputs_are_combined_by_label(package, name):
    arguments = TABLE[package][name]
    expected = canonical(call(package, name, arguments))
    assert expected
    for key, value in arguments.items():
        if not labelled(value):
            continue
        try:
            found = canonical(call(package, name, arguments | {key: changed(value, turned)}))
        except StudyError:
            pass
        else:
            numbers(found, expected, f"{name}: {key} in another order")
        with pytest.raises(StudyError, match=r"ZZZ|AAA|intercept|bad"):
            call(package, name, arguments | {key: changed(value, foreign)})


def numbers(found, expected, what):
    assert len(found) == len(expected), what
    for a, b in zip(found, expected, strict=True):
        assert a == b if isinstance(b, str) else a == pytest.approx(b, rel=1e-6, abs=1e-9, nan_ok=True), what


@pytest.mark.parametrize(("package", "name"), SQUARE)
def test_rows_of_a_covariance_in_another_order_than_its_columns(package, name):
    arguments = TABLE[package][name]
    expected = canonical(call(package, name, arguments))
    same = {key: changed(value, rows_turned) for key, value in arguments.items()}
    numbers(canonical(call(package, name, same)), expected, name)


@pytest.mark.parametrize(("package", "name"), CASES)
def test_text_is_refused(package, name):
    arguments = TABLE[package][name]
    for key, value in arguments.items():
        if key != "groups" and (dated(value) or labelled(value)) and key != "index":
            with pytest.raises(StudyError):
                call(package, name, arguments | {key: changed(value, as_text)})


@pytest.mark.parametrize("method", [m for m in ESTIMATORS if m != "spectral"])
def test_every_estimator_refuses_rows_out_of_order(method):
    with pytest.raises(StudyError, match=r"order of time.*2020-\d\d-\d\d"):
        call("risk", "estimate_covariance", {"returns": RETURNS.iloc[::-1], "method": method})


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.sample(frac=1, random_state=1),
        lambda x: x.set_axis(x.index.to_period("D")).iloc[::-1],
        lambda x: x.set_axis(np.arange(T)).iloc[::-1],
        lambda x: x.set_axis(x.index.strftime("%d/%m/%Y")),
        lambda x: x.set_axis(x.index.strftime("%Y-%m-%d")).iloc[::-1],
    ],
)
def test_every_kind_of_index(change):
    for function in (public("data")["simple_returns"], public("data")["rsi"]):
        with pytest.raises(StudyError, match=r"order of time|order in time"):
            function(change(PRICES))


def test_arrays_carry_no_order_and_are_believed():
    assert call("evaluation", "sharpe_ratio", {"returns": ONE.to_numpy()[::-1]}) == pytest.approx(
        call("evaluation", "sharpe_ratio", {"returns": ONE.to_numpy()})
    )


@pytest.mark.parametrize("rate", [0.03, 3.0, -0.5, pd.Series(0.03, DATES)])
def test_an_annual_riskless_rate_is_refused(rate):
    held = {"weights": WEIGHTS, "returns": RETURNS}
    for name, arguments in (
        ("backtest", held),
        ("sharpe_ratio", {"returns": ONE}),
        ("sharpe_difference", {"a": ONE, "b": TWO, "method": "hac"}),
        ("sharpe_inference", {"returns": ONE}),
        ("track_record", {"returns": ONE, "trial_sharpes": [0.1, 0.2]}),
    ):
        with pytest.raises(StudyError, match=r"a period, .* a year with 252 periods.*0\.000119"):
            call("evaluation", name, arguments | {"risk_free": rate})


def test_a_rate_is_judged_by_the_periods_that_are_known():
    array = ONE.to_numpy()
    assert np.isfinite(call("evaluation", "sharpe_ratio", {"returns": array, "risk_free": 0.03}))
    with pytest.raises(StudyError, match="756% a year"):
        call("evaluation", "sharpe_ratio", {"returns": array, "risk_free": 0.03, "periods_per_year": 252})
    months = ONE.set_axis(pd.date_range("2000-01-31", periods=T, freq="ME"))
    assert np.isfinite(call("evaluation", "sharpe_ratio", {"returns": months, "risk_free": 0.01}))
