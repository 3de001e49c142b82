"""Two anomalies in one portfolio: what low betas and low residual risks pay minimum variance."""

import numpy as np
import pandas as pd

from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.evaluation.regression import hac_regression
from portfolio_study.evaluation.sharpe import annualised
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
    of one is its slope times what the anomaly earns beyond its own market beta. Its error is that of
    both factors (delta method).
    """
    run = study.run(PORTFOLIO)
    market = (study.market - run.risk_free).rename("market")
    betas, residuals = study.attributes()
    anomalies = {
        "low beta": low_less_high(study, betas),
        "low residual risk": low_less_high(study, residuals),
    }
    fit = hac_regression(run.excess_returns, pd.DataFrame({"market": market, **anomalies}))
    found = {}
    for name, returns in anomalies.items():
        slope = fit.slope(name)
        earned = annualised(hac_regression(returns.rename(name), market).slope("const"), run.periods_per_year)
        error = np.hypot(slope.estimate * earned.se, earned.estimate * slope.se)
        found[name] = inference(
            slope.estimate * earned.estimate, float(error), slope.n, "gain from an anomaly"
        )
    return found
