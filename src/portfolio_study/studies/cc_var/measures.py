"""What the chapter on CC-VaR measures: one function, or one row of a table, a key."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var import cc_var_portfolio, continuous, optimality
from portfolio_study.allocation.cc_var import options as butterfly
from portfolio_study.allocation.cc_var import permutations as algebra
from portfolio_study.allocation.cc_var.bases import basis_payoffs, basis_report, independent_instruments
from portfolio_study.allocation.cc_var.portfolio import performance as performance_of
from portfolio_study.allocation.cc_var.portfolio import probability_shortfall
from portfolio_study.checks.confidence import LEVEL, Z95
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.studies.cc_var import coverage
from portfolio_study.studies.cc_var.experiment import (
    EXAMPLE,
    GRID,
    SQUARE,
    TIED,
    WAYS,
    Experiment,
)
from portfolio_study.studies.cc_var.many_markets import cell_means

MONEY = "money per unit"

# --- the market of scenarios


@measure(data=None)
def indicators_sum(study: Experiment) -> bool:
    """The indicators of half-open cells sum to one unit of money at every price."""
    low, high, x = study.five.edges[:-1], study.five.edges[1:], np.linspace(0, 1, 1001)
    half_open = (x[:, None] >= low) & ((x[:, None] < high) | (high == 1))
    return bool((half_open.sum(axis=1) == 1).all())


@measure("probability", data=None)
def shared_probability(study: Experiment) -> float:
    """Probability of the points that closed cells share."""
    inner, forecast = study.five.edges[1:-1], study.five.market.forecast
    shared = forecast.cdf(inner) - forecast.cdf(np.nextafter(inner, 0))
    return float(round(shared.sum(), 12))


@measure("sum of weights", data=None)
def weights_of_unit(study: Experiment) -> float:
    """Sum of the weights of one unit of money, which pays one in each of five scenarios."""
    return float(np.ones(study.five.p.size).sum())


@measure(data=None)
def criterion_is_dominance(study: Experiment) -> Measured:
    """The criterion is a floor under the quantile function, on random incomes of both kinds."""
    found = study.readings
    agree = (found["criterion"] == found["dominance"]).all() and found["criterion"].nunique() == 2
    return Measured(bool(agree), n=len(found))


# --- the algorithm on five scenarios


@measure(data=None)
def short_version(study: Experiment) -> bool:
    """The six lines of the short version give the weights of the long algorithm."""
    five = study.five
    return bool(np.allclose(five.g, five.portfolios["canonical"].weights, atol=1e-14))


BETA5 = {
    "beta5.canonical.investment": ("canonical", "investment"),
    "beta5.canonical.mean_income": ("canonical", "mean_income"),
    "beta5.canonical.yield": ("canonical", "yield_"),
    "beta5.canonical.sd": ("canonical", "sd"),
    "beta5.integral.investment": ("integral", "investment"),
    "beta5.integral.mean_income": ("integral", "mean_income"),
    "beta5.integral.yield": ("integral", "yield_"),
    "beta5.integral.sd": ("integral", "sd"),
}


@measures(BETA5, data=None)
def beta5(study: Experiment) -> dict[str, float]:
    """Cost, mean income, yield and risk on the Beta market with five scenarios."""
    return {key: getattr(study.five.portfolios[way], what) for key, (way, what) in BETA5.items()}


@measure(data=None)
def two_sums(study: Experiment) -> bool:
    """Cost and mean income are the same sums over scenarios and over places."""
    five = study.five
    investment, income = performance_of(five.g, five.p, five.c)[:2]
    return bool(np.allclose([investment, income], [five.b @ five.f, five.b @ five.d]))


@measure(data=None)
def weights_of_omega(study: Experiment) -> bool:
    """Canonical weights in the order of the scenarios are the demand at omega."""
    made = study.five.portfolios["canonical"]
    return bool((made.weights == study.phi(made.cumulative_by_scenario)).all())


@measure("probability", data=None)
def summation_error(study: Experiment) -> float:
    """First cumulated probability with the printed matrix, less the right one."""
    five = study.five
    return float((algebra.summation_matrix(5, as_published=True) @ five.d)[0] - five.eps[0])


@measure(data=None)
def income_distribution(study: Experiment) -> bool:
    """The distribution function of the income: by counting, and by its steps."""
    five, z = study.five, np.linspace(-0.1, 1.1, 2401)
    by_counting = np.array([five.p[five.g <= level].sum() for level in z])
    # the third form: eps_i from b_i on, up to the next weight
    places = np.searchsorted(five.b, z, side="right")
    by_steps = np.concatenate([[0.0], five.eps])[places]
    found = five.portfolios["canonical"].income_distribution(z)
    return bool(np.allclose(found, by_counting) and np.allclose(found, by_steps))


@measure("probability", data=None)
def index_effect(study: Experiment) -> float:
    """How far the distribution on its steps, read with n + 1, is from the cumulated probabilities."""
    five = study.five
    steps = np.concatenate([[-np.inf], five.portfolios["canonical"].ordered_weights])  # from b_0 to b_n
    on_steps = five.portfolios["canonical"].income_distribution(steps)
    return float(abs(on_steps - np.concatenate([[0.0], five.eps])).max())


# --- canonical or averaged weights, and the limit


@measure(data=None)
def canonical_only(study: Experiment) -> Measured:
    """No other weights in the same order keep the promise: a counterexample."""
    made = study.five.portfolios["canonical"]
    larger = probability_shortfall(made.ordered_weights + 1, made.ordered_probability, study.phi)
    return Measured(bool(larger > 0), note="one unit more in every scenario keeps every inequality too")


@measure(data=None)
def canonical_holds(study: Experiment) -> Measured:
    """Canonical weights meet every inequality on random markets."""
    found = study.shortfalls["canonical"]
    return Measured(bool(found.max() <= 1e-12), n=len(found))


@measure("probability", data=None, key="shortfall.random")
def shortfall_random(study: Experiment) -> Measured:
    """Worst miss of averaged weights on random markets with 20 uneven scenarios."""
    return Measured(float(study.shortfalls["integral"].max()), n=len(study.shortfalls))


@measure("probability", data=None, key="shortfall.examples")
def shortfall_examples(study: Experiment) -> float:
    """Worst miss of averaged weights on the two smooth examples with 20 equal cells."""
    return max(
        cc_var_portfolio(*market.cells(20), study.phi, "integral").shortfall(study.phi)
        for market in study.worked.values()
    )


@measures(["gap_constant", "gap_measured"], "money x cells", data=None)
def gap(study: Experiment) -> dict[str, float]:
    """Excess cost of canonical weights times the number of cells: in theory, and at 400 cells."""
    return {
        "gap_constant": continuous.canonical_gap_limit(study.worked["Beta"], study.phi.derivative),
        "gap_measured": float(400 * study.gaps["Beta", "canonical"].loc[400.0]),
    }


@measures(["order.canonical", "order.integral", "order.lead"], "order of convergence", data=None)
def convergence_orders(study: Experiment) -> dict[str, float]:
    """Order of convergence of the cost, the worse of the two examples, and the lead of averaged weights."""
    found = {way: min(study.orders[name, way] for name in study.worked) for way in WAYS}
    return {
        "order.canonical": found["canonical"],
        "order.integral": found["integral"],
        "order.lead": found["integral"] - found["canonical"],
    }


@measure(data=None)
def approximate(study: Experiment) -> Measured:
    """Discrete portfolios approach the continuous optimum and do not attain it."""
    near = all(
        bool((gap > 0).all() and gap.is_monotonic_decreasing and gap.iloc[-1] < gap.iloc[0] / 20)
        for gap in study.gaps.values()
    )
    return Measured(near, n=sum(len(gap) for gap in study.gaps.values()))


@measure(data=None)
def delta_market_exact(study: Experiment) -> Measured:
    """The income of the continuous market misses the demand at each level exactly as often as promised."""
    return Measured(bool(study.exact_levels.max() < 2e-3), n=len(study.exact_levels))


@measure("relative excess cost", data=None)
def limit_excess(study: Experiment) -> float:
    """What canonical weights cost above the continuous optimum on the finest cells, the worse example."""
    finest = float(GRID[-1])
    return max(
        float(study.gaps[name, "canonical"].loc[finest] / study.refined[name]["canonical_A"].loc[np.inf])
        for name in study.worked
    )


@measure(data=None)
def benchmark(study: Experiment) -> bool:
    """The continuous optimum costs less than every discretisation."""
    return all(bool(gap.min() > 0) for gap in study.gaps.values())


def _vanish(distances: pd.DataFrame) -> bool:
    """Distances shrink with every refinement and end below 2 %."""
    steps_down = (distances.groupby("market").diff().dropna() < 0).to_numpy().all()
    return bool(steps_down and (distances.groupby("market").last() < 0.02).to_numpy().all())


@measure(data=None)
def vectors_converge(study: Experiment) -> bool:
    """The pairs of discrete vectors approach f_p, f_c and gamma."""
    return _vanish(study.distances[["f_p", "f_c", "gamma"]])


@measure(data=None)
def omega_converges(study: Experiment) -> bool:
    """The vector omega approaches the ordering function."""
    return _vanish(study.distances[["w"]])


# --- the algebra of the ordering


@measures(["example.xi", "example.eta", "example.rank"], data=None)
def example(study: Experiment) -> dict[str, bool]:
    """Order, inverse and ranks of the paper's example are as printed."""
    xi = algebra.positions(EXAMPLE)
    return {
        "example.xi": bool((xi == [4, 2, 3, 5, 1]).all()),
        "example.eta": bool((algebra.positions(xi) == [5, 2, 3, 1, 4]).all()),
        "example.rank": bool((algebra.ranks(EXAMPLE) == [5, 2, 3, 1, 4]).all()),
    }


