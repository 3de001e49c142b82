import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import CovarianceError, DataError, EstimationError, UnknownNameError
from portfolio_study.evaluation.loss import (
    historical_mean,
    matrix_qlike,
    mse,
    qlike,
    r2_out_of_sample,
    rmse,
    squared_error,
)


def test_rmse_golden(forecasts, expected_statistics):
    y = forecasts["y"]
    assert rmse(y, forecasts["f1"]) == pytest.approx(expected_statistics["rmse"]["f1"], rel=1e-12)
    assert rmse(y, forecasts["zero"]) == pytest.approx(expected_statistics["rmse"]["zero"], rel=1e-12)
    assert rmse(y, historical_mean(y)) == pytest.approx(expected_statistics["rmse"]["histmean"], rel=1e-12)
    assert mse(y, forecasts["f1"]) == pytest.approx(expected_statistics["rmse"]["f1"] ** 2, rel=1e-12)


def test_rmse_of_a_table_has_one_value_for_each_ticker(sixty_days):
    by_ticker = rmse(sixty_days, sixty_days * 0)
    assert list(by_ticker.index) == list("ABCD")
    assert by_ticker["C"] == pytest.approx(rmse(sixty_days["C"], sixty_days["C"] * 0))
    assert mse(sixty_days, sixty_days * 0).to_numpy() == pytest.approx((sixty_days**2).mean().to_numpy())
    assert squared_error(sixty_days, sixty_days * 0).shape == (60, 4)


def test_r2_golden(forecasts, expected_statistics):
    y = forecasts["y"]
    assert r2_out_of_sample(y, forecasts["f1"]) == pytest.approx(
        expected_statistics["R2_OS_vs_zero"], rel=1e-12
    )
    against_mean = r2_out_of_sample(y, forecasts["zero"], "historical_mean")
    assert against_mean == pytest.approx(expected_statistics["R2_OS_zero_vs_histmean"], rel=1e-12)
    assert r2_out_of_sample(y, forecasts["zero"], forecasts["mean"]) == pytest.approx(against_mean)
    assert r2_out_of_sample(y.to_numpy(), forecasts["zero"].to_numpy(), "historical_mean") == pytest.approx(
        against_mean
    )


def test_r2_pools_tables_and_knows_its_landmarks(sixty_days):
    assert r2_out_of_sample(sixty_days, sixty_days) == 1
    assert r2_out_of_sample(sixty_days, sixty_days * 0) == 0
    assert r2_out_of_sample(sixty_days, sixty_days * 2) == pytest.approx(0)
    assert r2_out_of_sample(sixty_days, sixty_days * 0.5, "historical_mean") == pytest.approx(
        1
        - 0.25
        * (sixty_days**2).sum().sum()
        / ((sixty_days - sixty_days.apply(historical_mean)) ** 2).sum().sum()
    )
    with pytest.raises(UnknownNameError, match="historical_mean"):
        r2_out_of_sample(sixty_days, sixty_days, "historic_mean")
    with pytest.raises(EstimationError, match="without error"):
        r2_out_of_sample(sixty_days, sixty_days, sixty_days)


def test_historical_mean_uses_the_past_only(forecasts):
    y = forecasts["y"].copy()
    before = historical_mean(y)
    assert before.to_numpy() == pytest.approx(forecasts["mean"].to_numpy())
    y.iloc[50] += 1
    after = historical_mean(y)
    assert after.iloc[:51].equals(before.iloc[:51])
    assert (after.iloc[51:] != before.iloc[51:]).all()


def test_losses_name_what_is_wrong(sixty_days):
    assert (rmse(sixty_days, sixty_days[["B", "A", "C", "D"]]) == 0).all()  # tickers are matched by label
    with pytest.raises(DataError, match="different columns: D only in actual"):
        rmse(sixty_days, sixty_days[["B", "A", "C"]])
    broken = sixty_days.copy()
    broken.iloc[7, 2] = np.nan
    with pytest.raises(DataError, match=r"first for C at 2020-01-10"):
        rmse(sixty_days, broken)
    with pytest.raises(DataError, match="one-dimensional"):
        rmse(np.ones(5), np.ones((5, 2)))
    with pytest.raises(DataError, match="actual at 0 is the text 'a'"):
        rmse(pd.Series(["a", "b"]), pd.Series([1.0, 2.0]))


