"""What the README says was found is what the stored reference says."""

import json
import re
from pathlib import Path

import pytest

from portfolio_study.ledger.rules import VERDICTS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
FOUND = TEXT[TEXT.index("## What was found") :].split("\n## ")[0]
LINES = [line for line in FOUND.splitlines() if line.startswith("* ")]
STORED = json.loads((ROOT / "book" / "reference" / "papers.json").read_text(encoding="utf-8"))
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def row_of(line):
    claim = re.findall(r"`([\w-]+)`$", line)
    assert len(claim) == 1, "a line ends with the id of its claim"
    return next(row for row in STORED["verdicts"] if row["id"] == claim[0] and row["primary"])


def printed(line):
    """Numbers of a line that are results, each with whether words give its sign ("lower by 6.9 %")."""
    said = line.rpartition("`")[0].rpartition("`")[0].split("**", 2)[2].replace("S&P 500", "")
    found = re.findall(r"(lower by )?(?<![\w.])(-?\d[\d,]*(?:\.\d+)?)", said)
    return [(number, bool(words)) for words, number in found]


def measured(row):
    """Numbers that the reference has for a claim: its value, interval and sample, and those of its sentence."""
    own = [row["value"], *(row["interval"] or ()), row["n"]]
    numbers = [
        float(value) for value in own if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return numbers + [float(found.replace(",", "")) for found in NUMBER.findall(row.get("sentence") or "")]


def same(number, value):
    text, unsigned = number
    decimals = len(text.partition(".")[2])
    shown = {f"{value * scale:.{decimals}f}" for scale in (1, 100)}
    return text.replace(",", "") in (shown | {found.lstrip("-") for found in shown} if unsigned else shown)


def test_there_are_five_lines_of_different_claims():
    assert len(LINES) == 5 and len({row_of(line)["id"] for line in LINES}) == 5


@pytest.mark.parametrize("line", LINES)
def test_the_verdict_is_that_of_the_reference(line):
    verdict = re.findall(r"\*\*(.+?)\*\*", line)
    assert verdict == [row_of(line)["verdict"]] and verdict[0] in VERDICTS
    assert f"(text {row_of(line)['paper']})" in line


@pytest.mark.parametrize("line", LINES)
def test_every_number_is_one_of_the_reference(line):
    known = measured(row_of(line))
    assert printed(line)
    for number in printed(line):
        assert any(same(number, value) for value in known), (
            f"{number[0]} is no number of {row_of(line)['id']}"
        )


@pytest.mark.parametrize("line", [line for line in LINES if row_of(line)["interval"]])
def test_an_estimate_stands_with_its_interval(line):
    row = row_of(line)
    for value in (row["value"], *row["interval"]):
        assert any(same(number, value) for number in printed(line))


@pytest.mark.parametrize(("true", "false"), [("0.95", "0.96"), ("-0.51", "0.51"), ("714", "715")])
def test_another_number_would_be_noticed(true, false):
    assert true in LINES[0]
    known = measured(row_of(LINES[0]))
    assert not all(any(same(n, v) for v in known) for n in printed(LINES[0].replace(true, false)))


def of_makefile(name):
    """Words of a variable of the Makefile."""
    lines = (ROOT / "Makefile").read_text().replace("\\\n", " ").splitlines()
    return next(line for line in lines if line.startswith(f"{name} :=")).split()[2:]


def test_the_commands_are_targets_of_make():
    commands = set(re.findall(r"(?m)^make (\w+)", TEXT))
    assert {"book", "test", "claim", "verify"} <= commands <= set(of_makefile("TARGETS"))


def test_every_flag_of_make_is_explained():
    of_others = {"CHAPTERS", "FAST", "CASES", "PORT", "BASE_PYTHON"}  # of maintainers: `make help`
    own = [flag for flag in of_makefile("FLAGS") if flag not in of_others]
    assert not [flag for flag in own if f"{flag}=" not in TEXT and f"`{flag}`" not in TEXT]
