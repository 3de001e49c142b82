"""Bytes of a price file: packing, size, encodings, and files that are no tables of prices."""

import base64
import gzip
import io
import os
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.files import content
from portfolio_study.data.files.signatures import SIGNATURES
from portfolio_study.data.french.archive import unzip
from portfolio_study.errors import DataError

DAYS = pd.bdate_range("2014-01-01", periods=40)
VALUES = 50 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, (40, 2)), axis=0)).round(6)


def table(header="Date,AAA,BBB", separator=",", end="\n"):
    rows = [f"{day:%Y-%m-%d},{a!r},{b!r}" for day, (a, b) in zip(DAYS, VALUES.tolist(), strict=True)]
    return end.join(row.replace(",", separator) for row in (header, *rows)) + end


@pytest.fixture
def load(tmp_path):
    def write_and_load(data, name="prices.csv", universe=None):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return load_prices("file", universe, path=path)

    return write_and_load


def equal(prices):
    np.testing.assert_array_equal(prices.close.to_numpy(), VALUES)
    assert list(prices.close.index) == list(DAYS)
    return prices


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_every_encoding(load, encoding):
    prices = equal(load(table("Date,Crédit,日本").encode(encoding)))
    assert prices.tickers == ["Crédit", "日本"]
    assert not any("UTF-8" in note for note in prices.manifest["notes"])


def test_another_encoding_is_said_with_its_line(load):
    prices = equal(load(table("Date,Crédit,BBB").encode("latin-1")))
    assert prices.tickers == ["Crédit", "BBB"]
    assert any("line 1 is not UTF-8" in note and "Windows-1252" in note for note in prices.manifest["notes"])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_ends_of_lines(load, separator, end):
    equal(load(table(separator=separator, end=end)))


def test_gzip_is_recognised_by_its_content(load):
    equal(load(gzip.compress(table().encode()), "prices.csv"))
    with pytest.raises(DataError, match="not a gzip archive"):
        load(table(), "prices.csv.gz")
    with pytest.raises(DataError, match="damaged"):
        load(gzip.compress(table().encode())[:-20], "prices.csv.gz")


def test_a_file_that_is_too_large_is_refused_before_it_fills_the_memory(load, monkeypatch):
    monkeypatch.setattr(content, "LARGEST", 2**20)
    bomb = gzip.compress(b"0" * 2**24)
    assert len(bomb) < 2**20
    with pytest.raises(DataError, match=r"unpacks to more than 1 MiB: keep only"):
        load(bomb, "prices.csv.gz")
    with pytest.raises(DataError, match=r"is more than 1 MiB"):
        load(table() + "\n" * 2**20)


def test_a_file_of_a_terabyte_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "prices.csv"
    with path.open("wb") as stream:
        stream.truncate(2**40)  # takes no space
    monkeypatch.setattr(content, "_bounded", lambda *given: pytest.fail("it is read"))
    with pytest.raises(DataError, match=r"prices.csv is more than 256 MiB: keep only"):
        load_prices("file", path=path)


def test_parquet_with_too_many_cells_is_refused(load, monkeypatch):
    stream = io.BytesIO()
    pd.DataFrame({"date": DAYS, "AAA": VALUES[:, 0]}).to_parquet(stream)
    monkeypatch.setattr("portfolio_study.data.files.sheet.MOST_CELLS", 79)
    with pytest.raises(DataError, match="80 cells, more than 79"):
        load(stream.getvalue(), "prices.parquet")


def parquet(frame, **kwargs):
    stream = io.BytesIO()
    pq.write_table(pa.table(frame), stream, **kwargs)
    return stream.getvalue()


def test_a_small_parquet_file_of_much_text_is_refused_before_it_fills_the_memory(load):
    note = pa.DictionaryArray.from_arrays(np.zeros(10**6, np.int32), ["x" * 10**6])
    bomb = parquet({"date": ["2020-01-01"] * 10**6, "note": note})
    assert len(bomb) < 2**20, "the text stands once in the file, and would fill a terabyte"
    with pytest.raises(
        DataError, match=r"'note' holds a text of 1000000 bytes, more than 1000: leave it out"
    ):
        load(bomb, "prices.parquet")


def test_parquet_that_unpacks_to_too_much_is_refused(load, monkeypatch):
    data = parquet({"date": DAYS.repeat(5000), "A": np.zeros(5000 * len(DAYS))}, use_dictionary=False)
    monkeypatch.setattr(content, "LARGEST", 2**20)
    assert len(data) < 2**20
    with pytest.raises(DataError, match="unpacks to more than 1 MiB: keep only"):
        load(data, "prices.parquet")


