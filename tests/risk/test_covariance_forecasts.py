"""D R D, its broken reading, and covariances that roll."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import CovarianceError, DataError, UnknownNameError
from portfolio_study.risk.covariance_forecasts import (
    broadcast_covariance,
    covariance_from_volatility,
    garch_covariances,
    most_assets,
    rolling_correlation,
    rolling_covariance,
    rolling_ewma_covariance,
)
from portfolio_study.risk.garch import rolling_garch


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = (
        0.01
        * lcg_normal(288, 13).reshape(72, 4)
        @ np.array([[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 2, 1], [0, 0, 0, 1]])
    )
    return pd.DataFrame(values, index=pd.bdate_range("2022-01-03", periods=72), columns=list("ABCD"))


def test_golden(golden):
    known = golden("prices_and_forecasts")["DRD"]
    r, s = np.array(known["R"]), np.array(known["sigma"])
    cov = covariance_from_volatility(r, s)
    np.testing.assert_allclose(cov, known["DRD"], atol=1e-18)
    assert np.linalg.eigvalsh(cov)[0] == pytest.approx(known["eig_min_DRD"], abs=1e-15)
    w = np.array([0.5, 0.3, 0.2])
    assert w @ cov @ w == pytest.approx(known["var_w"], abs=1e-15)
    np.testing.assert_allclose(broadcast_covariance(r, s), known["R_times_sigma_broadcast_cols"], atol=1e-15)
    np.testing.assert_allclose(broadcast_covariance(r, s, "rows"), known["R_times_sigma_rows"], atol=1e-15)
    literal = broadcast_covariance(r, s)
    assert np.abs(literal - literal.T).max() == pytest.approx(known["asym_max"], abs=1e-15)
    assert w @ literal @ w == pytest.approx(known["quad_broadcast_w"], abs=1e-15)
    both = np.linalg.eigvalsh(broadcast_covariance(r, s, "symmetrised"))
    np.testing.assert_allclose(both, known["sym_broadcast_eigs"], atol=1e-12)


def test_elementwise_product_is_no_covariance(golden):
    """Counterexample to the literal reading of Algorithm 2: asymmetric, and indefinite when symmetrised."""
    known = golden("prices_and_forecasts")["broadcast_nonPSD_example"]
    r, s = np.array(known["R"], dtype=float), np.array(known["sigma"])
    literal = broadcast_covariance(r, s)
    assert not np.allclose(literal, literal.T)
    assert not np.allclose(np.diag(literal), s**2)
    eigenvalues = np.linalg.eigvalsh(broadcast_covariance(r, s, "symmetrised"))
    np.testing.assert_allclose(eigenvalues, known["sym_eigs"], atol=1e-12)
    assert eigenvalues[0] < 0 < np.linalg.eigvalsh(covariance_from_volatility(r, s))[0]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 6), scale=st.floats(0.1, 10))
def test_properties_of_the_product(seed, n, scale):
    generator = np.random.default_rng(seed)
    r = np.corrcoef(generator.standard_normal((n, 3 * n + 5)))
    r = (r + r.T) / 2
    np.fill_diagonal(r, 1.0)
    s = generator.uniform(0.001, 0.1, n)
    cov = covariance_from_volatility(r, s)
    np.testing.assert_allclose(np.sqrt(np.diag(cov)), s, rtol=1e-12)
    np.testing.assert_array_equal(cov, cov.T)
    np.testing.assert_allclose(covariance_from_volatility(r, scale * s), scale**2 * cov, rtol=1e-12)
    np.testing.assert_allclose(np.diag(s) @ r @ np.diag(s), cov, rtol=1e-12)
    assert np.linalg.eigvalsh(cov)[0] > 0


def test_a_stack_is_done_matrix_by_matrix(returns):
    r = rolling_correlation(returns, 30)
    s = np.abs(np.random.default_rng(0).normal(0.01, 0.002, (len(r), 4))) + 0.001
    stack, literal = covariance_from_volatility(r, s), broadcast_covariance(r, s)
    for t in (0, 17, len(r) - 1):
        np.testing.assert_array_equal(stack[t], covariance_from_volatility(r[t], s[t]))
        np.testing.assert_array_equal(literal[t], broadcast_covariance(r[t], s[t]))


def test_labels_are_kept_and_checked():
    r = pd.DataFrame([[1, 0.2], [0.2, 1]], index=["A", "B"], columns=["A", "B"])
    cov = covariance_from_volatility(r, pd.Series([0.1, 0.2], index=["A", "B"]))
    assert list(cov.index) == list(cov.columns) == ["A", "B"]
    # Labels decide, whatever their order.
    pd.testing.assert_frame_equal(covariance_from_volatility(r, pd.Series([0.2, 0.1], ["B", "A"])), cov)
    turned = covariance_from_volatility(r.loc[["B", "A"]], pd.Series([0.1, 0.2], ["A", "B"]))
    pd.testing.assert_frame_equal(turned, cov)
    with pytest.raises(CovarianceError, match=r"different assets .only in correlation: 'B'.*'C'"):
        covariance_from_volatility(r, pd.Series([0.1, 0.2], index=["A", "C"]))
    with pytest.raises(CovarianceError, match=r"volatility of B is 0\.0"):
        covariance_from_volatility(r, pd.Series([0.1, 0.0], index=["A", "B"]))


@pytest.mark.parametrize(
    ("r", "s", "message"),
    [
        ([[1, 0.5], [0.4, 1]], [0.1, 0.1], "symmetric"),
        ([[1, np.nan], [np.nan, 1]], [0.1, 0.1], "symmetric"),
        ([[1, 1.5], [1.5, 1]], [0.1, 0.1], "between -1 and 1"),
        ([[2, 0.5], [0.5, 1]], [0.1, 0.1], "ones on its diagonal"),
        ([[1, 0.5], [0.5, 1]], [0.1], "shape"),
        ([[1, 0.5], [0.5, 1]], [0.1, np.nan], "positive and finite"),
        ([1, 0.5], [0.1, 0.1], "shape"),
    ],
)
def test_bad_matrices(r, s, message):
    with pytest.raises(CovarianceError, match=message):
        covariance_from_volatility(r, s)


def test_unknown_reading():
    with pytest.raises(UnknownNameError, match="reading 'diagonal'"):
        broadcast_covariance(np.eye(2), np.ones(2), "diagonal")


def test_rolling_covariance_is_numpys(returns):
    cov, corr = rolling_covariance(returns, 50), rolling_correlation(returns, 50)
    assert cov.shape == (22, 4, 4)
    for k in (0, 11, 21):
        window = returns.iloc[k : k + 50].to_numpy()
        np.testing.assert_allclose(cov[k], np.cov(window.T), rtol=1e-12)
        np.testing.assert_allclose(corr[k], np.corrcoef(window.T), rtol=1e-10, atol=1e-12)


def test_more_rows_than_one_block(monkeypatch, returns):
    whole = rolling_covariance(returns, 20)
    monkeypatch.setattr("portfolio_study.risk.covariance_forecasts._BLOCK", 7)
    np.testing.assert_array_equal(rolling_covariance(returns, 20), whole)


def test_ewma_covariance_recursion(returns):
    h, x = rolling_ewma_covariance(returns, 0.9, 30), returns.to_numpy()
    np.testing.assert_allclose(h[0], x[:30].T @ x[:30] / 30)
    np.testing.assert_allclose(h[1], 0.9 * h[0] + 0.1 * np.outer(x[30], x[30]))
    assert len(h) == len(returns) - 30
    with pytest.raises(CovarianceError, match="decay"):
        rolling_ewma_covariance(returns, 0.0)


def test_garch_covariances(returns):
    fitted = rolling_garch(returns, 50)
    stack = garch_covariances(returns, 50)
    assert stack.shape == (22, 4, 4)
    sd = np.sqrt(np.diagonal(stack, axis1=1, axis2=2))
    np.testing.assert_allclose(sd, fitted.volatility, rtol=1e-12)
    k = 9
    corr = np.corrcoef(returns.iloc[k : k + 50].to_numpy().T)
    np.testing.assert_allclose(stack[k] / np.outer(sd[k], sd[k]), corr, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(garch_covariances(returns, 50, fitted.volatility), stack)
    shorter = garch_covariances(returns, 50, fitted.volatility, correlation_window=20)
    assert len(shorter) == 22
    longer = garch_covariances(returns, 20, correlation_window=50)
    assert len(longer) == 22


def test_garch_covariances_do_not_see_their_own_day(returns):
    changed = returns.copy()
    changed.iloc[60] *= 8
    before, after = garch_covariances(returns, 50), garch_covariances(changed, 50)
    np.testing.assert_array_equal(before[:11], after[:11])
    assert not np.allclose(before[11], after[11])


def test_foreign_volatility_is_refused(returns):
    volatility = rolling_garch(returns, 50).volatility
    same = garch_covariances(returns, 50, volatility[["B", "A", "C", "D"]])
    np.testing.assert_array_equal(same, garch_covariances(returns, 50, volatility))
    with pytest.raises(DataError, match="different columns: D only in returns; E only in volatility"):
        garch_covariances(returns, 50, volatility.rename(columns={"D": "E"}))
    with pytest.raises(DataError, match="volatility has no row for 2022"):
        garch_covariances(returns, 50, volatility.set_axis(volatility.index + pd.Timedelta(days=3650)))


def test_constant_price_has_no_correlation(returns):
    flat = returns.copy()
    flat.loc[flat.index[2:40], "C"] = 0.0
    with pytest.raises(CovarianceError, match="C does not vary in the 30 periods up to 2022-02-15"):
        rolling_correlation(flat, 30)
    with pytest.raises(DataError, match="72 rows, at least 73"):
        rolling_correlation(returns, 72)


@pytest.mark.parametrize("window", [5, 20, 50, 250])
def test_a_window_carries_the_assets_that_it_is_said_to_carry(window):
    returns = pd.DataFrame(np.random.default_rng(window).normal(size=(window + 30, most_assets(window))))
    for matrix in rolling_covariance(returns, window):
        values = np.linalg.eigvalsh(matrix)
        assert values[0] > values[-1] / 1e4
    assert most_assets(50) == 30 and most_assets(2) == 2
