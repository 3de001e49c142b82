"""A quoted option chain of one maturity: reading it and checking its quotes.

A chain is a table with one row a quote: ``strike``, ``type`` (call or put) and
either ``price`` or ``bid`` and ``ask``. `chain_prices` turns it into a market.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.preference import Vector
from portfolio_study.allocation.cc_var.scenarios import lognormal
from portfolio_study.errors import DataError

TYPES = ("call", "put")
#: Most bytes of a file: a chain of one maturity has some hundred quotes.
MOST_BYTES = 2**20


def read_option_chain(path: str | Path) -> pd.DataFrame:
    """Read a chain of one maturity from a CSV file and check its quotes.

    Parameters
    ----------
    path : str or path
        CSV with the columns ``strike``, ``type`` and ``price`` or ``bid`` and ``ask``.

    Returns
    -------
    DataFrame
        See :func:`check_chain`.

    Raises
    ------
    DataError
        If there is no such file, it has more than `MOST_BYTES` bytes or cannot be read, or a quote is not usable.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise DataError(f"option chain {path}: cannot be read: there is no such file")
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise DataError(
                f"option chain {path}: more than {MOST_BYTES // 2**20} MiB: keep the quotes of one maturity"
            )
        table = pd.read_csv(io.BytesIO(data))
    except DataError:
        raise
    except (OSError, ValueError) as error:  # a parser error is a ValueError
        raise DataError(f"option chain {path}: cannot be read as CSV: {error}") from error
    return check_chain(table)


def check_chain(table: pd.DataFrame) -> pd.DataFrame:
    """Check the quotes of a chain one by one.

    Parameters
    ----------
    table : DataFrame
        Columns ``strike``, ``type`` (``call`` or ``put``, ``C`` or ``P``) and
        ``price`` or ``bid`` and ``ask``; other columns are ignored.

    Returns
    -------
    DataFrame
        ``strike``, ``type``, ``price`` (the middle of bid and ask) and
        ``half_spread``, sorted by type and strike.

    Raises
    ------
    DataError
        A column is missing, a value is not a number, negative, doubled or
        crossed (bid above ask); the message names the strike.
    """
    names = {str(name).strip().lower(): name for name in table.columns}
    quoted = ["price"] if "price" in names else ["bid", "ask"]
    if missing := [name for name in ("strike", "type", *quoted) if name not in names]:
        raise DataError(f"option chain: column {missing[0]!r} is missing; it has {', '.join(names)}")
    frame = pd.DataFrame({name: table[names[name]] for name in ("strike", "type", *quoted)})
    kinds = (
        frame["type"]
        .astype(str)
        .str.strip()
        .str.lower()
        .map({"c": "call", "p": "put"} | {t: t for t in TYPES})
    )
    if kinds.isna().any():
        row = int(np.argmax(kinds.isna()))
        raise DataError(f"option chain: row {row + 1} has type {frame['type'].iloc[row]!r}, not call or put")
    frame["type"] = kinds
    for name in ("strike", *quoted):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        bad = ~np.isfinite(numbers.to_numpy(dtype=float)) | (numbers.to_numpy(dtype=float) < 0)
        if bad.any():
            row = int(np.argmax(bad))
            where = f"strike {frame['strike'].iloc[row]} ({kinds.iloc[row]})"
            raise DataError(f"option chain: {name} at {where} is {frame[name].iloc[row]}, not a price")
        frame[name] = numbers.astype(float)
    if (twice := frame.duplicated(["type", "strike"])).any():
        row = int(np.argmax(twice))
        raise DataError(
            f"option chain: the {kinds.iloc[row]} at strike {frame['strike'].iloc[row]} stands twice"
        )
    if quoted == ["bid", "ask"]:
        if (crossed := frame["bid"] > frame["ask"]).any():
            quote = frame.loc[crossed].iloc[0]
            raise DataError(
                f"option chain: the {quote['type']} at strike {quote['strike']:g} is crossed, "
                f"bid {quote['bid']:g} above ask {quote['ask']:g}"
            )
        frame["price"] = (frame["bid"] + frame["ask"]) / 2
        frame["half_spread"] = (frame["ask"] - frame["bid"]) / 2
    else:
        frame["half_spread"] = 0.0
    chosen = frame[["strike", "type", "price", "half_spread"]]
    return chosen.sort_values(["type", "strike"], ignore_index=True)


def black_chain(
    forward: float,
    volatility: float,
    years: float,
    strikes: Vector,
    discount: float = 1.0,
    spread: float = 0.0,
) -> pd.DataFrame:
    """Chain of calls and puts priced by Black's formula, to try the functions on.

    Parameters
    ----------
    forward : float
        Forward price.
    volatility : float
        Per year, decimal.
    years : float
        Time to maturity.
    strikes : array, shape (n,)
    discount : float
        Discount factor.
    spread : float
        Ask minus bid, relative to the price.

    Returns
    -------
    DataFrame
        ``strike``, ``type``, ``bid``, ``ask``.
    """
    from scipy.stats import norm

    strikes = np.asarray(strikes, dtype=float)
    sd = volatility * np.sqrt(years)
    above = lognormal(volatility, 0.0, years, forward).sf(strikes)  # type: ignore[attr-defined]
    calls = discount * (forward * norm.cdf(np.log(forward / strikes) / sd + sd / 2) - strikes * above)
    puts = calls - discount * (forward - strikes)
    parts = [
        pd.DataFrame(
            {"strike": strikes, "type": kind, "bid": mid * (1 - spread / 2), "ask": mid * (1 + spread / 2)}
        )
        for kind, mid in (("call", calls), ("put", np.maximum(puts, 0.0)))
    ]
    return pd.concat(parts, ignore_index=True)
