"""The tables of tests agree with the single tests, and see what they should see."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation import clark_west, diebold_mariano, r2_out_of_sample, squared_error
from portfolio_study.evaluation.forecast_comparison import (
    compare_with_benchmark,
    pooled_clark_west,
    pooled_comparison,
)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    index = pd.bdate_range("2020-01-01", periods=300)
    signal = pd.DataFrame(rng.normal(size=(300, 3)), index=index, columns=list("ABC"))
    actual = 0.4 * signal + rng.normal(size=(300, 3))
    forecast = 0.4 * signal
    forecast["C"] = 0.3 * rng.normal(size=300)  # no information
    return actual, forecast, actual * 0


def test_rows_are_the_single_tests(data):
    actual, forecast, zero = data
    table = compare_with_benchmark(actual, forecast, zero, draws=200)
    for ticker in "ABC":
        x, f, b = actual[ticker], forecast[ticker], zero[ticker]
        assert table.loc[ticker, "r2"] == pytest.approx(r2_out_of_sample(x, f, "zero"))
        test = diebold_mariano(squared_error(x, f), squared_error(x, b))
        assert table.loc[ticker, "dm_p"] == test.p_value
        assert table.loc[ticker, "cw_p"] == clark_west(x, f, b).p_value
        assert table.loc[ticker, "low"] < table.loc[ticker, "r2"] < table.loc[ticker, "high"]
    assert (table["dm_p_holm"] >= table["dm_p"]).all()
    assert table.loc[["A", "B"], "low"].gt(0).all()
    assert table.loc[["A", "B"], "pt_p"].lt(0.05).all()
    assert table.loc["C", "high"] < 0.05
    assert table.loc["C", "pt_p"] > 0.05


def test_pooled_table(data):
    actual, forecast, zero = data
    mean = zero + 0.5
    table = pooled_comparison(actual, forecast, {"zero": zero, "a half": mean}, draws=200)
    assert list(table.index) == ["zero", "a half"]
    assert table.loc["zero", "r2"] == pytest.approx(r2_out_of_sample(actual, forecast, "zero"))
    assert table.loc["a half", "r2"] > table.loc["zero", "r2"]
    assert (table["detectable"] > 2 * table["se"]).all()


def test_one_ticker_pooled_is_close_to_the_single_clark_west(data):
    actual, forecast, zero = (frame[["A"]] for frame in data)
    pooled = pooled_clark_west(actual, forecast, zero, lags=0)
    single = clark_west(actual["A"], forecast["A"], zero["A"])
    assert pooled.statistic == pytest.approx(single.statistic, rel=0.01)
    assert pooled.estimate == pytest.approx(single.estimate / float((actual["A"] ** 2).mean()))


def test_copies_of_a_ticker_add_no_evidence(data):
    actual, forecast, zero = (frame[["A"]] for frame in data)
    copies = [
        pd.concat([frame] * 5, axis=1, keys=range(5)).droplevel(1, axis=1)
        for frame in (actual, forecast, zero)
    ]
    assert pooled_clark_west(*copies).se == pytest.approx(pooled_clark_west(actual, forecast, zero).se)


def test_forecasts_of_one_sign_have_no_direction_test(data):
    actual, forecast, zero = data
    table = compare_with_benchmark(actual, forecast.abs() + 1, zero, draws=50)
    assert table["pt_p"].isna().all()
    assert table["hit_rate"].tolist() == pytest.approx((actual > 0).mean().tolist())


def test_bad_input_names_the_thing(data):
    actual, forecast, zero = data
    with pytest.raises(EstimationError, match=r"^A: "):
        compare_with_benchmark(actual, zero, zero)
    with pytest.raises(DataError, match="different labels"):
        compare_with_benchmark(actual, forecast.shift(1, freq="B"), zero)
    with pytest.raises(EstimationError, match="without error"):
        pooled_clark_west(zero, forecast, zero)
