"""Where the time of a chapter goes: ``python -m benchmarks.chapter_time CHAPTER [PROFILE]``.

The cells of a chapter are executed in one process, without any stored result, at the scale of a profile
(``study`` unless another is named) and on the packaged prices. Printed are the seconds of the processor that
the whole, its longest cells and its longest stored computations took; time that a computation spends in another
one counts for the other. Seconds of the processor do not depend on what else the machine does, those of the
clock would. All numbers of threads are one, as in a build, and nothing runs side by side.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError, StudyError
from portfolio_study.publishing.kernels import ONE_THREAD

ROOT = Path(__file__).resolve().parent.parent
LEAST = 1.0  # seconds; what takes less is not listed


def used() -> float:
    """Seconds of the processor of this process and of those that it has ended."""
    return sum(os.times()[:4])


def timed(compute: Callable[..., Any], found: list[tuple[float, str]]) -> Callable[..., Any]:
    """`store.compute`, which appends to `found` what each computation took alone, and its name."""
    inner = [0.0]  # of the computations that are under way, what those inside them took

    def measured(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        before = used()
        inner.append(0.0)
        try:
            return compute(function, *args, **kwargs)
        finally:
            whole = used() - before
            found.append(
                (whole - inner.pop(), f"{function.__module__.partition('.')[2]}.{function.__name__}")
            )
            inner[-1] += whole

    return measured


def cells(name: str, profile: str) -> tuple[list[str], dict[str, Any]]:
    """Code of a chapter's cells, and the parameters that its profile gives it."""
    from portfolio_study.publishing.layout import Layout
    from portfolio_study.publishing.notebooks import read_chapter
    from portfolio_study.publishing.profiles import RunRequest, chapter_parameters, complete

    layout = Layout.here()
    page = f"book/{name}"
    if page not in layout.pages():
        raise BuildError(f"there is no chapter {name!r}: its page would be {page} in _toc.yml")
    chapter = read_chapter(page, layout.source(page))
    given = chapter_parameters(chapter, complete(RunRequest(profile=profile), layout), {})
    texts = []
    for cell in chapter.notebook.cells:
        if cell.cell_type == "code":
            texts.append(cell.source)
            if "parameters" in cell.metadata.get("tags", []):
                texts.append("\n".join(f"{key} = {value!r}" for key, value in given.items()))
    return texts, given


def execute(name: str, profile: str) -> None:
    """Execute a chapter and print its table of times."""
    from IPython.core.interactiveshell import InteractiveShell

    from portfolio_study import store

    computations: list[tuple[float, str]] = []
    store.compute = timed(store.compute, computations)
    texts, given = cells(name, profile)
    shell = InteractiveShell.instance()
    began, clock = used(), time.perf_counter()
    times = []
    for number, text in enumerate(texts, start=1):
        before = used()
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            result = shell.run_cell(text)
        if not result.success:
            raise BuildError(f"chapter {name}, code cell {number} failed: {result.error_in_exec}")
        times.append(
            (used() - before, f"cell {number}: {text.strip().splitlines()[0] if text.strip() else ''}")
        )
    print(f"{name}, profile {profile} {given}")
    print(f"{used() - began:8.1f} s of the processor, {time.perf_counter() - clock:.1f} s by the clock")
    for head, rows in (("cells", times), ("stored computations", computations)):
        print(f"  {head}")
        for seconds, what in sorted(rows, reverse=True):
            if seconds >= LEAST:
                print(f"{seconds:8.1f}   {what[:100]}")


def main(arguments: list[str]) -> int:
    """Execute the chapter in an environment like a build's kernel, without anything stored before."""
    if not arguments or len(arguments) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    name, profile = [*arguments, "study"][:2]
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            dict.fromkeys(ONE_THREAD, "1")
            | {"STUDY_BUILD_DIR": folder, "STUDY_ROOT": str(ROOT), "STUDY_BACKEND": "sequential"}
            | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "MPLBACKEND": "Agg"}
        )
        execute(name, profile)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
