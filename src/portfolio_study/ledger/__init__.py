"""Claims of the papers, the values measured for them, and the verdicts."""

from portfolio_study.ledger.measures import Lacking, Measured, figure, measure, measures
from portfolio_study.ledger.records import paste
from portfolio_study.ledger.study import Study, open_chapter

__all__ = ["Lacking", "Measured", "Study", "figure", "measure", "measures", "open_chapter", "paste"]
