r"""Scenario prices from a quoted option chain (Breeden and Litzenberger 1978).

The second difference of the call price in the strike is the price of a
butterfly, so a chain without arbitrage is a price density on the strikes.
"""

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.chain import TYPES
from portfolio_study.errors import DataError, OptimisationError, ParameterError

# Prices relative to the forward: smaller violations are rounding, not arbitrage.
TOLERANCE = 1e-9


def implied_forward(chain: pd.DataFrame) -> tuple[float, float]:
    r"""Forward price and discount factor from put-call parity, :math:`C-P=D(F-K)`.

    Least squares over the strikes that have both quotes.

    Parameters
    ----------
    chain : DataFrame
        From :func:`check_chain`.

    Returns
    -------
    forward, discount : float

    Raises
    ------
    DataError
        Fewer than two strikes with both quotes, or a discount factor outside (0, 1.5].
    """
    prices = [chain.loc[chain["type"] == kind].set_index("strike")["price"].rename(kind) for kind in TYPES]
    both = pd.concat(prices, axis=1, join="inner")
    if len(both) < 2:
        raise DataError(
            "option chain: the forward needs two strikes with a call and a put; state forward and discount"
        )
    slope, level = np.polyfit(both.index.to_numpy(), (both["call"] - both["put"]).to_numpy(), 1)
    if not 0 < -slope <= 1.5:
        raise DataError(
            f"option chain: put-call parity implies a discount factor of {-slope:.4g}; check the quotes"
        )
    return float(-level / slope), float(-slope)


def call_curve(chain: pd.DataFrame, forward: float, discount: float) -> pd.DataFrame:
    """Undiscounted call prices at every strike, from the option that is out of the money.

    Parameters
    ----------
    chain : DataFrame
        From :func:`check_chain`.
    forward, discount : float
        See :func:`implied_forward`.

    Returns
    -------
    DataFrame
        Indexed by strike: ``call`` and ``half_spread``, divided by the discount factor.

    Raises
    ------
    ParameterError
        Forward or discount factor not positive.
    DataError
        Fewer than three strikes.
    """
    if not (forward > 0 and discount > 0):
        raise ParameterError(f"forward and discount factor must be positive, got {forward} and {discount}")
    call = chain["type"] == "call"
    as_call = chain["price"] / discount + np.where(call, 0.0, forward - chain["strike"])
    quotes = chain.assign(call=as_call, half_spread=chain["half_spread"] / discount)
    quotes["inside"] = np.where(call, chain["strike"] < forward, chain["strike"] >= forward)
    best = quotes.sort_values(["strike", "inside"]).drop_duplicates("strike").set_index("strike")
    if len(best) < 3:
        raise DataError(f"option chain: a butterfly needs three strikes, the chain has {len(best)}")
    return best[["call", "half_spread"]]


def check_call_curve(calls: pd.Series, forward: float) -> None:
    r"""Check undiscounted call prices for arbitrage between strikes.

    Parameters
    ----------
    calls : Series
        Prices by ascending strike.
    forward : float

    Raises
    ------
    DataError
        A call below :math:`\max(F-K,0)` or above :math:`F`, rising with the strike,
        falling faster than the strike rises, or not convex; the message names the strike.
    """
    strikes, prices = calls.index.to_numpy(dtype=float), calls.to_numpy(dtype=float)
    small = TOLERANCE * forward
    slope = np.diff(prices) / np.diff(strikes)
    checks = (
        (prices < np.maximum(forward - strikes, 0) - small, 0, "below its value at exercise"),
        (prices > forward + small, 0, "above the forward"),
        (slope * np.diff(strikes) > small, 1, "dearer than the call at the strike below"),
        (
            (slope + 1) * np.diff(strikes) < -small,
            1,
            "cheaper than the call below by more than the strike distance",
        ),
    )
    for bad, shift, what in checks:
        if bad.any():
            strike = strikes[int(np.argmax(bad)) + shift]
            raise DataError(
                f"option chain: the call at strike {strike:g} is {what}; drop or correct the quote"
            )
    spread = np.minimum(np.diff(strikes)[:-1], np.diff(strikes)[1:])
    if (bad := np.diff(slope) * spread < -small).any():
        strike = strikes[int(np.argmax(bad)) + 1]
        raise DataError(
            f"option chain: call prices are not convex at strike {strike:g}, a butterfly there costs less "
            "than nothing; drop the strike or repair the chain"
        )


