"""What paper 004 prints: initial values, tables, riskless rate, and the problems built from them.

Sikaria, S., Sen, R., Upadhye, N. S. (2020). Bayesian Filtering for Multi-period Mean-Variance
Portfolio Selection. arXiv:1911.07526, sections 5 and 6.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exact import exact_policy
from portfolio_study.allocation.multi_period.exits import exit_moments, paper_exit, spread_exit
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.policy import (
    MultiPeriodPolicy,
    backward_recursion,
    multi_period_policy,
)

Array = NDArray[np.float64]

MEAN, PHI, NOISE_VARIANCE = 0.00207, -0.13366, 0.00085
"""Initial values of the S&P 500, per week: process mean, autocorrelation, variance of the noise."""
RISK_FREE = 0.0057
"""Riskless return of section 6.2, "(risk-free rate for USA)": neither unit nor period is given."""
MEANS = ("0.006632", "-0.01047", "0.00704", "0.00245", "0.00299")
"""Weekly means of the five stocks, as section 6.4 prints them."""
SECOND_STOCK_MEAN = float(MEANS[1])
"""That of its second stock, typed "MFST"."""

STOCKS = {
    "AAPL": ("AAPL",),
    "MSFT": ("MSFT",),
    "AMZN": ("AMZN",),
    "META": ("META", "FB"),
    "GOOGL": ("GOOGL", "GOOG"),
}
"""The five stocks of section 6.4, each with the tickers under which it may be found, best first."""

# fmt: off
COEFFICIENTS = np.array([
    [0.0399, 0.2395, -0.0185, 0.0322, 0.1183],
    [0.0160, -0.1943, -0.0006, -0.0020, 0.0093],
    [0.0684, -1.1354, 0.0137, 0.1444, -0.0398],
    [-0.0618, 2.7002, 0.0131, -0.1892, -0.0411],
    [-0.0882, -2.1994, 0.0667, 0.0850, -0.0589],
])
"""Coefficients that section 6.4 prints; rows and columns carry no names."""
TABLE_1 = {
    -0.9: 0.06, -0.8: 0.13, -0.7: 0.17, -0.6: 0.36, -0.5: 0.54, -0.4: 0.83, -0.3: 0.98, -0.2: 0.99,
    -0.1: 0.99, 0.0: 0.17,
    0.1: 1.0, 0.2: 1.0, 0.3: 0.99, 0.4: 0.82, 0.5: 0.53, 0.6: 0.38, 0.7: 0.25, 0.8: 0.05, 0.9: 0.01,
}
"""Printed probability that updating "performs better", by autocorrelation."""
TABLE_2 = {
    -0.5: 0.07, -0.4: 0.32, -0.3: 0.43, -0.2: 0.54, -0.1: 0.78, -0.05: 0.99, -0.03: 0.99, -0.01: 1.0,
    0.0: 1.0, 0.01: 1.0, 0.03: 1.0, 0.05: 0.95, 0.1: 0.83, 0.2: 0.80, 0.3: 0.51, 0.4: 0.43, 0.5: 0.09,
}
"""The same by mean. The values of Table 3 are missing from the text."""
# fmt: on


def printed_var() -> dict[str, str]:
    """Means and coefficients of the five stocks as they are printed, by ``mu.AAPL`` and ``phi.AAPL.MSFT``."""
    found = {f"mu.{name}": mean for name, mean in zip(STOCKS, MEANS, strict=True)}
    for name, slopes in zip(STOCKS, COEFFICIENTS, strict=True):
        found |= {f"phi.{name}.{other}": f"{slope:.4f}" for other, slope in zip(STOCKS, slopes, strict=True)}
    return found


def stocks_among(tickers: Iterable[str]) -> dict[str, str]:
    """Those of the paper's five stocks that are among some tickers: ticker found to the stock's name."""
    known = set(tickers)
    found = {name: next((t for t in own if t in known), None) for name, own in STOCKS.items()}
    return {ticker: name for name, ticker in found.items() if ticker is not None}


def riskless_readings() -> dict[str, float]:
    """Gross riskless return per week under three readings of 0.0057: a year's, a week's, literal."""
    return {
        "0.57 % a year": 1 + RISK_FREE / 52,
        "0.57 % a week": 1 + RISK_FREE,
        "0.0057 as the gross return": RISK_FREE,
    }


def riskless_table(horizon: int = 26) -> pd.DataFrame:
    r"""What each reading of the riskless return makes of the paper's index without autocorrelation.

    The literal reading is put into the recursion as printed, with the excess return over 0.0057: a
    gross return below one half is refused everywhere else.

    Returns
    -------
    DataFrame
        Rows are readings; columns ``riskless wealth``, ``lambda_0``, ``Theta``, ``first position``.
    """
    rows = {}
    for name, gross in riskless_readings().items():
        mean = MEAN - (gross - 1 if gross > 0.5 else gross)
        theta, lam, _, _ = backward_recursion(
            np.full((horizon, 1), mean),
            np.full((horizon, 1, 1), NOISE_VARIANCE + mean**2),
            np.full(horizon, gross),
            paper_exit("P1"),
        )
        rows[name] = {
            "riskless wealth": gross**horizon,
            "lambda_0": lam[0],
            "Theta": theta.sum(),
            "first position": "long" if mean > 0 else "short",
        }
    return pd.DataFrame(rows).T.rename_axis("reading")


def independent_policy(
    exit_probability: ArrayLike,
    gross: float,
    risk_aversion: float = 1.0,
    noise_variance: float = NOISE_VARIANCE,
) -> MultiPeriodPolicy:
    """Optimal policy for the paper's index if its returns had no autocorrelation.

    Parameters
    ----------
    exit_probability : array_like, shape (T,)
    gross : float
        Riskless return per week.
    risk_aversion : float
    noise_variance : float
        Variance of the weekly return.
    """
    p = np.asarray(exit_probability, dtype=float)
    return multi_period_policy(np.full(p.size, MEAN - gross + 1), noise_variance, gross, p, risk_aversion)


def remembering_frontier(exit_probability: ArrayLike, gross: float) -> Frontier:
    """Frontier of the exact policy for the paper's index with its autocorrelation."""
    return exact_policy(
        MEAN * (1 - PHI), PHI, NOISE_VARIANCE, gross, np.asarray(exit_probability), 1.0, MEAN
    ).frontier_coefficients


