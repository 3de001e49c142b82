"""Every chapter on its own paper's sample: what is loaded, from where, and what is said when a part is lacking."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.economy import stored_economy
from portfolio_study.data.synthetic import simulate
from portfolio_study.errors import BuildError, DataError, ParameterError
from portfolio_study.publishing import histories, run_prices
from portfolio_study.publishing.histories import price_files
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profiles import RunRequest, complete
from portfolio_study.publishing.run_prices import (
    declared_vendors,
    further_data,
    history_of,
    request_digest,
    resolve_data,
    serves,
)
from portfolio_study.settings import project_root

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from fred_files import Fred, months, write_files
from french_files import factors, portfolios

pytestmark = pytest.mark.slow  # loads many samples

DOW = [
    "AXP",
    "BA",
    "CAT",
    "CSCO",
    "CVX",
    "DIS",
    "HD",
    "IBM",
    "INTC",
    "JNJ",
    "JPM",
    "KO",
    "MCD",
    "MMM",
    "MRK",
    "MSFT",
    "PG",
    "TRV",
    "VZ",
    "WMT",
]
FIVE = ["AAPL", "MSFT", "AMZN", "META", "GOOGL"]
FIRST_OF_META = "2012-05-18"


@pytest.fixture(scope="module")
def one_file(tmp_path_factory):
    """The 25 assets of the papers in one long file: META comes later, the index has closes only."""
    tickers = tuple(dict.fromkeys([*DOW, *FIVE, "GSPC"]))
    made, _ = simulate(tickers, "2012-01-02", "2020-07-31", seed=3)
    flat = pd.concat(
        {
            name: t.melt(ignore_index=False, var_name="ticker").set_index("ticker", append=True)["value"]
            for name, t in made.items()
        },
        axis=1,
    ).reset_index()
    flat.columns = ["date", "ticker", *made]
    flat["ticker"] = flat["ticker"].replace("GSPC", "^GSPC")
    flat = flat[(flat.ticker != "META") | (flat.date >= FIRST_OF_META)]
    flat.loc[flat.ticker == "^GSPC", ["open", "high", "low"]] = np.nan
    path = tmp_path_factory.mktemp("prices") / "papers.parquet"
    flat.to_parquet(path)
    return path


@pytest.fixture
def layout(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    return Layout(project_root(), tmp_path / "build")


def chapters(layout, *names):
    return [read_chapter(f"book/{n}", layout.book / f"{n}.md") for n in names]


def resolved(layout, path, *names, **request):
    settings = complete(RunRequest(profile="smoke", source="file", path=str(path), **request), layout)
    return settings, resolve_data(settings, layout, "code", chapters(layout, *names))


def test_a_file_with_all_assets_gives_each_chapter_its_sample(one_file, layout):
    settings, data = resolved(layout, one_file, "arima", "bayesian_multi_period", "minimum_variance")
    assert settings.universe == "papers"
    arima, several = history_of(data, "arima"), history_of(data, "bayesian_multi_period")
    assert arima["tickers"] == DOW and arima["ohlcv"] and arima["first"] == "2012-01-02"
    assert several["tickers"] == FIVE and several["first"] == FIRST_OF_META
    index = data["histories"]["sp500-weeks"]
    assert index["tickers"] == ["^GSPC"] and not index["ohlcv"]
    assert (index["first"], index["last"]) == ("2017-06-26", "2020-06-30")
    several, variance = chapters(layout, "bayesian_multi_period", "minimum_variance")
    assert further_data(data, several) == {"paper_index": index["sha256"]}
    assert set(further_data(data, variance)) == {"industries", "size_value"}
    said = " | ".join(data["manifest"]["notes"])
    assert (
        "the source file does not have industries (french_industry10): minimum variance uses french12 "
        "of the source packaged" in said
    )
    assert "minimum variance does without the prices “funds”" in said
    assert "no open of ^GSPC" in said


def test_a_folder_serves_what_its_files_hold(one_file, layout, tmp_path):
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "papers.parquet").write_bytes(one_file.read_bytes())
    days = pd.bdate_range("1990-01-02", "1992-12-31")
    (folder / "10_Industry_Portfolios_Daily.CSV").write_text(portfolios(days))
    _, data = resolved(layout, folder, "minimum_variance", universe="papers")
    assert data["histories"]["industries"]["vendor"] == "french"
    assert data["histories"]["industries"]["rows"] >= len(days)
    assert not data["histories"]["industries"]["instead"] and data["histories"]["size-value"]["instead"]


def test_a_declared_vendor_is_that_of_the_price_files(one_file, layout, tmp_path):
    folder = tmp_path / "prices"
    folder.mkdir()
    stocks = pd.read_parquet(one_file)
    stocks[stocks.ticker.isin([*FIVE[2:], "^GSPC"])].to_parquet(folder / "some.parquet")
    stocks[stocks.ticker.isin(FIVE)].to_parquet(folder / "five.parquet")
    (folder / "10_Industry_Portfolios_Daily.CSV").write_text(
        portfolios(pd.bdate_range("1990-01-02", "1992-12-31"))
    )
    names = ("bayesian_multi_period", "minimum_variance")
    _, data = resolved(layout, folder, *names, universe="papers", vendor="yahoo")
    parts = data["histories"]
    assert parts["bigtech5"]["vendor"] == "yahoo" and parts["industries"]["vendor"] == "french"
    assert declared_vendors(data) == {parts[name]["sha256"]: "yahoo" for name in ("bigtech5", "sp500-weeks")}


def dow_file(folder, change):
    made, _ = simulate(tuple(DOW), "2010-01-04", "2012-03-30", seed=3)
    path = folder / "dow.csv"
    change(made["adj_close"]).to_csv(path)
    return path


def test_a_ticker_without_the_papers_dates_is_named_with_what_to_do(layout, tmp_path):
    path = dow_file(tmp_path, lambda close: close.assign(WMT=close["WMT"].where(close.index > "2010-12-31")))
    with pytest.raises(DataError, match=r"^dow20, on which arima works: .*WMT \(2011-01-03 to") as caught:
        resolved(layout, path, "arima", universe="papers")
    assert "takes no START: give a file in which every asset has the whole sample" in str(caught.value)
    assert 'UNIVERSE="dow20"' in str(caught.value)


def test_prices_that_do_not_cover_the_sample_are_said_to(layout, tmp_path):
    path = dow_file(tmp_path, lambda close: close.loc["2011-01-03":])
    _, data = resolved(layout, path, "arima", universe="papers")
    said = [note for note in data["manifest"]["notes"] if "counts as other data" in note]
    assert said == [
        "dow20: the prices run from 2011-01-03 to 2012-03-30, the sample from 2010-01-01 to 2024-03-31: what "
        "they give counts as other data; give prices of the whole sample"
    ]


LIBRARY_DAYS = pd.bdate_range("1990-01-02", "1992-12-31")
SMALL_NUMBERS = np.random.default_rng(0).normal(0, 0.01, (len(LIBRARY_DAYS), 10)).round(4)
WHOLE = portfolios(LIBRARY_DAYS)
FIRST, SECOND = WHOLE.index("  Average Value Weighted"), WHOLE.index("  Average Equal Weighted")


@pytest.mark.parametrize(
    ("name", "text", "said", "remedy"),
    [
        (
            "F-F_Research_Data_Factors_daily.CSV",
            factors(LIBRARY_DAYS),
            r"holds factors \(Mkt-RF, SMB, HML, RF\), line 5",
            "or take F-F_Research_Data_Factors_daily.CSV out of the folder",
        ),
        (
            "10_Industry_Portfolios.CSV",
            portfolios(pd.period_range("1990-01", "1995-12", freq="M"), scale=4),
            "has no table of value-weighted daily returns. It has 'Average Value Weighted Returns -- Monthly'",
            "needs the library's file 10_Industry_Portfolios_daily_CSV.zip",
        ),
        (
            "10_Industry_Portfolios_Daily.CSV",
            WHOLE[:FIRST] + WHOLE[SECOND:],
            "has no table of value-weighted returns. It has 'Average Equal Weighted Returns -- Daily'",
            "out of the folder",
        ),
        (
            "10_Industry_Portfolios_Daily.CSV",
            portfolios(LIBRARY_DAYS, value=SMALL_NUMBERS, equal=SMALL_NUMBERS),
            "these are decimals, the library's files are in percent",
            "Multiply them by 100",
        ),
    ],
    ids=["another kind", "another frequency", "a section missing", "decimals"],
)
def test_a_file_of_the_library_that_does_not_serve_is_named_with_what_to_do(
    layout, tmp_path, name, text, said, remedy
):
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=rf"Kenneth French's file {name}.*{said}") as caught:
        resolved(layout, folder, "minimum_variance", universe="papers")
    assert remedy in str(caught.value)


def test_another_vintage_of_the_library_is_named(layout, tmp_path):
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "10_Industry_Portfolios_Daily.CSV").write_text(WHOLE.replace("202412", "201801"))
    _, data = resolved(layout, folder, "minimum_variance", universe="papers")
    assert any("made from the 201801 CRSP database" in note for note in data["manifest"]["notes"])
    assert data["histories"]["industries"]["manifest"]["vintage"] == "201801"


def test_a_stored_answer_serves_only_the_chapters_that_it_was_made_for(one_file, layout):
    _, data = resolved(layout, one_file, "arima")
    assert serves(data, chapters(layout, "arima"), layout.root)
    assert not serves(data, chapters(layout, "arima", "bayesian_multi_period"), layout.root)


def test_a_later_end_lets_the_samples_run_on(one_file, layout):
    _, data = resolved(layout, one_file, "bayesian_multi_period", end="2020-07-31")
    assert history_of(data, "bayesian_multi_period")["last"] == "2020-07-31"
    assert data["histories"]["sp500-weeks"]["last"] == "2020-07-31"


def test_a_file_without_all_assets_is_one_universe(one_file, layout, tmp_path):
    fewer = pd.read_parquet(one_file)
    path = tmp_path / "fewer.parquet"
    fewer[fewer.ticker.isin(DOW)].to_parquet(path)
    assert complete(RunRequest(source="file", path=str(path)), layout).universe is None
    # asked for by name, the five stocks come from the packaged prices, and it is said
    _, data = resolved(layout, path, "bayesian_multi_period", universe="papers")
    assert data["histories"]["bigtech5"]["tickers"] == ["AAPL", "MSFT"]
    assert any("bayesian multi period uses AAPL MSFT" in note for note in data["manifest"]["notes"])


def test_the_papers_are_the_default_of_yahoo_and_of_no_other_source(layout):
    assert complete(RunRequest(source="yahoo"), layout).universe == "papers"
    assert complete(RunRequest(source="yahoo", universe="dow20"), layout).universe == "dow20"
    assert complete(RunRequest(), layout).universe is None
    assert complete(RunRequest(source="french"), layout).universe is None


def test_the_network_reaches_two_sources():
    declared = histories.declared_histories(project_root())
    of_yahoo = histories.offers_of(declared["industries"], "yahoo", {}, None)
    assert [o.source for o in of_yahoo] == ["french", "packaged"]
    assert [o.source for o in histories.offers_of(declared["dow20"], "packaged", {}, None)] == ["packaged"]
    assert histories.offers_of(declared["funds"], "packaged", {}, None) == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"universe": "papers", "start": "2015-01-01"}, "takes no START"),
        ({"universe": "papers", "source": "synthetic"}, "'synthetic' has no universe 'papers'"),
    ],
)
def test_what_papers_cannot_be(layout, request_, said):
    with pytest.raises(ParameterError, match=said):
        complete(RunRequest(**request_), layout)


def test_a_folder_without_price_files_is_refused(layout, tmp_path):
    with pytest.raises(ParameterError, match="folder without price files"):
        complete(RunRequest(path=str(tmp_path)), layout)


@pytest.fixture
def apart(tmp_path):
    """One asset a file, none of them a paper's; the one has bars, the other closes only."""
    folder = tmp_path / "my data é"
    folder.mkdir()
    made, _ = simulate(("AAA", "BBB"), "2014-01-02", "2016-11-18", seed=3)
    bars = pd.DataFrame({name: table["AAA"] for name, table in made.items()})
    bars.to_csv(folder / "AAA.csv", index_label="date")
    made["adj_close"]["BBB"].rename("close").to_csv(folder / "BBB.csv", index_label="date")
    return folder, made["adj_close"]


