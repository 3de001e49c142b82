"""Execute chapters with papermill, one process each, and keep the results under their stamp."""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portfolio_study.errors import BuildError, StudyError
from portfolio_study.publishing.notebooks import (
    INJECTED,
    STAMP_KEY,
    Chapter,
    excerpt,
    plain_traceback,
    sealed,
)
from portfolio_study.publishing.sealed import write_whole
from portfolio_study.publishing.stamps import page_code

if TYPE_CHECKING:
    import psutil

# A kernel's ports are chosen before it binds them: on a busy machine another program can be faster.
STARTS = 3
NO_KERNEL = (
    "the Jupyter kernel python3 is missing or broken in this environment: "
    "delete .venv and build again, or install ipykernel into the active one"
)
NOT_STARTED = "Kernel died before replying"
# A cell that measures a whole chapter emits hundreds of outputs at once, on a machine that may be busy.
OUTPUT_SECONDS = 120
SAMPLE_SECONDS = 0.25  # between two looks at the memory
HANG_SECONDS = 3600.0  # longer than any result for which two chapters may wait for each other
IDLE_SHARE = 0.01  # of one processor: a kernel that only waits needs less


@dataclass(frozen=True)
class Job:
    """One chapter to execute.

    Attributes
    ----------
    chapter : Chapter
        What to execute.
    parameters : dict
        Values to inject.
    stamp : str
        Hash of everything that the result depends on.
    output : pathlib.Path
        Where the executed notebook goes.
    code : str
        Hash of the library code when the stamp was made (see `stamps.page_code`): a result is
        stored only if it is still the same. Empty: not asked.
    """

    chapter: Chapter
    parameters: dict[str, Any]
    stamp: str
    output: Path
    code: str = ""


#: Called with (chapter, cells done, cells in all).
Progress = Callable[[str, int, int], None]


def execute_all(
    jobs: list[Job],
    environment: Mapping[str, str],
    root: Path,
    at_a_time: int = 1,
    progress: Progress = lambda *_: None,
) -> None:
    """Execute chapters; the first failure stops all of them.

    Parameters
    ----------
    jobs : list of Job
        Chapters, in reading order.
    environment : mapping of str to str
        Complete environment of the kernels.
    root : pathlib.Path
        Working folder of the kernels.
    at_a_time : int
        How many chapters run at the same time.
    progress : callable
        Told at the start and after every cell.

    Raises
    ------
    BuildError
        If a cell fails: names the chapter, the cell and the error.
    """
    context = _context()
    waiting, running = list(jobs), dict[Connection, tuple[Job, Any]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_a_time:
                job = waiting.pop(0)
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_run, args=(job, dict(environment), root, theirs))
                process.start()
                theirs.close()
                running[ours] = (job, process)
            for pipe in wait(list(running)):
                assert isinstance(pipe, Connection)
                _hear(pipe, running, progress)
    finally:
        for pipe, (_, process) in running.items():
            _stop(process)
            pipe.close()


def _context() -> Any:
    # A fork server imports papermill once and stays single-threaded, so that forking is safe.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    fast_nbformat = "portfolio_study.publishing.fast_nbformat"
    context.set_forkserver_preload([fast_nbformat, "papermill", "nbclient", "psutil", __name__])
    return context


def _hear(pipe: Connection, running: dict[Connection, tuple[Job, Any]], progress: Progress) -> None:
    job, process = running[pipe]
    try:
        kind, content = pipe.recv()
    except EOFError:
        process.join()
        del running[pipe]
        raise BuildError(
            f"chapter {job.chapter.name}: its process ended with code {process.exitcode} "
            "(out of memory?); set JOBS=1 to use less"
        ) from None
    if kind == "cell":
        progress(job.chapter.name, *content)
        return
    process.join()
    pipe.close()
    del running[pipe]
    if kind == "failed":
        raise BuildError(content)


def _stop(process: Any) -> None:
    import psutil

    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    process.join(5)


def _run(job: Job, environment: dict[str, str], root: Path, pipe: Connection) -> None:
    """Body of a chapter's process."""
    os.environ.clear()
    os.environ.update(environment)
    threading.Thread(target=_end_with_the_build, daemon=True).start()
    try:
        execute_chapter(job, root, lambda done, total: pipe.send(("cell", (done, total))))
        pipe.send(("done", None))
    except StudyError as error:
        pipe.send(("failed", str(error)))
    except KeyboardInterrupt:  # Ctrl-C reaches the build too, which stops and says so
        pass
    except Exception as error:  # the parent must hear of it, whatever it is
        pipe.send(("failed", f"chapter {job.chapter.name}: {type(error).__name__}: {error}"))
    finally:
        pipe.close()


