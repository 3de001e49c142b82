import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from yahoo_stand_in import NOT_FOUND, SESSIONS, StandIn, chart

from portfolio_study.data import load_prices
from portfolio_study.data.calendars import last_complete_session
from portfolio_study.data.quality import describe_source
from portfolio_study.data.risk_free import discount_yield_to_rate
from portfolio_study.data.universe import UNIVERSES, Universe
from portfolio_study.data.yahoo import BACK_OFF, _first_line, fetch_yahoo, yahoo_session
from portfolio_study.errors import DataError, ParameterError, SourceError, UnknownNameError

NOW = datetime(2020, 6, 1, tzinfo=UTC)
PAIR = Universe("custom", ("AAA", "BBB"), "two stocks")


@pytest.fixture
def server(tmp_path, monkeypatch):
    import yfinance as yf

    yf.set_tz_cache_location(str(tmp_path / "tz"))
    monkeypatch.setattr(
        "yfinance.base._tz_info_fetch_ctr", 99
    )  # the state of a process that has failed before
    yf.data.YfData().cache_get.cache_clear()
    stand_in = StandIn()
    stand_in.answers = {
        "AAA": chart("AAA"),
        "BBB": chart("BBB", level=50.0),
        "^IRX": chart("^IRX", level=1.0),
    }
    yield stand_in
    stand_in.close()
    yf.data.YfData().cache_get.cache_clear()


@pytest.fixture
def ask(server):
    """Fetch from the stand-in without waiting; ``ask.pauses`` lists the seconds it would have waited."""
    pauses = []

    def call(universe=PAIR, start="2020-01-02", end="2020-03-31", **options):
        options = {"now": NOW, "timeout": 5.0, "attempts": 3, "sleep": pauses.append, **options}
        session = yahoo_session(options["timeout"], server.url)
        return fetch_yahoo(universe, start, end, session=session, **options)

    call.pauses = pauses
    return call


def failing(status, body=""):
    """Answer every request in the same way."""
    return lambda n: (status, body)


def test_good_data_with_split_and_dividend(server, ask):
    server.answers["AAA"] = chart("AAA", dividend_on="2020-02-03", split_on="2020-02-10")
    found = ask()
    assert list(found.close.columns) == ["AAA", "BBB"]
    assert found.close.index.equals(SESSIONS.as_unit("us"))
    assert set(found.ohlcv) == {"open", "high", "low", "close", "adj_close", "volume"}
    # The close is not adjusted for the dividend, the adjusted close is, on the days before it.
    before = found.close.loc["2020-01-31", "AAA"] / found.ohlcv["close"].loc["2020-01-31", "AAA"]
    paid = found.ohlcv["close"].loc["2020-01-31", "AAA"]
    assert before == pytest.approx(1 - 1 / paid)
    assert found.close.loc["2020-02-03", "AAA"] == found.ohlcv["close"].loc["2020-02-03", "AAA"]
    assert found.details["splits"] == [{"ticker": "AAA", "date": "2020-02-10", "ratio": 2.0}]
    assert found.details["auto_adjust"] is False
    assert found.vendor == "yahoo"
    assert ask.pauses == []


def test_end_is_included_and_start_too(ask):
    found = ask(start="2020-01-03", end="2020-01-10")
    assert [str(d.date()) for d in found.close.index[[0, -1]]] == ["2020-01-03", "2020-01-10"]


def test_session_of_today_is_left_out_until_it_has_closed(ask):
    during = ask(end=None, now=datetime(2020, 3, 31, 15, 0, tzinfo=UTC))
    assert during.close.index[-1] == pd.Timestamp("2020-03-30")
    assert during.details["last_complete_session"] == "2020-03-30"
    after = ask(end="2020-03-31", now=datetime(2020, 3, 31, 22, 0, tzinfo=UTC))
    assert after.close.index[-1] == pd.Timestamp("2020-03-31")
    future = ask(end="2021-01-01", now=datetime(2020, 3, 31, 22, 0, tzinfo=UTC))
    assert any("last complete session" in note for note in future.notes)