IDENTITIES = {
    "identity.inverse": ["Xi = H^-1 = H'"],
    "identity.iota": ["xi = Xi iota, eta = H iota"],
    "identity.compose": ["Xi eta = iota = H xi", "xi(eta) = iota = eta(xi)"],
    "identity.mutual": ["eta = O(xi), xi = O(eta)"],
    "identity.moves": ["d = Xi p = p(xi), p = H d = d(eta)"],
    "identity.xi_from_xi": ["eta = Xi xi, xi = Xi^-1 eta"],
    "identity.xi_from_eta": ["xi = H eta, eta = H^-1 xi"],
    "identity.square": ["Xi = H^2, H = Xi^2"],
    "identity.cube": ["Xi^3 = H^3 = I"],
    "identity.iota_square": ["eta = Xi^2 iota, xi = H^2 iota"],
    "identity.iota_cube": ["iota = Xi^3 iota = H^3 iota"],
}


@measures(IDENTITIES, data=None)
def identities(study: Experiment) -> dict[str, Measured]:
    """An identity of the paper holds for all orders tried."""
    tried = int(study.identities.loc["all orders"].to_numpy().sum())
    return {key: Measured(bool(study.always[names].all()), n=tried) for key, names in IDENTITIES.items()}


@measure(data=None)
def eta_counts(study: Experiment) -> Measured:
    """Each component of eta is the rank of its income, counted as the incomes that are no larger."""
    found = [
        bool((algebra.ranks(rho) == [np.sum(np.array(rho) <= own) for own in rho]).all())
        for n in range(1, study.largest + 1)
        for rho in permutations(range(n))
    ]
    return Measured(all(found), n=len(found))


