"""Contrasts of two portfolios, each signed so that a positive number favours the first.

Texts 001 and 002 say in words that one portfolio is less risky, pays more or trades less than
another. Each function turns one such sentence into an estimate with an interval.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from portfolio_study.checks import aligned_like, as_frame, at_rows
from portfolio_study.checks.confidence import Z95_TO_SIX_DIGITS
from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.bootstrap import bootstrap_of_means
from portfolio_study.evaluation.delta_method import SmoothFunction
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.evaluation.panel import minimum_of
from portfolio_study.evaluation.regression import hac_regression, mean_test
from portfolio_study.evaluation.sharpe import annualised, sharpe_difference, variance_difference


def less_risk(a: Backtest, b: Backtest, draws: int = 1000, seed: int = 0) -> Inference:
    r"""Log of the ratio of volatilities, :math:`\ln(\sigma_b/\sigma_a)`: 0.02 is 2 % less risk.

    The test is that of Ledoit and Wolf (2011) on variances.

    Raises
    ------
    EstimationError
        The portfolios are identical.
    """
    return variance_difference(a.returns, b.returns, draws=draws, seed=seed).scaled(-0.5)


def higher_sharpe(
    a: Backtest, b: Backtest, cost_bps: float = 0.0, draws: int = 1000, seed: int = 0
) -> Inference:
    """Difference of annual Sharpe ratios after costs (Ledoit and Wolf 2008).

    Raises
    ------
    EstimationError
        The portfolios are identical.
    """
    x, y = a.at_cost(cost_bps), b.at_cost(cost_bps)
    return sharpe_difference(
        x.returns,
        y.returns,
        risk_free=a.risk_free,
        periods_per_year=a.periods_per_year,
        draws=draws,
        seed=seed,
    )


def higher_mean(a: Backtest, b: Backtest) -> Inference:
    """Difference of mean returns, decimals a year, with a Newey-West error."""
    return mean_test(a.returns - b.returns, periods_per_year=a.periods_per_year, name="mean difference")


def lower_turnover(a: Backtest, b: Backtest, draws: int = 1000, seed: int = 0) -> Inference:
    r"""Share of b's trades that a saves, :math:`1 - \overline{turnover}_a/\overline{turnover}_b`.

    Raises
    ------
    EstimationError
        b never trades.
    """
    traded = (a.turnover > 0) | (b.turnover > 0)
    values = np.column_stack([a.turnover[traded], b.turnover[traded]])
    if not len(values) or values[:, 1].sum() <= 0:
        raise EstimationError("the second portfolio never trades: there is nothing to save")
    return bootstrap_of_means(
        values, lambda m: 1 - m[..., 0] / m[..., 1], null=0.0, method="turnover saved", draws=draws, seed=seed
    )


def _log_downside(v: np.ndarray) -> np.ndarray:
    return 0.5 * (np.log(v[..., 1]) - np.log(v[..., 0]))


def _log_downside_gradient(v: np.ndarray) -> np.ndarray:
    return np.stack([-0.5 / v[..., 0], 0.5 / v[..., 1]], axis=-1)


LOG_DOWNSIDE = SmoothFunction(_log_downside, _log_downside_gradient)


def lower_downside(a: Backtest, b: Backtest, draws: int = 1000, seed: int = 0) -> Inference:
    r"""Log of the ratio of downside deviations, :math:`\tfrac12\ln(E\min(r_b,0)^2/E\min(r_a,0)^2)`."""
    from portfolio_study.evaluation.delta_method import bootstrap_inference

    falls = np.column_stack([np.minimum(x.returns, 0.0) ** 2 for x in (a, b)])
    scale = falls.mean()
    return bootstrap_inference(falls / scale, LOG_DOWNSIDE, "downside difference", draws=draws, seed=seed)


def alpha(a: Backtest, market: pd.Series) -> Inference:
    """Intercept of excess returns on the market's excess returns, decimals a year."""
    fit = hac_regression(a.excess_returns, (market - a.risk_free).rename("market"))
    return annualised(fit.slope("const"), a.periods_per_year)


def _mean_or_constant(values: pd.Series, name: str) -> Inference:
    """Mean with a Newey-West error; a constant series has the resolution 1/n as its error."""
    if values.std() < 1e-12 or len(values) < 10:
        error = max(float(values.std()), 1.0 / len(values)) / np.sqrt(len(values))
        return inference(float(values.mean()), error, len(values), name)
    return mean_test(values, name=name)


def weight_tilt(weights: pd.DataFrame, attribute: pd.DataFrame) -> Inference:
    """Minus the average rank correlation of weights with an attribute (betas, residual risks).

    Raises
    ------
    DataError
        No date has weights that differ, or the tables have other dates or assets.
    """
    weights = as_frame(weights, "weights", 1, labelled=True)
    attribute = as_frame(attribute, "attribute", 1, labelled=True)
    attribute = aligned_like(at_rows(attribute, weights.index, "attribute"), weights, "attribute", "weights")
    rows = {
        date: stats.spearmanr(weights.loc[date], attribute.loc[date]).statistic
        for date in weights.index
        if weights.loc[date].std() > 1e-12
    }
    if not rows:
        raise DataError("the weights never differ between assets: a tilt has no meaning")
    return _mean_or_constant(-pd.Series(rows).dropna(), "rank correlation")


def smallest(results: Mapping[str, Inference]) -> Inference:
    """Evidence that a sentence holds for *every* unit: the smallest effect, Bonferroni intervals."""
    found = minimum_of(dict(results))
    return _bounded(found.estimate, found.interval, results, "smallest of")


def largest(results: Mapping[str, Inference]) -> Inference:
    """Evidence that a sentence holds for *some* unit: the largest effect, Bonferroni intervals."""
    found = minimum_of({name: -one for name, one in results.items()})
    low, high = found.interval
    return _bounded(-found.estimate, (-high, -low), results, "largest of")


def _bounded(
    estimate: float, interval: tuple[float, float], results: Mapping[str, Inference], words: str
) -> Inference:
    low, high = interval
    n, method = min(r.n for r in results.values()), f"{words} {len(results)}"
    if low == high:  # the unit that decides holds the same portfolio twice: no effect, without error
        return Inference(estimate, 0.0, 0.0, 1.0, (low, high), n, 0.0, method)
    made = inference(estimate, (high - low) / (2 * Z95_TO_SIX_DIGITS), n, method)
    return replace(made, interval=(float(low), float(high)))


def simulated(values: Any, name: str) -> Inference:
    """Mean of independent simulated values with its standard error."""
    x = np.asarray(values, dtype=float)
    return inference(float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x))), len(x), name)
