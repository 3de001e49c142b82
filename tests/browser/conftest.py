"""One browser and one small rendered book for all tests of this folder."""

import os
import threading
from http.server import SimpleHTTPRequestHandler

import pytest
from small_book import write_book

from portfolio_study.publishing.chromium import BrowserError, chromium, find_chromium
from portfolio_study.publishing.serve import site_server


@pytest.fixture(scope="session")
def program():
    """Path of a browser. Without one these tests are skipped, but not where STUDY_NEED_BROWSER=1 (CI) is set."""
    try:
        return find_chromium()
    except BrowserError as missing:
        if os.environ.get("STUDY_NEED_BROWSER") == "1":
            raise
        pytest.skip(f"pages are not tested in a browser: {missing}")


@pytest.fixture(scope="session")
def book(program, tmp_path_factory):
    return write_book(tmp_path_factory.mktemp("small") / "book")


@pytest.fixture(scope="session")
def browser(program):
    with chromium(program) as running:
        yield running


@pytest.fixture(scope="session")
def served(book):
    """Address of the site on a server of this machine."""
    server = site_server(book, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
        yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def from_disk(book):
    """Address of the site on disk."""
    return (book.build / "html").resolve().as_uri()


@pytest.fixture(params=["served", "from_disk"])
def site(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def tab(browser):
    page = browser.tab()
    page.size(1300, 900)
    yield page
    page.close()
