"""What decides a verdict cannot change unseen; how it is worded can."""

import re

import pytest
import yaml

from portfolio_study.errors import LedgerError, ParameterError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.registration import (
    check_registration,
    hashes,
    moved_verdicts,
    read_registration,
    register,
    registered,
)

CLAIM = {
    "id": "toy-gain",
    "paper": "000",
    "where": "Table 1",
    "group": "g",
    "kind": "direction",
    "statement": "it gains",
    "smallest_effect": "sharpe",
    "readings": {"corrected": {"measured_by": "gain"}, "also_asked": {"measured_by": "best"}},
}
OTHER = CLAIM | {"id": "toy-loss", "readings": {"corrected": {"measured_by": "loss"}}}
SAID = {"what": "the window", "why": "a slip", "moved": "toy-gain: holds, now cannot be told"}


@pytest.fixture
def book(tmp_path):
    """A function that writes a toy book and loads its ledger."""

    def write(*claims, sharpe=0.2, sample="two"):
        (tmp_path / "book" / "claims").mkdir(parents=True, exist_ok=True)
        head = {"samples": {"two": {"universe": sample}}, "smallest_effects": {"sharpe": sharpe}}
        (tmp_path / "book" / "samples.yml").write_text(yaml.safe_dump(head))
        (tmp_path / "book" / "errata.yml").write_text("[]")
        (tmp_path / "book" / "claims" / "toy.yml").write_text(yaml.safe_dump(list(claims), sort_keys=False))
        return load_ledger(tmp_path)

    write.root = tmp_path
    return write


def changed(**values):
    return CLAIM | values


def reading(**values):
    return changed(readings=CLAIM["readings"] | {"corrected": {"measured_by": "gain"} | values})


def test_without_a_registration_nothing_is_refused(book):
    check_registration(book(CLAIM), book.root)


def test_the_first_registration_holds_every_claim(book):
    ledger = book(CLAIM, OTHER)
    assert register(book.root, ledger, "2026-01-01", "", "", "") == ["toy-gain", "toy-loss"]
    check_registration(ledger, book.root)
    assert registered(read_registration(book.root)) == hashes(ledger)


JUDGED = {
    "another smallest effect": changed(smallest_effect=0.1),
    "a smallest effect of one reading": reading(smallest_effect=0.1),
    "another family": changed(group="h"),
    "all units": changed(units="all"),
    "another unit": changed(unit="percent"),
    "another sample": changed(needs={"sample": "two"}),
    "another reading that counts": changed(primary="as_published"),
    "another measure": reading(measured_by="loss"),
    "another benchmark": reading(benchmark="loss"),
    "one reading more": changed(readings=CLAIM["readings"] | {"as_published": {"measured_by": "gain"}}),
    "another kind": changed(kind="opinion"),
}


@pytest.mark.parametrize("claim", JUDGED.values(), ids=JUDGED)
def test_a_changed_judged_field_is_refused_by_the_name_of_its_claim(book, claim):
    register(book.root, book(CLAIM, OTHER), "2026-01-01", "", "", "")
    with pytest.raises(LedgerError, match="'toy-gain' has other judged fields than those registered"):
        check_registration(book(claim, OTHER), book.root)


WORDS = {
    "statement": changed(statement="it earns more"),
    "place and words": changed(where="Table 2", text={"lines": "3", "words": "gains"}),
    "sentences": changed(says={"holds": "Yes.", "fails": "No.", "open": "Perhaps."}),
    "headline and anchor": changed(headline=True, anchor="toy-table"),
    "note of a reading": reading(note="with costs"),
    "what is also asked": changed(readings={"corrected": {"measured_by": "gain"}}),
}


@pytest.mark.parametrize("claim", WORDS.values(), ids=WORDS)
def test_a_reworded_claim_needs_no_row(book, claim):
    register(book.root, book(CLAIM, OTHER), "2026-01-01", "", "", "")
    ledger = book(claim, OTHER)
    check_registration(ledger, book.root)
    with pytest.raises(ParameterError, match="no claim has other judged fields"):
        register(book.root, ledger, "2026-01-02", **SAID)


def test_a_named_smallest_effect_counts_by_its_value(book):
    register(book.root, book(CLAIM), "2026-01-01", "", "", "")
    check_registration(book(changed(smallest_effect=0.2)), book.root)
    with pytest.raises(LedgerError, match="toy-gain"):
        check_registration(book(CLAIM, sharpe=0.1), book.root)


def test_a_changed_sample_is_refused_where_a_claim_rests_on_it(book):
    resting = changed(needs={"sample": "two"})
    register(book.root, book(resting, OTHER), "2026-01-01", "", "", "")
    with pytest.raises(LedgerError, match="'toy-gain' has other judged fields"):
        check_registration(book(resting, OTHER, sample="three"), book.root)


def test_a_claim_that_is_removed_or_new_is_refused(book):
    register(book.root, book(CLAIM, OTHER), "2026-01-01", "", "", "")
    with pytest.raises(LedgerError, match="'toy-loss' is registered and no longer in the claims files"):
        check_registration(book(CLAIM), book.root)
    new = OTHER | {"id": "toy-new"}
    with pytest.raises(LedgerError, match=r"'toy-new' is not registered.*register"):
        check_registration(book(CLAIM, OTHER, new), book.root)


