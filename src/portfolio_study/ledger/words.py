"""Words that stand beside a claim, chosen by the interval that gives its verdict.

``says`` of a claim holds one sentence for each answer; ``{...}`` in it are numbers of the judged
row (``estimate``, ``low``, ``high``, ``n``, ...), measured values of the chapter by their key
(``promised.traditional``; ``promised.traditional.low``), or fields of the study, with Python's
formats. A format that starts with a bar chooses words::

    {gap:|higher|lower}              by the sign (or truth) of a value
    {gap:|higher|lower|as high}      by its 95 % interval: above zero, below zero, neither

one that starts with ``abs`` leaves out the sign (for words that have it: ``{gap:abs.1%} {gap:|higher|lower}``),
and one that starts with a hash counts::

    {found.n:#stock}                 1 stock, 2 stocks
    {found.n:#series|series}         where the plural takes no s

and ``code`` is for a text of the study's own in which commands stand between backticks.
"""

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.records import Record
from portfolio_study.ledger.shown import counted

HOLDS, FAILS, OPEN, DEPENDS, SHOWN, LACKS = "holds", "fails", "open", "depends", "shown", "lacks"
BRANCHES = (HOLDS, FAILS, OPEN, DEPENDS, SHOWN, LACKS)
#: The sentence that each verdict speaks.
BRANCH = {
    rules.REPRODUCED: HOLDS,
    rules.HOLDS: HOLDS,
    rules.TRUE_HERE: HOLDS,
    rules.PROVEN: HOLDS,
    rules.CHECKED: HOLDS,
    rules.NOT_REPRODUCED: FAILS,
    rules.DOES_NOT_HOLD: FAILS,
    rules.FALSE_HERE: FAILS,
    rules.ERRATUM: FAILS,
    rules.CANNOT_BE_TOLD: OPEN,
    rules.DEPENDS: DEPENDS,
    rules.NOT_DEFINED: DEPENDS,
    rules.NO_VERDICT: SHOWN,
    rules.LACKS_DATA: LACKS,
    rules.NOT_PRINTED: LACKS,
}
#: The sentence that serves where a claim has none of its own for a branch.
INSTEAD = {"depends": "open", "shown": "open"}
#: Numbers of a judged row.
ROW_FIELDS = ("estimate", "low", "high", "n", "p_value", "detectable", "unit", "paper", "reason", "smallest")
#: Of these, what a row has only if its claim was measured: its data may lack what the claim needs.
MEASURED = frozenset({"estimate", "low", "high"})
RECORD_FIELDS = ("low", "high", "se", "p_value", "n", "detectable")

Lookup = Callable[[str], Any]


PUNCTUATION = r"[!-/:-@\[-`{-~]"
ESCAPED = re.compile(rf"\\({PUNCTUATION})")
CODE = re.compile(r"\\`.*?\\`")


def in_page(text: str) -> str:
    """Write a text of the data, such as the name of an asset, so that a MyST page shows it as it is."""
    return re.sub(f"({PUNCTUATION})", r"\\\1", " ".join(text.split()))


class Chosen:
    """A value with its interval, so that a format can choose words by either."""

    def __init__(self, value: Any, interval: tuple[float, float] | None = None) -> None:
        self.value, self.interval = value, interval

    def __format__(self, spec: str) -> str:
        if spec.startswith("#"):
            one, _, many = spec[1:].partition("|")
            return counted(self.value, one, many)
        if spec.startswith("abs"):
            return format(abs(self.value), spec.removeprefix("abs"))
        if spec == "code":  # `in_page` took the backticks for letters, as in the name of an asset
            return CODE.sub(lambda found: ESCAPED.sub(r"\1", found[0]), str(self.value))
        if not spec.startswith("|"):
            return format(self.value, spec)
        words = spec[1:].split("|")
        if len(words) == 2:
            return words[0] if self.value > 0 else words[1]
        if len(words) == 3 and self.interval is not None:
            low, high = self.interval
            return words[0] if low > 0 else words[1] if high < 0 else words[2]
        raise LedgerError(
            f"the format {spec!r} chooses among two words by sign, or three by a 95 % interval, "
            f"which the value {self.value!r} {'lacks' if self.interval is None else 'has'}"
        )

    def __str__(self) -> str:
        return str(self.value)


