import json
import os

import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data import snapshot as snapshots
from portfolio_study.errors import SnapshotError, StudyError
from portfolio_study.store import prices_checksum


@pytest.fixture
def prices():
    return load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-31")


def parquet(prices):
    return snapshots.snapshot_dir() / f"{prices.sha256}.parquet"


@pytest.mark.parametrize("universe", ["us20", "nasdaq", "french12"])
def test_round_trip(universe):
    first = load_prices(universe=universe)
    second = load_prices(snapshot=first.sha256)
    pd.testing.assert_frame_equal(first.close, second.close)
    pd.testing.assert_series_equal(first.risk_free, second.risk_free, check_freq=False)
    assert first.manifest == second.manifest and first.sample() == second.sample()
    assert (first.ohlcv is None) == (second.ohlcv is None)
    for name, table in (first.ohlcv or {}).items():
        pd.testing.assert_frame_equal(table, second.ohlcv[name])
    assert prices_checksum(snapshots.contents(second)) == first.sha256


def test_manifest_says_everything(prices):
    stored = json.loads((snapshots.snapshot_dir() / f"{prices.sha256}.json").read_text())
    assert stored["source"] == "packaged" and stored["tickers"] == ["AAPL", "MSFT"]
    assert stored["fields"] == ["adj_close"] and stored["rows"] == len(prices.close) == 62
    assert stored["first"] == "2020-01-02" and stored["last"] == "2020-03-31"
    assert stored["sha256"] == prices.sha256 and stored["fetched_at"].endswith("+00:00")
    assert {"pandas", "numpy", "skfolio"} <= set(stored["packages"])


def test_request_reuses_its_snapshot_until_refresh(prices, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the source was asked again")

    monkeypatch.setattr("portfolio_study.data.load.load_packaged", refuse)
    same = load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-31")
    assert same.manifest["fetched_at"] == prices.manifest["fetched_at"]
    with pytest.raises(AssertionError):
        load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-30")
    with pytest.raises(AssertionError):
        load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-31", refresh=True)
    monkeypatch.setenv("STUDY_REFRESH", "1")
    with pytest.raises(AssertionError):
        load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-31")
    assert load_prices(snapshot=prices.sha256).sha256 == prices.sha256


@pytest.mark.parametrize("damage", ["cut", "values", "empty", "gone"])
def test_damaged_snapshot_is_fetched_again_and_refused_by_checksum(prices, damage, caplog):
    path = parquet(prices)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:500])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "gone":
        path.unlink()
    else:
        flat = pd.read_parquet(path)
        flat.iloc[3, 0] += 1e-9
        flat.to_parquet(path)
    with pytest.raises(SnapshotError, match="REFRESH=1"):
        load_prices(snapshot=prices.sha256)
    again = load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-31")
    assert again.sha256 == prices.sha256
    assert "fetching again" in caplog.text
    assert load_prices(snapshot=prices.sha256).close.equals(prices.close)


def test_damaged_manifest_is_fetched_again(prices):
    for file in snapshots.snapshot_dir().glob("**/*.json"):
        file.write_text("{")
    with pytest.raises(SnapshotError, match="manifest"):
        load_prices(snapshot=prices.sha256)
    assert load_prices(universe="AAPL MSFT", start="2020-01-01", end="2020-03-31").sha256 == prices.sha256


def test_values_under_two_names_keep_their_own_manifest(prices):
    named = load_prices(universe="us20")
    custom = load_prices(universe=named.tickers, start="2010-01-01")
    assert named.sha256 == custom.sha256
    assert load_prices(universe="us20").universe == "us20"
    assert load_prices(universe="us20", snapshot=named.sha256).universe == "us20"
    assert load_prices(universe=named.tickers, start="2010-01-01", snapshot=named.sha256).universe == "custom"


@pytest.mark.parametrize("digest", ["0" * 64, "zzzz", "../../etc/passwd", "ab", "12345678"])
def test_unknown_checksum(prices, digest):
    with pytest.raises(SnapshotError):
        load_prices(snapshot=digest)


def test_short_checksum_is_enough(prices):
    assert load_prices(snapshot=prices.sha256[:10]).sha256 == prices.sha256


def test_no_half_written_file_is_left(prices, monkeypatch):
    def fail(*args):
        raise OSError("disk full")

    before = sorted(p.name for p in snapshots.snapshot_dir().rglob("*"))
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(SnapshotError, match="disk full"):
        load_prices(universe="XOM")
    assert sorted(p.name for p in snapshots.snapshot_dir().rglob("*")) == before


def test_folder_without_a_checkout(monkeypatch, tmp_path):
    monkeypatch.delenv("STUDY_BUILD_DIR")

    def none():
        raise StudyError("no checkout")

    monkeypatch.setattr("portfolio_study.settings.project_root", none)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert snapshots.snapshot_dir() == tmp_path / "cache" / "portfolio_study" / "snapshots"
    assert load_prices(universe="XOM").tickers == ["XOM"]
