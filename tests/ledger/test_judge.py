import re

import pytest
from scipy.stats import norm

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.claims import Erratum, Ledger, load_ledger, parse_claim, parse_erratum
from portfolio_study.ledger.evidence import NO_DATA, OTHER_DATA, PAPER_DATA
from portfolio_study.ledger.judge import as_declared, counts, family_sizes, judge_claims, statements
from portfolio_study.ledger.records import Record
from portfolio_study.settings import project_root

HEAD = {
    "samples": {
        "two": {
            "universe": "two",
            "tickers": ["AXP", "BA"],
            "from": "2010-01-04",
            "to": "2024-03-28",
            "vendor": "yahoo",
            "frequency": "daily",
        }
    },
    "smallest_effects": {"sharpe": 0.2},
}
PAPER = {
    "universe": "two",
    "tickers": ["AXP", "BA"],
    "first": "2010-01-04",
    "last": "2024-03-28",
    "vendor": "yahoo",
    "frequency": "daily",
    "source": "yahoo",
    "ohlcv": True,
}
OTHER = PAPER | {"tickers": ["AXP", "KO"], "vendor": "a file"}
BASE = {"paper": "000", "where": "Results", "group": "g", "statement": "s"}


def claim(**values):
    return parse_claim(BASE | {"id": "c"} | values, "toy", HEAD)


NUMBER = {
    "kind": "number",
    "paper_value": "0.50",
    "needs": {"sample": "two", "tickers": ["AXP"]},
    "readings": {"as_published": {"measured_by": "toy.a", "benchmark": "toy.zero"}},
}
DIRECTION = {
    "kind": "direction",
    "smallest_effect": "sharpe",
    "needs": {"sample": "two"},
    "readings": {"corrected": {"measured_by": "toy.d"}},
}
MATHS = {
    "kind": "mathematical",
    "readings": {"as_published": {"measured_by": "toy.m", "test": "t.py::t", "erratum": "F1"}},
}


def ledger(*claims, errata=()):
    return Ledger(tuple(claims), tuple(errata), HEAD["samples"], HEAD["smallest_effects"])


def judged(claim_, *records, sample=PAPER, errata=()):
    return judge_claims(ledger(claim_, errata=errata), {r.key: r for r in records}, sample)


ZERO = Record("toy.zero", 0.1, sample=PAPER)


def test_a_number_on_the_papers_data_is_reproduced():
    (row,) = judged(claim(**NUMBER), Record("toy.a", 0.502, sample=PAPER), ZERO)
    assert (row["verdict"], row["evidence"], row["primary"]) == ("reproduced", PAPER_DATA, True)


def test_the_same_number_on_other_data_is_shown_without_a_verdict_and_says_why():
    (row,) = judged(claim(**NUMBER), Record("toy.a", 0.502, sample=OTHER), ZERO)
    assert (row["verdict"], row["evidence"], row["value"]) == ("no verdict", OTHER_DATA, 0.502)
    assert "vendor: a file; the paper's: yahoo" in row["differs"] and "yahoo" not in row["reason"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"first": "2011-01-03"}, "from 2011-01-03"),
        ({"last": "2018-12-31"}, "to 2018-12-31"),
        ({"frequency": "monthly"}, "monthly instead of daily"),
        ({"tickers": ["BA"]}, "without AXP"),
    ],
)
def test_every_difference_from_the_papers_sample_is_named(change, said):
    (row,) = judged(claim(**NUMBER), Record("toy.a", 0.5, sample=PAPER | change), ZERO)
    assert row["evidence"] == OTHER_DATA
    assert said in row["differs"]


def test_a_declared_vendor_counts_for_the_prices_that_it_is_declared_of():
    unknown = Record("toy.a", 0.502, sample=PAPER | {"vendor": "unknown", "sha256": "abc"})
    for vendors, evidence in (
        ({"abc": "yahoo"}, PAPER_DATA),
        ({"abc": "stooq"}, OTHER_DATA),
        ({}, OTHER_DATA),
    ):
        (row,) = judged(claim(**NUMBER), as_declared(unknown, vendors), ZERO)
        assert row["evidence"] == evidence
    assert as_declared(Record("toy.b", 1.0), {"": "yahoo"}).sample is None


