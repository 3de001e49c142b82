"""Many models at once: which one survives when the search for the best one is accounted for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame, as_series, check_count, same_rows
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.bootstrap import SCHEMES, block_length


@dataclass(frozen=True)
class ModelConfidenceSet:
    """Models that cannot be told apart from the best one.

    Attributes
    ----------
    included : tuple of str
        The set; it holds the best model with probability 1 - size.
    excluded : tuple of str
        Models that are worse than the best of the set.
    p_values : Series
        P-value of each model, smallest first; excluded where at most ``size``.
    mean_loss : Series
        Mean loss of each model.
    size : float
        1 - confidence level.
    n : int
        Number of dates.
    method : str
        Options of the bootstrap.
    """

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    p_values: pd.Series
    mean_loss: pd.Series
    size: float
    n: int
    method: str


def model_confidence_set(
    losses: pd.DataFrame,
    size: float = 0.10,
    *,
    block: int | None = None,
    draws: int = 2000,
    seed: int = 0,
    method: str = "R",
    scheme: str = "stationary",
) -> ModelConfidenceSet:
    """Model confidence set of Hansen, Lunde and Nason (``arch.bootstrap.MCS``).

    Parameters
    ----------
    losses : DataFrame, shape (T, M)
        Loss of each model on each date; for portfolios minus the return.
    size : float
        1 - confidence level; 0.10 gives the 90 % set.
    block : int, optional
        (Mean) block length, default T^(1/3).
    draws, seed : int
        Number of resamples and seed.
    method : str
        ``"R"`` (range) or ``"max"``.
    scheme : str
        ``"stationary"`` or ``"circular"``.

    Raises
    ------
    DataError
        For NaN; the model and date are named.
    EstimationError
        If two models have identical losses: they cannot be compared.

    References
    ----------
    Hansen, P. R., Lunde, A. and Nason, J. M. (2011). The model confidence set. Econometrica 79,
    453-497.
    """
    from arch.bootstrap import MCS

    frame = _models(losses, 2)
    length = _options(len(frame), size, block, draws, scheme)
    if method not in ("R", "max"):
        raise UnknownNameError("method", method, ("R", "max"))
    result = MCS(frame, size, reps=draws, block_size=length, method=method, bootstrap=scheme, seed=seed)
    result.compute()
    p_values = result.pvalues["Pvalue"].rename("p_value")
    return ModelConfidenceSet(
        included=tuple(name for name in frame.columns if name in result.included),
        excluded=tuple(name for name in frame.columns if name in result.excluded),
        p_values=p_values,
        mean_loss=frame.mean(),
        size=size,
        n=len(frame),
        method=f"MCS ({method}, {scheme} bootstrap, block {length}, {draws} draws)",
    )


@dataclass(frozen=True)
class SuperiorAbility:
    """Whether any model beats the benchmark, after the search over all of them.

    Attributes
    ----------
    p_lower, p_value, p_upper : float
        P-values of "no model beats the benchmark"; ``p_value`` is the consistent one. The upper
        one, White's reality check, loses power when hopeless models are added.
    best : str
        Model with the smallest mean loss.
    advantage : float
        Its mean loss advantage over the benchmark, in the unit of the losses.
    n, models : int
        Number of dates and of models.
    method : str
        Options of the bootstrap.
    """

    p_lower: float
    p_value: float
    p_upper: float
    best: str
    advantage: float
    n: int
    models: int
    method: str


def superior_predictive_ability(
    benchmark: pd.Series,
    losses: pd.DataFrame,
    *,
    block: int | None = None,
    draws: int = 2000,
    seed: int = 0,
    scheme: str = "stationary",
) -> SuperiorAbility:
    """Test that no model has a smaller expected loss than the benchmark (``arch.bootstrap.SPA``).

    Parameters
    ----------
    benchmark : Series, shape (T,)
        Losses of the benchmark (1/N, the zero forecast).
    losses : DataFrame, shape (T, M)
        Losses of the models, same dates; for portfolios minus the return.
    block, draws, seed, scheme
        As in ``model_confidence_set``.

    Raises
    ------
    DataError
        For NaN or different dates.
    EstimationError
        If a model's losses equal the benchmark's; it is named.

    References
    ----------
    Hansen, P. R. (2005). A test for superior predictive ability. Journal of Business and Economic
    Statistics 23, 365-380.
    White, H. (2000). A reality check for data snooping. Econometrica 68, 1097-1126.
    """
    from arch.bootstrap import SPA

    base, frame = _against(benchmark, losses)
    length = _options(len(frame), 0.05, block, draws, scheme)
    result = SPA(base, frame, block_size=length, reps=draws, bootstrap=scheme, seed=seed)
    result.compute()
    gain = float(base.mean()) - frame.mean()
    return SuperiorAbility(
        p_lower=float(result.pvalues["lower"]),
        p_value=float(result.pvalues["consistent"]),
        p_upper=float(result.pvalues["upper"]),
        best=str(gain.idxmax()),
        advantage=float(gain.max()),
        n=len(frame),
        models=frame.shape[1],
        method=f"SPA ({scheme} bootstrap, block {length}, {draws} draws)",
    )


def superior_models(
    benchmark: pd.Series,
    losses: pd.DataFrame,
    size: float = 0.05,
    *,
    block: int | None = None,
    draws: int = 2000,
    seed: int = 0,
    scheme: str = "stationary",
) -> tuple[str, ...]:
    """Models that beat the benchmark, with the chance of any false one at most ``size`` (StepM).

    ``arch.bootstrap.SPA`` is repeated without the models that are superior already, until it finds
    none or none is left; `arch.bootstrap.StepM` fails in the latter case.

    Parameters
    ----------
    benchmark : Series, shape (T,)
        Losses of the benchmark.
    losses : DataFrame, shape (T, M)
        Losses of the models, same dates.
    size : float
        Family-wise error rate.
    block, draws, seed, scheme
        As in ``model_confidence_set``.

    Returns
    -------
    tuple of str
        Names of the superior models, possibly none.

    References
    ----------
    Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping.
    Econometrica 73, 1237-1282.
    """
    from arch.bootstrap import SPA

    base, frame = _against(benchmark, losses)
    length = _options(len(frame), size, block, draws, scheme)
    test = SPA(base, frame, block_size=length, reps=draws, bootstrap=scheme, seed=seed)
    left = np.ones(frame.shape[1], dtype=bool)
    while left.any():
        test.subset(left.copy())
        test.compute()
        better = test.better_models(size)
        if len(better) == 0:
            break
        left[better] = False
    return tuple(frame.columns[~left])


def sharpe_losses(returns: pd.DataFrame) -> pd.DataFrame:
    """Losses that rank strategies by Sharpe ratio: minus the return at one unit of volatility.

    A confidence set of mean returns would reward leverage. Each strategy is first scaled to
    volatility one over the sample; the error of that scale is ignored, which matters little beside
    the error of the mean.

    Parameters
    ----------
    returns : DataFrame, shape (T, M)
        Excess returns of the strategies.

    Returns
    -------
    DataFrame, shape (T, M)
        Losses for ``model_confidence_set`` and its relatives, without unit.

    Raises
    ------
    EstimationError
        If a strategy does not vary; it is named.
    """
    frame = as_frame(returns, "returns", 10)
    sd = frame.std()
    if (sd <= 1e-14 * frame.abs().max()).any():
        raise EstimationError(f"the returns of {sd.idxmin()} do not vary")
    return -frame / sd


def variance_losses(returns: pd.DataFrame) -> pd.DataFrame:
    """Losses that rank strategies by variance: squared deviations from each strategy's mean.

    Parameters
    ----------
    returns : DataFrame, shape (T, M)
        Returns of the strategies.

    Returns
    -------
    DataFrame, shape (T, M)
        Losses in squared decimals.
    """
    frame = as_frame(returns, "returns", 10)
    return (frame - frame.mean()) ** 2


def distinct_models(losses: pd.DataFrame, benchmark: pd.Series | None = None) -> pd.DataFrame:
    """Keep the first of models whose losses are the same up to a constant.

    Two strategies can end up with the same portfolio on every day, for instance when neither
    expects a gain; a test cannot compare them.

    Parameters
    ----------
    losses : DataFrame, shape (T, M)
    benchmark : Series, shape (T,), optional
        A model with these losses is left out too.

    Returns
    -------
    DataFrame, shape (T, K), K <= M

    Raises
    ------
    DataError
        For NaN, rows that are not in order of time, or a benchmark of other dates.
    """
    losses = as_frame(losses, "losses")
    seen = []
    if benchmark is not None:
        base = as_series(benchmark, "benchmark")
        same_rows(losses, base, "losses", "benchmark")
        seen.append(base.to_numpy())
    kept = []
    for name in losses.columns:
        values = losses[name].to_numpy()
        if all(np.ptp(values - other) > 1e-9 * np.ptp(values) for other in seen):
            kept.append(name)
            seen.append(values)
    return losses[kept]


def _models(losses: Any, minimum: int) -> pd.DataFrame:
    frame = as_frame(losses, "losses", 10)
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    if frame.shape[1] < minimum:
        raise ParameterError(f"at least {minimum} models are needed, got {frame.shape[1]}")
    values = frame.to_numpy()
    for j, name in enumerate(frame.columns):
        same = [k for k in range(j) if np.ptp(values[:, j] - values[:, k]) == 0]
        if same:
            raise EstimationError(
                f"{frame.columns[same[0]]} and {name} have identical losses (up to a constant): leave one out"
            )
    return frame


def _against(benchmark: Any, losses: Any) -> tuple[pd.Series, pd.DataFrame]:
    frame = _models(losses, 1)
    base = as_series(benchmark, "benchmark", 10)
    same_rows(base, frame, "benchmark", "losses")
    for name in frame.columns:
        if np.ptp(frame[name].to_numpy() - base.to_numpy()) == 0:
            raise EstimationError(f"{name} has the same losses as the benchmark: leave it out")
    return base, frame


def _options(n: int, size: float, block: int | None, draws: int, scheme: str) -> int:
    if scheme not in SCHEMES:
        raise UnknownNameError("bootstrap scheme", scheme, SCHEMES)
    if not 0 < size < 1:
        raise ParameterError(f"size must lie between 0 and 1, got {size!r}")
    check_count(draws, "draws")
    return check_count(block_length(n) if block is None else block, "block", 1, n)
