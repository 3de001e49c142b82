"""What a reader calls an asset, a file or a value is text, in code, pages and paths."""

import html
import os
import subprocess
import sys
from pathlib import PurePath

import nbformat
import numpy as np
import pandas as pd
import pytest
from toy import HEAD, write_toy
from typer.testing import CliRunner

from portfolio_study.__main__ import app
from portfolio_study.errors import StudyError
from portfolio_study.publishing.execute import prepared
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import INJECTED, read_chapter
from portfolio_study.publishing.stage import replaced_values, with_used_parameters
from portfolio_study.store import PACKAGE

ODD = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "$(touch pwned)",
    "a;touch pwned",
    "../../x",
    "[here](javascript:alert(1))",
    "{{ html }} `{raw} html`",
    '"""+__import__("os").system("touch pwned")+"""',
    "\\",
    "'",
]

SHOWN = f"""{HEAD}(alpha)=
# Alpha

```{{code-cell}} ipython3
:tags: [parameters]
source = "packaged"
universe = None
start = None
end = None
path = None
snapshot = None
note = ""
```

This page shows the names of the assets of a reader's file in every way that a chapter of this book has: in a
table, in a caption, in a sentence, in a picture and in an interactive picture. See also [beta](beta.md).

```{{code-cell}} ipython3
import matplotlib.pyplot as plt
import plotly.graph_objects as go
from portfolio_study.data import load_prices
from portfolio_study.figures import show_interactive, show_table
from portfolio_study.ledger.records import paste
prices = load_prices(source, universe, start, end, path, snapshot=snapshot)
names = ", ".join(prices.tickers)
paste("alpha.names", names)
paste("alpha.note", note)
paste("alpha.said", "; ".join(prices.manifest["notes"]))
show_table(prices.close.tail(2).T.reset_index(), names)
```

```{{code-cell}} ipython3
show_interactive(go.Figure([go.Scatter(y=prices.close[t], name=t, hoverinfo="skip") for t in prices.tickers]), "lines", names, caption=names)
```

The assets are {{glue:text}}`alpha.names`, the note is {{glue:text}}`alpha.note`, and it was said:
{{glue:text}}`alpha.said`.
"""


@pytest.fixture
def toy(tmp_path):
    return Layout(write_toy(tmp_path / "toy"), tmp_path / "toy" / "build")


@pytest.mark.parametrize("text", ODD)
def test_a_parameter_is_a_text_in_the_kernel_and_on_the_page(toy, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    chapter = read_chapter("book/alpha", toy.source("book/alpha"))
    notebook = prepared(chapter, {"universe": text, "path": text})
    (cell,) = (c for c in notebook.cells if INJECTED in c.metadata.tags)
    (shown,) = (c.source for c in with_used_parameters(notebook).cells if "source =" in c.source)
    # the page names a file without the folders of the reader's machine
    for code, path in ((cell.source, text), (shown, PurePath(text).name)):
        given = {}
        exec(code, given)
        assert given["universe"] == text and given["path"] == path
    assert not (tmp_path / "pwned").exists()
    assert replaced_values('x = "a"  # why', {"x": repr(text)}).endswith("  # why")


@pytest.mark.slow
def test_odd_names_of_assets_change_nothing_but_the_words_of_the_site(tmp_path):
    root = write_toy(tmp_path / "toy")
    (root / "book" / "alpha.md").write_text(SHOWN)
    beta = root / "book" / "beta.md"
    beta.write_text(beta.read_text().replace("{numref}`fig-alpha-line`", "[alpha](alpha.md)"))
    walks = 100 * np.exp(np.random.default_rng(1).normal(0, 0.01, (260, len(ODD))).cumsum(axis=0))
    days = pd.bdate_range("2015-01-02", periods=260, name="date")
    folder = tmp_path / "$(touch pwned);<b>"
    folder.mkdir()
    pd.DataFrame(walks, days, ODD).round(4).to_csv(folder / "a;b <i>.csv")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
    kept["PYTHONPATH"] = str(PACKAGE.parent)
    profile = folder / "p <img src=x onerror=alert(3)> `touch pwned` $(touch pwned).yml"
    profile.write_text("run: {source: file, chapters_at_a_time: 2}\n")
    flags = {"PROFILE": str(profile), "VENDOR": "yahoo", "DATA": str(folder / "a;b <i>.csv")}
    flags["SET"] = 'alpha.note="<script>alert(2)</script>"'
    done = subprocess.run(
        [sys.executable, "-m", "portfolio_study", "book"],
        env=kept | {"STUDY_ROOT": str(root), "STUDY_CACHE_DIR": "off"} | {f"STUDY_{k}": v for k, v in flags.items()},
        cwd=root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    site = root / "build" / "html"
    page = (site / "book" / "alpha.html").read_text()
    assert html.escape(ODD[0], quote=False) in page and "&lt;script&gt;alert(2)" in page
    for path in site.rglob("*.html"):
        text = path.read_text()
        for bad in ("<script>alert", "<img src=x", 'href="javascript:', "<b>", "<i>.csv"):
            assert bad not in text, f"{path.name}: {text[text.index(bad) - 200 : text.index(bad) + 100]}"
    assert not list(tmp_path.rglob("pwned")) and not (tmp_path.parent / "x").exists()
    executed = nbformat.read(root / "build" / "notebooks" / "alpha.ipynb", 4)
    assert executed.cells


FLAGS = (
    "PROFILE",
    "SOURCE",
    "UNIVERSE",
    "START",
    "END",
    "DATA",
    "VENDOR",
    "REFRESH",
    "SET",
    "EXECUTOR",
    "SCHEDULER",
)
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "x;touch pwned",
    "../../../x",
    "a.b=<script>alert(1)</script>",
    "!!python/object/apply:os.system ['touch pwned']",
    "a.b=!!python/object/apply:os.system ['touch pwned']",
]


@pytest.mark.parametrize("flag", FLAGS)
def test_a_value_that_no_flag_takes_is_refused_and_runs_nothing(toy, tmp_path, monkeypatch, flag):
    monkeypatch.chdir(toy.root)
    monkeypatch.setenv("STUDY_ROOT", str(toy.root))
    monkeypatch.setenv("STUDY_BUILD_DIR", str(toy.build))
    monkeypatch.setenv("STUDY_PROFILE", "smoke")
    if flag == "VENDOR":
        (toy.root / "p.csv").write_text("date,A\n2020-01-01,1\n")
        monkeypatch.setenv("STUDY_DATA", "p.csv")
    before = {path for path in tmp_path.rglob("*") if "build" not in path.parts}
    for text in HOSTILE:
        monkeypatch.setenv(f"STUDY_{flag}", text)
        found = CliRunner().invoke(app, ["book"])
        assert isinstance(found.exception, StudyError), (text, found.exception)
        assert str(found.exception).strip(), "it says what is wrong"
    assert {path for path in tmp_path.rglob("*") if "build" not in path.parts} == before
    assert not (toy.build / "current").exists() and not list(toy.build.glob("executed/*"))
