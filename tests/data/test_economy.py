"""Monthly series of the economy from a stand-in for FRED, or from its files beside the prices."""

import numpy as np
import pandas as pd
import pytest
from fred_files import Fred, csv_of, months, write_files

from portfolio_study.data.economy import SERIES, economy_files, load_economy, stored_economy
from portfolio_study.data.macroeconomy import macroeconomic_inputs
from portfolio_study.data.snapshot import snapshot_dir
from portfolio_study.data.web import BACK_OFF
from portfolio_study.errors import DataError, SnapshotError, SourceError

END = "2016-11-18"
COLUMNS = ["core_cpi", "aaa", "baa", "ten_years", "housing_starts"]


@pytest.fixture
def fred(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    server = Fred()
    monkeypatch.setenv("STUDY_FRED_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    made = tmp_path / "prices"
    made.mkdir()
    (made / "prices.csv").write_text("date,AAA,HOUST\n2016-01-04,1,2\n")
    return made


def test_the_series_are_fetched_to_the_end_of_the_prices_and_kept(fred):
    found = load_economy("yahoo", None, END)
    assert fred.names == list(SERIES.values()) == list(months())
    assert {query["coed"] for query in fred.asked} == {END}
    table = stored_economy(found.sha256)
    assert list(table) == COLUMNS and table.index[-1] == pd.Timestamp("2016-11-01")
    np.testing.assert_array_equal(table.to_numpy(), months()[:"2016-11-01"].to_numpy())
    assert (found.manifest["first"], found.manifest["last"]) == ("2008-01", "2016-11")
    assert "CPILFESL, AAA, BAA, GS10, HOUST, fetched from FRED on 20" in found.note


def test_a_stored_answer_needs_no_network_until_it_is_refreshed(fred):
    first = load_economy("french", None, END)
    fred.asked.clear()
    fred.table = fred.table + 0.1
    assert load_economy("yahoo", None, "2016-11-30").sha256 == first.sha256 and fred.asked == []
    assert load_economy("yahoo", None, END, refresh=True).sha256 != first.sha256
    fred.asked.clear()
    load_economy("yahoo", None, "2016-12-30")  # the prices go on: so do the series
    assert len(fred.asked) == 5


def test_a_damaged_copy_is_fetched_again_and_never_read(fred):
    found = load_economy("yahoo", None, END)
    path = snapshot_dir() / f"{found.sha256}.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SnapshotError, match="cannot be read"):
        stored_economy(found.sha256)
    fred.asked.clear()
    assert load_economy("yahoo", None, END).sha256 == found.sha256 and len(fred.asked) == 5
    (stored_economy(found.sha256) + 1).to_parquet(path)
    with pytest.raises(SnapshotError, match="is damaged: its values have the checksum"):
        stored_economy(found.sha256)


def test_other_sources_ask_nobody(fred):
    for source in ("packaged", "synthetic"):
        assert load_economy(source, None, END) is None
    assert fred.asked == []


def test_a_busy_server_is_asked_again_a_bounded_number_of_times(fred):
    pauses = []
    fred.answers["BAA"] = (503, "")
    with pytest.raises(SourceError, match=r"FRED did not deliver BAA in 2 attempt.*HTTP 503"):
        load_economy("yahoo", None, END, sleep=pauses.append, attempts=2)
    assert fred.names == ["CPILFESL", "AAA", "BAA", "BAA"] and pauses == [BACK_OFF]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html>Please log in", "something else as HOUST"),
        (csv_of(months()[["GS10"]]), "something else as HOUST.*GS10"),
        ("observation_date,HOUST\n2016-01-01,n/a\n", "line 2: '2016-01-01,n/a' is no date with a value"),
        (
            "observation_date,HOUST\n2016-01-01,1.1\n",
            "line 2: 1.1 is no number of housing starts in thousands",
        ),
        ("observation_date,HOUST\n2016-02-01,900\n2016-01-01,900\n", "not in the order of time"),
    ],
)
def test_another_answer_is_refused_by_what_it_is(fred, text, said):
    fred.answers["HOUST"] = (200, text)
    with pytest.raises(SourceError, match=said):
        load_economy("yahoo", None, END)


