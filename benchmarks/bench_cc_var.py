"""CC-VaR portfolios: a million scenarios in O(n log n), and the exact programme on 18 scenarios."""

import time

import numpy as np

from portfolio_study.allocation import PowerPreference, cc_var_portfolio

SQUARE = PowerPreference(2)


def _market(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p, c = rng.exponential(size=n), rng.exponential(size=n)
    return p / p.sum(), c / c.sum()


def _seconds(n: int, method: str, repeats: int) -> float:
    """Fastest of several calls: other programs on the machine can only slow one down."""
    p, c = _market(n)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        cc_var_portfolio(p, c, SQUARE, method)
        times.append(time.perf_counter() - start)
    return min(times)


def run(scenarios: int = 1_000_000, exact: int = 18, repeats: int = 5) -> dict:
    """Measure seconds and the growth of the time with the number of scenarios.

    Parameters
    ----------
    scenarios : int
        Largest market of the fast methods.
    exact : int
        Scenarios of the exact programme.
    repeats : int
        Calls of which the fastest counts.
    """
    sizes = [max(scenarios // 2**k, 1000) for k in (4, 3, 2, 1, 0)]
    seconds = {n: _seconds(n, "canonical", repeats) for n in sizes}
    # O(n log n) is slope one against n log n; fixed costs pull it below one
    work = np.array([n * np.log2(n) for n in sizes])
    exponent = float(np.polyfit(np.log(work), np.log(list(seconds.values())), 1)[0])
    p, c = _market(exact)
    fast, best = cc_var_portfolio(p, c, SQUARE), cc_var_portfolio(p, c, SQUARE, "cheapest")
    return {
        "scenarios": scenarios,
        "seconds_canonical": seconds[scenarios],
        "seconds_integral": _seconds(scenarios, "integral", repeats),
        "seconds_by_scenarios": {str(n): s for n, s in seconds.items()},
        "exponent_against_n_log_n": exponent,
        "exact_scenarios": exact,
        "seconds_exact": _seconds(exact, "cheapest", min(repeats, 3)),
        "exact_saving": float(1 - best.investment / fast.investment),
    }