def test_bill_yield_comes_along_and_its_absence_is_said(server, ask):
    assert ask().bill.iloc[0] == pytest.approx(1.0)
    del server.answers["^IRX"]
    found = ask()
    assert found.bill is None
    assert any("^IRX" in note and "packaged rate" in note for note in found.notes)


def test_one_missing_ticker_is_named_with_the_reason(server, ask):
    del server.answers["BBB"]
    with pytest.raises(SourceError) as error:
        ask()
    text = str(error.value)
    assert "1 of 2 tickers" in text and "BBB" in text and "404" in text and "make book" in text
    assert "AAA" not in text
    assert ask.pauses == []  # asking again cannot help


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            failing(404, json.dumps({"chart": {"result": None, "error": {"description": "delisted"}}})),
            "HTTP 404",
        ),
        (failing(429, "Too Many Requests"), "rate limit (HTTP 429)"),
        (failing(500, "<html>oops</html>"), "HTTP 500"),
        (failing(500, json.dumps({"chart": {"result": None, "error": {"description": "down"}}})), "HTTP 500"),
        (failing(200, json.dumps(chart("BBB"))[:400]), "JSONDecodeError"),
    ],
    ids=["404", "429", "500", "500-json", "truncated"],
)
def test_failures_are_errors_with_their_reason(server, ask, answer, reason):
    server.answers["BBB"] = answer
    with pytest.raises(SourceError, match=r"BBB") as error:
        ask()
    assert reason in str(error.value)


def test_empty_answer_is_an_error(server, ask):
    server.answers["BBB"] = chart("BBB", sessions=SESSIONS[:0])
    with pytest.raises(SourceError, match=r"BBB: .*no price"):
        ask()


def test_temporary_failures_are_asked_again_after_growing_pauses(server, ask):
    good = json.dumps(chart("BBB"))
    server.answers["BBB"] = lambda n: (500, "oops") if len(ask.pauses) < 2 else (200, good)
    assert list(ask().close.columns) == ["AAA", "BBB"]
    assert ask.pauses == [BACK_OFF, 2 * BACK_OFF]


def test_rate_limit_stops_the_round_and_the_attempts_are_bounded(server, ask):
    server.answers["AAA"] = failing(429, "Too Many Requests")
    with pytest.raises(
        SourceError, match=r"AAA: rate limit \(HTTP 429\); BBB: not asked after AAA\. Try again later, or"
    ):
        ask()
    assert "BBB" not in server.asked
    assert ask.pauses == [BACK_OFF, 2 * BACK_OFF]


def test_server_that_never_answers_is_given_up(server, ask):
    server.answers["AAA"] = lambda n: None
    with pytest.raises(SourceError, match=r"AAA: no answer.*[Tt]imed? ?out"):
        ask(timeout=0.3, attempts=1)


def test_no_network_names_every_ticker():
    session = yahoo_session(0.5, "http://127.0.0.1:9")  # the discard port: nothing listens
    with pytest.raises(SourceError, match=r"0 of 2 tickers.*AAA.*BBB.*make book"):
        fetch_yahoo(PAIR, "2020-01-02", "2020-03-31", session=session, now=NOW, attempts=1)


def test_nan_row_of_one_ticker_is_an_error_with_its_date(server, monkeypatch):
    server.answers["BBB"] = chart("BBB", null_on=["2020-02-05"])
    monkeypatch.setenv("STUDY_YAHOO_URL", server.url)
    with pytest.raises(DataError, match=r"BBB on 2020-02-05 is missing"):
        load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31", now=NOW)


def test_date_without_any_price_is_left_out_and_said(server, ask):
    for ticker in ("AAA", "BBB"):
        server.answers[ticker] = chart(ticker, null_on=["2020-02-05"])
    found = ask()
    assert pd.Timestamp("2020-02-05") not in found.close.index
    assert any("2020-02-05" in note for note in found.notes)


