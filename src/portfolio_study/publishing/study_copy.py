"""The whole study as one archive beside the site: who has the site can run it, and compare with the reference run."""

import io
import tarfile
from pathlib import Path

from portfolio_study.publishing.downloads import File
from portfolio_study.publishing.provenance import tracked_files

NAME = "study"
TITLE = "The whole study: code, chapters, claims, tests and the stored reference run"


def study_copy(root: Path) -> File | None:
    """What git tracks of the checkout, as it is now; None where `root` is not the top of a repository.

    Files that git does not know stay out: prices of one's own lie among them. The same files give the same bytes.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    """
    files = [file for file in tracked_files(root) if file.is_file() and not file.is_symlink()]
    if not files:
        return None
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:xz") as archive:
        for file in files:
            content = file.read_bytes()
            member = tarfile.TarInfo(f"{NAME}/{file.relative_to(root).as_posix()}")
            member.size, member.mtime = len(content), 946_684_800  # 2000-01-01
            member.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            archive.addfile(member, io.BytesIO(content))
    note = "to run it: unpack, and type the commands in its folder; no prices are in it"
    return File(NAME, "", "ledger", TITLE, {".tar.xz": stream.getvalue()}, note)
