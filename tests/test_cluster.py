"""Loops on a Dask cluster: scheduler and workers are processes of their own on this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest
from joblib import delayed

from portfolio_study import cluster, settings
from portfolio_study.errors import ClusterError, ParameterError

pytestmark = pytest.mark.slow  # processes start


class Processes:
    """A scheduler and its workers."""

    def __init__(self, folder):
        self.file = folder / "scheduler.json"
        self.running = []
        self.start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")

    def address(self):
        wait_for(lambda: self.file.is_file() and self.file.read_text().endswith("}"))
        return json.loads(self.file.read_text())["address"]

    def start(self, module, *arguments):
        self.running.append(
            subprocess.Popen(
                [sys.executable, "-m", module, "--scheduler-file", str(self.file), *arguments],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        )

    def worker(self):
        self.start(
            "distributed.cli.dask_worker",
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
        )

    def stop(self):
        for process in self.running:
            process.kill()
        for process in self.running:
            process.wait()


def wait_for(happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


@pytest.fixture
def processes(tmp_path, monkeypatch):
    from distributed import get_client

    started = Processes(tmp_path)
    monkeypatch.setenv("STUDY_BACKEND", "dask")
    try:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", started.address())
        yield started
        with suppress(ValueError):  # a test that made no client
            get_client().close()
    finally:
        started.stop()


def test_results_come_in_order_and_equal_those_of_this_process(processes):
    processes.worker()
    processes.worker()
    table = np.random.default_rng(1).normal(size=(500, 40))

    def work(values, column):
        return os.getpid(), float(np.linalg.norm(values[:, column]))

    done = settings.parallel()(delayed(work)(table, k) for k in range(40))
    assert [value for _, value in done] == [work(table, k)[1] for k in range(40)]
    assert os.getpid() not in {pid for pid, _ in done}
    wait_for(lambda: settings.workers() == 2)  # the second may register after the first has done all


def test_a_large_argument_travels_once(processes):
    processes.worker()

    def address(values):
        return values.__array_interface__["data"][0]

    table = np.zeros(1_000_000)
    assert len(set(settings.parallel()(delayed(address)(table) for _ in range(6)))) == 1


def test_a_worker_that_is_killed_is_survived(processes, tmp_path):
    """The worker dies that holds the table and computes one of the tasks; another one does all of it again."""
    processes.worker()
    table = np.arange(100_000.0)
    started = tmp_path / "started"

    def work(values, number, path):
        import pathlib
        import time

        if number == 2 and not pathlib.Path(path).exists():
            pathlib.Path(path).write_text(str(os.getpid()))
            time.sleep(600)
        return values.sum() + number

    import threading

    def kill():
        wait_for(lambda: started.is_file() and started.read_text())
        os.kill(int(started.read_text()), signal.SIGKILL)
        processes.worker()

    killer = threading.Thread(target=kill)
    killer.start()
    done = settings.parallel()(delayed(work)(table, k, str(started)) for k in range(5))
    killer.join()
    assert done == [table.sum() + k for k in range(5)]


def test_an_error_of_a_task_arrives_as_it_is(processes):
    processes.worker()

    def fail(number):
        raise ParameterError(f"number {number}")

    with pytest.raises(ParameterError, match="number 3"):
        settings.parallel()([delayed(fail)(3)])


def test_a_scheduler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        cluster.connect("tcp://127.0.0.1:9")


def test_a_cluster_without_workers_is_named(processes, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(ClusterError, match="has no worker"):
        settings.parallel()
