"""Paper 004: does learning the parameters on the way raise the frontier of a multi-period investor?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.bayesian_multi_period import measures
from portfolio_study.studies.bayesian_multi_period.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
