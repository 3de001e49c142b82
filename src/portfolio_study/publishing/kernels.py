"""Environment of the kernels: the same for every chapter, whatever the user's shell holds."""

import logging
import os
import shutil
from pathlib import Path

from portfolio_study.errors import StudyError
from portfolio_study.network_engine import EACH, SETTING, chosen_engine
from portfolio_study.own_folder import WRITTEN_BY_OTHERS, make_private
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.stamps import compiled_key
from portfolio_study.settings import jobs

_log = logging.getLogger(__name__)

CHAPTER_MEMORY = 2.5 * 2**30  # bytes that one chapter with its workers may need

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

#: ipykernel 7 warns of an unencrypted TCP connection to its own machine at the start of every kernel, and
#: of an interruption when it is shut down while idle. Errors of cells arrive as outputs, not in this log.
KERNEL_CONFIG = """\
c = get_config()  # noqa: F821 - IPython defines it
c.IPKernelApp.log_level = 50
"""


def kernel_environment(
    layout: Layout, workers: int, cache: Path | None, networks: str | None = None
) -> dict[str, str]:
    """Environment variables of a kernel.

    BLAS gets one thread, because its sums differ between one thread and two; workers are
    processes or numba threads instead, `workers` of them. Machine code lies in a folder of its
    own for each state of the code that it was compiled from, which no other user may enter.
    ``MPLBACKEND`` is removed: with it figures vanish from the notebooks. A kernel sees a card only if the
    networks are trained there, and takes no more of its memory than it needs.

    Parameters
    ----------
    layout : Layout
        The checkout.
    workers : int
        Workers of one chapter.
    cache : pathlib.Path or None
        Folder of stored computations; None switches them off.
    networks : str, optional
        Engine of the networks; default that of this machine (`network_engine.chosen_engine`).

    Raises
    ------
    StudyError
        If the folder of compiled code belongs to another user, or cannot be closed to others.
    """
    engine = chosen_engine() if networks is None else networks
    on_card = {"JAX_PLATFORMS": "cpu"} if engine == EACH else {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    ours = _folder_of_code(layout)
    compiled = ours / "compiled" / compiled_key(layout.root)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STUDY_", "NUMBA_", "JAX_")) and name not in ("MPLBACKEND", "PYTHONWARNINGS")
    }
    if "STUDY_BACKEND" in os.environ:
        environment["STUDY_BACKEND"] = os.environ["STUDY_BACKEND"]
    return environment | {
        "STUDY_ROOT": str(layout.root),
        "STUDY_BUILD_DIR": str(layout.build),
        "STUDY_CACHE_DIR": str(cache) if cache else "off",
        "STUDY_JOBS": str(workers),
        "STUDY_IN_BUILD": "1",
        "NUMBA_CACHE_DIR": str(compiled / "numba"),
        "NUMBA_NUM_THREADS": str(workers),
        "JAX_COMPILATION_CACHE_DIR": str(compiled / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "KERAS_BACKEND": "jax",
        SETTING: engine,
        **on_card,
        "MPLCONFIGDIR": str(ours / "matplotlib"),  # not the user's own style
        "PYTHONHASHSEED": "0",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(_ipython_profile(ours)),
        **dict.fromkeys(ONE_THREAD, "1"),
    }


def at_once(wanted: int) -> int:
    """How many chapters to execute at the same time: as wanted, if processors and memory allow."""
    import psutil

    memory = int(psutil.virtual_memory().available // CHAPTER_MEMORY)
    return max(1, min(wanted, jobs(), memory))


def _folder_of_code(layout: Layout) -> Path:
    """Folder of what a kernel runs besides the library; what others may have put there is deleted."""
    folder = layout.build / "cache"
    advice = "delete it, or name another folder in STUDY_BUILD_DIR"
    if make_private(folder, "compiled code", advice) & WRITTEN_BY_OTHERS:
        old = [path for name in ("compiled", "ipython", "matplotlib") if (path := folder / name).exists()]
        try:
            for path in old:
                shutil.rmtree(path)
        except OSError as error:
            raise StudyError(
                f"compiled code of others in {folder} cannot be removed ({error}): {advice}"
            ) from error
        if old:
            _log.warning(
                "other users could write to %s: it is closed to them, and code is compiled again", folder
            )
    return folder


def _ipython_profile(cache: Path) -> Path:
    folder = cache / "ipython"
    config = folder / "profile_default" / "ipython_kernel_config.py"
    if not config.is_file() or config.read_text() != KERNEL_CONFIG:
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(KERNEL_CONFIG)
    return folder
