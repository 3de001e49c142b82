"""Diversification ratio, independent bets, concentration, spectra."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import (
    diversification_ratio,
    effective_number,
    equal_correlation_bets,
    equal_weight,
    herfindahl,
    independent_bets,
    marginal_risk,
    pca_shares,
    portfolio_volatility,
    quality_ratio,
    risk_contributions,
)
from portfolio_study.errors import ParameterError, UnknownNameError

PORTFOLIOS = [
    "EW",
    "InvVol",
    "InvVar",
    "GMV",
    "GMV_longonly",
    "Tangency",
    "MDP",
    "MaxDecorr",
    "ERC",
    "HRP_lopez",
]


@pytest.mark.parametrize("key", PORTFOLIOS)
def test_statistics_of_every_golden_portfolio(key, four_assets, golden):
    expected, cov = golden("four_asset_portfolios")[key], four_assets["covariance"]
    w = np.array(expected["w"])
    assert portfolio_volatility(w, cov) == pytest.approx(expected["vol"], abs=1e-12)
    assert diversification_ratio(w, cov) == pytest.approx(expected["DR"], abs=1e-10)
    np.testing.assert_allclose(risk_contributions(w, cov), expected["rc_share"], atol=1e-10)
    assert herfindahl(w) == pytest.approx(expected["HHI"], abs=1e-12)
    assert effective_number(w) == pytest.approx(expected["ENB_HHI"], abs=1e-10)


def test_bets_and_quality_ratio(four_assets, golden):
    expected = golden("four_asset_portfolios")["MDP_longonly"]
    assert independent_bets(four_assets["covariance"]) == pytest.approx(expected["DR2"], abs=1e-10)
    assert quality_ratio(four_assets["covariance"]) == pytest.approx(expected["quality_ratio"], abs=1e-10)


def test_blocks_of_identical_assets_are_one_bet_each():
    block = np.full((3, 3), 1 - 1e-9) + 1e-9 * np.eye(3)
    cov = 0.04 * np.kron(np.eye(4), block)
    assert independent_bets(cov) == pytest.approx(4, rel=1e-6)


@pytest.mark.parametrize("rho", ["0", "0.1", "0.25", "0.5", "0.75", "1.0"])
def test_equal_correlation(rho, golden):
    expected = golden("four_asset_portfolios")["DR2_equalcorr_N10"][rho]
    assert equal_correlation_bets(10, float(rho)) == pytest.approx(expected, abs=1e-12)
    if float(rho) < 1:
        cov = np.full((10, 10), float(rho)) + (1 - float(rho)) * np.eye(10)
        assert diversification_ratio(equal_weight(cov), cov) ** 2 == pytest.approx(expected, abs=1e-10)


def test_only_perfect_correlation_leaves_one_bet():
    bets = equal_correlation_bets(10, np.array([0.0, 0.5, 0.9, 0.99, 1.0]))
    assert (np.diff(bets) < 0).all()
    assert bets[-2] > 1.0
    assert bets[-1] == 1.0
    with pytest.raises(ParameterError, match="correlation"):
        equal_correlation_bets(10, -0.2)


def test_spectra(four_assets, golden):
    expected, cov = golden("four_asset_portfolios"), four_assets["covariance"]
    np.testing.assert_allclose(pca_shares(cov), expected["PCA_corr_share"], atol=1e-12)
    np.testing.assert_allclose(pca_shares(cov, "covariance"), expected["PCA_cov_share"], atol=1e-12)
    assert 1 - pca_shares(cov)[0] == pytest.approx(expected["idio_share_1minusPC1_corr"], abs=1e-12)
    with pytest.raises(UnknownNameError, match="correlation"):
        pca_shares(cov, "corelation")


def test_marginal_risk_is_the_derivative_of_volatility(four_assets):
    cov, w = four_assets["covariance"], np.array([0.4, 0.3, 0.2, 0.1])
    step = 1e-6
    numeric = [
        (portfolio_volatility(w + step * e, cov) - portfolio_volatility(w - step * e, cov)) / (2 * step)
        for e in np.eye(4)
    ]
    np.testing.assert_allclose(marginal_risk(w, cov), numeric, atol=1e-8)
    assert w @ marginal_risk(w, cov) == pytest.approx(portfolio_volatility(w, cov))


def test_effective_number_lies_between_one_and_n():
    assert effective_number(np.full(7, 1 / 7)) == pytest.approx(7)
    assert effective_number([0, 1, 0]) == 1
    with pytest.raises(ParameterError, match="finite"):
        herfindahl([0.5, np.nan])


def test_weights_are_aligned_with_the_covariance(four_assets):
    names = list("ABCD")
    cov = pd.DataFrame(four_assets["covariance"], names, names)
    w = pd.Series([0.4, 0.3, 0.2, 0.1], names)
    assert diversification_ratio(w.iloc[::-1], cov) == pytest.approx(diversification_ratio(w, cov))
    assert list(risk_contributions(w, cov).index) == names
