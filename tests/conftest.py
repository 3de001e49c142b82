"""Golden values and the deterministic test data that they were computed on."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from portfolio_study import store
from portfolio_study.publishing.stamps import compiled_key
from portfolio_study.settings import build_dir, project_root

os.environ.setdefault("STUDY_CACHE_DIR", "off")
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Machine code belongs to the sources that it was compiled from, as in a run: numba itself
# notices changes in one file only. What one run of the tests compiles serves the next.
_COMPILED = build_dir() / "cache" / "compiled" / compiled_key(project_root())
os.environ.setdefault("NUMBA_CACHE_DIR", str(_COMPILED / "numba"))
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_COMPILED / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

PACKAGE = store.PACKAGE
VALUES = Path(__file__).parent / "values"


def _lcg_uniform(n, seed):
    state, out = seed, np.empty(n)
    for i in range(n):
        state = 16807 * state % (2**31 - 1)
        out[i] = state / (2**31 - 1)
    return out


@pytest.fixture(scope="session")
def golden():
    """Load golden values by name: ``golden("prices_and_forecasts")`` reads ``tests/values/prices_and_forecasts.json``."""
    return lambda name: json.loads((VALUES / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def lcg_uniform():
    """Park-Miller uniforms: ``lcg_uniform(n, seed)``."""
    return _lcg_uniform


@pytest.fixture(scope="session")
def lcg_normal():
    """Park-Miller normals: ``lcg_normal(n, seed)``."""
    return lambda n, seed: norm.ppf(_lcg_uniform(n, seed))


@pytest.fixture(scope="session")
def four_assets():
    """The four-asset example: dict with volatility, correlation, covariance, mean, risk_free."""
    volatility = np.array([0.10, 0.20, 0.15, 0.30])
    correlation = np.array([[1, 0.6, 0.2, 0.1], [0.6, 1, 0.4, 0.3], [0.2, 0.4, 1, 0.7], [0.1, 0.3, 0.7, 1]])
    return {
        "volatility": volatility,
        "correlation": correlation,
        "covariance": correlation * np.outer(volatility, volatility),
        "mean": np.array([0.03, 0.06, 0.05, 0.11]),
        "risk_free": 0.01,
    }


@pytest.fixture(scope="session")
def sixty_days(four_assets, lcg_normal):
    """Sixty days of returns of the four assets, as a frame."""
    noise = lcg_normal(240, 2024).reshape(60, 4)
    values = (
        noise @ np.linalg.cholesky(four_assets["covariance"]).T / np.sqrt(252) + four_assets["mean"] / 252
    )
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=60), columns=list("ABCD"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Copy the library and let the keys be those of the copy, which a test may edit."""
    copy = tmp_path / "copy" / "portfolio_study"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(store, "PACKAGE", copy)
    return copy


def _random_covariance(rng, size):
    loadings = rng.normal(0.0, 0.4, (size, 3))
    loadings[:, 0] += 1.0
    cov = loadings @ loadings.T + np.diag(rng.uniform(0.3, 1.5, size))
    sd = np.sqrt(cov.diagonal())
    volatility = rng.uniform(0.1, 0.4, size)
    return cov / np.outer(sd, sd) * np.outer(volatility, volatility)


@pytest.fixture(scope="session")
def random_covariance():
    """A covariance with three factors and volatilities of 10-40 %: ``random_covariance(rng, size)``."""
    return _random_covariance


@pytest.fixture(scope="session")
def gmv_of():
    """Minimum-variance weights by a plain linear solve."""

    def weights(cov):
        w = np.linalg.solve(np.asarray(cov), np.ones(len(cov)))
        return w / w.sum()

    return weights


@pytest.fixture(scope="session")
def expected_statistics(golden):
    """Golden values of the statistical tools."""
    return golden("evaluation_statistics")


@pytest.fixture(scope="session")
def forecasts(lcg_normal):
    """Outcome y, forecast f1, zero forecast and expanding mean, as Series on business days."""
    dates = pd.bdate_range("2015-01-01", periods=100, name="date")
    y = pd.Series(0.0005 + 0.01 * lcg_normal(100, 11), index=dates)
    f1 = 0.3 * y + 0.004 * lcg_normal(100, 12)
    zero = y * 0
    past = np.concatenate([[0.0], np.cumsum(y.to_numpy())[:-1] / np.arange(1, 100)])
    return {"y": y, "f1": f1, "zero": zero, "mean": pd.Series(past, index=dates)}


@pytest.fixture(scope="session")
def losses(forecasts):
    """Squared errors of f1 and of the zero forecast."""
    y = forecasts["y"]
    return (y - forecasts["f1"]) ** 2, y**2


@pytest.fixture(scope="session")
def two_strategies(lcg_normal):
    """Returns r1, r2 of the golden Sharpe ratio tests."""
    dates = pd.bdate_range("2015-01-01", periods=100, name="date")
    r1 = pd.Series(0.0008 + 0.010 * lcg_normal(100, 21), index=dates)
    r2 = 0.0002 + 0.6 * (r1 - 0.0008) + 0.008 * lcg_normal(100, 22)
    return r1, r2


@pytest.fixture(scope="session")
def two_stocks(lcg_normal):
    """400 days of independent normal returns of two stocks, 1 % a day."""
    values = 0.01 * lcg_normal(800, 17).reshape(400, 2)
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=400), columns=["AAA", "BBB"])


@pytest.fixture(scope="session")
def index_days(lcg_normal):
    """3000 days of independent normal log returns of an index."""
    values = 0.0003 + 0.01 * lcg_normal(3000, 77)
    return pd.Series(values, index=pd.bdate_range("2000-01-03", periods=3000))


@pytest.fixture(scope="session")
def walk():
    """CC-VaR portfolios of the months of an index: ``walk(log_returns, **changes)``."""
    from portfolio_study.allocation.cc_var.market import walk_forward

    arguments = {"horizon": 21, "periods_per_year": 252, "price_volatility": 0.2, "first": 756}
    return lambda returns, **changes: walk_forward(returns, **(arguments | changes))


@pytest.fixture(scope="session")
def weekly():
    """120 weekly returns that remember the week before."""
    rng = np.random.default_rng(12)
    r = np.zeros(120)
    for t in range(1, 120):
        r[t] = 0.003 - 0.15 * r[t - 1] + 0.025 * rng.normal()
    return pd.Series(r, pd.date_range("2015-01-02", periods=120, freq="W-FRI", name="date"))
