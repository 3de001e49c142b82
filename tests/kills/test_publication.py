"""A publication or a store that stops at any step: killed, without power, on a full disk."""

import errno
import json
import shutil

import pytest
from disk import Disk, after, state_of, watched, write_state

from portfolio_study import store
from portfolio_study.ledger.rules import band
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import publish_run, published
from portfolio_study.publishing.sealed import read_sealed, write_sealed

pytestmark = pytest.mark.slow  # a publication is replayed at each of its steps

PAGES = ("index.html", "book/alpha.html", "_static/study.css")


def publication(layout, name):
    """Write a site of some pages and publish it."""
    site = layout.build / "work" / "site"
    for page in PAGES:
        (site / page).parent.mkdir(parents=True, exist_ok=True)
        (site / page).write_text(f"{page} of {name} ")
    notebook = layout.build / "executed" / f"alpha-{name}.ipynb"
    notebook.parent.mkdir(exist_ok=True)
    notebook.write_text(json.dumps({"name": name}))
    content = {"verdicts": [{"id": name}], "errata": [], "run": {"id": name}}
    publish_run(layout, name, site, {"alpha.ipynb": notebook}, content)
    shutil.rmtree(layout.build / "work", ignore_errors=True)


def whole(layout):
    """Name of the run that a reader sees, all of whose files are there and its own; None if there is none."""
    name = published(layout)
    if name is None:
        assert not layout.current.is_symlink(), "a link that leads nowhere"
        return None
    for page in PAGES:
        assert (layout.build / "html" / page).read_text() == f"{page} of {name} "
    assert json.loads((layout.build / "notebooks" / "alpha.ipynb").read_text()) == {"name": name}
    assert json.loads((layout.build / "verdicts.json").read_text()) == [{"id": name}]
    assert json.loads((layout.build / "run.json").read_text()) == {"id": name}
    assert json.loads((layout.build / "errata.json").read_text()) == []
    return name


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Record syncs without waiting for the disk of this machine."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture
def layout(tmp_path):
    (tmp_path / "disk" / "build").mkdir(parents=True)
    return Layout(tmp_path / "disk", tmp_path / "disk" / "build")


def stopped(layout, tmp_path, steps, before, power):
    """Layouts of the folder after every number of steps."""
    for number in range(len(steps) + 1):
        root = tmp_path / f"at-{number}"
        write_state(after(before, steps[:number], power), root)
        (root / "build").mkdir(parents=True, exist_ok=True)
        yield number, Layout(root, root / "build")
        shutil.rmtree(root)


@pytest.mark.parametrize("power", [False, True], ids=["killed", "without power"])
@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param([], id="the first", marks=pytest.mark.slow),
        pytest.param(["one"], id="the second"),
        pytest.param(["zero", "one"], id="the third", marks=pytest.mark.slow),
    ],
)
def test_every_prefix_of_a_publication_leaves_a_whole_site(layout, tmp_path, counts, earlier, power):
    for name in earlier:
        publication(layout, name)
    before = state_of(layout.root)
    with watched(Disk(layout.root)) as disk:
        publication(layout, "two")
    assert after(before, disk.steps) == state_of(layout.root), "the record is complete"
    assert len(disk.steps) > 60 and {"sync", "rename", "symlink", "write"} <= {s.kind for s in disk.steps}
    seen = []
    for number, there in stopped(layout, tmp_path, disk.steps, before, power):
        seen.append(whole(there))
        counts[f"stops of a publication, {'without power' if power else 'killed'}"] += 1
        if number % 7 == 0 or number > len(disk.steps) - 12:  # the next build is not disturbed
            publication(there, "three")
            assert whole(there) == "three"
            left = {path.name for path in there.runs.iterdir()}
            assert len(left) <= 2 and not any(name.startswith(".") for name in left)
            assert not [path.name for path in there.build.iterdir() if path.name.endswith(".new")]
    old = earlier[-1] if earlier else None
    assert set(seen) == {old, "two"} and seen == sorted(seen, key=lambda name: name == "two"), "old, then new"


