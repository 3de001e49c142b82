"""Every test has its own folder of snapshots."""

import pytest


@pytest.fixture(autouse=True)
def own_build_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "case" / "build"))
    monkeypatch.delenv("STUDY_REFRESH", raising=False)
