"""Series that a chapter hands out: returns and weights of its strategies, forecasts of its models.

One function of a study is one table, declared where it stands::

    @series("returns", "Return of every strategy on the test dates, before costs")
    def strategy_returns(study: Experiment) -> dict[str, pd.Series]: ...

The page hands them out with ``study.hand_out(series)``: each is stored in the executed notebook, so that
the site offers it without a kernel.

**No prices.** What is handed out must not give back the prices behind it, which need not be ours to
share. An average of past returns gives them back by a difference, so such forecasts are not handed out;
holdings that drift give them back by a quotient, so weights are targets, not holdings. And weights
together with the returns that they earn are equations for the returns of the assets: the weights of
strategies are handed out in their order as long as these equations do not determine the assets (see
`revealed`), and withheld from then on.
"""

import base64
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.errors import LedgerError, UnknownNameError

SERIES_METADATA = "portfolio_study_series"
PARQUET = "application/vnd.apache.parquet"
MOST_REVEALED = 0.25
"""Share of the dates on which the return of an asset may follow: too few to chain prices of."""

#: Of each kind its columns. In angle brackets: one column a strategy or model.
KINDS = {
    "returns": ("date", "<strategy>"),
    "weights": ("date", "strategy", "asset", "weight"),
    "mean forecasts": ("date", "model", "asset", "forecast"),
    "volatility forecasts": ("date", "model", "asset", "volatility"),
    "wealth": ("date", "policy", "wealth", "traded"),
    "scores": ("date", "<model>"),
}
#: Columns of values, and their decimals: more than anything here is known to, and files stay small.
DECIMALS = {
    "weight": 6,
    "forecast": 7,
    "volatility": 6,
    "wealth": 6,
    "traded": 6,
    "<strategy>": 6,
    "<model>": 5,
}
#: What each column is.
COLUMNS = {
    "date": "last date of the period that a return is of, a weight is held in, or a forecast is about; of "
    "wealth, the last date before its window",
    "strategy": "name of the strategy, with its sample where the chapter has several; tables may spell it out",
    "policy": "name of the policy, as in the tables of the chapter",
    "model": "name of the model, as in the tables of the chapter",
    "asset": "ticker or name of the asset",
    "<strategy>": "one column a strategy, under its name: its simple return of the period before costs, a decimal "
    "(0.01 is one per cent)",
    "weight": "share of wealth that the strategy wants in the asset from the start of the period on; assets "
    "without a row have none, and between two dates of a strategy its holdings drift",
    "forecast": "forecast of the return of the period, a decimal, made with what was known before it",
    "volatility": "forecast of the standard deviation of the return of the period, a decimal, made before it",
    "wealth": "wealth at exit for each unit invested, averaged over the time of exit",
    "traded": "sum of the amounts traded in the window, for each unit invested",
    "<model>": "one column a model, under its name: the log of the density that its forecast gave to the return",
}


@dataclass(frozen=True)
class Declared:
    """What a decorated function declares: the kind of its table, and what it holds."""

    name: str
    kind: str
    title: str
    function: Callable[[Any], Any]


@dataclass(frozen=True)
class Series:
    """A table that a chapter hands out.

    Attributes
    ----------
    chapter, name : str
    kind : str
        One of ``KINDS``.
    title : str
        What it holds.
    rows : int
    withheld : str
        What of it is not handed out, and why; empty if all is.
    """

    chapter: str
    name: str
    kind: str
    title: str
    rows: int = 0
    withheld: str = ""

    @property
    def stem(self) -> str:
        """Name of its files without their ending."""
        return f"{self.chapter}-{self.name}".replace("_", "-")


def series(kind: str, title: str) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare that a function of a study gives a table to take away.

    Parameters
    ----------
    kind : str
        One of ``KINDS``; says what the function returns (see `table_of`).
    title : str
        What the table holds, for the page of downloads.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of series", kind, KINDS)

    def declare(function: Callable[[Any], Any]) -> Any:
        @wraps(function)
        def made(study: Any) -> Any:
            return function(study)

        made.series = Declared(function.__name__, kind, title, function)  # type: ignore[attr-defined]
        return made

    return declare


def declared_series(module: ModuleType) -> list[Declared]:
    """Series of a module in the order of their definition."""
    found = [v.series for v in vars(module).values() if isinstance(getattr(v, "series", None), Declared)]
    return [made for made in found if made.function.__module__ == module.__name__]