class _Words(string.Formatter):
    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return self.lookup(field_name), field_name


def fields_of(template: str) -> list[str]:
    """Names of the values in a sentence, those inside the words that a format chooses among too.

    Raises
    ------
    LedgerError
        If its braces do not match.
    """
    try:
        parts = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise LedgerError(f"{template!r}: {error}") from error
    return [found for name, spec in parts for found in (name, *fields_of(spec or ""))]


def say(template: str, lookup: Lookup) -> str:
    """Fill a sentence with values.

    Raises
    ------
    LedgerError
        Naming the sentence and the value that is unknown or has no such format.
    """
    try:
        return _Words(lookup).vformat(template, (), {})
    except (ValueError, TypeError, KeyError) as error:
        raise LedgerError(f"{template!r} cannot be filled: {error}") from error


def record_lookup(
    chapter: str,
    records: Mapping[str, Record],
    more: Lookup | None = None,
    text: Callable[[str], str] = str,
) -> Lookup:
    """Return what finds a value by its key in a chapter, or an attribute of it (``key.low``).

    Parameters
    ----------
    chapter : str
    records : mapping of str to Record
        By full key, ``<chapter>.<key>``.
    more : callable, optional
        Asked for names that are no keys; raises KeyError.
    text : callable
        How measured texts are written: `in_page` for a page.
    """

    def find(name: str) -> Any:
        record = records.get(f"{chapter}.{name}")
        if record is not None:
            value = text(record.value) if isinstance(record.value, str) else record.value
            return Chosen(value, record.interval)
        key, _, part = name.rpartition(".")
        record = records.get(f"{chapter}.{key}")
        if record is not None and part in RECORD_FIELDS:
            if part in ("low", "high"):
                if record.interval is None:
                    raise LedgerError(f"{name!r}: {key!r} has no interval")
                return Chosen(record.interval[part == "high"])
            return Chosen(getattr(record, part))
        if more is not None:
            return more(name)
        raise LedgerError(f"{name!r} is no measured value of the chapter {chapter!r}")

    return find


def row_lookup(row: Mapping[str, Any], otherwise: Lookup) -> Lookup:
    """Return what finds the numbers of a judged row, and asks `otherwise` for all other names."""
    low, high = row["interval"] or (row["value"], row["value"])
    own = {
        "estimate": Chosen(row["value"], row["interval"]),
        "low": Chosen(low),
        "high": Chosen(high),
        "n": Chosen(row["n"]),
        "p_value": Chosen(row["p_value"]),
        "detectable": Chosen(row["detectable"]),
        "unit": Chosen(row["unit"]),
        "paper": Chosen(row["paper_value"]),
        "reason": Chosen(row["reason"]),
        "smallest": Chosen(row["smallest_effect"]),
    }
    return lambda name: own[name] if name in own else otherwise(name)


def says(
    row: Mapping[str, Any],
    sentences: Mapping[str, str],
    records: Mapping[str, Record],
    text: Callable[[str], str] = str,
) -> str:
    """The sentence of a judged claim: the one that its verdict speaks.

    Parameters
    ----------
    row : mapping
        Row of the ledger.
    sentences : mapping of branch to str
        ``says`` of the claim.
    records : mapping of str to Record
        Everything that the chapter measured.
    text : callable
        How measured texts are written.

    Raises
    ------
    LedgerError
        If there is no sentence for the verdict.
    """
    given = spoken(row, sentences)
    lookup = row_lookup(row, record_lookup(row["chapter"], records, text=text))
    unmeasured = row["value"] is None and not _can_be_said(given, lookup)
    if unmeasured or (not given and BRANCH[row["verdict"]] == LACKS):
        statement = row["statement"].rstrip(".")
        return f"{statement[:1].upper()}{statement[1:]}: {row['verdict']} ({row['reason']})."
    if not given:
        raise LedgerError(
            f"claim {row['id']!r}: the verdict {row['verdict']!r} has no sentence `{BRANCH[row['verdict']]}` in says"
        )
    return say(given, lookup)


