import json

import pandas as pd
import pytest
import yaml
from ledger_rows import ROW

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import facets, listings, pages, pictures
from portfolio_study.settings import project_root

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
    "request": {"source": "packaged", "start": None, "path": "/home/someone/prices.csv"},
    "python": "3.11",
    "platform": "x",
    "processors": 2,
    "computed_at": "now",
    "packages": {"numpy": "2"},
    "chapters": {"toy": {"seconds": 1.5, "peak_memory_mb": 100.0, "executed_at": "now"}},
}


PROVEN = ROW | {
    "id": "b", "paper": "003", "group": "h", "kind": "mathematical", "verdict": "proven", "check": "mathematical check",
}  # fmt: skip
SETTING = ROW | {
    "id": "s", "kind": "setting", "group": "s", "counts": False, "verdict": "no verdict", "check": "", "statement": "20 stocks",
}  # fmt: skip
LACKING = ROW | {"id": "l", "group": "l", "verdict": "lacks data", "check": "", "value": None}


def test_whole_statements_stand_by_check_and_by_paper():
    rows = [ROW, ROW | {"id": "a2", "verdict": "not reproduced"}, PROVEN, SETTING]
    checks = pages.statements_by_check(rows)
    assert (
        checks.loc["Robustness (corrected, on the paper's data)", "not reproduced"] == 1
    )  # the weakest of the table
    assert checks.loc["Mathematical check", "proven"] == 1
    assert checks.to_numpy().sum() == 2 and len(checks) == 4
    papers = pages.statements_by_paper(rows)
    assert papers.loc["000", "not reproduced"] == papers.loc["003", "proven"] == 1
    titled = pages.statements_by_paper([row | {"paper_title": "A toy"} for row in rows])
    assert list(titled.index) == ["A toy (000)", "A toy (003)"]
    figure = pictures.statements_figure(checks)
    assert len(figure.axes[0].get_yticklabels()) == 4
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["✘ not reproduced", "✔ proven"]
    assert {text.get_text() for text in figure.axes[0].texts} == {"✘ 1", "✔ 1"}


