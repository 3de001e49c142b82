"""Efficiency and spanning tests."""

import numpy as np
import pytest

from portfolio_study.allocation import grs_test, spanning_test
from portfolio_study.errors import DataError


def test_grs_golden_value(sixty_days, golden):
    expected = golden("further_portfolio_tests")["GRS_X60_factor1_tests234"]
    found = grs_test(sixty_days[list("BCD")], sixty_days["A"])
    assert found.statistic == pytest.approx(expected["GRS"], abs=1e-10)
    assert found.p_value == pytest.approx(expected["p"], abs=1e-10)
    np.testing.assert_allclose(found.alpha, expected["alpha"], atol=1e-12)
    assert found.degrees_of_freedom == (3, 56)


def test_grs_is_the_gap_between_two_squared_sharpe_ratios(sixty_days):
    """The geometric form: how much the assets raise the best in-sample Sharpe ratio."""
    x = sixty_days.to_numpy()
    mean, cov = x.mean(axis=0), np.cov(x, rowvar=False, ddof=0)
    all_assets, factor = mean @ np.linalg.solve(cov, mean), mean[0] ** 2 / cov[0, 0]
    expected = 56 / 3 * (all_assets - factor) / (1 + factor)
    assert grs_test(x[:, 1:], x[:, 0]).statistic == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("assets", [1, 3])
def test_both_tests_have_the_right_size(assets):
    rng = np.random.default_rng(0)
    p_grs, p_span = [], []
    for _ in range(400):
        factors = rng.normal(0.1, 1, (40, 2))
        noise = rng.normal(size=(40, assets))
        p_grs.append(grs_test(factors @ rng.normal(size=(2, assets)) + noise, factors).p_value)
        loads = rng.uniform(size=assets)
        p_span.append(spanning_test(factors @ np.vstack([loads, 1 - loads]) + noise, factors).p_value)
    for p in (p_grs, p_span):
        assert 0.02 < np.mean(np.array(p) < 0.05) < 0.085


def test_spanning_is_an_f_test_for_one_asset(sixty_days):
    import statsmodels.api as sm

    y, f = sixty_days["C"].to_numpy(), sixty_days[["A", "B"]].to_numpy()
    model = sm.OLS(y, sm.add_constant(f)).fit()
    expected = model.f_test(([[1, 0, 0], [0, 1, 1]], [0, 1]))
    found = spanning_test(y, f)
    assert found.statistic == pytest.approx(float(expected.fvalue), rel=1e-9)
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-9)


def test_bad_panels(sixty_days):
    with pytest.raises(DataError, match="50 rows and factors has 60"):
        grs_test(sixty_days.to_numpy()[:50], sixty_days["A"].to_numpy())
    with pytest.raises(DataError, match="60 rows and factors has 59"):  # dates are never dropped
        grs_test(sixty_days[list("BC")], sixty_days["A"].iloc[1:])
    with pytest.raises(DataError, match="too few"):
        grs_test(sixty_days.iloc[:4][list("BCD")], sixty_days.iloc[:4]["A"])
    with pytest.raises(DataError, match="missing or infinite"):
        grs_test(sixty_days[list("BC")] * np.nan, sixty_days["A"])
    with pytest.raises(DataError, match="combination"):
        spanning_test(np.column_stack([sixty_days["B"], sixty_days["B"]]), sixty_days["A"].to_numpy())
