"""Interactive figures: what they draw is what the library computes."""

import numpy as np
import pytest

from portfolio_study.allocation import cc_var_portfolio
from portfolio_study.allocation.cc_var.permutations import IDENTITIES, identity_outcomes
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import beta_market
from portfolio_study.figures import as_signs
from portfolio_study.studies.cc_var.interactive import (
    identity_figure,
    matrix_figure,
    staircase,
    staircase_figure,
)


def test_identity_map_shows_every_order():
    figure = identity_figure(4)
    assert [trace.visible for trace in figure.data] == [False, True, False]
    for n, trace in zip((2, 3, 4), figure.data, strict=True):
        assert np.array(trace.z).T.astype(bool).tolist() == identity_outcomes(n)[1].to_numpy().tolist()
        assert list(trace.y) == [as_signs(name) for name in IDENTITIES]
    buttons = figure.layout.updatemenus[0].buttons
    assert [sum(b.args[0]["visible"]) for b in buttons] == [1, 1, 1]


def test_matrix_slider_names_the_outcome():
    figure = matrix_figure([(4, 2, 3, 5, 1), (2, 1)])
    titles = [step.args[1]["title.text"] for step in figure.layout.sliders[0].steps]
    assert "Ξ = H² holds" in titles[0]
    assert "Ξ = H² FAILS" in titles[1]
    assert np.array(figure.data[4].z).tolist() == [[0, 1], [1, 0]]
    assert [sum(step.args[0]["visible"]) for step in figure.layout.sliders[0].steps] == [4, 4]


def test_staircase_corners():
    x, weights, label = staircase(beta_market(), 2.0, 5)
    portfolio = cc_var_portfolio(*beta_market().cells(5), PowerPreference(2.0))
    assert x.tolist() == pytest.approx([0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8, 1])
    assert weights[::2].tolist() == list(portfolio.weights) == weights[1::2].tolist()
    assert f"{portfolio.investment:.4f}" in label


def test_sliders_are_independent():
    figure = staircase_figure(beta_market(), (1.0, 2.0), (5, 10))
    assert len(figure.data) == 6
    by_exponent, by_size = figure.layout.sliders
    assert [step.args[0]["visible"] for step in by_exponent.steps][1] == [False] * 3 + [True] * 3
    update, traces = by_size.steps[0].args
    assert list(traces) == [0, 1, 3, 4]  # the continuous limits stay
    assert "visible" not in update
    assert update["y"][2].tolist() == staircase(beta_market(), 2.0, 5)[1].tolist()