@pytest.mark.slow
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=lambda e: errno.errorcode[e])
def test_a_disk_that_refuses_any_step_of_a_publication_leaves_a_whole_site(layout, tmp_path, counts, error):
    publication(layout, "one")
    before = state_of(layout.root)
    with watched(Disk(layout.root)) as disk:
        publication(layout, "two")
    refused = 0
    for number in range(len(disk.steps)):
        root = tmp_path / f"full-{number}"
        write_state(before, root)
        there = Layout(root, root / "build")
        try:
            with watched(Disk(root, full=number, error=error)):
                publication(there, "two")
        except OSError as raised:
            assert raised.errno == error
            refused += 1
            counts[f"steps of a publication refused: {errno.errorcode[error]}"] += 1
            assert not [p for p in there.runs.iterdir() if p.name.startswith(".")], "it takes no space"
        assert whole(there) in ("one", "two")
        publication(there, "three")
        assert whole(there) == "three"
        shutil.rmtree(root)
    assert refused > 50


@pytest.fixture
def results(layout, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(layout.root / "cache"))
    return layout.root / "cache" / "results"


def entries(results):
    return [path for path in results.iterdir() if path.suffix == ".pkl"] if results.is_dir() else []


@pytest.mark.parametrize("power", [False, True], ids=["killed", "without power"])
def test_every_prefix_of_a_stored_result_gives_the_right_result(
    results, layout, tmp_path, monkeypatch, counts, power
):
    before = state_of(layout.root)
    with watched(Disk(layout.root)) as disk:
        right = store.compute(band, "0.50")
    assert any(made.kind == "rename" for made in disk.steps)
    for _, there in stopped(layout, tmp_path, disk.steps, before, power):
        monkeypatch.setenv("STUDY_CACHE_DIR", str(there.root / "cache"))
        assert store.compute(band, "0.50") == right
        counts[f"stops of the store, {'without power' if power else 'killed'}"] += 1
        store.prune()
        assert len(list((there.root / "cache" / "results").iterdir())) == 1, "nothing half written stays"


def test_a_disk_that_is_full_at_any_step_of_the_store_loses_no_result(results, layout, counts, caplog):
    with watched(Disk(layout.root)) as disk:
        right = store.compute(band, "0.50")
    count = len(disk.steps)
    folder_steps = sum(made.kind == "mkdir" for made in disk.steps)
    for number in range(folder_steps, count):
        shutil.rmtree(results)
        results.mkdir(parents=True)
        try:
            with watched(Disk(layout.root, full=number - folder_steps)):
                assert store.compute(band, "0.50") == right
        except OSError as error:
            assert error.filename.endswith(".lock"), "without a lock there is no entry to write"
        assert all(path.suffix == ".pkl" for path in results.iterdir())
        counts["steps of the store refused: ENOSPC"] += 1
        assert store.compute(band, "0.50") == right
    assert "could not be stored" in caplog.text


@pytest.mark.parametrize("power", [False, True], ids=["killed", "without power"])
def test_every_prefix_of_a_sealed_file_is_whole_or_nothing(layout, tmp_path, power):
    path = layout.build / "ledger.json"
    write_sealed(path, {"verdicts": ["old"]})
    before = state_of(layout.root)
    with watched(Disk(layout.root)) as disk:
        write_sealed(path, {"verdicts": ["new", 1.5, None, {"a": (1, 2)}]})
    new = {"verdicts": ["new", 1.5, None, {"a": [1, 2]}]}
    assert read_sealed(path) == new
    for _, there in stopped(layout, tmp_path, disk.steps, before, power):
        assert read_sealed(there.build / "ledger.json") in ({"verdicts": ["old"]}, new)


def test_damage_to_a_sealed_file_is_noticed(tmp_path):
    path = tmp_path / "ledger.json"
    assert read_sealed(path) is None
    write_sealed(path, {"value": 1.25, "name": "x"})
    text = path.read_text()
    for damaged in (
        "",
        text[:-5],
        text.replace("1.25", "1.35"),
        "[1]",
        "null",
        "[" * 10**5,
        '{"value": 1.25}',
    ):
        path.write_text(damaged)
        assert read_sealed(path) is None
