"""What a reader can take away of the chapter on volatility: GARCH; averages of squares would give back returns."""

from typing import Any

from portfolio_study.ledger.series import series
from portfolio_study.studies.garch.experiment import Experiment


@series("volatility forecasts", "Forecasts of the volatility of log returns by GARCH(1,1)")
def volatility_forecasts(study: Experiment) -> dict[str, Any]:
    """By window."""
    return {study.garch: study.fitted.volatility, study.slow: study.long.volatility}
