"""The study of multi-period investment at a tiny scale, against computations that share no code with it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.ledger.measures import find_measures, record_of
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import bayesian_multi_period
from portfolio_study.studies.bayesian_multi_period import figures, measures, tables
from portfolio_study.studies.bayesian_multi_period.stock_windows import mean_correlation, paper_stocks

FIVE = ["AAPL", "MSFT", "AMZN", "META", "GOOGL"]
SCALE = {
    "window": 130,
    "risk_aversion": 2.0,
    "replications": 2,
    "paths": 16,
    "belief_replications": 2,
    "map_replications": 2,
    "map_paths": 16,
    "monte_carlo": 200,
    "coverage_replications": 2,
    "step": 130,
    "several_step": 130,
    "costs": [0.0, 10.0],
    "seed": 4,
}


@pytest.fixture(scope="module")
def prices():
    return load_prices(universe=["AAPL", "JPM", "XOM", "PG"], start="2014-01-02", end="2015-03-13")


@pytest.fixture(scope="module")
def study(prices):
    return open_study(bayesian_multi_period, prices, **SCALE)


@pytest.fixture(scope="module")
def five(prices):
    """A study whose prices hold the paper's five stocks, one of them under its old name."""
    days = pd.bdate_range("2017-01-02", "2020-12-31")
    moves = np.random.default_rng(1).normal(0.0005, 0.015, (len(days), 5))
    names = ["FB" if name == "META" else name for name in FIVE]
    close = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), days, names)
    made = replace(prices, close=close, risk_free=pd.Series(0.0, days), source="file")
    return open_study(bayesian_multi_period, made, **SCALE)


def ols(returns):
    """Intercept, slope and residual variance of an AR(1), by numpy's least squares."""
    x = np.column_stack([np.ones(len(returns) - 1), returns[:-1]])
    beta, residual, *_ = np.linalg.lstsq(x, returns[1:])
    return *beta, residual[0] / (len(x) - 2)


def test_the_papers_weeks_and_its_printed_variance(study):
    friday = study.paper_sample.close.iloc[:, 0].resample("W-FRI").last()
    returns = friday[friday.index <= "2020-06-30"].pct_change().iloc[1:].to_numpy()
    assert (len(returns), study["weeks"], study["first_fit"]) == (156, 156, 130)
    intercept, slope, noise = ols(returns[:130])
    printed = slope * returns[129:155] ** 2 + noise
    assert study["filter.q_negative"] == (printed < 0).sum() > 0
    assert study["filter.intercept"] == pytest.approx(52 * intercept)
    assert study["sample.FRI.simple.130.mu"] == pytest.approx(intercept / (1 - slope))
    assert study["sample.variance_ratio"] == pytest.approx(0.00085 / noise)
    assert study["sample.FRI.simple.156.phi"] == pytest.approx(ols(returns)[1])


def test_the_square_is_an_erratum_and_the_formula_is_not(study):
    assert study["policy.formula_error"] < 1e-12 < study["policy.printed_error"]
    assert study["policy.optimal"].value and not study["policy.published_frontier"].value
    assert study["policy.several"] and not study["policy.several_published_frontier"]


def test_a_wider_exit_is_worse_and_a_longer_horizon_better(study):
    assert study["exits.order"] == "P1 > P2 > P3" and study["exits.widest_is_worst"]
    assert study["exits.spread.corrected"].value == -study["exits.spread_loss"] < 0
    assert study["exits.horizon"].value > 0 and not study["exits.consistent"].value
    found = study["exits.horizon"]
    assert found.interval == (found.value, found.value)


def test_differences_of_utility_are_those_of_the_windows(study):
    run = study.walk.plain
    value = {}
    for name in ("updated", "fixed"):
        first, second = run[name, "wealth"].mean(), run[name, "square"].mean()
        value[name] = first - 2.0 * (second - first**2)
    found = study["oos.updated_fixed.cost_0"]
    assert found.estimate == pytest.approx(2e4 * (value["updated"] - value["fixed"]))
    assert found.n == len(run)
    assert study["oos.ahead"] == (run["updated", "wealth"] > run["fixed", "wealth"]).mean()
    assert study["oos.practical"].estimate == study["oos.updated_riskless.cost_10"].estimate
    assert study["oos.always"].interval[0] < study["oos.always"].value