class Touches:
    """Makes a file when its pickle is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_that_a_parquet_file_carries_as_a_type_is_not_read(load, tmp_path):
    said = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Touches(tmp_path / "ran")),
    }
    fields = [pa.field("date", pa.timestamp("ms")), pa.field("AAA", pa.float64(), metadata=said)]
    equal = pa.table([DAYS, VALUES[:, 0]], schema=pa.schema(fields))
    stream = io.BytesIO()
    pq.write_table(equal, stream)
    assert b"py_extension_type" in base64.b64decode(pq.ParquetFile(stream).metadata.metadata[b"ARROW:schema"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Arrow says that it does not trust it
        found = load(stream.getvalue(), "prices.parquet")
    assert found.close["AAA"].to_list() == VALUES[:, 0].tolist()
    assert not (tmp_path / "ran").exists()


def test_lists_in_the_cells_of_a_parquet_file_are_refused(load):
    with pytest.raises(DataError, match="'many' holds lists, not single values"):
        load(parquet({"date": DAYS[:2], "many": [[1.0] * 5, [2.0]]}), "prices.parquet")


def test_text_with_too_many_cells_or_columns_is_refused_at_its_line(load, monkeypatch):
    monkeypatch.setattr("portfolio_study.data.files.sheet.MOST_CELLS", 90)
    with pytest.raises(DataError, match=r"line 31: more than 90 cells so far: keep only the tickers"):
        load(table())
    monkeypatch.setattr("portfolio_study.data.files.sheet.MOST_COLUMNS", 2)
    with pytest.raises(DataError, match=r"line 1: more than 2 columns \(3\): keep only"):
        load(table())
    with pytest.raises(DataError, match=r"has 3 columns, more than 2: keep only"):
        load(parquet({"date": DAYS, "A": VALUES[:, 0], "B": VALUES[:, 1]}), "prices.parquet")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_archive_that_unpacks_whole_blocks_at_once_is_not_opened(method):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("prices.csv", b"0" * 2**20)
    with pytest.raises(DataError, match="packed by a method that is not read: unpack it"):
        unzip(stream.getvalue(), "prices.zip")


class Runs:
    """Whoever unpickles it makes a folder."""

    def __reduce__(self):
        return (os.mkdir, ("built",))


@pytest.mark.parametrize(
    "name", ["prices.csv", "prices.pkl", "prices.parquet", "prices.csv.gz", "prices.npy"]
)
@pytest.mark.parametrize("protocol", range(6))
def test_nothing_that_a_reader_gives_is_unpickled(load, tmp_path, monkeypatch, name, protocol):
    monkeypatch.chdir(tmp_path)
    payload = pickle.dumps(Runs(), protocol=protocol)
    array = io.BytesIO()
    np.save(array, np.array([Runs()], dtype=object), allow_pickle=True)
    for data in (payload, gzip.compress(payload), array.getvalue()):
        with pytest.raises(DataError):
            load(data, name)
    assert not (tmp_path / "built").exists()


def workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return stream.getvalue()


def archive():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("prices.csv", table())
    return stream.getvalue()


def document():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
        archive.writestr("META-INF/manifest.xml", "<x/>")
    return stream.getvalue()


def bars(header, row):
    return "\n".join([header, *(row.format(day=day) for day in DAYS)])


SEEN = {
    "Excel workbook": workbook(),
    "LibreOffice document": document(),
    "zip archive": archive(),
    "old Excel workbook": b"\xd0\xcf\x11\xe0" + bytes(50),
    "packed file": b"BZh91AY",
    "PDF": b"%PDF-1.4\n",
    "pickle": b"\x80\x04\x95" + bytes(20),
    "SQLite": b"SQLite format 3\0",
    "Git LFS": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    r"web page \(HTML\)": "<!DOCTYPE html>\n<html><body>404</body></html>",
    "XML": "<?xml version='1.0'?><a/>",
    "JSON": '{"chart": {"result": null}}',
    "message of the source": "Exceeded the daily hits limit",
    "Kenneth French.*factors.*line 3.*returns in percent.*SOURCE=packaged": (
        "This file was created by using the 202312 CRSP database.\n\n,Mkt-RF,SMB\n201001,-3.3,0.4\n"
    ),
    "bulk file of Stooq": bars(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
        "AAA.US,D,{day:%Y%m%d},000000,1,1,1,1,1,0",
    ),
    "MetaTrader": bars("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>", "{day:%Y.%m.%d}\t1\t1\t1\t1"),
    "Stooq's file with Polish names": bars(
        "Data,Otwarcie,Najwyższy,Najniższy,Zamknięcie", "{day:%Y-%m-%d},1,1,1,1"
    ),
    "Investing.com": bars(
        '"Date","Price","Open","High","Low","Vol.","Change %"', '"{day:%m/%d/%Y}","1","1","1","1","2M","0%"'
    ),
    r"Bloomberg's export \(PX_LAST\) \(line 2": "a us equity,\nDates,PX_LAST\n2014-01-02,20\n2014-01-03,2\n",
    "CRSP": bars("PERMNO,date,PRC,RET", "10107,{day:%Y%m%d},-20.5,0.01"),
    "options": bars("date,strike,expiration,close", "{day:%Y-%m-%d},100,2015-01-16,2"),
    "bid and ask": bars("date,bid,ask", "{day:%Y-%m-%d},100,101"),
    "Binance": bars("Open time,Open,High,Low,Close,Close time", "{day:%Y-%m-%d},1,1,1,1,{day:%Y-%m-%d}"),
    "another language": bars("Datum;Erster;Hoch;Tief;Schlusskurs;Volumen", "{day:%Y-%m-%d};1;1;1;1;1"),
    "currency signs": bars("Date,Close/Last,Volume", "{day:%m/%d/%Y},$20.10,100"),
}


@pytest.mark.parametrize("what", SEEN)
def test_a_file_of_another_kind_is_called_by_its_name_with_a_remedy(load, what):
    with pytest.raises(DataError, match=what) as caught:
        load(SEEN[what])
    assert ": " in str(caught.value) and "\n" not in str(caught.value)


def test_every_signature_has_a_remedy():
    assert all(s.what and (s.remedy or s.read) and callable(s.seen) for s in SIGNATURES)
    assert len({(s.what, s.remedy, id(s.seen)) for s in SIGNATURES}) == len(SIGNATURES)


TORN = {
    "an open quotation mark": ('Date,AAA\n"2014-01-02,1\n', r"line 2: .*quotation mark not closed"),
    "spaces": (table().replace(",", "  "), "separated by spaces"),
    "one column": ("AAA\n1\n2\n", "one column only"),
    "no header": (table().split("\n", 1)[1], r"no header: line 1 holds data"),
    "cut off": (table()[:-25], r"line 41: the row ends early.*cut off"),
    "a decimal comma between commas": (
        table().replace("2014-01-02,50.", "2014-01-02,50,"),
        r"line 3: the row goes on.*decimal comma",
    ),
    "a sum below": (table() + "Total,1,2\n", r"line 42: 'Total' is not a date.*below the table"),
    "two files": (table() + table(), r"line 42: the header stands here again"),
    "units below the header": (table("Date,AAA,BBB\n,USD,USD"), r"lines 1 to 2 are a header of 2 rows"),
}


@pytest.mark.parametrize("what", TORN)
def test_a_table_that_is_torn_is_refused_with_its_line(load, what):
    data, message = TORN[what]
    with pytest.raises(DataError, match=message):
        load(data)


def test_lines_of_the_file_are_counted_through_titles_and_blanks(load):
    data = "My prices\n\n" + table().replace("\n2014-01-03", "\n\n\n2014-01-03").replace(
        "2014-01-08,5", "2014-01-08,x5"
    )
    line = data.split("\n").index(next(row for row in data.split("\n") if "x5" in row)) + 1
    with pytest.raises(DataError, match=rf"line {line}: .*AAA on 2014-01-08 is 'x5"):
        load(data)
    prices = equal(load("My prices, of 2014\n\n" + table()))
    assert any("line 3 is the header" in note and "My prices" in note for note in prices.manifest["notes"])


def test_excels_line_that_names_the_separator(load):
    equal(load("sep=;\n" + table(separator=";")))


def test_names_that_r_leaves_out(load):
    rows = table().split("\n")
    numbered = "\n".join([rows[0], *(f"{i},{row}" for i, row in enumerate(rows[1:-1], start=1))])
    assert any("row numbers" in note for note in equal(load(numbered)).manifest["notes"])
    equal(load("\n".join(["AAA,BBB", *rows[1:]])))  # the dates are the names of the rows
    with pytest.raises(DataError, match="'V2' has a name that a program gave"):
        load("\n".join(["V1,V2,V3", *rows[1:]]))
