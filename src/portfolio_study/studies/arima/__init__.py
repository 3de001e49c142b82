"""Paper 000, ARIMA: does the recent past of a stock forecast its next return?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.arima import measures
from portfolio_study.studies.arima.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
