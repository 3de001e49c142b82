"""Tables with a row for each asset stay readable for hundreds, and lose nothing in the file."""

import io

import numpy as np
import pandas as pd

from portfolio_study.asset_tables import EACH_END, MOST_ROWS, listed, show_assets, spread_rows
from portfolio_study.figures import TABLE_METADATA, show_table


def frame(assets):
    values = np.random.default_rng(0).permutation(assets).astype(float)
    names = pd.Index([f"T{i:03d}" for i in range(assets)], name="ticker")
    return pd.DataFrame({"word": "a < b", "value": values, "twice": 2 * values}, names)


def csv_of(shown):
    return pd.read_csv(io.StringIO(shown.metadata[TABLE_METADATA]["csv"]))


def test_few_assets_are_shown_as_every_table():
    few = frame(MOST_ROWS)
    one, other = show_assets(few, "Values", "{:.1f}"), show_table(few, "Values", "{:.1f}")
    assert one.data == other.data and one.metadata == other.metadata


def test_of_many_assets_both_ends_and_the_medians_are_shown():
    many = frame(500)
    shown = show_assets(many, "Values", "{:.1f}")
    assert shown.data.count("<tr>") == 1 + 2 * EACH_END + 1
    ranked = many.sort_values("value")
    for name in (*ranked.index[:EACH_END], *ranked.index[-EACH_END:]):
        assert f">{name}<" in shown.data
    assert f">{ranked.index[EACH_END]}<" not in shown.data
    assert "median of 500" in shown.data and ">249.5<" in shown.data and ">499.0<" in shown.data
    assert "of 500 assets the 10 lowest and the 10 highest" in shown.data


def test_the_file_has_every_asset_in_its_own_order():
    many = frame(500)
    pd.testing.assert_frame_equal(csv_of(show_assets(many, "Values")).set_index("ticker"), many)


def test_another_column_can_rank_and_rows_of_no_asset_stay():
    many = frame(100).assign(twice=lambda t: -t["twice"])
    many.loc["all assets"] = ["", 1e6, 1e6]
    shown = show_assets(many, "Values", by="twice", always=["all assets"])
    first = shown.data.split('scope="row">')[1].split("<")[0]
    assert first == many["twice"].drop("all assets").idxmin()
    assert shown.data.count("all assets") == 1 and "median of 100" in shown.data


def test_missing_numbers_do_not_hide_assets_of_either_end():
    many = frame(100)
    many.loc[many.index[:50], "value"] = np.nan
    shown = show_assets(many, "Values").data
    assert f">{many['value'].idxmax()}<" in shown and f">{many['value'].idxmin()}<" in shown


def test_rows_of_a_figure_run_evenly_from_the_first_to_the_last():
    many = frame(500).sort_values("value")
    shown = spread_rows(many, 30)
    assert len(shown) == 30
    assert shown["value"].iloc[[0, -1]].tolist() == [0, 499]
    assert set(np.diff(shown["value"])) <= {17.0, 18.0}
    assert spread_rows(many.iloc[:30], 30).equals(many.iloc[:30])


def test_a_long_list_of_names_says_how_many_more_there_are():
    assert listed(["A", "B"]) == "A, B"
    assert listed(range(500), most=3) == "0, 1, 2 and 497 more"
    assert listed([]) == ""
