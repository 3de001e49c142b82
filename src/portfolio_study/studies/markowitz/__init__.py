"""Paper 000, portfolio optimisation: do LSTM means and GARCH covariances raise the Sharpe ratio?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.markowitz import measures
from portfolio_study.studies.markowitz.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