def test_autocorrelations_are_judged_on_the_index_and_shown_with_the_runs_assets(study):
    weekly = {
        t: study.daily.close[t].resample("W-FRI").last().pct_change().iloc[1:] for t in study.prices.tickers
    }
    weekly = {t: r[r.index <= study.prices.close.index[-1]] for t, r in weekly.items()}
    centred = {t: (r - r.mean()).to_numpy() for t, r in weekly.items()}
    size = {t: abs((r[1:] * r[:-1]).sum() / (r**2).sum()) for t, r in centred.items()}
    least = study["serial.smallest"]
    assert least.value == pytest.approx(min(size.values()))
    assert study["serial.smallest_asset"] == min(size, key=size.get)
    made = next(m for m in study.measures if m.covers("serial.smallest"))
    assert made.data == "index"
    assert record_of("serial.smallest", least, made, study).sample["tickers"] == study.prices.tickers


def test_a_run_without_the_papers_stocks_uses_the_packaged_ones(study):
    assert not study["several.own"] and study["several.names"] == "AAPL, MSFT"
    assert not [key for key in measures.var_estimates(study) if ".mu." in key or ".phi." in key]
    assert study["var.msft_mean"] > 0 and not study["var.is_msft"]


def test_five_stocks_are_found_under_old_names_and_fitted(five):
    assert five["several.own"] and five["several.names"] == ", ".join(FIVE)
    found = measures.var_estimates(five)
    assert len(found) == 2 * (1 + 5 + 25)
    returns = five.several.inside.to_numpy()[:130]
    beta = np.linalg.lstsq(np.column_stack([np.ones(129), returns[:-1]]), returns[1:])[0]
    for i, name in enumerate(FIVE):
        for j, other in enumerate(FIVE):
            assert found[f"var.130.phi.{name}.{other}"] == pytest.approx(beta[1 + j, i])
    made = next(m for m in five.measures if m.covers("var.130.order"))
    record = record_of("var.130.mu.META", found["var.130.mu.META"], made, five)
    assert record.unit == "per week" and record.sample["first"].startswith("2017-06-30")


def test_other_frequencies_hold_no_weekly_stocks(prices):
    assert paper_stocks(replace(prices, frequency="monthly")).returns.shape[1] == 0


def test_mean_correlation_leaves_out_the_diagonal():
    x = np.random.default_rng(0).normal(size=(50, 3))
    k = np.corrcoef(x.T)
    assert mean_correlation(x) == pytest.approx((k[0, 1] + k[0, 2] + k[1, 2]) / 3)


def test_the_cells_of_the_tables_are_all_declared(study):
    made = next(m for m in study.measures if m.covers("table_1.phi+0.0.O"))
    found = made.values(study)  # refuses keys that are not declared, and the lack of those that are
    assert len(found) == 4 * (19 + 17 + 4)
    share = found["table_1.phi-0.9.H1"]
    p = (2 * share.value + 2) / 6  # Agresti and Coull: two successes and two failures more
    assert share.se == pytest.approx(np.sqrt(p * (1 - p) / 6))
    inside = [found[f"table_1.phi{k / 10:+.1f}.O"].value for k in range(-4, 5)]
    outside = [found[f"table_1.phi{s * k / 10:+.1f}.O"].value for k in range(5, 10) for s in (-1, 1)]
    contrast = study["table_1.middle.corrected"]
    assert contrast.value == pytest.approx(np.mean(inside) - np.mean(outside))
    assert contrast.interval[0] < contrast.value < contrast.interval[1]


def test_figures_and_tables_say_what_was_measured(study):
    assert study["exits.order"] in study.words(figures.exits.drawing.alt)
    assert "20 March 2020" in study.words(figures.parameters.drawing.alt)
    assert len(figures.parameters(study).axes) == 2
    assert "0.00085" in tables.conventions(study).data


def test_every_key_of_the_claims_is_declared_once():
    keys = [place.key for place in find_measures(measures_file())]
    assert len(keys) == len(set(keys)) > 300


def measures_file():
    from pathlib import Path

    return Path(measures.__file__)
