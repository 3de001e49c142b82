"""How far returns are from the normal law, above all in the tails."""

import numpy as np
import pandas as pd
from scipy import special, stats

from portfolio_study.checks import as_frame
from portfolio_study.errors import ParameterError
from portfolio_study.evaluation.multiplicity import holm


def normality_table(returns: pd.DataFrame) -> pd.DataFrame:
    r"""Compare each column with the normal law.

    .. math:: JB = \frac T6\left(S^2 + \frac{(K-3)^2}{4}\right)

    with biased moments, asymptotically :math:`\chi^2_2` under normality.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Returns (decimal).

    Returns
    -------
    DataFrame, one row for each column
        ``skewness``; ``kurtosis`` (Pearson, the normal law has 3) and ``excess_kurtosis``;
        ``jarque_bera``, its ``p_value`` and ``p_holm``; ``worst_in_sd`` (the most negative
        standardised return); ``beyond_3_sd`` (share of returns) and ``normal_share``.

    Raises
    ------
    DataError
        If a column has a gap.

    References
    ----------
    Jarque, C. M. and Bera, A. K. (1987). A test for normality of observations and regression
    residuals. International Statistical Review 55, 163-172.
    """
    frame = as_frame(returns, "returns", 20)
    x = frame.to_numpy()
    test = stats.jarque_bera(x, axis=0)
    z = _standardised(frame).to_numpy()
    kurtosis = stats.kurtosis(x, axis=0, fisher=False)
    p = pd.Series(test.pvalue, index=frame.columns)
    return pd.DataFrame(
        {
            "skewness": stats.skew(x, axis=0),
            "kurtosis": kurtosis,
            "excess_kurtosis": kurtosis - 3.0,
            "jarque_bera": test.statistic,
            "p_value": p,
            "p_holm": holm(p),
            "worst_in_sd": z.min(axis=0),
            "beyond_3_sd": (np.abs(z) > 3).mean(axis=0),
            "normal_share": normal_share_beyond(3.0),
        },
        index=frame.columns,
    ).rename_axis("ticker")


def normal_share_beyond(k: float) -> float:
    """Share of a normal law beyond k standard deviations, both tails: 2 Phi(-k)."""
    return float(2 * special.ndtr(-k))


def tail_indicators(returns: pd.DataFrame, k: float = 3.0) -> pd.DataFrame:
    """Mark the returns that are more than k standard deviations away from their mean.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Returns.
    k : float
        Number of standard deviations (of the whole column).

    Returns
    -------
    DataFrame (T, N)
        1.0 for a return in the tails, else 0.0. Its mean is to be compared with `normal_share_beyond`.

    Raises
    ------
    ParameterError
        If k is not positive.
    """
    if not k > 0:
        raise ParameterError(f"k must be positive, got {k!r}")
    return (_standardised(as_frame(returns, "returns", 20)).abs() > k).astype(float)


def exceedance_table(
    returns: pd.DataFrame, multiples: tuple[float, ...] = (2.0, 3.0, 4.0, 5.0)
) -> pd.DataFrame:
    """Count returns beyond multiples of the standard deviation, over all columns.

    Returns
    -------
    DataFrame, one row for each multiple
        ``observed`` and ``normal`` shares, and their ``ratio``.
    """
    rows = {}
    for k in multiples:
        observed, normal = float(tail_indicators(returns, k).to_numpy().mean()), normal_share_beyond(k)
        rows[k] = {"observed": observed, "normal": normal, "ratio": observed / normal}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("standard deviations")


def normal_quantiles(returns: pd.DataFrame, points: int = 200) -> pd.DataFrame:
    """Pair the quantiles of all standardised returns with those of the normal law.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Returns; each column is standardised, then all are pooled.
    points : int
        About how many pairs for each tail, denser in the tails.

    Returns
    -------
    DataFrame
        ``normal`` and ``observed`` quantiles (standard deviations), in order.
    """
    pooled = np.sort(_standardised(as_frame(returns, "returns", 20)).to_numpy().ravel())
    n = len(pooled)
    counted = np.unique(np.geomspace(1, n / 2, points).astype(int))
    ranks = np.unique(np.concatenate([counted - 1, n - counted]))
    return pd.DataFrame({"normal": special.ndtri((ranks + 0.5) / n), "observed": pooled[ranks]})


def _standardised(frame: pd.DataFrame) -> pd.DataFrame:
    return (frame - frame.mean()) / frame.std(ddof=0)
