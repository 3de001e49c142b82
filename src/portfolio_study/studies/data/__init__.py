"""Paper 000, data collection and analysis: do the statements about the data hold?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.data import measures
from portfolio_study.studies.data.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