@measure("scenarios", data=None)
def largest(study: Experiment) -> int:
    """Scenarios of the largest size of which all orders are tried."""
    return study.largest


@measure("share of orders", data=None)
def share_of_three_cycles(study: Experiment) -> float:
    """Orders of the largest size for which the printed identities hold."""
    counts = study.identities[study.largest]
    return float(counts["Xi^3 = H^3 = I"] / counts["all orders"])


# --- is it the cheapest portfolio?


@measure(data=None)
def neyman_pearson(study: Experiment) -> Measured:
    """No set at most as probable as the first k scenarios of the order costs more, on random markets."""
    markets = optimality.random_markets(8, 100, False, np.random.default_rng(study.seed))
    found = [
        optimality.prefix_is_most_expensive(p, c, np.argsort(p / c)) for p, c in zip(*markets, strict=True)
    ]
    return Measured(all(found), n=len(found))


@measures(
    [
        "counterexample.order",
        "counterexample.cheapest",
        "counterexample.excess",
        "counterexample.yield_order",
        "counterexample.yield_cheapest",
        "counterexample.yield_lead",
    ],
    data=None,
)
def counterexample(study: Experiment) -> dict[str, Measured]:
    """Two scenarios in the paper's order, and the cheapest portfolio that keeps the promise: cost and yield."""
    order, cheapest = study.pair["canonical"], study.pair["cheapest"]
    kept = cheapest.shortfall(SQUARE) == 0
    excess = order.investment / cheapest.investment - 1 if kept else 0.0
    return {
        "counterexample.order": Measured(order.investment, unit=MONEY),
        "counterexample.cheapest": Measured(cheapest.investment, unit=MONEY),
        "counterexample.excess": Measured(excess, unit="relative excess cost"),
        "counterexample.yield_order": Measured(order.yield_, unit="yield"),
        "counterexample.yield_cheapest": Measured(cheapest.yield_, unit="yield"),
        "counterexample.yield_lead": Measured(order.yield_ - cheapest.yield_, unit="yield"),
    }


