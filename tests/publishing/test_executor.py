"""A run on Dask workers gives what a run on this machine gives, bit for bit."""

import os

import pytest

from portfolio_study import cluster
from portfolio_study.errors import ClusterError, ParameterError, UnknownNameError
from portfolio_study.ledger.records import read_records
from portfolio_study.publishing import executor as executors
from portfolio_study.publishing.execute import Job, execute_all
from portfolio_study.publishing.executor import executor, require_same_code
from portfolio_study.publishing.golden import (
    golden_chapters,
    golden_environment,
    golden_parameters,
    golden_settings,
)
from portfolio_study.publishing.layout import Layout

LAYOUT = Layout.here()


@pytest.mark.slow
def test_two_chapters_on_dask_record_what_they_record_here(tmp_path):
    settings = golden_settings(LAYOUT)
    chapters = [c for c in golden_chapters(LAYOUT) if c.name in {"arima", "bayesian_multi_period"}]

    def run(folder):
        jobs = [Job(c, golden_parameters(c, settings), "", folder / f"{c.name}.ipynb") for c in chapters]
        execute_all(jobs, golden_environment(LAYOUT), LAYOUT.root, 1)
        return {c.name: read_records(folder / f"{c.name}.ipynb") for c in chapters}

    here = run(tmp_path / "here")
    said = []
    with executor("dask", None, LAYOUT, said.append):
        there = run(tmp_path / "there")
        assert tasks_done() > 0
    assert here == there and all(here.values())
    assert "Dask workers of this machine" in said[0]


def tasks_done():
    """Tasks that the workers have in their books since they started."""
    from distributed import Client

    with Client(os.environ["DASK_SCHEDULER_ADDRESS"], set_as_default=False) as client:
        return sum(
            client.run(lambda dask_worker: int(dask_worker.digests_total["task-duration"]) or 1).values()
        )


def test_an_unknown_executor_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="'dask'"), executor("dusk", None, LAYOUT):
        pass


def test_an_address_without_a_protocol_is_refused():
    with pytest.raises(ParameterError, match="tcp://host:8786"), executor("local", "localhost", LAYOUT):
        pass


def test_without_a_cluster_nothing_changes():
    before = dict(os.environ)
    with executor("local", None, LAYOUT):
        assert dict(os.environ) == before


def test_a_scheduler_that_is_not_there_is_an_error_before_any_work(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(ClusterError, match="no Dask scheduler"),
        executor("local", "tcp://127.0.0.1:9", LAYOUT),
    ):
        pytest.fail("work began")


class Workers:
    """A client whose workers say this of themselves."""

    def __init__(self, facts):
        self.facts = facts

    def run(self, function):
        if isinstance(self.facts, Exception):
            raise self.facts
        return {"tcp://10.0.0.7:1": self.facts}


@pytest.fixture
def facts(monkeypatch):
    for name in executors.ONE_THREAD:
        monkeypatch.setenv(name, "1")
    return executors.worker_facts()


def test_workers_like_this_machine_are_taken(facts):
    require_same_code(Workers(facts))


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("code", "0123", "same commit"),
        ("numpy", "1.0", "requirements.lock"),
        ("OMP_NUM_THREADS", "", "OMP_NUM_THREADS=1"),
    ],
)
def test_workers_with_other_numbers_are_refused(facts, name, value, remedy):
    with pytest.raises(ClusterError, match=remedy):
        require_same_code(Workers(facts | {name: value}))


def test_workers_without_the_study_are_refused(facts):
    with pytest.raises(ClusterError, match="same checkout"):
        require_same_code(Workers(ModuleNotFoundError("portfolio_study")))
