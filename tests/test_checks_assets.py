"""Bad covariances, means and bounds: every message names the asset or the constraint."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import equal_risk_contribution, equal_weight, gmv_closed_form
from portfolio_study.allocation.weights import fully_invested
from portfolio_study.checks import (
    FEW_OBSERVATIONS,
    as_bounds,
    as_covariance,
    as_groups,
    as_returns,
    as_vector,
    square_frame,
)
from portfolio_study.errors import CovarianceError, DataError, OptimisationError, ParameterError
from portfolio_study.risk import estimate_covariance

NAMES = list("ABC")
GOOD = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])


def frame(values):
    return pd.DataFrame(values, NAMES, NAMES)


def changed(i, j, value):
    bad = GOOD.copy()
    bad[i, j] = value
    return bad


@pytest.mark.parametrize(
    ("cov", "match"),
    [
        (frame(changed(0, 1, 0.02)), "not symmetric.*'A'.*'B'.*0.02"),
        (frame(changed(1, 2, np.nan)), "NaN.*'B'"),
        (frame(changed(1, 2, np.inf)), "infinite.*'B'"),
        (frame(changed(2, 2, 0.0)), "'C' .0.*leave them out"),
        (frame(changed(2, 2, -1.0)), "'C' .-1"),
        (GOOD[:2], "square"),
        (GOOD[0], "square"),
        ([["a", "b"], ["c", "d"]], "matrix of numbers"),
        ([[0.04]], "at least two assets, got 1"),
        (pd.DataFrame(GOOD, NAMES, list("ABD")), "different labels"),
        (
            np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]),
            "not positive semi-definite.*eigenvalue -0.8.*asset",
        ),
    ],
)
def test_bad_covariance_is_named(cov, match):
    with pytest.raises(CovarianceError, match=match):
        equal_weight(cov)


def test_singular_covariance_lists_estimators_that_work():
    x = np.random.default_rng(0).normal(size=(5, 8))
    cov = np.cov(x, rowvar=False)
    with pytest.raises(CovarianceError, match=r"singular \(rank 4.*ledoit_wolf"):
        gmv_closed_form(cov)
    assert equal_weight(cov).sum() == pytest.approx(1)


@pytest.mark.parametrize("estimator", FEW_OBSERVATIONS.split(", "))
def test_estimators_named_in_that_message_do_work(estimator):
    rng = np.random.default_rng(1)
    loadings = rng.normal(size=(30, 30))
    x = 0.01 * rng.normal(size=(15, 30)) @ loadings
    cov = estimate_covariance(x, estimator)
    assert gmv_closed_form(cov).sum() == pytest.approx(1)
    assert equal_risk_contribution(cov).min() > 0


def test_tiny_asymmetry_is_rounding():
    matrix = as_covariance(changed(0, 1, 0.01 + 1e-14)).matrix
    assert matrix[0, 1] == matrix[1, 0] == pytest.approx(0.01, abs=1e-13)


def test_vectors():
    cov = as_covariance(frame(GOOD))
    np.testing.assert_array_equal(as_vector(pd.Series([3, 1, 2], list("CAB")), cov, "mean"), [1, 2, 3])
    with pytest.raises(ParameterError, match=r"different assets .only in covariance: 'C'"):
        as_vector(pd.Series([1, 2], list("AB")), cov, "mean")
    with pytest.raises(ParameterError, match="mean of 'B'"):
        as_vector([1, np.nan, 2], cov, "mean")


def test_bounds():
    cov = as_covariance(frame(GOOD))
    lower, upper = as_bounds((None, pd.Series([0.5, 0.6, 0.7], list("CAB"))), cov)
    assert np.isneginf(lower).all()
    np.testing.assert_array_equal(upper, [0.6, 0.7, 0.5])
    with pytest.raises(ParameterError, match="each of 3 assets"):
        as_bounds(([0, 0], 1), cov)
    with pytest.raises(ParameterError, match="NaN"):
        as_bounds((np.nan, 1), cov)


def test_weights_that_cannot_sum_to_one_never_leave():
    with pytest.raises(OptimisationError, match="test: the solution adds up to 0"):
        fully_invested(np.array([1.0, -1.0]), "test")
    with pytest.raises(OptimisationError, match="cannot be fully invested"):
        fully_invested(np.array([1.0, np.nan]), "test")


def test_sides_of_a_covariance_in_another_order_are_put_in_order():
    turned = frame(GOOD).loc[list("CAB")]
    checked = as_covariance(turned)
    np.testing.assert_array_equal(checked.matrix, GOOD)
    assert list(checked.labels) == NAMES
    pd.testing.assert_frame_equal(square_frame(turned, "covariance"), frame(GOOD))
    with pytest.raises(CovarianceError, match="'A' more than once"):
        as_covariance(pd.DataFrame(GOOD, list("ABA"), list("ABA")))


def test_text_is_no_covariance_and_no_weight():
    with pytest.raises(CovarianceError, match=r"'0\.04' is not a number"):
        as_covariance(frame(GOOD).astype(str))
    with pytest.raises(ParameterError, match="weights: '1' is not a number"):
        as_vector(pd.Series(["1", "2", "3"], NAMES), as_covariance(frame(GOOD)), "weights")


def test_vectors_by_label_in_every_form():
    cov = as_covariance(frame(GOOD))
    for given in (
        pd.Series([3, 1, 2], list("CAB")),
        {"C": 3, "A": 1, "B": 2},
        pd.DataFrame({"mean": [3, 1, 2]}, list("CAB")),
        [1, 2, 3],
    ):
        np.testing.assert_array_equal(as_vector(given, cov, "mean"), [1, 2, 3])
    with pytest.raises(ParameterError, match="'A' more than once"):
        as_vector(pd.Series([1, 2, 3], list("AAB")), cov, "mean")
    with pytest.raises(ParameterError, match="only in covariance: 'C'; only in mean: 'D'"):
        as_vector(pd.Series([1, 2, 3], list("ABD")), cov, "mean")
    with pytest.raises(ParameterError, match="only in bounds: 'D'"):
        as_bounds((0, pd.Series(1.0, list("ABCD"))), cov)
    assert as_groups(pd.Series(list("xyz"), list("CAB")), cov) == ["y", "z", "x"]
    assert as_groups({"C": 1, "A": 2, "B": 3}, cov) == [2, 3, 1]
    with pytest.raises(ParameterError, match="a group for each of 3 assets, got 2"):
        as_groups(["x", "y"], cov)


def test_panels():
    dates = pd.bdate_range("2021-01-01", periods=4)
    returns = pd.DataFrame([[0.1, 0.2], [0.0, -0.1], [0.2, 0.1], [0.3, 0.0]], dates, ["A", "B"])
    panel = as_returns(returns)
    assert (panel.length, panel.size, list(panel.labels)) == (4, 2, ["A", "B"])
    assert panel.rows.equals(dates)
    with pytest.raises(DataError, match=r"order of time.*2021-01-05, follows 2021-01-06"):
        as_returns(returns.iloc[::-1])
    with pytest.raises(DataError, match="return of 'B' at 2021-01-04 is not a finite"):
        as_returns(returns.replace(-0.1, np.nan))
    with pytest.raises(DataError, match="column 'A' more than once"):
        as_returns(returns.set_axis(["A", "A"], axis=1))
    with pytest.raises(DataError, match=r"returns: '0\.1' is not a number"):
        as_returns(returns.astype(str))