def test_a_folder_with_one_asset_a_file_is_the_universe_of_the_study(apart, layout):
    folder, close = apart
    settings, data = resolved(layout, folder, "arima", "bayesian_multi_period")
    assert settings.universe is None and "histories" not in data
    assert data["tickers"] == ["AAA", "BBB"] and data["rows"] == len(close)
    said = data["manifest"]["notes"]
    assert said[0] == "2 files of the folder my data é are one table: AAA, BBB"
    assert "BBB.csv without open: the field is not used" in said
    assert "BBB.csv: the file has no adjusted closes: its closes are used as they are" in said
    assert sum("all weekdays" in note for note in said) == 1
    # A chapter reads these prices, and what was said of them, by their checksum.
    prices = load_prices(**settings.prices, snapshot=data["sha256"])
    assert np.allclose(prices.close, close) and prices.manifest["notes"] == said
    assert resolved(layout, folder, "arima")[1] == data  # from the stored answer too
    digest = request_digest(settings, "code")
    (folder / "BBB.csv").rename(folder / "CCC.csv")
    assert request_digest(settings, "code") != digest


def test_of_a_folder_those_assets_are_read_that_are_asked_for(apart, layout):
    folder, _ = apart
    (folder / "CCC.csv").write_text("date,close\n2015-01-02,abc\n2015-01-05,abc\n")
    _, data = resolved(layout, folder, "arima", universe="AAA BBB", start="2015-01-05", vendor="yahoo")
    assert data["tickers"] == ["AAA", "BBB"] and data["first"] == "2015-01-05"
    assert data["vendor"] == "yahoo" and data["manifest"]["vendor_declared"]
    with pytest.raises(DataError, match=r"price file CCC\.csv.*'abc'"):
        resolved(layout, folder, "arima")


