"""Figures of the chapter on CC-VaR."""

from typing import Any

import numpy as np

from portfolio_study.allocation.cc_var import PowerPreference, cc_var_portfolio
from portfolio_study.allocation.cc_var.continuous import continuous_optimum, ordering_function
from portfolio_study.allocation.cc_var.permutations import cycle_lengths, identity_outcomes, positions
from portfolio_study.figures import COLOURS, LINES, MARKERS
from portfolio_study.ledger import figure
from portfolio_study.studies.cc_var import interactive
from portfolio_study.studies.cc_var.experiment import EXAMPLE, WAYS, Experiment

SOLID = {"linestyle": LINES[0], "color": COLOURS["blue"]}
DASHED = {"linestyle": LINES[1], "color": COLOURS["orange"]}
DOTTED = {"linestyle": LINES[3], "color": COLOURS["black"]}
LOOKS = {"canonical": SOLID, "integral": DASHED, "history": SOLID, "GARCH": DASHED}


def _inside(market: Any) -> Any:
    """Prices at which densities are drawn: within the market, not at its ends."""
    return np.linspace(market.lower, market.upper, 402)[1:-1]


def _densities_in_words(study: Experiment) -> str:
    found = []
    for market in study.worked.values():
        x = _inside(market)
        rho = market.relative_income(x)
        found.append(
            f"{market.name}: relative income between {rho.min():.2f} and {rho.max():.2f}, highest at a price of "
            f"{x[rho.argmax()]:.3g}"
        )
    return (
        "Two panels: price density, forecast density and their ratio, the relative income, against the price at "
        f"the horizon. {'; '.join(found)}."
    )


@figure(
    caption="Price density, forecast density and relative income of the two worked examples.",
    alt=_densities_in_words,
)
def densities(study: Experiment) -> Any:
    """Densities and relative income of the worked examples."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
    for ax, market in zip(axes, study.worked.values(), strict=True):
        x = _inside(market)
        ax.plot(x, market.price.pdf(x), **DASHED, label="price density c")
        ax.plot(x, market.forecast.pdf(x), **SOLID, label="forecast density p")
        right = ax.twinx()
        right.plot(x, market.relative_income(x), **DOTTED, label="relative income ρ (right)")
        right.set_ylabel("ρ = p / c")
        right.grid(False)
        ax.set(title=market.name, xlabel="price at the horizon", ylabel="density (1/price)")
    lines = axes[0].get_lines() + fig.axes[2].get_lines()
    fig.legend(handles=lines, loc="outside lower center", ncols=3)
    return fig


def _distribution_in_words(study: Experiment) -> str:
    above = ", ".join(
        f"{way} weights {made.shortfall(study.phi):.3f}" for way, made in study.five.portfolios.items()
    )
    return (
        "Step functions: probability of an income of at most z against z, and the limit that CC-VaR sets. At the top of "
        f"a step the curve lies above the limit by at most: {above} (more than zero breaks the constraint)."
    )


@figure(
    caption="Distribution of the income against the constraint, Beta market with 5 scenarios. The top of each step "
    "must not lie above the dotted line.",
    alt=_distribution_in_words,
)
def distribution(study: Experiment) -> Any:
    """Distribution of the income of five scenarios, and the constraint."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for way, made in study.five.portfolios.items():
        incomes = np.append(made.ordered_weights, 1.05)
        reached = np.append(made.cumulative_probability, 1.0)
        ax.step(incomes, reached, where="post", **LOOKS[way], label=f"{way} weights")
    z = np.linspace(0, 1, 400)
    ax.plot(z, study.phi.inverse(z), **DOTTED, label="limit of the constraint")
    ax.set(xlabel="income z (money per unit)", ylabel="probability of at most z")
    ax.legend()
    return fig


