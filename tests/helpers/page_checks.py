"""What a reader's browser can say of a page: typesetting time, faults of accessibility, where Tab stops."""

from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js")

# Seconds from MathJax's arrival to the last formula; asked after the page was opened, so a little too many.
TYPESETTING = """() => {
  const script = performance.getEntriesByType("resource").find(entry => entry.name.includes("/mathjax/tex-"));
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
    page.evaluate(AXE.read_text())
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
