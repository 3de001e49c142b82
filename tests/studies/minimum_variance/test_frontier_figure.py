"""The interactive figures hold the numbers of the library."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.frontier import two_asset_variance
from portfolio_study.allocation.methods import METHODS
from portfolio_study.errors import ParameterError
from portfolio_study.studies.minimum_variance.frontier_figure import frontier_figure, two_asset_figure


def test_every_rule_is_on_the_frontier_figure(four_assets):
    names = list("ABCD")
    cov = pd.DataFrame(four_assets["covariance"], names, names)
    mean = pd.Series(np.asarray(four_assets["mean"], dtype=float), names)
    figure = frontier_figure(mean, cov, 1)
    drawn = {trace.name: trace for trace in figure.data}
    rules = drawn["portfolio rules"]
    assert list(rules.text) == [rule.label for rule in METHODS.values()]
    assert len(figure.data) == 4  # a legend of twenty entries would cover the figure
    place = dict(zip(rules.text, zip(rules.x, rules.y, strict=True), strict=True))
    risk, gain = place[METHODS["equal_weight"].label]
    w = np.full(4, 0.25)
    assert risk == pytest.approx(100 * np.sqrt(w @ cov.to_numpy() @ w))
    assert gain == pytest.approx(100 * mean.mean())
    # no portfolio without short sales lies to the left of the long-only frontier
    assert min(drawn["long-only frontier"].x) == pytest.approx(
        place[METHODS["minimum_variance"].label][0], rel=1e-6
    )


@pytest.mark.parametrize("size", [1, 21])
def test_the_frontier_figure_refuses_sizes_that_it_cannot_show(size):
    names = [f"A{k}" for k in range(size)]
    with pytest.raises(ParameterError, match="2 to 20"):
        frontier_figure(pd.Series(0.01, names), pd.DataFrame(np.eye(size), names, names), 12)


def test_the_slider_shows_one_correlation_at_a_time():
    figure = two_asset_figure(0.18, 0.10, 0.3)
    slider = figure.layout.sliders[0]
    assert sum(trace.visible for trace in figure.data) == 2
    low, high = figure.layout.yaxis.range
    assert low == 0 and high > max(max(trace.y) for trace in figure.data)  # one axis for all of them
    for k, step in enumerate(slider.steps):
        visible = step.args[0]["visible"]
        assert np.flatnonzero(visible).tolist() == [2 * k, 2 * k + 1]
        mix = figure.data[2 * k + 1]
        expected = 100 * np.sqrt(two_asset_variance(0.3, 0.18, 0.10, float(step.label)))
        assert mix.y[0] == pytest.approx(expected)
