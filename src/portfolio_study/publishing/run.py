"""One run: resolve the prices, execute what changed, judge, render, check, publish."""

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portfolio_study import store
from portfolio_study.errors import BuildError
from portfolio_study.network_engine import EACH, chosen_engine
from portfolio_study.publishing import stamps
from portfolio_study.publishing.check_site import check_site
from portfolio_study.publishing.execute import Job, Progress, execute_all
from portfolio_study.publishing.finish import finish_site
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.meanwhile import Meanwhile, forget_meanwhile
from portfolio_study.publishing.notebooks import (
    Chapter,
    intact,
    merge_prose,
    read_chapter,
    read_executed,
    stamped,
)
from portfolio_study.publishing.profiles import RunRequest, RunSettings, chapter_parameters, complete
from portfolio_study.publishing.provenance import measured_on, publication_info, run_info
from portfolio_study.publishing.publish import build_lock, cannot_write, publish_run, published
from portfolio_study.publishing.reference import has_data_of, older_chapters
from portfolio_study.publishing.render import render_site, write_front_page
from portfolio_study.publishing.run_prices import (
    ECONOMY,
    declared_vendors,
    further_data,
    history_of,
    known_data,
    request_digest,
    require_enough,
    resolve_data,
    serves,
    stored_prices,
)
from portfolio_study.publishing.sealed import read_sealed, write_sealed
from portfolio_study.publishing.shrink_site import shrink_site, size_in_words
from portfolio_study.publishing.stage import ASSETS, stage_book
from portfolio_study.settings import cache_dir, jobs

#: A disk that is full or refuses: no fault of this program.
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
#: Called with one line of text for the person who waits.
Say = Callable[[str], None]


@dataclass
class RunResult:
    """What a run did.

    Attributes
    ----------
    folder : pathlib.Path
        The published run.
    executed : list of str
        Pages that a kernel executed; all others were current.
    up_to_date : bool
        Whether there was nothing to do.
    verdicts : list of dict
        Rows of ``verdicts.json``.
    warnings : dict of str to list of str
        What chapters wrote to standard error.
    """

    folder: Path
    executed: list[str] = field(default_factory=list)
    up_to_date: bool = False
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, list[str]] = field(default_factory=dict)


def build_book(
    request: RunRequest,
    layout: Layout,
    say: Say = lambda _: None,
    progress: Progress = lambda *_: None,
) -> RunResult:
    """Build and publish the book.

    Parameters
    ----------
    request : RunRequest
        Profile, source, dates and parameters that were asked for.
    layout : Layout
        The checkout.
    say, progress : callable
        Told about steps and cells.

    Returns
    -------
    RunResult

    Raises
    ------
    StudyError
        If a step fails; the site that was published before is untouched.
    """
    settings = complete(request, layout)
    pages = layout.pages()
    with build_lock(layout):
        run = Run(settings, layout, pages, say, progress)
        if not settings.refresh and (folder := run.current_folder()):
            clear_up(layout, run.began)
            return RunResult(folder, up_to_date=True, verdicts=_read(folder / "verdicts.json"))
        try:
            return run.build()
        except OSError as error:
            if error.errno in DISK:
                raise BuildError(cannot_write(error, layout)) from error
            raise


