"""The source `french`: files of the library from a stand-in server, and the same files from disk."""

import gzip
import hashlib
import io
import logging
import zipfile

import numpy as np
import pandas as pd
import pytest
from french_files import (
    COPYRIGHT,
    DAYS,
    MONTHS,
    NAMES,
    Library,
    factors,
    percent,
    portfolios,
    zipped,
)

from portfolio_study.data import UNIVERSES, load_prices, simple_returns
from portfolio_study.data.french import archive
from portfolio_study.data.french import download as downloads
from portfolio_study.data.french.download import LIBRARY, base_address, download
from portfolio_study.data.french.library import FACTOR_FILES, FILES, order_of
from portfolio_study.data.quality import describe_source, quality_report
from portfolio_study.data.web import BACK_OFF
from portfolio_study.errors import DataError, ParameterError, SourceError, UnknownNameError

DAILY, MONTHLY = FILES["industry10"]["daily"], FILES["industry10"]["monthly"]
VALUE, EQUAL = percent(len(DAYS), 10, 5), percent(len(DAYS), 10, 6)
DAILY_AND_MONTHLY = [f"french_industry10{tail}" for tail in ("", "_equal", "_monthly", "_monthly_equal")]
MEMBER = "10_Industry_Portfolios_Daily.CSV"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    library = Library()
    library.answers = {
        DAILY: zipped(portfolios(value=VALUE, equal=EQUAL)),
        MONTHLY: zipped(portfolios(MONTHS, scale=4)),
        FACTOR_FILES["daily"]: zipped(factors(), "F-F_Research_Data_Factors_daily.CSV"),
        FACTOR_FILES["monthly"]: zipped(factors(MONTHS, 0.25), "F-F_Research_Data_Factors.CSV"),
    }
    monkeypatch.setenv("STUDY_FRENCH_URL", library.url)
    yield library
    library.close()


@pytest.fixture
def ask(server):
    """Load without waiting; ``ask.pauses`` lists the seconds it would have waited."""
    pauses = []

    def call(universe="french_industry10", **options):
        return load_prices("french", universe, **{"sleep": pauses.append, "timeout": 5.0, **options})

    call.pauses = pauses
    return call


def http(status, body=b"", **headers):
    return lambda n: (status, {k.replace("_", "-"): v for k, v in headers.items()}, body)


# What is loaded --------------------------------------------------------------------------------


def test_prices_compound_the_published_returns(server, ask):
    prices = ask()
    assert prices.tickers == list(NAMES) and prices.frequency == "daily" and prices.source == "french"
    assert prices.universe == "french_industry10"
    assert prices.close.index[0] == pd.Timestamp("2009-12-31")  # the session before the first return
    assert (prices.close.iloc[0] == 1).all()
    np.testing.assert_allclose(simple_returns(prices.close), VALUE / 100, atol=1e-14)
    assert server.asked == [DAILY, FACTOR_FILES["daily"]] and ask.pauses == []
    report = quality_report(prices)
    assert report.missing_sessions == [] and report.surplus_dates == []


def test_the_rate_is_that_of_the_factors(ask):
    prices = ask()
    np.testing.assert_allclose(prices.risk_free.iloc[1:], 0.009 / 100)
    kinds = [part["kind"] for part in prices.manifest["risk_free"]]
    assert kinds == ["one-month bill", "published"]  # the date before the first has the packaged rate
    monthly = ask("french_industry10_monthly")
    np.testing.assert_allclose(monthly.risk_free.iloc[1:], 0.25 / 100)


def test_the_manifest_keeps_vintage_and_date_of_the_files(server, ask):
    prices = ask()
    first, second = prices.manifest["files"]
    assert first["name"] == DAILY and first["member"] == MEMBER and first["vintage"] == "202412"
    assert first["url"] == f"{server.url}/{DAILY}" and first["modified"].startswith("Wed, 05 Feb 2025")
    assert second["name"] == FACTOR_FILES["daily"]
    assert first["sha256"] == hashlib.sha256(server.answers[DAILY]).hexdigest()
    assert prices.manifest["vintage"] == "202412" and prices.manifest["weighting"] == "value"
    assert "compounded from published daily total returns" in prices.manifest["notes"][0]
    assert "202412 CRSP database" in describe_source(prices).loc["origin", "value"]
    assert prices.manifest["licence"] == COPYRIGHT


