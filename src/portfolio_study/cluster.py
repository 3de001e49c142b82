"""Parallel loops on the workers of a Dask cluster.

The tasks of a loop go to the scheduler one by one, in their order, and the results come back in that
order: which worker computes what changes nothing, so results equal those of one process bit for bit.

joblib's own Dask backend is not used. It scatters large arguments to one worker each; when that worker
dies they are gone, and its loop returns the error object in place of a result. Here a large argument is
a task of its own: the scheduler keeps it, sends it once to each worker that needs it, and makes it again
when a worker is lost.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from portfolio_study.errors import ClusterError, ParameterError, needing

if TYPE_CHECKING:
    from distributed import Client

#: A function with its arguments, as ``joblib.delayed`` makes it.
Task = tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]]

CONNECT_SECONDS = 30
LARGE = 10_000  # bytes from which an argument travels by itself, once


def scheduler_address() -> str:
    """Address of the scheduler: ``DASK_SCHEDULER_ADDRESS``.

    Raises
    ------
    ParameterError
        If it is not set.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS", "")
    if not address:
        raise ParameterError(
            "STUDY_BACKEND=dask needs a scheduler: set DASK_SCHEDULER_ADDRESS to the address that "
            "`dask scheduler` prints (make book SCHEDULER=tcp://host:8786), or let make book EXECUTOR=dask "
            "start workers on this machine"
        )
    return address


def connect(address: str) -> "Client":
    """Client of the scheduler at an address; one for each process.

    Raises
    ------
    ClusterError
        If nothing answers there, or no worker comes within a few seconds.
    """
    from distributed import Client, get_client

    try:
        client: Client = get_client()
    except ValueError:  # this process has none yet
        try:
            client = Client(address, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {address}: {error}. Start one with `dask scheduler` and workers "
                "with `dask worker ADDRESS --nthreads 1`, or leave SCHEDULER out"
            ) from error
    if not client.ncores():
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise ClusterError(
                f"the Dask scheduler at {address} has no worker: start one with `dask worker {address} --nthreads 1`"
            ) from error
    return client


def cores() -> int:
    """Tasks that the cluster computes at the same time."""
    return max(1, sum(connect(scheduler_address()).ncores().values()))


class Loop:
    """What ``joblib.Parallel`` is to processes: called with tasks, it returns their results in order."""

    def __init__(self, client: "Client") -> None:
        self.client = client

    def __call__(self, tasks: Iterable[Task]) -> list[Any]:
        """Compute the tasks.

        Raises
        ------
        ClusterError
            If workers die again and again under one task.
        Exception
            What a task raises.
        """
        from distributed import KilledWorker

        sent: dict[int, Any] = {}
        kept: list[Any] = []  # an object that is gone could leave its id to another one

        def travelling(argument: Any) -> Any:
            if id(argument) in sent:
                return sent[id(argument)]
            from dask.sizeof import sizeof

            if sizeof(argument) < LARGE:
                return argument
            kept.append(argument)
            sent[id(argument)] = self.client.submit(_same, argument, pure=False)
            return sent[id(argument)]

        futures = [
            self.client.submit(
                function,
                *(travelling(value) for value in positional),
                **{name: travelling(value) for name, value in named.items()},
                pure=False,
                retries=0,  # an error of a task is final; a lost worker is not an error
            )
            for function, positional, named in tasks
        ]
        try:
            results: list[Any] = self.client.gather(futures)
        except KilledWorker as error:
            raise ClusterError(
                f"workers of the Dask cluster died again and again under the same task ({error}): they may lack "
                "memory. Give them more, or fewer threads each"
            ) from error
        return results


def loop() -> Loop:
    """Loop on the cluster that the environment names.

    Raises
    ------
    MissingPackageError
        If the extra ``cluster`` is not installed.
    """
    with needing("cluster"):
        import distributed  # noqa: F401
    return Loop(connect(scheduler_address()))


def _same(value: Any) -> Any:
    return value
