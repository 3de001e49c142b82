"""What the person who waits for a build sees."""

import time
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from portfolio_study.ledger.judge import counts
from portfolio_study.ledger.rules import CHECKS
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.run import RunResult


class Screen:
    """Progress bars on a terminal, one line a step elsewhere (logs of a server)."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        columns = (
            TextColumn("  {task.description:<20}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._bars = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}

    def __enter__(self) -> "Screen":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def say(self, line: str) -> None:
        """Print a step."""
        self.console.print(line, markup=False, soft_wrap=True)

    def progress(self, chapter: str, done: int, total: int) -> None:
        """Show how many cells of a chapter are done, and at its end what it took."""
        if chapter not in self._tasks:
            self._begun[chapter] = time.monotonic()
            self._tasks[chapter] = self._bars.add_task(chapter, total=total)
        self._bars.update(self._tasks[chapter], completed=done, total=total)
        if done == total and not self.console.is_terminal:
            self.say(f"  {chapter}: {total} cells in {time.monotonic() - self._begun[chapter]:.0f} s")

    def summary(self, result: RunResult, layout: Layout) -> None:
        """Say what was built and where it is."""
        for name, lines in result.warnings.items():
            self.say(f"  {name} wrote {len(lines)} warning(s), the first: {lines[0]}")
        for check in (*CHECKS, ""):
            found = {verdict: n for verdict, n in counts(result.verdicts, check).items() if n}
            if found:
                shown = ", ".join(f"{n} {verdict}" for verdict, n in found.items())
                self.say(f"{check or 'not judged'}: {shown}")
        state = "nothing to do, the site is up to date" if result.up_to_date else "the site is published"
        self.say(f"{state}: {_shown(layout.build / 'html' / 'index.html')}")


def _shown(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)
