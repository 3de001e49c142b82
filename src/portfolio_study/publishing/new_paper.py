"""Start a chapter on another paper: its page, its claims and its experiments, ready to be built."""

import json
import keyword
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portfolio_study.errors import BuildError, ParameterError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.registration import check_registration, read_registration, register
from portfolio_study.publishing.check_sources import STUDIES
from portfolio_study.publishing.layout import Layout, chapter_name
from portfolio_study.publishing.notebooks import read_chapter

STEP = 10  # between the orders of two chapters, so that another one fits between them

PAGE = """\
---
jupytext:
  notebook_metadata_filter: study,scale
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
    jupytext_version: 1.19.6
kernelspec:
  display_name: Python 3
  language: python
  name: python3
study:
  paper: "@paper@"
  order: @order@
  title: @quoted@
scale:
  smoke: {lags: 5}
  paper: {lags: 20}
---

(@name@)=
# @title@

{opening}

:::{admonition} In short
* {verdict}`@dashed@-gain` {says}`@dashed@-gain`
* {settles}`@dashed@-gain`
:::

```{code-cell} ipython3
:tags: [parameters]

source = "packaged"      # packaged | yahoo | french | file | synthetic
universe = None          # a named universe or "AAPL MSFT"; None takes the source's default
start = None
end = None
path = None              # price file for source "file"
snapshot = None          # checksum of a stored snapshot; set by the run
lags = 10                # Newey-West lags of the error of a mean
```

```{code-cell} ipython3
:tags: [setup]

from portfolio_study.data import simple_returns
from portfolio_study.ledger import open_chapter
from portfolio_study.studies import @name@

study = open_chapter(@name@, globals())
```

{intervals}`@dashed@-gain`

What the paper claims, in two sentences, and what this chapter asks. (This page is an example that can be built as it is: replace it.)

(@dashed@-gain)=
## The excess return of equal weights

The claim (paper @paper@, Abstract): an equally weighted portfolio earns more than the riskless asset,

$$
\\bar e = \\frac{1}{T} \\sum_t \\Bigl( \\frac{1}{N} \\sum_i R_{i,t} - r_{f,t} \\Bigr) > 0 .
$$

In the library:

```{code-cell} ipython3
returns = simple_returns(study.prices.close).mean(axis=1)
(returns - study.prices.risk_free).mean() * study.prices.periods_per_year
```

```{code-cell} ipython3
study.figure(@name@.growth)
```

{card}`@dashed@-gain`

(@dashed@-verdicts)=
## Verdicts

```{code-cell} ipython3
study.measure()
```

{verdicts}

(@dashed@-setup)=
## Set-up

These two cells ran first.

{setup}
"""

CLAIMS = """\
# Claims of paper @paper@, written down before the first run: what the text says, how it is measured, and
# what the page says about it under each verdict. (An example that can be built: replace it.)
@described@- id: @dashed@-gain
  paper: "@paper@"
  where: Abstract
  group: @dashed@-gain
  kind: direction
  statement: an equally weighted portfolio earns more than the riskless asset
  unit: excess return a year
  smallest_effect: 0.01
  readings:
    corrected: {measured_by: equal_weight_gain}
  anchor: @dashed@-gain
  says:
    holds: "Equal weights earn {estimate:.1%} a year more than the riskless asset [{low:.1%}, {high:.1%}]."
    fails: "Equal weights do not earn more than the riskless asset: {estimate:.1%} a year [{low:.1%}, {high:.1%}]."
    open: "On {n} dates an excess return of {estimate:.1%} a year [{low:.1%}, {high:.1%}] may still be luck."
"""

DESCRIBED = """\
- kind: paper
  id: "@paper@"
  title: @quoted@
  reference: @quoted@  # authors, *title* and, with an entry in book/references.bib, {cite:p}`its key`
"""

