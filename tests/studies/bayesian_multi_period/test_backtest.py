"""Receding horizon out of sample and intervals: no look-ahead, plain reference, costs, coverage."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.multi_period.exits import (
    conditional_exit,
    exit_distribution,
    paper_exit,
)
from portfolio_study.allocation.multi_period.kernels import (
    ar1_forecasts,
    frontier_terms,
    learned_phi,
    receding_position,
)
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.errors import DataError, ParameterError, UnknownNameError
from portfolio_study.forecasting.ar_filter import ar_filter
from portfolio_study.forecasting.ar_model import ar_prior
from portfolio_study.studies.bayesian_multi_period.backtest import (
    kernel_prior,
    plan_target,
    predictive_scores,
    rolling_windows,
    utility_difference,
    window_summary,
)
from portfolio_study.studies.bayesian_multi_period.intervals import (
    interval_coverage,
    predictive_wealth,
    published_interval,
)
from portfolio_study.studies.bayesian_multi_period.mechanism import luck_correlation
from portfolio_study.studies.bayesian_multi_period.replication import Cell

P = exit_distribution(6, 0.02)
GROSS = 1.0005


def plain_window(returns, start, window, update, order, risk_aversion, cost):
    """The slow reference: library filter, general policy, one week after the other."""
    prior = ar_prior(returns.iloc[start - window : start], order)
    mean, cov, s2 = prior.mean, prior.covariance, prior.noise_variance
    x, held, traded, target, out = 1.0, 0.0, 0.0, None, []
    for t in range(len(P)):
        last = returns.iloc[start + t - 1]
        z = np.array([1.0, last])[: order + 1]
        m, v = z @ mean, z @ cov @ z + s2
        phi = mean[1] if order else 0.0
        means, variances = [], []
        for _ in range(t, len(P)):
            means.append(m - GROSS + 1)
            variances.append(v)
            m, v = mean[0] + phi * m, s2 + phi**2 * v
        plan = multi_period_policy(means, variances, GROSS, conditional_exit(P, t), risk_aversion)
        if target is None:
            target = plan.lambda_star / (2 * risk_aversion)
        u = plan.direction[0, 0] * (target * plan.lambda_[1] / plan.omega[1] - GROSS * x)
        traded += abs(u - held)
        r = returns.iloc[start + t]
        x = GROSS * (x - cost * abs(u - held)) + (r - GROSS + 1) * u
        held = u * (1 + r)
        out.append(x)
        if update:
            step = ar_filter(returns.iloc[start + t - order : start + t + 1], mean, cov, s2)
            mean, cov = step.mean.to_numpy()[-1], step.covariance[-1]
    out = np.array(out)
    return out @ P, out**2 @ P, traded


@pytest.mark.parametrize(
    ("name", "update", "order"), [("updated", True, 1), ("fixed", False, 1), ("mean updated", True, 0)]
)
def test_windows_match_the_slow_reference(weekly, name, update, order):
    got = rolling_windows(weekly, GROSS - 1, 60, 20, 2.0, P, 10.0)
    for row, start in enumerate((60, 80, 100)):
        expected = plain_window(weekly, start, 60, update, order, 2.0, 0.001)
        np.testing.assert_allclose(got.iloc[row][name].to_numpy(dtype=float), expected, rtol=1e-9)
        assert got.index[row] == weekly.index[start - 1]


def test_nothing_of_the_future_enters(weekly):
    """Change one return: windows that ended before it stay, the one that holds it changes."""
    changed = weekly.copy()
    changed.iloc[90] += 0.2
    a, b = (rolling_windows(r, GROSS - 1, 60, 5, 2.0, P) for r in (weekly, changed))
    over = np.array([weekly.index.get_loc(d) + len(P) < 90 for d in a.index])
    assert over.any()
    pd.testing.assert_frame_equal(a[over], b[over])
    assert not a[~over].iloc[0].equals(b[~over].iloc[0])


def test_target_uses_only_the_past(weekly):
    prior = kernel_prior(weekly.iloc[:60], 1)
    before = plan_target(prior, weekly.iloc[59], GROSS, P, 2.0)
    assert before > 1
    assert plan_target(prior, weekly.iloc[59], GROSS, P, 4.0) < before


def test_costs_lower_wealth_and_buy_and_hold_trades_once(weekly):
    free, dear = (rolling_windows(weekly, GROSS - 1, 60, 6, 2.0, P, c) for c in (0.0, 25.0))
    assert (dear["updated", "wealth"] < free["updated", "wealth"]).all()
    assert (free["hold", "traded"] == 1).all()
    assert (free["riskless", "traded"] == 0).all()
    riskless = GROSS ** np.arange(1, 7) @ P
    np.testing.assert_allclose(free["riskless", "wealth"], riskless, rtol=1e-12)


def test_the_first_position_is_kept_without_trading(weekly):
    """Amount u_0 grows with the asset, the rest with the riskless rate."""
    got = rolling_windows(weekly, GROSS - 1, 60, 60, 2.0, P)["first position"].iloc[0]
    plan = kernel_prior(weekly.iloc[:60], 0)
    target = plan_target(plan, weekly.iloc[59], GROSS, P, 2.0)
    u = receding_position(plan, weekly.iloc[59], GROSS, P, target, 1.0)
    x = u * np.cumprod(1 + weekly.iloc[60:66].to_numpy()) + (1 - u) * GROSS ** np.arange(1, 7)
    assert got["wealth"] == pytest.approx(x @ P, rel=1e-12)
    assert got["traded"] == pytest.approx(abs(u))


def test_utility_difference_is_the_difference_of_the_summary(weekly):
    windows = rolling_windows(weekly, GROSS - 1, 60, 2, 2.0, P)
    summary = window_summary(windows, 2.0)
    got = utility_difference(windows, "updated", "hold", 2.0, 2, 6)
    expected = summary.loc["updated", "utility"] - summary.loc["hold", "utility"]
    assert got.estimate == pytest.approx(expected, abs=1e-12)
    opposite = utility_difference(windows, "hold", "updated", 2.0, 2, 6)
    assert opposite.estimate == pytest.approx(-got.estimate)
    assert opposite.se == pytest.approx(got.se)


def test_utility_standard_error_is_that_of_repeated_samples():
    """Independent windows: the influence-function error matches the spread over 400 simulated samples."""
    rng = np.random.default_rng(1)
    columns = pd.MultiIndex.from_product([["a", "b"], ["wealth", "square"]])

    def draw():
        x = rng.normal([1.1, 1.05], [0.2, 0.1], (200, 2))
        return pd.DataFrame(np.column_stack([x[:, 0], x[:, 0] ** 2, x[:, 1], x[:, 1] ** 2]), columns=columns)

    found = [utility_difference(draw(), "a", "b", 2.0, 26, 26) for _ in range(400)]
    spread = np.std([f.estimate for f in found])
    assert np.mean([f.se for f in found]) == pytest.approx(spread, rel=0.15)
    truth = 1.1 - 2 * 0.04 - (1.05 - 2 * 0.01)
    covered = np.mean([f.interval[0] <= truth <= f.interval[1] for f in found])
    assert 0.90 < covered < 0.99


def test_scores_of_a_fixed_prior_never_learn(weekly):
    scores, pits = predictive_scores(weekly, 60, 6)
    assert list(scores.columns) == list(pits.columns)
    assert scores.index[0] == weekly.index[60]
    assert pits.to_numpy().min() > 0
    # the first forecast of a block is the same with and without updating, later ones differ
    assert scores["updated"].iloc[0] == pytest.approx(scores["fixed"].iloc[0], abs=1e-12)
    assert scores["updated"].iloc[3] != scores["fixed"].iloc[3]
    assert scores["fit once"].iloc[:6].to_numpy() == pytest.approx(scores["fixed"].iloc[:6].to_numpy())
    assert scores["fit once"].iloc[7] != scores["fixed"].iloc[7]
    changed = weekly.copy()
    changed.iloc[-1] += 1.0
    again, _ = predictive_scores(changed, 60, 6)
    pd.testing.assert_frame_equal(again.iloc[:-1], scores.iloc[:-1])


def test_hindsight_theta_is_noise_of_the_path(golden):
    """Erratum F25: with known parameters the path-wise Theta of realised forecasts is random."""
    value = golden("updating_on_an_index")["SP500_like"]
    mu, phi, s2, net = 0.00207, -0.13366, 0.00085, 0.0057 / 52
    rng = np.random.default_rng(2)
    thetas = []
    for _ in range(2000):
        r, mean = mu + np.sqrt(s2 / (1 - phi**2)) * rng.normal(), np.empty(26)
        for t in range(26):
            mean[t] = mu * (1 - phi) + phi * r - net
            r = mean[t] + net + np.sqrt(s2) * rng.normal()
        thetas.append(frontier_terms(mean, np.full(26, s2), 1 + net, paper_exit("P1"))[0])
    thetas = np.array(thetas)
    assert thetas.mean() == pytest.approx(value["Theta_path_mean"], abs=3 * value["sd"] * np.sqrt(2 / 2000))
    assert thetas.std() == pytest.approx(value["sd"], rel=0.1)
    assert np.quantile(thetas, [0.05, 0.95]) == pytest.approx([value["q05"], value["q95"]], abs=0.015)


def test_updated_lags_are_needed_not_the_return_itself():
    """Erratum F23: step (ii a) forecasts a week with the return of that very week."""
    path, gross, p = np.array([0.03, -0.02, 0.01]), 1.0001, exit_distribution(3)
    published = PRIOR[1] * path
    lagged, variance = ar1_forecasts(PRIOR, 0.005, path, False)
    np.testing.assert_allclose(lagged, PRIOR[0] + PRIOR[1] * np.array([0.005, 0.03, -0.02]))
    assert not np.allclose(published, lagged)
    terms = frontier_terms(published - gross + 1, np.full(3, PRIOR[5]), gross, p)
    assert terms[0] != frontier_terms(lagged - gross + 1, variance, gross, p)[0]
    # the published number moves when only the return of the last week moves, which nobody knew
    moved = path + np.array([0.0, 0.0, 0.05])
    assert frontier_terms(PRIOR[1] * moved - gross + 1, np.full(3, PRIOR[5]), gross, p)[0] != terms[0]
    again, _ = ar1_forecasts(PRIOR, 0.005, moved, False)
    np.testing.assert_array_equal(again, lagged)


PRIOR = np.array([0.00235, -0.134, 1 / 129, -0.019, 9.1, 0.00085])


def test_published_intervals_widen_as_risk_aversion_falls():
    got = published_interval(PRIOR, 0.002, GROSS, paper_exit("P1"), [0.5, 1, 2, 3], paths=400)
    width = (got["high"] - got["low"]).to_numpy()
    assert (np.diff(width) < 0).all()
    assert (np.diff(got["variance"]) < 0).all()
    assert ((got["low"] < got["expected"]) & (got["expected"] < got["high"])).all()
    lagged = published_interval(PRIOR, 0.002, GROSS, paper_exit("P1"), [1], paths=400, variant="lagged")
    assert lagged["expected"].iloc[0] != got.loc[1, "expected"]


@pytest.mark.slow
def test_predictive_draws_follow_the_exit_distribution():
    certain = exit_distribution(26, 0.0)
    drawn = predictive_wealth(PRIOR, 0.002, GROSS, certain, 2.0, 500, seed=4)
    np.testing.assert_array_equal(drawn.at_exit, drawn.over_time[:, -1])
    wide, narrow = drawn.interval(0.9), drawn.interval(0.5)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    sure = predictive_wealth(PRIOR, 0.002, GROSS, certain, 2.0, 500, seed=4, uncertain=False)
    assert np.ptp(sure.interval(0.9)) < np.ptp(wide)


@pytest.mark.slow
def test_predictive_interval_covers_and_the_published_one_does_not():
    got = interval_coverage(Cell(-0.13, 0.002, 0.00085), GROSS, 300, 200, seed=1, n_jobs=1)
    row = got.loc["predictive"]
    assert abs(row["coverage"] - 0.5) < 3 * np.sqrt(0.25 / 300)
    assert got.loc["as_published", "coverage"] < 0.5 - 5 * np.sqrt(0.25 / 300)
    # the other date of the excess return changes little: simulated returns look alike one week later
    assert abs(got.loc["next_week", "coverage"] - got.loc["as_published", "coverage"]) < 0.1
    # the mean of many paths lies inside a wide interval for wealth, and less often inside a narrow one
    assert got.loc["predictive", "expected"] > got.loc["as_published", "expected"]


def test_coverage_does_not_depend_on_workers(monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "threading")
    args = (Cell(0.1, 0.01, 0.2), 1.0057, 60, 50)
    assert interval_coverage(*args, n_jobs=1).equals(interval_coverage(*args, n_jobs=2))


def test_those_who_lag_have_learnt_a_weaker_coefficient():
    """The mechanism behind a negative gain: bad luck lowers wealth and the coefficient together."""
    got = luck_correlation([Cell(-0.5, 0.01, 0.2), Cell(0.5, 0.01, 0.2)], 12, 100)
    low, high = got["correlation"]
    assert low > 3 * got["se"][0]
    assert high < -3 * got["se"][1]
    with pytest.raises(ParameterError, match="period"):
        luck_correlation([Cell(0.1, 0.01, 0.2)], 2, 10, period=1)


def test_learnt_coefficients_are_those_of_the_filter(weekly):
    prior, fit = kernel_prior(weekly.iloc[:60], 1), ar_prior(weekly.iloc[:60])
    reference = ar_filter(weekly.iloc[59:80], fit.mean, fit.covariance, fit.noise_variance)
    got = learned_phi(prior, weekly.iloc[59], weekly.iloc[60:80].to_numpy())
    assert got[0] == pytest.approx(fit.mean[1])
    np.testing.assert_allclose(got[1:], reference.mean["lag_1"].to_numpy()[:-1], rtol=1e-9)


def test_bad_input_is_named(weekly):
    rates = pd.Series(0.0001, weekly.index[:-1])
    calls = [
        (DataError, "too few", lambda: rolling_windows(weekly[:50], 0.0, 60)),
        (DataError, "risk_free has no value", lambda: rolling_windows(weekly, rates, 60, exit_probability=P)),
        (ParameterError, "step", lambda: rolling_windows(weekly, 0.0, 60, 0, exit_probability=P)),
        (
            ParameterError,
            "cost_bps",
            lambda: rolling_windows(weekly, 0.0, 60, cost_bps=-1, exit_probability=P),
        ),
        (ParameterError, "gross", lambda: rolling_windows(weekly, 1.0057, 60, exit_probability=P)),
        (ParameterError, "level", lambda: published_interval(PRIOR, 0.0, GROSS, P, [1], level=1.0)),
        (UnknownNameError, "variant", lambda: published_interval(PRIOR, 0.0, GROSS, P, [1], variant="x")),
        (ParameterError, "replications", lambda: interval_coverage(Cell(0.1, 0.01, 0.2), GROSS, 1)),
    ]
    for error, names, call in calls:
        with pytest.raises(error, match=names):
            call()
