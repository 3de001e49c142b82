import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.accuracy import (
    clark_west,
    diebold_mariano,
    giacomini_white,
    mincer_zarnowitz,
    pesaran_timmermann,
)


def _ols_hac(y, x, lags):
    import statsmodels.api as sm

    return sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})


@pytest.mark.parametrize(("horizon", "name"), [(1, "DM_h1"), (2, "DM_h2")])
def test_diebold_mariano_golden(losses, expected_statistics, horizon, name):
    test = diebold_mariano(*losses, horizon=horizon)
    assert test.estimate == pytest.approx(expected_statistics[name]["dbar"], rel=1e-10)
    assert test.statistic == pytest.approx(expected_statistics[name]["HLN"], rel=1e-10)
    assert test.p_value == pytest.approx(expected_statistics[name]["p_two_sided_t"], rel=1e-9)
    assert test.n == 100
    # Without the small-sample correction it is the 1995 statistic.
    h = horizon
    factor = np.sqrt((101 - 2 * h + h * (h - 1) / 100) / 100)
    assert test.statistic / factor == pytest.approx(expected_statistics[name]["DM"], rel=1e-10)


def test_diebold_mariano_newey_west_golden_and_statsmodels(losses, expected_statistics):
    test = diebold_mariano(*losses, method="newey_west", lags=4)
    assert test.statistic == pytest.approx(expected_statistics["DM_NW4"]["stat"], rel=1e-10)
    fit = _ols_hac((losses[0] - losses[1]).to_numpy(), np.ones(100), 4)
    assert test.se == pytest.approx(fit.bse[0], rel=1e-10)


def test_diebold_mariano_interval_and_detectable_effect(losses):
    test = diebold_mariano(*losses)
    half = stats.t.ppf(0.975, 99) * test.se
    assert test.interval == pytest.approx((test.estimate - half, test.estimate + half))
    assert test.detectable == pytest.approx(2.8016 * test.se, rel=1e-4)
    assert set(test.evidence()) == {"se", "p_value", "interval", "n", "detectable"}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), horizon=st.integers(1, 3), scale=st.floats(1e-3, 1e3))
def test_diebold_mariano_is_antisymmetric_and_scale_free(seed, horizon, scale):
    a, b = np.random.default_rng(seed).standard_normal((2, 60)) ** 2
    try:
        one = diebold_mariano(a, b, horizon)
    except EstimationError:  # a rectangular variance may be negative; then it is so for both orders
        with pytest.raises(EstimationError, match="bartlett"):
            diebold_mariano(b, a, horizon)
        return
    other, scaled = diebold_mariano(b, a, horizon), diebold_mariano(a * scale, b * scale, horizon)
    assert one.statistic == pytest.approx(-other.statistic, rel=1e-9)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)
    assert one.statistic == pytest.approx(scaled.statistic, rel=1e-6)


def test_one_sided_p_values_add_up(losses):
    less = diebold_mariano(*losses, alternative="less")
    greater = diebold_mariano(*losses, alternative="greater")
    assert less.p_value + greater.p_value == pytest.approx(1)
    assert less.p_value < 0.01  # f1 has the smaller loss


def test_diebold_mariano_has_the_right_size_and_power():
    rng = np.random.default_rng(5)
    null = [diebold_mariano(*rng.standard_normal((2, 60)) ** 2).p_value < 0.05 for _ in range(800)]
    assert 0.03 < np.mean(null) < 0.075
    # An effect of the stated detectable size is found in about 80 % of the samples.
    effect = 2.8016 * 2 / np.sqrt(60)
    found = []
    for _ in range(400):
        x = rng.standard_normal((2, 60)) ** 2
        found.append(diebold_mariano(x[0] + effect, x[1]).p_value < 0.05)
    assert 0.72 < np.mean(found) < 0.88


def test_diebold_mariano_names_what_is_wrong(losses):
    a, b = losses
    with pytest.raises(EstimationError, match="identical"):
        diebold_mariano(a, a)
    with pytest.raises(EstimationError, match="constant"):
        diebold_mariano(a, a + 0.1)
    with pytest.raises(DataError, match="2015-01-05"):
        diebold_mariano(a.where(a.index != "2015-01-05"), b)
    with pytest.raises(DataError, match="at least 8"):
        diebold_mariano(a[:5], b[:5])
    with pytest.raises(DataError, match="different labels, first at row 0: 2015-01-01 and 2015-01-02"):
        diebold_mariano(a[:-1], b[1:])
    with pytest.raises(DataError, match="99"):
        diebold_mariano(a, b[1:])
    with pytest.raises(UnknownNameError, match="newey_west"):
        diebold_mariano(a, b, method="newey-west")
    with pytest.raises(ParameterError, match="horizon"):
        diebold_mariano(a, b, horizon=0)
    with pytest.raises(ParameterError, match="alternative"):
        diebold_mariano(a, b, alternative="smaller")


def test_clark_west_golden(forecasts, expected_statistics):
    test = clark_west(forecasts["y"], forecasts["f1"], forecasts["zero"])
    assert test.estimate == pytest.approx(expected_statistics["ClarkWest"]["mean"], rel=1e-10)
    assert test.statistic == pytest.approx(expected_statistics["ClarkWest"]["t"], rel=1e-10)
    assert test.p_value == pytest.approx(expected_statistics["ClarkWest"]["p_one_sided"], rel=1e-9)


