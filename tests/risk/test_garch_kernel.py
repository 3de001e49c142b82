"""The compiled likelihood and its maximisation against finite differences, arch and brute force."""

import os
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
from arch import arch_model
from scipy.optimize import minimize

from portfolio_study.risk import garch_kernel as kernel
from portfolio_study.risk.garch_likelihood import derivatives, log_likelihood, objective, standardise

POINTS = [(0.2, 0.15, 0.6, 0.1), (0.9, 0.0, 0.05, -0.2), (0.01, 0.3, 0.69, 0.0), (3.0, 0.5, 0.2, 0.3)]


@pytest.fixture(scope="module")
def windows(lcg_normal):
    """Calm, wild, fat-tailed and GARCH windows in percent."""
    calm, wild = 0.2 * lcg_normal(500, 3).reshape(10, 50), 6.0 * lcg_normal(500, 4).reshape(10, 50)
    jumps = lcg_normal(500, 5).reshape(10, 50)
    jumps[:, 30] *= 9
    trend = lcg_normal(500, 6).reshape(10, 50) * np.linspace(0.4, 2.5, 50)
    return np.vstack([calm, wild, jumps, trend])


def scaled(x, constant=True):
    z, lower, upper = np.empty(len(x)), np.empty(len(x)), np.empty(len(x))
    mean, v, backcast = standardise(x, constant, z, lower, upper)
    return mean, v, (z, backcast, lower, upper, v)


