"""A web server on this machine for the published site."""

import contextlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from portfolio_study.errors import BuildError
from portfolio_study.publishing.layout import Layout


def site_server(layout: Layout, port: int) -> ThreadingHTTPServer:
    """Return a server for ``build/html``, bound to this machine only.

    Raises
    ------
    BuildError
        If nothing is published yet, or the port is taken.
    """
    site = layout.build / "html"
    if not (site / "index.html").is_file():
        raise BuildError("there is no site to show yet: run `make book` first")
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise BuildError(f"port {port} cannot be used ({error.strerror}): set PORT to another one") from error


def serve_site(layout: Layout, port: int) -> None:
    """Serve the site until interrupted."""
    with site_server(layout, port) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{server.server_address[1]}/  (Ctrl-C stops)", flush=True)
        server.serve_forever()
