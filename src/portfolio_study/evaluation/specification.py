"""Specification curves: one question under every defensible choice, and what chance alone would show."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame
from portfolio_study.checks.confidence import TAILS
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.bootstrap import block_length, resamples
from portfolio_study.evaluation.confidence_set import sharpe_losses


@dataclass(frozen=True)
class SpecificationCurve:
    """Effects of all specifications, sorted, with what they would be if there were no effect.

    Attributes
    ----------
    table : DataFrame
        One row a specification, by size of the effect: the choices, ``effect``, ``low`` and ``high`` (95 %
        interval of the one effect), ``null_low`` and ``null_high`` (where 95 % of the effects of this rank
        lie by chance), ``days``.
    factors : list of str
        Names of the choices.
    published : Hashable or None
        Label of the paper's own specification.
    share : float
        Share of specifications with an effect above zero, the paper's sign.
    median : float
        Median effect.
    chance_share : tuple of float
        2.5 % and 97.5 % quantile of that share where no specification has an effect.
    p_share, p_median : float
        One-sided p-values of share and median: how often chance gives as much or more.
    """

    table: pd.DataFrame
    factors: list[str]
    published: Hashable | None
    share: float
    median: float
    chance_share: tuple[float, float]
    p_share: float
    p_median: float


def specification_curve(
    differences: Any,
    choices: pd.DataFrame,
    *,
    published: Hashable | None = None,
    draws: int = 1000,
    block: int | None = None,
    seed: int = 0,
) -> SpecificationCurve:
    r"""Effects of every specification, and their joint distribution where there is no effect.

    .. math::
        \hat\theta_s = \bar d_s, \qquad
        d^*_{s,t} = d_{s,\tau(t)} - \bar d_s, \qquad
        \text{share}^* = \frac1S \sum_s 1\{\bar d^*_s > 0\}

    The dates :math:`\tau` are drawn in blocks, the same for all specifications, so that effects that
    stand on the same days move together by chance too. No model is fitted again.

    Parameters
    ----------
    differences : DataFrame, shape (T, S)
        For each date and specification a difference whose mean is the effect, above zero in favour of
        the paper: of losses, of squared returns, or of returns over their standard deviations (the mean
        is then a difference of Sharpe ratios). Missing where a specification has no such day.
    choices : DataFrame, shape (S, F)
        The choices behind each specification; its index are the columns of `differences`.
    published : Hashable, optional
        Label of the paper's own specification.
    draws, block, seed : int
        Of the circular block bootstrap; the default block length is round(T^(1/3)).

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    DataError
        If a specification has no day.
    ParameterError
        If the labels of both tables differ, or the published one is not among them.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour 4, 1208-1214.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=(500, 4))
    >>> days = pd.DataFrame(noise + 0.5, pd.bdate_range("2015-01-02", periods=500))
    >>> choices = pd.DataFrame({"window": [50, 50, 100, 100], "costs": [0, 10, 0, 10]})
    >>> curve = specification_curve(days, choices, draws=200)
    >>> curve.share, curve.p_share < 0.2
    (1.0, True)
    """
    table = as_frame(differences, "differences", 10, gaps=True)
    if list(table.columns) != list(choices.index):
        raise ParameterError(
            "the columns of the differences and the rows of the choices must be the same labels"
        )
    if published is not None and published not in choices.index:
        raise ParameterError(f"the published specification {published!r} is none of the specifications")
    values = table.to_numpy(dtype=float)
    there = np.isfinite(values)
    days = there.sum(axis=0)
    if (days == 0).any():
        raise DataError(f"the specification {table.columns[int(np.argmin(days))]!r} has no day")
    effects = np.nanmean(values, axis=0)
    filled = np.where(there, values - effects, 0.0)
    length = block or block_length(len(values))
    times = (_times_drawn(index, len(values)) for index in resamples(len(values), length, draws, seed))
    means = np.concatenate([(drawn @ filled) / np.maximum(1, drawn @ there) for drawn in times])
    by_chance = np.sort(means, axis=1)
    order = np.argsort(effects, kind="stable")
    spread = np.quantile(means, TAILS, axis=0)[:, order]
    sorted_effects = effects[order]
    ranks = np.quantile(by_chance, TAILS, axis=0)
    shares, medians = (means > 0).mean(axis=1), np.median(means, axis=1)
    share, median = float((effects > 0).mean()), float(np.median(effects))
    found = choices.iloc[order].assign(
        effect=sorted_effects,
        low=sorted_effects - spread[1],
        high=sorted_effects - spread[0],
        null_low=ranks[0],
        null_high=ranks[1],
        days=days[order],
    )
    low, high = np.quantile(shares, TAILS)
    return SpecificationCurve(
        table=found,
        factors=[str(name) for name in choices.columns],
        published=published,
        share=share,
        median=median,
        chance_share=(float(low), float(high)),
        p_share=float((1 + (shares >= share).sum()) / (1 + draws)),
        p_median=float((1 + (medians >= median).sum()) / (1 + draws)),
    )


def sharpe_gain_by_day(first: pd.Series, second: pd.Series, periods_per_year: float = 1) -> pd.Series:
    r"""What each date adds to a difference of Sharpe ratios.

    .. math:: d_t = \sqrt k \left(\frac{x_t}{s(x)} - \frac{y_t}{s(y)}\right)

    The mean of :math:`d_t` is the difference of the annual Sharpe ratios, so that it can enter a
    specification curve. The error of both standard deviations is ignored, which matters little beside
    that of the means.

    Parameters
    ----------
    first, second : Series, shape (T,)
        Excess returns x and y of two strategies on the same dates.
    periods_per_year : float
        k.

    Raises
    ------
    EstimationError
        If a strategy does not vary; it is named.

    Examples
    --------
    >>> dates = pd.bdate_range("2020-01-02", periods=250)
    >>> x, y = (pd.Series(np.random.default_rng(seed).normal(0.001, 0.01, 250), dates) for seed in (1, 2))
    >>> ratios = [np.sqrt(252) * one.mean() / one.std() for one in (x, y)]
    >>> bool(np.isclose(sharpe_gain_by_day(x, y, 252).mean(), ratios[0] - ratios[1]))
    True
    """
    losses = sharpe_losses(pd.DataFrame({"the first": first, "the second": second}))
    gain: pd.Series = np.sqrt(periods_per_year) * (losses["the second"] - losses["the first"])
    return gain.rename("gain")


def _times_drawn(index: np.ndarray, n: int) -> np.ndarray:
    """How often each date is in each resample, shape (draws, n)."""
    return np.stack([np.bincount(row, minlength=n) for row in index]).astype(float)