def test_files_beside_the_prices_give_what_the_server_gives(fred, folder):
    write_files(folder, months()[:"2016-11-01"])
    for path in (folder, folder / "prices.csv"):
        found = load_economy("file", path, END)
        assert found.sha256 == load_economy("yahoo", None, END).sha256
        assert found.manifest["source"] == "files" and len(found.manifest["files"]) == 5
        assert "AAA.csv, BAA.csv, CPILFESL.csv, GS10.csv, HOUST.csv beside the prices" in found.note


def test_one_file_of_all_series_serves_under_any_name_and_header(folder):
    (folder / "download (3).csv").write_text(csv_of(months(), header="DATE"))
    found = load_economy("file", folder / "prices.csv", END)
    np.testing.assert_array_equal(stored_economy(found.sha256).to_numpy(), months().to_numpy())


def test_prices_are_never_taken_for_the_economy(folder):
    assert economy_files(folder) == [] and load_economy("file", folder, END) is None
    (folder / "AAA.csv").write_text("DATE,AAA\n2016-01-04,21.5\n")  # a fund with the name of a yield
    assert economy_files(folder / "AAA.csv") == [] and load_economy("file", folder / "AAA.csv", END) is None


def test_incomplete_double_and_damaged_files_are_named(folder):
    write_files(folder, months().drop(columns=["HOUST", "GS10"]))
    with pytest.raises(DataError, match=r"GS10, HOUST are missing: download .*/GS10"):
        load_economy("file", folder, END)
    write_files(folder, months())
    (folder / "again.csv").write_text(csv_of(months()[["BAA"]]))
    with pytest.raises(DataError, match=r"again\.csv|BAA\.csv.*BAA stands in another file"):
        load_economy("file", folder, END)
    (folder / "again.csv").unlink()
    (folder / "BAA.csv").write_text("observation_date,BAA\n2016-01-01,high\n")
    with pytest.raises(DataError, match=r"BAA, line 2: '2016-01-01,high'.*download the file again.*/BAA"):
        load_economy("file", folder, END)
    daily = pd.date_range("2016-01-01", "2016-03-01")
    (folder / "BAA.csv").write_text(csv_of(pd.DataFrame({"BAA": 5.0}, daily)))
    with pytest.raises(DataError, match="BAA has two values in 2016-01: take the monthly series"):
        load_economy("file", folder, END)


def test_inputs_of_the_economy_follow_from_the_files(folder):
    write_files(folder, months())
    table = stored_economy(load_economy("file", folder, END).sha256)
    days = pd.DatetimeIndex(["2014-04-30", "2014-05-01"])  # of March: 31 days after its end on 1 May
    found = macroeconomic_inputs(days, table)
    raw = months()
    growth = np.log(raw["HOUST"]["2014-03-01"] / raw["HOUST"]["2013-03-01"])
    assert found["housing_growth"].iloc[1] == pytest.approx(growth)
    before = np.log(raw["HOUST"]["2014-02-01"] / raw["HOUST"]["2013-02-01"])
    assert found["housing_growth"].iloc[0] == pytest.approx(before)
    change = raw["GS10"]["2014-03-01"] - raw["GS10"]["2013-03-01"]
    assert found["long_yield_change"].tolist() == pytest.approx([change] * 2)


def test_a_month_that_was_never_published_is_a_gap(folder):
    raw = months()
    raw.loc["2014-03-01", "CPILFESL"] = np.nan
    write_files(folder, raw)
    table = stored_economy(load_economy("file", folder, END).sha256)
    days = pd.bdate_range("2014-01-01", "2015-12-31")
    known = macroeconomic_inputs(days, table)["core_inflation"].notna()
    assert not known["2014-05-01":"2014-05-30"].any() and not known["2015-05-01":"2015-05-29"].any()
    assert known["2014-04-30"] and known["2014-06-02"]
