import json
import math

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.data import latest
from portfolio_study.data.load import build_history
from portfolio_study.data.synthetic import load_synthetic
from portfolio_study.errors import LedgerError
from portfolio_study.ledger.records import (
    CHAPTER,
    METADATA,
    Record,
    narrow_chapter,
    open_chapter,
    read_records,
    read_sample,
    record,
)

SAMPLE = {"vendor": "yahoo", "tickers": ["AXP"], "first": "2010-01-04", "last": "2010-03-01"}


@pytest.fixture(autouse=True)
def chapter():
    open_chapter("toy", SAMPLE)
    yield
    open_chapter("toy", None)
    CHAPTER.name = None


def test_record_keeps_plain_numbers_and_the_chapters_sample():
    record("toy.a", np.float64(0.5), unit="x", interval=(np.float64(0.1), 1), n=np.int64(3))
    made = CHAPTER.records["toy.a"]
    assert (made.value, made.interval, made.n, made.sample) == (0.5, (0.1, 1), 3, SAMPLE)
    assert type(made.value) is float


def test_record_without_data_has_no_sample():
    record("toy.a", True, data=None)
    assert CHAPTER.records["toy.a"].sample is None
    assert CHAPTER.records["toy.a"].value is True


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, [1.0]])
def test_a_value_that_is_no_finite_number_is_refused_by_key(bad):
    with pytest.raises(LedgerError, match=r"toy\.bad"):
        record("toy.bad", bad)


def test_keys_carry_the_chapters_prefix():
    with pytest.raises(LedgerError, match=r"start with 'toy\.'"):
        record("other.a", 1.0)


def test_the_same_key_cannot_have_two_values():
    record("toy.a", 1.0)
    record("toy.a", 1.0)
    with pytest.raises(LedgerError, match="twice"):
        record("toy.a", 2.0)


def test_an_interval_is_ordered():
    with pytest.raises(LedgerError, match="not ordered"):
        record("toy.a", 1.0, interval=(2.0, 1.0))


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
    cell = nbformat.v4.new_code_cell("record(...)", outputs=outputs)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_records_are_read_back_from_a_notebook(tmp_path):
    made = Record("toy.a", 0.25, interval=(0.0, 0.5), sample=SAMPLE)
    assert read_records(_notebook(tmp_path / "n.ipynb", made, made)) == {"toy.a": made}


def test_a_notebook_with_two_values_for_a_key_is_refused(tmp_path):
    path = _notebook(tmp_path / "n.ipynb", Record("toy.a", 1.0), Record("toy.a", 2.0))
    with pytest.raises(LedgerError, match=r"toy\.a"):
        read_records(path)


def test_a_chapter_can_work_on_a_part_of_its_prices(tmp_path, monkeypatch):
    whole = build_history("synthetic", load_synthetic(None, "2010-01-01", "2010-06-30"))
    part = latest(whole, rows=50, tickers=2)
    outputs = []
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: object())
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, raw, metadata: outputs.append(
            nbformat.v4.new_output("display_data", data, metadata=metadata)
        ),
    )
    open_chapter("toy", whole.sample())
    record("toy.before", 1.0)
    assert narrow_chapter(part) is part
    with pytest.raises(LedgerError, match="twice"):
        narrow_chapter(part)
    record("toy.after", 2.0)
    record("toy.whole", 3.0, data=whole)
    path = tmp_path / "n.ipynb"
    cell = nbformat.v4.new_code_cell("narrow_chapter(part)", outputs=outputs)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    found = read_records(path)
    assert read_sample(path) == part.sample() == found["toy.after"].sample
    assert found["toy.before"].sample == found["toy.whole"].sample == whole.sample()
    # like a record it goes under a name of the chapter, so that no page shows it by itself
    assert [output.metadata["scrapbook"]["name"] for output in outputs][1] == "toy.sample"


def test_a_chapter_that_uses_all_prices_has_no_part(tmp_path):
    assert read_sample(_notebook(tmp_path / "n.ipynb", Record("toy.a", 1.0))) is None


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    with pytest.raises(LedgerError, match=r"broken\.ipynb"):
        read_records(path)