def table_of(kind: str, given: Mapping[str, Any]) -> pd.DataFrame:
    """Bring a series into its columns, without weights of zero.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    given : mapping
        By strategy, policy or model: a Series by date (``returns``, ``scores``), a frame of dates and assets
        (``weights`` and forecasts), or a frame with the value columns (``wealth``).

    Returns
    -------
    DataFrame
        Columns of the kind, values rounded (see ``DECIMALS``) and in single precision.
    """
    columns = KINDS[kind]
    if columns[-1].startswith("<"):
        wide = pd.DataFrame(dict(given)).round(DECIMALS[columns[-1]]).astype("float32")
        return wide.rename_axis(index="date", columns=None).reset_index()
    parts = []
    for name, values in given.items():
        frame = values.rename_axis(index="date").reset_index()
        if "asset" in columns:
            frame = frame.melt("date", var_name="asset", value_name=columns[-1])
        frame.insert(1, columns[1], name)
        parts.append(frame[list(columns)].dropna())
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))
    decimals = {name: DECIMALS[name] for name in columns if name in DECIMALS}
    found = found.astype(dict.fromkeys(decimals, "float64")).round(decimals)
    found = found[found["weight"] != 0].reset_index(drop=True) if kind == "weights" else found
    return found.astype(dict.fromkeys(decimals, "float32"))


def revealed(weights: Iterable[pd.DataFrame]) -> float:
    r"""Share of the dates on which strategies' returns determine an asset's, of the asset with the largest.

    On a date the returns are :math:`r_p = W R`, one equation a strategy. The return of asset i follows if
    and only if the i-th unit vector lies in the row space of W, that is if :math:`(W^+ W)_{ii} = 1`.

    Parameters
    ----------
    weights : iterable of DataFrame
        Weights of each strategy whose returns are known; dates by assets, the same assets.
    """
    frames = list(weights)
    if not frames:
        return 0.0
    dates = frames[0].index
    for frame in frames[1:]:
        dates = dates.union(frame.index)
    stack = np.stack([frame.reindex(dates).fillna(0.0).to_numpy(dtype=float) for frame in frames], axis=1)
    inverse = np.linalg.pinv(stack, rcond=1e-6)
    diagonal = np.einsum("tns,tsn->tn", inverse, stack)
    return float((diagonal > 1 - 1e-6).mean(axis=0).max())


def hand_out(study: Any, module: ModuleType) -> None:
    """Store every series of a module in the executed notebook.

    Parameters
    ----------
    study : Study
    module : module
        Where the series are declared.

    Raises
    ------
    LedgerError
        If it declares none.
    """
    declared = declared_series(module)
    if not declared:
        raise LedgerError(f"{module.__name__} declares no series: see portfolio_study.ledger.series")
    given = {made: dict(made.function(study)) for made in declared}
    earning = {name for made, values in given.items() if made.kind == "returns" for name in values}
    known: dict[tuple[str, ...], list[pd.DataFrame]] = {}  # by assets, weights whose returns are known
    for made, values in given.items():
        withheld = _withheld(values, earning, known) if made.kind == "weights" else []
        table = table_of(made.kind, {name: frame for name, frame in values.items() if name not in withheld})
        told = (
            f"without the weights of {'; '.join(withheld)}: with the returns beside them they would give those of assets"
            if withheld
            else ""
        )
        _display(
            Series(study.chapter, made.name, made.kind, study.words(made.title), len(table), told), table
        )


def _withheld(
    weights: Mapping[str, pd.DataFrame], earning: set[str], known: dict[tuple[str, ...], list[pd.DataFrame]]
) -> list[str]:
    """Strategies whose weights would reveal returns of assets; `known` grows by those of the others."""
    found = []
    for name, frame in weights.items():
        if name not in earning:
            continue
        before = known.setdefault(tuple(map(str, frame.columns)), [])
        if revealed([*before, frame]) > MOST_REVEALED:
            found.append(name)
        else:
            before.append(frame)
    return found


def _display(about: Series, table: pd.DataFrame) -> None:
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return
    coded = base64.b64encode(to_parquet(table)).decode("ascii")
    data = {"text/plain": f"{about.title}: {about.rows} rows", PARQUET: coded}
    display(data, raw=True, metadata={SERIES_METADATA: asdict(about)})


def to_parquet(table: pd.DataFrame) -> bytes:
    """Bytes of a table as a Parquet file."""
    stream = io.BytesIO()
    values = table.select_dtypes("float32").columns
    table.to_parquet(
        stream,
        index=False,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in table if name not in values],
        column_encoding=dict.fromkeys(values, "BYTE_STREAM_SPLIT"),  # a third smaller than plain
    )
    return stream.getvalue()


def series_of(outputs: Iterable[Mapping[str, Any]]) -> list[tuple[Series, bytes]]:
    """Series among the outputs of a cell, each with the bytes of its Parquet file."""
    found = []
    for output in outputs:
        values = output.get("metadata", {}).get(SERIES_METADATA)
        if values is not None:
            found.append((Series(**values), base64.b64decode(output["data"][PARQUET])))
    return found