def test_monthly_and_equally_weighted_universes(ask):
    monthly = ask("french_industry10_monthly")
    assert monthly.frequency == "monthly" and monthly.manifest["calendar"] == "months"
    assert monthly.close.index[0] == pd.Timestamp("2009-12-31") and len(monthly.close) == len(MONTHS) + 1
    equal = ask("french_industry10_equal")
    np.testing.assert_allclose(simple_returns(equal.close), EQUAL / 100, atol=1e-14)
    assert equal.universe == "french_industry10_equal" and "equally weighted" in equal.manifest["notes"][0]
    option = ask(weighting="equal")
    assert option.universe == "french_industry10_equal" and option.sha256 == equal.sha256
    assert ask().sha256 != equal.sha256  # the weighting is part of what the store remembers


def test_dates_are_included_and_a_late_end_is_said(ask):
    prices = ask(start="2010-02-01", end="2010-03-01")
    assert prices.sample()["first"] == "2010-01-29" and prices.sample()["last"] == "2010-03-01"
    assert simple_returns(prices.close).index[0] == pd.Timestamp("2010-02-01")
    assert not any("END" in note for note in prices.manifest["notes"])
    late = ask(start="2010-02-01", end="2011-03-01")
    assert (
        "END 2011-03-01 lies after the last date of the library's file, 2010-04-30" in late.manifest["notes"]
    )
    with pytest.raises(DataError, match="the source has 2009-12-31 to 2010-04-30"):
        ask(start="2020-01-01")


def test_portfolios_by_name_and_no_universe(ask):
    some = ask("hitec Utils", start="2010-01-04")
    assert some.tickers == ["HiTec", "Utils"] and some.universe == "custom"
    np.testing.assert_allclose(simple_returns(some.close)["Utils"], VALUE[:, 8] / 100, atol=1e-14)
    assert some.manifest["notes"][0] == "the portfolios are those of french_industry10"
    assert ask(None).manifest["notes"][0].startswith("no universe was named: french_industry10 is used")
    with pytest.raises(UnknownNameError, match=r"unknown universe or portfolio.*did you mean 'HiTec'"):
        ask("HiTek Utils")
    with pytest.raises(SourceError, match=r"no set of portfolios.*HiTec, Agric together"):
        ask("HiTec Agric")


def test_universes_are_those_of_their_files():
    for name, (daily, monthly) in {n: tuple(f.values()) for n, f in FILES.items()}.items():
        for tail, file in (("", daily), ("_monthly", monthly)):
            for ending, weighting in (("", "value"), ("_equal", "equal")):
                universe = UNIVERSES[f"french_{name}{tail}{ending}"]
                order = order_of(universe)
                assert order.file == file and order.universe is universe
                assert order.weighting == universe.weighting == weighting
                assert order.frequency == universe.frequency
                assert len(universe.tickers) == len(set(universe.tickers)) == int(name[-2:])
    # An installed package carries these too, under the library's names.
    assert order_of(UNIVERSES["french12"]).file == FILES["industry12"]["monthly"]
    assert UNIVERSES["french12"].tickers == UNIVERSES["french_industry12_monthly"].tickers
    assert UNIVERSES["french_size_bm25"].tickers[:6] == (
        "SMALL LoBM", "ME1 BM2", "ME1 BM3", "ME1 BM4", "SMALL HiBM", "ME2 BM1",
    )  # fmt: skip


def test_weightings_and_universes_that_contradict():
    with pytest.raises(ParameterError, match=r"equally weighted.*contradicts.*'french_industry10'"):
        order_of(UNIVERSES["french_industry10_equal"], "value")
    with pytest.raises(UnknownNameError, match="unknown weighting 'equall'; did you mean 'equal'"):
        order_of(None, "equall")
    with pytest.raises(SourceError, match=r"does not carry the universe 'dow20'.*french_industry10"):
        order_of(UNIVERSES["dow20"])