def test_a_surplus_asset_makes_other_data_unless_the_claim_names_its_tickers():
    more = PAPER | {"tickers": ["AXP", "BA", "KO"]}
    named = judged(claim(**NUMBER), Record("toy.a", 0.5, sample=more), ZERO)[0]
    whole = judged(claim(**DIRECTION), Record("toy.d", 1.0, se=0.1, sample=more))[0]
    assert (named["evidence"], whole["evidence"]) == (PAPER_DATA, OTHER_DATA)


def test_missing_record_fails_the_build_only_if_the_data_suffice():
    with pytest.raises(LedgerError, match=r"'toy\.a'.*although"):
        judged(claim(**NUMBER))
    (row,) = judged(claim(**NUMBER), sample=PAPER | {"tickers": ["BA"]})
    assert row["verdict"] == "lacks data"
    assert "no AXP" in row["reason"]


def test_a_measure_that_says_what_the_data_lack_says_so_in_the_verdict():
    (row,) = judged(claim(**NUMBER), Record("toy.a", "", lacks="only 5 days follow a shock"))
    assert (row["verdict"], row["reason"]) == ("lacks data", "only 5 days follow a shock")


def test_a_chapter_that_uses_a_part_of_the_data_owes_no_value_for_the_rest():
    part = PAPER | {"tickers": ["BA"]}
    (row,) = judge_claims(ledger(claim(**NUMBER)), {}, PAPER, {"toy": part})
    assert row["verdict"] == "lacks data"
    assert "the part of the data that chapter toy uses has no AXP" in row["reason"]
    with pytest.raises(LedgerError, match=r"'toy\.a'.*although"):
        judge_claims(ledger(claim(**NUMBER)), {}, PAPER, {"other": part})


def test_a_claim_can_be_held_against_the_data_of_another_record():
    spec = claim(**(NUMBER | {"needs": NUMBER["needs"] | {"part": "toy.text"}}))
    (row,) = judged(spec, Record("toy.text", "on BA", sample=PAPER | {"tickers": ["BA"]}))
    assert "the part of the data that chapter toy uses has no AXP" in row["reason"]
    (row,) = judged(spec, sample=PAPER | {"tickers": ["BA"]})
    assert "the data of this build have no AXP" in row["reason"]
    with pytest.raises(LedgerError, match=r"'toy\.a'.*although"):
        judged(spec, Record("toy.text", "on all", sample=PAPER))
    with pytest.raises(LedgerError, match=r"'toy\.text', which no chapter recorded"):
        judged(spec)


def test_missing_fields_and_assets_lack_data():
    needs = {"sample": "two", "fields": ["ohlcv"], "min_assets": 2}
    spec = DIRECTION | {"needs": needs}
    assert "closes only" in judged(claim(**spec), sample=PAPER | {"ohlcv": False})[0]["reason"]
    assert "fewer than 2" in judged(claim(**spec), sample=PAPER | {"tickers": ["AXP"]})[0]["reason"]


def test_a_smaller_run_is_not_the_papers():
    spec = NUMBER | {"needs": {"sample": "two", "tickers": ["AXP"], "at_least": {"toy.trials": 10}}}
    trials = Record("toy.trials", 2, unit="random trials a ticker")
    (row,) = judged(claim(**spec), Record("toy.a", 0.5, sample=PAPER), ZERO, trials)
    assert row["evidence"] == OTHER_DATA
    assert "random trials a ticker: 2, the paper has 10" in row["differs"]


def test_a_reading_can_have_a_smallest_effect_in_its_own_unit():
    own = {"measured_by": "toy.d", "smallest_effect": 0.9}
    spec = DIRECTION | {"smallest_effect": 0.2, "readings": {"as_published": own}}
    (row,) = judged(claim(**spec), Record("toy.d", 0.0, interval=(-0.5, 0.5), sample=PAPER))
    assert row["smallest_effect"] == 0.9 and row["verdict"] == "does not hold"


