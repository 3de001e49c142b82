import numpy as np
import pandas as pd
import pytest
from scipy import stats

from portfolio_study.errors import ParameterError
from portfolio_study.evaluation.tails import (
    exceedance_table,
    normal_quantiles,
    normal_share_beyond,
    normality_table,
    tail_indicators,
)


def test_golden_kurtosis(lcg_normal, golden):
    x = pd.DataFrame({"A": 0.02 * lcg_normal(250, 7)})
    row = normality_table(x).loc["A"]
    assert row["kurtosis"] == pytest.approx(
        golden("prices_and_forecasts")["kurtosis_seed7"]["pearson"], abs=1e-10
    )
    assert row["excess_kurtosis"] == pytest.approx(
        golden("prices_and_forecasts")["kurtosis_seed7"]["fisher_excess"], abs=1e-10
    )
    jb = 250 / 6 * (row["skewness"] ** 2 + row["excess_kurtosis"] ** 2 / 4)
    assert row["jarque_bera"] == pytest.approx(jb)
    assert row["p_value"] == pytest.approx(stats.chi2.sf(jb, 2))


def test_normal_and_heavy_tails():
    rng = np.random.default_rng(3)
    x = pd.DataFrame({"normal": rng.standard_normal(40_000), "t": rng.standard_t(4, 40_000)})
    table = normality_table(x)
    assert table.loc["normal", "p_value"] > 0.001 > table.loc["t", "p_value"]
    assert abs(table.loc["normal", "beyond_3_sd"] - normal_share_beyond(3)) < 4 * np.sqrt(0.0027 / 40_000)
    assert table.loc["t", "beyond_3_sd"] > 2 * normal_share_beyond(3)
    assert (table["p_holm"] >= table["p_value"]).all()
    ratios = exceedance_table(x[["normal"]], (2.0, 3.0))["ratio"]
    np.testing.assert_allclose(ratios, 1.0, atol=0.25)


def test_indicators_count_what_lies_outside():
    x = pd.DataFrame({"A": [0.0] * 99 + [10.0]})
    marks = tail_indicators(x, 3.0)["A"]
    assert marks.sum() == 1 and marks.iloc[-1] == 1
    assert normality_table(x).loc["A", "kurtosis"] == pytest.approx(stats.kurtosis(x["A"], fisher=False))
    assert normal_share_beyond(1.959963985) == pytest.approx(0.05)
    with pytest.raises(ParameterError):
        tail_indicators(x, 0.0)


def test_one_outlier_bounds_the_kurtosis_of_a_window():
    """With n values, one outlier gives the largest Pearson kurtosis: n - 2 + 1/(n - 1)."""
    x = pd.DataFrame({"A": [0.0] * 49 + [1.0]})
    assert normality_table(x).loc["A", "kurtosis"] == pytest.approx(48 + 1 / 49)


def test_quantiles_of_normal_data_lie_on_the_diagonal():
    x = pd.DataFrame(np.random.default_rng(8).standard_normal((5000, 3)))
    table = normal_quantiles(x)
    assert table["normal"].is_monotonic_increasing and table["observed"].is_monotonic_increasing
    middle = table[table["normal"].abs() < 2]
    np.testing.assert_allclose(middle["observed"], middle["normal"], atol=0.06)
    z = np.sort(((x - x.mean()) / x.std(ddof=0)).to_numpy().ravel())
    assert table["observed"].iloc[0] == z[0] and table["observed"].iloc[-1] == z[-1]