@pytest.mark.parametrize("point", POINTS)
def test_derivatives_match_finite_differences(windows, point):
    theta, data = np.array(point), scaled(windows[21])[2]
    g, H, step = np.empty(4), np.empty((4, 4)), 1e-5
    assert derivatives(theta, *data, g, H) == pytest.approx(objective(theta, *data), rel=1e-14)
    for i in range(4):
        shift = step * np.eye(4)[i]
        slope = (objective(theta + shift, *data) - objective(theta - shift, *data)) / (2 * step)
        assert g[i] == pytest.approx(slope, rel=1e-5, abs=1e-5)
        up, down, scratch = np.empty(4), np.empty(4), np.empty((4, 4))
        derivatives(theta + shift, *data, up, scratch)
        derivatives(theta - shift, *data, down, scratch)
        np.testing.assert_allclose(H[i], (up - down) / (2 * step), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("constant", [True, False])
def test_likelihood_is_archs_at_fixed_parameters(windows, constant):
    for x in windows[::4]:
        mean, v, data = scaled(x, constant)
        for w, alpha, beta, m in POINTS:
            mu = mean + m * np.sqrt(v) if constant else 0.0
            model = arch_model(x, mean="Constant" if constant else "Zero", rescale=False)
            fixed = model.fix([*([mu] if constant else []), w * v, alpha, beta])
            scratch = [np.empty(50) for _ in range(3)]
            ours, ahead = log_likelihood(x, mu, w * v, alpha, beta, constant, *scratch)
            assert ours == pytest.approx(fixed.loglikelihood, abs=1e-9)
            variance = fixed.forecast(horizon=1, reindex=False).variance.to_numpy()[-1, 0]
            assert ahead == pytest.approx(variance, rel=1e-12)
            theta = np.array([w, alpha, beta, m if constant else 0.0])
            shorter = -objective(theta, *data) - 25 * np.log(2 * np.pi * v)
            assert ours == pytest.approx(shorter, abs=1e-9)


def test_variance_bounds_are_archs():
    """Forty-five zero returns: the lower bounds of the variances bind, and still both agree."""
    x = np.zeros(50)
    x[[7, 19, 33, 40, 48]] = (2.0, -1.0, 0.5, 3.0, -2.5)
    for parameters in ((1e-9, 0.0, 0.0), (1e-9, 0.9, 0.0), (1e-9, 0.05, 0.2)):
        fixed = arch_model(x, mean="Zero", rescale=False).fix(list(parameters))
        scratch = [np.empty(50) for _ in range(3)]
        ours, _ = log_likelihood(x, 0.0, *parameters, False, *scratch)
        assert ours == pytest.approx(fixed.loglikelihood, rel=1e-12)


def fit(x, constant=True):
    data = np.ascontiguousarray(np.atleast_2d(x))
    return kernel.fit_windows(data, data.shape[1], constant, 1, np.zeros((len(data), 1), bool))[:, 0]


@pytest.mark.parametrize("constant", [True, False])
def test_first_order_conditions_hold(windows, constant):
    """At the optimum no feasible direction leads down: the multipliers of active constraints are positive."""
    for x, found in zip(windows, fit(windows, constant), strict=True):
        mean, v, data = scaled(x, constant)
        assert found[kernel.CONVERGED] == 1.0
        m = (found[kernel.MU] - mean) / np.sqrt(v)
        theta = np.array([found[kernel.OMEGA] / v, found[kernel.ALPHA], found[kernel.BETA], m])
        w, a, b = theta[:3]
        assert kernel.OMEGA_LOW * (1 - 1e-9) <= w <= kernel.OMEGA_HIGH
        assert a >= 0 and b >= 0 and a + b <= 1 + 1e-12
        g, H = np.empty(4), np.empty((4, 4))
        derivatives(theta, *data, g, H)
        directions = [
            (1, 0, 0),
            (-1, 0, 0),
            (0, 1, 0),
            (0, -1, 0),
            (0, 0, 1),
            (0, 0, -1),
            (0, 1, -1),
            (0, -1, 1),
        ]
        step = 1e-4
        for d in np.array(directions, float):
            w2, a2, b2 = theta[:3] + step * d
            if w2 >= kernel.OMEGA_LOW and a2 >= 0 and b2 >= 0 and a2 + b2 <= 1:
                # the slope may be negative only as far as curvature turns it within a tiny step
                assert g[:3] @ d >= -1e-3 - 1e-3 * np.sqrt(abs(np.diag(H)[:3] @ d**2))
        if constant:
            assert abs(g[3]) < 1e-3 * (1 + np.sqrt(H[3, 3]))


def test_no_start_of_a_brute_force_search_does_better(windows):
    grid = [
        (w, p * f, p * (1 - f)) for w in (0.05, 0.5, 1.0) for p in (0.1, 0.6, 0.97) for f in (0.02, 0.5, 0.95)
    ]
    for x, found in zip(windows[::5], fit(windows[::5]), strict=True):
        _, v, data = scaled(x)
        constraints = {"type": "ineq", "fun": lambda t: 1 - t[1] - t[2]}
        bounds = [(1e-8, 10), (0, 1), (0, 1), (None, None)]

        def value(theta, data=data):
            return objective(np.ascontiguousarray(theta), *data)

        results = [
            minimize(value, (*start, 0.0), method="SLSQP", bounds=bounds, constraints=constraints, tol=1e-10)
            for start in grid
        ]
        feasible = [r.fun for r in results if r.x[1] + r.x[2] <= 1 + 1e-9 and np.isfinite(r.fun)]
        best = -min(feasible) - 25 * np.log(2 * np.pi * v)
        assert found[kernel.LOGLIK] >= best - 1e-5


def test_never_below_the_reference(windows):
    for x, found in zip(windows, fit(windows), strict=True):
        reference = arch_model(x, rescale=False).fit(disp="off", show_warning=False)
        assert found[kernel.LOGLIK] >= reference.loglikelihood - 1e-4


def test_skipped_windows_are_nan(windows):
    data = np.vstack([np.zeros(50), windows[0]])
    result = kernel.fit_windows(data, 50, True, 1, np.array([[True], [False]]))
    assert np.isnan(result[0]).all() and np.isfinite(result[1]).all()


SCRIPT = """
import sys, numpy as np
from portfolio_study.risk.garch_kernel import fit_windows
x = np.random.default_rng(5).standard_t(4, (3, 230))
result = fit_windows(x, 50, True, int(sys.argv[1]), np.zeros((3, 181), bool))
sys.stdout.write(result.tobytes().hex())
"""


def run(threads, refit):
    env = {**os.environ, "NUMBA_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(refit)], env=env, capture_output=True, text=True, check=True
    )
    return bytes.fromhex(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("refit", [1, 10])
def test_one_and_two_threads_give_the_same_bits(refit):
    one, two = run(1, refit), run(2, refit)
    assert len(one) == 8 * 3 * 181 * 7
    assert sha256(one).digest() == sha256(two).digest()
