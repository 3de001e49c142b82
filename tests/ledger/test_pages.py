import json

import pytest

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import pages
from portfolio_study.ledger.rules import VERDICTS
from portfolio_study.ledger.tables import badge, verdict_table

ROW = {
    "id": "toy-a",
    "paper": "000",
    "chapter": "toy",
    "group": "g",
    "kind": "number",
    "headline": True,
    "statement": "RMSE < 1 & small",
    "place": "Results",
    "reading": "corrected",
    "reading_note": "",
    "primary": True,
    "paper_value": "0.5",
    "value": 0.51,
    "interval": [0.4, 0.6],
    "unit": "log return per day",
    "p_value": None,
    "n": 10,
    "detectable": 0.2,
    "smallest_effect": None,
    "verdict": "inconclusive",
    "reason": "close",
    "evidence": "other data",
    "materiality": None,
    "measured_by": "toy.a",
    "where": "toy#toy-accuracy",
}
RUN = {
    "profile": "smoke",
    "source": "packaged",
    "universe": "us20",
    "tickers": ["A", "B"],
    "frequency": "daily",
    "start": "2020-01-02",
    "end": "2021-01-04",
    "sha256": "0123456789abcdef",
    "data": {"vendor": "yahoo", "notes": ["Only 20 stocks."]},
    "request": {"source": "packaged", "start": None},
    "python": "3.11",
    "platform": "x",
    "processors": 2,
    "computed_at": "now",
    "packages": {"numpy": "2"},
    "chapters": {"toy": {"seconds": 1.5, "peak_memory_mb": 100.0, "executed_at": "now"}},
}


def test_rows_are_escaped_and_linked_to_their_proof():
    html = verdict_table([ROW], "Claims", link="{page}.html#{anchor}")
    assert '<a href="toy.html#toy-accuracy">RMSE &lt; 1 &amp; small</a>' in html
    assert "0.51 [0.4, 0.6]" in html
    assert "Detectable with 80 % power: 0.2" in html


def test_a_claim_is_named_once_for_both_readings():
    html = verdict_table([ROW, ROW | {"reading": "as_published", "primary": False}], "Claims")
    assert html.count("RMSE") == 1
    assert "corrected, counts" in html and "as published" in html


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_badge_has_symbol_words_and_style(verdict):
    assert verdict in badge(verdict)
    assert "&nbsp;" in badge(verdict)
    assert badge(verdict) in pages.legend()


def test_votes_stand_by_paper_and_in_the_figure():
    rows = [ROW, ROW | {"id": "b", "paper": "003", "group": "h", "verdict": "erratum"}]
    votes = pages.votes_by_paper(rows)
    assert votes.to_numpy().sum() == 2
    assert list(votes.index) == ["000", "003"]
    titled = pages.votes_by_paper([row | {"paper_title": "A toy"} for row in rows])
    assert list(titled.index) == ["A toy (000)", "A toy (003)"]
    figure = pages.votes_figure(votes)
    assert len(figure.axes[0].get_yticklabels()) == 2


def test_the_summary_counts_what_was_tested():
    rows = [ROW, ROW | {"id": "b", "group": "h", "verdict": "not testable"}]
    said = pages.summary_sentence(rows)
    assert "2 published claims" in said
    assert "could test 1 statements: 1 inconclusive" in said
    assert "other 1 cannot" in said


def test_whole_votes_add_up():
    votes = {"erratum": 28.6, "inconclusive": 36.6, "does not hold": 40.4, "not testable": 20.4}
    whole = pages.whole_votes(votes)
    assert sum(whole.values()) == 126
    assert all(abs(whole[name] - votes[name]) < 1 for name in votes)


def test_the_data_are_named_with_dates_vendor_and_notes():
    said = pages.data_sentence(RUN)
    for part in ("us20", "packaged", "yahoo", "2020-01-02", "2021-01-04", "0123456789ab", "Only 20 stocks."):
        assert part in said


def test_facts_costs_and_versions_come_from_the_run():
    assert "0123456789abcdef" in set(pages.run_facts(RUN)["value"])
    assert pages.chapter_costs(RUN)["seconds"].tolist() == [1.5]
    assert pages.package_versions(RUN)["version"].tolist() == ["2"]


def test_errata_name_their_test_and_what_they_change():
    row = {
        "id": "F1",
        "paper": "003",
        "chapter": "cc_var",
        "place": "p",
        "problem": "a < b",
        "correct": "b",
        "evidence": "e",
        "test": "tests/t.py::t",
        "materiality": "nothing",
    }
    html = pages.errata_table([row])
    assert 'id="F1"' in html and "a &lt; b" in html and "tests/t.py::t" in html and "nothing" in html


def test_a_run_is_read_from_the_file_of_the_build(tmp_path, monkeypatch):
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps({"verdicts": [ROW], "errata": [], "run": RUN}))
    assert pages.read_run(str(path))["run"] == RUN
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "none"))
    with pytest.raises(LedgerError, match="make book"):
        pages.read_run(None)


def test_smallest_effects_are_listed_with_what_they_are_measured_in():
    direction = ROW | {"kind": "direction", "smallest_effect": 0.2, "unit": "annual Sharpe ratio"}
    rows = [ROW, direction, direction | {"id": "toy-b"}, direction | {"unit": "", "smallest_effect": 0.0}]
    table = pages.smallest_effects([*rows, direction | {"primary": False}])
    assert table["quantity"].tolist() == ["annual Sharpe ratio", "RMSE < 1 & small"]
    assert table["smallest effect"].tolist() == [0.2, 0.0]
    assert table["claims"].tolist() == [2, 1]
