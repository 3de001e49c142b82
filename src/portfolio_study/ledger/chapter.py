"""How a chapter begins and ends: its data, and the verdicts on its claims."""

from collections.abc import Callable, Mapping
from typing import Any

from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.judge import judge_claims
from portfolio_study.ledger.records import CHAPTER, open_chapter
from portfolio_study.ledger.tables import verdict_table
from portfolio_study.settings import project_root


def begin_chapter(name: str, **request: Any) -> Any:
    """Open a chapter: load its prices, name its records, set the figures' style.

    Parameters
    ----------
    name : str
        Chapter, the prefix of its keys.
    **request
        Passed to `portfolio_study.data.load_prices` (source, universe, start,
        end, path, snapshot).

    Returns
    -------
    PriceHistory
    """
    from portfolio_study.data import load_prices
    from portfolio_study.figures import use_style

    prices = load_prices(**request)
    open_chapter(name, prices.sample())
    use_style()
    return prices


def show_verdicts(chapter: str) -> Any:
    """Judge the claims of the running chapter from the records made so far, as a table.

    Raises
    ------
    LedgerError
        If a claim's data are there and its value was not recorded.
    """
    from IPython.display import HTML

    ledger = load_ledger(project_root()).of_chapter(chapter)
    own = {} if CHAPTER.sample is None else {chapter: CHAPTER.sample}
    rows = judge_claims(ledger, CHAPTER.records, CHAPTER.whole or {}, own)
    return HTML(verdict_table(rows, f"Verdicts of this chapter ({len(ledger.claims)} claims)"))


def claimed(
    prefix: str, found: Mapping[str, Any], words: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """Put results under the sentences that they are evidence for.

    Parameters
    ----------
    prefix : str
        The result `name` was recorded as ``<prefix>.<name>``.
    found : mapping of str to any
        Results by name.
    words : callable, optional
        What a result without a claim is called; default its name with spaces.

    Returns
    -------
    dict of str to any
        The same results by the statement of the claim, with the note of its reading where there
        are several. A result without a claim goes by its name, as does the second of one sentence.
    """
    sentences: dict[str, str] = {}
    for claim in load_ledger(project_root()).claims:
        for reading in claim.readings.values():
            note = f" ({reading.note})" if reading.note and len(claim.readings) > 1 else ""
            sentences.setdefault(reading.measured_by, claim.statement + note)
    named: dict[str, Any] = {}
    for name, result in found.items():
        own = words(name) if words else name.replace("_", " ").replace(".", ", ")
        sentence = sentences.get(f"{prefix}.{name}", own)
        named[own if sentence in named else sentence] = result
    return named
