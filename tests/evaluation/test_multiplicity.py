import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from portfolio_study.errors import DataError
from portfolio_study.evaluation.multiplicity import benjamini_hochberg, holm

METHODS = [(holm, "holm"), (benjamini_hochberg, "fdr_bh")]


@pytest.mark.parametrize(("ours", "name"), METHODS)
@settings(max_examples=8, deadline=None)  # the peer collects garbage at each call
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_match_statsmodels(ours, name, p):
    assert ours(p) == pytest.approx(multipletests(p, method=name)[1], abs=1e-12)


def test_holm_by_hand_keeps_labels_and_order():
    p = pd.Series([0.04, 0.01, 0.03], index=["AXP", "BA", "CAT"])
    adjusted = holm(p)
    assert adjusted.to_dict() == pytest.approx({"AXP": 0.06, "BA": 0.03, "CAT": 0.06})


@pytest.mark.parametrize("bad", [[0.1, np.nan], [1.2], [-0.1], []])
def test_p_values_must_be_probabilities(bad):
    for method, _ in METHODS:
        with pytest.raises(DataError, match="between 0 and 1"):
            method(bad)