def test_no_widened_interval_leaves_what_is_possible():
    value = Record("toy.d", 0.5, interval=(-3.0, 0.99), bounds=(None, 1.0), sample=PAPER)
    others = [
        parse_claim(BASE | DIRECTION | {"id": n, "readings": {"corrected": {"measured_by": f"toy.{n}"}}},
                    "toy", HEAD)
        for n in "efg"
    ]  # fmt: skip
    records = {"toy.d": value} | {f"toy.{n}": Record(f"toy.{n}", 0.4, se=0.2, sample=PAPER) for n in "efg"}
    row = judge_claims(ledger(claim(**DIRECTION), *others), records, PAPER)[0]
    assert row["interval"][0] < -3.0 and row["interval"][1] == 1.0


def test_direction_with_a_family():
    first = claim(**DIRECTION)
    second = parse_claim(
        BASE | DIRECTION | {"id": "c2", "readings": {"corrected": {"measured_by": "toy.e"}}}, "toy", HEAD
    )
    records = {k: Record(k, 0.41, se=0.2, sample=PAPER) for k in ("toy.d", "toy.e")}
    alone = judge_claims(ledger(first), records, PAPER)
    together = judge_claims(ledger(first, second), records, PAPER)
    assert alone[0]["verdict"] == "holds"
    assert {row["verdict"] for row in together} == {"cannot be told"}


def contrasts(n, **changes):
    """Claims of one table of contrasts."""
    return [
        parse_claim(
            BASE
            | DIRECTION
            | {"id": f"c{i}", "readings": {"corrected": {"measured_by": f"toy.d{i}"}}}
            | changes,
            "toy",
            HEAD,
        )
        for i in range(n)
    ]


def test_detectable_effects_are_at_the_level_of_the_family():
    claims = contrasts(22)
    records = {f"toy.d{i}": Record(f"toy.d{i}", 0.3, se=0.1, sample=PAPER) for i in range(22)}
    alone = judge_claims(ledger(claims[0]), records, PAPER)[0]
    together = judge_claims(ledger(*claims), records, PAPER)
    assert alone["detectable"] == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * 0.1)
    z = norm.ppf(1 - 0.05 / 44)
    for row in together:
        assert row["detectable"] == pytest.approx((z + norm.ppf(0.8)) * 0.1)
        assert row["interval"] == pytest.approx((0.3 - z * 0.1, 0.3 + z * 0.1), abs=1e-4)


def test_a_family_holds_one_reading_of_the_directions_of_one_group():
    both = claim(
        **DIRECTION | {"readings": {r: {"measured_by": "toy.d"} for r in ("as_published", "corrected")}}
    )
    other = parse_claim(BASE | DIRECTION | {"id": "o", "group": "h"}, "toy", HEAD)
    plain = parse_claim(BASE | NUMBER | {"id": "n"}, "toy", HEAD)
    assert family_sizes([both, *contrasts(2), other, plain]) == {
        ("g", "as_published"): 1,
        ("g", "corrected"): 3,
        ("h", "corrected"): 1,
    }


def test_a_test_that_could_not_have_answered_no_is_marked_in_its_row():
    (row,) = judged(claim(**DIRECTION), Record("toy.d", 0.1, se=0.5, sample=PAPER))
    assert (row["verdict"], row["weak"]) == ("cannot be told", True)
    (row,) = judged(claim(**DIRECTION), Record("toy.d", 0.1, se=0.09, sample=PAPER))
    assert (row["verdict"], row["weak"]) == ("cannot be told", False)


def test_a_claim_on_all_units_needs_the_worst_one_by_name():
    spec = claim(**DIRECTION | {"units": "all"})
    (row,) = judged(spec, Record("toy.d", 1.0, se=0.1, sample=PAPER, worst="BA"))
    assert row["verdict"] == "holds"
    with pytest.raises(LedgerError, match=r"'c' is about all units: 'toy\.d'.*worst"):
        judged(spec, Record("toy.d", 1.0, se=0.1, sample=PAPER))


def test_other_data_support_a_direction_as_a_replication():
    (row,) = judged(claim(**DIRECTION), Record("toy.d", 1.0, se=0.1, sample=OTHER))
    assert (row["verdict"], row["check"]) == ("holds", "replication")


