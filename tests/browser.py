"""A site on loopback, in Debian's chromium without a network: MathJax comes from a package, all else must be ours."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route, sync_playwright

CHROMIUM = shutil.which("chromium")
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


def package(name: str) -> Path:
    return Path(find_spec(name).origin).parent


class Reader:
    """One tab, and whatever went wrong in it since the last page was opened."""

    def __init__(self, context: BrowserContext, address: str):
        self.address, self.faults = address, []
        context.route(AWAY, self._answer)
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))
        self.page.on("response", self._response)

    def _answer(self, route: Route) -> None:
        mathjax = re.match(r"https://cdn\.jsdelivr\.net/npm/mathjax@3/(es5/[^?]*)", route.request.url)
        if mathjax:
            route.fulfill(path=package("mathjax") / "static" / "mathjax" / mathjax[1])
        else:
            route.abort()  # a failed request, which is a fault

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, path: str, size: dict = WIDE, scheme: str = "light") -> Page:
        """The page with its mathematics typeset."""
        self.faults.clear()
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=scheme)
        self.page.goto(self.address + path, wait_until="load")
        self.page.add_style_tag(content="* { transition: none !important }")  # a colour on its way has no contrast yet
        self.page.evaluate(
            "async () => { if (window.MathJax) await MathJax.startup.promise; window.typeset = performance.now() }"
        )
        return self.page


# Seconds from MathJax's arrival to the last formula; asked after the page was opened, so a little too many.
TYPESETTING = """() => {
  const script = performance.getEntriesByType("resource").find(entry => entry.name.includes("/mathjax@3/"));
  return script ? (window.typeset - script.responseEnd) / 1000 : 0;
}"""

# What the contrast of a text depends on: its colour, what lies behind it, its size and weight. axe looks at one element
# of each combination, since it needs milliseconds for each, and a chapter has thousands of coloured words of code.
_SAMPLE = """() => {
  const backgrounds = new Map();
  const behind = element => {
    if (!element) return "";
    if (!backgrounds.has(element)) {
      const style = getComputedStyle(element), own = style.backgroundColor + style.opacity;
      const through = /, 0\\)1$/.test(own);
      backgrounds.set(element, (through ? "" : own) + behind(element.parentElement));
    }
    return backgrounds.get(element);
  };
  const seen = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const written = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!written || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const key = [style.color, style.fontSize, style.fontWeight, behind(element)].join();
    element.toggleAttribute("data-sample", !seen.has(key));
    seen.add(key);
  }
}"""

# Where Tab stops: each element that takes the focus tells its place among the page's controls, and if one can see it.
# All controls are counted, because the theme unfolds parts of its table of contents while one moves through a page.
_STOPS = """() => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length;
  const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter(e => !e.disabled && e.tabIndex >= 0);
  window.stops = [];
  document.addEventListener("focusin", ({target}) => {
    const style = getComputedStyle(target);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
    const seen = ring && target.checkVisibility({opacityProperty: true});
    window.stops.push([controls.indexOf(target), target.outerHTML.slice(0, 120), seen]);
  });
  document.activeElement?.blur();
  return controls.flatMap((control, place) => shown(control) ? [place] : []);
}"""

_AXE = """async rules => {
  axe.configure({rules: [{id: "color-contrast", selector: "[data-sample]"}]});
  const found = await axe.run(document, {preload: false, resultTypes: ["violations"], ...rules});
  const why = node => [...node.any, ...node.all, ...node.none].map(check => check.message).join("; ");
  return found.violations.filter(fault => ["serious", "critical"].includes(fault.impact))
    .flatMap(fault => fault.nodes.map(node => `${fault.id} at ${node.target.join(" ")}: ${why(node)}`));
}"""


def axe(page: Page, *rules: str) -> list[str]:
    """The serious and critical faults of accessibility that axe-core finds, by all its rules if none is named."""
    page.evaluate((package("axe_playwright_python") / "axe.min.js").read_text())
    page.evaluate(_SAMPLE)
    return page.evaluate(_AXE, {"runOnly": rules} if rules else {})


def tab_through(page: Page) -> tuple[list[int], list[tuple[int, str, bool]]]:
    """Places, in the page's order, of the controls that show at first; and Tab's stops: place, element, seen."""
    shown, stops = page.evaluate(_STOPS), []
    while len(stops) < 2 * len(shown) and (not stops or stops[-1][0] != shown[-1]):
        for _ in range(max(1, len(shown) - len(stops))):
            page.keyboard.press("Tab")
        stops = page.evaluate("window.stops")
    return shown, stops
