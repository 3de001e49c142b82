"""One claim: found by its id, measured alone, judged as in the book, and told in words."""

import json
import linecache
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import ClassVar

import pytest

from portfolio_study.data.load import build_history
from portfolio_study.data.synthetic import load_synthetic
from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.ledger import Measured, Study, measure, measures
from portfolio_study.ledger.claims import Ledger, load_ledger, parse_claim
from portfolio_study.ledger.judge import judge_claims
from portfolio_study.ledger.measures import declared_in
from portfolio_study.ledger.records import Record
from portfolio_study.ledger.sources import measure_place
from portfolio_study.publishing import one_claim
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import STAMP_KEY, seal_of
from portfolio_study.publishing.one_claim import (
    Answer,
    Measuring,
    answer_claim,
    find,
    judge_one,
    keys_of,
)
from portfolio_study.publishing.profiles import RunRequest
from portfolio_study.publishing.show_claim import claim_text
from portfolio_study.settings import project_root

ROOT = project_root()
LEDGER = load_ledger(ROOT)
CALLS = []
HEAD = {"samples": {}, "smallest_effects": {"sharpe": 0.2}}
BASE = {"paper": "000", "where": "Table 1", "group": "g", "statement": "s"}
DIRECTION = BASE | {"kind": "direction", "smallest_effect": "sharpe"}


def claim(name, **values):
    return parse_claim({"id": name} | values, "toy", HEAD)


CLAIMS = (
    claim("one", **DIRECTION, readings={"corrected": {"measured_by": "pair.one"}}),
    claim("two", **DIRECTION, readings={"corrected": {"measured_by": "pair.two"}}),
    claim("other", **DIRECTION, readings={"corrected": {"measured_by": "other"}, "also_asked": {"measured_by": "pair.one"}}),
    claim("axp", **DIRECTION | {"group": "h"}, needs={"tickers": ["AXP"]}, readings={"corrected": {"measured_by": "axp"}}),
    claim(
        "number",
        **BASE,
        kind="number",
        paper_value="0.50",
        readings={"as_published": {"measured_by": "number", "benchmark": "zero", "candidates": ["number", "zero"]}},
    ),
)  # fmt: skip
TOY = Ledger(CLAIMS, (), {}, {"sharpe": 0.2})


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    chapter: ClassVar[str] = "toy"


@measures(("pair.one", "pair.two"), "ratio")
def pair(study):
    """Two contrasts."""
    CALLS.append("pair")
    return {"pair.one": Measured(1.0, interval=(0.1, 1.9)), "pair.two": Measured(2.0, interval=(1.0, 3.0))}


@measure()
def other(study):
    """A third of the same table."""
    CALLS.append("other")
    return Measured(0.4, interval=(0.3, 0.5))


@measure(data=None)
def number(study):
    """A number."""
    CALLS.append("number")
    return 0.5


@measure(data=None)
def zero(study):
    """What needs no model."""
    CALLS.append("zero")
    return 0.1


@measure()
def axp(study):
    """AXP."""
    raise AssertionError("these data have no AXP")


@pytest.fixture
def study():
    CALLS.clear()
    prices = build_history("synthetic", load_synthetic(None, "2014-01-01", "2014-06-30", seed=1))
    made = Experiment(prices=prices)
    made.measures = declared_in(SimpleNamespace(__name__=__name__, **{m.__name__: m for m in (pair, other, number, zero, axp)}))  # fmt: skip
    return made


def test_a_measure_is_called_when_its_key_is_asked_for(study):
    records = Measuring(study, TOY)
    assert CALLS == []
    assert records["toy.other"].value == 0.4 and CALLS == ["other"]
    assert records.get("toy.nothing") is None and CALLS == ["other"]


def test_a_measure_whose_claims_lack_data_is_not_called(study):
    assert Measuring(study, TOY).get("toy.axp") is None
    assert set(Measuring(study, TOY)) == {
        "toy.pair.one",
        "toy.pair.two",
        "toy.other",
        "toy.number",
        "toy.zero",
    }


@pytest.mark.parametrize(
    ("name", "called"),
    [("one", ["pair"]), ("other", ["other", "pair"]), ("number", ["number", "zero"]), ("axp", [])],
)
def test_only_what_the_claim_needs_is_measured(study, name, called):
    asked = find(name, TOY, ROOT)
    judge_one(asked, TOY, Measuring(study, TOY), study.sample("prices"), {})
    assert called == CALLS