def _end_with_the_build() -> None:
    """Wait until the build's own process has ended, however it did, and end with it, kernel first."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    _kill(_descendants())
    os._exit(1)


def _descendants() -> "set[psutil.Process]":
    """Return what this process started and what that started."""
    import psutil

    return set(psutil.Process().children(recursive=True))


def _kill(processes: "Iterable[psutil.Process]") -> None:
    import psutil

    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def prepared(chapter: Chapter, parameters: Mapping[str, Any]) -> Any:
    """Return a notebook with the parameters injected, and the injected cell kept off the page."""
    import copy

    from papermill.parameterize import parameterize_notebook

    notebook = copy.deepcopy(chapter.notebook)
    notebook.metadata.setdefault("kernelspec", {})
    notebook.metadata.kernelspec |= {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook.metadata["papermill"] = {}
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    if parameters:
        notebook = parameterize_notebook(notebook, dict(parameters), engine_name=None)
    for cell in notebook.cells:
        if INJECTED in cell.metadata.tags:
            cell.metadata.tags = [INJECTED, "remove-cell"]
    return notebook


def execute_chapter(job: Job, root: Path, progress: Callable[[int, int], None]) -> None:
    """Execute one chapter in this process's environment and store the result atomically.

    Raises
    ------
    BuildError
        If a cell fails, or the library was edited meanwhile.
    """
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    _register_engine()
    started = time.time()
    progress(0, len(prepared(job.chapter, job.parameters).cells))
    with _Watch() as watch:
        for attempt in range(1, STARTS + 1):
            try:
                result = papermill.execute_notebook(
                    prepared(job.chapter, job.parameters),
                    None,
                    engine_name="study",
                    kernel_name="python3",
                    progress_bar=False,
                    cwd=str(root),
                    start_timeout=120,
                    iopub_timeout=OUTPUT_SECONDS,
                    on_cell=progress,
                )
                break
            except PapermillExecutionError as error:
                raise BuildError(_failure(job.chapter, error)) from error
            except DeadKernelError as error:
                raise BuildError(f"chapter {job.chapter.name}: {_death(watch)}") from error
            except (NoSuchKernel, FileNotFoundError) as error:
                raise BuildError(f"chapter {job.chapter.name}: {NO_KERNEL}") from error
            except RuntimeError as error:
                if NOT_STARTED not in str(error):
                    raise
                if attempt == STARTS:
                    raise BuildError(
                        f"chapter {job.chapter.name}: its kernel did not start in {STARTS} attempts; {NO_KERNEL}"
                    ) from error
    result.metadata[STAMP_KEY] = {
        "chapter": job.chapter.name,
        "stamp": job.stamp,
        "parameters": job.parameters,
        "executed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 2),
        "peak_memory_mb": round(watch.peak / 2**20),
        "warnings": _warnings(result),
    }
    if job.code and page_code(job.chapter) != job.code:
        raise BuildError(
            f"chapter {job.chapter.name}: the library was edited while the chapter was executed, so its "
            "result belongs to neither version: build again"
        )
    result.metadata.pop("papermill", None)
    for cell in result.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    write_whole(job.output, sealed(result))


def _death(watch: "_Watch") -> str:
    if watch.hung:
        return (
            f"nothing was computed for {HANG_SECONDS / 60:.0f} minutes, so that its kernel was ended: does a cell "
            "wait for something that never comes?"
        )
    return "its kernel was killed or crashed (out of memory?); set JOBS=1 to use less"


def _warnings(notebook: Any) -> list[str]:
    """First line of everything that the cells wrote to standard error."""
    return [
        output.text.strip().splitlines()[0][:300]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr" and output.text.strip()
    ]


def _failure(chapter: Chapter, error: Any) -> str:
    from portfolio_study import errors

    known = getattr(errors, error.ename, None)
    ours = isinstance(known, type) and issubclass(known, StudyError)
    where = f"chapter {chapter.name}, code cell {error.exec_count}"
    if ours:  # the message already says what to do: no traceback needed
        return f"{where}: {error.evalue}"
    trace = plain_traceback(error.traceback).splitlines()[-15:]
    return (
        f"{where} ({chapter.path}) failed: {error.ename}: {error.evalue}\n"
        f"{excerpt(error.source)}\n" + "\n".join(f"  | {line}" for line in trace)
    )


def _register_engine() -> None:
    from papermill.engines import NBClientEngine, papermill_engines

    class StudyEngine(NBClientEngine):
        """Papermill's engine that reports every finished cell."""

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, on_cell: Callable[[int, int], None], **kwargs: Any
        ) -> Any:
            total, done, complete = len(nb_man.nb.cells), 0, nb_man.cell_complete

            def completed(*args: Any, **named: Any) -> Any:
                nonlocal done
                done += 1
                on_cell(done, total)
                return complete(*args, **named)

            nb_man.cell_complete = completed
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    papermill_engines.register("study", StudyEngine)


class _Watch:
    """Largest resident memory of the processes that a chapter starts, together, in bytes; and whether they hang.

    Those that together spend less than `IDLE_SHARE` of one processor over `HANG_SECONDS` are killed, and `hung`
    is set: a calculation computes, a download is bounded, and nothing else takes that long. Processes that were
    there before are somebody else's. Memory is sampled in a thread; what lived shorter than a sample is known for
    the largest process only.
    """

    def __enter__(self) -> "_Watch":
        self.peak, self.hung = 0, False
        self._others = _descendants()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        import psutil

        alone = os.environ.get("STUDY_BACKEND") != "dask"  # on a cluster others compute, and this one waits
        since, then = time.monotonic(), 0.0
        while not self._over.wait(SAMPLE_SECONDS):
            used, spent = 0, 0.0
            for process in _descendants() - self._others:
                try:
                    used += process.memory_info().rss
                    spent += sum(process.cpu_times()[:2])
                except psutil.Error:
                    continue
            self.peak = max(self.peak, used)
            if not used or spent < then or spent - then > IDLE_SHARE * HANG_SECONDS:
                since, then = time.monotonic(), spent
            elif alone and time.monotonic() - since > HANG_SECONDS:
                self.hung = True
                _kill(_descendants() - self._others)  # the notebook client notices that its kernel is dead
                return

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        try:
            import resource
        except ImportError:  # Windows
            return
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.peak = max(self.peak, largest * (1 if sys.platform == "darwin" else 1024))
