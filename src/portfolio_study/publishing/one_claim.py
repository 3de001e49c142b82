"""One claim without the book: its chapter's study is opened, its measures alone are called, the book's judge judges.

The measures run in a process of their own (``python -m portfolio_study.publishing.one_claim``), because a kernel's
environment (one thread of BLAS, a fixed seed of hashes) holds only from the start of a process.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError, StudyError, UnknownNameError
from portfolio_study.ledger.claims import UNJUDGED, Claim, Erratum, Finding, Ledger, load_ledger
from portfolio_study.ledger.judge import Row, judge_claims, materiality
from portfolio_study.ledger.measures import record_of
from portfolio_study.ledger.records import Record, read_records, read_sample
from portfolio_study.ledger.registration import REMOVED, read_registration
from portfolio_study.ledger.study import REQUEST, open_chapter
from portfolio_study.ledger.words import record_lookup, say, says
from portfolio_study.publishing.execute import Job
from portfolio_study.publishing.layout import Layout, chapter_name
from portfolio_study.publishing.notebooks import intact, read_chapter
from portfolio_study.publishing.profiles import RunRequest, complete
from portfolio_study.publishing.publish import build_lock
from portfolio_study.publishing.run import Run
from portfolio_study.publishing.run_prices import history_of
from portfolio_study.settings import cache_dir, jobs

#: What of a sample a reader needs to know which data a value stands on.
OF_SAMPLE = ("source", "universe", "tickers", "frequency", "first", "last")


@dataclass(frozen=True)
class Answer:
    """What is known of one claim, finding or erratum.

    Attributes
    ----------
    asked : Claim, Finding or Erratum
        What the id names.
    ledger : Ledger
        Where it stands.
    profile : str
        Scale of the measures; empty where nothing was measured.
    rows : list of dict
        Judged rows of a claim, one a reading.
    sentence : str
        What the page says about it, or what an erratum changes.
    data : dict of str to dict
        Key of a measure to the sample that it was measured on (``PriceHistory.sample()``).
    warnings : list of str
        What the measures wrote to standard error.
    """

    asked: Claim | Finding | Erratum
    ledger: Ledger
    profile: str = ""
    rows: list[Row] = field(default_factory=list)
    sentence: str = ""
    data: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class Measuring(Mapping[str, Record]):
    """Records of a study by full key; a measure is called when its key is asked for.

    Like `Study.records`, it has no record of a measure that serves only claims whose needs the data do not meet.
    """

    def __init__(self, study: Any, ledger: Ledger) -> None:
        self.study = study
        self.claims = ledger.of_chapter(study.chapter).claims

    def __getitem__(self, key: str) -> Record:
        own = key.removeprefix(f"{self.study.chapter}.")
        for made in self.study.measures:
            if made.covers(own) and not self.study._in_vain(made, self.claims):
                return record_of(own, made.values(self.study)[own], made, self.study)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        for made in self.study.measures:
            if not self.study._in_vain(made, self.claims):
                yield from (f"{self.study.chapter}.{key}" for key in made.values(self.study))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def find(name: str, ledger: Ledger, root: Path) -> Claim | Finding | Erratum:
    """What an id names.

    Raises
    ------
    UnknownNameError
        Naming the nearest id; of a claim that was taken back, when that was registered and what moved.
    """
    rows: list[Claim | Finding | Erratum] = [*ledger.errata, *ledger.findings, *ledger.claims]
    known = {row.id: row for row in rows}
    if name in known:
        return known[name]
    for change in read_registration(root).get("changes") or []:
        if change["claims"].get(name) == REMOVED:
            raise UnknownNameError(
                "claim", name, known, remedy=f"It was taken back on {change['date']}: {change['what']}"
            )
    raise UnknownNameError(
        "claim", name, known, remedy="the ids stand on the page Verdicts and in book/claims/"
    )


def keys_of(claim: Claim, ledger: Ledger) -> set[str]:
    """Full keys of everything that the judge may ask for when it judges a claim."""
    found = set(claim.needs.get("at_least") or ())
    if part := claim.needs.get("part"):
        found.add(part)
    for reading in claim.readings.values():
        others = (reading.benchmark, reading.null, *reading.candidates, *reading.implementations)
        found |= {reading.measured_by, *(key for key in others if isinstance(key, str))}
        erratum = next((e for e in ledger.errata if e.id == reading.erratum), None)
        if erratum is not None and (key := erratum.materiality.get("measured_by")):
            found.add(str(key))
    return found


def judge_one(
    claim: Claim,
    ledger: Ledger,
    records: Mapping[str, Record],
    sample: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
) -> tuple[list[Row], dict[str, Record]]:
    """Judge one claim as the book does; nothing is measured for any other.

    Parameters
    ----------
    claim : Claim
    ledger : Ledger
    records : mapping of str to Record
        Asked only for what the claim needs.
    sample, own
        See `portfolio_study.ledger.judge.judge_claims`.

    Returns
    -------
    tuple
        Rows of the claim, and the records that they rest on.
    """
    asked = keys_of(claim, ledger)
    found = {key: record for key in sorted(asked) if (record := records.get(key)) is not None}
    # The rest of its table counts for the level of its interval, and is not measured.
    family = tuple(c for c in ledger.claims if c.group == claim.group and c.kind == "direction") or (claim,)
    if claim not in family:
        family = (claim,)
    others = {r.measured_by for c in family for r in c.readings.values()} - asked
    left_out = {key: Record(key, "", lacks="not asked for") for key in others}
    rows = judge_claims(replace(ledger, claims=family), left_out | found, sample, own)
    return [row for row in rows if row["id"] == claim.id], found


def answer_claim(
    name: str,
    request: RunRequest,
    layout: Layout,
    say_step: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Measure and judge one claim.

    Parameters
    ----------
    name : str
        Id of a claim; of a finding or an erratum too, which have no verdict.
    request : RunRequest
        Profile, source, dates and parameters, as for the book.
    layout : Layout
        The checkout. Its stored results are used: of the executed chapter if there is one, else of computations.
    say_step : callable
        Told about steps.

    Raises
    ------
    StudyError
        If the id is unknown, the prices cannot be had, or a measure fails.
    """
    ledger = load_ledger(layout.root)
    asked = find(name, ledger, layout.root)
    settings = complete(request, layout)
    if not _measured(asked):
        return Answer(asked, ledger)
    pages = layout.pages()
    page = next((p for p in pages if chapter_name(p) == asked.chapter), None)
    if page is None:
        raise BuildError(f"{name} belongs to the chapter {asked.chapter}, which _toc.yml does not name")
    run = Run(settings, layout, pages, say_step, lambda *_: None)
    chapter = read_chapter(page, layout.source(page))
    together = [chapter]
    if settings.universe == "papers":  # one request of all chapters, so that the book finds its answer
        read = [read_chapter(p, layout.source(p)) for p in pages]
        together = [c for c in read if c.has_code and "ledger" not in c.parameters]
    with build_lock(layout):
        data = run.known(together) or run.loaded(together)
    job = run.jobs_for([chapter], data)[0]
    own = {chapter.name: dict(history_of(data, chapter.name))} if "histories" in data else {}
    if intact(job.output, job.stamp):  # else it is measured: the next build executes the chapter anew
        say_step(
            f"the chapter {chapter.name} has been executed with these data and parameters: its values are used"
        )
        if part := read_sample(job.output):
            own[chapter.name] = part
        content = _judged(asked, ledger, read_records(job.output), data, own)
        return Answer(asked, ledger, settings.profile, **content)
    say_step(f"measuring {name} (chapter {chapter.name}, profile {settings.profile})")
    return Answer(asked, ledger, settings.profile, **_in_own_process(name, job, data, own, layout))


