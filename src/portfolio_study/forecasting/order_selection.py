"""Which ARMA order the information criteria choose for each ticker."""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.arma11 import fit_arma11
from portfolio_study.settings import parallel


def order_table(returns: pd.DataFrame, largest: int = 2, total: int = 2) -> pd.DataFrame:
    r"""Fit every ARMA(p, q) with mean to the whole history of every ticker.

    .. math:: AIC = 2k - 2\log L, \qquad BIC = k \log T - 2 \log L, \qquad k = p + q + 2

    ARMA(1,1) is fitted by the global search, the other orders by statsmodels (exact likelihood through the
    innovations algorithm, on standardised returns).

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    largest : int
        Largest p and largest q, at least 1.
    total : int
        Largest p + q, at least 2.

    Returns
    -------
    DataFrame
        One row for each ticker, p and q (index): ``loglik`` (of the standardised returns), ``aic``, ``bic``.

    Raises
    ------
    DataError
        For returns that are not a table of finite numbers.
    ParameterError
        If ARMA(1,1) is not among the orders.

    References
    ----------
    Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics 6, 461-464.
    """
    from joblib import delayed

    frame = as_frame(returns, "returns", 30, labelled=True)
    if largest < 1 or total < 2:
        raise ParameterError(f"the orders must include (1, 1): got largest={largest}, total={total}")
    orders = [(p, q) for p in range(largest + 1) for q in range(largest + 1) if p + q <= total]
    z = (frame - frame.mean()) / frame.std(ddof=0)
    jobs = [(ticker, order) for ticker in frame.columns for order in orders]
    fits = parallel()(delayed(_loglik)(z[ticker].to_numpy(), order) for ticker, order in jobs)
    index = pd.MultiIndex.from_tuples([(t, *order) for t, order in jobs], names=["ticker", "p", "q"])
    table = pd.DataFrame({"loglik": fits}, index=index)
    parameters = index.get_level_values("p") + index.get_level_values("q") + 2
    table["aic"] = 2 * parameters - 2 * table["loglik"]
    table["bic"] = np.log(len(frame)) * parameters - 2 * table["loglik"]
    return table


def chosen_orders(table: pd.DataFrame, criterion: str = "bic") -> pd.DataFrame:
    """Best order of each ticker, and by how much ARMA(1,1) is ahead of its best rival.

    Parameters
    ----------
    table : DataFrame
        From `order_table`.
    criterion : str
        ``"aic"`` or ``"bic"``.

    Returns
    -------
    DataFrame, one row for each ticker
        ``order`` (text); ``rival``: the best other order than (1, 1); ``margin``: its criterion minus that of
        (1, 1), positive if (1, 1) wins; ``margin_se``: error of the margin from the law of a likelihood ratio
        with LR - 2 as non-centrality, ``sqrt(4 + 4 max(LR - 2, 0))``.

    Raises
    ------
    ParameterError
        For another criterion.
    """
    if criterion not in ("aic", "bic"):
        raise ParameterError(f"criterion must be aic or bic, got {criterion!r}")
    rows = {}
    for ticker, group in table.groupby(level="ticker", sort=False):
        orders = [(int(p), int(q)) for _, p, q in group.index]
        values, loglik = dict(zip(orders, group[criterion], strict=True)), group["loglik"].to_numpy()
        best = min(orders, key=values.__getitem__)
        rival = min((order for order in orders if order != (1, 1)), key=values.__getitem__)
        ratio = abs(2 * (loglik[orders.index((1, 1))] - loglik[orders.index(rival)]))
        rows[ticker] = {
            "order": str(best),
            "rival": str(rival),
            "margin": values[rival] - values[1, 1],
            "margin_se": float(np.sqrt(4 + 4 * max(ratio - 2, 0.0))),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ticker")


def _loglik(z: np.ndarray, order: tuple[int, int]) -> float:
    if order == (0, 0):
        return float(-0.5 * len(z) * (np.log(2 * np.pi * z.var()) + 1))
    if order == (1, 1):
        return fit_arma11(z).loglik
    return float(_fit(z, order).llf)


def _fit(z: np.ndarray, order: tuple[int, int]) -> Any:
    from statsmodels.tsa.arima.model import ARIMA

    model = ARIMA(z, order=(order[0], 0, order[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # poor starting values are replaced by zeros
        try:
            return model.fit(method="innovations_mle", cov_type="none")
        except (np.linalg.LinAlgError, ValueError):
            return model.fit(cov_type="none")
