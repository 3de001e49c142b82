"""What a reader can take away of the chapter on ARIMA: its forecasts; those of past means would give back returns."""

from typing import Any

from portfolio_study.ledger.series import series
from portfolio_study.studies.arima.experiment import Experiment


@series("mean forecasts", "Forecasts of log returns by ARIMA(1,0,1), refitted every {period}")
def mean_forecasts(study: Experiment) -> dict[str, Any]:
    """By engine; the paper's forecasts one asset, and all assets on a few dates."""
    return {
        "ARIMA, highest likelihood": study.ours.mean,
        f"ARIMA, statsmodels ({study.focus})": study.reference.mean,
        "ARIMA, statsmodels (sampled dates)": study.panel.mean,
    }
