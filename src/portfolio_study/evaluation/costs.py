"""What a trade costs where strategies are compared after costs; `backtest` deducts it.

The chapters say "10 basis points" in captions, in labels of tables and on their pages too.
"""

COST = 10.0
"""Basis points of the amount that is traded, the same for every asset."""