@pytest.mark.parametrize("source", ["packaged", "yahoo", "synthetic"])
def test_other_sources_refuse_the_librarys_universes(source):
    with pytest.raises(SourceError, match=r"does not carry the universe 'french_size_bm25'.*SOURCE=french"):
        load_prices(source, "french_size_bm25")


def test_a_missing_return_between_others_is_refused_by_line_and_a_late_start_by_date(server, ask):
    values = VALUE.copy()
    values[20, 3] = values[22, 3] = -99.99
    values[:30, 4] = -999
    server.answers[DAILY] = zipped(portfolios(value=values))
    day = DAYS[20]
    line = 13 + 20
    with pytest.raises(
        DataError, match=rf"line {line}: 'Enrgy' has no return on {day:%Y-%m-%d}.*START after"
    ):
        ask()
    with pytest.raises(DataError, match=rf"HiTec \({DAYS[29]:%Y-%m-%d} to .*START={DAYS[29]:%Y-%m-%d}"):
        ask(start=f"{DAYS[23]:%Y-%m-%d}")
    whole = ask(start=f"{DAYS[30]:%Y-%m-%d}")
    np.testing.assert_allclose(simple_returns(whole.close), VALUE[30:] / 100, atol=1e-14)
    without = ask("NoDur Durbl", start="2010-01-04")
    assert len(without.close) == len(DAYS) + 1


def test_a_renamed_portfolio_is_named(server, ask):
    names = [name.replace("HiTec", "Techn") for name in NAMES]
    server.answers[DAILY] = zipped(portfolios(names=names))
    with pytest.raises(SourceError, match=r"has no portfolio HiTec \(line 12 has NoDur, .*Techn"):
        ask()


# The network -----------------------------------------------------------------------------------


def test_busy_servers_are_asked_again_after_growing_pauses(server, ask):
    good = server.answers[DAILY]
    answers = {1: http(429, Retry_After="7"), 2: http(503)}
    server.answers[DAILY] = lambda n: answers[n](n) if n in answers else (200, {}, good)
    assert ask().sha256
    assert ask.pauses == [7.0, BACK_OFF * 2] and server.asked.count(DAILY) == 3


@pytest.mark.parametrize("status", [429, 500, 502])
def test_attempts_are_bounded(server, ask, status):
    server.answers[DAILY] = http(status)
    with pytest.raises(SourceError, match=rf"{DAILY} in 3 attempt.*HTTP {status}.*SOURCE=packaged") as caught:
        ask()
    assert server.asked == [DAILY] * 3 and ask.pauses == [BACK_OFF, BACK_OFF * 2]
    assert f"SOURCE=file DATA={DAILY}" in str(caught.value) and "french12" in str(caught.value)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_asked_for_once(server, ask, status):
    server.answers[DAILY] = http(status, b"<html>")
    with pytest.raises(SourceError, match=rf"HTTP {status}, {server.url}/{DAILY}"):
        ask()
    assert server.asked == [DAILY] and ask.pauses == []


def test_no_answer_and_no_server(server, ask):
    server.answers[DAILY] = lambda n: None
    with pytest.raises(SourceError, match=r"1 attempt.*no answer \(.*[Tt]ime"):
        ask(timeout=0.2, attempts=1)
    server.close()
    with pytest.raises(SourceError, match=r"2 attempt.*no answer \(URLError.*refused"):
        ask(attempts=2)


def test_an_answer_that_is_cut_is_asked_for_again(server, ask):
    good = server.answers[DAILY]
    answers = {1: (200, {"Content-Length": str(len(good))}, good[:-100])}

    def cut(n):
        return answers.get(n, (200, {}, good))

    server.answers[DAILY] = cut
    assert ask(timeout=1.0).tickers == list(NAMES)
    assert len(ask.pauses) == 1


def test_a_damaged_archive_is_named(server, ask):
    server.answers[DAILY] = server.answers[DAILY][:-40]
    with pytest.raises(SourceError, match=r"3 attempt.*is cut or damaged"):
        ask()


def test_a_web_page_in_place_of_the_archive(server, ask):
    server.answers[DAILY] = http(200, b"<html>Please log in</html>", Content_Type="text/html")
    with pytest.raises(SourceError, match=r"no zip archive but text/html.*Please log in.*proxy"):
        ask()
    assert server.asked == [DAILY]