def test_a_folder_that_is_no_table_is_refused_with_the_file(apart, layout):
    folder, close = apart
    (folder / "again.csv").write_text((folder / "BBB.csv").read_text().replace("close", "BBB", 1))
    with pytest.raises(DataError, match=r"BBB stands in two files.*BBB\.csv and again\.csv: take one"):
        resolved(layout, folder, "arima")
    close[["BBB"]].resample("ME").last().to_csv(folder / "again.csv")
    (folder / "BBB.csv").unlink()
    with pytest.raises(DataError, match=r"two frequencies, AAA\.csv daily and again\.csv monthly"):
        resolved(layout, folder, "arima")
    (folder / "again.csv").unlink()
    (folder / "10_Industry_Portfolios_Daily.CSV").write_text(
        portfolios(pd.bdate_range("2014-01-02", "2014-12-31"))
    )
    with pytest.raises(DataError, match=r"10_Industry_Portfolios_Daily\.CSV in the folder .* Kenneth French"):
        resolved(layout, folder, "arima", start="2014-01-02")


def test_one_asset_a_file_may_be_the_papers_own(one_file, layout, tmp_path):
    folder = tmp_path / "apart"
    folder.mkdir()
    for ticker, rows in pd.read_parquet(one_file).groupby("ticker"):
        rows.drop(columns="ticker").to_csv(folder / f"{ticker}.csv", index=False)
    settings, data = resolved(layout, folder, "bayesian_multi_period")
    assert settings.universe == "papers"
    assert data["histories"]["bigtech5"]["tickers"] == FIVE and not data["histories"]["bigtech5"]["instead"]
    assert history_of(data, "bayesian_multi_period")["first"] == FIRST_OF_META


