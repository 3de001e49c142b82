"""Minimum variance in all its variants against exact fractions, golden values and limits."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import gmv_closed_form, gmv_long_only, minimum_variance
from portfolio_study.errors import CovarianceError, OptimisationError, ParameterError


def test_closed_form_equals_exact_fractions(four_assets, golden):
    exact = [float(Fraction(f)) for f in golden("further_portfolios")["gmv4_exact"]["w"]]
    w = minimum_variance(four_assets["covariance"])
    np.testing.assert_allclose(w, exact, atol=1e-12)
    assert w @ four_assets["covariance"] @ w == pytest.approx(2031 / 272000, abs=1e-14)
    assert w @ four_assets["covariance"] @ w == pytest.approx(
        golden("four_asset_portfolios")["GMV_minvar_1_over_a"], rel=1e-10
    )


def test_three_assets_equal_exact_fractions(golden):
    example = golden("further_portfolios")["gmv3"]
    w = minimum_variance(np.array(example["Sigma"]))
    np.testing.assert_allclose(w, [float(Fraction(f)) for f in example["w_exact"]], atol=1e-12)
    assert w @ np.array(example["Sigma"]) @ w == pytest.approx(
        float(Fraction(example["var_exact"])), abs=1e-12
    )


def test_long_only_equals_exact_fractions(four_assets):
    w = minimum_variance(four_assets["covariance"], long_only=True)
    np.testing.assert_allclose(w, [39 / 53, 0, 14 / 53, 0], atol=1e-12)
    assert w[1] == w[3] == 0.0
    assert w @ four_assets["covariance"] @ w == pytest.approx(54 / 6625, abs=1e-14)
    np.testing.assert_array_equal(w, gmv_long_only(four_assets["covariance"]))


@pytest.mark.parametrize("target", ["0.05", "0.08"])
def test_target_return(target, four_assets, golden):
    w = minimum_variance(four_assets["covariance"], mean=four_assets["mean"], target_return=float(target))
    expected = golden("four_asset_portfolios")[f"frontier_m_{target}"]
    np.testing.assert_allclose(w, expected["w"], atol=1e-10)
    assert w @ four_assets["covariance"] @ w == pytest.approx(expected["var"], abs=1e-12)


@pytest.mark.parametrize("target", ["0.04", "0.09"])
def test_target_return_long_only(target, four_assets, golden):
    w = minimum_variance(
        four_assets["covariance"], True, mean=four_assets["mean"], target_return=float(target)
    )
    expected = golden("further_portfolio_tests")[f"longonly_target_{target}"]
    np.testing.assert_allclose(w, expected["w"], atol=1e-10)
    assert w @ four_assets["covariance"] @ w == pytest.approx(expected["var"], abs=1e-12)


def test_the_four_problems_are_nested(four_assets):
    cov, mean = four_assets["covariance"], four_assets["mean"]
    free, long_only = minimum_variance(cov), minimum_variance(cov, True)
    short_target = minimum_variance(cov, mean=mean, target_return=0.08)
    long_target = minimum_variance(cov, True, mean=mean, target_return=0.08)
    variance = [float(w @ cov @ w) for w in (free, long_only, short_target, long_target)]
    assert variance[0] < variance[1] < variance[3]
    assert variance[0] < variance[2] < variance[3]


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"l1": 0.0}, "l1_GMV_0.0"),
        ({"l1": 0.001}, "l1_GMV_0.001"),
        ({"l1": 0.003}, "l1_GMV_0.003"),
        ({"l1": 0.01}, "l1_GMV_0.01"),
        ({"l2": 0.002}, "ridge_GMV_0.002"),
        ({"l2": 0.01}, "ridge_GMV_0.01"),
        ({"l1": 0.001, "l2": 0.002}, "elasticnet_GMV_l1_0.001_l2_0.002"),
        ({"l1": [0.001, 0.002, 0.001, 0.003]}, "weighted_l1_GMV_0.001_(1,2,1,3)"),
        ({"bounds": (-0.5, 0.5)}, "Linf_GMV_0.5"),
        ({"bounds": (0.0, 0.4)}, "box_GMV_0_0.4"),
    ],
)
def test_penalties_and_bounds(options, key, four_assets, golden):
    np.testing.assert_allclose(
        minimum_variance(four_assets["covariance"], **options),
        golden("four_asset_portfolios")[key]["w"],
        atol=1e-10,
    )


def test_l1_does_nothing_to_long_only_portfolios(four_assets):
    cov = four_assets["covariance"]
    w = minimum_variance(cov, long_only=True, l1=0.02)
    np.testing.assert_allclose(w, minimum_variance(cov, long_only=True), atol=1e-12)


def test_bounds_that_leave_one_portfolio(four_assets):
    cov = four_assets["covariance"]
    np.testing.assert_allclose(minimum_variance(cov, bounds=(0, 0.25)), 0.25, atol=1e-15)
    np.testing.assert_allclose(
        minimum_variance(cov, bounds=([0.4, 0.3, 0.2, 0.1], None)), [0.4, 0.3, 0.2, 0.1]
    )


def test_targets_at_the_edge_of_what_can_be_reached(four_assets):
    cov, mean = four_assets["covariance"], four_assets["mean"]
    top = minimum_variance(cov, True, mean=mean, target_return=mean.max())
    np.testing.assert_allclose(top, [0, 0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(
        minimum_variance(cov, True, mean=mean, target_return=0.03), [1, 0, 0, 0], atol=1e-12
    )
    capped = minimum_variance(cov, bounds=(0, 0.5), mean=mean, target_return=0.085)
    np.testing.assert_allclose(capped, [0, 0.5, 0, 0.5], atol=1e-12)
    tied = minimum_variance(cov, True, mean=[0.1, 0.1, 0.0, 0.0], target_return=0.1)
    pair = minimum_variance(cov[:2, :2], True)
    np.testing.assert_allclose(tied, [*pair, 0, 0], atol=1e-12)


def test_exposure_cap_binds_only_when_needed(four_assets):
    cov, carbon = four_assets["covariance"], np.array([1.0, 2.0, 3.0, 4.0])
    free = minimum_variance(cov, True, exposure=carbon, max_exposure=5.0)
    np.testing.assert_allclose(free, minimum_variance(cov, True), atol=1e-12)
    tilted = minimum_variance(cov, True, exposure=carbon, max_exposure=1.4)
    np.testing.assert_allclose(tilted, [0.8, 0, 0.2, 0], atol=1e-10)
    with pytest.raises(ParameterError, match="max_exposure"):
        minimum_variance(cov, exposure=carbon)
    with pytest.raises(OptimisationError, match=r"exposure at most 0\.5"):
        minimum_variance(cov, True, exposure=carbon, max_exposure=0.5)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        (
            {"long_only": True, "target_return": 0.2},
            OptimisationError,
            "target_return",
        ),
        ({"bounds": (0.3, None)}, OptimisationError, "lower bounds add up to 1"),
        ({"bounds": (0, 0.2)}, OptimisationError, "upper bounds add up to 0"),
        ({"bounds": ([0, 0.6, 0, 0], 0.5)}, ParameterError, "bounds of 'B' cross"),
        ({"bounds": (0, [1, np.nan, 1, 1])}, ParameterError, "bound of 'B' is NaN"),
        ({"bounds": 0.5}, ParameterError, "pair"),
        ({"l1": -1.0}, ParameterError, "l1"),
        ({"l1": [1, 2]}, ParameterError, "l1 must hold"),
        ({"l2": np.inf}, ParameterError, "l2"),
    ],
)
def test_impossible_requests_are_named(options, error, match, four_assets):
    cov = pd.DataFrame(four_assets["covariance"], list("ABCD"), list("ABCD"))
    with pytest.raises(error, match=match):
        minimum_variance(cov, **options, mean=four_assets["mean"])


def test_target_return_needs_means(four_assets):
    with pytest.raises(ParameterError, match="pass mean"):
        minimum_variance(four_assets["covariance"], target_return=0.05)
    with pytest.raises(OptimisationError, match="infeasible"):
        minimum_variance(four_assets["covariance"], mean=np.full(4, 0.1), target_return=0.05)


def test_a_ridge_makes_a_singular_covariance_usable():
    cov = np.ones((3, 3)) * 0.04
    with pytest.raises(CovarianceError, match="singular"):
        minimum_variance(cov)
    np.testing.assert_allclose(minimum_variance(cov, l2=0.01), 1 / 3, atol=1e-12)


def test_series_are_aligned_by_label(four_assets):
    names = list("ABCD")
    cov = pd.DataFrame(four_assets["covariance"], names, names)
    mean = pd.Series(four_assets["mean"], names).iloc[::-1]
    w = minimum_variance(cov, mean=mean, target_return=0.05)
    np.testing.assert_allclose(
        w,
        minimum_variance(four_assets["covariance"], mean=four_assets["mean"], target_return=0.05),
        atol=1e-12,
    )
    with pytest.raises(ParameterError, match="different assets"):
        minimum_variance(cov, mean=mean.rename({"A": "Z"}), target_return=0.05)


def test_weights_do_not_depend_on_the_scale_of_the_covariance(four_assets):
    for factor in (1e-12, 1e-6, 1e6):
        np.testing.assert_allclose(
            gmv_closed_form(four_assets["covariance"] * factor),
            gmv_closed_form(four_assets["covariance"]),
            atol=1e-10,
        )
        np.testing.assert_allclose(
            minimum_variance(four_assets["covariance"] * factor, bounds=(0, 0.4)),
            minimum_variance(four_assets["covariance"], bounds=(0, 0.4)), atol=1e-10,
        )  # fmt: skip


def test_marginal_risks_show_why_two_assets_are_not_held(four_assets, golden):
    w = minimum_variance(four_assets["covariance"], long_only=True)
    marginal = four_assets["covariance"] @ w
    np.testing.assert_allclose(
        marginal, golden("four_asset_portfolios")["GMV_longonly_KKT_marginals"], atol=1e-12
    )
    assert (marginal[w == 0] > marginal[w > 0].max()).all()


def test_golden_value_of_the_objectives(four_assets, golden):
    cov, values = four_assets["covariance"], golden("four_asset_portfolios")
    for key, l1 in (("l1_GMV_0.001", 0.001), ("l1_GMV_0.003", 0.003), ("l1_GMV_0.01", 0.01)):
        w = minimum_variance(cov, l1=l1)
        assert np.abs(w).sum() == pytest.approx(values[key]["l1norm"], abs=1e-10)
        assert w @ cov @ w + l1 * np.abs(w).sum() == pytest.approx(values[key]["obj"], abs=1e-12)
    elastic = minimum_variance(cov, l1=0.001, l2=0.002)
    objective = elastic @ cov @ elastic + 0.001 * np.abs(elastic).sum() + 0.002 * elastic @ elastic
    assert objective == pytest.approx(values["elasticnet_GMV_l1_0.001_l2_0.002"]["obj"], abs=1e-12)


def test_sample_minimum_variance(sixty_days, four_assets, golden):
    free, long_only = minimum_variance(sixty_days.cov()), minimum_variance(sixty_days.cov(), long_only=True)
    np.testing.assert_allclose(free, golden("sixty_day_estimates")["GMV_sample"], atol=1e-10)
    np.testing.assert_allclose(long_only, golden("sixty_day_estimates")["GMV_sample_longonly"], atol=1e-10)
    true_variance = free @ four_assets["covariance"] @ free / 252
    assert true_variance == pytest.approx(
        golden("further_portfolio_tests")["consistent_oos_var"]["true_oos"], rel=1e-10
    )
