"""How much of a backtest's success is the search for it: CSCV and the bootstrap against a benchmark."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from portfolio_study.checks import as_frame, check_count
from portfolio_study.checks.confidence import TAILS
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.bootstrap import block_length, resampled_means
from portfolio_study.evaluation.multiplicity import holm


@dataclass(frozen=True)
class BacktestOverfitting:
    """Result of the combinatorially symmetric cross-validation.

    Attributes
    ----------
    probability : float
        Share of splits in which the best strategy of one half is below the median of the other.
    logits : ndarray, shape (splits,)
        Log odds of the chosen strategy's relative rank in the other half; 0 = median.
    in_sample, out_of_sample : ndarray, shape (splits,)
        Per-period Sharpe ratio of the chosen strategy in the half that chose it and in the other.
    slope : float
        Slope of ``out_of_sample`` on ``in_sample``: negative = better past, worse future.
    loss_probability : float
        Share of splits with a negative Sharpe ratio in the other half.
    chosen : Series
        Share of splits that choose each strategy.
    splits, blocks, n : int
        Number of splits, blocks and periods.
    """

    probability: float
    logits: np.ndarray
    in_sample: np.ndarray
    out_of_sample: np.ndarray
    slope: float
    loss_probability: float
    chosen: pd.Series
    splits: int
    blocks: int
    n: int


def probability_of_overfitting(returns: pd.DataFrame, blocks: int = 16) -> BacktestOverfitting:
    r"""Probability of backtest overfitting by combinatorially symmetric cross-validation.

    The sample is cut into S consecutive blocks. For each of the :math:`\binom{S}{S/2}` halves, the
    strategy with the best Sharpe ratio in that half is looked up in the other half; its relative
    rank there, :math:`\omega = rank/(N+1)`, gives the logit :math:`\ln(\omega/(1-\omega))`. The
    probability is the share of logits that are not positive. One half is a coin flip: about 0.5
    means that choosing by the past was worth nothing.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Returns (in excess of the risk-free rate) of all strategies tried, N >= 2.
    blocks : int
        Even number S of blocks, 4 to 20; 16 gives 12,870 splits.

    Raises
    ------
    ParameterError
        If S is odd or out of bounds, or fewer than 2 strategies are given.
    EstimationError
        If a strategy does not vary within half of the sample; it is named.

    References
    ----------
    Bailey, D. H., Borwein, J., Lopez de Prado, M. and Zhu, Q. J. (2017). The probability of
    backtest overfitting. Journal of Computational Finance 20(4), 39-69.
    """
    check_count(blocks, "blocks", 4, 20)
    if blocks % 2:
        raise ParameterError(f"blocks must be even, got {blocks}")
    frame = as_frame(returns, "returns", 2 * blocks)
    if frame.shape[1] < 2:
        raise ParameterError("at least 2 strategies are needed")
    x = frame.to_numpy()
    # A half's Sharpe ratio needs its sums only. Centring keeps the squares accurate.
    centre = x.mean(axis=0)
    parts = np.array_split(x - centre, blocks)
    sums = np.array([part.sum(axis=0) for part in parts])
    squares = np.array([(part**2).sum(axis=0) for part in parts])
    sizes = np.array([len(part) for part in parts])
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    chosen_blocks = np.zeros((len(halves), blocks))
    np.put_along_axis(chosen_blocks, halves, 1.0, axis=1)
    inside = _sharpe_of_blocks(chosen_blocks, sums, squares, sizes, centre, frame.columns)
    outside = _sharpe_of_blocks(1 - chosen_blocks, sums, squares, sizes, centre, frame.columns)
    best = inside.argmax(axis=1)
    rows = np.arange(len(halves))
    omega = rankdata(outside, axis=1)[rows, best] / (x.shape[1] + 1)
    logits = np.log(omega / (1 - omega))
    chosen_in, chosen_out = inside[rows, best], outside[rows, best]
    spread = float(np.var(chosen_in))
    slope = float(np.cov(chosen_in, chosen_out, ddof=0)[0, 1] / spread) if spread > 0 else 0.0
    counts = np.bincount(best, minlength=x.shape[1]) / len(halves)
    return BacktestOverfitting(
        probability=float((logits <= 0).mean()),
        logits=logits,
        in_sample=chosen_in,
        out_of_sample=chosen_out,
        slope=slope,
        loss_probability=float((chosen_out < 0).mean()),
        chosen=pd.Series(counts, index=frame.columns, name="chosen").sort_values(ascending=False),
        splits=len(halves),
        blocks=blocks,
        n=len(x),
    )


def _sharpe_of_blocks(
    selected: np.ndarray,
    sums: np.ndarray,
    squares: np.ndarray,
    sizes: np.ndarray,
    centre: np.ndarray,
    names: pd.Index,
) -> np.ndarray:
    n = (selected @ sizes)[:, None]
    mean = selected @ sums / n
    variance = (selected @ squares - n * mean**2) / (n - 1)
    scale = squares.sum(axis=0) / sizes.sum()
    if (variance <= 1e-12 * scale).any() or (scale == 0).any():
        j = int(np.argmin((variance / np.maximum(scale, np.finfo(float).tiny)).min(axis=0)))
        raise EstimationError(f"the returns of {names[j]} do not vary within half of the sample")
    return (mean + centre) / np.sqrt(variance)


def bootstrap_win_shares(
    returns: pd.DataFrame,
    benchmark: str,
    *,
    block: float | None = None,
    draws: int = 10_000,
    seed: int = 0,
    scheme: str = "circular",
) -> pd.DataFrame:
    """Share of block resamples in which the benchmark has the higher Sharpe ratio, for each method.

    All strategies are resampled on the same dates. Text 001 reads the share as a
    one-sided p-value of "the method has the higher ratio" (Table 2). It is none: it is not centred
    on the null hypothesis; ``sharpe_difference`` is the test.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Excess returns of the strategies and of the benchmark.
    benchmark : str
        Column of the benchmark, e.g. ``"equal_weight"``.
    block : float, optional
        (Mean) block length in periods, default T^(1/3).
    draws, seed : int
        Number of resamples and seed.
    scheme : str
        ``"circular"`` or ``"stationary"``.

    Returns
    -------
    DataFrame, one row for each other column
        ``sharpe_difference`` (per period), ``low``, ``high`` (95 % percentile interval),
        ``benchmark_wins`` (the share), ``p_holm``.

    Raises
    ------
    UnknownNameError
        If the benchmark is not a column.
    EstimationError
        If a strategy equals the benchmark or does not vary.
    """
    frame = as_frame(returns, "returns", 20)
    if benchmark not in frame.columns:
        raise UnknownNameError("benchmark", benchmark, frame.columns)
    others = [name for name in frame.columns if name != benchmark]
    x = frame[[benchmark, *others]].to_numpy()
    block = block_length(len(x)) if block is None else block
    k = x.shape[1]
    centre = x.mean(axis=0)
    z = x - centre
    for name, column in zip([benchmark, *others], z.T, strict=True):
        if column.std() <= 1e-14 * np.abs(x).max():
            raise EstimationError(f"the returns of {name} do not vary")
    means = resampled_means(np.column_stack([z, z**2]), block, draws, seed, scheme)
    sharpe = (means[:, :k] + centre) / np.sqrt(means[:, k:] - means[:, :k] ** 2)
    gap = sharpe[:, 1:] - sharpe[:, :1]
    if (np.ptp(gap, axis=0) < 1e-12).any():
        same = others[int(np.argmin(np.ptp(gap, axis=0)))]
        raise EstimationError(f"{same} is the same strategy as {benchmark} (up to leverage)")
    ratio = centre / z.std(axis=0)
    table = pd.DataFrame({"sharpe_difference": ratio[1:] - ratio[0]}, index=pd.Index(others, name="strategy"))
    table["low"], table["high"] = np.quantile(gap, TAILS, axis=0)
    table["benchmark_wins"] = (gap < 0).mean(axis=0)
    table["p_holm"] = holm(table["benchmark_wins"])
    return table