@pytest.mark.parametrize("of_folder", [True, False])
def test_prices_on_which_no_chapter_would_work_are_refused(apart, layout, of_folder):
    path = apart[0] if of_folder else apart[0] / "AAA.csv"
    with pytest.raises(
        DataError, match=r"none of the papers' universes is in .*, which has AAA.*Leave UNIVERSE"
    ):
        resolved(layout, path, "arima", universe="papers")


def test_a_history_that_nobody_declares_is_refused(layout):
    (chapter,) = chapters(layout, "arima")
    with pytest.raises(BuildError, match=r"names 'dow20'; book/samples\.yml has other"):
        histories.wanted_histories([chapter], {"other": []})


# --- the economy beside the prices


@pytest.fixture
def few(tmp_path):
    """A file of prices in a folder of its own."""
    made, _ = simulate(("AAA", "BBB"), "2014-01-02", "2016-11-18", seed=3)
    folder = tmp_path / "prices"
    folder.mkdir()
    made["adj_close"].to_csv(folder / "prices.csv")
    return folder / "prices.csv"


def run_of(layout, source, path=None, **request):
    request = {"universe": "AAA BBB"} | request if path else request
    return complete(RunRequest(profile="smoke", source=source, path=path and str(path), **request), layout)


def test_files_of_the_economy_beside_the_prices_reach_the_chapter_that_reads_them(few, layout):
    settings = run_of(layout, "file", few)
    both = chapters(layout, "lstm", "arima")
    plain = resolve_data(settings, layout, "code", both)
    assert "economy" not in plain and further_data(plain, both[0]) == {}
    digest = request_digest(settings, "code")
    write_files(few.parent, months())
    assert request_digest(settings, "code") != digest  # another run: it is resolved anew
    data = resolve_data(settings, layout, "code", both)
    table = stored_economy(further_data(data, both[0])["economy"])
    assert table.index[-1] == pd.Timestamp("2016-12-01")
    assert further_data(data, both[1]) == {}
    assert "beside the prices" in data["manifest"]["notes"][-1]
    assert data["sha256"] == plain["sha256"]
    assert "economy" not in resolve_data(settings, layout, "code", both[1:])


