"""Another download of the same prices is recognised; other prices are not."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.publishing.same_data import compare_prints, returns_print

DAYS = pd.bdate_range("2015-01-02", periods=300)


@pytest.fixture
def close():
    steps = np.random.default_rng(5).normal(0, 0.01, (300, 3))
    return pd.DataFrame(50 * np.exp(steps.cumsum(axis=0)), DAYS, ["A", "B", "C"])


def test_a_rescaled_download_is_the_same_data(close):
    later = (close * [0.97, 1.1, 0.5]).round(6)  # later dividends rescale adjusted closes, vendors round them
    likeness = compare_prints(returns_print(close), returns_print(later))
    assert likeness.same and "100.0% of 120 log returns" in likeness.text


def test_a_print_holds_returns_and_no_price(close):
    kept = returns_print(close)
    values = [value for days in kept["returns"].values() for value in days.values()]
    assert len(values) == 120 and max(map(abs, values)) < 0.1 < close.min().min()
    day, value = next(iter(kept["returns"]["B"].items()))
    assert value == pytest.approx(np.log(close["B"]).diff()[day], abs=1e-7)


def test_other_data_are_told_apart(close):
    kept = returns_print(close)
    unadjusted = close * np.where(np.arange(300) % 7 == 0, 0.995, 1)[:, None]
    assert not compare_prints(kept, returns_print(unadjusted)).same
    assert compare_prints(kept, returns_print(close[["A", "B"]])).text == "without C"
    shorter = compare_prints(kept, returns_print(close.iloc[:-1]))
    assert not shorter.same and shorter.text.startswith("last: ")


def test_a_single_corrected_price_does_not_matter(close):
    corrected = close.copy()
    corrected.iloc[150, 1] *= 1.01
    assert compare_prints(returns_print(close), returns_print(corrected)).same
