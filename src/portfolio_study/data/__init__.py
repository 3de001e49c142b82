"""Where prices come from, and what is derived from them without a model."""

from portfolio_study.data.files import file_assets
from portfolio_study.data.history import PriceHistory, latest, log_returns, simple_returns
from portfolio_study.data.load import SOURCES, load_prices
from portfolio_study.data.rsi import RSI_METHODS, rsi
from portfolio_study.data.universe import UNIVERSES, Universe, resolve_universe

__all__ = [
    "RSI_METHODS",
    "SOURCES",
    "UNIVERSES",
    "PriceHistory",
    "Universe",
    "file_assets",
    "latest",
    "load_prices",
    "log_returns",
    "resolve_universe",
    "rsi",
    "simple_returns",
]
