"""The server on 127.0.0.1 that stands in for a source of prices or rates."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandInServer:
    """A server that serves until it is closed; a subclass says with `answer` what.

    Attributes
    ----------
    url : str
        Its address with the source's own path.
    asked : list
        What it was asked for, in order; `answer` writes it.
    """

    path = ""

    def __init__(self):
        self.asked, self._closed = [], threading.Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = stand_in.answer(self.path)
                if found is None:
                    stand_in._closed.wait(5)
                    return
                status, headers, body = found
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path):
        """Status, headers and body of the answer to a request; None for no answer at all."""
        raise NotImplementedError

    def close(self):
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
