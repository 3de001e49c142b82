"""Every test has its own folder of snapshots; nothing of the checkout is read or written."""

import pytest
from field_files import long, wide


@pytest.fixture(autouse=True)
def own_build_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    monkeypatch.delenv("STUDY_REFRESH", raising=False)
    monkeypatch.delenv("STUDY_YAHOO_URL", raising=False)
    monkeypatch.delenv("STUDY_FRENCH_URL", raising=False)
    monkeypatch.setenv("STUDY_FRED_URL", "http://127.0.0.1:9/")  # nobody answers there
    return tmp_path / "build"


@pytest.fixture
def p20(golden):
    """The 20 prices of the golden values, as a one-column table."""
    import pandas as pd

    prices = golden("prices_and_forecasts")["prices20"]
    return pd.DataFrame({"P": prices}, index=pd.bdate_range("2020-01-01", periods=len(prices), name="date"))


@pytest.fixture(params=["csv", "parquet"])
def container(request):
    """The kind of file that prices stand in."""
    return request.param


@pytest.fixture(params=[wide, long], ids=["wide", "long"])
def layout(request):
    """How prices stand in a file: a function that makes its rows."""
    return request.param
