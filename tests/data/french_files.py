"""Made-up files in the format of Kenneth French's library, and a stand-in for its server on 127.0.0.1."""

import io
import zipfile

import numpy as np
import pandas as pd
from stand_in_server import StandInServer

from portfolio_study.data.universe import UNIVERSES

NAMES = UNIVERSES["french_industry10"].tickers
DAYS = pd.bdate_range("2010-01-04", "2010-04-30").drop(["2010-01-18", "2010-02-15", "2010-04-02"])
MONTHS = pd.period_range("2010-01", "2012-12", freq="M")
COPYRIGHT = "Copyright 2024 Eugene F. Fama and Kenneth R. French"
PREAMBLE = (
    "This file was created by CMPT_IND_RETS using the 202412 CRSP database.",
    "It contains value- and equal-weighted returns for 10 industry portfolios.",
    "",
    "The portfolios are constructed at the end of June.",
    "",
    "The annual returns are from January to December.",
    "",
    "Missing data are indicated by -99.99 or -999.",
    "",
    "",
)


def percent(rows, columns, seed=1, scale=1.0):
    """Made-up returns in percent, rounded as the library rounds them."""
    return np.random.default_rng(seed).normal(0.05, scale, (rows, columns)).round(2)


def dates_of(index):
    return [f"{d:%Y%m}" if isinstance(d, pd.Period) else f"{d:%Y%m%d}" for d in index]


def table(title, names, dates, values, form="{:7.2f}"):
    """Lines of one table: title, header, rows; the last name of a header is padded in the original."""
    padded = [f"{name:<5}" if name == "Hlth" else name for name in names]
    rows = [",".join([date, *(form.format(v) for v in row)]) for date, row in zip(dates, values, strict=True)]
    return [*([f"  {title}"] if title else []), "," + ",".join(padded), *rows, "", ""]


def portfolios(index=DAYS, names=NAMES, scale=1.0, preamble=PREAMBLE, ending=(COPYRIGHT,), **replaced):
    """Text of a file of portfolios; `replaced` gives the tables ``value`` and ``equal`` (percent)."""
    monthly = isinstance(index, pd.PeriodIndex)
    word = "Monthly" if monthly else "Daily"
    value = replaced.get("value", percent(len(index), len(names), 1, scale))
    equal = replaced.get("equal", percent(len(index), len(names), 2, scale))
    dates = dates_of(index)
    lines = [*preamble]
    lines += table(f"Average Value Weighted Returns -- {word}", names, dates, value)
    lines += table(f"Average Equal Weighted Returns -- {word}", names, dates, equal)
    if monthly:
        years = sorted({f"  {d.year}" for d in index})
        lines += table("Average Value Weighted Returns -- Annual", names, years, value[: len(years)] * 5)
        lines += table("Average Equal Weighted Returns -- Annual", names, years, equal[: len(years)] * 5)
    count = np.tile(np.arange(len(names)) + 40, (len(dates), 1))
    lines += table("Number of Firms in Portfolios", names, dates, count, "{:7d}")
    lines += table("Average Firm Size", names, dates, count * 12.5)
    return "\r\n".join([*lines, *ending]) + "\r\n"


def factors(index=DAYS, rate=0.009):
    """Text of a file of factors."""
    word = "MONTHLY" if isinstance(index, pd.PeriodIndex) else "DAILY"
    values = np.column_stack([percent(len(index), 3, 3), np.full(len(index), rate)])
    lines = [
        f"This file was created by CMPT_ME_BEME_RETS_{word} using the 202412 CRSP database.",
        "The Tbill return is the simple daily rate that, over the number of trading days",
        "compounds to 1-month TBill rate.",
        "",
        *table("", ("Mkt-RF", "SMB", "HML", "RF"), dates_of(index), values, "{:8.3f}")[:-1],
    ]
    if word == "MONTHLY":
        lines += table(
            "Annual Factors: January-December ", ("Mkt-RF", "SMB", "HML", "RF"), ["  2010"], values[:1]
        )
    return "\r\n".join([*lines, COPYRIGHT]) + "\r\n"


def zipped(text, member="10_Industry_Portfolios_Daily.CSV"):
    """Pack a text as the library does."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, text)
    return stream.getvalue()


class Library(StandInServer):
    """Answers requests for files; ``answers[name]`` is bytes, or a function of the request number.

    A function returns (status, headers, body), or None for no answer at all. ``asked`` lists the
    names in order.
    """

    path = "/ken.french/ftp"

    def __init__(self):
        self.answers = {}
        super().__init__()

    def answer(self, path):
        name = path.rsplit("/", 1)[1]
        self.asked.append(name)
        answer = self.answers.get(name, lambda n: (404, {"Content-Type": "text/html"}, b"<html>"))
        if not callable(answer):
            found = (200, {"Content-Type": "application/x-zip-compressed"}, answer)
        elif (found := answer(self.asked.count(name))) is None:
            return None
        status, headers, body = found
        return status, headers | {"Last-Modified": "Wed, 05 Feb 2025 16:00:00 GMT"}, body