def test_files_of_the_economy_and_of_factors_are_no_price_files(few, layout):
    settings = run_of(layout, "file", few)
    digest = request_digest(settings, "code")
    (few.parent / "F-F_Research_Data_Factors_daily.CSV").write_text(factors())
    assert request_digest(settings, "code") != digest
    write_files(few.parent, months())
    assert price_files(str(few.parent)) == [str(few)]


def test_where_fred_does_not_answer_the_packaged_series_are_used_and_that_is_said(layout, monkeypatch):
    server = Fred()
    try:
        monkeypatch.setenv("no_proxy", "*")
        monkeypatch.setenv("STUDY_FRED_URL", server.url)
        found = run_prices._economy(run_of(layout, "yahoo"), "2016-11-18")
        assert "fetched from FRED" in found["economy"]["notes"][0]
        server.answers["HOUST"] = (404, "")
        again = run_prices._economy(run_of(layout, "yahoo", refresh=True), "2016-11-18")
        assert "sha256" not in again["economy"]
        assert "HTTP 404" in again["economy"]["notes"][0]
        assert (
            "installed package are used, which end in 2018; REFRESH=1 asks again"
            in again["economy"]["notes"][0]
        )
        assert run_prices._economy(run_of(layout, "packaged"), "2016-11-18") == {}
    finally:
        server.close()


def test_what_a_chapter_is_given_further_is_one_of_a_list(tmp_path):
    path = tmp_path / "odd.md"
    text = (project_root() / "book" / "lstm.md").read_text(encoding="utf-8")
    path.write_text(text.replace("further: [economy]", "further: [weather]"))
    with pytest.raises(BuildError, match=r"odd\.md, line \d+: `further` must be a list of economy"):
        read_chapter("book/odd", path)
