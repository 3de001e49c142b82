"""Our exact solvers against PyPortfolioOpt and skfolio on 200 random covariances of 2 to 50 assets."""

import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "bench_minimum_variance.py"


@pytest.fixture(scope="module")
def benchmark_module():
    specification = importlib.util.spec_from_file_location("bench_minimum_variance", BENCHMARK)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


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
            assert 0 <= gap < 1e-6, (method, peer, gap)


def test_cost_grows_no_faster_than_the_cube(benchmark_module):
    table = benchmark_module.cost_by_size(sizes=(50, 100, 200, 400), repeats=3)
    assert {name: row["exponent"] for name, row in table.items() if not row["exponent"] < 3.0} == {}
