"""Made-up monthly series of the economy in the format of FRED's files, and a stand-in for its server on 127.0.0.1."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

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


class Fred:
    """A server that has the five series; ``answers`` replaces what it says of one of them (status, text)."""

    def __init__(self, table=None):
        self.table = months() if table is None else table
        self.answers, self.asked = {}, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                outer.asked.append(query)
                name = query["id"]
                part = outer.table.loc[query["cosd"] : query["coed"], [name]] if name in outer.table else None
                status, text = outer.answers.get(name) or ((404, "") if part is None else (200, csv_of(part)))
                self.send_response(status)
                self.send_header("Content-Type", "application/csv")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/graph/fredgraph.csv"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def names(self):
        return [query["id"] for query in self.asked]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