@pytest.mark.parametrize("name", [c.id for c in CLAIMS])
def test_a_claim_alone_is_judged_as_with_all_others(study, name):
    records, sample = Measuring(study, TOY), study.sample("prices")
    together = [row for row in judge_claims(TOY, dict(records), sample) if row["id"] == name]
    assert judge_one(find(name, TOY, ROOT), TOY, records, sample, {})[0] == together
    assert together  # the level of the interval is that of all of its table


def test_the_interval_is_that_of_the_whole_table(study):
    rows, _ = judge_one(CLAIMS[1], TOY, Measuring(study, TOY), study.sample("prices"), {})
    low, high = rows[0]["interval"]
    assert low < 1.0 and high > 3.0  # three comparisons: wider than 95 %


def test_every_key_that_the_judge_may_ask_for_is_known():
    asked = {key for c in LEDGER.claims for key in keys_of(c, LEDGER)}
    assert {r.measured_by for c in LEDGER.claims for r in c.readings.values()} <= asked
    refuted = next(c for c in LEDGER.claims if c.id == "cc-var-squares")
    key = next(e for e in LEDGER.errata if e.id == "F11").materiality["measured_by"]
    assert key in keys_of(refuted, LEDGER)


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"unknown claim 'lstm-beats-arma'; did you mean 'lstm-beats-arima'"
    ):
        find("lstm-beats-arma", LEDGER, ROOT)


def test_a_claim_that_was_taken_back_says_when():
    with pytest.raises(UnknownNameError, match=r"It was taken back on 20\d\d-\d\d-\d\d: "):
        find("lstm-beats-zero", LEDGER, ROOT)


def test_every_measure_of_a_claim_is_found_in_a_file():
    for c in LEDGER.claims:
        for reading in c.readings.values():
            place = measure_place(reading.measured_by)
            assert place is not None and f"def {place.function}(" in linecache.getline(str(place.file), place.line), c.id  # fmt: skip


# ---- what is printed

HERE = Layout(ROOT, ROOT / "nowhere")


def told(answer, width=100):
    text = claim_text(answer, HERE, width)
    assert max(map(len, text.splitlines())) <= width
    return " ".join(text.split())


def test_a_judged_claim_shows_data_measure_interval_verdict_and_reference():
    asked = find("arima-align", LEDGER, ROOT)
    sample = {
        "source": "file", "universe": "dow20", "tickers": ["AXP", "BA"], "frequency": "daily", "vendor": "yahoo",
        "first": "2010-01-04", "last": "2024-03-28", "rows": 3583,
    }  # fmt: skip
    keys = keys_of(asked, LEDGER)
    records = {k: Record(k, -0.5, "correlation", (-0.6, -0.4), 0.05, n=99, sample=sample) for k in keys}
    records["arima.unused"] = Record("arima.unused", 1.0)
    rows, found = judge_one(asked, LEDGER, records, sample, {})
    data = {key: record.sample for key, record in found.items()}
    text = told(Answer(asked, LEDGER, "smoke", rows, "It does not.", data))
    for words in (
        "arima-align: for AXP",
        "in short It does not.",
        "scale profile smoke",
        "reading as published, this reading counts",
        "data dow20 from the source file: 2 series (AXP BA), daily, 2010-01-04 to 2024-03-28",
        "src/portfolio_study/studies/arima/",
        "value -0.50 [-0.6",
        "verdict does not hold",
        "why the whole interval lies below",
        "reference papers, profile paper",
    ):
        assert words in text
    stored = json.loads((ROOT / "book" / "reference" / "papers.json").read_text())
    row = next(r for r in stored["verdicts"] if r["id"] == "arima-align" and r["primary"])
    assert f"as published: {row['verdict']} (" in text[text.index("reference papers") :]


@pytest.mark.parametrize("kind", ["definition", "setting", "opinion", "untestable"])
def test_a_row_without_verdict_says_what_it_is(kind):
    asked = next(c for c in LEDGER.claims if c.kind == kind and not c.readings)
    text = told(answer_claim(asked.id, RunRequest(profile="smoke"), HERE))
    assert f"kind {kind}" in text and " why " in text
    assert f"verdict {asked.verdict}" in text if kind == "untestable" else "verdict none" in text


def test_an_erratum_says_what_it_is_and_which_claims_it_refutes():
    text = told(Answer(find("F11", LEDGER, ROOT), LEDGER, "smoke", sentence="no portfolio changes"))
    assert text.startswith("F11: an error of the text, no claim") and "cc-var-squares" in text
    assert "it changes no portfolio changes" in text