def test_each_reading_is_its_own_kind_of_check():
    readings = {r: {"measured_by": "toy.d"} for r in ("as_published", "corrected", "also_asked")}
    rows = judged(claim(**DIRECTION | {"readings": readings}), Record("toy.d", 1.0, se=0.1, sample=PAPER))
    assert {row["reading"]: row["check"] for row in rows} == {
        "as_published": "computational reproduction",
        "corrected": "robustness",
        "also_asked": "",
    }


SAMPLE = {
    "kind": "sample",
    "needs": {"sample": "two"},
    "readings": {"as_published": {"measured_by": "toy.s"}},
}


@pytest.mark.parametrize(
    ("quantifier", "count", "verdict"),
    [("all", 3, "true here"), ("all", 2, "false here"), ("most", 2, "true here"), ("some", 0, "false here")],
)
def test_a_statement_on_a_sample_counts_its_units(quantifier, count, verdict):
    (row,) = judged(claim(**SAMPLE, quantifier=quantifier), Record("toy.s", count, n=3, sample=PAPER))
    assert (row["verdict"], row["interval"], row["n"]) == (verdict, None, 3)


def test_a_statement_on_a_sample_needs_the_number_of_units():
    with pytest.raises(LedgerError, match=r"toy\.s.*how many units"):
        judged(claim(**SAMPLE), Record("toy.s", 3, sample=PAPER))


def test_what_the_text_does_not_define_shows_its_readings_and_has_no_check():
    readings = {"as_published": {"measured_by": "toy.d"}, "also_asked": {"measured_by": "toy.e"}}
    spec = claim(kind="undefined", reason="better in what?", readings=readings, primary="as_published")
    rows = judged(spec, Record("toy.d", 0.7, sample=OTHER), Record("toy.e", 0.1, sample=OTHER))
    assert [(r["verdict"], r["value"], r["check"], r["counts"]) for r in rows] == [
        ("not defined by the text", 0.7, "", True),
        ("not defined by the text", 0.1, "", False),
    ]
    assert rows[0]["reason"] == "better in what?"
    unmeasured = judged(spec, Record("toy.d", "", lacks="too few days"), Record("toy.e", 0.1, sample=OTHER))
    assert unmeasured[0]["verdict"] == "not defined by the text"
    assert unmeasured[0]["reason"] == "better in what?; not measured: too few days"
    (row,) = judged(claim(kind="undefined", reason="better in what?"))
    assert (row["verdict"], row["value"]) == ("not defined by the text", None)


@pytest.mark.parametrize("kind", ["definition", "setting", "opinion"])
def test_what_cannot_be_true_or_false_has_no_verdict_and_does_not_count(kind):
    readings = {"as_published": {"measured_by": "toy.a"}}
    (row,) = judged(claim(kind=kind, readings=readings), Record("toy.a", 20, unit="stocks"))
    assert (row["verdict"], row["counts"], row["value"], row["unit"]) == ("no verdict", False, 20, "stocks")
    (row,) = judged(claim(kind=kind))
    assert (row["verdict"], row["counts"]) == ("no verdict", False)
    assert statements([row]) == []


def both_readings(**records):
    spec = DIRECTION | {
        "primary": "both",
        "readings": {
            "as_published": {"measured_by": "toy.d", "note": "at time 0"},
            "corrected": {"measured_by": "toy.e"},
            "also_asked": {"measured_by": "toy.f"},
        },
    }
    found = [Record(f"toy.{key}", value, se=0.1, sample=PAPER) for key, value in records.items()]
    return {row["reading"]: row for row in judged(claim(**spec), *found)}


def test_where_both_readings_decide_and_disagree_it_depends_on_the_reading():
    rows = both_readings(d=1.0, e=-1.0, f=0.1)
    assert rows["as_published"]["verdict"] == rows["corrected"]["verdict"] == "depends on the reading"
    assert (
        "at time 0: holds (the whole interval lies above zero); corrected: does not hold (the whole"
        in (rows["as_published"]["reason"])
    )
    assert rows["also_asked"]["verdict"] == "cannot be told"
    assert [name for name, row in rows.items() if row["counts"]] == ["as_published"]


def test_where_both_readings_agree_that_is_the_verdict():
    rows = both_readings(d=1.0, e=1.0, f=-1.0)
    assert [rows[name]["verdict"] for name in ("as_published", "corrected")] == ["holds", "holds"]


