"""A stand-in for Yahoo's chart server on 127.0.0.1, for the real yfinance client."""

import json
from urllib.parse import parse_qs, unquote, urlparse

import numpy as np
import pandas as pd
from stand_in_server import StandInServer

SESSIONS = pd.bdate_range("2020-01-02", "2020-03-31").drop(["2020-01-20", "2020-02-17"])
RANGES = ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"]


def chart(ticker, sessions=SESSIONS, level=100.0, dividend_on=None, split_on=None, null_on=(), **about):
    """Chart JSON of a stock whose split-adjusted close rises by 0.1 a day; adjusted close after dividends.

    `about` replaces what the server says of the stock: its currency, its kind.
    """
    n = len(sessions)
    close = level + 0.1 * np.arange(n)
    adjusted = close.copy()
    events = {}
    stamps = [int(pd.Timestamp(f"{d:%Y-%m-%d} 09:30", tz="America/New_York").timestamp()) for d in sessions]
    if dividend_on is not None:
        at = list(sessions).index(pd.Timestamp(dividend_on))
        adjusted[:at] *= 1 - 1.0 / close[at - 1]
        events["dividends"] = {str(stamps[at]): {"amount": 1.0, "date": stamps[at]}}
    if split_on is not None:
        at = list(sessions).index(pd.Timestamp(split_on))
        events["splits"] = {
            str(stamps[at]): {"date": stamps[at], "numerator": 2, "denominator": 1, "splitRatio": "2:1"}
        }
    quote = {
        "open": list(close - 0.05),
        "high": list(close + 0.5),
        "low": list(close - 0.5),
        "close": list(close),
        "volume": [1_000_000 + i for i in range(n)],
    }
    for day in null_on:
        at = list(sessions).index(pd.Timestamp(day))
        for values in quote.values():
            values[at] = None
        adjusted[at] = np.nan
    adjclose = [None if np.isnan(v) else float(v) for v in adjusted]
    meta = {
        "currency": "USD",
        "symbol": ticker,
        "exchangeName": "NYQ",
        "instrumentType": "EQUITY",
        "firstTradeDate": stamps[0] if stamps else 0,
        "regularMarketTime": stamps[-1] if stamps else 0,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": float(close[-1]) if n else 0.0,
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": RANGES,
    } | about
    indicators = {"quote": [quote], "adjclose": [{"adjclose": adjclose}]}
    result = {"meta": meta, "timestamp": stamps, "events": events, "indicators": indicators}
    return {"chart": {"result": [result], "error": None}}


def between(body, first, last):
    """Keep the rows whose time stamp lies in [first, last)."""
    result = body["chart"]["result"][0]
    keep = [i for i, t in enumerate(result["timestamp"]) if first <= t < last]
    result["timestamp"] = [result["timestamp"][i] for i in keep]
    for table in (result["indicators"]["quote"][0], result["indicators"]["adjclose"][0]):
        for name, values in table.items():
            table[name] = [values[i] for i in keep]
    if not keep:
        result["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return body


NOT_FOUND = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
}


class StandIn(StandInServer):
    """Answers chart requests; ``answers[ticker]`` is a chart or a function of the request number.

    A function returns (status, body text) or ``None`` for no answer at all.
    """

    def __init__(self):
        self.answers = {}
        super().__init__()

    def answer(self, path):
        url = urlparse(path)
        if not url.path.startswith("/v8/finance/chart/"):
            return self._text(200, "crumb")
        ticker = unquote(url.path.rsplit("/", 1)[1])
        self.asked.append(ticker)
        answer = self.answers.get(ticker, lambda n: (404, json.dumps(NOT_FOUND)))
        if callable(answer):
            found = answer(self.asked.count(ticker))
            return None if found is None else self._text(*found)
        query = parse_qs(url.query)
        body = json.loads(json.dumps(answer))
        if "period1" in query:
            body = between(body, int(query["period1"][0]), int(query["period2"][0]))
        return self._text(200, json.dumps(body))

    @staticmethod
    def _text(status, text):
        return status, {"Set-Cookie": "A3=stand-in; Path=/"}, text.encode()
