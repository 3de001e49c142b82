"""Folders of which no other user may enter or change anything: what lies in them runs when it is read.

A stored result is a pickle, compiled code is machine code, a profile of IPython is Python: who may write one
of them may do what this user may do. So such a folder is made for this user alone, whatever the umask says.
"""

import os
import stat
from pathlib import Path

from portfolio_study.errors import StudyError

#: Rights of the group and of everyone to write.
WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def make_private(folder: Path, what: str, advice: str) -> int:
    """Make a folder for this user alone, or close one that others may enter.

    Parameters
    ----------
    folder : pathlib.Path
        The folder; it and those above it are made if they are missing.
    what : str
        What it holds, for messages: ``"results"``.
    advice : str
        What else the reader can do, for messages.

    Returns
    -------
    int
        Rights that others had before: 0 if the folder was private, or was made by this call. Who had the
        right to write (`WRITTEN_BY_OTHERS`) may have put something there.

    Raises
    ------
    StudyError
        If the folder cannot be made or written, belongs to another user, or cannot be closed: a file system
        without rights, say.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
    except OSError as error:
        raise StudyError(f"{what} cannot be stored in {folder} ({error}): {advice}") from error
    if not hasattr(os, "getuid"):  # Windows: a folder has its rights from the one above it
        return 0
    if status.st_uid != os.getuid():
        raise StudyError(f"the stored {what} in {folder} belong to another user: {advice}")
    if not os.access(folder, os.W_OK):
        raise StudyError(f"{what} cannot be stored in {folder}, which this user may not write to: {advice}")
    others = stat.S_IMODE(status.st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    if others:
        try:
            folder.chmod(0o700)
            left = stat.S_IMODE(folder.stat().st_mode) & WRITTEN_BY_OTHERS
        except OSError:
            left = others & WRITTEN_BY_OTHERS
        if left:
            raise StudyError(
                f"other users may write to the stored {what} in {folder}, and reading them runs code: "
                f"`chmod go-w '{folder}'` (a file system that ignores it keeps no rights), or {advice}"
            )
    return others


def only_ours(status: os.stat_result) -> bool:
    """Whether a file is this user's, and no other user may write to it.

    Parameters
    ----------
    status : os.stat_result
        Of the open file, not of its name: a name may lead to another file a moment later.
    """
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & WRITTEN_BY_OTHERS
