"""Shrinkage of the weights themselves: minimum variance mixed with 1/N in the optimal proportion."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.allocation.weights import Weights
from portfolio_study.checks import as_returns, as_vector, check_number, require_full_rank
from portfolio_study.errors import ParameterError


@dataclass(frozen=True)
class ShrunkWeights:
    """A mix of the sample minimum-variance portfolio with a target.

    Attributes
    ----------
    weights : numpy.ndarray or pandas.Series
        Weights that add up to one.
    intensity : float
        Share alpha of the sample minimum-variance portfolio.
    relative_loss : float
        Estimated excess variance R of the target over the true minimum, relative to the latter.
    """

    weights: Weights
    intensity: float
    relative_loss: float


def bodnar_parolya_schmid(returns: ArrayLike | pd.DataFrame, target: Any = None) -> ShrunkWeights:
    r"""Mix sample minimum variance with a target so that the out-of-sample variance is least.

    :math:`w = \alpha \hat w_{GMV} + (1-\alpha) b`, :math:`\alpha = \frac{(1-k)R}{k + (1-k)R}`,
    :math:`k = N/T`, :math:`R = (1-k)\,b'Sb\,1'S^{-1}1 - 1`.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, T > N.
    target : array-like or pandas.Series, optional
        Target portfolio b; default 1/N.

    Returns
    -------
    ShrunkWeights

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable; with T <= N the message lists estimators that still work.
    ParameterError
        The target's weights do not add up to one.

    Notes
    -----
    A negative estimate of R (a target better than the estimated minimum) is set to zero.

    References
    ----------
    Papers 001 and 002; Bodnar, T., Parolya, N. and Schmid, W. (2018), "Estimation of the
    global minimum variance portfolio in high dimensions", European Journal of Operational
    Research 266(1), 371-390.
    """
    checked = as_returns(returns)
    require_full_rank(checked, "shrinkage of minimum-variance weights")
    n = checked.size
    b = np.full(n, 1.0 / n) if target is None else as_vector(target, checked, "target")
    if not abs(b.sum() - 1.0) < 1e-9:
        raise ParameterError(f"target must hold {n} weights that add up to 1, got {b.sum():.6g}")
    s = checked.centred.T @ checked.centred / (checked.length - 1)
    sample = gmv_closed_form(s)
    k = check_number(n / checked.length, "N/T", low=0.0, high=1.0)
    loss = max(0.0, (1.0 - k) * float(b @ s @ b) / float(sample @ s @ sample) - 1.0)
    alpha = (1.0 - k) * loss / (k + (1.0 - k) * loss)
    mixed = alpha * sample + (1.0 - alpha) * b
    return ShrunkWeights(
        mixed if checked.labels is None else pd.Series(mixed, index=checked.labels, name="weight"),
        alpha,
        loss,
    )
