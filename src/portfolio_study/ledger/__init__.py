"""Claims of the papers, the values measured for them, and the verdicts."""

from portfolio_study.ledger.chapter import begin_chapter, show_verdicts
from portfolio_study.ledger.measures import Measured, figure, measure, measures
from portfolio_study.ledger.records import narrow_chapter, record, record_inference
from portfolio_study.ledger.study import Study, open_chapter

__all__ = [
    "Measured",
    "Study",
    "begin_chapter",
    "figure",
    "measure",
    "measures",
    "narrow_chapter",
    "open_chapter",
    "record",
    "record_inference",
    "show_verdicts",
]
