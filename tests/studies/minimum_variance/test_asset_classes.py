from types import SimpleNamespace

import numpy as np
import pandas as pd

from portfolio_study.studies.minimum_variance.asset_classes import STOCK_FUNDS, calmer_together


def test_a_mix_is_held_against_each_stock_fund():
    days = pd.bdate_range("2010-01-01", periods=400)
    common = np.random.default_rng(1).normal(0, 0.01, 400)
    own = np.random.default_rng(2).normal(0, 0.002, 400)
    moves = pd.DataFrame(
        {"SPY": 0.5 * common, "IWM": common + own, "EEM": 2 * common - own, "AGG": 0 * common}, days
    )
    history = SimpleNamespace(close=(1 + moves).cumprod())
    assert calmer_together(history, STOCK_FUNDS) == {"SPY": False, "IWM": False, "EEM": True}
    assert calmer_together(history, (*STOCK_FUNDS, "AGG")) == {"SPY": False, "IWM": True, "EEM": True}
