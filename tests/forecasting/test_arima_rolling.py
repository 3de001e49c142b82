"""The rolling forecast: alignment, leaks, flags, engines, threads, bad input."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.forecasting import arima_engines
from portfolio_study.forecasting.arima import fit_arma11, rolling_arima


def frame(seed=0, rows=90, tickers=("AAA", "BBB")):
    values = 0.01 * np.random.default_rng(seed).standard_t(5, size=(rows, len(tickers)))
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=rows), columns=list(tickers))


@pytest.mark.slow
def test_one_forecast_for_each_date_after_the_first_window():
    returns = frame()
    result = rolling_arima(returns, window=50)
    assert result.mean.index.equals(returns.index[50:])
    assert list(result.mean.columns) == ["AAA", "BBB"]
    assert result.loglik.shape == result.parameters["phi"].shape == result.flags["boundary"].shape == (40, 2)
    assert not result.mean.isna().to_numpy().any()


def test_number_of_forecasts_of_the_paper(golden):
    """3,583 sessions give 3,582 returns and, with 50-day windows, 3,532 forecasts."""
    g = golden("prices_and_forecasts")
    one = frame(rows=g["n_logret"], tickers=("AAA",))
    assert len(rolling_arima(one).mean) == g["n_arima_forecasts_w50"]
    assert g["nyse_sessions_2010_01_01_2024_03_31"] == g["n_logret"] + 1


def test_each_row_is_the_fit_of_the_window_before_it():
    returns = frame()
    result = rolling_arima(returns, window=30, diagnostics=True)
    for row in (30, 57, 89):
        fit = fit_arma11(returns["BBB"].iloc[row - 30 : row])
        when = returns.index[row]
        assert result.mean.loc[when, "BBB"] == pytest.approx(fit.forecast, rel=1e-9)
        assert result.loglik.loc[when, "BBB"] == pytest.approx(fit.loglik, rel=1e-12)
        assert result.parameters["constant"].loc[when, "BBB"] == pytest.approx(fit.constant, rel=1e-9)
        assert result.diagnostics["likelihood_ratio"].loc[when, "BBB"] == pytest.approx(
            fit.likelihood_ratio, abs=1e-9
        )
        assert result.flags["common_factor"].loc[when, "BBB"] == fit.common_factor


@pytest.mark.parametrize("engine", ["batched", pytest.param("statsmodels", marks=pytest.mark.slow)])
def test_changing_one_date_moves_later_forecasts_only(engine):
    returns = frame(rows=75, tickers=("AAA",))
    dates = returns.index[50:] if engine == "batched" else returns.index[[59, 60, 61, 74]]
    moved = returns.copy()
    when = returns.index[60]
    moved.loc[when, "AAA"] += 0.05
    before = rolling_arima(returns, engine=engine, dates=dates).mean["AAA"]
    after = rolling_arima(moved, engine=engine, dates=dates).mean["AAA"]
    assert before.loc[:when].equals(after.loc[:when])
    assert (before.loc[before.index > when] != after.loc[after.index > when]).all()


def test_a_return_that_left_the_window_is_forgotten():
    returns = frame(rows=130, tickers=("AAA",))
    moved = returns.copy()
    moved.iloc[20, 0] += 0.05
    gone = returns.index[71:]  # the window 21..70 is the first without row 20
    before, after = rolling_arima(returns).mean, rolling_arima(moved).mean
    assert before.loc[gone].equals(after.loc[gone])
    assert (before.loc[returns.index[50:71]] != after.loc[returns.index[50:71]]).to_numpy().all()


def test_tickers_do_not_touch_each_other():
    returns = frame()
    together, alone = rolling_arima(returns), rolling_arima(returns[["BBB"]])
    assert together.mean["BBB"].equals(alone.mean["BBB"])


def test_dates_select_rows_of_the_full_run():
    returns = frame()
    some = returns.index[[50, 63, 89]]
    full, part = (
        rolling_arima(returns, diagnostics=True),
        rolling_arima(returns, dates=some, diagnostics=True),
    )
    assert full.mean.loc[some].equals(part.mean)
    pd.testing.assert_frame_equal(full.diagnostics["p_ar"].loc[some], part.diagnostics["p_ar"])


def test_engines_agree_where_both_find_the_maximum_and_batched_is_never_lower():
    returns = frame(3)
    returns["AAA"] += 0.8 * returns["AAA"].shift(fill_value=0.0)  # a moving average that is well identified
    dates = returns.index[50::4]
    ours = rolling_arima(returns, dates=dates, diagnostics=True)
    theirs = rolling_arima(returns, dates=dates, engine="statsmodels", diagnostics=True)
    gain = ours.loglik - theirs.loglik
    assert (gain >= -1e-4).to_numpy().all()
    assert (gain > 1e-3).to_numpy().any()
    same = (gain < 1e-4).to_numpy()
    assert same.any()
    # A likelihood lower by 1e-4 leaves the forecast within a few hundredths of its standard deviation.
    assert np.abs((ours.mean - theirs.mean).to_numpy()[same]).max() < 0.05 * returns.to_numpy().std()
    pd.testing.assert_frame_equal(
        ours.diagnostics["likelihood_ratio"] - 2 * gain, theirs.diagnostics["likelihood_ratio"], atol=1e-9
    )


def test_other_orders_run_on_the_reference_engine():
    returns = frame(rows=54, tickers=("AAA",))
    result = rolling_arima(returns, order=(2, 0, 1), engine="statsmodels")
    assert set(result.parameters) == {"mu", "phi1", "phi2", "theta1", "sigma2", "constant"}
    persistence = result.parameters["phi1"] + result.parameters["phi2"]
    pd.testing.assert_frame_equal(result.parameters["constant"], result.parameters["mu"] * (1 - persistence))
    noise = rolling_arima(returns, order=(0, 0, 0), engine="statsmodels")
    expected = [returns["AAA"].iloc[k - 50 : k].mean() for k in range(50, 54)]
    # On unscaled returns statsmodels' optimiser stops short of the mean.
    assert noise.mean["AAA"].to_numpy() == pytest.approx(expected, abs=0.01 * returns["AAA"].std())


@pytest.mark.parametrize("engine", ["batched", "statsmodels"])
def test_a_constant_window_falls_back_to_its_level_and_is_counted(engine):
    returns = frame(rows=70, tickers=("AAA",))
    returns.iloc[3:60, 0] = 0.002
    dates = returns.index[[52, 55, 60, 65]]
    result = rolling_arima(returns, engine=engine, dates=dates, diagnostics=True)
    flat = result.flags["constant_window"]["AAA"]
    assert list(flat) == [False, True, True, False]
    assert result.mean["AAA"][flat].to_numpy() == pytest.approx([0.002, 0.002])
    assert result.loglik["AAA"].isna().equals(flat)
    assert result.shares()["constant_window"] == 0.5
    assert not result.flags["common_factor"]["AAA"][flat].any()


@pytest.mark.slow
def test_diagnostics_by_blocks_of_windows_have_the_bits_of_one_block(monkeypatch):
    returns = frame(tickers=("AAA", "BBB", "CCC"))
    returns.iloc[20:45, 1] = 0.001  # windows of one level have no diagnostics
    whole = rolling_arima(returns, window=20, diagnostics=True).diagnostics
    monkeypatch.setattr(arima_engines, "_BLOCK", 7)
    by_block = rolling_arima(returns, window=20, diagnostics=True).diagnostics
    assert whole["p_ar"].isna().any(axis=None) and set(whole) == set(by_block)
    for name, table in whole.items():
        pd.testing.assert_frame_equal(by_block[name], table, check_exact=True)


def test_thread_count_does_not_change_a_bit(tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from portfolio_study.forecasting.arma_kernel import fit_windows\n"
        "x = 0.01 * np.random.default_rng(8).standard_t(3, size=(5, 400))\n"
        "np.save(sys.argv[1], fit_windows(x, 50))\n"
        "import numba; print(numba.get_num_threads())\n"
    )
    results = []
    for threads in ("1", "2"):
        target = tmp_path / f"{threads}.npy"
        run = subprocess.run(
            [sys.executable, "-c", code, str(target)],
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == threads
        results.append(target.read_bytes())
    assert results[0] == results[1]


@pytest.mark.slow
def test_number_of_workers_does_not_change_the_reference(monkeypatch):
    returns = frame(rows=58, tickers=("AAA",))
    monkeypatch.setenv("STUDY_JOBS", "1")
    one = rolling_arima(returns, engine="statsmodels")
    monkeypatch.setenv("STUDY_JOBS", "2")
    two = rolling_arima(returns, engine="statsmodels")
    assert one.mean.equals(two.mean)
    assert one.loglik.equals(two.loglik)


def broken(change):
    returns = frame()
    change(returns)
    return returns


@pytest.mark.parametrize(
    ("returns", "options", "error", "message"),
    [
        (frame(), {"window": 9}, ParameterError, "window must be at least 10, got 9"),
        (frame(), {"window": 90}, ParameterError, "window 90 is too long for 90 returns"),
        (frame(), {"window": 500}, ParameterError, "too long"),
        (frame(), {"window": "fifty"}, ParameterError, "whole number"),
        (frame(), {"window": True}, ParameterError, "whole number"),
        (frame(), {"engine": "statmodels"}, UnknownNameError, "did you mean 'statsmodels'"),
        (frame(), {"order": (2, 0, 1)}, ParameterError, "other orders"),
        (frame(), {"order": (1, 1, 1), "engine": "statsmodels"}, ParameterError, "d must be 0"),
        (frame(), {"order": "101"}, ParameterError, "three whole numbers"),
        (frame(), {"dates": [pd.Timestamp("1999-01-01")]}, ParameterError, "1999-01-01 is not a date"),
        (frame(), {"dates": frame().index[[10]]}, ParameterError, "2020-01-15 cannot be forecast"),
        (frame(), {"dates": frame().index[[60, 55]]}, ParameterError, "oldest first"),
        (
            broken(lambda r: r.iloc.__setitem__((60, 1), np.nan)),
            {},
            DataError,
            "missing .* first for BBB at 2020-03-25",
        ),
        (
            broken(lambda r: r.iloc.__setitem__((4, 0), np.inf)),
            {},
            DataError,
            "missing or infinite values, first for AAA",
        ),
        (
            broken(lambda r: r.iloc.__setitem__((slice(None), 0), 0.0)),
            {},
            EstimationError,
            "AAA: all 90 returns",
        ),
        (frame().iloc[::-1], {}, DataError, "order of time, oldest first: row 1, 2020-.* newest first"),
        (pd.concat([frame().iloc[:1], frame()]), {}, DataError, "two rows for 2020-01-01"),
        (frame(tickers=("AAA", "AAA")), {}, DataError, "column 'AAA' more than once"),
        (
            frame().astype(object).replace(frame().iloc[0, 0], "n/a"),
            {},
            DataError,
            "AAA at 2020-01-01 is the text 'n/a'",
        ),
        (frame()[[]], {}, DataError, "no columns"),
        ([1, 2, 3], {}, DataError, "must be a DataFrame"),
    ],
)
def test_bad_input_names_the_thing(returns, options, error, message):
    with pytest.raises(error, match=message):
        rolling_arima(returns, **options)
