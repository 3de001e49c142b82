"""Two anomalies in one portfolio: what low betas and low residual risks pay minimum variance."""

import numpy as np
import pandas as pd

from portfolio_study.evaluation.inference import Inference
from portfolio_study.evaluation.regression import mean_test
from portfolio_study.studies.minimum_variance.universe_study import UniverseStudy

PORTFOLIO = "minimum_variance"


def low_less_high(study: UniverseStudy, risks: pd.DataFrame) -> pd.Series:
    """Returns of the third of the assets with the lowest risks less those of the third with the highest.

    The thirds are formed anew on every rebalance date from risks known the day before.
    """
    count = max(1, risks.shape[1] // 3)
    order = risks.rank(axis=1, method="first")
    sides = (order <= count).astype(float) - (order > risks.shape[1] - count).astype(float)
    held = (sides / count).reindex(study.market.index, method="ffill")
    return (held * study.returns.loc[held.index, held.columns]).sum(axis=1)


def gains(study: UniverseStudy) -> dict[str, Inference]:
    """What each anomaly adds to the return of minimum variance, decimals a year.

    The excess return of the portfolio is regressed on that of the market and on both anomalies; the gain
    of one is its slope times what the anomaly earns beyond its own market beta.
    """
    run = study.run(PORTFOLIO)
    market = (study.market - run.risk_free).to_numpy()
    names = ("low beta", "low residual risk")
    factors = np.column_stack([low_less_high(study, risks) for risks in study.attributes()])
    design = np.column_stack([np.ones(len(market)), market])
    fitted = design @ np.linalg.lstsq(design, factors, rcond=None)[0]
    betas = np.linalg.lstsq(design, factors, rcond=None)[0][1]
    beyond = factors - np.outer(market, betas)  # keeps the mean that the market does not explain
    pure = factors - fitted
    outcome = run.excess_returns.to_numpy()
    rest = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    slopes = np.linalg.lstsq(pure, rest, rcond=None)[0]
    return {
        name: mean_test(
            pd.Series(slope * column, run.returns.index),
            periods_per_year=run.periods_per_year,
            name="gain from an anomaly",
        )
        for name, slope, column in zip(names, slopes, beyond.T, strict=True)
    }
