"""The run that another is compared with: a stored reference, a file of results, a build folder, a run."""

from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import published
from portfolio_study.publishing.reference import are_verdicts, read_json, results_in

#: Most bytes of a file of results; those of the published run have one million.
MOST_BYTES = 2**26
Results = dict[str, Any]


def find_results(name: str, layout: Layout) -> tuple[Path, Results]:
    """Results that a name or path leads to.

    Parameters
    ----------
    name : str
        A stored reference (``papers``); a run of this build folder (a folder in ``build/runs``); or the path of
        a reference, of a ``verdicts.json``, of a build folder, or of a run's folder.
    layout : Layout

    Returns
    -------
    tuple
        Where they stand; ``run`` (data, scale, code), ``verdicts`` and ``records``. Of a file of verdicts alone
        ``run`` and ``records`` are empty.

    Raises
    ------
    UnknownNameError
        If there is no such run: names what there is.
    BuildError
        If it is the published run itself, or a file that holds no results.
    """
    references = layout.book / "reference"
    for path in (references / f"{name}.json", layout.runs / name, Path(name)):
        if name and path.exists():
            return _read(path, layout)
    runs = sorted(path.name for path in layout.runs.glob("[!.]*") if path.name != published(layout))
    stored = sorted(path.stem for path in references.glob("*.json"))
    raise UnknownNameError(
        "run",
        name,
        [*stored, *runs],
        remedy=(
            f"stored references: {', '.join(stored) or 'none'}; earlier runs in {layout.runs}: "
            f"{', '.join(runs) or 'none'}; or the path of a build folder, a reference or a verdicts.json"
        ),
    )


def _read(path: Path, layout: Layout) -> tuple[Path, Results]:
    if path.is_dir():
        inside = path / "current"
        return path, _of_run(inside if inside.is_dir() else path, layout)
    beside = path.resolve().parent
    if path.name in ("verdicts.json", "run.json") and (beside / "notebooks").is_dir():
        return path, _of_run(beside, layout)
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise BuildError(f"{path} holds no results: it is no file, or larger than {MOST_BYTES // 2**20} MiB")
    content = read_json(path, "name a stored reference or a verdicts.json")
    if content and are_verdicts(content):
        return path, {"run": {}, "verdicts": content, "records": {}}
    if isinstance(content, dict) and {"run", "verdicts", "records"} <= set(content):
        run, records = content["run"], content["records"]
        if isinstance(run, dict) and isinstance(records, dict) and are_verdicts(content["verdicts"]):
            return path, content
    raise BuildError(f"{path} holds no results: it is neither a stored reference nor a verdicts.json")


def _of_run(folder: Path, layout: Layout) -> Results:
    if not (folder / "run.json").is_file() or not (folder / "notebooks").is_dir():
        raise BuildError(f"{folder} holds no run: a build folder has `current`, a run run.json and notebooks")
    if published(layout) and folder.resolve() == layout.current.resolve():
        raise BuildError(f"{folder} is the published run itself: name another to compare it with")
    return results_in(folder)
