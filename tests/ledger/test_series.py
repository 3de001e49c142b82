"""Series to take away: their tables, and that they do not give back the prices behind them."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from portfolio_study import store
from portfolio_study.errors import LedgerError, UnknownNameError
from portfolio_study.ledger import series as module
from portfolio_study.ledger.series import (
    COLUMNS,
    KINDS,
    declared_series,
    hand_out,
    revealed,
    series,
    table_of,
)

DATES = pd.bdate_range("2020-01-01", periods=6)
ASSETS = ["A", "B", "C"]


def weights(*rows):
    return pd.DataFrame(np.resize(rows, (len(DATES), len(ASSETS))), DATES, ASSETS, dtype=float)


@pytest.fixture
def shown(monkeypatch):
    """What a kernel would store: metadata, and the table of each series."""
    found = []
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: object())

    def display(data, raw, metadata):
        coded = data.get(module.PARQUET)
        table = None if coded is None else pd.read_parquet(io.BytesIO(base64.b64decode(coded)))
        found.append((metadata[module.SERIES_METADATA], table))

    monkeypatch.setattr("IPython.display.display", display)
    return found


def chapter(held):
    """A study with two strategies that hold the given weights, and what they earned."""
    returns = pd.DataFrame(np.linspace(-0.01, 0.01, 18).reshape(6, 3), DATES, ASSETS)
    study = SimpleNamespace(chapter="toy", words=lambda text: text.format(unit="day"))
    made = SimpleNamespace(__name__="toy.series")

    @series("returns", "Return of every {unit}")
    def earned(_):
        return {name: (frame * returns).sum(axis=1) for name, frame in held.items()}

    @series("weights", "Weights")
    def wanted(_):
        return held

    for function in (earned, wanted):
        function.series.function.__module__ = "toy.series"
        setattr(made, function.__name__, function)
    return study, made, returns


def test_a_table_has_its_columns_and_no_zero_weights():
    table = table_of("weights", {"x": weights([0.5, 0.5, 0.0]), "once": weights([1, 0, 0]).iloc[:1]})
    assert list(table.columns) == list(KINDS["weights"])
    assert len(table) == 2 * len(DATES) + 1 and set(table["asset"]) == {"A", "B"}
    returns = table_of("returns", {"x": weights([1, 2, 3])["A"], "y": pd.Series(1e-9, DATES[1:])})
    assert list(returns.columns) == ["date", "x", "y"] and returns["x"].tolist() == [1.0] * len(DATES)
    assert returns["y"].isna().sum() == 1 and (returns["y"].dropna() == 0).all()  # rounded
    wealth = pd.DataFrame({"wealth": 1.0, "traded": 2.0}, DATES)
    assert table_of("wealth", {"x": wealth}).iloc[0].tolist() == [DATES[0], "x", 1.0, 2.0]


def test_strategies_reveal_an_asset_only_if_its_return_solves_their_equations():
    equal, first = weights([1 / 3] * 3), weights([1.0, 0.0, 0.0])
    assert revealed([equal]) == 0.0
    assert revealed([first]) == 1.0  # it is the asset
    rest = weights([0.0, 0.5, 0.5])
    assert revealed([equal, rest]) == 1.0  # a third of A is left
    assert revealed([equal, weights([0.4, 0.3, 0.3])]) == 1.0
    half = weights([0.5, 0.3, 0.2])
    assert revealed([equal, half]) == 0.0  # two equations, three returns
    assert revealed([equal, half, rest]) == 1.0
    half.iloc[3:] = equal.iloc[3:]
    assert revealed([equal, half, rest.iloc[:3]]) == 0.5


def test_weights_are_withheld_where_they_would_give_returns_of_assets(shown):
    held = {"equal": weights([1 / 3] * 3), "other": weights([0.5, 0.3, 0.2])}
    study, made, returns = chapter(held)
    hand_out(study, made)
    (about, earned), (_, wanted) = shown
    assert about["title"] == "Return of every day" and about["rows"] == len(earned) == len(DATES)
    assert set(wanted["strategy"]) == {"equal", "other"}
    shown.clear()
    third = weights([0.1, 0.2, 0.7])
    # What the check is about: with all three, a reader could solve for every asset.
    together = np.array([frame.iloc[0] for frame in [*held.values(), third]])
    study, made, returns = chapter(held | {"third": third, "copy": held["other"]})
    np.testing.assert_allclose(np.linalg.solve(together, together @ returns.iloc[0]), returns.iloc[0])
    hand_out(study, made)
    about, wanted = shown[1]
    assert set(wanted["strategy"]) == {"equal", "other", "copy"}  # what solves nothing new is harmless
    assert about["withheld"].startswith("without the weights of third: ")


def test_wrong_declarations_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'returns'"):
        series("return", "x")
    with pytest.raises(LedgerError, match="declares no series"):
        hand_out(SimpleNamespace(), SimpleNamespace(__name__="empty"))


def test_every_column_of_every_kind_is_in_the_dictionary():
    assert {name for columns in KINDS.values() for name in columns} == set(COLUMNS)


def test_series_of_the_studies_are_found_and_named_apart():
    from portfolio_study.studies.arima import series as arima
    from portfolio_study.studies.bayesian_multi_period import series as bayesian
    from portfolio_study.studies.garch import series as garch
    from portfolio_study.studies.lstm import series as lstm
    from portfolio_study.studies.markowitz import series as markowitz
    from portfolio_study.studies.minimum_variance import series as minimum_variance

    modules = (arima, bayesian, garch, lstm, markowitz, minimum_variance)
    on_disk = {path.parent.name for path in (store.PACKAGE / "studies").glob("*/series.py")}
    assert on_disk == {m.__name__.split(".")[-2] for m in modules}
    for found in modules:
        names = [made.name for made in declared_series(found)]
        assert names and len(names) == len(set(names))
