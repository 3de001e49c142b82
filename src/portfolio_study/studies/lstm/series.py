"""What a reader can take away of the chapter on networks: forecasts; those of past means would give back returns."""

from typing import Any

from portfolio_study.ledger.series import series
from portfolio_study.studies.lstm.experiment import ARIMA, LSTM, Experiment


@series(
    "mean forecasts",
    "Forecasts of log returns on the test dates by the networks, from every seed, and by ARIMA",
)
def mean_forecasts(study: Experiment) -> dict[str, Any]:
    """By model."""
    others = {f"{LSTM}, seed {study.seed + k}": found.mean for k, found in enumerate(study.by_seed) if k}
    return {
        LSTM: study.search.mean,
        **others,
        ARIMA: study.forecasts[ARIMA],
        f"{ARIMA}, the paper's engine": study.arima_of_paper,
    }


@series("mean forecasts", "Forecasts of the published networks, scaled before the split, from every seed")
def published_forecasts(study: Experiment) -> dict[str, Any]:
    """By seed."""
    return {f"published, seed {study.seed + k}": found.mean for k, found in enumerate(study.published)}