def test_request_reuses_its_snapshot_until_refresh(server, monkeypatch):
    monkeypatch.setenv("STUDY_YAHOO_URL", server.url)
    first = load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31", now=NOW)
    asked = len(server.asked)
    again = load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31")
    assert len(server.asked) == asked
    assert again.sha256 == first.sha256
    assert again.close.equals(first.close)
    server.answers["AAA"] = chart("AAA", level=200.0)
    new = load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31", refresh=True, now=NOW)
    assert len(server.asked) > asked
    assert new.sha256 != first.sha256
    assert load_prices(snapshot=first.sha256).close.equals(first.close)


def test_failed_refresh_leaves_the_snapshot(server, monkeypatch):
    monkeypatch.setenv("STUDY_YAHOO_URL", server.url)
    first = load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31", now=NOW)
    server.answers["BBB"] = failing(
        404, json.dumps({"chart": {"result": None, "error": {"description": "x"}}})
    )
    with pytest.raises(SourceError):
        load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31", refresh=True, now=NOW)
    assert load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31").sha256 == first.sha256


def test_manifest_says_which_rate_is_which(server, monkeypatch):
    monkeypatch.setenv("STUDY_YAHOO_URL", server.url)
    prices = load_prices("yahoo", "AAA BBB", "2020-01-10", "2020-03-31", now=NOW)
    assert [part["kind"] for part in prices.manifest["risk_free"]] == ["13-week bill"]
    # The rate of 10 January is fixed by the yield of the 9th, the sixth day of the chart: 1.5 %.
    assert prices.risk_free.iloc[0] == pytest.approx(float(discount_yield_to_rate(1.5)))
    assert prices.risk_free.iloc[0] == pytest.approx(0.015 / 252, rel=0.02)


def test_batches_pause(ask, server):
    many = tuple(f"T{i}" for i in range(21))
    server.answers.update({t: chart(t) for t in many})
    done = []
    ask(Universe("custom", many, "many"), progress=lambda n, total, ticker: done.append((n, total)))
    assert done[:21] == [(i + 1, 21) for i in range(21)]
    assert ask.pauses == [1.0]


def test_wrong_requests_are_refused_before_any_request(server, ask):
    with pytest.raises(UnknownNameError, match="dow20"):
        ask(Universe("custom", ("dow2O",), "typo"))
    with pytest.raises(SourceError, match="french12"):
        ask(UNIVERSES["french12"])
    with pytest.raises(DataError, match="after 2020-05-29"):
        ask(start="2021-01-01", end=None)
    with pytest.raises(ParameterError, match="attempts"):
        ask(attempts=0)
    with pytest.raises(ParameterError, match="time zone"):
        last_complete_session(datetime(2020, 1, 1))
    assert server.asked == []


def test_last_complete_session_knows_weekends_and_early_closes():
    assert last_complete_session(datetime(2024, 3, 31, 12, tzinfo=UTC)) == pd.Timestamp("2024-03-28")
    # The Friday after Thanksgiving closes at 13:00 New York, 18:00 UTC.
    assert last_complete_session(datetime(2023, 11, 24, 18, 31, tzinfo=UTC)) == pd.Timestamp("2023-11-24")
    assert last_complete_session(datetime(2023, 11, 24, 18, 29, tzinfo=UTC)) == pd.Timestamp("2023-11-22")


@pytest.mark.parametrize(
    ("currencies", "words"),
    [
        (("USD", "GBp"), ("USD: AAA", "GBp: BBB")),
        (("GBP", "GBp"), ("GBP: AAA", "GBp: BBB")),
        (("EUR", "USD"), ("EUR: AAA", "USD: BBB")),
    ],
)
def test_prices_in_several_currencies_are_refused(server, ask, currencies, words):
    for ticker, currency in zip(("AAA", "BBB"), currencies, strict=True):
        server.answers[ticker] = chart(ticker, currency=currency)
    with pytest.raises(DataError, match="several currencies") as error:
        ask()
    assert all(word in str(error.value) for word in words)
    assert "UNIVERSE" in str(error.value)


