"""The study as an archive beside the site."""

import io
import subprocess
import tarfile

from portfolio_study.publishing.study_copy import study_copy


def git(root, *arguments):
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def members(made):
    with tarfile.open(fileobj=io.BytesIO(made.contents[".tar.xz"])) as archive:
        return {m.name: (m.mode, archive.extractfile(m).read()) for m in archive.getmembers()}


def test_the_copy_holds_what_git_tracks_as_it_is_now_and_nothing_else(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("a = 1\n")
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "gone.txt").write_text("x")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (tmp_path / "src" / "a.py").write_text("a = 2\n")
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "prices.csv").write_text("date,MINE\n")  # of one's own: git does not know it
    made = study_copy(tmp_path)
    assert members(made) == {"study/src/a.py": (0o644, b"a = 2\n"), "study/run": (0o755, b"#!/bin/sh\n")}
    assert study_copy(tmp_path).contents == made.contents


def test_without_a_repository_of_its_own_there_is_no_copy(tmp_path):
    assert study_copy(tmp_path) is None
    git(tmp_path, "init", "-q")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.py").write_text("")
    git(tmp_path, "add", "-A")
    assert study_copy(tmp_path / "inside") is None
