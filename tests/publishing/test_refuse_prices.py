"""Prices that a chapter could not use are refused before any chapter runs."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data.history import PriceHistory
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import Chapter, read_chapter
from portfolio_study.publishing.profile_file import profile_names
from portfolio_study.publishing.profiles import RunRequest, complete
from portfolio_study.publishing.refuse_prices import require_usable, window_lengths
from portfolio_study.publishing.run import build_book
from portfolio_study.publishing.run_prices import require_enough, resolve_data
from portfolio_study.settings import project_root

BOOK = Layout(project_root(), project_root() / "build")


@pytest.fixture(scope="module")
def chapters():
    return [read_chapter(page, BOOK.source(page)) for page in BOOK.pages()]


def settings(profile="smoke", **overrides):
    return complete(RunRequest(profile=profile, overrides=overrides), BOOK)


def history(rows=300, still=0, spike=1.0, at=100, frequency="daily"):
    noise = np.random.default_rng(0).normal(0, 0.01, (rows, 3))
    close = 100 * np.exp(noise.cumsum(axis=0))
    close[at : at + still + 1, 1] = close[at, 1]
    close[at, 1] *= spike
    dates = pd.bdate_range("2014-01-02", periods=rows, name="date")
    close = pd.DataFrame(close, dates, ["AAA", "HALT", "CCC"])
    return PriceHistory(close, None, pd.Series(0.0, dates), "file", "custom", frequency)


def test_every_window_of_a_chapter_says_what_it_means_for_the_prices(chapters):
    for chapter in chapters:
        windows = {name for name in chapter.parameters if "window" in name or name in ("lookback", "months")}
        assert windows == set(chapter.windows), chapter.name


@pytest.mark.parametrize("profile", profile_names(BOOK))
def test_lengths_follow_profile_and_command_line(chapters, profile):
    own = window_lengths(chapters, settings(profile))
    assert min(own.values()) == {"smoke": 20, "study": 25, "paper": 25}[profile]
    assert own["arima.windows"] == 25
    assert window_lengths(chapters, settings(profile, **{"garch.window": 12}))["garch.window"] == 12
    assert window_lengths(chapters, settings(profile), "monthly")["minimum_variance.months"] > 0


def test_a_close_that_stands_still_for_a_window_is_refused(chapters):
    with pytest.raises(DataError) as error:
        require_usable(history(still=110), chapters, settings())
    text = str(error.value)
    assert "HALT does not move for 110 days, 2014-05-23 to 2014-10-23" in text
    assert "windows of 20 days" in text and "START after 2014-10-23" in text and "END on 2014-05-22" in text


def test_the_shortest_window_decides(chapters):
    require_usable(history(still=19), chapters, settings())
    with pytest.raises(DataError, match="for 20 days"):
        require_usable(history(still=20), chapters, settings())
    require_usable(history(rows=500, still=20), chapters, settings("study"))
    with pytest.raises(DataError, match=r"\(garch.window\)"):
        require_usable(history(still=12), chapters, settings(**{"garch.window": 12}))
    alone = [chapter for chapter in chapters if chapter.name == "minimum_variance"]
    require_usable(history(still=110), alone, settings())  # its window is longer


def test_every_asset_that_stands_still_is_named(chapters):
    prices = history(still=30)
    close = prices.close.assign(CCC=prices.close["HALT"])
    with pytest.raises(DataError, match=r"likewise CCC.*Leave these tickers out"):
        require_usable(replace(prices, close=close), chapters, settings())


@pytest.mark.parametrize("spike", [100.0, 0.01, 10.0])
def test_a_single_wrong_close_is_refused(chapters, spike):
    with pytest.raises(DataError, match=r"close of HALT on 2014-05-22 is .*wrong price") as error:
        require_usable(history(spike=spike), chapters, settings())
    assert "leave the ticker out" in str(error.value)
    require_usable(history(spike=1.5), chapters, settings())


def test_a_window_longer_than_the_prices_is_refused(chapters):
    with pytest.raises(ParameterError, match=r"arima.window is 299, but the prices have 299 returns"):
        require_usable(history(), chapters, settings(**{"arima.window": 299}))
    require_usable(history(), chapters, settings(**{"arima.windows": [25, 1000]}))


def test_parameters_that_the_dates_do_not_allow_are_refused(chapters):
    with pytest.raises(ParameterError, match=r"lstm.rows must be at least 323, .*the prices have 300 dates"):
        require_usable(history(), chapters, settings(**{"lstm.window": 40, "lstm.rows": 3583}))
    with pytest.raises(ParameterError, match=r"data.lags must be at most 74"):
        require_usable(history(), chapters, settings(**{"data.lags": 75}))


def test_a_build_refuses_before_any_chapter_runs(toy, market, no_kernels, monkeypatch):
    monkeypatch.setattr("portfolio_study.data.load_prices", lambda **request: _Toy(history(still=110)))
    monkeypatch.setattr(Chapter, "windows", {"window": "estimation"})
    with pytest.raises(DataError, match="HALT does not move for 110 days"):
        build_book(RunRequest(profile="smoke"), toy)
    assert not list(toy.store.glob("*.ipynb"))


class _Toy:
    """A price history with a checksum, as the loader gives it."""

    def __init__(self, prices):
        self._prices, self.sha256, self.manifest = prices, "a" * 64, {"vendor": "toy"}

    def sample(self):
        return self._prices.sample() | {"sha256": self.sha256, "rows": 300}

    def __getattr__(self, name):
        return getattr(self._prices, name)


def test_more_tickers_than_a_run_takes_are_refused_before_anything_is_loaded(toy, no_kernels, monkeypatch):
    monkeypatch.setattr(
        "portfolio_study.data.load_prices", lambda **request: pytest.fail("prices are loaded")
    )
    names = " ".join(f"SYN{i:04d}" for i in range(1001))
    with pytest.raises(ParameterError, match=r"1,001 tickers are asked for and a run takes at most 1,000"):
        build_book(RunRequest(profile="smoke", source="synthetic", universe=names), toy)


def test_a_file_with_more_tickers_than_a_run_takes_is_refused_before_any_chapter(
    toy, market, no_kernels, monkeypatch
):
    dates = pd.bdate_range("2014-01-02", periods=300, name="date")
    close = pd.DataFrame(1.0, dates, [f"T{i:04d}" for i in range(1200)])
    prices = PriceHistory(close, None, pd.Series(0.0, dates), "file", "custom")
    monkeypatch.setattr("portfolio_study.data.load_prices", lambda **request: _Toy(prices))
    monkeypatch.setattr("portfolio_study.publishing.same_data.returns_print", lambda close: {})
    with pytest.raises(ParameterError, match=r"1,200 tickers .* at most 1,000: name those that matter"):
        build_book(RunRequest(profile="smoke"), toy)
    assert not list(toy.store.glob("*.ipynb"))


@pytest.mark.parametrize(
    ("request_", "rows", "said"),
    [
        ({"profile": "smoke", "path": "few.csv"}, 9, "give a file with more dates$"),
        (
            {"profile": "smoke", "path": "few.csv", "end": "2015-01-01"},
            9,
            "give a file with more dates, or choose an earlier START or a later END$",
        ),
        (
            {"profile": "study", "start": "2015-01-01"},
            9,
            r"choose an earlier START or a later END, or a profile for shorter histories \(PROFILE=smoke\)$",
        ),
        ({"profile": "smoke"}, 500, "got AAA alone: name more in UNIVERSE$"),
        ({"profile": "smoke", "path": "few.csv"}, 500, "in UNIVERSE, or give a file with more$"),
    ],
)
def test_the_remedy_is_one_that_helps(request_, rows, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.csv").write_text("date,AAA\n2015-01-02,1\n")
    sample = {"tickers": ["AAA", "BBB"][: 1 + (rows < 500)], "rows": rows, "first": "a", "last": "b"}
    with pytest.raises(DataError, match=said):
        require_enough(sample, complete(RunRequest(**request_), BOOK))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "START too"),
        ({"universe": "AAPL MSFT"}, "or give START too"),
        ({"source": "yahoo", "universe": "papers"}, "choose a later END$"),
    ],
)
def test_an_end_before_the_universe_begins_is_not_blamed_on_a_start_that_nobody_gave(
    request_, said, tmp_path, monkeypatch, chapters
):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path))
    asked = complete(RunRequest(end="1950-01-01", **request_), BOOK)
    pages = [page for page in chapters if page.name == "arima"]
    with pytest.raises(
        ParameterError, match=r"^END=1950-01-01 lies before the first date of the universe"
    ) as caught:
        resolve_data(asked, Layout(BOOK.root, tmp_path), "code", pages)
    assert re.search(said, str(caught.value))
