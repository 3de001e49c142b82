"""Small files as people have them (made-up prices), and the ways in which a load of one may end."""

import gzip
import io
import re
from pathlib import Path

import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.quality import quality_report
from portfolio_study.errors import StudyError

FOLDER = Path(__file__).parent / "field"
CONTAINERS = ("csv", "csv.gz", "parquet")


def rows(name):
    """Rows of a file in the folder, numbers as numbers, tickers and dates as text."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for column in table:
        if column not in {"ticker", "date", "Date"}:
            try:
                table[column] = pd.to_numeric(table[column])
            except ValueError:
                continue
    return table


def closes():
    """The prices of AAA, BBB and CCC that most of the files hold: dates by tickers."""
    table = rows("three.csv").set_axis(["date", "AAA", "BBB", "CCC"], axis=1)
    return table.set_index(pd.DatetimeIndex(pd.to_datetime(table.pop("date")), name="date"))


def renamed(*names):
    """The same prices under other tickers."""
    return closes().set_axis(list(names), axis=1)


def bars():
    """Bars of AAA, BBB and CCC in long form; the closes have a split, the column Adj has not."""
    return rows("long_Adjusted_close.csv").rename(columns={"Adjusted_close": "Adj"})


def pivot(table, price):
    """One column of a long file as a table of dates by tickers."""
    names = {column.lower(): column for column in table}
    ticker = next(names[name] for name in ("ticker", "symbol", "name") if name in names)
    kept = table.set_index([names["date"], ticker])[price].unstack()[list(table[ticker].unique())]  # noqa: PD010
    return kept.set_axis(pd.DatetimeIndex(pd.to_datetime(kept.index), name="date"))


def wide(table=None, date="Date"):
    """A table of dates by tickers as rows of a wide file."""
    table = closes() if table is None else table
    frame = table.reset_index(drop=True)
    frame.insert(0, date, list(table.index.strftime("%Y-%m-%d")))
    return frame


def long(table=None, ticker="ticker", date="date", price="close"):
    """A table of dates by tickers as rows of a long file, by date and then by ticker."""
    table = closes() if table is None else table
    return pd.DataFrame(
        [
            {date: f"{day:%Y-%m-%d}", ticker: name, price: row[name]}
            for day, row in table.iterrows()
            for name in table.columns
        ]
    )


def save(folder, table, container="csv", name="prices"):
    """Write rows as a file of the wanted kind, without an index."""
    path = folder / f"{name}.{container}"
    folder.mkdir(parents=True, exist_ok=True)
    if container == "parquet":
        table.to_parquet(path, index=False)
    else:
        data = table.to_csv(index=False).encode()
        path.write_bytes(gzip.compress(data) if container.endswith("gz") else data)
    return path


def put(folder, name, container="csv"):
    """Copy a file of the folder into a container, under its own name."""
    source = FOLDER / name
    if container == "parquet":
        return save(folder, rows(name), container, source.stem)
    data = source.read_bytes()
    path = folder / (name + container.removeprefix("csv"))
    path.write_bytes(gzip.compress(data) if container.endswith("gz") else data)
    return path


def load(path, universe=None, **options):
    return load_prices("file", universe, path=path, **options)


def notes(prices):
    """Everything that a load says of itself: its notes and the table of its quality."""
    return " | ".join([*prices.manifest["notes"], quality_report(prices).table().to_string()])


def names(text, *words):
    """Whether a text names every one of some words (regular expressions)."""
    return all(re.search(word, text, re.IGNORECASE) for word in words)


def same(prices, table):
    """Assert the assets, dates and prices of a load; the order of the columns is the file's."""
    assert prices.tickers == [str(name) for name in table.columns]
    assert list(prices.close.index) == list(pd.DatetimeIndex(table.index))
    pd.testing.assert_frame_equal(
        prices.close,
        table,
        check_names=False,
        check_index_type=False,
        check_column_type=False,
        check_freq=False,
        rtol=1e-12,
    )
    return prices


def refused(path, *words, universe=None):
    """Assert that a file is refused in one line that names every one of some words."""
    with pytest.raises(StudyError) as caught:
        load(path, universe)
    text = str(caught.value)
    assert names(text, *words), f"{text!r} does not name {words}"
    assert "\n" not in text
    return text


def read_or_refused(path, table, *words, universe=None, said=()):
    """Assert that a file is read as `table` and says `said`, or is refused naming every one of `words`."""
    try:
        prices = load(path, universe)
    except StudyError as error:
        assert names(str(error), *words), f"{str(error)!r} does not name {words}"
        assert "\n" not in str(error)
        return None
    same(prices, table)
    assert names(notes(prices), *said), f"{notes(prices)!r} does not name {said}"
    return prices