def exit_plans() -> dict[str, Array]:
    """The paper's exit distributions, and three with one mean (week 20) and growing spread."""
    own = {name: paper_exit(name) for name in ("P1", "P2", "P3")}
    return own | {
        "week 20 for certain": spread_exit(20, 0),
        "week 17 or 23": spread_exit(20, 3),
        "week 14 or 26": spread_exit(20, 6),
    }


def exit_table(gross: float, variance: float = 0.01) -> pd.DataFrame:
    """Expected wealth at a variance by exit distribution, without memory and for the exact AR(1).

    Parameters
    ----------
    gross : float
        Riskless return per week.
    variance : float
        Of terminal wealth, per unit invested squared.

    Returns
    -------
    DataFrame
        Rows are exit distributions; columns ``mean exit``, ``sd of exit`` (weeks), ``independent`` and
        ``AR(1) exact`` (expected wealth per unit invested).
    """
    rows = {}
    for name, p in exit_plans().items():
        exact = exact_policy(MEAN * (1 - PHI), PHI, NOISE_VARIANCE, gross, p, 1.0, MEAN)
        mean, sd = exit_moments(p)
        rows[name] = {
            "mean exit": mean,
            "sd of exit": sd,
            "independent": independent_policy(p, gross).frontier(variance),
            "AR(1) exact": exact.frontier(variance),
        }
    return pd.DataFrame(rows).T.rename_axis("exit")
