"""Estimators by name, bad returns, and properties that all estimators share."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.checks.estimators import ESTIMATOR_NAMES, FEW_OBSERVATIONS
from portfolio_study.errors import (
    CovarianceError,
    DataError,
    ParameterError,
    StudyError,
    UnknownNameError,
)
from portfolio_study.risk import ESTIMATORS, estimate_covariance, sample_covariance


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    values = 0.01 * rng.standard_t(5, (250, 8)) * np.linspace(0.5, 2, 8) + 0.01 * rng.standard_t(5, (250, 1))
    return pd.DataFrame(values, pd.bdate_range("2020-01-01", periods=250), [f"T{i}" for i in range(8)])


def test_every_name_has_a_function_and_words():
    assert list(ESTIMATORS) == list(ESTIMATOR_NAMES)
    assert all(about.name == name and about.label and about.remedy for name, about in ESTIMATOR_NAMES.items())
    assert len({about.label for about in ESTIMATOR_NAMES.values()}) == len(ESTIMATOR_NAMES)


def test_sample_covariance(sixty_days, golden):
    np.testing.assert_allclose(
        sample_covariance(sixty_days), golden("sixty_day_estimates")["S_unbiased"], atol=1e-16
    )
    pd.testing.assert_frame_equal(sample_covariance(sixty_days), sixty_days.cov())
    np.testing.assert_allclose(sixty_days.iloc[0], golden("sixty_day_estimates")["X_first_row"], atol=1e-12)


@pytest.mark.parametrize("method", ESTIMATORS)
def test_every_estimate_is_symmetric_definite_and_labelled(method, panel):
    cov = estimate_covariance(panel, method)
    assert list(cov.index) == list(cov.columns) == list(panel.columns)
    values = cov.to_numpy()
    np.testing.assert_array_equal(values, values.T)
    assert np.linalg.eigvalsh(values)[0] > 0
    np.testing.assert_allclose(estimate_covariance(panel.to_numpy(), method), values, rtol=1e-9)
    # all of them estimate the same thing: volatilities within a factor of two
    if method != "semicovariance":
        ratio = np.sqrt(values.diagonal()) / panel.std()
        assert ((ratio > 0.5) & (ratio < 2)).all()


@pytest.mark.parametrize("method", ESTIMATORS)
def test_every_estimate_scales_with_the_returns(method, panel):
    one, thousand = estimate_covariance(panel, method), estimate_covariance(panel * 1000, method)
    np.testing.assert_allclose(thousand, one * 1e6, rtol=1e-6)


@pytest.mark.parametrize("method", ESTIMATORS)
def test_order_of_assets_does_not_matter(method, panel):
    order = [f"T{i}" for i in (5, 2, 7, 0, 1, 6, 4, 3)]
    moved = estimate_covariance(panel[order], method).loc[panel.columns, panel.columns]
    np.testing.assert_allclose(moved, estimate_covariance(panel, method), rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("method", FEW_OBSERVATIONS.split(", "))
def test_estimators_for_few_observations_are_invertible(method):
    x = np.random.default_rng(1).normal(size=(12, 20)) + np.random.default_rng(2).normal(size=(12, 1))
    assert np.linalg.eigvalsh(np.asarray(estimate_covariance(x, method)))[0] > 1e-8


@pytest.mark.parametrize("method", sorted(set(ESTIMATORS) - set(FEW_OBSERVATIONS.split(", "))))
def test_the_others_do_not_hand_out_singular_matrices(method):
    x = np.random.default_rng(1).normal(size=(12, 20)) + np.random.default_rng(2).normal(size=(12, 1))
    try:
        cov = np.asarray(estimate_covariance(x, method))
    except StudyError:
        return
    # these answer with a singular or with a definite matrix; an optimiser then decides
    from portfolio_study.allocation import gmv_closed_form

    if np.linalg.eigvalsh(cov)[0] < 1e-12:
        with pytest.raises(CovarianceError, match="singular"):
            gmv_closed_form(cov)
    else:
        assert gmv_closed_form(cov).sum() == pytest.approx(1)


def test_too_few_observations_list_what_still_works():
    x = np.random.default_rng(0).normal(size=(8, 8))
    with pytest.raises(CovarianceError, match=r"at least 9 are needed.*ledoit_wolf.*mrcd"):
        sample_covariance(x)
    assert np.linalg.matrix_rank(sample_covariance(x, allow_singular=True)) == 7


@pytest.mark.parametrize("method", ESTIMATORS)
@pytest.mark.parametrize(
    ("spoil", "error", "match"),
    [
        (
            lambda p: p.mask((p.index == p.index[3])[:, None] & (p.columns == "T2")),
            DataError,
            "'T2'.*2020-01-06",
        ),
        (lambda p: p.assign(T4=0.0), CovarianceError, "without variance: 'T4'"),
        (lambda p: p[["T0"]], CovarianceError, "two assets"),
        (lambda p: p.iloc[:1], CovarianceError, "observations"),
        (lambda p: p["T0"], DataError, "T x N"),
        (lambda p: p.astype(str) + "x", DataError, "numbers"),
    ],
    ids=["nan", "constant", "one asset", "one row", "series", "text"],
)
def test_bad_returns_are_named(method, spoil, error, match, panel):
    with pytest.raises(error, match=match):
        estimate_covariance(spoil(panel), method)


def test_unknown_names_and_options(panel):
    with pytest.raises(UnknownNameError, match="did you mean 'ledoit_wolf'"):
        estimate_covariance(panel, "ledoitwolf")
    with pytest.raises(ParameterError, match=r"'ewma'.*lambda_"):
        estimate_covariance(panel, "ewma", lambda_=0.9)
