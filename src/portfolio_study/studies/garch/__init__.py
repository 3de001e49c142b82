"""Paper 000, volatilities and covariances: does GARCH(1,1) on 50 returns see tomorrow's risk?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.garch import measures
from portfolio_study.studies.garch.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
