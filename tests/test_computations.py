import multiprocessing
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study import computations
from portfolio_study.computations import compute, fingerprint, import_closure, source_key
from portfolio_study.errors import StudyError
from portfolio_study.ledger.verdicts import band


@pytest.fixture
def frame():
    index = pd.bdate_range("2020-01-01", periods=30, name="date")
    values = np.random.default_rng(1).normal(size=(30, 3))
    return pd.DataFrame(values, index=index, columns=pd.Index(list("abc"), name="ticker"))


def test_harmless_uses_of_a_frame_keep_its_fingerprint(frame, tmp_path):
    before = fingerprint(frame)
    frame.iloc[3:9].sum()
    frame.to_parquet(tmp_path / "f.parquet")
    assert fingerprint(frame) == before
    assert fingerprint(frame.copy()) == before
    assert fingerprint(frame.iloc[:]) == before
    assert fingerprint(pd.read_parquet(tmp_path / "f.parquet")) == before
    assert fingerprint(frame[["a", "b", "c"]]) == before


def test_every_content_counts(frame):
    changed = frame.copy()
    changed.iloc[5, 1] += 1e-12
    later = frame.set_axis(frame.index + pd.Timedelta(days=1))
    renamed = frame.rename(columns={"a": "z"})
    prints = [
        fingerprint(f) for f in (frame, changed, later, renamed, frame[["b", "a", "c"]], frame.iloc[:-1])
    ]
    assert len(set(prints)) == len(prints)


@dataclass(frozen=True)
class Labelled:
    value: float
    fetched: str = field(default="", compare=False)


def test_a_field_that_is_no_content_does_not_count():
    assert fingerprint(Labelled(1.0, "today")) == fingerprint(Labelled(1.0, "tomorrow"))
    assert fingerprint(Labelled(1.0)) != fingerprint(Labelled(2.0))


atoms = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.lists(atoms), st.lists(atoms))
def test_different_lists_differ(a, b):
    same = [(type(x), x) for x in a] == [(type(x), x) for x in b] and repr(a) == repr(b)
    assert (fingerprint(a) == fingerprint(b)) == same


def test_a_value_without_stable_content_is_refused():
    with pytest.raises(StudyError, match="partial"):
        fingerprint(partial(print))
    with pytest.raises(StudyError, match="function"):
        fingerprint(lambda: None)


def test_a_result_is_read_back_and_other_parameters_are_not_mixed_up(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    first = compute(band, "0.50")
    assert compute(band, "0.50") == first == band("0.50")
    assert compute(band, "0.60", [1.0, 2.0]) == band("0.60", [1.0, 2.0])
    stored = list((tmp_path / "results").rglob("output.pkl"))
    assert len(stored) == 2


def test_default_arguments_and_spelled_out_ones_share_an_entry(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    compute(band, "0.50")
    compute(band, paper="0.50", implementations=())
    assert len(list((tmp_path / "results").rglob("output.pkl"))) == 1


def test_a_change_in_an_imported_module_changes_the_key(tmp_path, monkeypatch):
    package = tmp_path / "portfolio_study"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "outer.py").write_text("def f():\n    from portfolio_study.inner import g\n    return g()\n")
    (package / "inner.py").write_text("def g():\n    return 1\n")
    (package / "apart.py").write_text("x = 1\n")
    monkeypatch.setattr(computations, "PACKAGE", package)
    key = source_key.__wrapped__
    names = [path.name for path in import_closure("portfolio_study.outer")]
    assert names == ["inner.py", "outer.py"]
    before = key("portfolio_study.outer")
    (package / "apart.py").write_text("x = 2\n")
    assert key("portfolio_study.outer") == before
    (package / "inner.py").write_text("def g():\n    return 2\n")
    assert key("portfolio_study.outer") != before


def test_functions_from_elsewhere_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    with pytest.raises(StudyError, match="numpy"):
        compute(np.linalg.inv, np.eye(2))


def test_the_cache_can_be_off(monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", "off")
    assert compute(band, "0.50") == band("0.50")


def _compute_in_process(folder):
    import os

    os.environ["STUDY_CACHE_DIR"] = folder
    return compute(band, "0.70", (0.1, 0.2))


def test_two_processes_share_one_entry(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.map(_compute_in_process, [str(tmp_path)] * 2)
    assert results[0] == results[1]
    assert len(list((tmp_path / "results").rglob("output.pkl"))) == 1
