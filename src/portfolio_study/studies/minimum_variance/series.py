"""What a reader can take away of the chapter on minimum variance: what every rule held and earned, by universe."""

from typing import Any

from portfolio_study.ledger.series import series
from portfolio_study.studies.minimum_variance.experiment import LABELS, Experiment
from portfolio_study.studies.minimum_variance.universe_study import UniverseStudy


@series("returns", "Return of every rule on the assets of the run, before costs")
def stocks_returns(study: Experiment) -> dict[str, Any]:
    """By rule."""
    return _returns(study, "stocks")


@series("weights", "Weights of every rule on the rebalance dates, assets of the run")
def stocks_weights(study: Experiment) -> dict[str, Any]:
    """By rule."""
    return _weights(study, "stocks")


@series("returns", "Return of every rule on the industries, before costs")
def industries_returns(study: Experiment) -> dict[str, Any]:
    """By rule."""
    return _returns(study, "industries")


@series("weights", "Weights of every rule on the rebalance dates, industries")
def industries_weights(study: Experiment) -> dict[str, Any]:
    """By rule."""
    return _weights(study, "industries")


@series("returns", "Return of every rule on the size/value portfolios, before costs")
def size_value_returns(study: Experiment) -> dict[str, Any]:
    """By rule."""
    return _returns(study, "size_value")


@series("weights", "Weights of every rule on the rebalance dates, size/value portfolios")
def size_value_weights(study: Experiment) -> dict[str, Any]:
    """By rule."""
    return _weights(study, "size_value")


def _returns(study: Experiment, place: str) -> dict[str, Any]:
    traded: UniverseStudy = study.places[place]
    return {f"{name}, {LABELS[place]}": traded.run(name).gross_returns for name in traded.names}


def _weights(study: Experiment, place: str) -> dict[str, Any]:
    traded: UniverseStudy = study.places[place]
    return {f"{name}, {LABELS[place]}": traded.weights(name) for name in traded.names}