@measure(data=None)
def exact_cases(study: Experiment) -> bool:
    """The order never fails where theory says so: equal probabilities or a linear demand."""
    return bool((study.failures.loc[study.surely_cheapest, "failures"] == 0).all())


@measure("share of markets", data=None)
def share_not_cheapest(study: Experiment) -> float:
    """Random markets with unequal probabilities and a curved demand in which the order is not the cheapest."""
    rows = study.failures[~study.surely_cheapest]
    return float(rows["failures"].sum() / rows["markets"].sum())


@measures(["worst_excess", "worst_excess.all"], "relative excess cost", data=None)
def worst_excess(study: Experiment) -> dict[str, float]:
    """What the order costs at most above the cheapest one: for the square demand, and for all demands."""
    found = study.failures
    return {
        "worst_excess": float(found.loc[found["exponent"] == 2.0, "worst_excess"].max()),
        "worst_excess.all": float(found["worst_excess"].max()),
    }


@measure(data=None)
def bounds_hold(study: Experiment) -> bool:
    """Averaged weights cost no more than the cheapest portfolio, and that no more than canonical weights."""
    found = study.bounds
    below = found["integral"] <= found["cheapest"] + 1e-12
    return bool((below & (found["cheapest"] <= found["canonical"] + 1e-12)).all())


@measures(["saving.examples", "saving.finest"], "relative saving", data=None)
def savings(study: Experiment) -> dict[str, float]:
    """What the cheapest order saves on the worked examples: at most, and on the finest market."""
    finest = study.bounds.xs(study.exact_cells, level="cells")
    return {
        "saving.examples": float(study.bounds["saving"].max()),
        "saving.finest": float(finest["saving"].max()),
    }


def tied_costs(study: Experiment) -> list[float]:
    """Costs of two scenarios of equal relative income, in both orders."""
    return [optimality.order_cost(np.array(order), TIED, TIED, SQUARE) for order in ([0, 1], [1, 0])]


@measure(data=None)
def tie_rule_takes_cheaper(study: Experiment) -> bool:
    """The library takes the cheaper order of two tied scenarios."""
    chosen = cc_var_portfolio(TIED, TIED, SQUARE).investment
    return bool(np.isclose(chosen, min(tied_costs(study))))


@measure("relative excess cost", data=None)
def tie_effect(study: Experiment) -> float:
    """What the dearer order of two tied scenarios costs more."""
    costs = tied_costs(study)
    return max(costs) / min(costs) - 1


@measure(data=None)
def yield_is_optimised(study: Experiment) -> bool:
    """In no random market does another order, or extra income, yield more."""
    return sum(study.better_yields) == 0


@measures(["share_better_yield", "share_extra_raises_yield"], "share of markets", data=None)
def better_yields(study: Experiment) -> dict[str, Measured]:
    """Random markets in which another order yields more, and in which extra income does."""
    n = study.yield_markets
    keys = ("share_better_yield", "share_extra_raises_yield")
    return {key: Measured(count / n, n=n) for key, count in zip(keys, study.better_yields, strict=True)}


# --- options in place of scenarios