STUDY = '''\
"""Paper @paper@: the experiments of the chapter `@name@`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import pandas as pd

from portfolio_study.data import load_prices, simple_returns
from portfolio_study.evaluation import Inference, mean_test
from portfolio_study.ledger import Study, figure, measure

__all__ = ["Experiment", "growth", "load_prices"]


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """Equal weights against the riskless asset.

    Attributes
    ----------
    lags : int
        Newey-West lags of the error of a mean.
    """

    chapter: ClassVar[str] = "@name@"
    lags: int

    @cached_property
    def excess(self) -> pd.Series:
        """Return of equal weights above the riskless rate, a period."""
        returns = simple_returns(self.prices.close).mean(axis=1)
        found: pd.Series = returns - self.prices.risk_free.loc[returns.index]
        return found


@measure("excess return a year")
def equal_weight_gain(study: Experiment) -> Inference:
    """Equal weights earn more than the riskless asset."""
    return mean_test(study.excess, lags=study.lags, periods_per_year=study.prices.periods_per_year)


@figure(
    caption="Growth of equal weights over the riskless asset.",
    alt="A line over the dates: one unit in equal weights, relative to the riskless asset; the mean excess "
    "return is {equal_weight_gain:.1%} a year",
)
def growth(study: Experiment) -> Any:
    """Wealth in equal weights, relative to the riskless asset."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(9, 3.5))
    ax.plot((1 + study.excess).cumprod())
    ax.set_ylabel("relative wealth")
    return fig
'''


@dataclass(frozen=True)
class Started:
    """A chapter that was started.

    Attributes
    ----------
    files : list of pathlib.Path
        Page, claims and study.
    toc : pathlib.Path
        ``_toc.yml``, which has a line more.
    order : int
        Its place among the chapters.
    registered : list of str
        Claims that were registered: the one of the example; none in a book that registers nothing.
    """

    files: list[Path]
    toc: Path
    order: int
    registered: list[str]


def start_paper(
    layout: Layout,
    name: str,
    paper: str | None = None,
    title: str | None = None,
    order: int | None = None,
    studies: Path = STUDIES,
) -> Started:
    """Write page, claims and study of a new chapter and its line in ``_toc.yml``, and register its claim.

    Parameters
    ----------
    layout : Layout
        The checkout.
    name : str
        Name of the page and of its study: a Python name in lower case.
    paper : str, optional
        Number of the paper, ``"005"``; default the next one that is free.
    title : str, optional
        Heading of the page, best a question.
    order : int, optional
        Place among the chapters; default the last.
    studies : pathlib.Path
        Folder of the studies that run.

    Returns
    -------
    Started

    Raises
    ------
    ParameterError
        If the name is no Python name in lower case or is taken, the order is taken, or the number or
        title of the paper cannot stand in a page.
    BuildError
        If the code that runs is not that of the checkout, or ``_toc.yml`` has no place for the page.
    LedgerError
        If a claim of another chapter is not registered: its row of changes must say its own why.
    """
    _check_name(name)
    files = [
        layout.book / f"{name}.md",
        layout.book / "claims" / f"{name}.yml",
        layout.root / "src" / "portfolio_study" / "studies" / f"{name}.py",
    ]
    if files[2].parent.resolve() != studies.resolve():
        raise BuildError(
            f"the study of a paper is code of the checkout, {files[2].parent}, but the package that runs stands "
            f"in {studies}: run this in the checkout, with PYTHONPATH=src"
        )
    for path in [*files, files[2].with_suffix("")]:
        if path.exists():
            raise ParameterError(f"the name {name} is taken: {path} exists; choose another name")
    orders = _orders(layout)
    given = max(orders, default=0) + STEP if order is None else order
    if given in orders:
        raise ParameterError(
            f"the order {given} is taken by {orders[given]}; taken are {', '.join(map(str, sorted(orders)))}"
        )
    if paper is not None and not re.fullmatch(r"\d{3}", paper):
        raise ParameterError(f"a paper has a number of three digits, such as 005; got {paper!r}")
    heading = "Does it hold?" if title is None else title.strip()
    if not heading or not heading.isprintable():
        raise ParameterError(f"title must be one line of text, got {title!r}")
    toc = layout.root / "_toc.yml"
    contents = _with_line(toc.read_text(encoding="utf-8"), name, given, orders, toc)

    ledger = load_ledger(layout.root)
    check_registration(ledger, layout.root)
    known = {described.id for described in ledger.papers}
    number = _next(known) if paper is None else paper
    words = {
        "described": "" if number in known else DESCRIBED,
        "name": name,
        "dashed": name.replace("_", "-"),
        "paper": number,
        "order": str(given),
        "title": heading,
        "quoted": json.dumps(heading, ensure_ascii=False),  # a text in quotation marks is YAML too
    }
    for path, template in zip(files, (PAGE, CLAIMS, STUDY), strict=True):
        path.write_text(_filled(template, words), encoding="utf-8")
    toc.write_text(contents, encoding="utf-8")
    return Started(files, toc, given, _register(layout.root, number))


