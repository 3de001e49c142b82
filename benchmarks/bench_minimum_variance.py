"""Risk-based portfolios: cost per rebalance up to 500 assets, and agreement with other libraries.

``run()`` returns plain numbers; run the file for a short table.
"""

import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation import (
    METHODS,
    equal_risk_contribution,
    gmv_long_only,
    hierarchical_risk_parity,
    max_diversification,
    max_sharpe,
)
from portfolio_study.data import load_prices, simple_returns
from portfolio_study.risk import ESTIMATORS
from portfolio_study.settings import jobs

SIZES = (10, 20, 50, 100, 200, 500)
TIGHT = {"tol_gap_abs": 1e-15, "tol_gap_rel": 1e-15, "tol_feas": 1e-15}
OURS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "minimum_variance": gmv_long_only,
    "max_diversification": max_diversification,
    "equal_risk_contribution": equal_risk_contribution,
    "hierarchical_risk_parity": hierarchical_risk_parity,
}
AGREEMENT = {
    "minimum_variance": ("pypfopt", "skfolio"),
    "max_sharpe": ("pypfopt",),
    "max_diversification": ("skfolio",),
    "equal_risk_contribution": ("skfolio",),
    "hierarchical_risk_parity": ("pypfopt", "skfolio"),
}
"""Which peer offers which portfolio."""


CONVERGED = {"minimum_variance": 2e-14, "max_diversification": 1e-12, "equal_risk_contribution": 1e-9}
"""Excess of a peer's objective at which its weights are good to about 1e-6 (volatilities of 10-40 %)."""


SCALES: dict[str, tuple[float | None, ...]] = {
    "minimum_variance": (1e3, 30.0, None, 1.0),
    "max_diversification": (30.0, None, 1e3, 1.0),
    "equal_risk_contribution": (None, 1e3, 30.0, 1.0),
}
"""Scales of skfolio's objective, the one that converges most often first."""


def random_covariance(rng: np.random.Generator, size: int) -> np.ndarray:
    """Covariance with three factors, a common market and annual volatilities of 10-40 %."""
    loadings = rng.normal(0.0, 0.4, (size, 3))
    loadings[:, 0] += 1.0
    cov = loadings @ loadings.T + np.diag(rng.uniform(0.3, 1.5, size))
    sd = np.sqrt(cov.diagonal())
    return cov / np.outer(sd, sd) * np.outer(*[rng.uniform(0.1, 0.4, size)] * 2)


