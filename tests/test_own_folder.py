"""Folders whose content runs when it is read: no other user may enter them, whatever the umask says."""

import os
import stat

import pytest

from portfolio_study import own_folder
from portfolio_study.errors import StudyError
from portfolio_study.own_folder import WRITTEN_BY_OTHERS, make_private, only_ours


@pytest.fixture
def shared_umask():
    """What users have whose files their group may write."""
    before = os.umask(0o002)
    yield
    os.umask(before)


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_private_whatever_the_umask_says(tmp_path, shared_umask):
    folder = tmp_path / "build" / "cache"
    assert make_private(folder, "results", "delete it") == 0
    assert rights(folder) == 0o700
    assert make_private(folder, "results", "delete it") == 0


@pytest.mark.parametrize("mode", [0o775, 0o777, 0o755, 0o1777, 0o770])
def test_an_open_folder_is_closed_and_its_rights_before_are_told(tmp_path, mode):
    tmp_path.chmod(mode)
    others = make_private(tmp_path, "results", "delete it")
    assert others == mode & 0o077 and bool(others & WRITTEN_BY_OTHERS) == bool(mode & 0o022)
    assert rights(tmp_path) == 0o700


@pytest.mark.parametrize("mode", [0o775, 0o777])
@pytest.mark.parametrize("ending", ["refused", "ignored"])
def test_a_folder_that_cannot_be_closed_is_refused_with_the_command(tmp_path, monkeypatch, mode, ending):
    def chmod(path, asked):
        if ending == "refused":
            raise PermissionError("not permitted")

    tmp_path.chmod(mode)
    monkeypatch.setattr(own_folder.Path, "chmod", chmod)
    with pytest.raises(StudyError, match=rf"other users may write.*chmod go-w '{tmp_path}'.*delete it"):
        make_private(tmp_path, "results", "delete it")


def test_a_folder_of_another_user_is_refused_and_left_alone(tmp_path, monkeypatch):
    tmp_path.chmod(0o775)
    monkeypatch.setattr(own_folder.os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(StudyError, match=r"results in .* belong to another user: delete it"):
        make_private(tmp_path, "results", "delete it")
    assert rights(tmp_path) == 0o775


def test_a_folder_that_this_user_may_not_write_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(own_folder.os, "access", lambda path, mode: False)
    with pytest.raises(StudyError, match=r"may not write to: delete it"):
        make_private(tmp_path, "results", "delete it")


def test_a_file_is_ours_if_it_is_this_users_and_only_this_user_may_write_it(tmp_path, monkeypatch):
    path = tmp_path / "entry"
    path.write_text("x")
    found = {}
    for mode in (0o600, 0o644, 0o664, 0o646):
        path.chmod(mode)
        found[mode] = only_ours(path.stat())
    assert found == {0o600: True, 0o644: True, 0o664: False, 0o646: False}
    path.chmod(0o600)
    monkeypatch.setattr(own_folder.os, "getuid", lambda: path.stat().st_uid + 1)
    assert not only_ours(path.stat())