def test_the_currency_stands_in_the_manifest(server, monkeypatch):
    server.answers["AAA"], server.answers["BBB"] = (chart(t, currency="GBp") for t in ("AAA", "BBB"))
    server.answers["^IRX"] = chart("^IRX", currency="USD")  # the bill is no asset of the portfolio
    monkeypatch.setenv("STUDY_YAHOO_URL", server.url)
    prices = load_prices("yahoo", "AAA BBB", "2020-01-02", "2020-03-31", now=NOW)
    assert prices.manifest["currency"] == {"AAA": "GBp", "BBB": "GBp"}
    assert describe_source(prices).loc["currency", "value"] == "GBp"


def test_a_currency_that_is_not_stated_is_said_not_guessed(server, ask):
    server.answers["BBB"] = chart("BBB", currency=None)
    assert ask().details["currency"] == {"AAA": "USD", "BBB": "not stated"}


@pytest.mark.parametrize("body", [json.dumps(NOT_FOUND), "<html>Not Found</html>", ""])
@pytest.mark.parametrize(
    ("tickers", "meant"),
    [
        (("BRK.B", "AAA"), "Did you mean BRK-B instead of BRK.B?"),
        (("AAA", "BRK", "B"), "Did you mean BRK-B instead of BRK?"),
        (("ZZZ.US", "AAA"), "Did you mean ZZZ instead of ZZZ.US?"),
    ],
)
def test_a_symbol_in_the_spelling_of_another_vendor_gets_yahoos(server, ask, tickers, meant, body):
    server.answers.update({t: failing(404, body) for t in tickers if t not in server.answers})
    with pytest.raises(SourceError) as error:
        ask(Universe("custom", tickers, "typo"))
    text = str(error.value)
    assert meant in text and "no such symbol (HTTP 404)" in text
    assert "JSONDecodeError" not in text
    assert ask.pauses == []  # asking again cannot help


@pytest.mark.parametrize("ticker", ["VOD.L", "QQQQ"])
def test_no_other_symbol_is_made_up(ask, ticker):
    with pytest.raises(SourceError) as error:
        ask(Universe("custom", ("AAA", ticker), "unknown"))
    assert "Did you mean" not in str(error.value)


def test_symbols_in_small_letters_are_refused_with_the_capitals(ask, server):
    with pytest.raises(UnknownNameError, match=r"'aapl'; did you mean 'AAPL'\? Write UNIVERSE=\"AAPL MSFT\""):
        ask(Universe("custom", ("aapl", "MSFT"), "small letters"))
    with pytest.raises(UnknownNameError, match=r"did you mean 'dow20'"):
        ask(Universe("custom", ("dow2O",), "typo"))
    assert server.asked == []


YEARS = pd.bdate_range("2018-01-02", "2020-03-31")


def test_adjusted_closes_that_equal_the_closes_for_years_are_said(server, ask):
    server.answers["AAA"] = chart("AAA", sessions=YEARS, dividend_on="2019-02-04")
    server.answers["BBB"] = chart("BBB", sessions=YEARS)
    found = ask(start="2018-01-02")
    (note,) = (note for note in found.notes if "adjusted close" in note)
    assert (
        note.startswith("BBB: every adjusted close equals the close") and "no dividend and no split" in note
    )
    assert found.details["without_adjustment"] == ["BBB"]
    assert ask().details["without_adjustment"] == []  # a quarter without a dividend is nothing unusual
    server.answers["BBB"] = chart("BBB", sessions=YEARS, instrumentType="INDEX")
    assert "BBB: a price index, dividends are not in it" in ask(start="2018-01-02").notes


def test_dividends_that_the_adjusted_closes_leave_out_are_said(server, ask):
    body = chart("BBB", dividend_on="2020-02-03")
    indicators = body["chart"]["result"][0]["indicators"]
    indicators["adjclose"][0]["adjclose"] = indicators["quote"][0]["close"]
    server.answers["BBB"] = body
    found = ask()
    assert any(note.startswith("BBB: Yahoo reports dividends") for note in found.notes)
    assert found.details["without_adjustment"] == ["BBB"]


def test_the_clients_advice_to_programmers_is_left_out():
    text = "Failed to perform, curl: (6) no host. See https://curl.se/libcurl/c/libcurl-errors.html first for more details."
    assert _first_line(OSError(text)) == "OSError: Failed to perform, curl: (6) no host."
