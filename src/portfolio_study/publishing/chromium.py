"""Chromium without a window, driven over its DevTools protocol: prints the book, and is the browser of the tests.

Messages go through two pipes, so no port is opened and no package is needed.
"""

import base64
import fcntl
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
#: No window, no first-run pages, and nothing that calls home: only the pages that are opened ask for anything.
OPTIONS = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
FIRST_FREE = 10  # the browser wants its pipes as file descriptors 3 and 4
START = """import os, sys
for descriptor, wanted in zip(sys.argv[1:3], (3, 4)):
    os.dup2(int(descriptor), wanted)
os.execv(sys.argv[3], sys.argv[3:])"""


def find_chromium() -> str:
    """Path of an installed Chromium, Chrome or Edge.

    Raises
    ------
    BrowserError
        If there is none; the message says how to get one.
    """
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for place in PLACES:
        if Path(place).is_file():
            return place
    raise BrowserError(
        "no Chromium found (looked for " + ", ".join(NAMES) + "): install one, for example with "
        "`apt-get install chromium` or `brew install --cask chromium`, and try again"
    )


class BrowserError(BuildError):
    """There is no browser, or it did not do what it was asked."""


class Tab:
    """One page of a browser.

    Attributes
    ----------
    requests : list of str
        Addresses that pages of this tab asked for.
    problems : list of str
        Errors and warnings of the console, exceptions, and files that did not load.
    """

    def __init__(self, browser: "Chromium", session: str) -> None:
        self._browser, self._session = browser, session
        self.requests: list[str] = []
        self.problems: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network", "Performance"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser something about this page (see the DevTools protocol)."""
        return self._browser.call(method, parameters, self._session)

    def size(self, width: int, height: int, mobile: bool = False) -> None:
        """Set the size of the window, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=mobile,
        )  # fmt: skip

    def media(self, medium: str = "screen", scheme: str = "light") -> None:
        """Show the page for screen or print, in light or dark colours."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=medium, features=features)

    def open(self, address: str) -> None:
        """Open an address and wait until it is loaded, and its formulas and figures are drawn."""
        self.call("Page.navigate", url=address)
        self.settle()

    def settle(self) -> None:
        """Wait until the page is loaded and its formulas are set."""
        self.wait("document.readyState === 'complete'", seconds=120)
        self.value("window.MathJax?.startup?.promise?.then(() => true) ?? true")
        self.value("document.fonts.ready.then(() => true)")

    def value(self, script: str) -> Any:
        """Value of a JavaScript expression on the page; a promise is waited for.

        Raises
        ------
        BrowserError
            If the script fails.
        """
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if failed := answer.get("exceptionDetails"):
            told = failed.get("exception", {}).get("description", failed["text"])
            raise BrowserError(f"the page could not evaluate {script[:200]!r}: {told}")
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = 30.0) -> None:
        """Wait until a JavaScript expression is true.

        Raises
        ------
        BrowserError
            If it does not become true in time.
        """
        last = time.monotonic() + seconds
        while True:
            with suppress(BrowserError):  # the page is being replaced
                if self.value(f"!!({condition})"):
                    return
            if time.monotonic() > last:
                raise BrowserError(f"waited {seconds:.0f} seconds for {condition[:200]!r}")
            time.sleep(0.03)

    def key(self, name: str, code: int, text: str = "") -> None:
        """Press and release a key, such as ``"Tab"`` (9)."""
        typed = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code,
                **(typed if kind == "keyDown" else {}),
            )  # fmt: skip

    def picture(self, path: Path, whole: bool = False) -> None:
        """Save a picture (PNG) of the window, or of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        part = {"clip": {**size, "x": 0, "y": 0, "scale": 1}, "captureBeyondViewport": True} if whole else {}
        shot = self.call("Page.captureScreenshot", format="png", **part)
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path: Path, **options: Any) -> None:
        """Print the page into a PDF file; options are those of ``Page.printToPDF``."""
        made = self.call("Page.printToPDF", transferMode="ReturnAsStream", **options)
        with path.open("wb") as file:
            while True:
                part = self.call("IO.read", handle=made["stream"], size=1 << 20)
                data = part["data"]
                file.write(base64.b64decode(data) if part.get("base64Encoded") else data.encode("latin-1"))
                if part["eof"]:
                    break
        self.call("IO.close", handle=made["stream"])

    def close(self) -> None:
        """Close the page."""
        self.call("Page.close")

    def note(self, method: str, event: dict[str, Any]) -> None:
        """Remember what the page asked for and what went wrong."""
        if method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            told = " ".join(str(a.get("value", a.get("description", ""))) for a in event["args"])
            self.problems.append(f"{event['type']}: {told}")
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"{event['entry']['text']} {event['entry'].get('url', '')}".strip())


class Chromium:
    """A running browser; `tab` opens a page. Use `chromium`, which also ends it."""

    def __init__(self, process: "subprocess.Popen[bytes]", reading: int, writing: int) -> None:
        self._process = process
        self._from, self._to = os.fdopen(reading, "rb"), os.fdopen(writing, "wb")
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._tabs: dict[str, Tab] = {}
        self._count = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def tab(self) -> Tab:
        """Open an empty page with storage of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})
        session = self.call("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        tab = Tab(self, session["sessionId"])
        self._tabs[session["sessionId"]] = tab
        return tab

    def call(
        self,
        method: str,
        parameters: dict[str, Any] | None = None,
        session: str | None = None,
        seconds: float = 300.0,
    ) -> dict[str, Any]:
        """Send a command and wait for its answer.

        Raises
        ------
        BrowserError
            If the browser refuses the command, ends, or does not answer in time.
        """
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        try:
            self._to.write(json.dumps(message).encode() + b"\0")
            self._to.flush()
            while True:
                answer = self._answers.get(timeout=seconds)
                if answer is None:
                    raise BrowserError(f"the browser ended during {method}")
                if answer["id"] == self._count:
                    break
        except OSError as error:
            raise BrowserError(f"the browser ended before {method} ({error})") from error
        except queue.Empty:
            raise BrowserError(f"the browser did not answer {method} in {seconds:.0f} seconds") from None
        if failed := answer.get("error"):
            raise BrowserError(f"the browser refused {method}: {failed.get('message')}")
        result: dict[str, Any] = answer.get("result", {})
        return result

    def _listen(self) -> None:
        rest = b""
        while part := self._from.read1(1 << 20):
            *whole, rest = (rest + part).split(b"\0")
            for text in whole:
                message = json.loads(text)
                if "id" in message:
                    self._answers.put(message)
                elif tab := self._tabs.get(message.get("sessionId", "")):
                    tab.note(message["method"], message["params"])
        self._answers.put(None)

    def close(self) -> None:
        """End the browser."""
        with suppress(BrowserError):
            self.call("Browser.close", seconds=10)
        with suppress(OSError):
            self._to.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _high(descriptor: int) -> int:
    """Move a file descriptor out of the way of 3 and 4."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_FREE)
    os.close(descriptor)
    return moved


@contextmanager
def chromium(program: str | None = None) -> Iterator[Chromium]:
    """Run a browser with an empty profile, and end it.

    Parameters
    ----------
    program : str, optional
        Its path; default `find_chromium`.

    Raises
    ------
    BrowserError
        If there is none, or it does not start.
    """
    program = program or find_chromium()
    (commands, writing), (reading, answers) = os.pipe(), os.pipe()
    commands, writing, reading, answers = map(_high, (commands, writing, reading, answers))
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # root cannot have one
    with tempfile.TemporaryDirectory(prefix="study-browser-", ignore_cleanup_errors=True) as profile:
        options = [*OPTIONS, *alone, "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", START, str(commands), str(answers), program, *options],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands)
        os.close(answers)
        browser = Chromium(process, reading, writing)
        try:
            browser.call("Browser.getVersion", seconds=60)
            yield browser
        finally:
            browser.close()
