"""What estimation error does, where only a simulation with a known truth can tell."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.minimum_variance import gmv_long_only
from portfolio_study.allocation.semivariance import min_semivariance
from portfolio_study.errors import EstimationError
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.risk.covariance import estimate_covariance
from portfolio_study.studies.minimum_variance.contrasts import simulated
from portfolio_study.studies.minimum_variance.estimation_error import cash_equivalent_loss
from portfolio_study.studies.minimum_variance.sampling_simulation import simulate_estimators
from portfolio_study.studies.minimum_variance.statement_examples import example

FIXED = (0.2, 0.5, 0.8)
"""Shrinkage intensities that the data-driven choice competes with."""


def _estimators(*names: str, **fixed: dict[str, Any]) -> dict[str, Any]:
    chosen = {name: partial(estimate_covariance, method=name) for name in names}
    return chosen | {
        label: partial(estimate_covariance, method="shrinkage_tyler", **options)
        for label, options in fixed.items()
    }


def _log_gain(table: pd.DataFrame, better: str, worse: str, name: str) -> Inference:
    """Mean log ratio of true variances over the samples in which both worked, halved: volatility."""
    both = table[[worse, better]].dropna()
    return simulated(0.5 * np.log(both[worse].to_numpy() / both[better].to_numpy()), name)


def estimation_error_claims(slow_draws: int = 40, seed: int = 0) -> dict[str, Inference]:
    """Compare remedies against estimation error on simulated returns, positive where they help.

    Parameters
    ----------
    slow_draws : int
        Simulated samples of iterative estimators.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    dict of Inference
        ``l1_factor``, ``tyler_choice`` and ``mrcd`` (log volatility saved).
    """
    small = example(8, seed).covariance
    found = {}
    crowd = simulate_estimators(
        example(60, seed).covariance,
        40,
        _estimators("factor", "ledoit_wolf"),
        slow_draws,
        seed,
        long_only=True,
    )
    found["l1_factor"] = _log_gain(crowd, "factor", "ledoit_wolf", "log volatility saved, N = 60, T = 40")
    fixed: dict[str, Any] = {f"fixed {rho}": {"shrinkage": rho} for rho in FIXED}
    heavy = simulate_estimators(
        small, 30, _estimators("shrinkage_tyler", **fixed), slow_draws, seed, degrees_of_freedom=3.0
    )
    heavy["fixed"] = np.exp(np.log(heavy[list(fixed)]).mean(axis=1))
    found["tyler_choice"] = _log_gain(heavy, "shrinkage_tyler", "fixed", "log volatility saved")
    dirty = simulate_estimators(
        small, 60, _estimators("mrcd", "sample"), max(10, slow_draws // 4), seed, contamination=0.05
    )
    found["mrcd"] = _log_gain(dirty, "mrcd", "sample", "log volatility saved, 5 % outliers")
    return found


TOLERANCES = (25.0, 50.0, 75.0)
"""Risk tolerances of Chopra and Ziemba in percent: risk aversions of 8, 4 and 2.7."""


def loss_ratios_of_errors(
    returns: pd.DataFrame, draws: int = 100, seed: int = 0
) -> dict[str, dict[str, Inference]]:
    """How much more errors in means cost than errors of the same relative size in the other moments.

    Ratios of mean cash-equivalent losses, with the error of the delta method over the draws.

    Parameters
    ----------
    returns : DataFrame
        Monthly returns whose sample moments are taken as the truth.
    draws, seed : int

    Returns
    -------
    dict
        Risk tolerance (``"25"``, ``"50"``, ``"75"``) to the ratios to ``variances`` and ``covariances``.

    Raises
    ------
    EstimationError
        The optimal portfolio does not move with the errors.
    """
    mean = returns.mean().clip(lower=1e-4)
    return {
        f"{tolerance:.0f}": {
            other: _ratio(mean, returns.cov(), tolerance, other, draws, seed)
            for other in ("variances", "covariances")
        }
        for tolerance in TOLERANCES
    }


def _ratio(
    mean: pd.Series, cov: pd.DataFrame, tolerance: float, other: str, draws: int, seed: int
) -> Inference:
    # small errors: larger ones often leave no positive definite matrix of correlated portfolios
    loss = cash_equivalent_loss(mean, cov, tolerance, error=0.02, draws=draws, seed=seed)
    a, b = loss["means"].to_numpy(), loss[other].to_numpy()
    if min(a.mean(), b.mean()) <= 0:
        raise EstimationError("the optimal portfolio does not move with the errors: a corner has no ratio")
    ratio = a.mean() / b.mean()
    se = float((a / a.mean() - b / b.mean()).std(ddof=1) * abs(ratio) / np.sqrt(draws))
    return inference(float(ratio), se, draws, "ratio of cash-equivalent losses")


def downside_uncertainty(returns: pd.DataFrame, rows: int, draws: int = 40, seed: int = 0) -> Inference:
    """Log ratio of the standard errors of weights: minimum semivariance over minimum variance.

    Both portfolios are long-only and computed on the same resampled rows.
    """
    random = np.random.default_rng(seed)
    found = np.empty((draws, 2, returns.shape[1]))
    for k in range(draws):
        sample = returns.iloc[random.integers(0, len(returns), rows)].reset_index(drop=True)
        found[k] = [np.asarray(min_semivariance(sample)), np.asarray(gmv_long_only(sample.cov()))]
    spread = ((found - found.mean(axis=0)) ** 2).sum(axis=2)
    ratio = spread[:, 0].mean() / spread[:, 1].mean()
    se = (spread[:, 0] / spread[:, 0].mean() - spread[:, 1] / spread[:, 1].mean()).std(ddof=1) / np.sqrt(
        draws
    )
    return inference(0.5 * float(np.log(ratio)), 0.5 * float(se), draws, "log ratio of standard errors")
