"""Covariance estimators by name: their words, and which of them work with few observations.

This is the one list of names and words. Each function stands in the module of its family, `covariance_*` of
`portfolio_study.risk`; `ESTIMATORS` of `portfolio_study.risk.covariance` maps the names to them. The names
stand here, below both, because the checks must be able to say which estimators would still work. To add an
estimator: the function in its family, a row of `ESTIMATORS`, and a row here; labels, words and messages follow.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class EstimatorName:
    """What is known of an estimator without running it.

    Attributes
    ----------
    name : str
        Key, as in ``estimate_covariance(returns, name)``.
    label : str
        Words for tables and figures.
    remedy : str
        The same inside a sentence.
    few_observations : bool
        Whether its matrix can be inverted with fewer observations than assets.
    """

    name: str
    label: str
    remedy: str
    few_observations: bool = False


_ROWS = (
    EstimatorName("sample", "Sample", "sample"),
    EstimatorName("ledoit_wolf", "Ledoit-Wolf", "Ledoit-Wolf shrinkage", True),
    EstimatorName(
        "ledoit_wolf_single_index", "Ledoit-Wolf, single index", "Ledoit-Wolf shrinkage to one index", True
    ),
    EstimatorName(
        "ledoit_wolf_constant_correlation",
        "Ledoit-Wolf, constant correlation",
        "Ledoit-Wolf shrinkage to one correlation",
        True,
    ),
    EstimatorName("oas", "Oracle approximating shrinkage", "oracle approximating shrinkage", True),
    EstimatorName("tyler", "Tyler", "Tyler"),
    EstimatorName("shrinkage_tyler", "Tyler, shrunk", "shrinkage Tyler", True),
    EstimatorName("mcd", "Minimum covariance determinant", "minimum determinant"),
    EstimatorName("mrcd", "Minimum covariance determinant, regularised", "regularised determinant", True),
    EstimatorName("factor", "Statistical factor", "a statistical factor", True),
    EstimatorName("clipping", "Eigenvalue clipping", "eigenvalue clipping", True),
    EstimatorName("spectral", "Spectral correction", "spectral correction"),
    EstimatorName("clime", "Sparse inverse (CLIME)", "sparse inverse (CLIME)"),
    EstimatorName("ewma", "Exponential weights", "exponential weights"),
    EstimatorName("forgetting", "Forgetting factor", "a forgetting factor"),
    EstimatorName("time_varying_factor", "Time varying factor", "a time-varying factor"),
    EstimatorName("semicovariance", "Semicovariance", "semicovariance"),
)

ESTIMATOR_NAMES: dict[str, EstimatorName] = {row.name: row for row in _ROWS}
"""Every estimator by name, in the order in which a comparison runs them."""

FEW_OBSERVATIONS = ", ".join(row.name for row in _ROWS if row.few_observations)
"""Estimators that give an invertible matrix with fewer observations than assets."""
