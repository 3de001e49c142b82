"""Paper 003, CC-VaR: is the ordering optimal, and is the promise kept on real prices?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.cc_var import measures
from portfolio_study.studies.cc_var.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
