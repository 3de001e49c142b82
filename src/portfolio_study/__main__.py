"""Command line of the study: ``python -m portfolio_study book`` and its companions.

Every option can also come from the environment (``STUDY_SOURCE`` for ``--source``),
which is how ``make`` passes its flags on: as data, never as text of a command.
"""

import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated

from portfolio_study.errors import ParameterError, StudyError, needing

try:
    with needing("book"):
        import typer
except StudyError as missing:
    print(f"error: {missing}", file=sys.stderr)
    sys.exit(2)

if TYPE_CHECKING:
    from portfolio_study.publishing.profiles import RunRequest

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Build, check and publish the study's book.",
)

MOST = 40  # differences of each kind that the terminal shows; the page has all

Text = str | None
Profile = Annotated[Text, typer.Option(help="Scale of the run: a file in book/profiles. [default: study]")]
Source = Annotated[
    Text, typer.Option(help="Where prices come from: packaged, yahoo, french, file, synthetic.")
]
Universe = Annotated[Text, typer.Option(help='A named universe or tickers: "AAPL MSFT XOM".')]
Start = Annotated[Text, typer.Option(help="First date, YYYY-MM-DD.")]
End = Annotated[Text, typer.Option(help="Last date, YYYY-MM-DD; empty: the last complete session.")]
Data = Annotated[
    Text, typer.Option(help="Price file (CSV or Parquet) for the source `file`, or a folder of such files.")
]
Vendor = Annotated[
    Text, typer.Option(help="Whose prices the file holds, where it cannot be recognised: yahoo, french, ...")
]
Executor = Annotated[
    Text, typer.Option(help="Where heavy loops run: local, or dask: workers on this machine.")
]
Scheduler = Annotated[
    Text, typer.Option(help="Dask scheduler whose workers run the heavy loops: tcp://host:8786.")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Fetch prices again.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="A chapter's parameter: arima.window=100.")]


def _flag(given: str | None, name: str) -> str | None:
    """Option of the command line, else the environment's; None if neither gives it."""
    return given if given is not None else os.environ.get(f"STUDY_{name}")


def _switch(name: str, given: bool = False) -> bool:
    text = os.environ.get(f"STUDY_{name}", "").lower()
    if text not in {"", "0", "1", "no", "yes", "false", "true"}:
        raise ParameterError(f"{name} must be 1 or 0, got {text!r}")
    return given or text in {"1", "yes", "true"}


def _request(
    profile: Text,
    source: Text,
    universe: Text,
    start: Text,
    end: Text,
    data: Text,
    vendor: Text,
    parameters: list[str] | None,
    refresh: bool = False,
) -> "RunRequest":
    """What a run is asked for, by options or by the environment."""
    from portfolio_study.publishing.profiles import RunRequest, parse_overrides

    chosen = _flag(profile, "PROFILE")
    overrides = parameters if parameters is not None else os.environ.get("STUDY_SET", "").split()
    return RunRequest(
        profile="study" if chosen is None else chosen,
        source=_flag(source, "SOURCE"),
        universe=_flag(universe, "UNIVERSE"),
        start=_flag(start, "START") or None,
        end=_flag(end, "END") or None,
        path=_flag(data, "DATA") or None,
        vendor=_flag(vendor, "VENDOR") or None,
        refresh=refresh,
        overrides=parse_overrides(overrides),
    )


def _where(executor: Text, scheduler: Text) -> tuple[str, str | None]:
    """Where heavy loops run: name of the executor, and the address of a scheduler."""
    name, address = _flag(executor, "EXECUTOR") or None, _flag(scheduler, "SCHEDULER") or None
    if name == "local" and address:
        raise ParameterError(
            f"EXECUTOR=local and SCHEDULER={address} contradict each other: leave one out (a scheduler implies dask)"
        )
    return name or "local", address


@app.command()
def book(
    profile: Profile = None,
    source: Source = None,
    universe: Universe = None,
    start: Start = None,
    end: End = None,
    data: Data = None,
    vendor: Vendor = None,
    refresh: Refresh = False,
    parameters: Set = None,
    executor: Executor = None,
    scheduler: Scheduler = None,
) -> None:
    """Execute what changed, judge the claims, render, check and publish the site."""
    from portfolio_study.publishing import executor as executors
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.run import build_book
    from portfolio_study.publishing.screen import Screen

    request = _request(
        profile, source, universe, start, end, data, vendor, parameters, _switch("REFRESH", refresh)
    )
    layout = Layout.here()
    with Screen() as screen, executors.executor(*_where(executor, scheduler), layout, screen.say):
        result = build_book(request, layout, screen.say, screen.progress)
        screen.summary(result, layout)


