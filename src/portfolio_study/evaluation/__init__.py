"""Backtests, forecast tests and inference on Sharpe ratios."""
