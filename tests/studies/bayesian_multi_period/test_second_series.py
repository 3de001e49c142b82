"""The paper's second series: shapes of coefficients, and what a fault in one series does to them."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.studies.bayesian_multi_period import paper, second_series

NAMES = ["AAPL", "MSFT", "AMZN", "META", "GOOGL"]


@pytest.fixture
def returns():
    weeks = pd.date_range("2017-07-07", periods=130, freq="W-FRI")
    moves = np.random.default_rng(2).normal(0.004, 0.03, (130, 5))
    return pd.DataFrame(moves, weeks, NAMES)


def test_the_printed_shape():
    row, column = second_series.shape(paper.COEFFICIENTS)
    rest = [abs(paper.COEFFICIENTS[i, j]) for i in (0, 2, 3, 4) for j in (0, 2, 3, 4) if i != j]
    assert row == pytest.approx(np.mean([0.0160, 0.0006, 0.0020, 0.0093]) / np.mean(rest))
    assert column == pytest.approx(np.mean([0.2395, 1.1354, 2.7002, 2.1994]) / np.mean(rest))
    assert (round(1 / row, 1), round(column, 1)) == (9.3, 24.2)


def test_another_scale_moves_row_and_column_and_nothing_else(returns):
    plain = second_series.least_squares(returns.to_numpy())
    scaled = second_series.least_squares((returns * [1, 0.1, 1, 1, 1]).to_numpy())
    row, column = second_series.shape(plain)
    assert second_series.shape(scaled) == pytest.approx((row / 10, 10 * column))
    assert second_series.shape(scaled, 0) != pytest.approx(second_series.shape(plain, 0))


def test_coefficients_are_least_squares(returns):
    x, y = returns.to_numpy()[:-1], returns.to_numpy()[1:]
    centred = np.linalg.lstsq(x - x.mean(axis=0), y - y.mean(axis=0), rcond=None)[0].T
    np.testing.assert_allclose(second_series.least_squares(returns.to_numpy()), centred, atol=1e-12)


def test_the_bootstrap_finds_such_a_series_where_there_is_one(returns):
    assert second_series.bootstrap_share(returns.to_numpy(), 40) == 0.0
    scaled = (returns * [1, 1, 1, 1 / 200, 1]).to_numpy()  # whichever series it is
    assert second_series.bootstrap_share(scaled, 40) > 0.9


def test_a_scale_fits_row_and_column_and_not_the_mean(returns):
    close = 100 * (1 + returns).cumprod()
    found = second_series.faults(close, returns, returns["AAPL"])
    assert not found["all three"].any()
    by_scale = found[found.index.str.startswith("divided by 1")]
    assert len(by_scale) >= 1 and not by_scale["mean fits"].any()
    assert found.loc["sign reversed", "mean"] == pytest.approx(-returns["MSFT"].mean())
    assert found.loc["price", "mean"] == pytest.approx(close["MSFT"].mean())
    # a series that has the printed mean and scale is found
    made = returns.assign(MSFT=paper.SECOND_STOCK_MEAN + (returns["MSFT"] - returns["MSFT"].mean()) / 15)
    row, column = second_series.shape(second_series.least_squares(made.to_numpy()))
    told = second_series.faults(close, made, made["AAPL"]).loc["none"]
    assert told["mean fits"] and (told["row"], told["column"]) == pytest.approx((row, column))


def test_the_nearest_factor_is_the_geometric_mean_of_row_and_column():
    row, column = second_series.shape(paper.COEFFICIENTS)
    assert second_series.common_factor() == pytest.approx(np.sqrt(row / column))
    assert second_series.common_factor(row, column) == 1.0
