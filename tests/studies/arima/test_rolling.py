"""Equations, noise simulation, order selection and the other comparisons of the ARIMA chapter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.order_selection import chosen_orders, order_table
from portfolio_study.studies.arima.equation import (
    arma_autocorrelations,
    partial_autocorrelations,
    printed_autocorrelations,
    windows_of_algorithm,
)
from portfolio_study.studies.arima.noise import noise_study
from portfolio_study.studies.arima.rolling import (
    full_sample_table,
    nearest_reading,
    reference_diagnostics,
    spread_dates,
    standardised_residuals,
    window_sweep,
)

INSIDE = st.floats(-0.9, 0.9)


def impulse_acf(response, lags):
    """Autocorrelations from the weights of past shocks."""
    return (
        np.array([(response[k:] * response[: len(response) - k]).sum() for k in range(1, lags + 1)])
        / (response**2).sum()
    )


@settings(max_examples=50, deadline=None)
@given(phi=INSIDE, theta=INSIDE)
def test_autocorrelations_follow_from_the_weights_of_the_shocks(phi, theta):
    arma, printed = np.zeros(600), np.zeros(600)
    arma[0] = printed[0] = 1.0
    arma[1] = phi + theta
    for k in range(2, 600):
        arma[k] = phi * arma[k - 1]
    eps = theta ** np.arange(600)  # the printed second line
    printed = np.convolve(phi ** np.arange(600), eps)[:600]  # put into the first
    assert arma_autocorrelations(phi, theta, 5) == pytest.approx(impulse_acf(arma, 5), abs=1e-9)
    assert printed_autocorrelations(phi, theta, 5) == pytest.approx(impulse_acf(printed, 5), abs=1e-9)


def test_the_printed_lines_are_not_an_arma():
    """They are an autoregression of order two: its partial autocorrelations end after lag two."""
    printed, arma = printed_autocorrelations(0.5, 0.3, 6), arma_autocorrelations(0.5, 0.3, 6)
    assert partial_autocorrelations(printed)[1] == pytest.approx(-0.15)
    assert partial_autocorrelations(printed)[2:] == pytest.approx(np.zeros(4), abs=1e-12)
    assert (np.abs(partial_autocorrelations(arma)[:4]) > 1e-3).all()
    assert abs(printed[0] - arma[0]) > 0.03


def test_partial_autocorrelations_agree_with_statsmodels():
    from statsmodels.tsa.arima_process import ArmaProcess

    theirs = ArmaProcess([1, -0.5], [1, 0.3]).pacf(7)[1:]
    assert partial_autocorrelations(arma_autocorrelations(0.5, 0.3, 6)) == pytest.approx(theirs, abs=1e-10)


def test_differencing_turns_a_linear_trend_in_the_mean_into_a_constant():
    trend = 2.0 + 0.3 * np.arange(50)
    assert np.ptp(trend) > 10
    assert np.diff(trend) == pytest.approx(np.full(49, 0.3))


@given(rows=st.integers(1, 400), window=st.integers(1, 60))
def test_the_loop_makes_one_forecast_for_each_row_after_the_window(rows, window):
    assert windows_of_algorithm(rows, window) == max(rows - window, 0)


def test_golden_number_of_forecasts(golden):
    g = golden("prices_and_forecasts")
    assert windows_of_algorithm(g["nyse_sessions_2010_01_01_2024_03_31"] - 1) == g["n_arima_forecasts_w50"]


def test_equal_rmse_can_mean_a_perfect_or_a_useless_model():
    """Why the size of an RMSE says nothing about the fit: only the comparison with a benchmark does."""
    rng = np.random.default_rng(0)
    error = rng.normal(scale=0.019, size=2000)
    signal = rng.normal(scale=0.057, size=2000)
    useless, good = error, signal + error  # forecasts: zero and the signal
    rmse = [np.sqrt((useless**2).mean()), np.sqrt(((good - signal) ** 2).mean())]
    assert rmse[0] == pytest.approx(rmse[1])
    assert 1 - (error**2).sum() / (good**2).sum() > 0.85


def test_insignificant_terms_can_carry_information_together():
    """AR and MA term each with a large p-value, jointly far beyond what noise produces."""
    rng = np.random.default_rng(3)
    noise = noise_study(window=200, replications=300, seed=5)
    found = 0
    for _ in range(40):
        x = np.zeros(300)
        e = rng.normal(size=300)
        for t in range(1, 300):
            x[t] = 0.25 * x[t - 1] + e[t]
        row = full_sample_table(pd.DataFrame({"A": x[100:]})).loc["A"]
        apart = min(row["p_ar"], row["p_ma"])
        found += apart > 0.05 and row["likelihood_ratio"] > noise.critical_value(0.05)
    assert found >= 3


@pytest.mark.slow
def test_noise_costs_what_the_published_simulation_found(golden):
    g = golden("estimation_noise")["arma_iid"]
    theirs = noise_study(window=50, replications=60, seed=2, engine="statsmodels")
    assert abs(theirs.rmse_ratio - g["ratio_arma_zero"]) < 3 * theirs.rmse_ratio_se
    ours = noise_study(window=50, replications=20_000, seed=2)
    assert ours.mean_ratio == pytest.approx(np.sqrt(1 + 1 / 50), abs=3 * ours.mean_ratio_se)
    assert ours.rmse_ratio > ours.mean_ratio + 5 * ours.rmse_ratio_se
    assert 0.01 < ours.exceedance < 0.03
    assert ours.critical_value(0.05) > 5.99  # chi-square with two degrees of freedom would be too small
    assert noise_study(window=50, replications=20_000, seed=2).rmse_ratio == ours.rmse_ratio


def test_orders_are_recovered_and_compared_with_the_rivals():
    rng = np.random.default_rng(6)
    e = rng.normal(size=(1600, 2))
    x = np.zeros((1600, 2))
    for t in range(1, 1600):
        x[t, 0] = 0.6 * x[t - 1, 0] + e[t, 0] + 0.5 * e[t - 1, 0]
    x[:, 1] = e[:, 1]
    table = order_table(pd.DataFrame(x[100:], columns=["arma", "noise"]))
    bic = chosen_orders(table)
    assert bic.loc["arma", "order"] == "(1, 1)"
    assert bic.loc["arma", "margin"] > 0
    assert bic.loc["noise", "order"] == "(0, 0)"
    assert bic.loc["noise", "margin"] < 0
    assert bic.loc["noise", "rival"] == "(0, 0)"
    assert (chosen_orders(table, "aic")["margin"] >= bic["margin"]).loc["noise"]
    k = 3  # mean, variance, one coefficient
    row = table.loc[("arma", 1, 0)]
    assert row["bic"] == pytest.approx(np.log(1500) * k - 2 * row["loglik"])
    with pytest.raises(ParameterError, match="aic or bic"):
        chosen_orders(table, "hqic")
    with pytest.raises(ParameterError, match="must include"):
        order_table(pd.DataFrame(x), largest=0)


def test_spread_dates():
    index = pd.bdate_range("2020-01-01", periods=100)
    assert spread_dates(index, 50, None).equals(index[50:])
    assert spread_dates(index, 50, 500).equals(index[50:])
    some = spread_dates(index, 50, 5)
    assert len(some) == 5
    assert (some[0], some[-1]) == (index[50], index[99])
    with pytest.raises(ParameterError, match="at least one date"):
        spread_dates(index, 50, 0)
    with pytest.raises(ParameterError, match="too long"):
        spread_dates(index, 100, 5)


def test_full_sample_equals_the_reference_where_both_find_the_maximum():
    rng = np.random.default_rng(1)
    x = np.zeros(400)
    e = rng.normal(size=400)
    for t in range(1, 400):
        x[t] = 0.6 * x[t - 1] + e[t] + 0.3 * e[t - 1]
    series = pd.Series(x, name="A")  # on unscaled returns statsmodels would stop short
    ours, theirs = full_sample_table(series.to_frame()).loc["A"], reference_diagnostics(series)
    assert ours["kurtosis"] == pytest.approx(theirs["kurtosis"], rel=1e-3)
    assert ours["p_ar"] == pytest.approx(theirs["p_ar"], abs=1e-3)
    z = standardised_residuals(series.to_frame(), full_sample_table(series.to_frame()))["A"]
    assert (z**2).mean() == pytest.approx(1, abs=1e-6)
    assert ((z - z.mean()) ** 4).mean() / z.var(ddof=0) ** 2 == pytest.approx(ours["kurtosis"])


def test_nearest_reading_weighs_all_three_numbers():
    readings = pd.DataFrame(
        {"p_ar": [0.79, 0.2, 0.8], "p_ma": [0.1, 0.9, 0.95], "kurtosis": [19.0, 19.17, 15.0]},
        index=["one p-value off", "other p-value off", "all near"],
    )
    readings.loc["undefined"] = [np.nan, 0.9, 19.0]
    distance = nearest_reading(readings, {"p_ar": 0.794, "p_ma": 0.941, "kurtosis": 19.17})
    assert distance.index[0] == "all near"
    assert distance.index[-1] == "undefined"
    assert np.isinf(distance.iloc[-1])


def test_sweep_compares_all_windows_on_the_same_dates():
    returns = pd.DataFrame(
        np.random.default_rng(0).normal(size=(80, 1)), index=pd.bdate_range("2020-01-01", periods=80)
    )
    sweep = window_sweep(returns, [20, 40])
    assert set(sweep) == {"ARIMA 20", "mean 20", "ARIMA 40", "mean 40"}
    assert all(f.index.equals(returns.index[40:]) for f in sweep.values())
    with pytest.raises(ParameterError, match="at least one window"):
        window_sweep(returns, [])