def test_sizes_are_bounded_before_and_after_unpacking(server, ask, monkeypatch):
    monkeypatch.setattr(archive, "MOST_TEXT", 2**20)
    server.answers[DAILY] = zipped("0" * 3 * 2**20)
    assert len(server.answers[DAILY]) < 2**13  # a small archive of much text
    with pytest.raises(SourceError, match="unpacks to more than 1 MiB"):
        ask()
    monkeypatch.setattr(downloads, "MOST_PACKED", 2**10)
    with pytest.raises(SourceError, match="delivered more than 0 MiB"):
        ask()
    assert ask.pauses == []  # asking again would not help


def test_an_archive_of_several_files_or_none(server, ask):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("a.csv", "1")
        packed.writestr("b.csv", "1")
    server.answers[DAILY] = stream.getvalue()
    with pytest.raises(SourceError, match=r"holds 2 CSV files \(a.csv, b.csv\)"):
        ask()
    server.answers[DAILY] = zipped("1", "readme.bin")
    with pytest.raises(SourceError, match=r"holds 0 CSV files \(readme.bin\)"):
        ask()


def test_without_the_factors_the_packaged_rate_is_used_and_said(server, ask, caplog):
    server.answers[FACTOR_FILES["daily"]] = http(404)
    with caplog.at_level(logging.WARNING):
        prices = ask()
    note = next(n for n in prices.manifest["notes"] if "riskless" in n)
    assert "HTTP 404" in note and "the packaged rate is used" in note
    assert [part["kind"] for part in prices.manifest["risk_free"]] == ["one-month bill"]
    assert "HTTP 404" in caplog.text


def test_a_stored_answer_needs_no_network_and_outlives_a_download_that_fails(server, ask):
    first = ask()
    server.answers = {}
    assert ask().sha256 == first.sha256
    with pytest.raises(SourceError, match="HTTP 404"):
        ask(refresh=True)
    again = ask()
    assert again.sha256 == first.sha256 and again.manifest["fetched_at"] == first.manifest["fetched_at"]
    with pytest.raises(SourceError):
        ask("french_industry10_monthly")  # another request is not answered from this one
    with pytest.raises(SourceError):
        ask(base_url=f"{server.url}/mirror")


def test_a_session_of_the_callers_own_is_used(server, ask):
    import urllib.request

    class Counting:
        def __init__(self):
            self.opened = []

        def open(self, request, timeout):
            self.opened.append((request.full_url.rsplit("/", 1)[1], timeout))
            return urllib.request.build_opener().open(request, timeout=timeout)

    session = Counting()
    ask(session=session)
    assert session.opened == [(DAILY, 5.0), (FACTOR_FILES["daily"], 5.0)]


def test_a_bias_of_equal_weights_is_said(ask):
    said = [any("Blume" in note for note in ask(u).manifest["notes"]) for u in DAILY_AND_MONTHLY]
    assert said == [False, True, False, False]


def test_only_addresses_of_the_web_are_opened(tmp_path, monkeypatch):
    monkeypatch.delenv("STUDY_FRENCH_URL", raising=False)
    assert base_address() == LIBRARY and base_address("http://mirror/x") == "http://mirror/x/"
    with pytest.raises(ParameterError, match="must begin with https"):
        base_address(tmp_path.as_uri())
    for wrong in ({"attempts": 0}, {"timeout": 0.0}):
        with pytest.raises(ParameterError, match="must be at least 1"):
            download(DAILY, **wrong)


def test_a_redirection_to_a_file_is_not_followed(server, ask, tmp_path):
    (tmp_path / "secret.zip").write_bytes(server.answers[DAILY])
    server.answers[DAILY] = http(302, Location=(tmp_path / "secret.zip").as_uri())
    with pytest.raises(SourceError, match="HTTP 302"):
        ask()


# The same files from disk ----------------------------------------------------------------------


@pytest.fixture(params=["csv", "gz", "zip"])
def given(request, tmp_path):
    """Write a file of the library as one of the containers in which a reader may have it."""

    def write(text, name="10_Industry_Portfolios_Daily.CSV"):
        path = tmp_path / {"csv": name, "gz": f"{name}.gz", "zip": f"{name[:-4]}_CSV.zip"}[request.param]
        data = text.encode()
        path.write_bytes({"csv": data, "gz": gzip.compress(data), "zip": zipped(text, name)}[request.param])
        return path

    return write


