import pytest

from portfolio_study import settings
from portfolio_study.errors import ParameterError, StudyError


def test_root_is_found_from_below_and_from_the_environment(tmp_path, monkeypatch):
    (tmp_path / "book" / "deep").mkdir(parents=True)
    (tmp_path / "_toc.yml").touch()
    monkeypatch.delenv("STUDY_ROOT", raising=False)
    monkeypatch.chdir(tmp_path / "book" / "deep")
    assert settings.project_root() == tmp_path.resolve()
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path / "book"))
    assert settings.project_root() == (tmp_path / "book").resolve()


def test_without_a_checkout_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("STUDY_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "__file__", str(tmp_path / "settings.py"))
    with pytest.raises(StudyError, match="STUDY_ROOT"):
        settings.project_root()


def test_cache_can_be_placed_and_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", "OFF")
    assert settings.cache_dir() is None
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    assert settings.cache_dir() == tmp_path.resolve()
    monkeypatch.setenv("STUDY_CACHE_DIR", "")
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path))
    assert settings.cache_dir() == tmp_path.resolve() / "cache"


@pytest.mark.parametrize("bad", ["0", "-1", "two", "1.5"])
def test_a_wrong_number_of_jobs_is_named(monkeypatch, bad):
    monkeypatch.setenv("STUDY_JOBS", bad)
    with pytest.raises(ParameterError, match=f"STUDY_JOBS.*'{bad}'"):
        settings.jobs()


def test_jobs_default_to_the_processors(monkeypatch):
    monkeypatch.setenv("STUDY_JOBS", "")
    assert settings.jobs() >= 1


def test_an_unknown_backend_is_named(monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "threads")
    with pytest.raises(ParameterError, match="threads"):
        settings.backend()


def test_parallel_keeps_the_order(monkeypatch):
    from joblib import delayed

    monkeypatch.setenv("STUDY_BACKEND", "threading")
    assert settings.parallel(2)(delayed(abs)(-x) for x in range(5)) == list(range(5))


def test_dask_without_a_scheduler_says_what_to_set(monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "dask")
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    with pytest.raises(ParameterError, match="DASK_SCHEDULER_ADDRESS"):
        settings.parallel(1)
