"""The asset-class statements of text 001, on funds: US stocks, bonds, Treasuries, gold, commodities, estate."""

from collections.abc import Sequence

import numpy as np

from portfolio_study.data import PriceHistory, simple_returns
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.studies.minimum_variance.universe_study import UniverseStudy, contrast

FUNDS = ("VTI", "AGG", "TLT", "GLD", "DBC", "VNQ")
STOCKS, BONDS, COMMODITIES = "VTI", "AGG", "DBC"
LACKING = f"needs the six funds {', '.join(FUNDS)}"
STOCK_FUNDS, BOND_FUND = ("SPY", "IWM", "EEM"), "AGG"
"""Large and small US companies and emerging markets; US bonds."""
LACKING_FOUR = f"needs the four funds {', '.join(STOCK_FUNDS)} and {BOND_FUND}"
EQUAL, DIVERSIFIED = "equal_weight", "max_diversification"


def weakest(
    study: UniverseStudy, weak: Sequence[str], others: Sequence[str], **options: int
) -> dict[str, Inference]:
    """Lead in the Sharpe ratio of each other rule over each that should be weak."""
    return {
        f"{other} against {name}": contrast(study, "sharpe", other, name, **options)
        for other in others
        for name in weak
    }


def more_to_gain(funds: Inference, equities: Inference) -> Inference:
    """Lead over equal weight among the funds less that in equities; the samples are taken as independent."""
    return inference(
        funds.estimate - equities.estimate,
        float(np.hypot(funds.se, equities.se)),
        min(funds.n, equities.n),
        "difference of leads",
    )


def commodities_over_the_rest(history: PriceHistory) -> float:
    """Sharpe ratio of the commodity fund over the mean of those of the stock and the bond fund."""
    returns = simple_returns(history.close)
    excess = returns.sub(history.risk_free.loc[returns.index], axis=0)
    ratios = excess.mean() / excess.std()
    return float(ratios[COMMODITIES] / ratios[[STOCKS, BONDS]].mean())


def calmer_together(history: PriceHistory, members: Sequence[str]) -> dict[str, bool]:
    """Of each stock fund, whether an equally weighted mix of the members has a lower volatility."""
    returns = simple_returns(history.close)
    together = returns[list(members)].mean(axis=1).std()
    return {fund: bool(together < returns[fund].std()) for fund in STOCK_FUNDS}
