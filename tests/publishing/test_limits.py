"""Values of parameters on which a page would break are refused by name, before any work."""

import pytest

from portfolio_study.errors import BuildError, ParameterError
from portfolio_study.publishing.check_sources import check_book
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.limits import LIMITS, check_limits, limits_of
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profiles import RunRequest, chapter_parameters, complete
from portfolio_study.settings import project_root


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return Layout(project_root(), tmp_path_factory.mktemp("build"))


def chapter(layout, name):
    return read_chapter(f"book/{name}", layout.book / f"{name}.md")


def test_every_profile_keeps_the_limits(layout):
    found = set()
    for page in layout.pages():
        one = read_chapter(page, layout.source(page))
        for values in ({}, *one.scale.values()):
            check_limits(one, one.parameters | values, {})
        found |= {kind for limits in limits_of(one).values() for kind in limits}
    assert found == set(LIMITS)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("arima.windows", [25, 5], r"must be at least 10, got \[25, 5\] \(SET\)"),
        ("arima.windows", [25, "a"], r"must be at least 10, got"),
        ("arima.panel_dates", 4, r"must be at least 8, got 4 \(SET\)"),
        ("cc_var.sizes", [], r"must be a list with 1 or more entries, got \[\] \(SET\)"),
        ("cc_var.exact_cells", 30, r"must be at most 20, got 30"),
        ("bayesian_multi_period.costs", [5.0, 10.0], r"must be a list that begins with 0, got \[5.0, 10.0\]"),
        ("bayesian_multi_period.costs", [], r"must be a list that begins with 0, got \[\]"),
        ("minimum_variance.french_estimators", ["oas"], r"must be a list that holds sample, got \['oas'\]"),
        ("garch.window", 60, r"garch.other_window must be above the chapter's window, which is 60, got 60"),
    ],
)
def test_a_value_that_would_break_a_page_is_refused(layout, name, value, said):
    one = chapter(layout, name.partition(".")[0])
    settings = complete(RunRequest(profile="smoke", overrides={name: value}), layout)
    with pytest.raises(ParameterError, match=said):
        chapter_parameters(one, settings, {})


def test_limits_of_what_is_no_parameter_are_refused(layout):
    for limits, named in ({"windws": {"least": 1}}, "windws"), ({"window": {"minimum": 1}}, "minimum"):
        one = chapter(layout, "arima")
        one.notebook.metadata["limits"] = limits
        with pytest.raises(BuildError, match=f"`limits` of the front matter names '{named}'"):
            check_book([one], layout.root)