def _register(root: Path, paper: str) -> list[str]:
    """Register the claim of the example: a build refuses one that is not. Every other claim is registered already."""
    if not read_registration(root):
        return []
    return register(
        root,
        load_ledger(root),
        date.today().isoformat(),
        what=f"paper {paper}: the example of a new chapter",
        why="the chapter is new; its own claims take the place of the example",
        moved="none",
    )


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise ParameterError(
            f"a chapter's name is the name of a page and of a Python module: lower-case letters, digits and "
            f"underscores, a letter first, no word of Python; got {name!r}"
        )


def _orders(layout: Layout) -> dict[int, str]:
    """Orders that pages have, with the pages."""
    chapters = [read_chapter(page, layout.source(page)) for page in layout.pages()]
    return {chapter.front["order"]: chapter.page for chapter in chapters if chapter.front}


def _next(known: set[str]) -> str:
    return next(f"{number:03}" for number in range(1000) if f"{number:03}" not in known)


def _with_line(text: str, name: str, order: int, orders: dict[int, str], toc: Path) -> str:
    """``_toc.yml`` with the page after the last one of a lower order, else before the first of a higher."""
    lower, higher = [n for n in orders if n < order], [n for n in orders if n > order]
    lines = text.splitlines()
    if lower or higher:
        beside = orders[max(lower)] if lower else orders[min(higher)]
        for number, line in enumerate(lines):
            if found := re.fullmatch(rf"(\s*)- file: {re.escape(beside)}\s*", line):
                lines.insert(number + bool(lower), f"{found[1]}- file: book/{name}")
                return "\n".join(lines) + "\n"
        where = f"no line `- file: {beside}` beside which it could stand"
    else:
        where = "no chapter whose front matter has an order"
    raise BuildError(f"{toc} has {where}; nothing was written")


def _filled(template: str, words: dict[str, str]) -> str:
    for name, word in words.items():  # `described` is first: it holds the others
        template = template.replace(f"@{name}@", word)
    return template


def next_steps(started: Started, layout: Layout) -> str:
    """What was written, and what to do with it."""
    page, claims, study = (path.relative_to(layout.root).as_posix() for path in started.files)
    name = chapter_name(page.removesuffix(".md"))
    return "\n".join(
        [
            f"wrote {page}, {claims} and {study}, and a line in {started.toc.name} (order {started.order})",
            *(f"registered {claim} in book/registration.yml" for claim in started.registered),
            "The example in them can be built as it is: `make book PROFILE=smoke`",
            "Then, in this order:",
            f"  1. {claims}: the paper's claims and its sample, registered before anything is computed:",
            "     `PYTHONPATH=src .venv/bin/python -m portfolio_study register "
            '--what "..." --why "..." --moved "none"`',
            f"  2. {study}: one function for each `measured_by`, with a test below tests/studies",
            f"  3. {page}: the question, the equations, the figures, a sentence for each claim",
            f"  4. `make golden CHAPTERS={name}` stores its results for the regression tests, `make test`",
            "docs/adding-a-paper.md says more.",
        ]
    )
