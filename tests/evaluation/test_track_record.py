import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.evaluation.sharpe import sharpe_ratio
from portfolio_study.evaluation.track_record import (
    deflated_sharpe,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe,
    sharpe_inference,
    track_record,
)


def test_probabilistic_sharpe_golden(expected_statistics):
    value = probabilistic_sharpe(0.1, 250, skewness=-0.5, kurtosis=5)
    assert value == pytest.approx(
        expected_statistics["PSR"]["SR=0.1,T=250,skew=-0.5,kurt=5,SR*=0"], rel=1e-12
    )


def test_deflated_sharpe_published_example(expected_statistics):
    luck = expected_maximum_sharpe(100, 0.5 / 250)
    assert luck == pytest.approx(expected_statistics["DSR"]["SR0_daily"], rel=1e-12)
    assert luck * np.sqrt(250) == pytest.approx(expected_statistics["DSR"]["SR0_annual"], rel=1e-12)
    value = deflated_sharpe(2.5 / np.sqrt(250), 1250, 100, 0.5 / 250, skewness=-3, kurtosis=10)
    assert value == pytest.approx(expected_statistics["DSR"]["DSR"], rel=1e-10)
    assert round(value, 4) == 0.9004  # as printed in the article


def test_minimum_track_record_length_golden(expected_statistics):
    length = minimum_track_record_length(0.1, -0.5, 5)
    assert length == pytest.approx(
        expected_statistics["minTRL"]["SR=0.1,skew=-.5,kurt=5,SR*=0,95%"], rel=1e-12
    )
    # At exactly that length the probability is the level.
    assert probabilistic_sharpe(0.1, 288, -0.5, 5) == pytest.approx(0.95, abs=1e-3)
    with pytest.raises(ParameterError, match="long enough"):
        minimum_track_record_length(0.1, benchmark=0.1)


@pytest.mark.parametrize("trials", [10, 100, 200])
def test_expected_maximum_golden_and_by_simulation(expected_statistics, trials):
    value = expected_maximum_sharpe(trials)
    assert value == pytest.approx(expected_statistics["E_max_SR_null"][f"N={trials}"], rel=1e-12)
    simulated = np.random.default_rng(1).standard_normal((4000, trials)).max(axis=1).mean()
    assert value == pytest.approx(simulated, abs=0.06)


def test_sharpe_inference_without_lags_is_mertens_formula(two_strategies):
    r1, _ = two_strategies
    result = sharpe_inference(r1, lags=0)
    ratio = r1.mean() / r1.std(ddof=0)
    skew, kurtosis = stats.skew(r1), stats.kurtosis(r1, fisher=False)
    assert result.estimate == pytest.approx(ratio)
    assert result.se == pytest.approx(
        np.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / 100), rel=1e-9
    )
    annual = sharpe_inference(r1, periods_per_year=252, lags=0)
    assert annual.se == pytest.approx(result.se * np.sqrt(252))
    assert annual.p_value == result.p_value


def test_sharpe_inference_covers():
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        low, high = sharpe_inference(0.1 + rng.standard_t(6, 250) / np.sqrt(1.5)).interval
        covered.append(low < 0.1 < high)
    assert 0.90 < np.mean(covered) < 0.985


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(-1, 1), st.floats(0, 5), st.integers(10, 5000))
def test_probabilistic_sharpe_is_symmetric_about_the_benchmark(sharpe, skewness, extra, n):
    kurtosis = 1 + skewness**2 + extra
    assert probabilistic_sharpe(sharpe, n, skewness, kurtosis, sharpe) == pytest.approx(0.5)
    up = probabilistic_sharpe(sharpe, n, skewness, kurtosis)
    assert up + probabilistic_sharpe(-sharpe, n, -skewness, kurtosis) == pytest.approx(1)
    assert (up > 0.5) == (sharpe > 0) or abs(sharpe) < 1e-12


def test_track_record(two_strategies):
    r1, r2 = two_strategies
    ratios = [sharpe_ratio(r, periods_per_year=252) for r in (r1, r2)]
    record = track_record(r1, [*ratios, 0.0, 1.0], periods_per_year=252)
    assert record.sharpe == pytest.approx(ratios[0])
    assert record.kurtosis == pytest.approx(stats.kurtosis(r1, fisher=False))
    assert record.deflated < record.probabilistic
    variance = np.var(np.array([*ratios, 0.0, 1.0]) / np.sqrt(252), ddof=1)
    assert record.luck == pytest.approx(expected_maximum_sharpe(4, variance) * np.sqrt(252))
    assert record.years_needed * 252 == pytest.approx(
        minimum_track_record_length(ratios[0] / np.sqrt(252), record.skewness, record.kurtosis)
    )
    assert track_record(r1, [1, 2], benchmark=50).years_needed == np.inf


def test_errors(two_strategies):
    r1, _ = two_strategies
    with pytest.raises(ParameterError, match="excess kurtosis"):
        probabilistic_sharpe(0.1, 250, kurtosis=0)
    with pytest.raises(ParameterError, match="trials"):
        expected_maximum_sharpe(1)
    with pytest.raises(ParameterError, match="variance"):
        expected_maximum_sharpe(10, -1)
    with pytest.raises(ParameterError, match="level"):
        minimum_track_record_length(0.1, level=95)
    with pytest.raises(DataError, match="trial_sharpes"):
        track_record(r1, [1.0])
    with pytest.raises(EstimationError, match="do not vary"):
        track_record(r1 * 0, [1.0, 2.0])
    with pytest.raises(EstimationError, match="do not vary"):
        sharpe_inference(pd.Series(np.full(20, 0.01)))
