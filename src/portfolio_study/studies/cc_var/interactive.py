"""Interactive figures of the CC-VaR chapter: all orders, and the staircase of weights."""

from typing import Any

import numpy as np

from portfolio_study.allocation.cc_var.continuous import continuous_optimum, ordering_function
from portfolio_study.allocation.cc_var.permutations import (
    IDENTITIES,
    cycle_lengths,
    identity_outcomes,
    permutation_matrix,
)
from portfolio_study.allocation.cc_var.portfolio import cc_var_portfolio
from portfolio_study.allocation.cc_var.preference import PowerPreference, Vector
from portfolio_study.allocation.cc_var.scenarios import DensityMarket
from portfolio_study.figures import COLOURS, DASHES, as_signs

_NUMBERS = "%{fullData.name}<br>price %{x:.3f}: income %{y:.3f} (money per unit)<extra></extra>"
_FAILS, _HOLDS = COLOURS["vermilion"], COLOURS["blue"]


def identity_figure(largest: int = 5) -> Any:
    """Map of all orders against all identities, with a menu for the number of scenarios.

    Parameters
    ----------
    largest : int
        Largest number of scenarios in the menu.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    figure, names = go.Figure(), list(IDENTITIES)
    signs = [as_signs(name) for name in names]
    for n in range(2, largest + 1):
        xi, outcomes = identity_outcomes(n)
        hover = [
            [
                f"ξ = ({', '.join(map(str, order))})<br>cycle lengths {cycle_lengths(order)}<br>"
                f"{sign}: {'holds' if outcome else 'FAILS'}"
                for order, outcome in zip(xi, outcomes[name], strict=True)
            ]
            for name, sign in zip(names, signs, strict=True)
        ]
        figure.add_heatmap(
            z=outcomes[names].to_numpy().T.astype(int),
            x=np.arange(1, len(xi) + 1),
            y=signs,
            zmin=0,
            zmax=1,
            colorscale=[[0, _FAILS], [0.5, _FAILS], [0.5, _HOLDS], [1, _HOLDS]],
            # Above the map: beside it, a phone would have no room for the map.
            colorbar={
                "tickvals": [0.25, 0.75],
                "ticktext": ["fails", "holds"],
                "tickangle": 0,
                "orientation": "h",
                "len": 1,
                "thickness": 12,
                "x": 1,
                "xanchor": "right",
                "y": 1.02,
                "yanchor": "bottom",
            },
            text=hover,
            hoverinfo="text",
            xgap=1 if len(xi) <= 24 else 0,  # gaps between narrower cells would pale their colours
            ygap=1,
            visible=n == 3,
        )
    buttons = [
        {
            "label": f"{n} scenarios",
            "method": "update",
            "args": [{"visible": [m == n for m in range(2, largest + 1)]}],
        }
        for n in range(2, largest + 1)
    ]
    figure.update_layout(
        updatemenus=[{"buttons": buttons, "active": 1, "x": -0.02, "xanchor": "right", "y": 1.16}]
    )
    figure.update_xaxes(title="number of the order")
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=5)
    return figure


def matrix_figure(orders: list[tuple[int, ...]]) -> Any:
    """Matrices Ξ, H, H² and Ξ³ of one order after another, chosen by a slider.

    Parameters
    ----------
    orders : list of tuple of int
        Vectors xi, positions from 1; they may differ in length.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    from plotly.subplots import make_subplots

    names = ("Ξ", "H", "H²", "Ξ³")
    figure = make_subplots(1, 4, subplot_titles=names)
    steps, titles = [], []
    for k, order in enumerate(orders):
        X = permutation_matrix(np.array(order))
        lengths = cycle_lengths(np.array(order))
        powers = zip(names, (X, X.T, X.T @ X.T, X @ X @ X), strict=True)
        for column, (named, matrix) in enumerate(powers, start=1):
            place = [f"{i + 1}" for i in range(len(order))]
            figure.add_heatmap(
                z=matrix,
                x=place,
                y=place,
                text=matrix,
                texttemplate="%{text}",
                hovertemplate=f"{named}<br>row %{{y}}, column %{{x}}: %{{z}}<extra></extra>",
                zmin=0,
                zmax=1,
                colorscale=[[0, "#ffffff"], [1, COLOURS["sky"]]],
                showscale=False,
                xgap=1,
                ygap=1,
                visible=k == 0,
                row=1,
                col=column,
            )
        same, cube = np.array_equal(X, X.T @ X.T), np.array_equal(X @ X @ X, np.eye(len(order)))
        title = (
            f"ξ = ({', '.join(map(str, order))}), cycles {lengths}:<br>"
            f"Ξ = H² {'holds' if same else 'FAILS'}, Ξ³ = I {'holds' if cube else 'FAILS'}"
        )
        shown = [k == m for m in range(len(orders)) for _ in range(4)]
        titles.append(title)
        args = [{"visible": shown}, {"title.text": title}]
        steps.append({"label": "".join(map(str, order)), "method": "update", "args": args})
    figure.update_layout(
        title={"text": titles[0], "font": {"size": 14}, "y": 0.94, "yanchor": "top"},
        sliders=[{"steps": steps, "currentvalue": {"prefix": "order ξ = "}, "pad": {"t": 40}}],
    )
    # No numbers at the edges: beside ones and zeros they would read as a further row and column.
    figure.update_yaxes(autorange="reversed", type="category", showticklabels=False, domain=[0, 0.88])
    figure.update_annotations(y=0.88)  # the names of the matrices, below a title of two lines
    figure.update_xaxes(type="category", showticklabels=False)
    return figure


