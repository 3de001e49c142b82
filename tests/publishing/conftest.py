"""A toy project and a toy source of prices, so that nothing here waits for real chapters."""

import json
import re
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from toy import write_toy

from portfolio_study.publishing import run as run_module
from portfolio_study.publishing.execute import prepared
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import STAMP_KEY, sealed


@dataclass
class Prices:
    """What a run needs of a price history."""

    sha256: str
    tickers: tuple = ("A", "B")
    rows: int = 250
    frequency: str = "daily"
    period: str = "day"
    manifest: dict = field(default_factory=lambda: {"vendor": "toy"})

    @property
    def close(self):
        noise = np.random.default_rng(1).normal(0, 0.01, (self.rows, len(self.tickers)))
        dates = pd.bdate_range("2015-01-02", periods=self.rows)
        return pd.DataFrame(100 * np.exp(noise.cumsum(axis=0)), dates, list(self.tickers))

    def sample(self):
        return {
            "source": "packaged",
            "universe": "toy",
            "tickers": list(self.tickers),
            "first": "2015-01-02",
            "last": "2015-12-31",
            "rows": self.rows,
            "sha256": self.sha256,
            "frequency": "daily",
            "ohlcv": False,
        }


@pytest.fixture
def market(monkeypatch):
    """Replace the loader of prices: ``market.sha256`` and ``market.size`` are what it gives, ``market.calls``
    what was asked."""
    state = SimpleNamespace(sha256="a" * 64, calls=[], size={})

    def load_prices(**request):
        if "snapshot" not in request:  # reading what is stored asks nobody
            state.calls.append(request)
        return Prices(state.sha256, **state.size)

    monkeypatch.setattr("portfolio_study.data.load_prices", load_prices)
    return state


@pytest.fixture
def toy(tmp_path, monkeypatch, market, package):
    """Layout of a fresh toy project; its library is a copy with a module ``model`` more."""
    root = write_toy(tmp_path / "toy")
    monkeypatch.setenv("STUDY_ROOT", str(root))
    monkeypatch.delenv("STUDY_BUILD_DIR", raising=False)
    for name in ("PROFILE", "SOURCE", "UNIVERSE", "START", "END", "DATA", "REFRESH", "SET", "CHAPTERS"):
        monkeypatch.delenv(f"STUDY_{name}", raising=False)
    (package / "model.py").write_text("SCALE = 1\n")
    return Layout(root, root / "build")


@pytest.fixture
def no_rendering(monkeypatch):
    """Leave Jupyter Book out: a page is its prose."""

    def render_site(stage, output, root):
        site = output / "_build" / "html"
        (site / "book").mkdir(parents=True, exist_ok=True)
        for page in [*stage.glob("book/*.ipynb"), *stage.glob("book/*.md")]:
            prose = page.read_text()
            if page.suffix == ".ipynb":
                cells = json.loads(prose)["cells"]
                prose = " ".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
            words = re.sub(r"[^\w ]", " ", prose)
            (site / "book" / f"{page.stem}.html").write_text(f"<article><h1>Page</h1>{words}</article>")
        return site

    monkeypatch.setattr(run_module, "render_site", render_site)


@pytest.fixture
def no_kernels(monkeypatch):
    """Leave the kernels out: an executed notebook is its source with the parameters injected."""

    def execute_all(jobs, environment, root, at_a_time, progress):
        for job in jobs:
            notebook = prepared(job.chapter, job.parameters)
            notebook.metadata[STAMP_KEY] = {
                "chapter": job.chapter.name,
                "stamp": job.stamp,
                "parameters": job.parameters,
                "executed_at": "2026-01-01T00:00:00Z",
                "seconds": 1.0,
                "peak_memory_mb": 100,
                "warnings": [],
            }
            job.output.parent.mkdir(parents=True, exist_ok=True)
            job.output.write_text(sealed(notebook))

    monkeypatch.setattr(run_module, "execute_all", execute_all)