def spoken(row: Mapping[str, Any], sentences: Mapping[str, str]) -> str:
    """Of the sentences of a claim the one that its verdict speaks, not yet filled; empty if there is none."""
    branch = BRANCH[row["verdict"]]
    return sentences.get(branch) or sentences.get(INSTEAD.get(branch, branch), "")


def _can_be_said(sentence: str, lookup: Lookup) -> bool:
    """Whether a sentence needs nothing that these data did not give: no number of the claim, no other measure."""
    for name in fields_of(sentence):
        try:
            lookup(name)
        except LedgerError:
            return False
        if name in MEASURED:
            return False
    return True


PASTED = re.compile(r"\{(?P<role>says|verdict|settles|card)\}`(?P<claim>[^`/]+)(?:/(?P<reading>\w+))?`")
INTERVALS = re.compile(r"^\{intervals\}`(?P<claims>[^`]+)`$", re.MULTILINE)
LINE = re.compile(r"^\{(?P<name>opening|verdicts)\}$", re.MULTILINE)


def fill_page(
    text: str,
    chapter: str,
    sentences: Mapping[str, str | Mapping[str, str]],
    rows: Iterable[Mapping[str, Any]],
    records: Mapping[str, Record],
    roles: Mapping[str, Callable[[Mapping[str, Any]], str]],
    lines: Mapping[str, Callable[[], str]],
    intervals: Callable[[list[Mapping[str, Any]]], str],
    code: Callable[[list[str]], str] = lambda names: "",
) -> str:
    """Put sentences and verdicts of the judged claims into the text of a page.

    ``{says}`id``` is the sentence of a claim (``id/as_published``: of that reading) or of a finding;
    ``{verdict}`id``` its badge, ``{settles}`id``` what would settle it, ``{card}`id``` all of it in a
    box. A line ``{intervals}`id, id``` draws the intervals of some claims on one axis, ``{opening}`` is the standing of the chapter's claims, ``{verdicts}`` their table.

    Parameters
    ----------
    text : str
        MyST text of a cell.
    chapter : str
    sentences : mapping of id to sentence, or to sentences by branch
        Claims have branches; a finding has one sentence.
    rows : iterable of mapping
        Judged rows of the chapter.
    records : mapping of str to Record
    roles : mapping of str to callable
        ``verdict``, ``settles`` and ``card``: text of a judged row.
    lines : mapping of str to callable
        ``opening`` and ``verdicts``: text of a whole chapter.
    intervals : callable
        Text of some judged rows.
    code : callable
        What stands behind a sentence, by the names of the values in it.

    Raises
    ------
    LedgerError
        Naming the claim that is unknown or has no sentence.
    """
    by_id: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row["id"], {})[row["reading"]] = row

    def chosen(name: str, reading: str | None = None) -> Mapping[str, Any]:
        if name not in by_id:
            raise LedgerError(
                f"chapter {chapter!r} speaks of the claim {name!r}, which is not in its claims file"
            )
        if reading is None:
            return next(row for row in by_id[name].values() if row["primary"])
        if reading not in by_id[name]:
            raise LedgerError(f"chapter {chapter!r}: claim {name!r} has no reading {reading!r}")
        return by_id[name][reading]

    def drawn(match: re.Match[str]) -> str:
        return intervals([chosen(name) for name in re.split(r",\s*", match["claims"].strip())])

    def pasted(match: re.Match[str]) -> str:
        name, reading = match["claim"], match["reading"]
        given = sentences.get(name)
        if match["role"] == "says" and isinstance(given, str):
            return say(given, record_lookup(chapter, records, text=in_page)) + code(fields_of(given))
        row = chosen(name, reading)
        if match["role"] != "says":
            return roles[match["role"]](row)
        if not isinstance(given, Mapping):
            raise LedgerError(f"chapter {chapter!r}: claim {name!r} has no `says` in its claims file")
        return says(row, given, records, in_page) + code(
            [row.get("measured_by") or "", *fields_of(spoken(row, given))]
        )

    text = INTERVALS.sub(drawn, PASTED.sub(pasted, text))
    return LINE.sub(lambda match: lines[match["name"]](), text)
