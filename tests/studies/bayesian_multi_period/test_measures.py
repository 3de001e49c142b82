"""The study of multi-period investment at a tiny scale, against computations that share no code with it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from portfolio_study.allocation import paper_exit
from portfolio_study.data import load_prices
from portfolio_study.ledger.measures import find_measures, record_of
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import bayesian_multi_period
from portfolio_study.studies.bayesian_multi_period import figures, hindsight, measures, paper, tables
from portfolio_study.studies.bayesian_multi_period.stock_windows import mean_correlation, paper_stocks

pytestmark = pytest.mark.slow  # a whole study at a tiny scale

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


def test_windows_overlap_where_one_starts_before_the_last_one_ends(study):
    assert not study["oos.overlap"] and study["oos.starts"] == "every 130 weeks"
    often = SimpleNamespace(step=1, once=lambda function: function(often))
    assert measures.windows_in_time(often) == {"oos.overlap": True, "oos.starts": "every week"}
    apart = SimpleNamespace(step=26, once=lambda function: function(apart))
    assert not measures.windows_in_time(apart)["oos.overlap"]  # one starts where the other ends


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
    assert study["sample.FRI.simple.130.mu"].value == pytest.approx(intercept / (1 - slope))
    assert study["sample.variance_ratio"] == pytest.approx(0.00085 / noise)
    assert study["sample.FRI.simple.156.phi"].value == pytest.approx(ols(returns)[1])


def test_the_square_is_an_erratum_and_the_formula_is_not(study):
    assert study["policy.formula_error"] < 1e-12 < study["policy.printed_error"]
    assert study["policy.optimal"].value and not study["policy.published_frontier"].value
    assert study["policy.several"] and not study["policy.several_published_frontier"]


def test_a_wider_exit_is_worse_and_a_longer_horizon_better(study):
    assert study["exits.order"] == "P1 > P2 > P3"
    assert study["exits.spread_loss"] > 0
    wider, same = study["exits.wider.as_published"], study["exits.wider.equal_mean"]
    assert (wider.value, wider.n, same.value, same.n) == (0, 40, 0, 10)
    longer, exact = study["exits.longer.as_published"], study["exits.longer.corrected"]
    assert (longer.value, longer.n, exact.value, exact.n) == (120, 120, 30, 30)
    found = study["exits.effect"]
    assert found.interval == (found.value, found.value)
    along = [
        hindsight.frontier_along_path(
            study.weeks.prior,
            study.weeks.state,
            study.weeks.after.to_numpy(),
            study.yearly,
            paper_exit(name),
            True,
        ).expected(0.01)
        for name in ("P1", "P3")
    ]
    assert study["exits.effect.updated"].value == pytest.approx(along[0] - along[1]) and along[0] > along[1]


def test_figure_1_depends_on_the_reading(study):
    """Each gap is the difference of two frontiers; the counts are those of the gaps at every variance."""
    start, path = study.weeks.prior, study.weeks.after.to_numpy()
    found = hindsight.reference_frontiers(start, study.weeks.state, path, study.yearly, study.exits)
    gap = found["updated"].expected(0.01) - found["noise_only"].expected(0.01)
    assert study["figure_1.gap.noise_only"] == pytest.approx(gap) and gap < 0
    assert study["figure_1.gap.forecast_once"] > 0 > study["figure_1.gap.own_variance"]
    once, lags = study["figure_1.above.forecast_once"], study["figure_1.above.realised_lags"]
    assert (once.value, once.n, lags.n) == (20, 20, 40) and lags.value < 5


def test_updated_parameters_lose_likelihood_in_the_papers_weeks(study):
    weeks = study.weeks
    each = weeks.learnt.log_score - weeks.fixed_score
    assert study["scores.bayes_factor"] == pytest.approx(np.exp(each.sum()))
    assert study["scores.updated_fixed.as_published"].value == pytest.approx(each.mean())


def test_a_strong_bayes_factor_is_tested_as_the_distance_from_it(study):
    """Log(20) over 26 weeks is taken off value and interval; the table of scores shows the judged interval."""
    score, strong = study["scores.updated_fixed.corrected"], study["scores.updated_fixed.beyond_strong"]
    assert pytest.approx(np.log(20) / 26, abs=5e-4) == measures.STRONG
    assert score.estimate - strong.value == pytest.approx(measures.STRONG)
    assert score.interval[1] - strong.interval[1] == pytest.approx(measures.STRONG)
    low, high = study.interval("scores.updated_fixed.beyond_strong")
    assert low < strong.interval[0] and high > strong.interval[1]
    shown = tables.scores(study).data
    assert f"{low + measures.STRONG:+.4f}" in shown and f"{high + measures.STRONG:+.4f}" in shown


def test_differences_of_utility_are_those_of_the_windows(study):
    run = study.walk.plain
    value = {}
    for name in ("updated", "fixed"):
        first, second = run[name, "wealth"].mean(), run[name, "square"].mean()
        value[name] = first - 2.0 * (second - first**2)
    found = study["oos.updated_fixed"]
    assert found.estimate == pytest.approx(2e4 * (value["updated"] - value["fixed"]))
    assert found.n == len(run)
    assert study["oos.ahead"] == (run["updated", "wealth"] > run["fixed", "wealth"]).mean()
    dear = study.walk.runs[10.0]["updated", "wealth"]
    assert study["oos.practical"].estimate < 0 or dear.mean() > 1
    more = (run["mean fixed", "wealth"] > run["first position", "wealth"]).sum()
    assert (study["oos.always"].value, study["oos.always"].n) == (more, len(run))
    utility = study.walk.summary[0.0]["utility"].sort_values()
    assert study["oos.best_policy"] == utility.index[-1] and study["oos.second_policy"] == utility.index[-2]
    best = study["oos.best_gain"]
    assert best.value == pytest.approx(2e4 * (utility.iloc[-1] - utility.iloc[-2]))
    assert best.interval[1] - best.value > 1.96 * best.se  # wider than for two policies chosen beforehand


def test_tables_show_the_interval_of_the_ledger(study):
    """All contrasts of a table are one family: the interval is wider than that of a single test."""
    assert set(tables._costs(study)) == set(measures.UTILITY_KEYS)
    for key in ("oos.updated_fixed", "scores.no_memory"):
        low, high = study.interval(key)
        single = study[key].interval
        assert low < single[0] and high > single[1]
        shown = tables.utilities(study) if key.startswith("oos") else tables.scores(study)
        assert f"{low:,.0f}" in shown.data or f"{low:+.4f}" in shown.data


def test_autocorrelations_are_tested_jointly_and_over_all_assets(study):
    weekly = study.daily.close["JPM"].resample("W-FRI").last().pct_change().iloc[1:]
    x = (weekly - weekly.mean()).to_numpy()
    total = (x**2).sum()
    q = sum((x[k:] @ x[:-k]) ** 2 / (x[k:] ** 2 @ x[:-k] ** 2) for k in range(1, 6))
    found = study.autocorrelations
    assert found.loc["JPM", "robust_p"] == pytest.approx(chi2.sf(q, 5)) and total > 0
    assert (found["holm"] >= found["robust_p"]).all()
    assert study["serial.rejected"].value == (found["holm"] < 0.05).sum()
    assert study["serial.rejected"].n == len(study.prices.tickers) + 1
    assert study.shortest_weeks == len(weekly) and f"{len(weekly)} weeks" in study["serial.power"].note


def test_a_run_without_the_papers_stocks_uses_the_packaged_ones(study):
    assert not study["several.own"] and study["several.names"] == "AAPL, MSFT"
    assert set(measures.var_estimates(study).values()) == {None}
    assert study["var.msft_mean"] > 0
    assert measures.second_row(study)["var.second.share"] is None
    assert measures.stocks_above(study)["several.above.realised_lags"] is None
    assert measures.variance_of_five(study) is None


def test_five_stocks_are_found_under_old_names_and_fitted(five):
    assert five["several.own"] and five["several.names"] == ", ".join(FIVE)
    found = measures.var_estimates(five)
    assert len(found) == 2 * (1 + 5 + 25) + 1 and found["var.order_noise"] == 1
    returns = five.several.inside.to_numpy()[:130]
    beta = np.linalg.lstsq(np.column_stack([np.ones(129), returns[:-1]]), returns[1:])[0]
    for i, name in enumerate(FIVE):
        for j, other in enumerate(FIVE):
            assert found[f"var.130.phi.{name}.{other}"].value == pytest.approx(beta[1 + j, i])
    made = next(m for m in five.measures if m.covers("var.130.order"))
    record = record_of("var.130.mu.META", found["var.130.mu.META"], made, five)
    assert record.unit == "per week" and record.sample["first"].startswith("2017-06-30")


def test_a_coefficient_says_what_ten_weekly_conventions_give_for_it(five):
    close = five.stocks.close
    values = []
    for day in ("MON", "TUE", "WED", "THU", "FRI"):
        ends = close.resample(f"W-{day}").last()
        for returns in (ends.pct_change(), np.log(ends).diff()):
            weeks = returns.loc["2017-07-01":].iloc[:130].to_numpy()
            beta = np.linalg.lstsq(np.column_stack([np.ones(129), weeks[:-1]]), weeks[1:])[0]
            values.append(beta[1 + FIVE.index("AMZN"), FIVE.index("META")])
    note = measures.var_estimates(five)["var.130.phi.META.AMZN"].note
    assert note == (
        f"10 weekly conventions give {min(values):.4f} to {max(values):.4f}, none of them the printed digits"
    )
    found = five.several.conventions["phi.META.AMZN"]
    assert found.tolist() == pytest.approx(values)
    assert measures._among_conventions(found, f"{values[3]:.4f}").endswith("1 of them the printed digits")


def test_the_printed_numbers_of_five_stocks_have_their_names():
    printed = paper.printed_var()
    assert len(printed) == 30
    assert (printed["mu.AAPL"], printed["mu.MSFT"]) == ("0.006632", "-0.01047")
    assert (printed["phi.META.MSFT"], printed["phi.MSFT.AMZN"]) == ("2.7002", "-0.0006")  # row, then column


def test_the_index_says_the_same_of_its_estimates(study):
    found = study.weeks.conventions.xs(130, level="weeks")["phi"]
    note = measures.convention_estimates(study)["sample.FRI.simple.130.phi"].note
    assert note.startswith(f"10 weekly conventions give {found.min():.5f} to {found.max():.5f}, ")
    count = int((found.round(5) == -0.13366).sum())
    assert note.endswith(f"{count or 'none'} of them the printed digits")


def test_other_frequencies_hold_no_weekly_stocks(prices):
    assert paper_stocks(replace(prices, frequency="monthly")).returns.shape[1] == 0


def test_mean_correlation_leaves_out_the_diagonal():
    x = np.random.default_rng(0).normal(size=(50, 3))
    k = np.corrcoef(x.T)
    assert mean_correlation(x) == pytest.approx((k[0, 1] + k[0, 2] + k[1, 2]) / 3)


def test_the_second_series_of_five_stocks_without_a_fault(five):
    found = measures.second_row(five)
    assert found["var.second.matching"].value == 0 and found["var.second.share"].value < 0.1
    assert found["var.second.unscaled_mean"].value == pytest.approx(-0.01047 * 15, rel=0.02)
    above = measures.stocks_above(five)
    assert all(
        above[f"several.above.{name}"].n == n for name, n in (("forecast_once", 10), ("realised_lags", 20))
    )
    assert "as printed" in tables.second_series(five).data


def test_equal_weights_have_the_variance_of_their_mean(five):
    index = five.several.inside.mean(axis=1) * 0.5
    value, se, n = five.several.variance_against(index)
    assert value == pytest.approx(np.log(4)) and se == pytest.approx(0, abs=1e-12) and n == 156


def test_distances_and_contrasts_of_the_tables(study):
    shown = study.simulated.side_by_side(1)
    assert list(shown) == ["paper", "noise_only", "own_variance", "forecast_once", "new_paths", "own_belief"]
    apart = np.sqrt(((shown["new_paths"] - shown["paper"]) ** 2).mean())
    assert study["table_1.distance.new_paths"] == pytest.approx(apart)
    assert study["table_1.distance.closest"] <= apart <= study["table_1.distance.largest"]
    p = shown["paper"]
    assert study["table_1.distance.by_chance"] == pytest.approx(
        np.sqrt((p * (1 - p)).mean() * (1 / 100 + 1 / 2))
    )
    assert study["table_1.middle.printed"] == pytest.approx(0.82 - 0.54)
    assert study["table_2.small.printed"] == pytest.approx(0.95)


def test_printed_extremes_are_counted_in_standard_errors(study):
    assert study["table_1.printed_at_zero"] == pytest.approx((0.5 - 0.17) / 0.05)
    assert study["table_2.printed_far"] == pytest.approx((0.5 - 0.09) / 0.05)


def test_both_readings_of_the_belief_are_at_one_phi(study):
    belief = study.simulated.belief[1]["probability"]
    assert study["belief.at_-0.4.own_belief"].value == belief[-0.4]
    truth = study.simulated.probability(1, "new_paths")
    assert study["belief.at_0.new_paths"].value == truth.loc[0.0]


def test_aic_chooses_one_lag_on_noise(study):
    assert study["sample.order_noise"].value == 1 and study["sample.order_noise_share"].value > 0.5


def test_residuals_of_the_first_fit(study):
    returns = study.weeks.before.to_numpy()
    x = np.column_stack([np.ones(len(returns) - 1), returns[:-1]])
    residual = returns[1:] - x @ np.linalg.lstsq(x, returns[1:])[0]
    e = residual - residual.mean()
    q = sum((e[k:] @ e[:-k]) ** 2 / (e[k:] ** 2 @ e[:-k] ** 2) for k in range(1, 6))
    assert study["sample.residual_p"] == pytest.approx(chi2.sf(q, 5))


def test_figures_and_tables_say_what_was_measured(study):
    assert study["exits.order"] in study.alt(figures.exits)
    assert "20 March 2020" in study.alt(figures.parameters)
    assert len(figures.parameters(study).axes) == 2
    assert "0.00085" in tables.conventions(study).data


def test_every_key_of_the_claims_is_declared_once():
    keys = [place.key for place in find_measures(measures_file())]
    assert len(keys) == len(set(keys)) > 150


def measures_file():
    from pathlib import Path

    return Path(measures.__file__)
