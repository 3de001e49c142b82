"""Which engine trains the networks, and that no result goes without its name."""

import ast
import logging

import pytest

from portfolio_study import network_engine, store
from portfolio_study.errors import EstimationError, UnknownNameError
from portfolio_study.network_engine import SETTING, card_possible, chosen_engine, engine_device

CARD = "NVIDIA H200"
STUDIES = store.PACKAGE / "studies"


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in (SETTING, "JAX_PLATFORMS", "XLA_PYTHON_CLIENT_PREALLOCATE"):
        monkeypatch.delenv(name, raising=False)
    network_engine._device.cache_clear()
    yield
    network_engine._device.cache_clear()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that gives this machine JAX's plugin for a card, and a JAX that answers so."""

    def install(answer):
        (tmp_path / "jax_cuda12_plugin-0.10.2.dist-info").mkdir()
        (tmp_path / "jax.py").write_text(answer)
        monkeypatch.setattr(
            "sysconfig.get_paths", lambda: {"purelib": str(tmp_path), "platlib": str(tmp_path)}
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return install


def jax_on(platform, kind):
    return (
        "import os, types\nprint('a word of greeting')\n"
        "assert os.environ['XLA_PYTHON_CLIENT_PREALLOCATE'] == 'false'\n"
        f"default_backend = lambda: {platform!r}\n"
        f"devices = lambda: [types.SimpleNamespace(device_kind={kind!r})]\n"
    )


def test_without_a_card_networks_are_trained_one_after_the_other(monkeypatch):
    assert not card_possible() and chosen_engine() == "each"
    monkeypatch.setenv(SETTING, "each")
    assert chosen_engine() == "each"


def test_a_card_that_jax_finds_is_taken_and_named(machine, monkeypatch):
    machine(jax_on("gpu", CARD))
    assert card_possible() and chosen_engine() == f"batched on {CARD}"
    assert engine_device(chosen_engine()) == CARD
    monkeypatch.setenv(SETTING, "each")
    assert chosen_engine() == "each"


def test_who_asks_jax_for_processors_gets_them(machine, monkeypatch):
    machine("raise SystemExit('asked')")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert not card_possible() and chosen_engine() == "each"


def test_a_plugin_without_a_card_is_said(machine, caplog):
    machine(jax_on("cpu", "cpu"))
    with caplog.at_level(logging.WARNING):
        assert chosen_engine() == "each"
    assert "finds none" in caplog.text


def test_a_broken_card_is_an_error_with_the_remedy(machine, monkeypatch):
    machine("raise RuntimeError('driver too old')")
    with pytest.raises(EstimationError, match=r"driver too old.*NETWORKS=each"):
        chosen_engine()
    monkeypatch.setenv(SETTING, "each")
    assert chosen_engine() == "each"


def test_the_setting_decides(monkeypatch):
    for given, chosen in {"batched": "batched on cpu", f"batched on {CARD}": f"batched on {CARD}"}.items():
        monkeypatch.setenv(SETTING, given)
        assert chosen_engine() == chosen
    monkeypatch.setenv(SETTING, "bached")
    with pytest.raises(UnknownNameError, match=r"NETWORKS.*did you mean 'batched'"):
        chosen_engine()
    for name in ("each", "batched", "bached on cpu"):
        with pytest.raises(UnknownNameError, match="engine of networks"):
            engine_device(name)


def test_every_stored_network_has_its_engine_in_its_key():
    """The functions that train networks take an engine; the studies say which, and so it is in the key."""
    trees = [ast.parse(path.read_text()) for path in STUDIES.rglob("*.py")]
    trees += [ast.parse(path.read_text()) for path in STUDIES.parent.glob("forecasting/lstm*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    training = {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef) and "engine" in [a.arg for a in node.args.args]
        if any(isinstance(n, ast.Name) and n.id == "fit_all" for n in ast.walk(node))
    }
    assert training == {
        "lstm_search", "refit", "across_seeds", "refits_at_later_dates", "with_and_without_economy",
    }  # fmt: skip
    stored = [
        node
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "compute"
        if ast.unparse(node.args[0]).rpartition(".")[2] in training
    ]
    assert len(stored) >= len(training)
    for call in stored:
        assert {k.arg: ast.unparse(k.value) for k in call.keywords}.get("engine") == "chosen_engine()"
