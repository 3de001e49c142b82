"""Where the project lives on this machine and how much of the machine it may use.

Everything is read from the environment, so that the same code runs in a
kernel, a test and a worker: ``STUDY_ROOT``, ``STUDY_CACHE_DIR`` (``off``
disables the cache), ``STUDY_JOBS`` and ``STUDY_BACKEND`` (``loky`` or ``dask``;
the latter also reads dask's own ``DASK_SCHEDULER_ADDRESS``).
"""

import os
from pathlib import Path
from typing import Any

from portfolio_study.errors import ParameterError, StudyError

BACKENDS = ("loky", "threading", "sequential", "dask")


def project_root() -> Path:
    """Folder that holds ``_toc.yml`` and ``book/``.

    Returns
    -------
    pathlib.Path
        ``STUDY_ROOT`` if set, else the nearest parent of the working folder
        or of this file that holds ``_toc.yml``.

    Raises
    ------
    StudyError
        If there is none: the library is installed without a checkout.
    """
    if given := os.environ.get("STUDY_ROOT"):
        return Path(given).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
            return folder
    raise StudyError(
        "no checkout of the study found (a folder with _toc.yml and book/): "
        "run inside the checkout or set STUDY_ROOT"
    )


def build_dir() -> Path:
    """Folder for everything that is generated: ``STUDY_BUILD_DIR`` or ``build/`` of the checkout."""
    if given := os.environ.get("STUDY_BUILD_DIR"):
        return Path(given).resolve()
    return project_root() / "build"


def cache_dir() -> Path | None:
    """Folder of stored computations, or None when the cache is off.

    ``STUDY_CACHE_DIR`` names it (``off`` disables it); the default is ``build/cache``.
    """
    given = os.environ.get("STUDY_CACHE_DIR", "")
    if given.lower() == "off":
        return None
    return Path(given).resolve() if given else build_dir() / "cache"


def in_build() -> bool:
    """Whether this kernel executes a chapter for the site: ``STUDY_IN_BUILD=1``."""
    return os.environ.get("STUDY_IN_BUILD") == "1"


def jobs() -> int:
    """Number of parallel workers: ``STUDY_JOBS``, else the processors this process may use.

    Raises
    ------
    ParameterError
        If ``STUDY_JOBS`` is not a positive whole number.
    """
    given = os.environ.get("STUDY_JOBS", "")
    if not given:
        try:
            return len(os.sched_getaffinity(0))
        except AttributeError:  # not on Linux
            return os.cpu_count() or 1
    if not given.isdigit() or int(given) < 1:
        raise ParameterError(f"STUDY_JOBS must be a positive whole number, got {given!r}")
    return int(given)


def backend() -> str:
    """Joblib backend of parallel loops: ``STUDY_BACKEND``, default ``loky``.

    Raises
    ------
    ParameterError
        If it is none of ``loky``, ``threading``, ``sequential``, ``dask``.
    """
    name = os.environ.get("STUDY_BACKEND", "loky")
    if name not in BACKENDS:
        raise ParameterError(f"STUDY_BACKEND must be one of {', '.join(BACKENDS)}, got {name!r}")
    return name


def parallel(n_jobs: int | None = None) -> Any:
    """Return a parallel loop, called with ``joblib.delayed`` tasks, on the backend of the settings.

    Parameters
    ----------
    n_jobs : int, optional
        Number of workers on this machine; default ``jobs()``. A cluster uses all of its workers.

    Raises
    ------
    MissingPackageError
        If the backend is ``dask`` and the extra ``cluster`` is not installed.
    ParameterError
        If the backend is ``dask`` and no scheduler is known.
    ClusterError
        If the scheduler does not answer or has no workers.
    """
    if backend() == "dask":
        from portfolio_study import cluster

        return cluster.loop()
    from joblib import Parallel

    return Parallel(n_jobs=jobs() if n_jobs is None else n_jobs, backend=backend())


def workers() -> int:
    """How many tasks of a parallel loop run at the same time: `jobs`, or the cores of the cluster."""
    if backend() == "dask":
        from portfolio_study import cluster

        return cluster.cores()
    return jobs()