def returns_with(cov: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns whose sample covariance is exactly the given one (for peers that want returns)."""
    n = len(cov)
    noise = rng.normal(size=(n + 5, n))
    q, _ = np.linalg.qr(noise - noise.mean(axis=0))
    return q * np.sqrt(n + 4) @ np.linalg.cholesky(cov).T


def pypfopt_weights(method: str, cov: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
    """The same portfolio by PyPortfolioOpt."""
    from pypfopt import EfficientFrontier, HRPOpt

    if method == "hierarchical_risk_parity":
        weights = HRPOpt(cov_matrix=pd.DataFrame(cov)).optimize()
        return np.array([weights[i] for i in range(len(cov))])
    tight = dict.fromkeys(TIGHT, 1e-13)
    frontier = EfficientFrontier(mean, cov, solver="CLARABEL", solver_options=tight)
    if method == "minimum_variance":
        frontier.min_volatility()
    else:
        frontier.max_sharpe(risk_free_rate=0.0)
    return np.asarray(frontier.weights)


def _objective(method: str, weights: np.ndarray, cov: np.ndarray) -> float:
    """What the method minimises, to see whether a peer's solver has converged."""
    variance = float(weights @ cov @ weights)
    if method == "max_diversification":
        return -float(weights @ np.sqrt(cov.diagonal())) / variance**0.5
    if method == "equal_risk_contribution":
        return float(np.ptp(weights * (cov @ weights))) / variance
    return variance


def skfolio_weights(method: str, cov: np.ndarray, returns: np.ndarray, best: float) -> np.ndarray:
    """The same portfolio by skfolio.

    Its second-order cone programmes can stop early, depending on how the objective is scaled.
    As long as the result is worse than ``best``, the value of a portfolio known to be feasible, it
    has not converged and another scale is tried.
    """
    from skfolio.cluster import HierarchicalClustering, LinkageMethod
    from skfolio.moments import EmpiricalCovariance
    from skfolio.optimization import HierarchicalRiskParity, MaximumDiversification, MeanRisk, RiskBudgeting
    from skfolio.prior import EmpiricalPrior
    from skfolio.seriation import HierarchicalSeriation

    prior = EmpiricalPrior(covariance_estimator=EmpiricalCovariance())
    if method == "hierarchical_risk_parity":
        single = HierarchicalClustering(linkage_method=LinkageMethod.SINGLE)
        order = HierarchicalSeriation(hierarchical_clustering_estimator=single, optimal_ordering=False)
        model: Any = HierarchicalRiskParity(prior_estimator=prior, seriation_estimator=order)
        return model.fit(returns).weights_
    family = {
        "minimum_variance": MeanRisk,
        "max_diversification": MaximumDiversification,
        "equal_risk_contribution": RiskBudgeting,
    }[method]
    kept, value = None, np.inf
    for scale in SCALES[method]:
        model = family(prior_estimator=prior, solver="CLARABEL", solver_params=TIGHT, scale_objective=scale)
        weights = np.maximum(model.fit(returns).weights_, 0.0)
        weights /= weights.sum()
        reached = _objective(method, weights, cov)
        if reached < value:
            kept, value = weights, reached
        if value - best <= CONVERGED[method]:
            break
    assert kept is not None
    return kept


def agreement(cases: int = 200, seed: int = 0, slow_cases: int | None = None) -> dict[str, dict[str, float]]:
    """Largest weight difference to each peer over random covariances of 2 to 50 assets.

    ``slow_cases`` limits PyPortfolioOpt's hierarchical risk parity (a third of a second each).
    """
    rng = np.random.default_rng(seed)
    worst: dict[str, dict[str, float]] = {m: dict.fromkeys(p, 0.0) for m, p in AGREEMENT.items()}
    for case in range(cases):
        size = int(rng.integers(2, 51))
        cov = random_covariance(rng, size)
        mean, returns = rng.normal(0.06, 0.05, size), returns_with(cov, rng)
        mean[0] = abs(mean[0]) + 0.01  # one asset above the riskless rate, as a maximum needs
        for name, peers in AGREEMENT.items():
            ours = max_sharpe(mean, cov) if name == "max_sharpe" else OURS[name](cov)
            for peer in peers:
                if peer == "pypfopt" and name.startswith("hier") and case >= (slow_cases or cases):
                    continue
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    theirs = (
                        pypfopt_weights(name, cov, mean)
                        if peer == "pypfopt"
                        else skfolio_weights(name, cov, returns, _objective(name, ours, cov))
                    )
                worst[name][peer] = max(worst[name][peer], float(np.abs(theirs - ours).max()))
    return worst


def cost_by_size(sizes: tuple[int, ...] = SIZES, repeats: int = 3) -> dict[str, dict[str, float]]:
    """Best seconds of a few calls for each method and size, and the exponent fitted to N >= 50."""
    rng = np.random.default_rng(1)
    covariances = {}
    for n in sizes:
        root = np.linalg.cholesky(random_covariance(rng, n))
        covariances[n] = np.cov(rng.normal(size=(2 * n, n)) @ root.T, rowvar=False)
    means = {n: np.abs(rng.normal(0.06, 0.05, n)) + 0.001 for n in sizes}
    methods: dict[str, Callable[[int], Any]] = {
        name: (lambda n, rule=rule: rule(covariances[n])) for name, rule in OURS.items()
    }
    methods["max_sharpe"] = lambda n: max_sharpe(means[n], covariances[n])
    table: dict[str, dict[str, float]] = {}
    for name, call in methods.items():
        seconds = {}
        for n in sizes:
            call(n)
            times = []
            for _ in range(repeats):
                begin = time.perf_counter()
                call(n)
                times.append(time.perf_counter() - begin)
            seconds[n] = min(times)
        large = [n for n in sizes if n >= 50]
        exponent = np.polyfit(np.log(large), np.log([seconds[n] for n in large]), 1)[0]
        table[name] = {**{f"N={n}": seconds[n] for n in sizes}, "exponent": float(exponent)}
    return table


def grid_seconds(start: str = "1990-01-01", rebalance: str = "quarterly") -> dict[str, float]:
    """Backtest of every method with every estimator on 20 stocks, by default over 32 years."""
    from portfolio_study.studies.minimum_variance.walk_forward import compare_portfolios  # needs the book

    returns = simple_returns(load_prices("packaged", universe="us20", start=start).close)
    begin = time.perf_counter()
    comparison = compare_portfolios(returns, lookback=252, rebalance=rebalance)
    seconds = time.perf_counter() - begin
    dates = len(next(iter(comparison.weights.values())))
    return {
        "seconds": seconds, "workers": jobs(), "days": len(returns), "rebalances": dates,
        "methods": len(METHODS), "estimators": len(ESTIMATORS), "portfolios": dates * len(comparison.runs),
        "failures": len(comparison.failures),
    }  # fmt: skip


def run(sizes: tuple[int, ...] = SIZES, cases: int = 200, start: str = "1990-01-01") -> dict[str, Any]:
    """Cost by size with fitted exponent, agreement with peers, and the time of the whole grid.

    Parameters
    ----------
    sizes : tuple of int
        Numbers of assets; two of them 50 or more, for the exponent.
    cases : int
        Random covariances of which the peers' weights are compared.
    start : str
        First date of the backtests of the grid.
    """
    return {
        "seconds_per_rebalance": cost_by_size(sizes),
        "agreement": {"cases": cases, "largest_difference": agreement(cases)},
        "grid": grid_seconds(start),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
