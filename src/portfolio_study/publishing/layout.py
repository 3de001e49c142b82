"""Which pages the book has, and where a run keeps its files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.settings import build_dir, project_root


@dataclass(frozen=True)
class Layout:
    """Files of one checkout.

    Attributes
    ----------
    root : pathlib.Path
        Folder of ``_toc.yml``, ``_config.yml`` and ``book/``.
    build : pathlib.Path
        Folder of everything that is generated.
    """

    root: Path
    build: Path

    @classmethod
    def here(cls) -> "Layout":
        """Return the layout of this checkout (``STUDY_ROOT``, ``STUDY_BUILD_DIR`` or the defaults)."""
        return cls(project_root(), build_dir())

    @property
    def book(self) -> Path:
        """Folder of the text notebooks."""
        return self.root / "book"

    @property
    def store(self) -> Path:
        """Executed notebooks, each named by the content that it was computed from."""
        return self.build / "executed"

    @property
    def runs(self) -> Path:
        """One folder for each published run."""
        return self.build / "runs"

    @property
    def current(self) -> Path:
        """Symbolic link to the run that is published."""
        return self.build / "current"

    @property
    def work(self) -> Path:
        """Scratch folder of the run in progress."""
        return self.build / "work"

    def pages(self) -> list[str]:
        """Entries of ``_toc.yml`` in reading order, e.g. ``book/arima``.

        Raises
        ------
        BuildError
            If ``_toc.yml`` is missing or malformed, or names a page twice or one without a file.
        """
        from portfolio_study.yaml_text import read_yaml

        path = self.root / "_toc.yml"
        toc = read_yaml(path, BuildError)
        if not isinstance(toc, dict) or not isinstance(toc.get("root"), str):
            raise BuildError(f"{path} must name a `root` page")
        entries = [toc["root"], *_files(toc)]
        for entry in entries:
            if entries.count(entry) > 1:
                raise BuildError(f"_toc.yml names the page {entry} twice")
            if not self.source(entry).is_file():
                raise BuildError(f"_toc.yml names the page {entry}, but there is no file {entry}.md")
        return entries

    def source(self, page: str) -> Path:
        """Text notebook of an entry of ``_toc.yml``."""
        return self.root / f"{page}.md"


def _files(node: Any) -> list[str]:
    """Collect the ``file`` entries below a node of ``_toc.yml``, depth first."""
    found = []
    for key in ("parts", "chapters", "sections", "subtrees", "entries"):
        for child in (node.get(key) or []) if isinstance(node, dict) else []:
            if isinstance(child, dict) and isinstance(child.get("file"), str):
                found.append(child["file"])
            found += _files(child)
    return found


def chapter_name(page: str) -> str:
    """Short name of a page: ``book/arima`` is ``arima``."""
    return page.rsplit("/", 1)[-1]