def test_verdicts_of_one_look_are_one_entry_of_the_legend():
    table = pd.DataFrame(
        {"holds": [2], "false here": [1], "true here": [3], "does not hold": [4]}, index=["Replication"]
    )
    figure = pictures.statements_figure(table)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["↑ holds, true here", "✘ false here, does not hold"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["↑ 5", "✘ 5"]


def test_the_summary_speaks_of_each_kind_of_check_apart():
    told = dict(pages.summary_table([ROW, PROVEN, SETTING, LACKING]).itertuples(index=False))
    assert told == {
        "Robustness (corrected, on the paper's data)": "1 cannot be told",
        "Mathematical check": "1 proven",
        "Could not be judged": "1 lacks data",
        "Definitions, settings and opinions": "1 without a verdict",
    }


def test_errors_claims_and_statements_are_counted_in_one_sentence():
    broken = PROVEN | {"verdict": "erratum", "reason": "refuted by a counterexample: erratum F-a"}
    rows = [broken, broken | {"id": "b2"}, broken | {"id": "b3", "group": "i", "reason": "erratum F2"}, ROW]
    errata = [{"id": name, "list": "erratum"} for name in ("F-a", "F2", "F-alone")]
    said = pages.errata_sentence(rows, [*errata, {"id": "F9", "list": "misprint"}])
    assert said.startswith("The texts have 3 errors that are listed")
    assert (
        "3 claims in 2 statements" in said
        and "because of 2 of these errors; claims beside the other 1 have" in said
    )


def test_rows_claims_statements_questions_and_settings_add_up():
    own = ROW | {"id": "own", "counts": False, "primary": False, "reading": "also_asked"}
    said = pages.reconciled(
        [
            ROW,
            ROW | {"id": "a2"},
            ROW | {"reading": "also_asked", "counts": False, "primary": False},
            PROVEN,
            SETTING,
            own,
        ]
    )
    assert said.startswith("The book has 5 rows: 3 claims of the texts")
    assert "1 question of its own beside them, which has no vote" in said
    assert "1 definition, setting or opinion of the texts, which has no verdict" in said
    assert "the 3 claims are 2 statements" in said


def test_the_reference_says_how_many_of_its_claims_have_other_data():
    run = {"profile": "paper", "computed_at": "2026-11-28", "histories": {}}
    rows = [ROW | {"evidence": "paper data"}, ROW | {"id": "b", "evidence": "other data"}]
    assert "1 of its 2 claims that are measured on data have other data" in pages.reference_sentence(
        {"run": run, "verdicts": rows}
    )
    assert "other data" not in pages.reference_sentence({"run": run, "verdicts": rows[:1]})


def test_settings_stand_in_a_fold_and_not_among_the_verdicts():
    folded = listings.unjudged_table([ROW, SETTING])
    assert "20 stocks" in folded and "RMSE" not in folded and folded.startswith("<details>")
    assert (
        '<tr id="claim-s" data-paper="000" data-chapter="toy"><th scope="row" abbr="s">' in folded
        and 'href="#claim-s"' in folded
    )  # it has an address
    assert 'Close. <a href="toy.html#toy-accuracy">In the chapter' in folded  # and says what follows
    assert listings.unjudged_table([ROW]) == ""
    ledger = facets.paper_tables([ROW, SETTING])
    assert "RMSE" in ledger and "20 stocks" not in ledger


DIRECTION = ROW | {"kind": "direction", "smallest_effect": 0.2, "unit": "annual Sharpe ratio"}


def test_weak_tests_and_luck_are_counted_over_directions_that_count():
    rows = [
        DIRECTION | {"verdict": "holds"},
        DIRECTION | {"id": "d2", "group": "h", "verdict": "holds", "weak": True},
        DIRECTION | {"id": "d3", "group": "i", "counts": False, "weak": True},
        DIRECTION | {"id": "d4", "group": "j", "interval": None, "verdict": "lacks data"},
        PROVEN,
    ]
    assert pages.weak_tests(rows) == (2, 1)
    families, false = pages.expected_false(rows)
    assert (families, false) == (2, pytest.approx(0.05))  # a table that lacks data can hold nothing by luck
    said = pages.luck_sentence(rows)
    assert "(rule 10)" in said
    zero = DIRECTION | {"id": "d5", "group": "k", "smallest_effect": 0.0}
    assert pages.weak_tests([*rows, zero]) == (2, 1)
    assert "1 of 2 tests" in pages.luck_sentence([*rows, zero])
    assert "not asked of 1 other test, where that is zero" in pages.luck_sentence([*rows, zero])
    assert "1 of 2 tests" in said and "2 tables of directions" in said and "2% of the 2 that hold" in said


def test_every_printed_number_is_a_dot_that_links_to_its_claim():
    rows = [
        ROW,
        ROW | {"id": "n2", "paper_value": "3.6e3", "value": 3532, "verdict": "reproduced"},
        ROW | {"id": "n3", "paper_value": "none", "value": 1.0},
        ROW | {"id": "n4", "counts": False},
        PROVEN,
    ]
    picture = pictures.published_against_ours(rows)
    assert "2 printed numbers" in picture
    assert 'href="verdicts.html#claim-toy-a"' in picture and "#claim-n2" in picture
    assert "claim-n3" not in picture and "claim-n4" not in picture
    assert picture.index("#claim-toy-a") < picture.index(
        "#claim-n2"
    )  # from left to right, as the arrow keys go
    assert pictures.published_against_ours([PROVEN]) == ""


def test_effects_stand_in_one_of_four_units_with_the_limit_in_the_same():
    saved = ROW | {"unit": "relative gain in MSE of the entries", "value": 0.12, "interval": [-0.04, 0.25]}
    saved |= {"smallest_effect": 0.001, "headline": True}
    yearly = ROW | {"id": "year", "unit": "decimals a year", "value": 0.0031, "interval": [0.001, 0.005]}
    yearly |= {"headline": False, "smallest_effect": 0.005, "primary": False, "reading": "also_asked"}
    html = listings.effects_table([saved, yearly])
    unit, least = '<td data-name="Unit">', '<td data-name="Smallest that matters">'
    assert f"12 [-4.0 to 25]</td>{unit}% of the benchmark's squared error</td>{least}0.10</td>" in html
    assert "basis points" not in html  # no headline
    both = listings.effects_table([saved, yearly, ROW], also=["year"])
    assert (
        f"31 [10 to 50]</td>{unit}basis points a year</td>{least}50</td>" in both and "also asked: " in both
    )
    assert both.count("<tr>") == 3  # a correlation or a return has none of these units
    assert listings.effects_table([ROW | {"interval": None}]) == ""


def test_the_answers_are_the_first_headline_of_each_text():
    rows = [ROW | {"sentence": "Found a < b."}, ROW | {"id": "later"}, PROVEN, SETTING | {"headline": False}]
    html = listings.answers_table(rows)
    assert html.count('<tr><th scope="row">') == 2
    assert "Found a &lt; b." in html and "toy.html#claim-toy-a" in html
    main = listings.answers_table(
        [*rows, ROW | {"id": "main", "headline": "main", "sentence": "The main one."}]
    )
    assert "The main one." in main and "Found" not in main.split("</thead>")[1]


def test_lists_of_faults_stand_apart():
    fault = {
        "id": "F1", "paper": "0", "chapter": "toy", "place": "p", "problem": "a", "correct": "b", "evidence": "e",
        "test": None, "materiality": "m",
    }  # fmt: skip
    rows = [
        fault | {"list": "erratum", "review": "kept"},
        fault | {"id": "F2", "list": "withdrawn", "review": "our < fault"},
    ]
    html = listings.errata_lists(rows)
    assert html.count("<table") == 2
    assert html.index("Errors") < html.index('id="F1"') < html.index("Withdrawn") < html.index('id="F2"')
    assert "Our &lt; fault." in html and "kept" not in html  # what was decided is history
    changes = listings.errata_changes(rows)
    assert "Kept." in changes and "Our &lt; fault." in changes and 'href="errata.html#F1"' in changes
    assert listings.errata_changes([fault | {"review": ""}]) == ""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "book" / "readings").mkdir(parents=True)
    monkeypatch.setattr(listings, "project_root", lambda: tmp_path)
    return tmp_path / "book"


