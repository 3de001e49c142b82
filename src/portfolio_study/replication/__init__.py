"""Claims of the papers, the values measured for them, and the verdicts."""

from portfolio_study.replication.chapter import begin_chapter, claimed, show_verdicts
from portfolio_study.replication.records import narrow_chapter, record, record_inference

__all__ = ["begin_chapter", "claimed", "narrow_chapter", "record", "record_inference", "show_verdicts"]