def staircase(
    market: DensityMarket, exponent: float, n: int, method: str = "canonical"
) -> tuple[Vector, Vector, str]:
    """Corners of the staircase of weights on ``n`` cells, and a label with its cost.

    Returns
    -------
    x, weights : array, shape (2n,)
    label : str
    """
    portfolio = cc_var_portfolio(*market.cells(n), PowerPreference(exponent), method)
    edges = market.edges(n)
    x = np.repeat(edges, 2)[1:-1]
    return x, np.repeat(portfolio.weights, 2), f"{method}, n = {n}, cost {portfolio.investment:.4f}"


def staircase_figure(market: DensityMarket, exponents: tuple[float, ...], sizes: tuple[int, ...]) -> Any:
    """Weights against the continuous limit, with sliders for the preference and the number of cells.

    One slider changes the data of all curves, the other one which curves are
    shown, so that the two can be moved independently.

    Parameters
    ----------
    market : DensityMarket
    exponents : tuple of float
    sizes : tuple of int

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    x = np.linspace(market.lower, market.upper, 301)[1:-1]
    order = ordering_function(market, x)
    methods, start, first = ("canonical", "integral"), len(sizes) // 2, len(exponents) // 2
    for i, exponent in enumerate(exponents):
        for k, method in enumerate(methods):
            xs, weights, label = staircase(market, exponent, sizes[start], method)
            line = {"color": COLOURS["blue" if k == 0 else "orange"], "dash": DASHES[k], "width": 2}
            figure.add_scatter(
                x=xs,
                y=weights,
                name=label,
                mode="lines",
                line=line,
                visible=i == first,
                hovertemplate=_NUMBERS,
            )
        limit = continuous_optimum(market, PowerPreference(exponent))
        figure.add_scatter(
            x=x,
            y=order**exponent,
            name=f"continuous limit, cost {limit.investment:.4f}",
            mode="lines",
            hovertemplate=_NUMBERS,
            line={"color": COLOURS["black"], "dash": DASHES[3], "width": 1.5},
            visible=i == first,
        )
    stairs = [t for t in range(3 * len(exponents)) if t % 3 < 2]
    by_size = []
    for n in sizes:
        drawn = [staircase(market, exponent, n, method) for exponent in exponents for method in methods]
        update = {"x": [d[0] for d in drawn], "y": [d[1] for d in drawn], "name": [d[2] for d in drawn]}
        by_size.append({"label": str(n), "method": "restyle", "args": [update, stairs]})
    by_exponent = [
        {
            "label": f"{e:g}",
            "method": "restyle",
            "args": [{"visible": [t // 3 == i for t in range(3 * len(exponents))]}],
        }
        for i, e in enumerate(exponents)
    ]
    figure.update_layout(
        sliders=[
            {
                "steps": by_exponent,
                "active": first,
                "currentvalue": {"prefix": "λ = "},
                "len": 0.45,
                "pad": {"t": 60},
            },
            {
                "steps": by_size,
                "active": start,
                "currentvalue": {"prefix": "cells n = "},
                "len": 0.45,
                "x": 0.52,
                "pad": {"t": 60},
            },
        ]
    )
    figure.update_xaxes(title="price of the underlying at the horizon")
    figure.update_yaxes(title="income paid (money per unit)", range=[0, 1.05])
    return figure
