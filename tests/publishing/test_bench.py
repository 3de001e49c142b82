"""The runner of the benchmarks, on toy benchmarks."""

import ast
import importlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys

import pytest
from toy import ROOT

from portfolio_study.errors import BuildError, UnknownNameError


@pytest.fixture
def bench(tmp_path, monkeypatch):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name in ("__init__.py", "__main__.py", "command.py"):
        source = ROOT / "benchmarks" / name
        (folder / name).write_text(source.read_text() if source.is_file() else "")
    (folder / "bench_good.py").write_text("def run():\n    return {'ratio': 12.5, 'n': 3}\n")
    (folder / "bench_bad.py").write_text("def run():\n    raise RuntimeError('broken')\n")
    (folder / "bench_nan.py").write_text("def run():\n    return {'ratio': float('nan')}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT / 'src'}")
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    monkeypatch.delenv("STUDY_CHAPTERS", raising=False)
    spec = importlib.util.spec_from_file_location("toy_benchmarks", folder / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, tmp_path / "build" / "bench.json"


def test_results_are_written_and_others_kept(bench, capfd):
    module, path = bench
    assert module.main(["good"]) == 0
    content = json.loads(path.read_text())
    assert content["benchmarks"]["good"]["results"] == {"ratio": 12.5, "n": 3}
    assert content["processors"] >= 1 and content["packages"]["numpy"]
    assert "ratio: 12.5" in capfd.readouterr().out
    content["benchmarks"]["bad"] = {"results": {"ratio": 1.0}}
    content["benchmarks"]["gone"] = {"results": {}}
    path.write_text(json.dumps(content))
    module.main(["good"])
    assert set(json.loads(path.read_text())["benchmarks"]) == {"good", "bad"}


@pytest.mark.parametrize("name", ["bad", "nan"])
def test_failed_benchmark_is_named_and_nothing_written(bench, name):
    module, path = bench
    with pytest.raises(BuildError, match=f"benchmark {name} failed"):
        module.main([name])
    assert not path.exists()


def test_unknown_benchmark_gets_the_nearest(bench):
    with pytest.raises(UnknownNameError, match="did you mean 'good'"):
        bench[0].main(["goood"])


BENCHMARKS = sorted((ROOT / "benchmarks").glob("bench_*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_every_benchmark_can_be_loaded_and_run_without_arguments(path):
    """Names that the library no longer has, and a `run` that asks for something, are found here."""
    spec = importlib.util.spec_from_file_location(f"loaded_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):  # also what is imported when a function is called
        if isinstance(node, ast.ImportFrom) and node.module.startswith("portfolio_study"):
            source = importlib.import_module(node.module)
            for alias in node.names:
                known = hasattr(source, alias.name) or importlib.util.find_spec(f"{node.module}.{alias.name}")
                assert known, f"line {node.lineno}: {node.module} has no {alias.name}"
    inspect.signature(module.run).bind()


#: Sizes at which a benchmark takes seconds.
TINY = {
    "arima": {"sample": 3, "tickers": 2, "windows": 60, "repeats": 1},
    "cc_var": {"scenarios": 16_000, "exact": 6, "repeats": 1},
    "evaluation": {"days": 300, "assets": 5, "draws": 50},
    "garch": {"forecasts": 60, "anywhere": 3, "extreme": 2, "repeats": 1},
    "large_universe": {"tickers": 3, "forecasts": 20, "sample": 4},
    "lstm": {"models": 1, "plain_models": 1, "rows": 400, "batched_models": 1},
    "markowitz": {"days": 5},
    "minimum_variance": {"sizes": (5, 50, 60), "cases": 1, "start": "2021-12-01"},
    "multi_period": {"measured": 2, "paths": 64, "truths": 20},
}


@pytest.mark.slow
@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_every_benchmark_runs_at_a_tiny_size(path, tmp_path):
    """In a process of its own, as it is run: one sets the threads of numba, one imports keras."""
    name, answer = path.stem.removeprefix("bench_"), tmp_path / "answer.json"
    code = (
        f"import pathlib, {path.stem} as module; from portfolio_study.publishing.publish import write_json; "
        f"write_json(pathlib.Path({str(answer)!r}), module.run(**{TINY[name]!r}))"
    )
    places = os.pathsep.join(map(str, (path.parent, ROOT / "src")))
    environment = {**os.environ, "PYTHONPATH": places, "STUDY_JOBS": "1", "STUDY_CACHE_DIR": "off"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(answer.read_text())
