"""Results are read back only if nothing that they depend on changed, and only if they are sound."""

import hashlib
import logging
import multiprocessing
import os
import pickle
import stat
import struct
import time
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study import own_folder, store
from portfolio_study.errors import StudyError
from portfolio_study.ledger.rules import band
from portfolio_study.store import compute, fingerprint, locked, prune


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


def test_dates_paths_and_columns_of_one_name_have_a_fingerprint(frame):
    assert fingerprint(date(2020, 1, 1)) != fingerprint(date(2020, 1, 2))
    assert fingerprint(Path("a/b")) != fingerprint(Path("a/c"))
    twice = frame.set_axis(["a", "a", "b"], axis=1)
    assert fingerprint(twice) != fingerprint(twice.iloc[:, [1, 0, 2]])


def test_the_code_of_an_argument_counts(package):
    from portfolio_study.evaluation.inference import Inference, inference

    value, code = inference(1.0, 0.5, 10, "x"), package / "evaluation" / "inference.py"
    assert isinstance(value, Inference)
    before = fingerprint(value)
    code.write_text(code.read_text() + "# edited\n")
    assert fingerprint(value) != before


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
    stored = list((tmp_path / "results").glob("*.pkl"))
    assert len(stored) == 2


def test_default_arguments_and_spelled_out_ones_share_an_entry(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    compute(band, "0.50")
    compute(band, paper="0.50", implementations=())
    assert len(list((tmp_path / "results").glob("*.pkl"))) == 1


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
    assert len(list((tmp_path / "results").glob("*.pkl"))) == 1


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Return the folder of stored results."""
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    return tmp_path / "results"


def entries(folder):
    return sorted(folder.glob("*.pkl"))


def test_functions_without_a_name_are_refused(results, monkeypatch):
    nameless = lambda: 1  # noqa: E731
    nameless.__module__ = band.__module__
    with pytest.raises(StudyError, match="module level"):
        compute(nameless)


@pytest.mark.parametrize("damage", ["truncated", "empty", "one bit of a number", "no pickle", "a folder"])
def test_a_damaged_entry_is_computed_again(results, damage, caplog):
    expected = compute(band, "0.50")
    (path,) = entries(results)
    content = path.read_bytes()
    if damage == "a folder":
        path.unlink()
        path.mkdir()
    elif damage == "no pickle":
        path.write_bytes(b"x" * 100)
    else:
        at = content.index(struct.pack(">d", expected)) + 7
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        path.write_bytes({"truncated": content[:-40], "empty": b""}.get(damage, flipped))
    with caplog.at_level(logging.WARNING, "portfolio_study"):
        assert compute(band, "0.50") == expected
    assert "is damaged" in caplog.text and "computed again" in caplog.text
    if damage != "a folder":
        assert path.read_bytes() == content


def test_a_sound_entry_is_read_and_marked_as_used(results):
    compute(band, "0.50")
    (path,) = entries(results)
    store._write(path, "band", "as stored")
    os.utime(path, (1, 1))
    assert compute(band, "0.50") == "as stored"
    assert path.stat().st_mtime > time.time() - 60


def test_nothing_half_written_is_left_when_the_disk_is_full(results, monkeypatch, caplog):
    def full(handle):
        raise OSError("No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    assert compute(band, "0.50") == band("0.50")
    assert list(results.iterdir()) == [] and "could not be stored: No space" in caplog.text


def test_a_folder_of_another_user_is_refused(results, monkeypatch):
    compute(band, "0.50")
    monkeypatch.setattr(own_folder.os, "getuid", lambda: results.stat().st_uid + 1)
    with pytest.raises(StudyError, match=r"results belong to another user.*STUDY_CACHE_DIR"):
        compute(band, "0.50")


@pytest.mark.parametrize("mode", [0o775, 0o777])
def test_a_folder_that_others_may_write_to_is_closed_and_it_is_said(results, mode, caplog):
    expected = compute(band, "0.50")
    results.chmod(mode)
    with caplog.at_level(logging.WARNING, "portfolio_study"):
        assert compute(band, "0.50") == compute(band, "0.50") == expected
    assert stat.S_IMODE(results.stat().st_mode) == 0o700
    assert caplog.text.count("other users could write to the stored results") == 1


def test_results_are_this_users_alone_whatever_the_umask_says(results):
    before = os.umask(0o002)
    try:
        compute(band, "0.50")
    finally:
        os.umask(before)
    (path,) = entries(results)
    assert [stat.S_IMODE(p.stat().st_mode) for p in (results, path)] == [0o700, 0o600]


@pytest.mark.parametrize("of", ["the group", "everyone", "another user"])
def test_an_entry_that_others_may_have_written_is_not_run(results, of, monkeypatch, caplog, tmp_path):
    expected = compute(band, "0.50")
    (path,) = entries(results)
    payload = pickle.dumps(Touches(tmp_path / "ran"))
    path.write_bytes(payload + hashlib.sha256(payload).digest())
    path.chmod({"the group": 0o620, "everyone": 0o602, "another user": 0o600}[of])
    if of == "another user":
        theirs = path.stat().st_ino
        monkeypatch.setattr(store, "only_ours", lambda status: status.st_ino != theirs)
    with caplog.at_level(logging.WARNING, "portfolio_study"):
        assert compute(band, "0.50") == expected
    assert "other users may have written" in caplog.text and not (tmp_path / "ran").exists()
    assert compute(band, "0.50") == expected and caplog.text.count("computed again") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


class Touches:
    """Makes a file when its pickle is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_folder_that_cannot_be_made_is_reported(results):
    results.write_text("a file in its place")
    with pytest.raises(StudyError, match=r"cannot be stored in .*STUDY_CACHE_DIR"):
        compute(band, "0.50")


def test_code_that_was_edited_after_it_was_loaded_is_not_trusted(results, monkeypatch, caplog):
    compute(band, "0.50")
    (path,) = entries(results)
    store._write(path, "band", "as stored")
    started = {file: (0, 0) if file.name == "rules.py" else at for file, at in store._AT_START.items()}
    monkeypatch.setattr(store, "_AT_START", started)
    assert compute(band, "0.50") == band("0.50")
    compute(band, "0.60")
    assert entries(results) == [path] and "ledger/rules.py changed" in caplog.text


def test_entries_that_were_not_used_for_long_are_deleted(results):
    for paper in ("0.50", "0.60", "0.70"):
        compute(band, paper)
    old, used, new = entries(results)
    os.utime(old, (1, 1))
    size = old.stat().st_size
    assert prune(keep_days=30) == size
    assert entries(results) == [used, new]


def test_beyond_the_limit_the_entry_not_used_for_longest_goes_first(results):
    for paper in ("0.50", "0.60", "0.70"):
        compute(band, paper)
    now, order = time.time(), entries(results)
    for place, path in enumerate(order):
        os.utime(path, (now - place, now - place))
    sizes = [path.stat().st_size for path in order]
    assert prune(keep_bytes=sum(sizes[:2])) == sizes[2]
    assert entries(results) == order[:2]


def test_what_killed_processes_left_is_deleted_and_what_is_held_is_not(results):
    compute(band, "0.50")
    (path,) = entries(results)
    os.utime(path, (1, 1))
    (results / "orphan.lock").write_text("")
    (results / "orphan.tmp").write_text("half")
    with locked(path.with_suffix(".lock")):
        assert prune() == 4
        assert sorted(p.name for p in results.iterdir()) == [path.with_suffix(".lock").name, path.name]
    assert prune() > 0 and list(results.iterdir()) == []


def _hold(path, order, entered):
    with locked(Path(path)):
        entered.put((order, time.time()))
        time.sleep(0.3)


@pytest.mark.slow
def test_a_lock_is_held_by_one_process_at_a_time(tmp_path):
    context = multiprocessing.get_context("spawn")
    entered = context.Queue()
    workers = [context.Process(target=_hold, args=(str(tmp_path / "x.lock"), k, entered)) for k in range(3)]
    for worker in workers:
        worker.start()
    times = sorted(entered.get(timeout=120)[1] for _ in workers)
    for worker in workers:
        worker.join()
    assert min(np.diff(times)) >= 0.28
    assert list(tmp_path.iterdir()) == []
