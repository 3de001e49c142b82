"""Figures of the chapter on CC-VaR."""

from typing import Any

import numpy as np

from portfolio_study.allocation.cc_var import PowerPreference, cc_var_portfolio
from portfolio_study.allocation.cc_var.continuous import ordering_function
from portfolio_study.allocation.cc_var.permutations import identity_outcomes, positions
from portfolio_study.figures import COLOURS, LINES, MARKERS
from portfolio_study.ledger import figure
from portfolio_study.studies.cc_var import interactive
from portfolio_study.studies.cc_var.experiment import EXAMPLE, Experiment

SOLID = {"linestyle": LINES[0], "color": COLOURS["blue"]}
DASHED = {"linestyle": LINES[1], "color": COLOURS["orange"]}
DOTTED = {"linestyle": LINES[3], "color": COLOURS["black"]}
LOOKS = {"canonical": SOLID, "integral": DASHED, "history": SOLID, "GARCH": DASHED}


@figure(
    caption="Price density, forecast density and relative income of the two worked examples.",
    alt="Two panels, Beta and lognormal: price density and forecast density (left axis) and relative income "
    "(right axis) against the price at the horizon",
)
def densities(study: Experiment) -> Any:
    """Densities and relative income of the worked examples."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
    for ax, market in zip(axes, study.worked.values(), strict=True):
        x = np.linspace(market.lower, market.upper, 402)[1:-1]
        ax.plot(x, market.price.pdf(x), **DASHED, label="price density c")
        ax.plot(x, market.forecast.pdf(x), **SOLID, label="forecast density p")
        right = ax.twinx()
        right.plot(x, market.relative_income(x), **DOTTED, label="relative income rho (right)")
        right.set_ylabel("rho = p / c")
        right.grid(False)
        ax.set(title=market.name, xlabel="price at the horizon", ylabel="density (1/price)")
    lines = axes[0].get_lines() + fig.axes[2].get_lines()
    fig.legend(handles=lines, loc="outside lower center", ncols=3)
    return fig


@figure(
    caption="Distribution of the income against the constraint, Beta market with 5 scenarios. Before each step "
    "the curve must stay below the dotted line.",
    alt="Step functions: probability of an income of at most z (vertical) against income z (horizontal) for "
    "canonical and integral weights, and the limit that CC-VaR sets",
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


@figure(
    name="staircase",
    height=560,
    caption="Weights on ever finer markets; the sliders choose the demand and the number of cells.",
    alt="Weights of the scenarios of the Beta market as a staircase, canonical and integral, against the "
    "continuous limit; sliders for lambda and the number of cells",
)
def staircase(study: Experiment) -> Any:
    """Staircase of weights and its limit; interactive."""
    return interactive.staircase_figure(study.worked["Beta"], tuple(study.exponents), (5, 10, 20, 50, 100))


@figure(
    height=460,
    caption="Which identities hold for which order of the scenarios.",
    alt="Map of all orders of two to five scenarios against the identities of the paper: holds or fails; hover "
    "for the order and its cycles",
)
def identities(study: Experiment) -> Any:
    """All orders against all identities; interactive."""
    return interactive.identity_figure(5)


@figure(
    height=400,
    caption="The matrices of one order; the slider chooses it.",
    alt="Matrices Xi, H, H squared and Xi cubed of an order chosen with a slider",
)
def matrices(study: Experiment) -> Any:
    """Matrices of the paper's example, of the swap, of some orders of four and all of three; interactive."""
    shown = [tuple(positions(EXAMPLE).tolist()), (2, 1), (2, 3, 4, 1), (2, 1, 4, 3), (2, 3, 1, 4)]
    shown += [tuple(order.tolist()) for order in identity_outcomes(3)[0]]
    return interactive.matrix_figure(shown)


@figure(
    caption="Payoffs on the Beta market with five strikes or cells, and the continuous optimum.",
    alt="Income (vertical) against price of the underlying (horizontal): broken line of the butterfly portfolio, "
    "staircase of the scenario portfolio, and the continuous optimum",
)
def butterflies(study: Experiment) -> Any:
    """Payoffs of butterflies, of indicators, and in the limit."""
    import matplotlib.pyplot as plt

    five, x = study.five, np.linspace(0, 1, 501)[1:-1]
    stairs_x, stairs_y, _ = interactive.staircase(five.market, study.preference, 5)
    fig, ax = plt.subplots()
    ax.plot(x, five.butterflies.payoff(x), **SOLID, label="butterflies")
    ax.plot(stairs_x, stairs_y, **DASHED, label="scenario indicators")
    limit = study.phi(ordering_function(five.market, x))
    ax.plot(x, limit, **DOTTED, label="continuous optimum")
    ax.plot(five.strikes, five.butterflies.portfolio.weights, "o", color=COLOURS["blue"])
    ax.set(xlabel="price at the horizon", ylabel="income (money per unit)")
    ax.legend()
    return fig


@figure(
    name="index",
    caption="The market of the next month at the end of the data: densities and relative income.",
    alt="Two panels against the monthly gross return over the bill: left, price density and two forecast "
    "densities; right, their relative incomes",
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
    right.set(xlabel="gross return over the bill, one month", ylabel="rho = p / c")
    fig.legend(handles=left.get_lines(), loc="outside lower center", ncols=3)
    return fig


@figure(
    caption="What the portfolios pay, forecast GARCH, by preference.",
    alt="Income (vertical) against gross return over the bill (horizontal): one curve for each lambda, forecast "
    "GARCH",
)
def payoffs(study: Experiment) -> Any:
    """Incomes of the next month by demand."""
    import matplotlib.pyplot as plt

    month = study.month
    fig, ax = plt.subplots()
    for k, exponent in enumerate(study.exponents):
        made = cc_var_portfolio(month.probabilities["GARCH"], month.cost, PowerPreference(exponent))
        label = f"lambda = {exponent:g}"
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
    ax.axhline(np.sqrt(np.log(1 / 0.05) / (2 * n)), **DOTTED, label="5 % line, one-sided")
    ax.axhline(0, color=COLOURS["black"], linewidth=0.8)
    ax.set(xlabel="promised level (probability)", ylabel="observed - promised")
    ax.legend()
    return fig
