import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.stationarity import augmented_dickey_fuller, rejection_rates, unit_root_table


def test_golden(lcg_normal, golden):
    x = 0.02 * lcg_normal(250, 7)
    known = golden("prices_and_forecasts")["adf_white_seed7_n250"]
    found = augmented_dickey_fuller(x)
    assert found["statistic"] == pytest.approx(known["aic_stat"], abs=1e-8)
    assert found["p_value"] == pytest.approx(known["aic_p"], rel=1e-8)
    assert found["lags"] == known["aic_lag"] and found["n"] == known["nobs"]
    walk = augmented_dickey_fuller(np.cumsum(x), 1)
    assert walk["statistic"] == pytest.approx(golden("prices_and_forecasts")["adf_rw"]["lag1_stat"], abs=1e-8)
    assert walk["p_value"] == pytest.approx(golden("prices_and_forecasts")["adf_rw"]["lag1_p"], abs=1e-8)


def test_statistic_is_the_t_ratio_of_the_regression(lcg_normal):
    x = 0.02 * lcg_normal(250, 7)
    change, level = np.diff(x), x[:-1]
    y, z = change[1:], np.column_stack([np.ones(248), level[1:], change[:-1]])
    beta = np.linalg.lstsq(z, y, rcond=None)[0]
    residual = y - z @ beta
    cov = residual @ residual / (248 - 3) * np.linalg.inv(z.T @ z)
    assert augmented_dickey_fuller(x, 1)["statistic"] == pytest.approx(beta[1] / np.sqrt(cov[1, 1]), abs=1e-9)


def test_table_tells_returns_from_prices(lcg_normal):
    x = pd.DataFrame({"A": lcg_normal(400, 3), "B": lcg_normal(400, 4)})
    returns, prices = unit_root_table(x), unit_root_table(x.cumsum())
    assert (
        (returns["adf_p"] < 1e-6).all()
        and (returns["pp_p"] < 1e-6).all()
        and (returns["kpss_p"] >= 0.05).all()
    )
    assert (prices["adf_p"] > 0.05).all() and (prices["kpss_p"] <= 0.05).all()
    assert (returns["adf_p_holm"] >= returns["adf_p"]).all()
    assert list(returns.index) == ["A", "B"] and returns.index.name == "ticker"


def test_bad_series_are_named():
    with pytest.raises(DataError, match=r"B.*constant"):
        unit_root_table(pd.DataFrame({"A": np.arange(50.0) % 7, "B": np.ones(50)}))
    with pytest.raises(DataError):
        augmented_dickey_fuller(np.arange(10.0))
    with pytest.raises(DataError):
        augmented_dickey_fuller([1.0, np.nan] * 30)


def test_rejecting_a_unit_root_says_nothing_about_variance_or_predictability():
    rates = rejection_rates(n=400, replications=60, seed=1)
    not_walks = rates.drop(index="random walk")
    # Four laws that differ in everything that matters are all "confirmed stationary".
    assert (not_walks["ADF"] == 1.0).all()
    assert rates.loc["random walk", "ADF"] < 0.15
    assert rates.loc["variance jumps by 9 half-way", "ARCH-LM"] > 0.9
    assert rates.loc["volatility clusters (GARCH)", "ARCH-LM"] > 0.9
    assert rates.loc["predictable (AR 0.8)", "Ljung-Box"] == 1.0
    assert rates.loc["white noise"][["Ljung-Box", "ARCH-LM"]].max() < 0.2
    pd.testing.assert_frame_equal(rates, rejection_rates(n=400, replications=60, seed=1))


def test_simulation_refuses_nonsense():
    with pytest.raises(ParameterError):
        rejection_rates(n=5)
    with pytest.raises(ParameterError):
        rejection_rates(replications=0)
    with pytest.raises(ParameterError, match="level"):
        rejection_rates(level=1.5)
