import pytest

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.claims import Erratum, Ledger, load_ledger, parse_claim
from portfolio_study.ledger.evidence import NO_DATA, OTHER_DATA, PAPER_DATA
from portfolio_study.ledger.judge import counts, judge_claims
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


def test_the_same_number_on_other_data_is_inconclusive_and_says_why():
    (row,) = judged(claim(**NUMBER), Record("toy.a", 0.502, sample=OTHER), ZERO)
    assert (row["verdict"], row["evidence"]) == ("inconclusive", OTHER_DATA)
    assert "vendor a file instead of yahoo" in row["reason"]


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
    assert said in row["reason"]


def test_a_surplus_asset_makes_other_data_unless_the_claim_names_its_tickers():
    more = PAPER | {"tickers": ["AXP", "BA", "KO"]}
    named = judged(claim(**NUMBER), Record("toy.a", 0.5, sample=more), ZERO)[0]
    whole = judged(claim(**DIRECTION), Record("toy.d", 1.0, se=0.1, sample=more))[0]
    assert (named["evidence"], whole["evidence"]) == (PAPER_DATA, OTHER_DATA)


def test_missing_record_fails_the_build_only_if_the_data_suffice():
    with pytest.raises(LedgerError, match=r"'toy\.a'.*although"):
        judged(claim(**NUMBER))
    (row,) = judged(claim(**NUMBER), sample=PAPER | {"tickers": ["BA"]})
    assert row["verdict"] == "not testable"
    assert "no AXP" in row["reason"]


def test_a_measure_that_says_what_the_data_lack_makes_its_claim_not_testable():
    (row,) = judged(claim(**NUMBER), Record("toy.a", "", lacks="only 5 days follow a shock"))
    assert (row["verdict"], row["reason"]) == ("not testable", "only 5 days follow a shock")


def test_a_chapter_that_uses_a_part_of_the_data_owes_no_value_for_the_rest():
    part = PAPER | {"tickers": ["BA"]}
    (row,) = judge_claims(ledger(claim(**NUMBER)), {}, PAPER, {"toy": part})
    assert row["verdict"] == "not testable"
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


def test_missing_fields_and_assets_are_not_testable():
    needs = {"sample": "two", "fields": ["ohlcv"], "min_assets": 2}
    spec = DIRECTION | {"needs": needs}
    assert "closes only" in judged(claim(**spec), sample=PAPER | {"ohlcv": False})[0]["reason"]
    assert "fewer than 2" in judged(claim(**spec), sample=PAPER | {"tickers": ["AXP"]})[0]["reason"]


def test_a_smaller_run_is_not_the_papers():
    spec = NUMBER | {"needs": {"sample": "two", "tickers": ["AXP"], "at_least": {"toy.trials": 10}}}
    trials = Record("toy.trials", 2, unit="random trials a ticker")
    (row,) = judged(claim(**spec), Record("toy.a", 0.5, sample=PAPER), ZERO, trials)
    assert row["evidence"] == OTHER_DATA
    assert "2 random trials a ticker, the paper has 10" in row["reason"]


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
    assert alone[0]["verdict"] == "direction holds"
    assert {row["verdict"] for row in together} == {"inconclusive"}


def test_mathematics_gives_erratum_with_materiality():
    error = Erratum(
        "F1",
        "000",
        "toy",
        "p",
        "x",
        "y",
        "z",
        materiality={"measured_by": "toy.size", "text": "moves {value:.1f} %"},
    )
    size = Record("toy.size", 2.5)
    (row,) = judged(claim(**MATHS), Record("toy.m", False), size, errata=[error])
    assert (row["verdict"], row["materiality"], row["evidence"]) == ("erratum", "moves 2.5 %", NO_DATA)
    (row,) = judged(claim(**MATHS), Record("toy.m", True), errata=[error])
    assert row["verdict"] == "reproduced"


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
    assert (near["verdict"], far["verdict"]) == ("reproduced", "does not hold")


def test_untestable_keeps_its_reason():
    (row,) = judged(claim(kind="untestable", reason="only in an image"))
    assert (row["verdict"], row["reason"]) == ("not testable", "only in an image")


def test_a_record_of_the_wrong_type_is_refused():
    with pytest.raises(LedgerError, match="must record a number"):
        judged(claim(**DIRECTION), Record("toy.d", True, sample=PAPER))
    with pytest.raises(LedgerError, match="True or False"):
        judged(claim(**MATHS), Record("toy.m", 1.0))


def test_a_group_votes_once():
    rows = [
        {"paper": "0", "group": "table", "primary": True, "reading": "corrected", "verdict": verdict}
        for verdict in ["reproduced", "reproduced", "reproduced", "does not hold"]
    ]
    rows.append(
        {"paper": "0", "group": "other", "primary": True, "reading": "corrected", "verdict": "erratum"}
    )
    rows.append(
        {"paper": "0", "group": "other", "primary": False, "reading": "as_published", "verdict": "reproduced"}
    )
    votes = counts(rows)
    assert votes["reproduced"] == pytest.approx(0.75)
    assert sum(votes.values()) == pytest.approx(2)
    assert counts(rows, "as_published")["reproduced"] == 1


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
    ],
)
def test_a_wrong_claim_is_named_with_its_field(change, said):
    with pytest.raises(LedgerError, match=said) as raised:
        claim(**(NUMBER | change))
    assert "'c'" in str(raised.value)


def test_an_id_that_stands_twice_is_refused(tmp_path):
    (tmp_path / "book" / "claims").mkdir(parents=True)
    (tmp_path / "book" / "samples.yml").write_text("{samples: {}, smallest_effects: {}}")
    (tmp_path / "book" / "errata.yml").write_text("[]")
    row = "- {id: a, paper: '0', where: w, group: g, kind: untestable, statement: s, reason: r}\n"
    (tmp_path / "book" / "claims" / "toy.yml").write_text(row * 2)
    with pytest.raises(LedgerError, match="'a' stands twice"):
        load_ledger(tmp_path)


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