def test_a_row_of_changes_registers_what_changed_and_nothing_else(book):
    register(book.root, book(CLAIM, OTHER), "2026-01-01", "", "", "")
    before = read_registration(book.root)["first"]
    ledger = book(changed(group="h"))
    assert register(book.root, ledger, "2026-01-02", **SAID) == ["toy-gain", "toy-loss"]
    check_registration(ledger, book.root)
    found = read_registration(book.root)
    assert found["first"] == before  # the history stays
    (row,) = found["changes"]
    assert row["claims"] == {"toy-gain": hashes(ledger)["toy-gain"], "toy-loss": "removed"}
    assert {name: row[name] for name in SAID} == SAID and row["date"] == "2026-01-02"
    # the way back needs a row too
    with pytest.raises(LedgerError, match="toy-gain"):
        check_registration(book(CLAIM), book.root)


def test_verdicts_that_moved_become_single_rows(book):
    assert moved_verdicts(SAID["moved"]) == []  # a sentence stays one
    told = "toy-gain: holds -> cannot be told; toy-loss: -> proven (3 of 4: all)"
    rows = [
        {"claim": "toy-gain", "old": "holds", "new": "cannot be told"},
        {"claim": "toy-loss", "old": "", "new": "proven (3 of 4: all)"},
    ]
    assert moved_verdicts(told) == rows
    register(book.root, book(CLAIM), "2026-01-01", "", "", "")
    register(book.root, book(changed(group="h")), "2026-01-02", **SAID | {"moved": told})
    (row,) = read_registration(book.root)["changes"]
    assert (row["moved"], row["verdicts"]) == (told, rows)
    path = book.root / "book" / "registration.yml"
    path.write_text(path.read_text().replace("    old: holds\n", ""))
    with pytest.raises(LedgerError, match="a verdict of change 1 lacks `old`"):
        read_registration(book.root)


@pytest.mark.parametrize("lacking", SAID)
def test_a_change_says_what_why_and_which_verdict_moved(book, lacking):
    register(book.root, book(CLAIM), "2026-01-01", "", "", "")
    with pytest.raises(ParameterError, match=f"must say {lacking}"):
        register(book.root, book(changed(group="h")), "2026-01-02", **SAID | {lacking: " "})
    assert not read_registration(book.root)["changes"]


def test_all_that_is_lacking_is_said_at_once_with_its_options(book):
    register(book.root, book(CLAIM), "2026-01-01", "", "", "")
    with pytest.raises(
        ParameterError, match=r"must say what, moved: give --what \"...\" --moved \"...\" \(CONTR"
    ):
        register(book.root, book(changed(group="h")), "2026-01-02", "", "a slip", "")


def test_the_rows_before_stay_as_they_are_to_the_letter(book):
    register(book.root, book(CLAIM), "2026-01-01", "", "", "")
    register(book.root, book(changed(group="h")), "2026-01-02", **SAID)
    path = book.root / "book" / "registration.yml"
    before = path.read_text().replace(
        "what: the window", "what:\n    the window"
    )  # as another width wraps it
    path.write_text(before)
    register(book.root, book(changed(group="i")), "2026-01-03", **SAID)
    assert path.read_text().startswith(before) and len(read_registration(book.root)["changes"]) == 2
    # a file that does not end with its changes is written anew
    path.write_text(before + "note: none\n")
    register(book.root, book(changed(group="i")), "2026-01-03", **SAID)
    assert len(read_registration(book.root)["changes"]) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "must hold `first`"),
        ("changes: []", "must hold `first`"),
        ("first: {date: a, claims: [b]}", "must hold `first`"),
        ("first: {claims: {}}\nchanges: [1, 2]", "change 1 must be a mapping of fields, got 1"),
        ("first: {claims: {}}\nchanges: {a: b}", "`changes` must be a list"),
        (
            "first: {claims: {}}\nchanges: [{date: a, what: b, why: c, moved: d, claims: e}]",
            "claims of change 1 must be a mapping",
        ),
        (
            "first: {claims: {}}\nchanges: [{date: a, what: b, why: c, moved: d, claims: {}, verdicts: [e]}]",
            "a verdict of change 1 must be a mapping",
        ),
    ],
)
def test_a_damaged_file_is_refused_by_its_name(book, text, said):
    ledger = book(CLAIM)
    path = book.root / "book" / "registration.yml"
    path.write_text(text)
    with pytest.raises(LedgerError, match=f"{re.escape(str(path))}.*{said}"):
        check_registration(ledger, book.root)


@pytest.mark.parametrize("lacking", ["date", "claims", *SAID])
def test_a_row_of_the_file_without_a_field_is_refused(book, lacking):
    register(book.root, book(CLAIM), "2026-01-01", "", "", "")
    register(book.root, book(changed(group="h")), "2026-01-02", **SAID)
    path = book.root / "book" / "registration.yml"
    content = yaml.safe_load(path.read_text())
    del content["changes"][0][lacking]
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(LedgerError, match=f"{re.escape(str(path))}: change 1 lacks `{lacking}`"):
        read_registration(book.root)
