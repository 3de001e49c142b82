"""The registry of methods: labels, sums, signs and names."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import METHODS, allocate, gmv_closed_form
from portfolio_study.errors import StudyError, UnknownNameError


def test_there_are_at_least_eighteen_methods():
    assert len(METHODS) >= 18
    assert all(name == rule.name for name, rule in METHODS.items())
    assert len({rule.label for rule in METHODS.values()}) == len(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_fully_invested_labelled_and_keeps_its_promise(name, random_covariance):
    rng = np.random.default_rng(0)
    for size in (2, 5, 20):
        labels = [f"asset{i}" for i in range(size)]
        cov = pd.DataFrame(random_covariance(rng, size), labels, labels)
        w = allocate(name, cov)
        assert list(w.index) == labels
        assert w.sum() == pytest.approx(1, abs=1e-9)
        assert np.isfinite(w).all()
        if METHODS[name].long_only:
            assert w.min() >= 0
        np.testing.assert_allclose(allocate(name, cov.to_numpy()), w, atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_no_method_beats_minimum_variance_in_variance(name, random_covariance):
    cov = random_covariance(np.random.default_rng(1), 12)
    w, best = np.asarray(allocate(name, cov)), gmv_closed_form(cov)
    assert w @ cov @ w >= best @ cov @ best - 1e-15


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "bad",
    [
        np.array([[1.0, np.nan], [np.nan, 1.0]]),
        np.array([[1.0, 0.5], [0.4, 1.0]]),
        np.array([[1.0, 2.0], [2.0, 1.0]]),
        np.array([[1.0, 0.0], [0.0, 0.0]]),
        np.array([[1.0]]),
    ],
    ids=["nan", "asymmetric", "indefinite", "no variance", "one asset"],
)
def test_every_method_refuses_bad_covariances(name, bad):
    with pytest.raises(StudyError):
        allocate(name, bad)


def test_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'max_diversification'"):
        allocate("max_diversifcation", np.eye(2))
