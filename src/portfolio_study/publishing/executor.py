"""Where the heavy loops of a run compute: on this machine, or on the workers of a Dask cluster."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from portfolio_study import cluster, store
from portfolio_study.errors import ClusterError, ParameterError, UnknownNameError, needing
from portfolio_study.network_engine import EACH
from portfolio_study.publishing.kernels import ONE_THREAD, kernel_environment
from portfolio_study.publishing.layout import Layout
from portfolio_study.settings import cache_dir, jobs

if TYPE_CHECKING:
    from distributed import Client

EXECUTORS = ("local", "dask")
#: Packages whose version can change a number.
COMPARED = ("numpy", "scipy", "pandas", "numba", "statsmodels", "arch", "jax", "keras", "clarabel")


@contextmanager
def executor(
    name: str, scheduler: str | None, layout: Layout, say: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Let kernels that start inside the block send their loops to the executor.

    Parameters
    ----------
    name : str
        ``local``, or ``dask``: workers that are started on this machine and stopped in the end.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://host:8786``) whose workers are used; implies ``dask``.
    layout : Layout
        The checkout.
    say : callable
        Told which workers there are.

    Raises
    ------
    UnknownNameError
        If there is no such executor.
    ParameterError
        If the address has no form of an address.
    ClusterError
        If no scheduler answers at the address, has no worker, or a worker has other code.
    MissingPackageError
        If the extra ``cluster`` is not installed.
    """
    if name not in EXECUTORS:
        raise UnknownNameError("executor", name, EXECUTORS)
    if scheduler is not None and "://" not in scheduler:
        raise ParameterError(f"SCHEDULER must be an address such as tcp://host:8786, got {scheduler!r}")
    if scheduler is None and name == "local":
        yield
        return
    with needing("cluster"):
        from distributed import LocalCluster
    if scheduler is not None:
        client = cluster.connect(scheduler)
        try:
            require_same_code(client)
            say(f"loops run on the {cluster_size(client)} of {scheduler}")
            with _environment(scheduler):
                yield
        finally:
            client.close()
        return
    # A worker has the environment of a kernel with one core, and does not send work on.
    own = kernel_environment(layout, 1, cache_dir(), EACH) | {"STUDY_BACKEND": "sequential"}
    with LocalCluster(
        n_workers=jobs(), threads_per_worker=1, dashboard_address=None, host="127.0.0.1", env=own
    ) as local:
        say(f"loops run on {jobs()} Dask workers of this machine ({local.scheduler_address})")
        with _environment(local.scheduler_address):
            yield


def cluster_size(client: "Client") -> str:
    """How many workers and cores there are, in words."""
    cores = client.ncores()
    return f"{len(cores)} Dask worker(s) with {sum(cores.values())} core(s)"


@contextmanager
def _environment(address: str) -> Iterator[None]:
    added = {"STUDY_BACKEND": "dask", "DASK_SCHEDULER_ADDRESS": address}
    before = {key: os.environ.get(key) for key in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def require_same_code(client: "Client") -> None:
    """Refuse workers that could compute other numbers than this machine.

    Raises
    ------
    ClusterError
        If a worker lacks this package, has other code or versions of packages, or computes with several
        threads of BLAS; the first difference is named.
    """
    expected: Mapping[str, str] = _versions() | dict.fromkeys(ONE_THREAD, "1")
    try:
        facts = client.run(worker_facts)
    except Exception as error:  # whatever a worker without this package raises
        raise ClusterError(
            f"the workers cannot run this study ({type(error).__name__}: {error}): install the same checkout "
            "with the same lock file where they run"
        ) from error
    for worker, there in facts.items():
        for name, value in expected.items():
            if there.get(name) != value:
                raise ClusterError(
                    f"the worker {worker} has {name} {there.get(name) or 'unset'} where {value} is needed: its "
                    f"numbers could differ. {_remedy(name)}"
                )


def worker_facts() -> dict[str, str]:
    """What decides the numbers of a process: code, versions, threads."""
    return _versions() | {name: os.environ.get(name, "") for name in ONE_THREAD}


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "Python": platform.python_version(),
        "byte order": sys.byteorder,
        "code": store.files_key(sorted(store.PACKAGE.rglob("*.py")))[:12],
    }
    for name in COMPARED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _remedy(name: str) -> str:
    if name in ONE_THREAD:
        return f"Start it with {name}=1."
    if name == "code":
        return "Bring it to the same commit and start it again."
    return "Install from the same requirements.lock."