def test_qlike_golden(expected_statistics):
    assert qlike(1.5e-4, 1e-4) == pytest.approx(
        expected_statistics["QLIKE"]["sigma2=1.5e-4,h=1e-4"], rel=1e-12
    )
    assert qlike(1e-4, 1.5e-4) == pytest.approx(
        expected_statistics["QLIKE"]["sym (h=1.5e-4,s2=1e-4)"], rel=1e-12
    )
    log_form = qlike(1.5e-4, 1e-4, form="log")
    assert log_form == pytest.approx(expected_statistics["QLIKE"]["alt ln h + s2/h"], rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-8, 1.0), st.floats(1e-8, 1.0), st.floats(1e-8, 1.0))
def test_qlike_forms_differ_by_a_term_without_the_forecast(s2, h, other):
    ratio = qlike(s2, h) - qlike(s2, other)
    log_form = qlike(s2, h, "log") - qlike(s2, other, "log")
    assert ratio == pytest.approx(log_form, rel=1e-6, abs=1e-6 * (1 + s2 / min(h, other)))
    assert qlike(s2, h) >= 0
    assert qlike(s2, s2) == pytest.approx(0, abs=1e-12)


def test_qlike_ranks_by_a_noisy_proxy_as_by_the_truth():
    rng = np.random.default_rng(0)
    variance = np.exp(rng.standard_normal(20_000)) * 1e-4
    proxy = variance * rng.standard_normal(20_000) ** 2
    good, bad = variance * 1.1, variance * 1.6
    assert qlike(proxy, good, "log").mean() < qlike(proxy, bad, "log").mean()


def test_rmse_on_volatility_with_absolute_returns_is_not_robust(expected_statistics):
    """E|z| is 0.798: a forecast 20 % too low beats the true volatility when |r| is the proxy."""
    z = np.abs(np.random.default_rng(1).standard_normal(200_000))
    assert z.mean() == pytest.approx(expected_statistics["proxy_bias"]["E|z|"], abs=0.005)
    truth = expected_statistics["proxy_bias"]["RMSE of predicting |r| with sigma (sigma=1)"]
    assert rmse(z, np.ones_like(z)) == pytest.approx(truth, abs=0.005)
    assert rmse(z, 0.8 * np.ones_like(z)) < rmse(z, np.ones_like(z))


def test_qlike_keeps_labels_and_names_what_is_wrong(sixty_days):
    variance = sixty_days**2
    table = qlike(variance, variance * 0 + 1e-4)
    assert table.columns.equals(sixty_days.columns)
    assert table.index.equals(sixty_days.index)
    assert qlike(variance["A"], variance["A"] * 2).index.equals(sixty_days.index)
    variance.iloc[3, 1] = 0.0
    with pytest.raises(DataError, match=r'form="log", first at 2020-01-06 for B'):
        qlike(variance, variance * 0 + 1e-4)
    assert np.isfinite(qlike(variance, variance * 0 + 1e-4, "log").to_numpy()).all()
    with pytest.raises(DataError, match="positive"):
        qlike(variance["A"], variance["A"] * 0)
    with pytest.raises(DataError, match="not negative"):
        qlike(-1e-4, 1e-4)
    with pytest.raises(DataError, match="shape"):
        qlike(np.ones(3), np.ones(2))
    with pytest.raises(UnknownNameError, match="log"):
        qlike(1e-4, 1e-4, form="logs")


def test_matrix_qlike_prefers_the_true_covariance(four_assets):
    rng = np.random.default_rng(2)
    s = four_assets["covariance"]
    r = pd.DataFrame(rng.standard_normal((4000, 4)) @ np.linalg.cholesky(s).T, columns=list("ABCD"))
    truth = matrix_qlike(r, np.broadcast_to(s, (4000, 4, 4)))
    diagonal = matrix_qlike(r, np.broadcast_to(np.diag(np.diag(s)), (4000, 4, 4)))
    assert truth.mean() < diagonal.mean()
    row = r.to_numpy()[0]
    assert truth.iloc[0] == pytest.approx(np.log(np.linalg.det(s)) + row @ np.linalg.inv(s) @ row)


def test_matrix_qlike_names_the_date(sixty_days, four_assets):
    covariances = np.repeat(four_assets["covariance"][None] / 252, 60, axis=0)
    one = matrix_qlike(sixty_days[["A"]], covariances[:, :1, :1])
    assert one.to_numpy() == pytest.approx(
        qlike(sixty_days["A"].to_numpy() ** 2, covariances[:, 0, 0], "log")
    )
    covariances[4] = -covariances[4]
    with pytest.raises(CovarianceError, match="2020-01-07"):
        matrix_qlike(sixty_days, covariances)
    with pytest.raises(DataError, match="shape"):
        matrix_qlike(sixty_days, covariances[:5])
