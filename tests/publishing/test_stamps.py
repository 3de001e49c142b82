"""A stamp changes with everything that can change a result, and with nothing else."""

import json
import logging
import shutil
import stat
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study import own_folder, store
from portfolio_study.errors import StudyError
from portfolio_study.publishing import stamps
from portfolio_study.publishing.golden import golden_environment
from portfolio_study.publishing.kernels import at_once, kernel_environment
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import read_chapter

pytestmark = pytest.mark.slow  # keys of all pages, again and again

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), plain, min_size=2, max_size=5))
def test_digest_ignores_the_order_of_keys(values):
    assert stamps.digest(values) == stamps.digest(dict(reversed(values.items())))


@given(plain, plain)
def test_digest_tells_values_apart(a, b):
    same = json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)
    assert (stamps.digest(a) == stamps.digest(b)) == same


def test_tree_digest_sees_names_and_contents_and_no_compiled_files(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = stamps.tree_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.cpython-311.pyc").write_text("x")
    assert stamps.tree_digest(tmp_path) == first
    (tmp_path / "a.py").write_text("2")
    second = stamps.tree_digest(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    third = stamps.tree_digest(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.py").rename(tmp_path / "sub" / "b.py")
    assert len({first, second, third, stamps.tree_digest(tmp_path), stamps.tree_digest(tmp_path / "no")}) == 5


def test_chapter_stamp_covers_each_part(toy):
    alpha = read_chapter("book/alpha", toy.book / "alpha.md")
    beta = read_chapter("book/beta", toy.book / "beta.md")
    base = [alpha, {"window": 1}, "data", "code", "environment", "ledger", {}]
    found = {stamps.chapter_stamp(*base)}
    for position, other in enumerate([beta, {"window": 2}, "other", "other", "other", "other", {"x": "1"}]):
        found.add(stamps.chapter_stamp(*[other if i == position else part for i, part in enumerate(base)]))
    assert len(found) == 8


@pytest.fixture
def claims(tmp_path):
    """Return a folder with the claims of two chapters."""
    (tmp_path / "book" / "claims").mkdir(parents=True)
    for name in ("samples.yml", "errata.yml", "claims/markowitz.yml", "claims/garch.yml"):
        (tmp_path / "book" / name).write_text((Layout.here().book / name).read_text())
    return tmp_path


def test_claims_of_a_chapter_count_for_it_alone(claims):
    pages = [page(name) for name in ("markowitz", "garch", "index")]  # the last has no study
    before = [stamps.ledger_digest(claims, chapter) for chapter in pages]
    path = claims / "book" / "claims" / "markowitz.yml"
    path.write_text(path.read_text().replace("at_least: {trials: 10}", "tickers: [AXP]"))
    after = [stamps.ledger_digest(claims, chapter) for chapter in pages]
    assert [a != b for a, b in zip(after, before, strict=True)] == [True, False, False]
    assert len(set(before)) == 3


@pytest.mark.parametrize(
    "old, new, stale",
    [
        ("The printed table can be true", "It can be true", False),
        ("group: markowitz-sharpe", "group: markowitz-sharpe-ratios", False),
        ("at_least: {trials: 10}", "tickers: [AXP]", True),
    ],
)
def test_a_reworded_claim_needs_no_kernel(claims, old, new, stale):
    before = stamps.ledger_digest(claims, page("markowitz"))
    path = claims / "book" / "claims" / "markowitz.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert (stamps.ledger_digest(claims, page("markowitz")) != before) is stale


def test_a_smallest_effect_that_tables_show_needs_a_kernel(claims):
    before = stamps.ledger_digest(claims, page("markowitz"))
    path = claims / "book" / "samples.yml"
    path.write_text(path.read_text().replace("sharpe: 0.2 ", "sharpe: 0.3 "))
    assert stamps.ledger_digest(claims, page("markowitz")) != before


@cache
def page(name):
    return read_chapter(f"book/{name}", Layout.here().book / f"{name}.md")


EVERY = {"arima", "garch", "minimum_variance", "data", "index"}


def page_codes(copy):
    """The code of each page with this copy of the library."""
    with pytest.MonkeyPatch.context() as here:
        here.setattr(store, "PACKAGE", copy)
        return {name: stamps.page_code(page(name)) for name in EVERY}


@pytest.fixture(scope="module")
def unedited(tmp_path_factory):
    """A copy of the library, and the code of each page before it is edited."""
    copy = tmp_path_factory.mktemp("copy") / "portfolio_study"
    shutil.copytree(store.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy, page_codes(copy)


def test_every_module_of_the_machinery_is_judged():
    apart = """
        chromium finish html_tables light_pictures limits pdf price_folder prices_in_words
        __init__ against api_pages check_site check_sources code_links code_pages compare compare_page downloads environment errata_places executor
        fast_nbformat fill generated_pages golden histories layout meanwhile new_paper one_claim plain_formulas profile_file profiles
        provenance publish reference refuse_prices render run run_prices same_data screen serve show_claim study_copy
        sealed shrink_site stage stamps
    """
    found = {path.stem for path in (store.PACKAGE / "publishing").glob("*.py")}
    assert found == {*apart.split(), *stamps.MACHINERY}, "can a new module change what a page computes?"


@pytest.mark.parametrize(
    ("edited", "stale"),
    [
        ("studies/garch/simulation.py", {"garch"}),
        ("risk/garch_kernel.py", {"garch"}),
        ("studies/arima/noise.py", {"arima"}),
        ("forecasting/arma_kernel.py", {"arima", "garch"}),
        ("risk/covariance_sparse.py", {"minimum_variance"}),
        ("risk/covariance_mrcd.py", {"minimum_variance"}),
        ("data/packaged.json", EVERY - {"index"}),  # opening a chapter loads prices
        ("ledger/pages.py", {"index"}),
        ("publishing/serve.py", set()),
        ("publishing/render.py", set()),
        ("publishing/execute.py", EVERY),
        ("errors.py", EVERY),
    ],
)
def test_a_page_is_stale_when_code_that_it_reaches_is_edited(unedited, edited, stale):
    copy, before = unedited
    path, was = copy / edited, (copy / edited).read_bytes()
    path.write_bytes(was + b"\n# edited\n")
    after = page_codes(copy)
    path.write_bytes(was)
    assert {name for name in EVERY if after[name] != before[name]} == stale


def test_the_site_depends_on_what_makes_it_and_on_the_whole_library(package):
    found = [stamps.site_code()]
    for name in ("publishing/serve.py", "publishing/render.py", "risk/garch.py", "data/packaged.json"):
        (package / name).write_text((package / name).read_text() + "\n")
        found.append(stamps.site_code())
    assert found[0] == found[1] and len(set(found)) == 4


@pytest.fixture
def environment(toy, monkeypatch):
    monkeypatch.setattr("portfolio_study.publishing.kernels.compiled_key", lambda root: "key")
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("STUDY_UNIVERSE", "X")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("HOME_OF_MINE", "kept")
    return kernel_environment(toy, 2, toy.build / "cache")


def test_kernels_have_the_same_environment_whatever_the_shell_holds(toy, environment):
    assert not {"MPLBACKEND", "STUDY_UNIVERSE", "NUMBA_DISABLE_JIT"} & set(environment)
    assert environment["HOME_OF_MINE"] == "kept"
    wanted = {
        "STUDY_ROOT": str(toy.root),
        "STUDY_CACHE_DIR": str(toy.build / "cache"),
        "STUDY_IN_BUILD": "1",
        "STUDY_JOBS": "2",
        "KERAS_BACKEND": "jax",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "NUMBA_CACHE_DIR": str(toy.build / "cache" / "compiled" / "key" / "numba"),
        "JAX_COMPILATION_CACHE_DIR": str(toy.build / "cache" / "compiled" / "key" / "jax"),
    }
    assert {name: environment[name] for name in wanted} == wanted


def test_kernels_see_a_card_only_if_networks_are_trained_on_it(toy, environment, monkeypatch):
    assert (environment["STUDY_NETWORKS"], environment["JAX_PLATFORMS"]) == ("each", "cpu")
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    monkeypatch.setenv("STUDY_NETWORKS", "batched on NVIDIA H200")
    found = kernel_environment(toy, 1, None)
    assert found["STUDY_NETWORKS"] == "batched on NVIDIA H200" and "JAX_PLATFORMS" not in found
    assert found["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    kept = golden_environment(toy)
    assert (kept["STUDY_NETWORKS"], kept["JAX_PLATFORMS"]) == ("each", "cpu")


def test_cache_can_be_off(toy, environment):
    assert kernel_environment(toy, 1, None)["STUDY_CACHE_DIR"] == "off"


def test_code_that_others_may_have_put_into_the_cache_is_not_run(toy, environment, caplog):
    cache = toy.build / "cache"
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    compiled = Path(environment["NUMBA_CACHE_DIR"])
    profile = Path(environment["IPYTHONDIR"]) / "profile_default" / "ipython_kernel_config.py"
    startup = profile.parent / "startup" / "theirs.py"
    for path in (compiled / "theirs.nbc", startup, cache / "results" / "ours.pkl"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    kernel_environment(toy, 2, cache)
    assert startup.exists() and not caplog.text, "nobody else could enter"
    cache.chmod(0o755)  # as a plain mkdir makes it: others may look, and have put nothing there
    kernel_environment(toy, 2, cache)
    assert startup.exists() and not caplog.text and stat.S_IMODE(cache.stat().st_mode) == 0o700
    cache.chmod(0o775)
    with caplog.at_level(logging.WARNING, "portfolio_study"):
        kernel_environment(toy, 2, cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700 and f"could write to {cache}" in caplog.text
    assert not compiled.exists() and not startup.exists() and profile.is_file()
    assert (cache / "results" / "ours.pkl").exists(), "each stored result is judged by itself"


def test_a_cache_of_another_user_is_refused(toy, environment, monkeypatch):
    monkeypatch.setattr(own_folder.os, "getuid", lambda: toy.build.stat().st_uid + 1)
    with pytest.raises(StudyError, match=r"compiled code in .* another user: .*STUDY_BUILD_DIR"):
        kernel_environment(toy, 2, None)


def test_machine_code_lies_elsewhere_when_its_sources_or_the_lock_change(tmp_path, package):
    (tmp_path / "requirements.lock").write_text("a")
    first = stamps.compiled_key(tmp_path)
    assert stamps.compiled_key(tmp_path) == first
    (tmp_path / "requirements.lock").write_text("b")
    second = stamps.compiled_key(tmp_path)
    (package / "figures.py").write_text("no kernel is in it")
    assert stamps.compiled_key(tmp_path) == second
    helper = package / "checks" / "series.py"  # imported by a module with a kernel
    helper.write_text(helper.read_text() + "\n")
    assert len({first, second, stamps.compiled_key(tmp_path)}) == 3


def test_chapters_at_a_time_respect_processors_and_memory(monkeypatch):
    monkeypatch.setenv("STUDY_JOBS", "4")
    assert at_once(2) in (1, 2)
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"available": 6 * 2**30})())
    assert at_once(8) == 2
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"available": 2**20})())
    assert at_once(8) == 1
    monkeypatch.setenv("STUDY_JOBS", "1")
    assert at_once(2) == 1


def test_layout_of_this_checkout():
    layout = Layout.here()
    assert (layout.root / "_toc.yml").is_file() and layout.book == layout.root / "book"
