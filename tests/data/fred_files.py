"""Made-up monthly series of the economy in the format of FRED's files, and a stand-in for its server on 127.0.0.1."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
from stand_in_server import StandInServer

MONTHS = pd.date_range("2008-01-01", "2016-12-01", freq="MS")


def months(index=MONTHS):
    """The five series, by their names at FRED."""
    k = np.arange(len(index))
    values = {
        "CPILFESL": 210 + 0.35 * k + 0.2 * np.sin(k),
        "AAA": 5 - k / 50 + 0.3 * np.sin(k / 3),
        "BAA": 6 - k / 50 + 0.5 * np.cos(k / 4),
        "GS10": 4 - k / 60 + 0.3 * np.sin(k / 5),
        "HOUST": 700 + 6 * k + 60 * np.sin(k / 2),
    }
    return pd.DataFrame(values, index).round(3)


def csv_of(table, header="observation_date"):
    """Text of a file of FRED's: one or several series, nothing where there is no value."""
    rows = [
        ",".join([f"{day:%Y-%m-%d}", *("" if np.isnan(v) else f"{v:.10g}" for v in row)])
        for day, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    return "\n".join([",".join([header, *table.columns]), *rows, ""])


def write_files(folder, table):
    """A file a series, called as FRED calls it."""
    for name in table:
        (folder / f"{name}.csv").write_text(csv_of(table[[name]]))


class Fred(StandInServer):
    """A server that has the five series; ``answers`` replaces what it says of one of them (status, text)."""

    path = "/graph/fredgraph.csv"

    def __init__(self, table=None):
        self.table = months() if table is None else table
        self.answers = {}
        super().__init__()

    def answer(self, path):
        query = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
        self.asked.append(query)
        name = query["id"]
        part = self.table.loc[query["cosd"] : query["coed"], [name]] if name in self.table else None
        status, text = self.answers.get(name) or ((404, "") if part is None else (200, csv_of(part)))
        return status, {"Content-Type": "application/csv"}, text.encode()

    @property
    def names(self):
        return [query["id"] for query in self.asked]
