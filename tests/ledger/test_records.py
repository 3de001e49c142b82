import json
import math

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import paste
from portfolio_study.ledger.records import (
    METADATA,
    Record,
    display_record,
    display_sample,
    make_record,
    read_records,
    read_sample,
)

SAMPLE = {"vendor": "yahoo", "tickers": ["AXP"], "first": "2010-01-04", "last": "2010-03-01"}


@pytest.fixture
def outputs(monkeypatch):
    """What a running cell emits."""
    found = []
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: object())
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, raw, metadata: found.append(
            nbformat.v4.new_output("display_data", data, metadata=metadata)
        ),
    )
    return found


def test_a_record_keeps_plain_numbers_and_its_sample():
    made = make_record(
        "toy.a", np.float64(0.5), unit="x", interval=(np.float64(0.1), 1), n=np.int64(3), sample=SAMPLE
    )
    assert (made.value, made.interval, made.n, made.sample) == (0.5, (0.1, 1), 3, SAMPLE)
    assert type(made.value) is float and type(made.n) is int


def test_a_truth_value_stays_one():
    assert make_record("toy.a", np.bool_(True)).value is True


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, [1.0]])
def test_a_value_that_is_no_finite_number_is_refused_by_key(bad):
    with pytest.raises(LedgerError, match=r"toy\.bad"):
        make_record("toy.bad", bad)


def test_an_interval_is_ordered():
    with pytest.raises(LedgerError, match="not ordered"):
        make_record("toy.a", 1.0, interval=(2.0, 1.0))


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    value=finite | st.booleans() | st.text(),
    se=st.none() | finite,
    bounds=st.none() | st.tuples(finite, finite),
)
def test_json_form_round_trips(value, se, bounds):
    made = Record("toy.a", value, se=se, interval=tuple(sorted(bounds)) if bounds else None, sample=SAMPLE)
    assert Record.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def _notebook(path, *records):
    outputs = [
        nbformat.v4.new_output("display_data", {"text/plain": ""}, metadata={METADATA: r.to_dict()})
        for r in records
    ]
    cell = nbformat.v4.new_code_cell("study.measure()", outputs=outputs)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_records_are_read_back_from_a_notebook(tmp_path):
    made = Record("toy.a", 0.25, interval=(0.0, 0.5), sample=SAMPLE)
    assert read_records(_notebook(tmp_path / "n.ipynb", made, made)) == {"toy.a": made}


def test_a_notebook_with_two_values_for_a_key_is_refused(tmp_path):
    path = _notebook(tmp_path / "n.ipynb", Record("toy.a", 1.0), Record("toy.a", 2.0))
    with pytest.raises(LedgerError, match=r"toy\.a"):
        read_records(path)


def write(path, outputs):
    cell = nbformat.v4.new_code_cell("study.measure()", outputs=outputs)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_what_a_chapter_emits_is_read_back(tmp_path, outputs):
    made = make_record("toy.a", 1.5, se=0.25, sample=SAMPLE)
    display_sample("toy", SAMPLE)
    display_record(made)
    paste("toy.words", "all is *well*")
    path = write(tmp_path / "n.ipynb", outputs)
    assert read_records(path) == {"toy.a": made, "toy.words": make_record("toy.words", "all is *well*")}
    assert read_sample(path) == SAMPLE
    # like a record it goes under a name of the chapter, so that no page shows it by itself
    assert [o.metadata["scrapbook"]["name"] for o in outputs] == ["toy.sample", "toy.a", "toy.words"]


def test_a_chapter_that_uses_all_prices_has_no_part(tmp_path):
    assert read_sample(_notebook(tmp_path / "n.ipynb", Record("toy.a", 1.0))) is None


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    with pytest.raises(LedgerError, match=r"broken\.ipynb"):
        read_records(path)
