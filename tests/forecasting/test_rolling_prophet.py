"""Prophet's forecasts: what they are, and that no fit knows the days that it forecasts."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.forecasting.rolling_prophet import FEWEST, rolling_prophet

pytestmark = pytest.mark.slow  # importing Prophet alone takes seconds

DATES = pd.bdate_range("2020-01-01", periods=150)
FIRST = DATES[120]


@pytest.fixture(scope="module")
def close(lcg_normal):
    """A stock that gains 1 % on every Monday and loses 0.2 % on other days, and one of noise."""
    weekly = np.where(DATES.day_of_week == 0, 0.01, -0.002)
    noise = 0.01 * lcg_normal(len(DATES), 5)
    return pd.DataFrame({"WEEK": np.exp(np.cumsum(weekly)), "NOISE": np.exp(np.cumsum(noise))}, DATES)


@pytest.fixture(scope="module")
def found(close):
    return rolling_prophet(close, FIRST, past=100, every=12)


def test_every_date_from_the_first_on_is_forecast_once(close, found):
    assert found.mean.index.equals(DATES[120:]) and list(found.mean) == ["WEEK", "NOISE"]
    assert found.log_price.index.equals(found.mean.index)
    assert found.fits == 2 * 3  # thirty dates, one fit for each twelve of them
    assert np.isfinite(found.mean.to_numpy()).all()


def test_a_season_of_the_week_is_found(close, found):
    actual = np.log(close["WEEK"]).diff()[FIRST:]
    forecast = found.mean["WEEK"]
    assert np.corrcoef(actual, forecast)[0, 1] > 0.95
    assert ((actual - forecast) ** 2).mean() < 0.1 * (actual**2).mean()


def test_a_forecast_is_the_change_of_the_path_of_one_fit(close, found):
    from prophet import Prophet

    rows = slice(132 - 100, 132)  # behind the second block
    model = Prophet(uncertainty_samples=0)
    model.fit(pd.DataFrame({"ds": DATES[rows], "y": np.log(close["NOISE"].to_numpy()[rows])}))
    path = model.predict(pd.DataFrame({"ds": DATES[131:144]}))["yhat"].to_numpy()
    np.testing.assert_allclose(found.mean["NOISE"].to_numpy()[12:24], np.diff(path), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(found.log_price["NOISE"].to_numpy()[12:24], path[1:], rtol=1e-4, atol=1e-7)


def test_one_changed_day_changes_only_forecasts_after_it(close, found):
    day = DATES[127]
    moved = close.copy()
    moved.loc[day] *= 1.3
    after = rolling_prophet(moved, FIRST, past=100, every=12)
    known = found.mean.index <= day
    pd.testing.assert_frame_equal(after.mean[known], found.mean[known])
    pd.testing.assert_frame_equal(after.mean[:12], found.mean[:12])  # until the next fit
    assert not np.allclose(after.mean[12:], found.mean[12:], atol=1e-6)


def test_prices_before_the_past_do_not_count(close, found):
    moved = close.copy()
    moved.iloc[: 120 - 100] *= 3.0
    pd.testing.assert_frame_equal(rolling_prophet(moved, FIRST, past=100, every=12).mean, found.mean)


def test_the_engine_says_nothing_and_loggers_are_left_as_they_were():
    """In a fresh process, because the engine sets its logger up when it is first loaded."""
    code = (
        "import logging, numpy as np, pandas as pd\n"
        "from portfolio_study.forecasting.rolling_prophet import rolling_prophet\n"
        "days = pd.bdate_range('2020-01-01', periods=40)\n"
        "close = pd.DataFrame({'A': np.exp(np.sin(np.arange(40.0)))}, days)\n"
        "print(rolling_prophet(close, days[-2], past=30).fits)\n"
        "print(logging.getLogger('cmdstanpy').disabled, logging.getLogger('prophet').disabled)"
    )
    settings = {**os.environ, "STUDY_BACKEND": "sequential"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (["1", "False", "False"], "")


def test_a_fit_that_fails_names_ticker_and_date(close, monkeypatch):
    import prophet

    def fail(self, *args, **kwargs):
        raise RuntimeError("Optimization terminated abnormally\nand much more")

    monkeypatch.setenv("STUDY_BACKEND", "sequential")
    monkeypatch.setattr(prophet.Prophet, "fit", fail)
    with pytest.raises(EstimationError, match=r"NOISE.*until 2020-06-16.*abnormally\)$"):
        rolling_prophet(close[["NOISE"]], FIRST, past=100)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"first": "2020-01-04"}, ParameterError, "2020-01-04 is not a date"),
        ({"first": DATES[FEWEST - 1]}, ParameterError, "has 29 prices before it, Prophet needs 30"),
        ({"past": 10}, ParameterError, "past must be at least 30"),
        ({"every": 0}, ParameterError, "every must be at least 1"),
        ({"close": pd.DataFrame({"A": np.ones(150)})}, ParameterError, "needs dates"),
        ({"close": pd.DataFrame({"A": np.ones(150)}, DATES[::-1])}, DataError, "2020"),
    ],
)
def test_bad_input_is_named(close, change, error, words):
    with pytest.raises(error, match=words):
        rolling_prophet(**({"close": close, "first": FIRST} | change))