def test_what_is_also_asked_has_no_vote():
    readings = {"also_asked": {"measured_by": "toy.e"}, "as_published": {"measured_by": "toy.d"}}
    rows = judged(
        claim(**DIRECTION | {"readings": readings}),
        Record("toy.d", -1.0, se=0.1, sample=PAPER),
        Record("toy.e", 1.0, se=0.1, sample=PAPER),
    )
    (deciding,) = statements(rows)
    assert (deciding["reading"], deciding["verdict"]) == ("as_published", "does not hold")


def test_mathematics_gives_erratum_with_materiality():
    error = Erratum(
        "F1",
        "000",
        "toy",
        "p",
        "x",
        "y",
        "z",
        materiality={"measured_by": "toy.size", "text": "moves {value:.1f} % ({size:.0f})"},
    )
    size = Record("toy.size", 2.5)
    (row,) = judged(claim(**MATHS), Record("toy.m", False), size, errata=[error])
    assert (row["verdict"], row["materiality"], row["evidence"]) == ("erratum", "moves 2.5 % (2)", NO_DATA)
    (row,) = judged(claim(**MATHS), Record("toy.m", True, n=40), errata=[error])
    assert (row["verdict"], row["reason"]) == ("checked numerically", "no counterexample in 40 instances")
    (row,) = judged(claim(**MATHS, proof="toy-proof"), Record("toy.m", True), errata=[error])
    assert (row["verdict"], row["check"]) == ("proven", "mathematical check")


def test_what_a_text_leaves_open_is_no_erratum():
    gap = Erratum("F1", "000", "toy", "p", "x", "y", "z", list="ambiguity")
    (row,) = judged(claim(**MATHS), Record("toy.m", False), errata=[gap])
    assert row["verdict"] == "not defined by the text" and "F1" in row["reason"]


def test_a_simulated_number_uses_the_papers_binomial_error():
    spec = {
        "kind": "number",
        "paper_value": "0.54",
        "error": "simulation",
        "paper_se": "binomial100",
        "readings": {"as_published": {"measured_by": "toy.p", "null": 0.0}},
    }
    near = judged(claim(**spec), Record("toy.p", 0.60, se=0.015, n=1000))[0]
    far = judged(claim(**spec), Record("toy.p", 0.90, se=0.01, n=1000))[0]
    assert (near["verdict"], far["verdict"]) == ("reproduced", "not reproduced")


def test_untestable_keeps_its_reason():
    (row,) = judged(claim(kind="untestable", reason="intraday prices", who="an exchange"))
    assert (row["verdict"], row["reason"], row["who"]) == ("lacks data", "intraday prices", "an exchange")
    (row,) = judged(claim(kind="untestable", reason="only in an image", verdict="not printed"))
    assert (row["verdict"], row["check"]) == ("not printed", "")


def test_a_row_carries_the_words_of_the_text():
    (row,) = judged(claim(kind="setting", text={"lines": "12-14", "words": "in most cases"}, implied=True))
    assert (row["lines"], row["words"], row["implied"]) == ("12-14", "in most cases", True)


def test_a_record_of_the_wrong_type_is_refused():
    with pytest.raises(LedgerError, match="must record a number"):
        judged(claim(**DIRECTION), Record("toy.d", True, sample=PAPER))
    with pytest.raises(LedgerError, match="True or False"):
        judged(claim(**MATHS), Record("toy.m", 1.0))


def row(verdict, group="table", counted=True, check="robustness", paper="0"):
    return {"paper": paper, "group": group, "counts": counted, "verdict": verdict, "check": check}


def test_a_table_is_one_statement_and_its_weakest_row_decides():
    table = [row(name) for name in ("holds", "does not hold", "cannot be told", "lacks data")]
    assert statements(table) == [table[1]]
    assert counts(table)["does not hold"] == 1 and sum(counts(table).values()) == 1
    # what lacks data does not outweigh what was judged
    assert counts([row("proven"), row("lacks data")])["proven"] == 1
    assert counts([row("holds"), row("cannot be told")])["cannot be told"] == 1
    assert counts([row("proven"), row("erratum")])["erratum"] == 1