class Run:
    """State of one run, so that the steps read as the list that they are.

    Parameters
    ----------
    settings : RunSettings
    layout : Layout
        The checkout.
    pages : list of str
        Entries of ``_toc.yml``.
    say, progress : callable
        Told about steps and cells.
    """

    def __init__(
        self, settings: RunSettings, layout: Layout, pages: list[str], say: Say, progress: Progress
    ) -> None:
        self.settings, self.layout, self.pages = settings, layout, pages
        self.say, self.progress = say, progress
        self.began = time.time()
        self.networks = chosen_engine()
        self.environment = stamps.digest(store.environment_key(layout.root), self.networks)
        self.data_code = stamps.data_code()
        self.stamp = stamps.digest(
            settings.as_dict() | {"refresh": False},
            request_digest(settings, self.data_code),
            stamps.book_digest(layout),
            stamps.site_code(),
            self.networks,
        )
        self.executed: list[str] = []
        self.whole: set[Path] = set()  # stored results that were read and are not damaged
        self.inputs: dict[str, str] = {}
        self.meanwhile = Meanwhile(layout)

    def current_folder(self) -> Path | None:
        """Folder of the published run if it was made of exactly this, else None."""
        name = published(self.layout)
        if name is None:
            return None
        folder = self.layout.runs / name
        data = known_data(self.settings, self.layout, self.data_code)
        try:
            run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            same = data is not None and (run["stamp"], run["sha256"]) == (self.stamp, data["sha256"])
            same &= all(stamps.given_file(n, self.layout.root) == h for n, h in run["inputs"].items())
        except (OSError, ValueError, KeyError):
            return None
        there = all((folder / "html" / f"{page}.html").is_file() for page in [*self.pages, "index"])
        return folder if same and there else None

    def build(self) -> RunResult:
        """All steps."""
        sources = {page: read_chapter(page, self.layout.source(page)) for page in self.pages}
        for chapter in sources.values():
            chapter_parameters(chapter, self.settings, {})  # a wrong name is refused before any work
        from portfolio_study.ledger.citation import read_citation
        from portfolio_study.publishing.check_sources import check_book
        from portfolio_study.publishing.downloads import FOLDER, write_files
        from portfolio_study.publishing.fill import fill
        from portfolio_study.publishing.generated_pages import offer

        check_book(sources.values(), self.layout.root)
        chapters = [c for c in sources.values() if c.has_code and "ledger" not in c.parameters]
        summaries = [c for c in sources.values() if c.has_code and "ledger" in c.parameters]
        if published(self.layout) is None and self.meanwhile.begin():
            self.say(f"while this runs, read what the reference run found: {self.meanwhile.page}")
        data, notebooks = self.run_chapters(chapters)
        ledger, content = self.judge(data, notebooks)
        inputs = dict(self.inputs)  # what summaries read is made by this run
        notebooks |= self.run_summaries(summaries, data, ledger)
        self.say("rendering the site")
        work = self.layout.work
        merged = {
            page: fill(
                sources[page],
                merge_prose(sources[page], read_executed(path)),
                path,
                content["verdicts"],
                self.layout.root,
                data,
            )
            for page, path in notebooks.items()
        }
        offered = offer(sources, merged, notebooks, content, data, self.layout.root)
        citation = read_citation(self.layout.root)
        address = citation.site if citation else ""
        stage_book(self.layout, offered.pages, work / "stage", footer(content["run"]), offered.texts, address)
        write_files(offered.files, work / "stage" / "book" / ASSETS / FOLDER)
        site = self.render(work)
        write_front_page(site, self.pages[0])
        self.say("checking the site")
        check_site(site, self.pages)
        self.say(size_in_words(site))
        return self.publish(site, notebooks, content, inputs)

    def render(self, work: Path) -> Path:
        """Render the staged tree; the pages of the code, which need nothing of it, are written in the meantime."""
        from portfolio_study.ledger.sources import CODE_FOLDER
        from portfolio_study.publishing.code_pages import STYLE, write_code_pages

        beside = work / "beside"
        shutil.rmtree(beside, ignore_errors=True)  # of a build that was killed
        with ThreadPoolExecutor(1) as another:
            rendered = another.submit(render_site, work / "stage", work / "site", self.layout.root)
            if (self.layout.book / "_static" / STYLE).is_file():  # a book of one's own shows no code
                write_code_pages(beside, measures="book/measures" in self.pages)
            site = rendered.result()
        shrink_site(site)
        finish_site(site)
        if (site / "_static" / STYLE).is_file():
            (beside / CODE_FOLDER).replace(site / CODE_FOLDER)
        return site

    def run_chapters(self, chapters: list[Chapter]) -> tuple[dict[str, Any], dict[str, Path]]:
        """Execute the stale chapters; prices are loaded only if there is one."""
        data = self.known(chapters)
        if data is None or self.stale(self.jobs_for(chapters, data)):
            data = self.loaded(chapters)
        else:  # nothing is loaded, and what was said of the prices still holds
            for note in data.get("manifest", {}).get("notes", ()):
                self.say(str(note))
        require_enough(data, self.settings)
        planned = self.jobs_for(chapters, data)
        self.execute(self.stale(planned), len(planned))
        return data, {job.chapter.page: job.output for job in planned}

    def known(self, chapters: list[Chapter]) -> dict[str, Any] | None:
        """What an earlier run resolved the same request to, if it has the histories of these chapters."""
        data = known_data(self.settings, self.layout, self.data_code)
        if data is not None and not serves(data, chapters, self.layout.root):
            return None  # a chapter is new, or works on other histories than it did
        return data

    def loaded(self, chapters: list[Chapter]) -> dict[str, Any]:
        """Load the prices of these chapters, and refuse those that one of them could not use."""
        self.say(f"loading prices ({self.settings.source})")
        data = resolve_data(self.settings, self.layout, self.data_code, chapters)
        require_enough(data, self.settings)
        # Of one universe the loader has said the notes of the prices.
        economy = data.get(ECONOMY, {}).get("notes", ())
        for note in data["manifest"]["notes"] if "histories" in data else economy:
            self.say(note)
        self.require_usable(data, chapters)
        return data

    def require_usable(self, data: Mapping[str, Any], chapters: list[Chapter]) -> None:
        """Refuse prices that a chapter which works on them could not use."""
        from portfolio_study.publishing.refuse_prices import require_usable  # imports pandas

        users: dict[str, list[Chapter]] = {}
        for chapter in chapters:
            users.setdefault(history_of(data, chapter.name)["sha256"], []).append(chapter)
        for checksum, together in users.items():
            require_usable(stored_prices({"sha256": checksum}), together, self.settings)

    def jobs_for(self, chapters: list[Chapter], data: Mapping[str, Any]) -> list[Job]:
        """Every chapter with its parameters and stamp."""
        planned = []
        for chapter in chapters:
            own = history_of(data, chapter.name)
            given = own.get("request", self.settings.prices) | {"snapshot": own["sha256"]}
            if further := further_data(data, chapter):
                given["samples"] = further
            parameters = chapter_parameters(chapter, self.settings, given)
            ledger = stamps.ledger_digest(self.layout.root, chapter)
            planned.append(self.job(chapter, parameters, own["sha256"], ledger))
        return planned

    def job(self, chapter: Chapter, parameters: dict[str, Any], data: str, ledger: str) -> Job:
        """A page with its parameters, stamp, and the place of its result."""
        code = stamps.page_code(chapter)
        files = stamps.parameter_files(chapter.parameters | parameters, self.layout.root)
        self.inputs |= files
        stamp = stamps.chapter_stamp(chapter, parameters, data, code, self.environment, ledger, files)
        return Job(chapter, parameters, stamp, self.stored(chapter, stamp), code)

    def run_summaries(
        self, summaries: list[Chapter], data: Mapping[str, Any], ledger: Path
    ) -> dict[str, Path]:
        """Execute the pages that read the ledger."""
        inside = ledger.is_relative_to(self.layout.root)
        path = ledger.relative_to(self.layout.root) if inside else ledger
        content = store.file_hash(ledger)
        planned = []
        for page in summaries:
            parameters = chapter_parameters(page, self.settings, {"ledger": path.as_posix()})
            planned.append(self.job(page, parameters, data["sha256"], content))
        self.execute(self.stale(planned), len(planned), at_a_time=2)
        return {job.chapter.page: job.output for job in planned}

    def stored(self, chapter: Chapter, stamp: str) -> Path:
        """Where the result with this stamp is kept."""
        return self.layout.store / f"{chapter.name}-{stamp}.ipynb"

    def stale(self, planned: list[Job]) -> list[Job]:
        """Jobs without a whole stored result; those with one are marked as used."""
        missing = []
        for job in planned:
            if job.output in self.whole or intact(job.output, job.stamp):
                self.whole.add(job.output)
                os.utime(job.output)
                continue
            if job.output.exists():
                self.say(f"the stored result of {job.chapter.name} is damaged: it is made again")
            missing.append(job)
        return missing

    def execute(self, todo: list[Job], total: int, at_a_time: int | None = None) -> None:
        """Execute jobs, as many at a time as profile, processors and memory allow."""
        from portfolio_study.publishing.kernels import at_once, kernel_environment

        if not todo:
            return
        early = {name: place for place, name in enumerate(self.settings.first)}
        todo = sorted(todo, key=lambda job: early.get(job.chapter.name, len(early)))
        names = ", ".join(job.chapter.name for job in todo)
        self.say(f"executing {len(todo)} of {total} pages: {names}")
        if self.networks != EACH:
            self.say(f"networks are trained {self.networks}")
        wide = at_once(at_a_time or self.settings.chapters_at_a_time)
        workers = max(1, jobs() // wide) if self.settings.share_processors else jobs()
        environment = kernel_environment(self.layout, workers, cache_dir(), self.networks)
        shown: set[Path] = set()

        def progress(chapter: str, done: int, total: int) -> None:
            self.progress(chapter, done, total)
            for job in todo:
                if job.output not in shown and job.output.is_file():
                    shown.add(job.output)
                    self.meanwhile.add(job.chapter, job.output)

        execute_all(todo, environment, self.layout.root, wide, progress)
        self.executed += [job.chapter.page for job in todo]

    def judge(self, data: dict[str, Any], notebooks: dict[str, Path]) -> tuple[Path, dict[str, Any]]:
        """Write the verdicts and what the run was made of, for the summary pages."""
        from portfolio_study.publishing.errata_places import find_places

        book = self.layout.book
        names = {page.rsplit("/", 1)[-1]: path for page, path in notebooks.items()}
        chapters = {name: stamped(path) for name, path in names.items()}
        sources = [
            *(book / name for name in ("samples.yml", "errata.yml")),
            *sorted((book / "claims").glob("*.yml")),
            *sorted((book / "reference").glob("*.json")),
            self.layout.root / "CITATION.cff",  # rows of the ledger link to its repository
        ]
        code = {
            page.rsplit("/", 1)[-1]: stamps.page_code(read_chapter(page, self.layout.source(page)))
            for page in notebooks
        }
        places = {
            name: place
            for page in notebooks
            for name, place in find_places(page.rsplit("/", 1)[-1], self.layout.source(page)).items()
        }
        references = {path.stem: _read(path) for path in sorted((book / "reference").glob("*.json"))}
        older = {name: older_chapters(reference["run"], code) for name, reference in references.items()}
        key = stamps.digest(
            code,
            {name: info["stamp"] for name, info in chapters.items()},
            {str(path): store.file_hash(path) for path in sources if path.is_file()},
            data,
            places,
            stamps.judging_code(),
        )
        path = self.layout.store / f"ledger-{key}.json"
        if (content := read_sealed(path)) is None:
            judged = _judged(names, data, self.layout.root, places, self.say)
            info = run_info(self.settings, data, chapters)
            same = {name: has_data_of(reference["run"], info) for name, reference in references.items()}
            info |= {"code": code, "reference_older": older, "reference_same_data": same}
            info |= {"measured_on": measured_on(names)}
            write_sealed(path, judged | {"run": info})
            content = read_sealed(path)
        if content is None:
            raise BuildError(f"{path} cannot be read back: is the disk sound?")
        return path, content

    def publish(
        self, site: Path, notebooks: dict[str, Path], content: dict[str, Any], inputs: dict[str, str]
    ) -> RunResult:
        """Make the run visible and forget results that were not used for long."""
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{self.stamp[:8]}"
        info = {"id": run_id, "stamp": self.stamp, "inputs": inputs} | content["run"]
        info |= publication_info(self.layout.root)
        names = {f"{page.rsplit('/', 1)[-1]}.ipynb": path for page, path in notebooks.items()}
        written = {"verdicts": content["verdicts"], "errata": content["errata"], "run": info}
        folder = publish_run(self.layout, run_id, site, names, written)
        forget_meanwhile(self.layout)
        clear_up(self.layout, self.began)
        if freed := forget_old(self.layout) + store.prune():
            self.say(f"deleted {freed / 2**20:.0f} MiB of results that were not used for long")
        noted = {name: chapter["warnings"] for name, chapter in content["run"]["chapters"].items()}
        return RunResult(
            folder,
            executed=self.executed,
            verdicts=content["verdicts"],
            warnings={name: lines for name, lines in noted.items() if lines},
        )


def footer(run: Mapping[str, Any]) -> str:
    """Sentence that names the data of a build on every page."""
    if run.get("histories"):
        return (
            "Prices of this build: chapters have the samples of their papers as far as they could be had, source "
            f"{run['source']}, profile "
            f"{run['profile']}, checksum {run['sha256'][:12]}. All else stands on the page Provenance."
        )
    name = f"{len(run['tickers'])} assets" if run["universe"] == "custom" else run["universe"]
    return (
        f"Prices of this build: {name}, source {run['source']}, {str(run['start'])[:10]} to "
        f"{str(run['end'])[:10]}, profile {run['profile']}, checksum {run['sha256'][:12]}. "
        "All else stands on the page Provenance."
    )


def clear_up(layout: Layout, began: float) -> None:
    """Delete what this build needs no more, and what builds left half written that were killed.

    The caller holds the build folder. Snapshots may be written by others at any time: what is younger than this
    build (`began`, seconds since 1970) stays.
    """
    shutil.rmtree(layout.work, ignore_errors=True)
    for path in [*layout.store.glob("*.tmp"), *layout.build.glob(".*.new")]:
        path.unlink(missing_ok=True)
    for path in (layout.build / "snapshots").rglob(".*"):
        with suppress(FileNotFoundError):  # its writer is done
            if path.stat().st_mtime < began:
                path.unlink()


def forget_old(layout: Layout, kept: int = 8) -> int:
    """Delete executed pages but the latest few of each chapter, and old machine code; return bytes freed."""
    groups: dict[str, list[Path]] = {}
    for path in layout.store.glob("*-*.*"):
        groups.setdefault(path.name.rpartition("-")[0], []).append(path)
    groups["compiled"] = list((layout.build / "cache" / "compiled").glob("*"))
    old = [sorted(paths, key=lambda p: p.stat().st_mtime)[:-kept] for paths in groups.values()]
    freed = 0
    for path in (path for paths in old for path in paths):
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        freed += sum(file.stat().st_size for file in files if file.is_file())
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return freed


def _judged(
    notebooks: dict[str, Path],
    sample: dict[str, Any],
    root: Path,
    places: Mapping[str, Mapping[str, str]],
    say: Say,
) -> dict[str, list[dict[str, Any]]]:
    if not (root / "book" / "samples.yml").is_file():
        return {"verdicts": [], "errata": []}  # a book without claims has nothing to judge
    say("judging the claims")
    from portfolio_study.ledger.judge import judge_errata, judge_run

    own = {name: history_of(sample, name) for name in notebooks} if "histories" in sample else {}
    rows = judge_run(notebooks, sample, root, own, declared_vendors(sample))
    for row in rows:
        page, _, anchor = row["where"].partition("#")
        row["where"] = f"{page}#{anchor.lower().replace('_', '-')}"  # what Sphinx makes of a label
    errata = [  # a row that no line of its chapter names leads to the chapter
        row | {"where": row["chapter"], "section": ""} | dict(places.get(row["id"], {}))
        for row in judge_errata(notebooks, root)
    ]
    return {"verdicts": rows, "errata": errata}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BuildError(f"{path} is damaged: delete it and build again ({error})") from error
