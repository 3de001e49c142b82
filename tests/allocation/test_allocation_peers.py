"""Our exact solvers against PyPortfolioOpt and skfolio on random covariances of 2 to 50 assets."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "bench_minimum_variance.py"
#: PyPortfolioOpt's solver is asked for 1e-13 and hierarchical risk parity needs none.
EXACT = 1e-6
#: skfolio asks Clarabel for cones, which rounding stops before the 1e-15 that it is asked for: within 2e-14 of the
#: least variance and 1e-11 of the largest diversification ratio. Weights within e of the least variance differ by
#: up to the square root of e over the smallest eigenvalue, 0.0013 in these cases, which makes 4e-6; the ratio is
#: as flat (2e-6 is seen). So its weights are compared to this, and its objectives exactly, in the second test.
CONES = 4.5e-6


@pytest.fixture(scope="module")
def benchmark_module():
    specification = importlib.util.spec_from_file_location("bench_minimum_variance", BENCHMARK)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_agreement_with_peers(benchmark_module):
    # PyPortfolioOpt's tree takes a third of a second a case: 25 cases here, all 200 in the benchmark
    found = benchmark_module.agreement(cases=200, slow_cases=25)
    assert {(m, p) for m, peers in found.items() for p in peers} == {
        ("minimum_variance", "pypfopt"),
        ("minimum_variance", "skfolio"),
        ("max_sharpe", "pypfopt"),
        ("max_diversification", "skfolio"),
        ("equal_risk_contribution", "skfolio"),
        ("hierarchical_risk_parity", "pypfopt"),
        ("hierarchical_risk_parity", "skfolio"),
    }
    for method, peers in found.items():
        for peer, gap in peers.items():
            cones = peer == "skfolio" and method != "hierarchical_risk_parity"
            assert 0 <= gap < (CONES if cones else EXACT), (method, peer, gap)


@pytest.mark.parametrize("method", ["minimum_variance", "max_diversification", "equal_risk_contribution"])
def test_no_peer_reaches_a_better_value(benchmark_module, method):
    rng = np.random.default_rng(1)
    for size in (2, 5, 12, 30):
        cov = benchmark_module.random_covariance(rng, size)
        assert np.linalg.eigvalsh(cov)[0] > 1e-3  # what the tolerance of weights above rests on
        ours = benchmark_module.OURS[method](cov)
        best = benchmark_module._objective(method, ours, cov)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = benchmark_module.skfolio_weights(
                method, cov, benchmark_module.returns_with(cov, rng), best
            )
        reached = benchmark_module._objective(method, theirs, cov)
        assert best <= reached + 1e-15 * abs(reached) + 1e-14
        assert reached - best < 1e-8  # and it is the same problem that both solve
