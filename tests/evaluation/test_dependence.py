import numpy as np
import pandas as pd
import pytest

from portfolio_study.data.synthetic import Law, simulate
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.dependence import (
    autocorrelation_table,
    dependence_table,
    p_value_text,
    share_rejected,
    size_persistence,
)
from portfolio_study.evaluation.panel import date_clustered_mean


def noise(n, columns=1, seed=0):
    values = np.random.default_rng(seed).standard_normal((n, columns))
    return pd.DataFrame(
        values, columns=[f"A{i}" for i in range(columns)], index=pd.bdate_range("2000-01-03", periods=n)
    )


def test_autocorrelations_by_hand_and_by_statsmodels():
    from statsmodels.tsa.stattools import acf

    x = noise(200)["A0"]
    table = autocorrelation_table(x, 12)
    np.testing.assert_allclose(table["acf"], acf(x, nlags=12, fft=False)[1:], atol=1e-12)
    z = (x - x.mean()).to_numpy()
    by_hand = sum(z[i] ** 2 * z[i - 3] ** 2 for i in range(3, 200)) / sum(z**2) ** 2
    assert table.loc[3, "robust_band"] == pytest.approx(1.96 * np.sqrt(by_hand))
    assert table["pacf"].iloc[0] == pytest.approx(table["acf"].iloc[0], abs=1e-10)
    assert table["band"].eq(1.96 / np.sqrt(200)).all()


def test_robust_test_keeps_its_level_under_volatility_clusters():
    """Without autocorrelation but with a moving variance, the usual test rejects too often."""
    law = Law(c=0.0, phi=0.0, omega=4e-6, alpha=0.25, beta=0.70, correlation=0.0)
    names = tuple(f"SYN{i}" for i in range(150))
    returns = simulate(names, "2010-01-01", "2013-12-31", law, seed=5)[1].returns
    table = dependence_table(returns, 5)
    se = np.sqrt(0.05 * 0.95 / 150)
    assert share_rejected(table["ljung_box_p"]) > 0.05 + 4 * se
    assert share_rejected(table["robust_p"]) < 0.05 + 3 * se
    assert share_rejected(table["arch_p_holm"]) > 0.95


@pytest.mark.slow
def test_power_and_level_on_simple_cases():
    white = dependence_table(noise(1000, 100, seed=2), 10)
    for column in ("ljung_box_p", "robust_p", "arch_p"):
        assert abs(share_rejected(white[column]) - 0.05) < 0.075
    dependent = noise(1000).rolling(2).mean().dropna()
    assert dependence_table(dependent)["robust_p"].iloc[0] < 1e-6
    assert dependence_table(dependent)["first_autocorrelation"].iloc[0] == pytest.approx(0.5, abs=0.06)


def test_size_persistence_is_the_average_autocorrelation():
    from statsmodels.tsa.stattools import acf

    returns = simulate(("SYN1", "SYN2"), "2010-01-01", "2019-12-31", seed=1)[1].returns
    terms = size_persistence(returns, 4)
    assert terms.shape == (len(returns) - 4, 2)
    expected = np.mean([acf(returns[c].abs(), nlags=4, fft=False)[1:].mean() for c in returns])
    assert terms.to_numpy().mean() == pytest.approx(expected, abs=2e-3)
    assert date_clustered_mean(terms).interval[0] > 0
    calm = date_clustered_mean(size_persistence(noise(3000, 3, seed=9)))
    assert calm.interval[0] < 0 < calm.interval[1]


def test_size_persistence_uses_the_past_only():
    returns = noise(60, 1)
    terms = size_persistence(returns, 2)["A0"]
    z = (returns["A0"].abs() - returns["A0"].abs().mean()) / returns["A0"].abs().std(ddof=0)
    assert terms.iloc[0] == pytest.approx((z.iloc[2] * z.iloc[1] + z.iloc[2] * z.iloc[0]) / 2)


def test_bad_input():
    with pytest.raises(DataError):
        dependence_table(noise(20), 10)
    with pytest.raises(ParameterError):
        autocorrelation_table(noise(30)["A0"], 0)
    with pytest.raises(ParameterError):
        share_rejected(pd.Series([], dtype=float))
    assert share_rejected(pd.Series([0.01, 0.2])) == 0.5
    assert p_value_text(3e-17) == "below 1e-16" and p_value_text(0.01234) == "0.012"
