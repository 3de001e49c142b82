"""The yield of the 4-week bill from a stand-in for FRED on 127.0.0.1, and what is said where it does not answer."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from french_files import Library, factors, portfolios, zipped
from stand_in_server import StandInServer

from portfolio_study.data import load_prices
from portfolio_study.data.fred import BILL as SERIES
from portfolio_study.data.fred import fetch_bill_yield
from portfolio_study.data.french.library import FACTOR_FILES, FILES
from portfolio_study.data.risk_free import carried_monthly_rate, discount_yield_to_rate, risk_free_rate
from portfolio_study.data.web import BACK_OFF
from portfolio_study.errors import ParameterError, SourceError

START, END = pd.Timestamp("2024-12-20"), pd.Timestamp("2025-02-28")
DAYS = pd.bdate_range("2024-12-02", "2025-02-28").drop(["2024-12-25", "2025-01-01"])


def table(days=DAYS, value=4.25, name=SERIES):
    return "\n".join([f"observation_date,{name}", *(f"{day:%Y-%m-%d},{value}" for day in days), ""])


class Bill(StandInServer):
    """A server; ``answers`` has a (status, text) for each request in order, the last one for all others."""

    path = "/graph/fredgraph.csv"

    def __init__(self):
        self.answers = [(200, table())]
        super().__init__()

    def answer(self, path):
        self.asked.append(parse_qs(urlsplit(path).query))
        status, text = self.answers[min(len(self.asked), len(self.answers)) - 1]
        kind = "text/html" if text.startswith("<") else "application/csv"
        return status, {"Content-Type": kind}, text.encode()


@pytest.fixture
def fred(monkeypatch):
    server = Bill()
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("STUDY_FRED_URL", server.url)
    yield server
    server.close()


def test_the_series_is_asked_for_between_the_dates(fred):
    found = fetch_bill_yield(START, END)
    assert fred.asked == [{"id": ["DTB4WK"], "cosd": ["2024-12-20"], "coed": ["2025-02-28"]}]
    assert found.index[0] == START and found.index[-1] == END and (found == 4.25).all()


def test_days_without_a_yield_are_left_out(fred):
    fred.answers = [
        (200, f"DATE,{SERIES}\r\n2025-01-01,\r\n2025-01-02,4.2\r\n2025-01-09,.\r\n2025-01-10,4.3\r\n")
    ]
    found = fetch_bill_yield(START, END)
    assert found.to_dict() == {pd.Timestamp("2025-01-02"): 4.2, pd.Timestamp("2025-01-10"): 4.3}


def test_a_busy_server_is_asked_again_a_bounded_number_of_times(fred):
    pauses = []
    fred.answers = [(503, ""), (200, table())]
    assert len(fetch_bill_yield(START, END, sleep=pauses.append)) and pauses == [BACK_OFF]
    fred.answers, fred.asked[:] = [(429, "")], []
    with pytest.raises(SourceError, match=r"FRED did not deliver DTB4WK in 2 attempt.*HTTP 429"):
        fetch_bill_yield(START, END, sleep=pauses.append, attempts=2)
    assert len(fred.asked) == 2
    fred.answers, fred.asked[:] = [(404, "")], []
    with pytest.raises(SourceError, match="HTTP 404"):
        fetch_bill_yield(START, END, sleep=pauses.append)
    assert len(fred.asked) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>Please log in", "something else as DTB4WK: text/html"),
        ("", "something else as DTB4WK"),
        (table(name="TB3MS"), "something else as DTB4WK.*TB3MS"),
        (f"DATE,{SERIES}\n2025-01-02,n/a\n", "line 2: '2025-01-02,n/a' is no date with a value"),
        (f"DATE,{SERIES}\n2025-01-02,4\n01/03/2025,4\n", "line 3: '01/03/2025,4' is no date"),
        (f"DATE,{SERIES}\n2025-01-02,425\n", "line 2: 425 is no yield of a bill in percent"),
        (f"DATE,{SERIES}\n2025-01-03,4\n2025-01-02,4\n", "not in the order of time"),
    ],
)
def test_another_answer_is_refused_by_what_it_is(fred, body, said):
    fred.answers = [(200, body)]
    with pytest.raises(SourceError, match=said):
        fetch_bill_yield(START, END)


def test_only_addresses_of_the_web_are_opened():
    with pytest.raises(ParameterError, match="FRED's address must begin with https"):
        fetch_bill_yield(START, END, base_url="file:///etc/passwd")


def test_the_yield_of_the_day_before_is_the_rate_after_the_packaged_one():
    days = pd.bdate_range("2024-12-30", "2025-01-06")
    yields = pd.Series([4.0, 5.0], index=pd.DatetimeIndex(["2024-12-31", "2025-01-02"]))
    rate, parts = risk_free_rate(days, four_weeks=yields)
    assert [(p["kind"], p["first"]) for p in parts][1] == ("4-week bill", "2025-01-01")
    plain, _ = risk_free_rate(days)
    np.testing.assert_array_equal(rate[:"2024-12-31"], plain[:"2024-12-31"])
    expected = discount_yield_to_rate(np.array([4.0, 4.0, 5.0, 5.0]), 1, 28)
    np.testing.assert_allclose(rate["2025-01-01":], expected)
    # 5 % discount: 100 pays for 99.6111; thirteen such bills fill a year of 252 sessions
    assert (1 + expected[-1]) ** (252 / 13) == pytest.approx(1 / (1 - 0.05 * 28 / 360))


def test_a_month_has_the_yield_before_it_begins():
    months = pd.date_range("2024-12-31", "2025-02-28", freq="ME")
    yields = pd.Series([4.0, 9.0, 5.0], index=pd.DatetimeIndex(["2024-12-31", "2025-01-15", "2025-01-31"]))
    rate, _ = risk_free_rate(months, "monthly", four_weeks=yields)
    np.testing.assert_allclose(rate.iloc[1:], discount_yield_to_rate(np.array([4.0, 5.0]), 21, 28))


def test_an_old_yield_is_not_carried_on():
    days = pd.bdate_range("2025-01-02", "2025-02-28")
    yields = pd.Series([4.0], index=pd.DatetimeIndex(["2025-01-02"]))
    _, parts = risk_free_rate(days, four_weeks=yields)
    assert [p["kind"] for p in parts] == ["carried forward", "4-week bill", "carried forward"]
    assert parts[1]["last"] == "2025-01-10"  # ten days at most
    _, parts = risk_free_rate(days, bill=yields)
    assert [p["kind"] for p in parts] == ["carried forward", "13-week bill", "carried forward"]


@pytest.fixture
def library(monkeypatch):
    """Portfolios to February 2025, and factors that end in January: the rate ends before the sample."""
    monkeypatch.setenv("no_proxy", "*")
    server = Library()
    days = pd.DatetimeIndex(pd.bdate_range("2024-11-01", "2025-02-28"))
    server.answers = {
        FILES["industry10"]["daily"]: zipped(portfolios(days)),
        FACTOR_FILES["daily"]: zipped(
            factors(days[days < "2025-02-01"]), "F-F_Research_Data_Factors_daily.CSV"
        ),
    }
    monkeypatch.setenv("STUDY_FRENCH_URL", server.url)
    yield server
    server.close()


def industries(**options):
    return load_prices("french", "french_industry10", **{"sleep": lambda _: None, "timeout": 5.0, **options})


def test_fred_serves_where_the_rate_of_a_source_ends(fred, library):
    prices = industries()
    kinds = [(p["kind"], p["first"]) for p in prices.manifest["risk_free"]]
    assert kinds[-2:] == [("published", "2024-11-01"), ("4-week bill", "2025-02-03")]
    assert fred.asked[0]["coed"] == ["2025-02-28"]
    assert not any("riskless rate" in note for note in prices.manifest["notes"])


def test_a_sample_with_a_rate_asks_nobody(fred, library):
    industries(end="2025-01-31")
    assert fred.asked == []


def test_without_fred_the_packaged_rate_is_carried_on_and_said(fred, library, caplog):
    fred.answers = [(500, "")]
    prices = industries(attempts=2)
    last = carried_monthly_rate().iloc[-1]
    assert prices.risk_free.iloc[-1] == pytest.approx((1 + last) ** (1 / 21) - 1)
    notes = " | ".join(prices.manifest["notes"])
    assert "no yield of the 4-week bill (FRED did not deliver DTB4WK in 2 attempt(s)" in notes
    assert "riskless rate, 2025-02-03 to 2025-02-28: no packaged rate after 2024-12" in notes
    assert "no yield of the 4-week bill" in caplog.text


def test_a_file_never_needs_a_network_and_says_that_the_rate_is_carried_on(fred, tmp_path):
    path = tmp_path / "prices.csv"
    days = pd.bdate_range("2024-06-03", "2025-02-28").drop(["2024-12-25", "2025-01-01"])
    close = 50 * np.exp(np.random.default_rng(1).normal(0, 0.01, (len(days), 2)).cumsum(axis=0))
    pd.DataFrame(close, index=pd.Index(days, name="date"), columns=["AAA", "BBB"]).to_csv(path)
    prices = load_prices("file", path=path)
    assert fred.asked == []
    assert any(n.startswith("riskless rate, 2025-01-02 to 2025-02-28") for n in prices.manifest["notes"])
