"""How a chapter begins and ends: its data, and the verdicts on its claims."""

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