@measure(data=None)
def butterflies_sum(study: Experiment) -> bool:
    """The butterflies and edge spreads add up to one unit of money at every price."""
    payoffs = butterfly.butterfly_payoffs(np.linspace(-0.2, 1.2, 1401), study.five.strikes)
    return bool(np.allclose(payoffs.sum(axis=1), 1))


@measure(data=None)
def butterfly_prices(study: Experiment) -> bool:
    """Prices and mean payoffs agree with quadrature, and prices with those from calls and puts."""
    five, made = study.five, study.five.butterflies
    corners = np.concatenate([[0.0], five.strikes, [1.0]])

    def pays(i: int) -> Callable[[float], float]:
        return lambda x: float(butterfly.butterfly_payoffs(x, five.strikes)[0, i])

    by_quadrature = [
        [cell_means(density, pays(i), corners).sum() for i in range(5)]
        for density in (five.market.forecast, five.market.price)
    ]
    calls, puts = butterfly.option_prices(five.market, five.strikes)
    from_quotes = butterfly.butterfly_prices_from_options(calls, puts, five.strikes)
    return bool(
        np.allclose(by_quadrature, [made.probability, made.price], atol=1e-9)
        and np.allclose(from_quotes, made.price)
    )


@measures(["option_violation", "option_violation.examples"], "probability", data=None)
def option_violations(study: Experiment) -> dict[str, float]:
    """How far butterflies break the promise: between two strikes, and at most on the smooth examples."""
    canonical = study.option_portfolios.xs("canonical", level="weights")
    return {
        "option_violation": study.between_strikes.violation,
        "option_violation.examples": float(canonical["violation (probability)"].max()),
    }


@measures(["sigma.true", "sigma.scenario_formula"], "sd of the return", data=None)
def sigma(study: Experiment) -> dict[str, float]:
    """Risk of five butterflies: from the true payoff, and by the scenarios' formula."""
    made = study.five.butterflies
    return {"sigma.true": made.sd, "sigma.scenario_formula": made.portfolio.sd}


@measure(data=None)
def basis_change(study: Experiment) -> bool:
    """Holdings of a bond and calls pay the incomes at the strikes."""
    five = study.five
    paid = five.calls_and_bond.to_numpy().T @ five.holdings
    return bool(np.allclose(paid, five.butterflies.portfolio.weights))


@measure(data=None)
def quoted_span(study: Experiment) -> bool:
    """A bond and calls span all payoffs for 2 to 50 strikes."""
    return all(
        basis_report(basis_payoffs("bond and calls", np.arange(float(n)))).usable for n in range(2, 51)
    )


@measure("condition number", data=None, key="condition.calls")
def condition_of_calls(study: Experiment) -> float:
    """Condition number of a bond and calls on 50 strikes."""
    return basis_report(basis_payoffs("bond and calls", np.arange(50.0))).condition


@measure(data=None)
def problem_bases(study: Experiment) -> bool:
    """Some bases do not span all payoffs, and leaving instruments out mends one that has too many."""
    pairs_span = [
        basis_report(basis_payoffs("neighbour pairs", np.arange(float(n)))).rank == n for n in range(3, 21)
    ]
    everything = basis_payoffs("calls, puts and bond", np.arange(5.0))
    avoided = basis_report(everything.loc[independent_instruments(everything)]).usable
    return bool(not all(pairs_span) and avoided)


@measures(["condition_growth.calls", "condition_growth.spreads"], "power of n", data=None)
def condition_growth(study: Experiment) -> dict[str, float]:
    """Power of the number of strikes with which the condition number grows."""
    return {
        "condition_growth.calls": study.condition_growth["bond and calls"],
        "condition_growth.spreads": study.condition_growth["bond and spreads"],
    }


# --- real prices