def test_a_readers_file_gives_the_prices_of_the_source(given, ask):
    prices = load_prices("file", path=given(portfolios(value=VALUE, equal=EQUAL)))
    pd.testing.assert_frame_equal(prices.close, ask().close)
    assert prices.manifest["vendor"] == "french" and prices.manifest["layout"] == "Kenneth French's"
    said = " | ".join(prices.manifest["notes"])
    assert "weighted by value, 'Average Value Weighted Returns -- Daily' (lines 12 to" in said
    assert "not used: 'Average Equal Weighted Returns -- Daily' (lines" in said


def test_a_universe_chooses_the_table_of_a_readers_file(given):
    path = given(portfolios(value=VALUE, equal=EQUAL))
    equal = load_prices("file", "french_industry10_equal", path=path)
    np.testing.assert_allclose(simple_returns(equal.close), EQUAL / 100, atol=1e-14)
    assert load_prices("file", "Utils HiTec", path=path).tickers == ["Utils", "HiTec"]
    with pytest.raises(DataError, match="no table of value-weighted monthly returns"):
        load_prices("file", "french_industry10_monthly", path=path)
    with pytest.raises(DataError, match="lacks 3 of the 12 tickers of french_industry12"):
        load_prices("file", "french_industry12", path=path)


@pytest.mark.parametrize("earlier", [0, 40], ids=["where the universe begins", "before it"])
def test_the_first_return_of_a_universe_is_not_lost(given, earlier):
    names = UNIVERSES["french_size_bm25"].tickers
    days = pd.bdate_range("1963-07-01", periods=60).drop("1963-07-04")
    days = pd.bdate_range(end="1963-06-28", periods=earlier).append(days)
    values = percent(len(days), len(names))
    path = given(portfolios(days, names, value=values, equal=values), "25_Portfolios_5x5_Daily.CSV")
    prices = load_prices("file", "french_size_bm25", path=path)
    assert prices.close.index[0] == pd.Timestamp("1963-06-28")
    np.testing.assert_allclose(simple_returns(prices.close), values[earlier:] / 100, atol=1e-14)
    outside = [note for note in prices.manifest["notes"] if "lie outside" in note]
    assert [note.split()[0] for note in outside] == ([] if not earlier else [str(earlier)])


def test_a_return_that_is_missing_on_the_first_date_is_a_gap(given):
    values = VALUE.copy()
    values[20, 4] = -99.99
    path = given(portfolios(value=values, equal=EQUAL))
    with pytest.raises(DataError, match=rf"'HiTec' has no return on {DAYS[20]:%Y-%m-%d}.*START after"):
        load_prices("file", start=f"{DAYS[20]:%Y-%m-%d}", path=path)
    prices = load_prices("file", start=f"{DAYS[21]:%Y-%m-%d}", path=path)
    np.testing.assert_allclose(simple_returns(prices.close), VALUE[21:] / 100, atol=1e-14)


def test_monthly_file_of_a_reader(given):
    prices = load_prices("file", path=given(portfolios(MONTHS, scale=4), "10_Industry_Portfolios.CSV"))
    assert prices.frequency == "monthly" and len(prices.close) == len(MONTHS) + 1


def test_a_return_in_the_future_is_refused_with_its_line(given):
    path = given(portfolios(value=VALUE, equal=EQUAL))
    line = 12 + len(DAYS)
    with pytest.raises(DataError, match=rf"line {line}: the date '{DAYS[-1]:%Y%m%d}' lies in the future"):
        load_prices("file", path=path, today=DAYS[-2])
    assert len(load_prices("file", path=path, today=DAYS[-1]).close) == len(DAYS) + 1
    monthly = given(portfolios(MONTHS, scale=4), "10_Industry_Portfolios.CSV")
    with pytest.raises(DataError, match=r"the date '201212' lies in the future"):
        load_prices("file", path=monthly, today="2012-11-30")
    assert len(load_prices("file", path=monthly, today="2012-12-03").close) == len(MONTHS) + 1