def test_a_finding_says_that_no_text_claims_it():
    asked = LEDGER.findings[0]
    text = told(Answer(asked, LEDGER, "smoke", sentence="So it is.", warnings=["odd", "more"]))
    assert "a finding of this book, no claim of a text: it has no verdict" in text and "So it is." in text
    assert "warning 2 lines, the first: odd" in text


# ---- from the id to the answer


def test_values_of_an_executed_chapter_are_used(tmp_path, monkeypatch):
    stored = json.loads((ROOT / "book" / "reference" / "papers.json").read_text())
    outputs = [
        {"metadata": {"portfolio_study": {"key": key, **values}}}
        for key, values in stored["records"].items()
        if key.startswith("markowitz.")
    ]
    notebook = tmp_path / "markowitz.ipynb"
    cells = [{"outputs": outputs}]
    stamp = {STAMP_KEY: {"stamp": "now", "seal": seal_of(cells)}}
    notebook.write_text(json.dumps({"cells": cells, "metadata": stamp}))

    class Executed:
        def __init__(self, *_):
            pass

        def known(self, chapters):
            return {"tickers": [], "sha256": "x"}

        def jobs_for(self, chapters, data):
            return [SimpleNamespace(output=notebook, chapter=chapters[0], stamp="now")]

    monkeypatch.setattr(one_claim, "Run", Executed)
    steps = []
    layout = Layout(ROOT, tmp_path / "build")
    answer = answer_claim("markowitz-table-identity", RunRequest(profile="smoke"), layout, steps.append)
    assert steps == [
        "the chapter markowitz has been executed with these data and parameters: its values are used"
    ]
    row = next(r for r in stored["verdicts"] if r["id"] == "markowitz-table-identity" and r["primary"])
    assert answer.rows[0]["verdict"] == row["verdict"] and answer.sentence == row["sentence"]
    # a page that was cut is as good as none: the claim is measured
    notebook.write_text(notebook.read_text()[:1000])
    monkeypatch.setattr(one_claim, "_in_own_process", lambda *_: {"sentence": "measured"})
    answer = answer_claim("markowitz-table-identity", RunRequest(profile="smoke"), layout, steps.append)
    assert answer.sentence == "measured" and steps[1].startswith("measuring markowitz-table-identity")


def test_a_chapter_that_is_no_page_is_refused(monkeypatch):
    layout = replace(HERE)
    monkeypatch.setattr(Layout, "pages", lambda self: ["book/index"])
    with pytest.raises(BuildError, match=r"belongs to the chapter markowitz, which _toc\.yml does not name"):
        answer_claim("markowitz-table-identity", RunRequest(profile="smoke"), layout)


def command(build, *arguments, **flags):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
    environment |= {"STUDY_ROOT": str(ROOT), "STUDY_BUILD_DIR": str(build)}
    return subprocess.run(
        [sys.executable, "-m", "portfolio_study", "claim", *arguments],
        env=environment | {f"STUDY_{k}": v for k, v in flags.items()},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.slow  # a process for each
def test_the_command_refuses_what_it_does_not_know(tmp_path):
    for arguments, flags, words in (
        ([], {}, "which claim? make claim ID="),
        ([], {"ID": " "}, "which claim?"),
        ([], {"ID": "lstm-beats-arma"}, "did you mean 'lstm-beats-arima'"),
        (["lstm-beats-arima"], {"PROFILE": "smok"}, "did you mean 'smoke'"),
        (["lstm-beats-arima"], {"SOURCE": "file", "DATA": "no.csv"}, "no.csv does not exist"),
    ):
        done = command(tmp_path, *arguments, **flags)
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr
        assert done.stdout == ""


@pytest.mark.slow
def test_the_command_measures_and_judges(tmp_path):
    done = command(tmp_path, ID="data-normalise", PROFILE="smoke")
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "packaged: 4 series (AAPL JPM XOM PG), daily, 2014-01-02 to 2015-03-13" in text
    assert "in src/portfolio_study/studies/data/" in text and "] share of returns" in text
    assert "verdict " in text and "reference papers, profile paper" in text
    assert not (tmp_path / "current").exists() and not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_prices_that_do_not_serve_are_refused(tmp_path):
    done = command(tmp_path, ID="data-normalise", PROFILE="smoke", START="2014-01-02", END="2014-06-30")
    assert done.returncode == 2 and "needs at least 250" in done.stderr
