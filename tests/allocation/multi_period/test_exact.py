"""Exact state-dependent policy: golden values, an independent integration, simulation, bad input."""

import time

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from portfolio_study.allocation.multi_period.exact import (
    chebyshev_nodes,
    exact_policy,
    interpolation_matrix,
)
from portfolio_study.allocation.multi_period.exits import exit_distribution, paper_exit
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.allocation.multi_period.simulation import (
    exact_wealth,
    policy_wealth,
    simulate_ar1,
    wealth_moments,
)
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.ar_model import ar_multi_step

MU, PHI, S2, GROSS = 0.00207, -0.13366, 0.00085, 1 + 0.0057 / 52
INTERCEPT = MU * (1 - PHI)


@pytest.mark.parametrize("case", ["T2", "T3", "T3_neg"])
def test_golden_exact_and_plug_in(golden, case):
    value = golden("multi_period_exact")[case]
    c, phi, s2, rf, p, s0 = value["params c,phi,s2,rf,p,s0"]
    exact = exact_policy(c, phi, s2, 1 + rf, p[1:], 2.0, s0)
    f = exact.frontier_coefficients
    np.testing.assert_allclose(
        [f.omega0, f.lambda0, f.theta_sum], value["exact_omega0_lambda0_Theta"], atol=1e-10
    )
    assert exact.expected_wealth == pytest.approx(value["E(om=2) exact"], abs=1e-10)
    assert exact.variance == pytest.approx(value["Var exact"], abs=1e-10)
    mean, variance = ar_multi_step([c, phi], s2, [s0], len(p) - 1)
    plug_in = multi_period_policy(mean - rf, variance, 1 + rf, p[1:], 2.0)
    got = [plug_in.omega[0], plug_in.lambda_[0], plug_in.theta_sum]
    np.testing.assert_allclose(got, value["plugin_multistepvar"], atol=1e-10)
    assert plug_in.expected_wealth == pytest.approx(value["E(om=2) plugin"], abs=1e-10)
    assert plug_in.variance == pytest.approx(value["Var plugin"], abs=1e-10)
    one_step = multi_period_policy(mean - rf, s2, 1 + rf, p[1:], 2.0)
    got = [one_step.omega[0], one_step.lambda_[0], one_step.theta_sum]
    np.testing.assert_allclose(got, value["plugin_onestepvar"], atol=1e-10)


def test_value_function_depends_on_the_state(golden):
    """Erratum F19: omega_(t+1) is not known at t; it varies with the return of the period."""
    c, phi, s2, rf, p, s0 = golden("multi_period_exact")["T2"]["params c,phi,s2,rf,p,s0"]
    exact = exact_policy(c, phi, s2, 1 + rf, p[1:], 2.0, s0)
    for state, value in golden("multi_period_exact")["omega1_of_state_T2"].items():
        assert exact.at_state(exact.omega[1], float(state))[0] == pytest.approx(value, abs=1e-10)
    # and even for known multipliers E^2(W e) is W^2 E^2(e), not W E^2(e)
    w, e = 0.6, np.array([0.1, -0.05])
    assert (w * e).mean() ** 2 == pytest.approx(w**2 * e.mean() ** 2)
    assert (w * e).mean() ** 2 != pytest.approx(w * e.mean() ** 2)


def test_two_periods_by_adaptive_integration():
    """The same problem with nested scipy quadrature: no grid, no interpolation, no Gauss-Hermite."""
    c, phi, s2, rf, p, s0 = 0.004, 0.3, 0.04, 0.001, (0.4, 0.6), 0.1
    sigma, r = np.sqrt(s2), 1 + rf

    def expect(g, state):
        return quad(
            lambda z: g(c + phi * state + sigma * z) * norm.pdf(z), -9, 9, epsabs=1e-13, epsrel=1e-12
        )[0]

    def ratio(state):
        m = c + phi * state - rf
        return m**2 / (s2 + m**2)

    def om1(s):
        return p[0] + r**2 * p[1] * (1 - ratio(s))

    def lam1(s):
        return p[0] + r * p[1] * (1 - ratio(s))

    w0, w1, w2 = (expect(lambda s, k=k: om1(s) * (s - rf) ** k, s0) for k in (0, 1, 2))
    l0, l1 = (expect(lambda s, k=k: lam1(s) * (s - rf) ** k, s0) for k in (0, 1))
    theta = l1**2 / w2 + expect(lambda s: p[1] * ratio(s), s0)
    got = exact_policy(c, phi, s2, r, p, 2.0, s0).frontier_coefficients
    assert got.omega0 == pytest.approx(r**2 * (w0 - w1**2 / w2), abs=1e-11)
    assert got.lambda0 == pytest.approx(r * (l0 - w1 * l1 / w2), abs=1e-11)
    assert got.theta_sum == pytest.approx(theta, abs=1e-11)


