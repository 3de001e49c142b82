"""All deviations, by dimension; `deviations` says what the answers mean."""

from collections.abc import Mapping

from deviations import EITHER, READ, REFUSE, Deviation, called, cased, decimal_comma, grouped, tickers, to
from writing import GAP, known

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "Datetime", "timestamp", "Trading Date"),
    "adj_close": ("Adjusted_close", "Adj. Close", "AdjClose", "adjusted_close", "Adjusted"),
    "ticker": ("Symbol", "tic", "Name"),
}
MARKS = ("", "NA", "N/A", "#N/A", "-", ".", "null", "nan")
DATE_FORMS = {
    "2014/01/31": "%Y/%m/%d",
    "20140131": "%Y%m%d",
    "31.01.2014": "%d.%m.%Y",
    "31/01/2014": "%d/%m/%Y",
    "01/31/2014": "%m/%d/%Y",
    "31-Jan-2014": "%d-%b-%Y",
    "Jan 31, 2014": "%b %d, %Y",
}
TIMES = {
    "midnight": "%Y-%m-%d 00:00:00",
    "midnight of New York": "%Y-%m-%d 00:00:00-05:00",
    "midnight with Z": "%Y-%m-%dT00:00:00Z",
    "the close": "%Y-%m-%d 16:00:00",
    "nanoseconds": "%Y-%m-%dT00:00:00.000000000",
}
SEVERAL = ("wide", "long", "fields", "yfinance")
NAMED_FIELDS = ("long", "one", "fields", "yfinance")
GAP_WORDS = rf"(?=.*{known()['close'].index[GAP]:%Y-%m-%d}).*(missing|not a number|no price|gap)"

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation("layout", "one asset", READ, "asset|ticker", to(layout="one")),
    Deviation("layout", "AAA.Open", READ, r"AAA\.\w+", to(layout="fields")),
    Deviation("layout", "AAA_Open", READ, r"AAA_\w+", to(layout="fields", pattern="{t}_{f}")),
    Deviation("layout", "Open AAA", EITHER, r"AAA", to(layout="fields", pattern="{f} {t}")),
    Deviation("layout", "yfinance", READ, "header|yfinance", to(layout="yfinance")),
    Deviation(
        "layout",
        "yfinance, tickers above",
        EITHER,
        "header|yfinance|row|line",
        to(layout="yfinance", levels=("ticker", "field", "date")),
    ),
    Deviation("delimiter", "semicolon", READ, "semicolon|separat|delimit", to(delimiter=";"), text=True),
    Deviation("delimiter", "tab", READ, r"\btabs?\b|separat|delimit", to(delimiter="\t"), text=True),
    Deviation("delimiter", "bar", READ, r"\||separat|delimit", to(delimiter="|"), text=True),
    Deviation("decimal mark", "comma", READ, "decimal|comma|not a number", decimal_comma),
    Deviation("decimal mark", "comma in quotes", EITHER, "decimal|comma", to(decimal=",")),
    Deviation("thousands", "comma", EITHER, "thousand|comma|not a number|group", grouped(",")),
    Deviation("thousands", "blank", EITHER, "thousand|blank|not a number|group", grouped(" ")),
    Deviation("thousands", "apostrophe", EITHER, "thousand|apostrophe|not a number|group", grouped("'")),
    Deviation("quoting", "every cell", READ, "quot", to(quoting="all"), text=True),
    Deviation("quoting", "text", READ, "quot", to(quoting="text"), text=True),
    Deviation("encoding", "byte order mark", READ, "byte order|encod", to(encoding="utf-8-sig"), text=True),
    Deviation(
        "encoding",
        "Windows, with é",
        EITHER,
        "encod|utf-8|character",
        to(encoding="cp1252", tickers={"BBB": "Crédit"}),
        SEVERAL,
        text=True,
    ),
    Deviation("encoding", "utf-16", EITHER, "encod|utf-?16|character", to(encoding="utf-16"), text=True),
    Deviation("line ends", "CRLF", READ, "line end", to(newline="\r\n"), text=True),
    Deviation("line ends", "CR", EITHER, "line end|carriage|line", to(newline="\r"), text=True),
    Deviation("preamble", "title", READ, r"line \d|title", to(head=("Prices of my stocks", "")), text=True),
    Deviation(
        "preamble",
        "keys",
        READ,
        r"line \d|title",
        to(head=("Source: my broker", "Downloaded: 2015-01-05", "Currency: USD")),
        text=True,
    ),
    Deviation(
        "comments", "above", READ, r"line \d|comment|#", to(head=("# made by hand", "# USD")), text=True
    ),
    Deviation(
        "comments", "below", EITHER, r"line \d+|not a date", to(foot=("", "Source: my broker")), text=True
    ),
    Deviation("blank rows", "at the end", READ, "blank|empty|line", to(blank="tail"), text=True),
    Deviation("blank rows", "empty cells at the end", READ, r"blank|empty|line \d+", to(blank="cells")),
    Deviation("blank rows", "around the header", READ, "blank|empty|line", to(blank="header"), text=True),
    Deviation("blank rows", "between", READ, "blank|empty|line", to(blank="between"), text=True),
    Deviation(
        "trailing delimiter", "all lines", READ, "trailing|column|empty|end", to(trailing="all"), text=True
    ),
    Deviation(
        "trailing delimiter",
        "rows only",
        EITHER,
        r"trailing|line \d+|cells|columns|more|fields",
        to(trailing="rows"),
        text=True,
    ),
    Deviation("padding", "blanks around cells", READ, "blank|space", to(padding=" "), text=True),
    Deviation(
        "column order", "reversed", READ, "order|column", to(columns="reversed"), ("long", "one", "fields")
    ),
    Deviation(
        "column order", "date last", READ, "order|column", to(columns="date last"), ("wide", "long", "one")
    ),
    Deviation(
        "column order", "shuffled", READ, "order|column", to(columns="shuffled"), ("long", "one", "fields")
    ),
    Deviation("row order", "newest first", READ, "order", to(order="newest first")),
    Deviation("row order", "shuffled", READ, "order", to(order="shuffled")),
    Deviation("row order", "by date", READ, "order", to(order="by date"), ("long",)),
    *(
        Deviation("date column", n, READ if n != "Trading Date" else EITHER, f"date|{n}", called(date=n))
        for n in SPELLINGS["date"]
    ),
    *(
        Deviation("adjusted closes", n, READ, n, called(adj_close=n), NAMED_FIELDS)
        for n in SPELLINGS["adj_close"]
    ),
    *(
        Deviation(
            "ticker column",
            n,
            READ if n != "Name" else EITHER,
            f"{n}.*ticker|ticker.*{n}",
            called(ticker=n),
            ("long",),
        )
        for n in SPELLINGS["ticker"]
    ),
    Deviation("case of names", "upper", READ, "column", cased(str.upper), NAMED_FIELDS),
    Deviation("case of names", "lower", READ, "column", cased(str.lower), NAMED_FIELDS),
    Deviation(
        "extra columns",
        "dividends and splits",
        READ,
        "Dividends|Splits",
        to(extra=((-1, "Dividends", lambda i, d: 0.0), (-1, "Stock Splits", lambda i, d: 0.0))),
        ("long", "one"),
    ),
    Deviation(
        "extra columns",
        "currency",
        READ,
        "currency",
        to(extra=((-1, "Currency", lambda i, d: "USD"),)),
        ("long", "one"),
    ),
    Deviation(
        "extra columns",
        "weekday",
        REFUSE,
        "weekday",
        to(extra=((-1, "Weekday", lambda i, d: float(d.weekday() + 1)),)),
        ("wide",),
    ),
    Deviation(
        "extra columns",
        "returns",
        EITHER,
        r"\bReturn\b",
        to(extra=((-1, "Return", lambda i, d: round((i % 7 - 3) / 100, 2)),)),
        ("wide",),
        said=r"\bReturn\b",
    ),
    Deviation(
        "extra columns",
        "a ticker twice",
        REFUSE,
        r"\bAAA\b",
        to(extra=((-1, "AAA", lambda i, d: 20.5 + i),)),
        ("wide",),
        text=True,
    ),
    Deviation(
        "extra columns",
        "note",
        EITHER,
        r"\bNote\b",
        to(extra=((-1, "Note", lambda i, d: "ok"),)),
        ("wide", "long", "one"),
        said=r"\bNote\b",
    ),
    *(
        Deviation(
            "extra columns",
            f"row numbers called {n!r}",
            EITHER,
            r"unnamed|row number|without a name|first column|column 1|counter|\bX\b",
            to(extra=((0, n, lambda i, d: float(i + 1)),)),
            ("wide", "long", "one"),
            said=r"unnamed|row number|without a name|first column|column 1|counter|\bX\b",
        )
        for n in ("", "Unnamed: 0", "X")
    ),
    Deviation(
        "extra columns",
        "year",
        REFUSE,
        r"\bYear\b",
        to(extra=((-1, "Year", lambda i, d: float(d.year)),)),
        ("wide",),
    ),
    *(
        Deviation("date form", n, READ if form[0:2] == "%Y" else EITHER, "date", to(date=form))
        for n, form in DATE_FORMS.items()
    ),
    *(Deviation("time of day", n, READ, "time|zone|UTC", to(date=form)) for n, form in TIMES.items()),
    Deviation(
        "time of day", "zone in Parquet", READ, "time|zone|UTC", to(zone="America/New_York", parquet="column")
    ),
    *(Deviation("gap", f"marked {m!r}", REFUSE, GAP_WORDS, to(missing="gap", mark=m)) for m in MARKS),
    *(
        Deviation(
            "late start",
            f"marked {m!r}",
            EITHER,
            r"begins on|missing|not a number|starts",
            to(missing="late", mark=m),
            ("wide", "long"),
        )
        for m in MARKS
    ),
    Deviation("tickers", "NA", READ, r"\bNA\b", tickers(BBB="NA"), SEVERAL),
    Deviation("tickers", "digits", READ, "000001", tickers(BBB="000001", CCC="600519"), SEVERAL),
    Deviation("tickers", "TRUE", READ, "TRUE", tickers(BBB="TRUE"), SEVERAL),
    Deviation("tickers", "LOW and OPEN", READ, "LOW|OPEN", tickers(BBB="LOW", CCC="OPEN"), SEVERAL),
    Deviation("tickers", "differ in case", READ, "aaa", tickers(BBB="aaa"), SEVERAL),
    Deviation("tickers", "points", READ, r"BRK\.B", tickers(BBB="BRK.B", CCC="^GSPC"), SEVERAL),
    Deviation("tickers", "blanks", READ, "us equity", tickers(BBB="msft us equity"), ("wide", "long")),
    Deviation(
        "tickers",
        "odd characters",
        READ,
        "Gold|S&P",
        tickers(BBB="Gold ($/oz)", CCC="S&P 500 #1"),
        ("wide", "long"),
    ),
    Deviation(
        "tickers",
        "numbers of pandas",
        REFUSE,
        r"'0' to '2'",
        tickers(AAA="0", BBB="1", CCC="2"),
        ("wide",),
    ),
    Deviation("repeated rows", "the same", EITHER, "more than once|repeat|twice", to(repeat="same")),
    Deviation("repeated rows", "another price", REFUSE, "more than once|repeat|twice", to(repeat="other")),
    Deviation("currency", "dollars", EITHER, r"\$|currency|not a number", to(money="${}")),
    Deviation("currency", "USD", EITHER, "USD|currency|not a number", to(money="{} USD")),
    Deviation("currency", "euros", EITHER, "€|currency|not a number", to(money="€{}")),
    Deviation("number form", "scientific", READ, "number", to(number=lambda v: f"{v:.12e}")),
    Deviation("number form", "six decimals", READ, "number", to(number=lambda v: f"{v:.6f}")),
    Deviation("number form", "sign", READ, "number", to(number=lambda v: f"+{v!r}")),
    Deviation(
        "unit", "100 times from the middle", EITHER, r"\b100\b", to(scale=("BBB", 60, 100.0)), said=r"\b100\b"
    ),
    Deviation("unit", "returns in percent", REFUSE, "return", to(returns=True)),
    Deviation(
        "calendar",
        "a day early",
        EITHER,
        "zone|UTC|shift|Sunday|day early",
        to(shift=-1),
        said="zone|UTC|shift|Sunday|day early",
    ),
    Deviation(
        "calendar",
        "local midnight in UTC",
        EITHER,
        "zone|UTC|midnight|Sunday",
        to(shift=-1, date="%Y-%m-%d 23:00:00+00:00"),
        said="zone|UTC|midnight|Sunday",
    ),
    Deviation("calendar", "every day", READ, "365|calendar", to(calendar="every day")),
    Deviation(
        "calendar",
        "weekly later",
        EITHER,
        "week|frequency|days apart",
        to(calendar="weekly later"),
        said="week|frequency|days apart",
    ),
    Deviation("fields", "no volume", READ, "volume", to(without=("volume",)), NAMED_FIELDS),
    Deviation(
        "fields",
        "no adjusted closes",
        READ,
        "adjusted",
        to(without=("adj_close",)),
        NAMED_FIELDS,
        said="adjusted",
    ),
    Deviation(
        "fields",
        "closes only",
        READ,
        "adjusted|open",
        to(without=("open", "high", "low", "volume")),
        NAMED_FIELDS,
    ),
    Deviation("damage", "cut off", REFUSE, r"cut off|ends early|line \d+", to(damage="cut"), text=True),
    Deviation("damage", "header again", REFUSE, r"header|line \d+", to(damage="header"), text=True),
    Deviation("damage", "a cell too many", REFUSE, r"line \d+", to(damage="cell"), text=True),
    Deviation("damage", "a sum below", REFUSE, r"Mean|(line|row) \d+", to(damage="sum")),
    Deviation("compression", "gz", READ, "gz|compress", to(suffix=".csv.gz", gzipped=True), text=True),
    Deviation("compression", "gz under .csv", EITHER, "gz|compress", to(gzipped=True), text=True),
    Deviation("suffix", "upper case", READ, r"\.CSV|suffix|end in", to(suffix=".CSV"), text=True),
    Deviation("suffix", "txt", EITHER, r"\.txt|suffix|end in", to(suffix=".txt"), text=True),
    Deviation("suffix", "tsv", EITHER, r"\.tsv|suffix|end in", to(suffix=".tsv"), text=True),
    Deviation("container", "Parquet", READ, "parquet", to(parquet="column")),
    Deviation("container", "Parquet, dates as index", READ, "parquet", to(parquet="index")),
)