def _measured(asked: Claim | Finding | Erratum) -> bool:
    """Whether anything is measured for what an id names."""
    if isinstance(asked, Erratum):
        return "measured_by" in asked.materiality
    return isinstance(asked, Finding) or bool(asked.readings)


def _judged(
    asked: Claim | Finding | Erratum,
    ledger: Ledger,
    records: Mapping[str, Record],
    sample: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Fields of an `Answer` that measured values give."""
    if isinstance(asked, Erratum):
        return {"sentence": materiality(ledger, asked.id, records)}
    if isinstance(asked, Finding):
        return {"sentence": say(asked.says, record_lookup(asked.chapter, records))}
    rows, found = judge_one(asked, ledger, records, sample, own)
    main = next(row for row in rows if row["primary"])
    return {
        "rows": rows,
        "sentence": says(main, asked.says, records) if asked.says and asked.kind not in UNJUDGED else "",
        "data": {
            key: {part: record.sample[part] for part in OF_SAMPLE if part in record.sample}
            for key, record in found.items()
            if record.sample
        },
    }


def _in_own_process(
    name: str, job: Job, data: Mapping[str, Any], own: Mapping[str, Any], layout: Layout
) -> dict[str, Any]:
    from portfolio_study.publishing.kernels import kernel_environment

    task = {
        "name": name,
        "chapter": job.chapter.name,
        "parameters": job.chapter.parameters | job.parameters,
        "data": dict(data),
        "own": dict(own),
    }
    with tempfile.TemporaryDirectory() as scratch:
        given, made = Path(scratch) / "task.json", Path(scratch) / "answer.json"
        given.write_text(json.dumps(task, default=str), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(given), str(made)],
            cwd=layout.root,
            env=kernel_environment(layout, jobs(), cache_dir()),
            capture_output=True,
            text=True,
        )
        written = done.stderr.strip().splitlines()
        if done.returncode == 2 and written and written[-1].startswith("error: "):
            raise BuildError(f"chapter {job.chapter.name}: {written[-1].removeprefix('error: ')}")
        if done.returncode != 0:
            trace = "\n".join(f"  | {line}" for line in written[-15:])
            raise BuildError(f"chapter {job.chapter.name}: measuring {name} failed\n{trace}")
        content: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    return content | {"warnings": written}


def measure_task(task: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Open a chapter's study and measure what one claim needs: the body of the process.

    Parameters
    ----------
    task : mapping
        ``name``; ``chapter`` and its ``parameters``; ``data`` and ``own`` of the run.
    root : pathlib.Path
        The checkout.
    """
    ledger = load_ledger(root)
    module = import_module(f"portfolio_study.studies.{task['chapter']}")
    page = dict.fromkeys(REQUEST) | dict(task["parameters"])
    study = open_chapter(module, page)
    own = dict(task["own"])
    if study.own_data != "prices":
        own[study.chapter] = study.sample()
    return _judged(find(task["name"], ledger, root), ledger, Measuring(study, ledger), task["data"], own)


if __name__ == "__main__":
    from portfolio_study.settings import project_root

    try:
        content = measure_task(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), project_root())
    except StudyError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    Path(sys.argv[2]).write_text(json.dumps(content), encoding="utf-8")