def test_clark_west_adds_the_noise_of_the_larger_model_back():
    """Under the null Diebold-Mariano punishes the larger model and Clark-West does not."""
    rng = np.random.default_rng(8)
    clark, diebold = [], []
    for _ in range(300):
        x = rng.standard_normal(150)
        mean = pd.Series(x).rolling(20).mean().shift(1).to_numpy()[20:]
        y = x[20:]
        clark.append(clark_west(y, mean, 0 * y).estimate)
        diebold.append(float(np.mean((y - 0) ** 2 - (y - mean) ** 2)))
    assert np.mean(diebold) == pytest.approx(-1 / 20, abs=0.01)  # theory: var of a 20-day mean
    assert abs(np.mean(clark)) < 0.01


def test_clark_west_multi_step_is_newey_west(forecasts):
    y, f, z = (forecasts[k] for k in ("y", "f1", "zero"))
    adjusted = (y - z) ** 2 - ((y - f) ** 2 - (z - f) ** 2)
    fit = _ols_hac(adjusted.to_numpy(), np.ones(100), 2)
    assert clark_west(y, f, z, horizon=3).statistic == pytest.approx(fit.tvalues[0], rel=1e-10)
    with pytest.raises(EstimationError, match="identical"):
        clark_west(y, z, z)


def test_giacomini_white_golden_and_regression_form(losses, expected_statistics):
    test = giacomini_white(*losses)
    assert test.statistic == pytest.approx(expected_statistics["GW_conditional"]["stat"], rel=1e-10)
    assert test.p_value == pytest.approx(expected_statistics["GW_conditional"]["p"], rel=1e-9)
    assert (test.degrees, test.n) == (2, 99)


def test_giacomini_white_with_a_constant_is_the_unconditional_test(losses):
    a, b = losses
    one = giacomini_white(a, b, instruments=np.ones((100, 1)))
    d = (a - b).to_numpy()
    assert one.statistic == pytest.approx(100 * d.mean() ** 2 / np.mean(d**2))
    with pytest.raises(EstimationError, match="collinear"):
        giacomini_white(a, b, instruments=np.ones((100, 2)))
    with pytest.raises(EstimationError, match="99 rows"):
        giacomini_white(a, b, instruments=np.ones((99, 1)))
    with pytest.raises(EstimationError, match="identical"):
        giacomini_white(a, a)


def test_giacomini_white_finds_what_diebold_mariano_averages_out():
    """A difference that changes sign with a known state has mean zero but is predictable."""
    rng = np.random.default_rng(3)
    state = np.sign(rng.standard_normal(400))
    a = rng.standard_normal(400) ** 2
    b = a - state * 0.5 + 0.3 * rng.standard_normal(400)
    assert diebold_mariano(a, b).p_value > 0.05
    joint = giacomini_white(a, b, instruments=np.column_stack([np.ones(400), state]))
    assert joint.p_value < 1e-6
    several = giacomini_white(a, b, horizon=3)
    assert several.degrees == 2
    assert several.n == 397


def test_pesaran_timmermann_golden(forecasts, expected_statistics):
    test = pesaran_timmermann(forecasts["y"], forecasts["f1"])
    assert test.hit_rate == expected_statistics["PesaranTimmermann"]["hit"]
    assert test.expected == pytest.approx(expected_statistics["PesaranTimmermann"]["P*"], rel=1e-12)
    assert test.statistic == pytest.approx(expected_statistics["PesaranTimmermann"]["PT"], rel=1e-10)
    assert test.p_value == pytest.approx(stats.norm.sf(test.statistic))


def test_pesaran_timmermann_size_in_a_rising_market():
    """Saying "up" nine times in ten is right most of the time in a rising market, and worth nothing."""
    rng = np.random.default_rng(9)
    rejected, hits = [], []
    for _ in range(500):
        test = pesaran_timmermann(rng.standard_normal(250) + 0.8, rng.standard_normal(250) + 1.3)
        rejected.append(test.p_value < 0.05)
        hits.append(test.hit_rate)
    assert np.mean(hits) > 0.7
    assert 0.02 < np.mean(rejected) < 0.085


def test_pesaran_timmermann_needs_both_signs(forecasts):
    y = forecasts["y"]
    with pytest.raises(EstimationError, match="all forecasts"):
        pesaran_timmermann(y, y * 0)
    with pytest.raises(EstimationError, match="all outcomes"):
        pesaran_timmermann(y.abs() + 1, y)


def test_mincer_zarnowitz_matches_statsmodels(forecasts):
    import statsmodels.api as sm

    y, f = forecasts["y"], forecasts["f1"]
    ours = mincer_zarnowitz(y, f, lags=4)
    fit = _ols_hac(y.to_numpy(), sm.add_constant(f.to_numpy()), 4)
    assert [ours.intercept, ours.slope] == pytest.approx(list(fit.params), rel=1e-9)
    assert [ours.intercept_se, ours.slope_se] == pytest.approx(list(fit.bse), rel=1e-9)
    assert ours.r2 == pytest.approx(fit.rsquared, rel=1e-9)
    wald = fit.wald_test((np.eye(2), np.array([0.0, 1.0])), use_f=False, scalar=True)
    assert ours.joint.statistic == pytest.approx(float(wald.statistic), rel=1e-8)
    assert ours.joint.p_value == pytest.approx(float(wald.pvalue), rel=1e-8)
    with pytest.raises(EstimationError, match="constant"):
        mincer_zarnowitz(y, y * 0 + 0.1)
