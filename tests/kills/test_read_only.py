"""Folders that this user may not write to, for real: what a build says of them, and that the site stays whole."""

import ctypes
import os
import random
import re
import subprocess

import pytest
from campaign import toy_book

#: What a build says of a folder that is read-only.
FOLDERS = {
    "build": r"build/\.lock cannot be written \(Permission denied\): give this user the right to write there",
    "build/executed": r"build/executed/\S+ cannot be written \(Permission denied\): give this user the right",
    "build/snapshots": r"cannot write a snapshot of the prices to \S+snapshots .*Permission denied",
    "build/cache/results": r"results cannot be stored in \S+results, which this user may not write to",
    "build/runs": r"build/runs/\S+ cannot be written \(Permission denied\): give this user the right",
}


def without_rights():
    """Let root obey the permissions of files, as everyone does, from the next program on."""
    if os.geteuid() == 0:
        drop, override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE of Linux
        if ctypes.CDLL(None, use_errno=True).prctl(drop, override, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "the right to write everywhere cannot be given up")


def refused(book, reading, folder):
    """What a build says while a folder and all in it are read-only."""
    paths = [path for path in [folder, *folder.rglob("*")] if not path.is_symlink()]
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        done = subprocess.run(**book.command(reading), preexec_fn=without_rights, timeout=900, check=False)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert done.returncode == 2 and "Traceback" not in done.stdout, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return toy_book(tmp_path_factory.mktemp("read-only"))


def test_a_checkout_that_is_read_only_is_named_with_what_to_do(book):
    said = refused(book, "window 20", book.layout.root)
    assert re.search(
        r"build cannot be written \(Permission denied\): give this user the right to write there", said
    )
    assert not book.layout.build.exists()


@pytest.mark.slow
def test_a_folder_that_is_read_only_is_named_and_the_site_stays(book):
    book.build("window 20")
    before = book.site()
    for name, words in FOLDERS.items():
        folder = book.layout.root / name
        book.forget(random.Random(1), 1.0)  # so that every folder is written to
        for path in (book.layout.build / "snapshots").rglob("*.*"):
            path.unlink()
        assert re.search(words, refused(book, "window 30", folder)), name
        assert book.site() == before and book.alive() == []
    book.build("window 30")
    assert book.site() != before