def test_changes_of_what_is_judged_are_printed(checkout):
    assert "Nothing was changed" in listings.changes_table()
    row = {
        "date": "2026-01-02",
        "what": "the < window",
        "why": "w",
        "moved": "one -> two",
        "claims": {"a": "x", "b": "y"},
    }
    content = {"first": {"date": "2026-01-01", "claims": {}}, "changes": [row]}
    (checkout / "registration.yml").write_text(yaml.safe_dump(content))
    html = listings.changes_table()
    assert "the &lt; window" in html and '<td data-name="Claims">2</td>' in html and "<details>" not in html
    assert "one → two" in html
    row["verdicts"] = [
        {"claim": "a", "old": "holds", "new": "cannot be told"},
        {"claim": "b", "old": "", "new": "x < y"},
    ]
    (checkout / "registration.yml").write_text(yaml.safe_dump(content))
    html = listings.changes_table()
    assert "<details><summary>2 rows, old and new</summary>" in html
    assert '<th scope="row">a</th><td>holds</td><td>cannot be told</td>' in html
    assert '<th scope="row">b</th><td>new</td><td>x &lt; y</td>' in html


def test_disagreements_of_the_readers_are_printed(checkout):
    assert listings.readings_table() == ""
    row = {"claim": "toy-a", "first": "a number", "second": "a < setting", "ended": "a setting"}
    (checkout / "readings" / "toy.yml").write_text(yaml.safe_dump([row]))
    html = listings.readings_table()
    assert "toy: 1 disagreement<" in html and "a &lt; setting" in html


def test_draws_are_counted_and_tell_how_each_disagreement_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(listings, "project_root", lambda: tmp_path)
    assert listings.draws_table() == ""
    (tmp_path / "book").mkdir()
    counted = {"read": 40, "right": 19, "minor": 14, "wrong": 7}
    rows = [{"row": "toy-gain", "found": "wrong; <too> wide", "ended": "lacks data"}]
    draw = {"drawn": "first draw", "claims": counted, "errata": counted, "disagreements": rows}
    (tmp_path / "book" / "draws.yml").write_text(yaml.safe_dump([draw]))
    html = listings.draws_table()
    assert html.count("<td>40</td><td>19</td><td>14</td><td>7</td>") == 2
    assert "toy-gain" in html and "wrong; &lt;too&gt; wide" in html and "lacks data" in html


def test_the_books_draws_add_up():
    for draw in yaml.safe_load((project_root() / "book" / "draws.yml").read_text(encoding="utf-8")):
        for what in ("claims", "errata"):
            counts = draw[what]
            assert counts["read"] == counts["right"] + counts["minor"] + counts["wrong"]
        for word in ("minor", "wrong") if "disagreements" in draw else ():
            names = [
                name.strip()
                for row in draw["disagreements"]
                if row["found"].startswith(f"{word}; ")
                for name in row["row"].split(",")
            ]
            errata = [name for name in names if name.startswith("F")]
            assert (len(names) - len(errata), len(errata)) == (draw["claims"][word], draw["errata"][word])


def test_the_data_are_named_with_dates_vendor_and_notes():
    said = pages.data_sentence(RUN)
    for part in ("us20", "packaged", "yahoo", "2020-01-02", "2021-01-04", "0123456789ab", "Only 20 stocks."):
        assert part in said


def test_further_prices_are_named_and_listed():
    one = {
        "chapter": "toy",
        "source": "packaged",
        "series": 1,
        "frequency": "daily",
        "first": "a",
        "last": "b",
    }
    used = [one | {"universe": "us20", "values": 3}, one | {"universe": "us20 and sp500", "values": 1}]
    said = pages.data_sentence(RUN | {"measured_on": used})
    assert "Other prices were measured on too: sp500 (toy); the page Provenance lists them." in said
    assert "Other prices" not in pages.data_sentence(RUN | {"measured_on": used[:1]})
    table = pages.prices_measured(RUN | {"measured_on": used})
    assert table["universe"].tolist() == ["us20", "us20 and sp500"] and pages.prices_measured(RUN).empty


