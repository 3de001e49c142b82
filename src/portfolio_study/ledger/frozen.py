"""What is run on days after the papers is frozen before them: the rows of ``book/frozen.yml``.

A row names, by a hash each, what the strategies and forecasts are: their code, the rules of the verdicts,
and the headline claims that they test. Code that only loads prices, checks input or draws does not count.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study import store
from portfolio_study.errors import LedgerError, ParameterError, needing
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.registration import LENGTH, hashes
from portfolio_study.yaml_text import read_yaml

with needing("book"):
    import yaml

STRATEGIES = ("portfolio_study.studies.since",)
"""Modules whose code is frozen, with all that they reach in `LAYERS`."""
LAYERS = ("forecasting", "risk", "allocation", "evaluation", "studies")
RULES = ("ledger/rules.py",)
PARTS = ("code", "rules", "claims")
FIELDS = ("date", "tag", "what", "why", *PARTS)
HEAD = """# What is run on days after the papers, frozen: strategies and forecasts, verdict rules, headline claims, each
# as a hash. A change of one needs a row: `python -m portfolio_study freeze --what ... --why ...`.
"""


def present(root: Path) -> dict[str, str]:
    """Hashes of code, rules and claims as they are now, by the names in `PARTS`."""
    reached = store.import_closure(*STRATEGIES)
    code = [file for file in reached if file.relative_to(store.PACKAGE).parts[0] in LAYERS]
    ledger = load_ledger(root)
    judged = hashes(ledger)
    claims = {claim.id: judged[claim.id] for claim in ledger.claims if claim.headline}
    return {
        "code": store.files_key(code)[:LENGTH],
        "rules": store.files_key(store.PACKAGE / name for name in RULES)[:LENGTH],
        "claims": store.fingerprint(claims)[:LENGTH],
    }


def read_frozen(root: Path) -> list[dict[str, Any]]:
    """Rows of ``book/frozen.yml`` in the order of time; none where there is no such file.

    Raises
    ------
    LedgerError
        If a row lacks one of its fields, or the dates go backwards.
    """
    path = root / "book" / "frozen.yml"
    if not path.is_file():
        return []
    rows: list[dict[str, Any]] = read_yaml(path, LedgerError) or []
    for number, row in enumerate(rows, 1):
        if lacking := [name for name in FIELDS if name not in row]:
            raise LedgerError(f"{path}: row {number} lacks `{lacking[0]}`")
    if [row["date"] for row in rows] != sorted(row["date"] for row in rows):
        raise LedgerError(f"{path}: the dates of the rows go backwards")
    return rows


def moved(root: Path) -> list[str]:
    """Names of the parts that are no longer those of the last row; all of them where nothing is frozen."""
    rows, now = read_frozen(root), present(root)
    return [part for part in PARTS if not rows or rows[-1][part] != now[part]]


def freeze(root: Path, date: str, what: str, why: str) -> list[str]:
    """Add a row for what moved; the first call freezes everything.

    Parameters
    ----------
    root : Path
        The checkout.
    date, what, why : str
        The day, what was changed, and why.

    Returns
    -------
    list of str
        The parts that moved.

    Raises
    ------
    ParameterError
        If what or why is empty, or nothing moved.
    """
    for name, text in (("what", what), ("why", why)):
        if not text.strip():
            raise ParameterError(f"a change of what is frozen must say {name}")
    parts = moved(root)
    if not parts:
        raise ParameterError("code, rules and claims are those that are frozen already")
    rows = read_frozen(root)
    row = {"date": date, "tag": f"frozen-{len(rows) + 1}", "what": what, "why": why, **present(root)}
    text = HEAD + yaml.safe_dump([*rows, row], sort_keys=False, width=110, allow_unicode=True)
    path = root / "book" / "frozen.yml"
    scratch = path.with_suffix(".tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
    return parts


def frozen_table(root: Path) -> pd.DataFrame:
    """Every row, newest first: what was frozen when, why, and whether it is what this build runs."""
    rows, parts = read_frozen(root), moved(root)
    said = ["an earlier version"] * len(rows)
    if rows:
        others = f"runs other {' and '.join(parts)}: what it shows is no test of this row"
        said[-1] = others if parts else "runs this"
    table = pd.DataFrame(
        {
            "frozen": [str(row["date"]) for row in rows],
            "what": [row["what"] for row in rows],
            "why": [row["why"] for row in rows],
            "code, rules, claims": [", ".join(str(row[part]) for part in PARTS) for row in rows],
            "this build": said,
        },
        index=pd.Index([row["tag"] for row in rows], name="tag"),
    )
    return table.iloc[::-1]
