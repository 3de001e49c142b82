"""Which engine trains the networks: one after the other on processors, or side by side on a card.

``each`` is the reference: a network by itself, one process a core, always on processors. ``batched``
trains all networks of one shape together in one process (`forecasting.lstm_batched`); it is made for a
card. Their networks are the same up to rounding, which training makes grow. So what is computed says by
which engine: its name is an argument of every stored computation, and a part of a page's stamp.
"""

import logging
import os
import subprocess
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

from portfolio_study.errors import EstimationError, UnknownNameError

_log = logging.getLogger(__name__)

SETTING = "STUDY_NETWORKS"
EACH, BATCHED = "each", "batched"
ENGINES = (EACH, BATCHED)
PROCESSOR = "cpu"
#: JAX's platform and kind of device, in one line behind a word that no warning begins with.
_ASK = "import jax; print('found', jax.default_backend(), jax.devices()[0].device_kind)"


def chosen_engine() -> str:
    """Engine for the networks of this process.

    ``STUDY_NETWORKS`` names it, ``each`` or ``batched``. Otherwise it is ``batched`` where JAX's default
    backend is a GPU, and ``each`` elsewhere.

    Returns
    -------
    str
        ``each``; or ``batched on``, with the device: ``batched on cpu``, ``batched on NVIDIA H200``. Such a
        name may stand in ``STUDY_NETWORKS`` too: a kernel is told what the build has found.

    Raises
    ------
    UnknownNameError
        If ``STUDY_NETWORKS`` names no engine.
    EstimationError
        If JAX cannot say what it computes on.
    """
    name, _, device = os.environ.get(SETTING, "").partition(" on ")
    if name and name not in ENGINES:
        raise UnknownNameError("engine of networks (NETWORKS)", name, ENGINES)
    if name == EACH:
        return EACH
    if not device:
        platform, device = (
            _device(os.environ.get("JAX_PLATFORMS", "")) if card_possible() else (PROCESSOR,) * 2
        )
        if not name and platform != "gpu":
            return EACH
    return f"{BATCHED} on {device}"


def engine_device(engine: str) -> str:
    """Device of a batched engine, ``NVIDIA H200`` of ``batched on NVIDIA H200``.

    Raises
    ------
    UnknownNameError
        If that is no name that `chosen_engine` gives to a batched engine.
    """
    name, _, device = engine.partition(" on ")
    if name != BATCHED or not device:
        raise UnknownNameError("engine of networks", engine, (EACH, f"{BATCHED} on {PROCESSOR}"))
    return device


def card_possible() -> bool:
    """Whether JAX can find a card: one of its plugins for cards is installed, and no processor is asked for.

    Asked before JAX is imported, which takes a second and may reserve the card's memory.
    """
    if os.environ.get("JAX_PLATFORMS") == PROCESSOR:
        return False
    folders = {sysconfig.get_paths()[name] for name in ("purelib", "platlib")}
    return any(next(Path(folder).glob("jax_*_plugin-*.dist-info"), None) for folder in folders)


@lru_cache
def _device(platforms: str) -> tuple[str, str]:
    """JAX's platform and kind of device, asked in a process of its own: this one is not to hold the card."""
    asked = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    done = subprocess.run(
        [sys.executable, "-c", _ASK], env=asked, capture_output=True, text=True, check=False
    )
    said = [line.split(maxsplit=2)[1:] for line in done.stdout.splitlines() if line.startswith("found ")]
    if done.returncode or not said:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise EstimationError(
            f"JAX cannot say what it computes on ({reason}): repair the card's driver, or train the networks on "
            "processors with NETWORKS=each"
        )
    platform, kind = said[-1]
    if platform != "gpu":
        _log.warning("JAX has a plugin for a card and finds none: networks are trained on processors")
    return platform, kind
