"""A site on loopback, in Debian's chromium without a network: what a page asks for must be the site's own."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AWAY = re.compile(r"^https?://(?!127\.0\.0\.1[:/])")
WIDE, NARROW = {"width": 1400, "height": 1000}, {"width": 375, "height": 800}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Nothing: the tests look at what fails."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the folder's files are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def launched() -> Iterator[Browser]:
    # Chromium's own sandbox cannot be made by root, as whom containers run; the pages are our own.
    options = {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as browser:
        yield browser


class Reader:
    """One tab, and whatever went wrong in it since the last page was opened."""

    def __init__(self, context: BrowserContext, address: str):
        self.address, self.faults = address, []
        context.route(AWAY, lambda route: route.abort())  # a failed request, which is a fault
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, path: str, size: dict = WIDE, scheme: str = "light") -> Page:
        """The page with its mathematics typeset."""
        self.page.goto("about:blank")  # what the last page still asks for fails here, and is no fault of the next
        self.faults.clear()
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=scheme)
        self.page.goto(self.address + path, wait_until="load")
        self.page.add_style_tag(content="* { transition: none !important }")  # a colour on its way has no contrast yet
        self.page.evaluate(
            "async () => { if (window.MathJax) await MathJax.startup.promise; window.typeset = performance.now() }"
        )
        return self.page
