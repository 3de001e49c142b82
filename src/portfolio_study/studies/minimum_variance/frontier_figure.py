"""Interactive figures of the frontier: every portfolio on it, and two assets with a slider."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.frontier import efficient_frontier, two_asset_variance
from portfolio_study.allocation.methods import METHODS
from portfolio_study.checks import as_covariance, as_vector
from portfolio_study.errors import ParameterError
from portfolio_study.figures import CYCLE, DASHES, as_written

MOST_ASSETS = 20


def frontier_figure(mean: pd.Series, cov: pd.DataFrame, periods_per_year: int) -> Any:
    """Draw the efficient frontiers, the assets and every covariance-based rule.

    Parameters
    ----------
    mean : Series, shape (N,)
        Mean returns, decimals per period; 2 to 20 assets.
    cov : DataFrame, shape (N, N)
        Covariance of the same returns.
    periods_per_year : int
        252 for days, 12 for months.

    Returns
    -------
    plotly.graph_objects.Figure
        Volatility and mean return, % a year.

    Raises
    ------
    ParameterError
        More than 20 assets.
    """
    import plotly.graph_objects as go

    if not 2 <= len(mean) <= MOST_ASSETS:
        raise ParameterError(f"the picture shows 2 to {MOST_ASSETS} assets, got {len(mean)}: choose some")
    risk_scale, mean_scale = 100 * np.sqrt(periods_per_year), 100 * periods_per_year
    checked = as_covariance(cov)
    matrix, means = checked.matrix, as_vector(mean, checked, "mean")
    names = mean.index if checked.labels is None else checked.labels
    numbers = "volatility %{x:.1f} % a year<br>mean return %{y:.1f} % a year<extra></extra>"
    figure = go.Figure()
    kinds = {"long-only frontier": True, "frontier with short sales": False}
    for (label, long_only), dash, colour in zip(kinds.items(), DASHES, CYCLE, strict=False):
        line = efficient_frontier(mean, cov, points=40, long_only=long_only)
        figure.add_scatter(
            x=risk_scale * line["volatility"], y=mean_scale * line["mean"], mode="lines", name=label,
            line={"dash": dash, "color": colour}, hovertemplate=f"{label}<br>{numbers}",
        )  # fmt: skip
    shown = f"%{{text}}<br>{numbers}"
    figure.add_scatter(
        x=risk_scale * np.sqrt(matrix.diagonal()), y=mean_scale * means, mode="markers", name="assets",
        text=[as_written(name) for name in names], hovertemplate=shown,
        marker={"color": "grey", "symbol": "x"},
    )  # fmt: skip
    # One entry of the legend for all rules: twenty would cover the figure, and each point names its own.
    weights = [np.asarray(rule.allocate(matrix)) for rule in METHODS.values()]
    figure.add_scatter(
        x=[risk_scale * np.sqrt(w @ matrix @ w) for w in weights], y=[mean_scale * w @ means for w in weights],
        mode="markers", name="portfolio rules", text=[rule.label for rule in METHODS.values()],
        hovertemplate=shown, marker={"color": CYCLE[3], "symbol": "diamond", "size": 9},
    )  # fmt: skip
    figure.update_layout(xaxis_title="volatility (% a year)", yaxis_title="mean return (% a year)")
    return figure


def two_asset_figure(first: float, second: float, share: float) -> Any:
    """Draw the volatility of two assets against the weight of the first, with a slider on correlation.

    Parameters
    ----------
    first, second : float
        Volatilities, decimals a year.
    share : float
        Weight of the first asset in the mix that is marked.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    shares = np.linspace(-0.5, 1.5, 81)
    correlations = np.round(np.arange(-0.9, 0.95, 0.15), 2)
    shown = len(correlations) // 2
    numbers = "%{x:.0f} % in the riskier asset<br>volatility %{y:.1f} % a year<extra></extra>"
    figure, steps, highest = go.Figure(), [], 0.0
    for k, rho in enumerate(correlations):
        risk = 100 * np.sqrt(two_asset_variance(shares, first, second, rho))
        highest = max(highest, float(risk.max()))
        mix = 100 * np.sqrt(two_asset_variance(share, first, second, rho))
        figure.add_scatter(
            x=100 * shares, y=risk, name=f"correlation {rho:.2f}", visible=k == shown,
            line={"color": CYCLE[0]}, hovertemplate=f"correlation {rho:.2f}<br>{numbers}",
        )  # fmt: skip
        figure.add_scatter(
            x=[100 * share], y=[mix], mode="markers", name=f"{share:.0%} / {1 - share:.0%} mix",
            visible=k == shown, marker={"color": CYCLE[3], "symbol": "diamond", "size": 10},
            hovertemplate=f"the mix, correlation {rho:.2f}<br>{numbers}",
        )  # fmt: skip
        visible = [j // 2 == k for j in range(2 * len(correlations))]
        steps.append({"label": f"{rho:.2f}", "method": "update", "args": [{"visible": visible}]})
    figure.update_layout(
        sliders=[{"active": shown, "currentvalue": {"prefix": "correlation "}, "steps": steps}],
        xaxis_title="weight of the riskier asset (%)",
        yaxis_title="volatility (% a year)",
        xaxis_ticklabelstandoff=6,
        yaxis_ticklabelstandoff=6,  # or the zero of one axis would touch the first number of the other
        yaxis_range=[
            0,
            1.05 * highest,
        ],  # the same for every correlation, so that the curve moves and not the axis
    )
    return figure
