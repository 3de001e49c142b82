import numpy as np
import pytest

from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.regression import hac_regression, mean_test


@pytest.mark.parametrize("lags", [0, 3, None])
def test_regression_matches_statsmodels(sixty_days, lags):
    import statsmodels.api as sm

    ours = hac_regression(sixty_days["A"], sixty_days[["B", "C"]], lags)
    used = 3 if lags is None else lags  # floor(4 * 0.6 ** (2 / 9)) = 3
    fit = sm.OLS(sixty_days["A"].to_numpy(), sm.add_constant(sixty_days[["B", "C"]].to_numpy())).fit(
        cov_type="HAC", cov_kwds={"maxlags": used, "use_correction": False}, use_t=True
    )
    table = ours.coefficients
    assert table["estimate"].to_numpy() == pytest.approx(fit.params, rel=1e-9)
    assert table["se"].to_numpy() == pytest.approx(fit.bse, rel=1e-9)
    assert table["p_value"].to_numpy() == pytest.approx(fit.pvalues, rel=1e-7)
    assert table[["low", "high"]].to_numpy() == pytest.approx(fit.conf_int(), rel=1e-7)
    assert ours.r2 == pytest.approx(fit.rsquared)
    assert ours.residuals.to_numpy() == pytest.approx(fit.resid, rel=1e-8)


def test_slope_is_an_inference(sixty_days):
    fit = hac_regression(sixty_days["A"], sixty_days["B"])
    slope = fit.slope()
    assert slope.estimate == fit.coefficients.loc["B", "estimate"]
    assert slope.interval == pytest.approx(tuple(fit.coefficients.loc["B", ["low", "high"]]))
    assert fit.slope("const").p_value == pytest.approx(fit.coefficients.loc["const", "p_value"])
    by_array = hac_regression(sixty_days["A"].to_numpy(), sixty_days["B"].to_numpy())
    assert by_array.slope().statistic == pytest.approx(slope.statistic)


def test_mean_test_is_a_regression_on_a_constant(sixty_days):
    import statsmodels.api as sm

    test = mean_test(sixty_days["C"], lags=2, periods_per_year=252, name="excess return")
    fit = sm.OLS(sixty_days["C"].to_numpy(), np.ones(60)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": False}, use_t=True
    )
    assert test.estimate == pytest.approx(252 * sixty_days["C"].mean())
    assert test.statistic == pytest.approx(fit.tvalues[0])
    assert test.p_value == pytest.approx(fit.pvalues[0])
    assert test.interval == pytest.approx(tuple(252 * fit.conf_int()[0]))
    assert "excess return" in test.method
    assert mean_test(sixty_days["C"], alternative="less").p_value < 0.5
    with pytest.raises(EstimationError, match="does not vary"):
        mean_test(sixty_days["C"] * 0 + 1)


def test_errors(sixty_days):
    with pytest.raises(EstimationError, match="collinear"):
        hac_regression(sixty_days["A"], sixty_days[["B", "C"]].assign(twice=2 * sixty_days["B"]))
    with pytest.raises(EstimationError, match="constant"):
        hac_regression(sixty_days["A"], sixty_days["B"] * 0 + 1)
    with pytest.raises(EstimationError, match="without error"):
        hac_regression(sixty_days["B"] * 0, sixty_days["B"])
    with pytest.raises(DataError, match="first at row 0: 2020-01-01 and 2020-01-02"):
        hac_regression(sixty_days["A"][:-1], sixty_days["B"][1:])
    with pytest.raises(DataError, match="y has 60 rows and x has 59"):
        hac_regression(sixty_days["A"], sixty_days["B"][1:])