def test_without_autocorrelation_it_is_the_closed_form():
    p = paper_exit("P3")
    exact = exact_policy(MU, 0.0, S2, GROSS, p, 2.0, 0.05)
    closed = multi_period_policy(np.full(26, 1 + MU - GROSS), S2, GROSS, p, 2.0)
    assert exact.theta_sum == pytest.approx(closed.theta_sum, abs=1e-12)
    assert exact.first_position == pytest.approx(closed.first_position, abs=1e-9)
    assert exact.frontier(0.01) == pytest.approx(closed.frontier(0.01), abs=1e-11)


@pytest.fixture(scope="module")
def paper_exact():
    return exact_policy(INTERCEPT, PHI, S2, GROSS, paper_exit("P1"), 2.0, MU)


def test_promise_of_the_paper_case(golden, paper_exact):
    predicted = golden("multi_period_exact")["sim_SP500_like"]["predicted_exact"]
    assert paper_exact.theta_sum == pytest.approx(predicted["Theta"], abs=1e-9)
    assert paper_exact.expected_wealth == pytest.approx(predicted["E"], abs=1e-9)
    assert paper_exact.variance == pytest.approx(predicted["Var"], abs=1e-9)


@pytest.mark.slow
def test_simulation_confirms_the_exact_promise_and_refutes_the_plug_in(golden, paper_exact):
    returns = simulate_ar1(INTERCEPT, PHI, S2, MU, 26, 60_000, seed=1)
    p = paper_exit("P1")
    got = wealth_moments(exact_wealth(paper_exact, returns), p, 2.0)
    assert abs(got.expected - paper_exact.expected_wealth) < 3 * got.se_expected
    assert abs(got.variance - paper_exact.variance) < 3 * got.se_variance
    reference = golden("multi_period_exact")["sim_SP500_like"]
    assert abs(got.expected - reference["exact"]["E"]) < 3 * np.hypot(
        got.se_expected, reference["exact"]["se_E"]
    )
    mean, variance = ar_multi_step([INTERCEPT, PHI], S2, [MU], 26)
    plug_in = multi_period_policy(mean + 1 - GROSS, variance, GROSS, p, 2.0)
    assert plug_in.theta_sum == pytest.approx(reference["predicted_plugin"]["Theta"], abs=1e-9)
    held = wealth_moments(policy_wealth(plug_in, returns + 1 - GROSS), p, 2.0)
    assert abs(held.expected - reference["plugin_fixed"]["E"]) < 3 * np.hypot(
        held.se_expected, reference["plugin_fixed"]["se_E"]
    )
    # its promised variance is wrong because the forecast errors are correlated
    assert abs(held.variance - plug_in.variance) > 10 * held.se_variance
    # and the exact policy really is better at the investor's own goal
    assert got.objective - held.objective > 10 * np.hypot(got.se_objective, held.se_objective)


def test_horizon_26_in_under_a_second():
    exact_policy(INTERCEPT, PHI, S2, GROSS, paper_exit("P1"), 2.0, MU)
    start = time.process_time()
    exact_policy(INTERCEPT, PHI, S2, GROSS, paper_exit("P1"), 2.0, MU)
    assert time.process_time() - start < 1


def test_strong_autocorrelation_converges():
    got = exact_policy(0.01, 0.8, 0.2, 1.001, exit_distribution(26), 2.0, 0.05, tolerance=1e-9)
    assert 0.9 < got.theta_sum < 1


def test_positions_interpolate_and_stay_bounded(paper_exact):
    states = np.array([-5.0, -0.05, 0.0, 0.05, 5.0])
    amounts = paper_exact.position(3, states, np.ones(5))
    assert np.isfinite(amounts).all()
    assert paper_exact.position(3, 0.05, 1.0) == pytest.approx(amounts[3])
    # negative autocorrelation: a loss last week raises the forecast and the position
    assert amounts[1] > amounts[2] > amounts[3]


def test_interpolation_is_exact_for_polynomials():
    nodes = chebyshev_nodes(-2.0, 3.0, 12)
    points = np.linspace(-2, 3, 57)
    np.testing.assert_allclose(
        interpolation_matrix(nodes, points) @ (nodes**5 - nodes), points**5 - points, atol=1e-10
    )
    np.testing.assert_allclose(interpolation_matrix(nodes, nodes), np.eye(12), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"phi": 1.0}, "phi.*not stationary"),
        ({"noise_variance": 0.0}, "noise_variance"),
        ({"risk_free": 0.0057}, "risk_free must be gross"),
        ({"exit_probability": [0.5, 0.6]}, "exit_probability sums"),
        ({"state": np.nan}, "state"),
        ({"risk_aversion": -1.0}, "risk_aversion"),
        ({"intercept": 0.001, "phi": 0.0, "risk_free": 1.001}, "Theta"),
    ],
)
def test_bad_input_is_named(change, names):
    good = {
        "intercept": 0.01,
        "phi": 0.1,
        "noise_variance": 0.04,
        "risk_free": 1.001,
        "exit_probability": [0.5, 0.5],
        "risk_aversion": 2.0,
        "state": 0.0,
    }
    with pytest.raises(ParameterError, match=names):
        exact_policy(**(good | change))