@measures(
    [
        "market.name",
        "market.dates",
        "market.period",
        "market.first",
        "market.last",
        "market.month",
        "market.price_index",
        "market.carried",
    ],
    data="index",
)
def market(study: Experiment) -> dict[str, Measured]:
    """The index: its name, dates and length of a month, and whether dividends and bill rates are there."""
    index, dates = study.index, study.index.close.index
    carried = [part for part in index.manifest.get("risk_free", []) if part["kind"].startswith("carried")]
    days = sum(int(((dates >= part["first"]) & (dates <= part["last"])).sum()) for part in carried)
    plural = "s" if study.month.horizon > 1 else ""
    return {
        "market.name": Measured(index.tickers[0]),
        "market.dates": Measured(len(dates)),
        "market.period": Measured(index.period),
        "market.first": Measured(f"{dates[0]:%Y-%m-%d}"),
        "market.last": Measured(f"{dates[-1]:%Y-%m-%d}"),
        "market.month": Measured(f"{study.month.horizon} {index.period}{plural}"),
        "market.price_index": Measured(index.tickers[0].startswith("^")),
        "market.carried": Measured(days / len(dates), unit="share of the dates"),
    }


@measure("a year", data=None)
def price_volatility(study: Experiment) -> float:
    """Volatility of the assumed price density."""
    return study.price_volatility


@measures(["tail.history", "tail.garch"], "relative income", data="index")
def tail(study: Experiment) -> dict[str, float]:
    """Relative income in the lowest half percent of the price density."""
    return {f"tail.{name.lower()}": ratio for name, ratio in study.month.tails.items()}


@measures(
    ["chain.made_up", "chain.strikes", "chain.forward", "chain.investment", "chain.income", "chain.sd"],
    data="index",
)
def chain(study: Experiment) -> dict[str, Measured]:
    """The option chain, and what the portfolio on it costs and pays."""
    found = study.chain
    note = "prices of the options are assumed" if found.made_up else ""
    return {
        "chain.made_up": Measured(found.made_up),
        "chain.strikes": Measured(len(found.strikes)),
        "chain.forward": Measured(found.forward, unit="index points", note=note),
        "chain.investment": Measured(found.portfolio.portfolio.investment, unit=MONEY, note=note),
        "chain.income": Measured(found.portfolio.portfolio.mean_income, unit=MONEY, note=note),
        "chain.sd": Measured(found.portfolio.sd, unit="sd of the return", note=note),
    }


@measure("probability", key="chain.violation", data="index")
def chain_violation(study: Experiment) -> Measured:
    """How far interpolation between the strikes of the chain breaks the promise."""
    note = "prices of the options are assumed" if study.chain.made_up else ""
    return Measured(study.chain.portfolio.violation, note=note)


COVERAGE = {
    "coverage.history.0.05": ("history", 0.05),
    "coverage.history.0.10": ("history", 0.10),
    "coverage.history.0.25": ("history", 0.25),
    "coverage.history.0.50": ("history", 0.50),
    "coverage.history.0.75": ("history", 0.75),
    "coverage.history.0.90": ("history", 0.90),
    "coverage.garch.0.05": ("GARCH", 0.05),
    "coverage.garch.0.10": ("GARCH", 0.10),
    "coverage.garch.0.25": ("GARCH", 0.25),
    "coverage.garch.0.50": ("GARCH", 0.50),
    "coverage.garch.0.75": ("GARCH", 0.75),
    "coverage.garch.0.90": ("GARCH", 0.90),
}


@measures(COVERAGE, "probability of a miss", data="index")
def misses(study: Experiment) -> dict[str, Measured]:
    """Share of the months with too little income, by forecast and promised level."""
    found = {}
    for key, (name, level) in COVERAGE.items():
        row: Any = study.month.kept[name].loc[level]
        found[key] = Measured(
            row["observed"],
            interval=(row["low"], row["high"]),
            p_value=row["p_value"],
            n=int(row["months"]),
            detectable=row["detectable"],
        )
    return found


@measures(["months.first", "months.last"], data="index")
def first_and_last(study: Experiment) -> dict[str, str]:
    """Ends of the first and of the last month."""
    ends = study.month.months["history"].index
    return {"months.first": f"{ends[0]:%Y-%m-%d}", "months.last": f"{ends[-1]:%Y-%m-%d}"}


RANKS = {
    "ranks.history.excess": ("history", "excess"),
    "ranks.history.distance": ("history", "distance"),
    "ranks.history.autocorrelation": ("history", "autocorrelation"),
    "ranks.garch.excess": ("GARCH", "excess"),
    "ranks.garch.distance": ("GARCH", "distance"),
    "ranks.garch.autocorrelation": ("GARCH", "autocorrelation"),
}


