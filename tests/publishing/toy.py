"""A whole project with two tiny chapters, in a temporary folder."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HEAD = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""

INDEX = f"""{HEAD}(index)=
# A toy study

```{{code-cell}} ipython3
:tags: [parameters, remove-cell]
ledger = None
```

```{{code-cell}} ipython3
:tags: [remove-cell]
import json
content = json.load(open(ledger))
print(len(content["verdicts"]), content["run"]["profile"])
```

This page introduces a toy study with two chapters; the first is [alpha](alpha.md) and the second is
[beta](beta.md). It says enough words to count as a page that a person might want to read.
"""

ALPHA = f"""{HEAD}(alpha)=
# Alpha

```{{code-cell}} ipython3
:tags: [parameters]
source = "packaged"
universe = None
start = None
end = None
path = None
snapshot = None
window = 50  # observations
```

The first chapter of the toy study multiplies a number by two, which is a computation of the kind
that a kernel must do once and never again while nothing but the prose changes.
$x^2 + \\alpha$ is an inline formula.

```{{code-cell}} ipython3
from myst_nb import glue
doubled = 2 * window
glue("alpha.doubled", doubled, display=False)
```

## Result

Twice the window is {{glue:text}}`alpha.doubled`.

```{{code-cell}} ipython3
---
mystnb:
  image: {{alt: "A rising line over the first ten whole numbers"}}
  figure: {{caption: "A line.", name: fig-alpha-line}}
---
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(3, 2))
ax.plot(range(10))
plt.show()
```
"""

BETA = f"""{HEAD}(beta)=
# Beta

```{{code-cell}} ipython3
:tags: [parameters]
source = "packaged"
universe = None
start = None
end = None
path = None
snapshot = None
shift = 1
```

The second chapter of the toy study adds a number to three and displays the sum, so that there is
something to see besides the words of this paragraph. See {{numref}}`fig-alpha-line`.

```{{code-cell}} ipython3
3 + shift
```
"""

PROFILES = {
    "smoke": "run: {source: packaged, universe: AAPL JPM, start: 2015-01-01, end: 2015-12-31, "
    "chapters_at_a_time: 2}\nalpha: {window: 20}\n",
    "study": "run: {source: packaged}\n",
}

TOC = """format: jb-book
root: book/index
parts:
  - caption: Chapters
    chapters:
      - file: book/alpha
      - file: book/beta
"""


def write_toy(root: Path) -> Path:
    """Write the project and return its folder."""
    (root / "book" / "profiles").mkdir(parents=True)
    shutil.copyfile(ROOT / "_config.yml", root / "_config.yml")
    shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
    (root / "_toc.yml").write_text(TOC)
    (root / "requirements.lock").write_text("numpy==2.4.6\n")
    (root / "book" / "references.bib").write_text("")
    for name, text in {"index": INDEX, "alpha": ALPHA, "beta": BETA}.items():
        (root / "book" / f"{name}.md").write_text(text)
    for name, text in PROFILES.items():
        (root / "book" / "profiles" / f"{name}.yml").write_text(text)
    return root
