"""Paper 000, LSTM: do the networks forecast the next return better than ARIMA, means and zero?"""

from portfolio_study.data import load_prices
from portfolio_study.studies.lstm import measures
from portfolio_study.studies.lstm.experiment import Experiment

__all__ = ["Experiment", "load_prices", "measures"]
