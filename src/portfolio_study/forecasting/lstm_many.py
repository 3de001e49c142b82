"""Train many networks: one process a core, grouped by their compiled shape, or all side by side on a card."""

import os
from collections.abc import Sequence
from typing import Any

from portfolio_study.forecasting.lstm_fit import Fit, Order, fit_lstm
from portfolio_study.network_engine import EACH


def _fit_in_turn(orders: Sequence[Order], asking: int) -> list[Fit]:
    """Train networks of one shape; `asking` is the process that asks for them."""
    if os.getpid() != asking:  # a worker: if it saw a card, each would reserve most of its memory
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
    return [fit_lstm(order.task, order.setting, order.seed, order.placebo) for order in orders]


def shape_batches(orders: Sequence[Order], workers: int) -> list[list[int]]:
    """Cut orders into batches of one compiled shape each, the most work first.

    A worker that takes a whole batch compiles its shape once. Batches are cut
    finer only where there would be fewer than three for each worker.

    Parameters
    ----------
    orders : sequence of Order
    workers : int

    Returns
    -------
    list of list of int
        Positions of the orders of each batch.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, order in enumerate(orders):
        s = order.setting
        groups.setdefault((s.units, s.batch, s.bidirectional, order.table.shape[1]), []).append(i)
    pieces = -(-3 * workers // max(1, len(groups)))
    cut = [[group[k::pieces] for k in range(min(pieces, len(group)))] for group in groups.values()]

    def work(batch: list[int]) -> int:
        chosen = [orders[i].setting for i in batch]
        return sum(s.epochs * sum(s.units) * (1 + s.bidirectional) for s in chosen)

    return sorted((batch for parts in cut for batch in parts), key=work, reverse=True)


def fit_all(orders: Sequence[Order], engine: str = EACH) -> list[Fit]:
    """Train networks; the result does not depend on the number of workers.

    Parameters
    ----------
    orders : sequence of Order
    engine : str
        ``each``, one process a core; or a batched one (`network_engine.chosen_engine`), all in this process.

    Raises
    ------
    StudyError
        If a training diverges, or the engine's device is not there.
    """
    if engine != EACH:
        from portfolio_study.forecasting.lstm_batched import fit_batched  # loads JAX

        return fit_batched(orders, engine)
    from joblib import delayed

    from portfolio_study.settings import parallel, workers

    batches = shape_batches(orders, workers())
    asking = os.getpid()
    parts = parallel()(delayed(_fit_in_turn)([orders[i] for i in batch], asking) for batch in batches)
    fits = {
        i: fit for batch, part in zip(batches, parts, strict=True) for i, fit in zip(batch, part, strict=True)
    }
    return [fits[i] for i in range(len(orders))]
