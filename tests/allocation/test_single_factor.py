"""One-factor closed forms against golden values and the general solvers."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import (
    equal_risk_contribution,
    max_diversification,
    minimum_variance,
    single_factor_covariance,
    single_factor_equal_risk,
    single_factor_max_diversification,
    single_factor_minimum_variance,
    threshold_beta,
)
from portfolio_study.errors import CovarianceError, ParameterError


@pytest.fixture
def model(golden):
    example = golden("four_asset_portfolios")["CDT"]
    return example, (np.array(example["beta"]), example["sigma_m"] ** 2, np.array(example["sigma_e"]) ** 2)


def test_covariance_thresholds_and_weights(model):
    example, m = model
    np.testing.assert_allclose(single_factor_covariance(*m), example["Sigma"], atol=1e-14)
    assert threshold_beta(*m) == pytest.approx(example["beta_L"], abs=1e-10)
    assert threshold_beta(*m, long_only=False) == pytest.approx(example["beta_LS"], abs=1e-10)
    w = single_factor_minimum_variance(*m)
    np.testing.assert_allclose(w, example["w_longonly"], atol=1e-10)
    assert w @ single_factor_covariance(*m) @ w == pytest.approx(example["longonly_var"], abs=1e-12)
    np.testing.assert_allclose(
        single_factor_minimum_variance(*m, long_only=False), example["w_unconstrained"], atol=1e-10
    )


def test_scale_is_the_portfolios_variance(model):
    example, (beta, market, residual) = model
    raw = np.maximum(1 - beta / threshold_beta(beta, market, residual), 0) / residual
    assert 1 / raw.sum() == pytest.approx(example["scale_sum_form"], abs=1e-12)


def test_diversification_and_risk_parity_analogues(model, golden):
    _, m = model
    np.testing.assert_allclose(
        single_factor_max_diversification(*m), golden("four_asset_portfolios")["CDT_MDP"]["w"], atol=1e-10
    )
    np.testing.assert_allclose(
        single_factor_equal_risk(*m), golden("four_asset_portfolios")["CDT_ERC"], atol=1e-10
    )


def test_agrees_with_the_general_solvers_for_any_betas():
    rng = np.random.default_rng(0)
    for _ in range(150):
        n = int(rng.integers(2, 30))
        m = (
            rng.normal(rng.choice([1, 0, -1]), rng.uniform(0.1, 1), n),
            rng.uniform(0, 0.1),
            rng.uniform(0.01, 0.2, n),
        )
        cov = single_factor_covariance(*m)
        for long_only in (True, False):
            np.testing.assert_allclose(
                single_factor_minimum_variance(*m, long_only), minimum_variance(cov, long_only), atol=1e-8
            )
        np.testing.assert_allclose(single_factor_max_diversification(*m), max_diversification(cov), atol=1e-8)
        np.testing.assert_allclose(single_factor_equal_risk(*m), equal_risk_contribution(cov), atol=1e-9)


def test_betas_need_not_be_sorted(model):
    _, (beta, market, residual) = model
    order = np.array([2, 0, 3, 1])
    moved = single_factor_minimum_variance(beta[order], market, residual[order])
    np.testing.assert_allclose(
        moved[np.argsort(order)], single_factor_minimum_variance(beta, market, residual)
    )


def test_idiosyncratic_risk_lowers_a_weight_but_never_excludes(model):
    _, (beta, market, residual) = model
    weights = []
    for factor in (1, 10, 1000):
        louder = residual * np.array([1, factor, 1, 1])
        weights.append(single_factor_minimum_variance(beta, market, louder)[1])
    assert weights[0] > weights[1] > weights[2] > 0


def test_high_beta_excludes_many(model):
    beta = np.linspace(0.3, 2, 100)
    w = single_factor_minimum_variance(beta, 0.03, np.full(100, 0.06))
    assert 0 < (w > 0).sum() < 50
    assert (np.flatnonzero(w) == np.arange((w > 0).sum())).all()


def test_labels_and_errors():
    beta = pd.Series([0.5, 1.0, 1.5], list("ABC"))
    residual = pd.Series([0.03, 0.02, 0.01], list("CBA"))
    w = single_factor_minimum_variance(beta, 0.02, residual)
    np.testing.assert_allclose(w, single_factor_minimum_variance([0.5, 1.0, 1.5], 0.02, [0.01, 0.02, 0.03]))
    assert list(w.index) == list("ABC")
    assert threshold_beta([1, 1], 0.0, [0.1, 0.1]) == np.inf
    with pytest.raises(CovarianceError, match="'B' must be positive"):
        single_factor_minimum_variance(beta, 0.02, pd.Series([0.03, 0.0, 0.01], list("ABC")))
    with pytest.raises(ParameterError, match="different assets"):
        single_factor_minimum_variance(beta, 0.02, residual.rename({"A": "Z"}))
    with pytest.raises(ParameterError, match="equally long"):
        single_factor_minimum_variance([1.0, 2.0], 0.02, [0.1])
    with pytest.raises(ParameterError, match="beta of asset 1"):
        single_factor_minimum_variance([1.0, np.nan], 0.02, [0.1, 0.1])
    with pytest.raises(ParameterError, match="market_variance"):
        single_factor_minimum_variance([1.0, 2.0], -0.1, [0.1, 0.1])