@figure(
    caption="Excess cost over the continuous optimum on ever finer markets.",
    alt="Excess investment over the continuous optimum (vertical, logarithmic) against the number of cells "
    "(horizontal, logarithmic): canonical weights fall at order {order.canonical:.2f}, integral weights at order "
    "{order.integral:.2f}, on both examples",
)
def rates(study: Experiment) -> Any:
    """Excess cost by number of cells."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for k, ((name, way), gap) in enumerate(study.gaps.items()):
        label = f"{name}, {way}: order {study.orders[name, way]:.2f}"
        ax.loglog(gap.index, gap, linestyle=LINES[k], marker=MARKERS[k], label=label)
    ax.set(xlabel="number of cells n", ylabel="A(n) - A (money per unit)")
    ax.legend()
    return fig


CELLS = (5, 10, 20, 50, 100)  # of the market on which the staircase is drawn


def _staircase_in_words(study: Experiment) -> str:
    market, middle = study.worked["Beta"], study.exponents[len(study.exponents) // 2]
    preference = PowerPreference(middle)
    costs = {
        way: [cc_var_portfolio(*market.cells(n), preference, way).investment for n in (CELLS[0], CELLS[-1])]
        for way in WAYS
    }
    told = ", ".join(f"{way} {first:.4f} and {last:.4f}" for way, (first, last) in costs.items())
    return (
        "Weights of the scenarios of the Beta market as a staircase against the continuous limit, with sliders for "
        f"lambda and the number of cells. At lambda = {middle:g} the cost with {CELLS[0]} and {CELLS[-1]} cells is: "
        f"{told}; the limit costs {continuous_optimum(market, preference).investment:.4f}."
    )


@figure(
    name="staircase",
    height=560,
    caption="Weights on ever finer markets; on a screen, sliders choose the demand and the number of cells.",
    alt=_staircase_in_words,
)
def staircase(study: Experiment) -> Any:
    """Staircase of weights and its limit; interactive."""
    return interactive.staircase_figure(study.worked["Beta"], tuple(study.exponents), CELLS)


MOST_SCENARIOS = 5  # of the map of all orders


def _identities_in_words(study: Experiment) -> str:
    orders, outcomes = identity_outcomes(MOST_SCENARIOS)
    holds = outcomes.sum()
    broken = holds[holds < len(orders)]
    counts = " or ".join(map(str, sorted(set(broken))))
    rest = f"; the others for {counts} of the orders" if len(broken) else ""
    return (
        f"Map of all orders of two to {MOST_SCENARIOS} scenarios against the identities of the paper. Of the "
        f"{len(holds)} identities {len(holds) - len(broken)} hold for all {len(orders)} orders of "
        f"{MOST_SCENARIOS} scenarios{rest}."
    )


@figure(
    height=460,
    caption="Which identities hold for which order of the scenarios: a column an order, all of them tried.",
    alt=_identities_in_words,
)
def identities(study: Experiment) -> Any:
    """All orders against all identities; interactive."""
    return interactive.identity_figure(MOST_SCENARIOS)


def _shown_orders() -> list[tuple[int, ...]]:
    """The paper's example, the swap, some orders of four and all of three."""
    shown = [tuple(positions(EXAMPLE).tolist()), (2, 1), (2, 3, 4, 1), (2, 1, 4, 3), (2, 3, 1, 4)]
    return shown + [tuple(order.tolist()) for order in identity_outcomes(3)[0]]


def _matrices_in_words(study: Experiment) -> str:
    shown = _shown_orders()
    same = [order for order in shown if all(length in (1, 3) for length in cycle_lengths(np.array(order)))]
    return (
        "Matrices Xi, H, H squared and Xi cubed of an order that a slider chooses, ones and zeros. Xi = H squared and "
        f"Xi cubed = I hold for {len(same)} of the {len(shown)} orders, those whose cycles all have length 1 or 3; for "
        f"the paper's example, xi = {shown[0]}, they {'hold' if shown[0] in same else 'fail'}."
    )


@figure(
    height=400,
    caption="The matrices of one order, rows and columns by scenario; on a screen, a slider chooses it.",
    alt=_matrices_in_words,
)
def matrices(study: Experiment) -> Any:
    """Matrices of one order after another; interactive."""
    return interactive.matrix_figure(_shown_orders())


def _payoffs_of_five(study: Experiment) -> tuple[Any, Any, Any]:
    """Prices, the payoff of the butterflies there, and the continuous optimum."""
    x = np.linspace(0, 1, 501)[1:-1]
    limit = study.phi(ordering_function(study.five.market, x))
    return x, study.five.butterflies.payoff(x), limit


def _butterflies_in_words(study: Experiment) -> str:
    x, butterflies, limit = _payoffs_of_five(study)
    cells = np.clip(np.searchsorted(study.five.edges, x) - 1, 0, len(study.five.g) - 1)
    far = {
        "that of the scenario indicators": np.abs(study.five.g[cells] - limit).mean(),
        "that of the butterflies": np.abs(butterflies - limit).mean(),
    }
    told = " and ".join(f"{name} by {distance:.3f}" for name, distance in far.items())
    return (
        "Income against the price at the horizon on the Beta market: a staircase of five scenario indicators, a broken "
        "line of five butterflies, and the continuous optimum. On average over prices the income departs from the "
        f"optimum, {told} (money per unit)."
    )