def test_a_declared_vendor_is_not_said_to_be_recognised():
    declared = {"vendor": "yahoo", "vendor_declared": True}
    assert "vendor yahoo as declared, not recognised" in pages.data_sentence(RUN | {"data": declared})
    history = {"tickers": ["A"], "frequency": "daily", "first": "a", "last": "b", "source": "file"}
    several = RUN | {"histories": {"dow20": history | {"manifest": declared}, "funds": history}}
    assert pages.data_sentence(several).count("as declared") == 1
    assert pages.samples(several)["source"].tolist() == [
        "file, vendor yahoo as declared, not recognised",
        "file",
    ]


def test_what_was_noted_of_a_sample_stands_in_its_row_and_the_rest_in_sentences():
    history = {"tickers": ["A", "B"], "frequency": "daily", "first": "a", "last": "b", "source": "file"}
    notes = ["dow20: survivors", "dow20: no volume", "minimum_variance does without four-funds"]
    several = RUN | {"histories": {"dow20": history, "funds": history}, "data": {"notes": notes}}
    table = pages.samples(several).set_index("sample")
    assert table["noted"].to_dict() == {"dow20": "survivors; no volume", "funds": ""}
    assert table.loc["dow20", "series"] == 2
    assert pages.general_notes(several) == "Minimum_variance does without four-funds."
    assert "survivors" not in pages.data_sentence(several)
    assert pages.samples(RUN).empty


def test_facts_have_the_dates_of_each_history_where_chapters_have_their_own():
    stocks = {"tickers": ["A"], "frequency": "daily", "first": "2010-01-04", "last": "2024-03-28"}
    industries = stocks | {"first": "1963-06-28", "last": "2025-04-30"}
    facts = pages.run_facts(RUN | {"histories": {"dow20": stocks, "industries": industries}})
    said = dict(zip(facts["fact"], facts["value"], strict=True))
    assert said["dates of dow20"] == "2010-01-04 to 2024-03-28, daily"
    assert said["dates of industries"] == "1963-06-28 to 2025-04-30, daily"
    assert not {"first date", "last date"} & set(said)


def test_a_count_of_the_reference_says_that_it_is_not_of_this_build():
    assert "of this build" in pages.whose_sentence(None)
    assert pages.whose_sentence({"verdicts": []}).startswith("Counted are the answers of the reference run;")


def test_facts_costs_and_versions_come_from_the_run():
    facts = pages.run_facts(RUN).set_index("fact")["value"]
    assert "0123456789abcdef" in set(facts) and facts["networks"].startswith("trained each, where")
    assert facts["asked for: path"] == "prices.csv"  # without the folders of the reader's machine
    card = pages.run_facts(RUN | {"networks": "batched on NVIDIA H200"}).set_index("fact")["value"]
    assert card["networks"].startswith("trained batched on NVIDIA H200, where")
    assert (facts["first date"], facts["last date"]) == ("2020-01-02", "2021-01-04")
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
        "list": "erratum",
        "review": "kept",
    }
    html = listings.errata_table([row])
    assert 'id="F1"' in html and "a &lt; b" in html and "tests/t.py::t" in html and "nothing" in html
    assert '<span class="visually-hidden">Erratum </span>F1: text 003, p</span>' in html
    assert '<a href="cc_var.html">chapter cc var' in html
    placed = listings.errata_table([row | {"where": "cc_var#cc-var-ties", "section": "Ties & more"}])
    assert '<a href="cc_var.html#cc-var-ties">Ties &amp; more' in placed


def test_a_run_is_read_from_the_file_of_the_build(tmp_path, monkeypatch):
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps({"verdicts": [ROW], "errata": [], "run": RUN}))
    assert pages.read_run(str(path))["run"] == RUN
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "none"))
    with pytest.raises(LedgerError, match="make book"):
        pages.read_run(None)


def test_smallest_effects_are_listed_with_what_they_are_measured_in():
    direction = DIRECTION
    rows = [ROW, direction, direction | {"id": "toy-b"}, direction | {"unit": "", "smallest_effect": 0.0}]
    table = pages.smallest_effects([*rows, direction | {"primary": False}])
    assert table["quantity"].tolist() == ["annual Sharpe ratio", "RMSE < 1 & small"]
    assert table["smallest effect"].tolist() == [0.2, 0.0]
    assert table["claims"].tolist() == [2, 1]
