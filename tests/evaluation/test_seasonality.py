import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError
from portfolio_study.evaluation.bootstrap import block_length, resamples
from portfolio_study.evaluation.seasonality import (
    _r2,
    _regression,
    _resampled_r2,
    calendar_dummies,
    seasonal_forecast,
    seasonal_gain,
    seasonal_r2,
    seasonal_table,
    seasonal_test,
)

DAYS = pd.bdate_range("2005-01-03", periods=2600)


def noise(seed, index=DAYS):
    return pd.Series(0.01 * np.random.default_rng(seed).standard_normal(len(index)), index=index)


def monday(size, seed=1):
    series = noise(seed)
    return series + size * (series.index.day_of_week == 0)


def test_dummies():
    table = calendar_dummies(DAYS)
    assert list(table.columns[:4]) == ["Tue", "Wed", "Thu", "Fri"] and table.shape == (2600, 15)
    assert set(np.unique(table)) == {0.0, 1.0}
    assert table.loc["2005-02-01", ["Tue", "Feb"]].sum() == 2 and table.loc["2005-02-01"].sum() == 2
    months = pd.date_range("2000-01-31", periods=120, freq="ME")
    assert list(calendar_dummies(months).columns) == [f"{d:%b}" for d in months[1:12]]


def test_short_samples_keep_what_they_can_tell():
    table = calendar_dummies(DAYS[:60])
    assert {"Tue", "Wed", "Thu", "Fri"} <= set(table.columns)
    assert not {"Mar", "Apr"} & set(table.columns)  # not in the first half
    assert seasonal_forecast(noise(1, DAYS[:60])).notna().all(axis=None)
    with pytest.raises(DataError, match="too few"):
        calendar_dummies(DAYS[:4])


def test_finds_a_monday_effect_and_none_in_noise():
    effect = monday(0.006)
    assert seasonal_test(effect).p_value < 1e-6
    fit = seasonal_r2(effect, 300)
    assert fit.interval[0] > 0 and fit.interval[0] < fit.adjusted < fit.interval[1]
    gain = seasonal_gain(effect)
    assert gain.interval[0] > 0
    # Variance of the effect over the whole variance: .006^2 x .2 x .8 / (that + .01^2).
    truth = 0.006**2 * 0.16 / (0.006**2 * 0.16 + 0.01**2)
    assert fit.adjusted == pytest.approx(truth, abs=0.025)
    assert seasonal_gain(noise(5)).estimate < 0.002


@pytest.mark.slow
def test_level_and_coverage_without_seasons():
    index = DAYS[:800]
    p = np.array([seasonal_test(noise(s, index)).p_value for s in range(120)])
    assert abs((p < 0.05).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 120)
    covered = [seasonal_r2(noise(s, index), 150, seed=s).interval for s in range(40)]
    assert np.mean([low <= 0 <= high for low, high in covered]) > 0.8


def test_test_is_the_regression(lcg_normal):
    series = pd.Series(lcg_normal(300, 3), index=DAYS[:300])
    found = seasonal_test(series)
    dummies = calendar_dummies(series.index)
    assert found.degrees == dummies.shape[1] and found.n == 300
    import statsmodels.api as sm

    fit = sm.OLS(series.to_numpy(), sm.add_constant(dummies.to_numpy())).fit(cov_type="HC3", use_t=True)
    test = fit.f_test(np.eye(dummies.shape[1] + 1)[1:])
    assert found.statistic / found.degrees == pytest.approx(float(test.fvalue), rel=1e-6)
    assert found.p_value == pytest.approx(float(test.pvalue), rel=1e-6)


def test_forecast_equals_refitting_and_uses_the_past_only():
    series = monday(0.01)[:300]
    table = seasonal_forecast(series)
    x = np.column_stack([np.ones(300), calendar_dummies(series.index)])
    y = series.to_numpy()
    for t in (150, 200, 299):
        beta = np.linalg.lstsq(x[:t], y[:t], rcond=None)[0]
        assert table["seasonal"].iloc[t - 150] == pytest.approx(x[t] @ beta)
        assert table["mean"].iloc[t - 150] == pytest.approx(y[:t].mean())
    changed = series.copy()
    changed.iloc[220] += 1.0
    after = seasonal_forecast(changed)
    different = (table - after).drop(columns="actual").abs().max(axis=1) > 1e-12
    assert different.to_numpy().argmax() == 71  # the date after the changed one


def test_table():
    table = seasonal_table(pd.DataFrame({"A": monday(0.01), "B": noise(2)}))
    assert table.loc["A", "p_holm"] < 0.001 < table.loc["B", "p_holm"]


def test_resampled_r2_is_that_of_the_resampled_rows():
    y, x = _regression(noise(4, DAYS[:400]))
    rows = next(iter(resamples(400, block_length(400), 3, 9)))
    np.testing.assert_allclose(_resampled_r2(y, x, 3, 9), [_r2(y[i], x[i]) for i in rows], atol=1e-10)