def butterfly_prices_of_calls(calls: pd.Series) -> pd.Series:
    """Prices of butterflies and edge spreads from undiscounted calls; they sum to one.

    Parameters
    ----------
    calls : Series
        Prices by ascending strike, free of arbitrage.

    Returns
    -------
    Series
        Prices by strike. The first and last include everything beyond them.
    """
    strikes = calls.index.to_numpy(dtype=float)
    slope = np.diff(calls.to_numpy(dtype=float)) / np.diff(strikes)
    prices = np.maximum(np.diff(slope, prepend=-1.0, append=0.0), 0.0)
    return pd.Series(prices / prices.sum(), index=calls.index, name="price")


def repair_call_curve(curve: pd.DataFrame, forward: float) -> pd.Series:
    """Nearest call prices without arbitrage, weighted by the width of the quotes.

    Parameters
    ----------
    curve : DataFrame
        From :func:`call_curve`.
    forward : float

    Returns
    -------
    Series
        Undiscounted call prices by strike.

    Raises
    ------
    OptimisationError
        If the quadratic programme has no solution.
    """
    import cvxpy as cp

    strikes, quoted = curve.index.to_numpy(dtype=float), curve["call"].to_numpy(dtype=float)
    width = curve["half_spread"].to_numpy(dtype=float)
    weight = 1 / np.maximum(width, 1e-4 * forward)
    # in units of the forward, so that the solver's tolerance does not depend on the currency
    gap, scale = np.diff(strikes) / forward, weight / weight.max()
    call = cp.Variable(strikes.size)
    slope = cp.multiply(1 / gap, cp.diff(call))
    limits = [
        call >= np.maximum(1 - strikes / forward, 0),
        call <= 1,
        slope[0] >= -1,
        slope[-1] <= 0,
        cp.diff(slope) >= 0,
    ]
    problem = cp.Problem(cp.Minimize(cp.sum_squares(cp.multiply(scale, call - quoted / forward))), limits)
    problem.solve(solver=cp.CLARABEL)
    if problem.status != cp.OPTIMAL or call.value is None:
        raise OptimisationError(f"option chain: no call prices without arbitrage found ({problem.status})")
    return pd.Series(call.value * forward, index=curve.index, name="call")


def chain_prices(
    chain: pd.DataFrame, forward: float | None = None, discount: float | None = None, repair: bool = False
) -> tuple[pd.Series, float]:
    """Butterfly prices of a chain, all checks made.

    Parameters
    ----------
    chain : DataFrame
        From :func:`read_option_chain` or :func:`check_chain`.
    forward, discount : float, optional
        Default: from put-call parity. State both or none.
    repair : bool
        Move prices to the nearest ones without arbitrage instead of refusing them.

    Returns
    -------
    prices : Series
        By strike, sum one.
    forward : float

    Raises
    ------
    DataError, ParameterError
        See the functions above.
    """
    if (forward is None) != (discount is None):
        raise ParameterError("state both forward and discount factor of the option chain, or none")
    if forward is None or discount is None:
        forward, discount = implied_forward(chain)
    curve = call_curve(chain, forward, discount)
    if repair:
        return butterfly_prices_of_calls(repair_call_curve(curve, forward)), forward
    check_call_curve(curve["call"], forward)
    return butterfly_prices_of_calls(curve["call"]), forward