@measures(RANKS, "probability", data="index")
def ranks(study: Experiment) -> dict[str, Measured]:
    """Kolmogorov tests of the ranks at all levels at once, and whether neighbouring ranks are alike."""
    found = {}
    for name, run in study.month.months.items():
        tests = {
            "excess": coverage.too_many_small_ranks(run["rank"]),
            "distance": coverage.uniform_ranks(run["rank"], run["probability"], study.seed),
        }
        for what, test in tests.items():
            found[name, what] = Measured(
                test.statistic, p_value=test.p_value, n=test.n, detectable=test.detectable
            )
        serial, error = coverage.rank_autocorrelation(run["rank"])
        found[name, "autocorrelation"] = Measured(serial, se=error, n=len(run), unit="correlation")
    return {key: found[what] for key, what in RANKS.items()}


@measures(["clusters.history", "clusters.garch"], "standard errors", data="index")
def clusters(study: Experiment) -> dict[str, Measured]:
    """Autocorrelation of the ranks in standard errors."""
    found = {}
    for name in ("history", "garch"):
        serial = ranks(study)[f"ranks.{name}.autocorrelation"]
        found[f"clusters.{name}"] = Measured(
            serial.value / serial.se,
            interval=(serial.value / serial.se - Z95, serial.value / serial.se + Z95),
        )
    return found


@measures(["broken.history", "broken.garch"], "levels", data="index")
def broken(study: Experiment) -> dict[str, int]:
    """Levels at which the one-sided test, at the level of the table, refutes the promise: *at most*, it says."""
    return {
        f"broken.{name.lower()}": int((table["p_value"] < LEVEL / len(COVERAGE)).sum())
        for name, table in study.month.kept.items()
    }


@measures(["refuted.history", "refuted.garch"], "5 % less the p-value", data="index")
def refuted(study: Experiment) -> dict[str, float]:
    """By how much the p-value of the test over all levels lies below 5 %."""
    return {
        f"refuted.{name}": LEVEL - float(ranks(study)[f"ranks.{name}.excess"].p_value)
        for name in ("history", "garch")
    }


@measures(["contradict.history", "contradict.garch"], data="index")
def contradictions(study: Experiment) -> dict[str, bool]:
    """Whether only one of the two refutes a forecast: the test over all levels, or the levels one by one."""
    one_by_one, at_once = broken(study), refuted(study)
    return {
        f"contradict.{name}": (one_by_one[f"broken.{name}"] > 0) != (at_once[f"refuted.{name}"] > 0)
        for name in ("history", "garch")
    }


@measure("probability", key="excess.history_less_garch", data="index")
def excess_difference(study: Experiment) -> float:
    """Largest excess of misses with the forecast from history, less the one with GARCH volatility."""
    found = ranks(study)
    return float(found["ranks.history.excess"].value - found["ranks.garch.excess"].value)


@measure("probability", data="index")
def granularity(study: Experiment) -> float:
    """Mean probability of the cell that happened."""
    return float(study.month.months["GARCH"]["probability"].mean())


@measures(["illustration.low", "illustration.high"], "yield a month", data="index")
def illustrated_yields(study: Experiment) -> dict[str, Measured]:
    """Least and largest realised yield across the assumed volatilities."""
    note, found = "under an assumed price density", study.illustration["realised yield"]
    return {
        "illustration.low": Measured(float(found.min()), note=note),
        "illustration.high": Measured(float(found.max()), note=note),
    }


@measures(
    [
        "illustration.missed.history.least",
        "illustration.missed.history.most",
        "illustration.missed.garch.least",
        "illustration.missed.garch.most",
    ],
    "probability of a miss at the level 10 %",
    data="index",
)
def illustrated_misses(study: Experiment) -> dict[str, float]:
    """Least and largest share of missed months across the assumed volatilities, by forecast."""
    found = {}
    for name, missed in study.illustration["missed at level 10 %"].groupby("forecast"):
        found[f"illustration.missed.{str(name).lower()}.least"] = float(missed.min())
        found[f"illustration.missed.{str(name).lower()}.most"] = float(missed.max())
    return found
