"""The page on prices from elsewhere: every layout is read as it is printed there, every line of Python runs."""

import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import file_assets, load_prices
from portfolio_study.data.economy import SERIES, economy_files
from portfolio_study.data.fred import read_series
from portfolio_study.errors import DataError, UnknownNameError
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profile_file import OWN_KEYS
from portfolio_study.publishing.profiles import RunRequest, chapter_parameters, complete
from portfolio_study.publishing.run_prices import resolve_data
from portfolio_study.settings import project_root

PAGE = (project_root() / "book" / "your_data.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```\{code-block\} \w+\n:name: (\S+)\n(.*?)```", PAGE, re.DOTALL))
LAYOUTS = {
    "long.csv": ["AAA", "BBB"],
    "wide.csv": ["AAA", "BBB"],
    "AAA.csv": ["AAA"],
    "yfinance.csv": ["AAA", "BBB"],
    "fields.csv": ["AAA"],
    "3_Industry_Portfolios_Daily.CSV": ["Cnsmr", "Manuf", "Other"],
}


def test_the_page_shows_these_layouts():
    assert {name for name in BLOCKS if name.lower().endswith(".csv")} == set(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_as_it_is_printed(name, tmp_path):
    path = tmp_path / name
    path.write_text(BLOCKS[name])
    assert file_assets(path) == LAYOUTS[name]


def test_the_file_of_fred_is_read_as_it_is_printed(tmp_path):
    path = tmp_path / "any name.csv"
    path.write_text(BLOCKS["from-fred"])
    assert economy_files(tmp_path) == [path]
    assert read_series(path.read_text(), str(path))["CPILFESL"].tolist() == [253.492, 253.852, 254.684]
    assert all(f"fred.stlouisfed.org/series/{name})" in PAGE for name in SERIES.values())


@pytest.fixture
def prices():
    days = pd.bdate_range("2015-01-02", "2016-06-30")
    steps = np.random.default_rng(8).normal(0, 0.012, (len(days), 3))
    return pd.DataFrame((50 * np.exp(steps.cumsum(axis=0))).round(4), days, ["AAA", "BBB", "CCC"])


def run_in(folder, monkeypatch, code, **names):
    monkeypatch.chdir(folder)
    exec(code, names)  # the page's own line


def test_a_table_of_closes_becomes_a_file(prices, tmp_path, monkeypatch):
    run_in(tmp_path, monkeypatch, BLOCKS["from-a-table"], prices=prices)
    read = load_prices("file", path=tmp_path / "prices.csv")
    assert np.array_equal(read.close.to_numpy(), prices.to_numpy())


def test_rows_become_a_file(prices, tmp_path, monkeypatch):
    flat = prices.melt(ignore_index=False, var_name="ticker", value_name="close").reset_index(names="date")
    rows = flat.assign(
        open=flat.close, high=flat.close * 1.01, low=flat.close * 0.99, adj_close=flat.close, volume=1000
    )
    run_in(tmp_path, monkeypatch, BLOCKS["from-rows"], rows=rows)
    read = load_prices("file", path=tmp_path / "prices.parquet")
    assert read.ohlcv is not None and read.tickers == ["AAA", "BBB", "CCC"]


@pytest.fixture
def own(prices, tmp_path, monkeypatch):
    """The page's own study: its profile, and a price file beside it."""
    (tmp_path / "my.yml").write_text(BLOCKS["my.yml"])
    run_in(tmp_path, monkeypatch, BLOCKS["from-a-table"], prices=prices)
    return tmp_path


def test_the_own_study_is_read_as_it_is_printed(own):
    found = complete(RunRequest(profile="my.yml"), Layout.here())
    assert found.source == "file" and found.path == str(own / "prices.csv")
    assert (found.universe, found.start, found.end) == (["AAA", "BBB", "CCC"], "2015-01-05", "2016-06-30")
    pages = [read_chapter(page, Layout.here().source(page)) for page in Layout.here().pages()]
    given = {page.name: chapter_parameters(page, found, {}) for page in pages}
    assert given["arima"]["panel_dates"] == 12 and given["markowitz"]["window"] == 30
    assert given["lstm"] == next(page.scale["smoke"] for page in pages if page.name == "lstm")


def test_the_page_lists_every_name_of_the_section_run():
    table = PAGE[PAGE.index("In the section `run`") : PAGE.index("Every other section")]
    assert {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)} == set(OWN_KEYS)  # fmt: skip


def test_the_refusal_is_the_one_that_is_printed(own):
    (own / "my.yml").write_text(BLOCKS["my.yml"].replace("universe", "univers"))
    with pytest.raises(UnknownNameError) as caught:
        complete(RunRequest(profile="my.yml"), Layout.here())
    assert f"error: {caught.value}".startswith(BLOCKS["refusal"].strip())


def answered(line, folder):
    """What a line of the page, ``make claim ...``, prints; with single blanks."""
    command = shlex.split(line)
    assert command[:2] == ["make", "claim"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
    environment |= {f"STUDY_{flag}": value for flag, value in (word.split("=") for word in command[2:])}
    environment |= {"STUDY_ROOT": str(project_root()), "STUDY_BUILD_DIR": str(folder / "build")}
    done = subprocess.run(
        [sys.executable, "-m", "portfolio_study", "claim"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.slow
def test_the_example_answers_as_it_is_printed(tmp_path):
    text = answered(BLOCKS["one-claim"], tmp_path)
    parts = BLOCKS["one-answer"].split("...\n")
    assert len(parts) == 3
    for part in parts:
        assert " ".join(part.split()) in text


@pytest.mark.slow
def test_the_first_command_of_the_own_study_answers(own):
    text = answered(BLOCKS["own-study"].splitlines()[0], own)
    assert "source file: 3 series (AAA BBB CCC), daily, 2015-01-05 to 2016-06-30" in text
    assert "scale profile my.yml" in text and "reference papers" in text


def test_the_refused_price_is_refused_in_these_words(tmp_path):
    lines = [23.0] * 199 + [24.49, 242.2, 24.67] + [25.0] * 60
    days = pd.bdate_range(end="2015-10-08", periods=201).append(pd.bdate_range("2015-10-09", periods=61))
    moving = (
        np.array(lines) * np.r_[1 + 0.001 * (np.arange(199) % 7), [1, 1, 1], 1 + 0.001 * (np.arange(60) % 7)]
    )
    path = tmp_path / "prices.csv"
    pd.DataFrame({"AAA": moving, "BBB": np.r_[[50.0, 50.5] * 131]}, days).to_csv(path, index_label="date")
    with pytest.raises(DataError) as refused:
        load_prices("file", path=path)
    assert f"error: {refused.value}" == BLOCKS["refused-price"].strip()


def test_a_folder_with_one_asset_a_file_becomes_the_study(prices, tmp_path, monkeypatch):
    assert "`DATA` is then the folder of these files (`make book DATA=folder`)" in PAGE
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in prices:
        prices[name].rename("close").to_csv(folder / f"{name}.csv", index_label="date")
    layout = Layout(project_root(), tmp_path / "build")
    settings = complete(RunRequest(profile="smoke", path=str(folder)), layout)
    assert resolve_data(settings, layout, "code")["tickers"] == ["AAA", "BBB", "CCC"]