def test_only_rows_that_count_are_counted_and_tables_of_two_papers_stay_apart():
    rows = [
        row("holds"),
        row("does not hold", counted=False),
        row("holds", paper="1"),
        row("holds", group="h"),
    ]
    assert counts(rows)["holds"] == 3
    assert counts(rows)["does not hold"] == 0


def test_statements_are_counted_apart_for_each_kind_of_check():
    rows = [
        row("reproduced", "a", check="computational reproduction"),
        row("holds", "b", check="replication"),
        row("proven", "c", check="mathematical check"),
        row("lacks data", "d", check=""),
    ]
    assert {check: sum(counts(rows, check).values()) for check in ("replication", "robustness", "")} == {
        "replication": 1,
        "robustness": 0,
        "": 1,
    }
    assert counts(rows, "mathematical check")["proven"] == 1
    assert counts(rows, "mathematical check")["holds"] == 0


def test_a_definition_in_a_table_does_not_stand_for_it():
    first = claim(**NUMBER)
    second = parse_claim(BASE | {"id": "d", "kind": "definition"}, "toy", HEAD)
    records = {r.key: r for r in (Record("toy.a", 0.502, sample=PAPER), ZERO)}
    assert counts(judge_claims(ledger(first, second), records, PAPER))["reproduced"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "guess"}, "kind"),
        ({"colour": "red"}, "colour"),
        ({"readings": {}}, "no readings"),
        ({"readings": {"literal": {"measured_by": "toy.a"}}}, "literal"),
        ({"paper_value": None}, "paper_value"),
        ({"error": "sampling"}, "null"),
        ({"needs": {"sample": "three"}}, "three"),
        ({"kind": "direction"}, "smallest_effect"),
        ({"kind": "mathematical"}, "test"),
        ({"kind": "untestable"}, "reason"),
        ({"kind": "untestable", "readings": {}, "reason": "r"}, "what would settle it"),
        (
            {"kind": "untestable", "readings": {}, "reason": "r", "verdict": "holds"},
            "lacks data, not printed",
        ),
        ({"kind": "undefined"}, "reason"),
        ({"kind": "sample", "quantifier": "few"}, "quantifier"),
        ({"primary": "also_asked"}, "primary"),
        ({"text": {"page": "3"}}, "page"),
    ],
)
def test_a_wrong_claim_is_named_with_its_field(change, said):
    with pytest.raises(LedgerError, match=said) as raised:
        claim(**(NUMBER | change))
    assert "'c'" in str(raised.value)


ROW = "- {id: a, paper: '0', where: w, group: g, kind: untestable, statement: s, reason: r, who: w}\n"


@pytest.fixture
def small(tmp_path):
    """A ledger of one claim; and the file of its claims."""
    (tmp_path / "book" / "claims").mkdir(parents=True)
    (tmp_path / "book" / "samples.yml").write_text("{samples: {}, smallest_effects: {}}")
    (tmp_path / "book" / "errata.yml").write_text("[]")
    path = tmp_path / "book" / "claims" / "toy.yml"
    path.write_text(ROW)
    return tmp_path, path