@app.command()
def claim(
    name: Annotated[Text, typer.Argument(help="Id of a claim, finding or erratum.")] = None,
    profile: Profile = None,
    source: Source = None,
    universe: Universe = None,
    start: Start = None,
    end: End = None,
    data: Data = None,
    vendor: Vendor = None,
    refresh: Refresh = False,
    parameters: Set = None,
    executor: Executor = None,
    scheduler: Scheduler = None,
) -> None:
    """Measure and judge one claim without the book: data, measure, interval, verdict and why."""
    import shutil

    from portfolio_study.publishing import executor as executors
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.one_claim import answer_claim
    from portfolio_study.publishing.screen import Screen
    from portfolio_study.publishing.show_claim import claim_text

    wanted = (_flag(name, "ID") or "").strip()
    if not wanted:
        raise ParameterError(
            "which claim? make claim ID=lstm-beats-arima (the ids stand on the page Verdicts and in book/claims/)"
        )
    request = _request(
        profile, source, universe, start, end, data, vendor, parameters, _switch("REFRESH", refresh)
    )
    layout = Layout.here()
    say = Screen().say
    with executors.executor(*_where(executor, scheduler), layout, say):
        answer = answer_claim(wanted, request, layout, say)
    typer.echo(claim_text(answer, layout, min(110, shutil.get_terminal_size((100, 24)).columns)))


@app.command()
def reference() -> None:
    """Store the results of the published run (no prices) as the reference for its universe."""
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.reference import store_reference

    typer.echo(f"stored {store_reference(Layout.here())}")


@app.command()
def verify(
    against: Annotated[
        Text,
        typer.Option(
            help="A stored reference, a verdicts.json, a build folder or a run. [default: the universe's]"
        ),
    ] = None,
) -> None:
    """Compare the published run with a stored reference or another run; exit 1 if they differ."""
    from portfolio_study.publishing.against import find_results
    from portfolio_study.publishing.compare_page import write_page
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.reference import compare_runs, results_of, verify_reference

    layout = Layout.here()
    other = _flag(against, "AGAINST")
    if other is None:
        report = verify_reference(layout)
    else:
        results = results_of(layout)
        report = compare_runs(*find_results(other, layout), results)
    typer.echo(report.text(MOST))
    typer.echo(f"as a page: {write_page(report, layout)}")
    if report.differences:
        raise typer.Exit(1)


@app.command()
def pdf() -> None:
    """Print the published site as one PDF, with contents and page numbers; needs Chromium."""
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.pdf import write_pdf
    from portfolio_study.publishing.screen import Screen

    with Screen() as screen:
        path = write_pdf(Layout.here(), screen.say)
    typer.echo(f"printed {path} ({path.stat().st_size / 2**20:.1f} MB)")


@app.command()
def golden(
    chapters: Annotated[list[str] | None, typer.Argument(help="Chapters; default all.")] = None,
) -> None:
    """Execute chapters with the smoke profile and store them for the regression tests."""
    from portfolio_study.publishing.golden import regenerate
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.screen import Screen

    names = chapters or os.environ.get("STUDY_CHAPTERS", "").split()
    with Screen() as screen:
        for path in regenerate(Layout.here(), names, screen.progress):
            screen.say(f"stored {path}")


@app.command()
def register(
    what: Annotated[str, typer.Option(help="What was changed.")] = "",
    why: Annotated[str, typer.Option(help="Why.")] = "",
    moved: Annotated[
        str, typer.Option(help="Which verdicts moved: claim: old -> new; claim: old -> new.")
    ] = "",
) -> None:
    """Register what decides the verdicts; after the first time, with a row of what changed and why."""
    from datetime import date

    from portfolio_study.ledger.claims import load_ledger
    from portfolio_study.ledger.registration import register as add
    from portfolio_study.settings import project_root

    root = project_root()
    found = add(root, load_ledger(root), date.today().isoformat(), what, why, moved)
    typer.echo(f"registered: {', '.join(found[:8])}{f' and {len(found) - 8} more' if len(found) > 8 else ''}")


@app.command()
def freeze(
    what: Annotated[str, typer.Option(help="What was changed.")] = "",
    why: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Freeze what is run on days after the papers: a dated row in book/frozen.yml."""
    from datetime import date

    from portfolio_study.ledger.frozen import freeze as add
    from portfolio_study.settings import project_root

    typer.echo(f"frozen: {', '.join(add(project_root(), date.today().isoformat(), what, why))}")


@app.command()
def new_paper(
    name: Annotated[str, typer.Argument(help="Name of its page and study, a Python name: risk_parity.")],
    paper: Annotated[Text, typer.Option(help="Number of the paper, 005. [default: the next]")] = None,
    title: Annotated[Text, typer.Option(help="Heading of its page, best a question.")] = None,
    order: Annotated[int | None, typer.Option(help="Its place among the chapters. [default: last]")] = None,
) -> None:
    """Start a chapter on another paper: page, claims and experiments, which run as they are."""
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.new_paper import next_steps, start_paper

    layout = Layout.here()
    typer.echo(next_steps(start_paper(layout, name, paper, title, order), layout))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.")] = 8000,
) -> None:
    """Show the published site in a browser on this machine."""
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.serve import serve_site

    text = os.environ.get("STUDY_PORT", "")
    if text and not text.isdigit():
        raise ParameterError(f"PORT must be a number, got {text!r}")
    serve_site(Layout.here(), int(text) if text else port)


def main() -> None:
    """Run the command line; an error of the study is one message and exit code 2."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("portfolio_study").setLevel(logging.INFO)
    try:
        app(prog_name="portfolio-study")
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
