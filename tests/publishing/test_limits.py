"""Values of parameters on which a page would break are refused by name, before any work."""

import pandas as pd
import pytest

from portfolio_study.errors import BuildError, DataError, ParameterError
from portfolio_study.forecasting.lstm import GRID, draw_settings
from portfolio_study.forecasting.lstm_data import split_rows
from portfolio_study.publishing.check_sources import check_book
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.limits import (
    ALL,
    LIMITS,
    RSI_ROWS,
    check_limits,
    fewest_dates,
    limits_of,
    most_blocks,
)
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profiles import RUN_PARAMETERS, RunRequest, chapter_parameters, complete
from portfolio_study.settings import project_root

WHOLE = ("lstm", "markowitz", "data", "since")
DATES = pd.bdate_range("2014-01-02", periods=300)


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return Layout(project_root(), tmp_path_factory.mktemp("build"))


def chapter(layout, name):
    return read_chapter(f"book/{name}", layout.book / f"{name}.md")


def given(layout, overrides, profile="smoke"):
    """Parameters of the chapter that the overrides are of."""
    one = chapter(layout, next(iter(overrides)).partition(".")[0])
    return chapter_parameters(one, complete(RunRequest(profile=profile, overrides=overrides), layout), {})


def test_every_profile_keeps_the_limits(layout):
    found = set()
    for page in layout.pages():
        one = read_chapter(page, layout.source(page))
        for values in ({}, *one.scale.values()):
            check_limits(one, one.parameters | values, {})
        found |= {kind for limits in limits_of(one).values() for kind in limits}
    assert found == {*LIMITS, ALL}


@pytest.mark.parametrize("name", WHOLE)
def test_every_parameter_of_these_chapters_has_a_limit(layout, name):
    one = chapter(layout, name)
    assert set(one.parameters) - {*RUN_PARAMETERS, "frozen"} == set(limits_of(one))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("arima.windows", [25, 5], r"must be at least 10, got \[25, 5\] \(SET\)"),
        ("arima.windows", [25, "a"], r"each entry of arima.windows must be a whole number, got 'a' \(SET\)"),
        ("arima.windows", [25, None], r"must be at least 10, got \[25, None\]"),
        ("arima.panel_dates", 4, r"must be at least 8, got 4 \(SET\)"),
        ("cc_var.sizes", [], r"must be a list with 1 or more entries, got \[\] \(SET\)"),
        ("cc_var.exact_cells", 30, r"must be at most 20, got 30"),
        ("bayesian_multi_period.costs", [5.0, 10.0], r"must be a list that begins with 0, got \[5.0, 10.0\]"),
        ("bayesian_multi_period.costs", [], r"must be a list that begins with 0, got \[\]"),
        ("minimum_variance.french_estimators", ["oas"], r"must be a list that holds sample, got \['oas'\]"),
        ("garch.window", 60, r"garch.other_window must be above the chapter's window, which is 60, got 60"),
        ("lstm.seeds", 1, r"lstm.seeds must be at least 2, got 1 \(SET\)"),
        ("lstm.seeds", None, r"lstm.seeds has no value: write one, at least 2, or leave it out \(SET\)"),
        ("lstm.trials", 300, r"lstm.trials must be at most 288, got 300"),
        ("lstm.rows", 150, r"lstm.rows must be at least 200, got 150 \(SET\)"),
        (
            "lstm.window",
            60,
            r"lstm.rows must be at least 448, so that training, .* of 60 \(window\), got 320",
        ),
        ("lstm.refits", 6, r"lstm.refits must be at most 5 with 320 dates \(rows\), .* each training, got 6"),
        ("lstm.other_windows", [25.5], r"each entry of lstm.other_windows must be a whole number, got 25.5"),
        ("markowitz.tickers", 1, r"markowitz.tickers must be at least 2, got 1"),
        ("markowitz.check_days", 0, r"markowitz.check_days must be at least 1, got 0"),
        ("data.lags", 0, r"data.lags must be at least 1, got 0"),
        ("since.last_used", "yesterday", r"since.last_used must be a date like 2015-01-31, got 'yesterday'"),
    ],
)
def test_a_value_that_would_break_a_page_is_refused(layout, name, value, said):
    with pytest.raises(ParameterError, match=said):
        given(layout, {name: value})


@pytest.mark.parametrize(
    "name", ["lstm.rows", "lstm.pooled_samples", "lstm.tickers", "arima.reference_dates"]
)
def test_none_is_kept_where_it_means_all(layout, name):
    assert given(layout, {name: None})[name.partition(".")[2]] is None


def test_a_date_needs_no_quotation_marks(layout):
    day = pd.Timestamp("2024-05-01").date()
    assert given(layout, {"since.last_used": day})["last_used"] == "2024-05-01"


def dated(layout, name, dates, **changes):
    one = chapter(layout, name)
    values = one.parameters | one.scale["smoke"] | changes
    places = {f"{name}.{parameter}": "SET" for parameter in changes}
    check_limits(one, values, places)  # nothing is known of the dates
    check_limits(one, values, places, dates)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (
            "data",
            {"lags": 75},
            r"data.lags must be at most 74, one for every 4 returns of the prices, got 75 \(SET\)",
        ),
        ("data", {"rsi_window": 100}, r"data.rsi_window must be at most 99, one for every 3 returns"),
        (
            "lstm",
            {"rows": None, "window": 40},
            r"lstm.rows must be at least 323, .* of 40 \(window\), got 300 \(the prices have 300 dates\)",
        ),
        ("lstm", {"rows": 3583, "refits": 5}, r"lstm.refits must be at most 4 with 300 dates \(rows\)"),
    ],
)
def test_what_the_dates_of_the_prices_do_not_allow_is_refused(layout, name, changes, said):
    with pytest.raises(ParameterError, match=said):
        dated(layout, name, DATES, **changes)


def test_the_nearest_allowed_value_is_allowed(layout):
    dated(layout, "data", DATES, lags=74, rsi_window=99)
    dated(layout, "lstm", DATES, rows=3583, refits=4)
    dated(layout, "lstm", DATES, rows=None, window=36)


def test_bounds_of_the_networks_are_those_of_their_modules():
    for window in (2, 10, 20, 37, 50, 100, 250):
        rows = fewest_dates(window) - RSI_ROWS
        split_rows(rows, window)
        with pytest.raises(DataError):
            split_rows(rows - 1, window)
    for dates in (200, 320, 400, 3583):
        rows, blocks = dates - RSI_ROWS, most_blocks(dates)
        *_, test = split_rows(rows, 10)
        assert len(test) // blocks >= 10 > len(test) // (blocks + 1)
    assert len(draw_settings(288, 1, GRID | {"epochs": (3,)})) == 288


def test_limits_of_what_is_no_parameter_are_refused(layout):
    for limits, named in ({"windws": {"least": 1}}, "windws"), ({"window": {"minimum": 1}}, "minimum"):
        one = chapter(layout, "arima")
        one.notebook.metadata["limits"] = limits
        with pytest.raises(BuildError, match=f"`limits` of the front matter names '{named}'"):
            check_book([one], layout.root)