def test_an_id_that_stands_twice_is_refused(small):
    root, path = small
    path.write_text(ROW * 2)
    with pytest.raises(
        LedgerError, match=r"toy\.yml, line \d+: claim 'a' stands twice, first in .*toy\.yml, line 1$"
    ):
        load_ledger(root)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: a", "id: 2015-01-01", r"an id is a text of .*got 2015-01-01.*quotation marks"),
        ("id: a", "id: 7", "claim 7: an id is a text"),
        ("id: a", "id: a b", "an id is a text of letters"),
        ("{id: a, ", "{", "a claim without an id lacks id$"),
        ("group: g, ", "", "claim 'a' lacks group$"),
        ("group: g", "group: 3", "group must be a text, got 3"),
        ("group: g", "group: g, headline: mainn", "headline must be true, false or main, got 'mainn'"),
        ("group: g", "group: g, needs: [a]", r"needs must be a mapping of names to values, got \['a'\]"),
        ("group: g", "group: g, 7: a", "unknown field '7'"),
        (
            "group: g",
            "group: g, says: {shown: 'it is {estimate'}",
            "claim 'a': says, branch shown: .*expected '}'",
        ),
        (
            "group: g",
            "group: g, says: {shown: 'it is {estimate:.2q}'}",
            r"claim 'a': says, branch shown: \{estimate:\.2q\} has a format that no value has: '\.2q'",
        ),
        ("group: g", "group: g, says: {shown: '{estimate:|a}'}", "has a format that no value has"),
        ("group: g", "group: g, says: {shown: '{n:|{low:.2q}|b}'}", r"\{low:\.2q\} has a format"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(small, old, new, said):
    root, path = small
    assert old in ROW
    path.write_text(ROW.replace("id: a", "id: b") + ROW.replace(old, new, 1))
    with pytest.raises(LedgerError, match=rf"^{re.escape(str(path))}, line 2: .*{said}"):
        load_ledger(root)


def test_a_file_of_claims_is_a_list_of_mappings(small):
    root, path = small
    path.write_text("id: a\n")
    with pytest.raises(LedgerError, match=r"must hold a list: each row begins with `- id:`"):
        load_ledger(root)
    path.write_text("- only text\n")
    with pytest.raises(LedgerError, match="claim 'only text': must be a mapping of fields"):
        load_ledger(root)


def test_every_format_of_a_sentence_is_taken(small):
    root, path = small
    formats = ("{n:,.0f}", "{estimate:abs.0%}", "{low:z.1%}", "{unit:code}", "{n:#stock}", "{n:#series|series}", "{unit:<9}",
               "{estimate:|more|less}", "{estimate:|{low:.1%} more|less|{n:|a|b}}", "{n:d}", "{estimate}")  # fmt: skip
    path.write_text(ROW.replace("group: g", f"group: g, says: {{shown: '{' '.join(formats)}'}}"))
    assert load_ledger(root).claims[0].says


def test_files_are_read_once_until_one_of_them_changes(small):
    root, path = small
    first = load_ledger(root)
    assert load_ledger(root) is first
    path.write_text(ROW.replace("statement: s", "statement: another"))
    assert [c.statement for c in load_ledger(root).claims] == ["another"]
    (root / "book" / "claims" / "second.yml").write_text(ROW.replace("id: a", "id: b"))
    assert [c.id for c in load_ledger(root).claims] == ["b", "a"]
    path.unlink()
    assert [c.id for c in load_ledger(root).claims] == ["b"]


def test_an_erratum_of_an_unknown_list_is_refused():
    values = dict.fromkeys(("id", "paper", "chapter", "where", "problem", "correct", "evidence"), "x")
    assert parse_erratum(values | {"list": "withdrawn"}).list == "withdrawn"
    with pytest.raises(LedgerError, match="'x': list must be one of erratum, misprint, ambiguity, withdrawn"):
        parse_erratum(values | {"list": "doubtful"})


def test_the_books_own_ledger_is_consistent_and_its_tests_exist():
    root = project_root()
    book = load_ledger(root)
    assert book.claims
    named = [r.test for c in book.claims for r in c.readings.values() if r.test]
    named += [e.test for e in book.errata if e.test]
    for name in named:
        path, *parts = name.split("::")
        assert (root / path).is_file(), name
        assert parts and f"def {parts[-1].split('[')[0]}(" in (root / path).read_text(), name


def test_a_build_that_lacks_the_data_of_a_measure_names_the_command_that_brings_them():
    few = PAPER | {"tickers": ["KO"]}
    (row,) = judged(claim(**NUMBER), sample=few)
    assert row["verdict"] == "lacks data" and "`make book SOURCE=yahoo UNIVERSE=papers`" in row["who"]
    (row,) = judged(claim(**NUMBER | {"who": "CRSP"}), sample=few)
    assert row["who"] == "CRSP"
    (row,) = judged(claim(**NUMBER | {"needs": {"source": "synthetic"}}), sample=PAPER)
    assert row["who"] == "`make book SOURCE=synthetic`"


def test_every_claim_of_the_book_that_lacks_data_says_what_would_settle_it():
    lacking = [
        c for c in load_ledger(project_root()).claims if c.kind == "untestable" and c.verdict == "lacks data"
    ]
    assert lacking and all(len(c.who) > 20 for c in lacking)