def test_faults_of_a_readers_file_are_named(given):
    with pytest.raises(DataError, match=r"factors.*line 5"):
        load_prices("file", path=given(factors(), "F-F_Research_Data_Factors_daily.CSV"))
    with pytest.raises(DataError, match=r"10_Industry_Portfolios_Daily\.CSV.*line 12: half of.*decimals"):
        load_prices("file", path=given(portfolios(value=VALUE / 100)))
    unsigned = load_prices("file", path=given(portfolios(ending=(), preamble=["Returns in percent", "", ""])))
    assert unsigned.manifest["vendor"] == "unknown"
    assert any("does not end with the library's copyright" in n for n in unsigned.manifest["notes"])


def test_an_archive_of_the_library_that_was_cut(tmp_path):
    path = tmp_path / "10_Industry_Portfolios_daily_CSV.zip"
    path.write_bytes(zipped(portfolios())[:-60])
    with pytest.raises(DataError, match=rf"{path.name} is cut or damaged"):
        load_prices("file", path=path)


def test_packed_bytes_that_spell_another_format_change_nothing(tmp_path):
    path = tmp_path / "10_Industry_Portfolios_daily_CSV.zip"
    path.write_bytes(zipped(portfolios()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"xl/ META-INF/manifest.xml"
    assert load_prices("file", path=path).manifest["vendor"] == "french"


def test_other_archives_are_refused_as_before(tmp_path):
    path = tmp_path / "prices.zip"
    path.write_bytes(zipped("date,AAA\n2010-01-04,100\n", "prices.csv"))
    with pytest.raises(DataError, match=r"prices\.zip is a zip archive: unpack it"):
        load_prices("file", path=path)


# --- the file of factors beside a reader's file


FACTORS = "F-F_Research_Data_Factors_daily.CSV"


def rates_of(prices):
    return [(part["kind"], part["first"]) for part in prices.manifest["risk_free"]]


@pytest.mark.parametrize(
    "name", [FACTORS, "F-F_Research_Data_Factors_daily_CSV.zip", "F-F_3_Factors_Daily.CSV.gz"]
)
def test_the_file_of_factors_beside_a_readers_file_gives_the_rate(given, name):
    path = given(portfolios(value=VALUE, equal=EQUAL))
    without = load_prices("file", path=path)
    text = factors(rate=0.004).encode()
    packed = zipped(text.decode(), FACTORS) if name.endswith("zip") else text
    (path.parent / name).write_bytes(gzip.compress(packed) if name.endswith("gz") else packed)
    prices = load_prices("file", path=path)
    assert rates_of(without)[-1][0] == "one-month bill" and rates_of(prices)[-1][0] == "published"
    np.testing.assert_allclose(prices.risk_free.iloc[1:], 0.00004)
    pd.testing.assert_frame_equal(prices.close, without.close)
    assert f"the riskless rate is that of {name} beside it" in prices.manifest["notes"]
    assert list(prices.manifest["factors"]) == [name]


def test_factors_of_another_frequency_and_of_another_name_are_left_alone(given):
    path = given(portfolios(value=VALUE, equal=EQUAL))
    (path.parent / "F-F_Research_Data_Factors.CSV").write_text(factors(MONTHS))
    (path.parent / "F-F_Momentum_Factor_daily.CSV").write_text("nothing that is read")
    assert rates_of(load_prices("file", path=path))[-1][0] == "one-month bill"


def test_two_files_of_factors_and_a_damaged_one_are_named(given):
    path = given(portfolios(value=VALUE, equal=EQUAL))
    (path.parent / FACTORS).write_text(factors())
    (path.parent / "F-F_3_Factors_Daily.CSV").write_text(factors(rate=0.001))
    with pytest.raises(
        DataError, match=r"F-F_3_Factors_Daily.CSV and F-F_Research.* both hold daily factors: keep one"
    ):
        load_prices("file", path=path)
    (path.parent / "F-F_3_Factors_Daily.CSV").unlink()
    (path.parent / FACTORS).write_text(factors(rate=4.5))
    with pytest.raises(DataError, match=r"F-F_Research_Data_Factors_daily.CSV, line .*RF is 4.5 on"):
        load_prices("file", path=path)