@figure(
    caption="Payoffs on the Beta market with five strikes or cells, and the continuous optimum.",
    alt=_butterflies_in_words,
)
def butterflies(study: Experiment) -> Any:
    """Payoffs of butterflies, of indicators, and in the limit."""
    import matplotlib.pyplot as plt

    five, (x, butterflies, limit) = study.five, _payoffs_of_five(study)
    stairs_x, stairs_y, _ = interactive.staircase(five.market, study.preference, 5)
    fig, ax = plt.subplots()
    ax.plot(x, butterflies, **SOLID, label="butterflies")
    ax.plot(stairs_x, stairs_y, **DASHED, label="scenario indicators")
    ax.plot(x, limit, **DOTTED, label="continuous optimum")
    ax.plot(five.strikes, five.butterflies.portfolio.weights, "o", color=COLOURS["blue"])
    ax.set(xlabel="price at the horizon", ylabel="income (money per unit)")
    ax.legend()
    return fig


def _month_in_words(study: Experiment) -> str:
    month = study.month
    tails = ", ".join(f"{tail:.2f} with the forecast {name}" for name, tail in month.tails.items())
    return (
        "Two panels against the gross return over the bill of one month: left, price density at "
        f"{month.price_volatility:.0%} a year and two forecast densities; right, their relative incomes. In the lowest "
        f"cells, which hold one in 200 of the money, the relative income is {tails}."
    )


@figure(
    name="index",
    caption="The market of the next month at the end of the data: densities and relative income.",
    alt=_month_in_words,
)
def next_month(study: Experiment) -> Any:
    """Densities and relative incomes of the next month."""
    import matplotlib.pyplot as plt

    month = study.month
    x = np.exp(np.linspace(-3.2, 3.2, 400) * month.price_volatility * np.sqrt(month.years))
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    left.plot(x, month.assumed.pdf(x), **DOTTED, label="price density (assumed)")
    for name, forecast in month.forecasts.items():
        left.plot(x, forecast.pdf(x), **LOOKS[name], label=f"forecast: {name}")
        right.plot(x, forecast.pdf(x) / month.assumed.pdf(x), **LOOKS[name])
    left.set(xlabel="gross return over the bill, one month", ylabel="density")
    right.set(xlabel="gross return over the bill, one month", ylabel="ρ = p / c")
    fig.legend(handles=left.get_lines(), loc="outside lower center", ncols=3)
    return fig


def _by_demand(study: Experiment) -> dict[float, Any]:
    """Portfolio of the next month under the forecast GARCH, by the exponent of the demand."""
    month = study.month
    return {
        exponent: cc_var_portfolio(month.probabilities["GARCH"], month.cost, PowerPreference(exponent))
        for exponent in study.exponents
    }


def _payoffs_in_words(study: Experiment) -> str:
    costs = ", ".join(
        f"lambda = {exponent:g} costs {made.investment:.3f} and pays {made.mean_income:.3f} on average"
        for exponent, made in _by_demand(study).items()
    )
    return f"Income against the gross return over the bill of one month, one curve for each lambda: {costs}."


@figure(
    caption="What the portfolios pay, forecast GARCH, by preference.",
    alt=_payoffs_in_words,
)
def payoffs(study: Experiment) -> Any:
    """Incomes of the next month by demand."""
    import matplotlib.pyplot as plt

    month = study.month
    fig, ax = plt.subplots()
    for k, (exponent, made) in enumerate(_by_demand(study).items()):
        label = f"λ = {exponent:g}"
        ax.step(month.edges[1:-1], made.weights[1:], where="post", linestyle=LINES[k], label=label)
    ax.set(xlabel="gross return over the bill, one month", ylabel="income (money per unit)")
    fig.legend(loc="outside upper center", ncols=len(study.exponents))
    return fig


@figure(
    caption="Excess of missed demands over the promise, by level. Above zero the promise is broken; the line marks "
    "what chance alone exceeds in 5 % of samples.",
    alt="Observed minus promised probability of too little income (vertical) against the promised level "
    "(horizontal); the largest excess at any level is {ranks.history.excess:.2f} with the forecast history and "
    "{ranks.garch.excess:.2f} with GARCH; a line marks the one-sided 5 % limit of the Kolmogorov test",
)
def coverage(study: Experiment) -> Any:
    """Observed less promised probability of a miss at every level."""
    import matplotlib.pyplot as plt

    levels, n = np.linspace(0, 1, 401), len(study.month.months["history"])
    fig, ax = plt.subplots()
    for name, run in study.month.months.items():
        misses = np.searchsorted(np.sort(run["rank"]), levels * (1 - 1e-12)) / n
        ax.plot(levels, misses - levels, **LOOKS[name], label=name)
    limit = np.sqrt(np.log(1 / 0.05) / (2 * n))
    ax.axhline(limit, **DOTTED, label="5 % line, one-sided")
    ax.set_ylim(top=max(ax.get_ylim()[1], 1.15 * limit))  # or the line could lie on the edge of the frame
    ax.axhline(0, color=COLOURS["black"], linewidth=0.8)
    ax.set(xlabel="promised level (probability)", ylabel="observed - promised")
    ax.legend()
    return fig
