"""True minimum semivariance, and what Estrada's approximation misses."""

import numpy as np
import pytest

from portfolio_study.allocation import estrada_semivariance, min_semivariance, semivariance
from portfolio_study.errors import OptimisationError, ParameterError


def test_golden_values(sixty_days, golden):
    expected, x = golden("sixty_day_estimates")["min_semivar_true_longonly_B0"], sixty_days.to_numpy()
    w = min_semivariance(sixty_days)
    np.testing.assert_allclose(w, expected["w"], atol=1e-6)
    assert semivariance(x @ w) == pytest.approx(expected["semivar"], rel=1e-10)
    assert semivariance(x @ w) <= expected["semivar"]
    approximate = estrada_semivariance(sixty_days)
    np.testing.assert_allclose(
        approximate, golden("sixty_day_estimates")["semicov_estrada_B0"]["GMV_longonly"], atol=1e-10
    )
    assert semivariance(x @ approximate) == pytest.approx(expected["estrada_semivar"], rel=1e-10)
    assert semivariance(x @ np.full(4, 0.25)) == pytest.approx(expected["EW_semivar"], rel=1e-10)
    free = estrada_semivariance(sixty_days, long_only=False)
    np.testing.assert_allclose(free, golden("sixty_day_estimates")["semicov_estrada_B0"]["GMV"], atol=1e-10)


@pytest.mark.parametrize("long_only", [True, False])
@pytest.mark.parametrize("benchmark", [0.0, 0.001])
def test_agrees_with_cvxpy(long_only, benchmark):
    import cvxpy as cp

    rng = np.random.default_rng(3)
    for size in (3, 12, 30):
        x = 0.01 * rng.standard_t(4, (150, size)) + 0.01 * rng.standard_t(4, (150, 1)) + 0.0005
        w = cp.Variable(size)
        loss = cp.sum_squares(cp.neg(100 * (x @ w - benchmark))) / 150
        cp.Problem(cp.Minimize(loss), [cp.sum(w) == 1] + ([w >= 0] if long_only else [])).solve(
            solver="CLARABEL", tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
        )
        np.testing.assert_allclose(min_semivariance(x, benchmark, long_only), w.value, atol=1e-6)


def test_a_portfolio_without_losses_is_refused():
    x = np.random.default_rng(0).normal(0.01, 0.001, (50, 3))
    with pytest.raises(OptimisationError, match="never falls below"):
        min_semivariance(x)
    with pytest.raises(ParameterError, match="benchmark"):
        min_semivariance(x, np.nan)
