"""Only a commit of this project's own repository is recorded, with whether the checkout differs from it."""

import os
import subprocess

import pytest

from portfolio_study.publishing.provenance import git_commit


@pytest.fixture
def git(monkeypatch):
    """Return a function that runs git in a folder, without the settings of whoever runs the tests."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)

    def run(folder, *arguments):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


def commit(git, folder):
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "All")
    return git(folder, "rev-parse", "HEAD")


def test_the_commit_of_the_checkout_is_recorded(toy, git):
    (toy.root / "book" / "note.md").write_text("tracked")
    found = commit(git, toy.root)
    assert git_commit(toy.root) == {"commit": found, "modified": False}
    (toy.root / "untracked.txt").write_text("new")
    assert git_commit(toy.root) == {"commit": found, "modified": False}
    (toy.root / "book" / "note.md").write_text("changed")
    assert git_commit(toy.root) == {"commit": found, "modified": True}


def test_a_copy_inside_another_repository_has_no_commit(toy, git):
    around = commit(git, toy.root.parent)
    assert around and git(toy.root, "rev-parse", "HEAD") == around
    assert git_commit(toy.root) == {}


def test_a_folder_outside_of_every_repository_has_no_commit(toy, git):
    assert git_commit(toy.root) == {}


def test_the_repository_of_a_hook_is_not_taken_for_this_one(toy, git, monkeypatch, tmp_path):
    found = commit(git, toy.root)
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("")
    commit(git, other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert git_commit(toy.root) == {"commit": found, "modified": False}


def test_a_link_to_the_checkout_is_the_checkout(toy, git, tmp_path):
    found = commit(git, toy.root)
    (tmp_path / "link").symlink_to(toy.root)
    assert git_commit(tmp_path / "link")["commit"] == found
