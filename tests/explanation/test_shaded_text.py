"""Shaded text: every character is text and nothing else, and a value can be read in any theme, in grey, and aloud."""

import json
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polylib.explanation.shaded_text import ShadedText, visible

NASTY = ["<script>", "document.title='run'", "</script>", '"><img src=x onerror=document.title="run">', "&lt;b&gt;"]
NASTY += [
    "</i></p></figure>",
    " $x^2$ \\(y\\)",
    "\n",
    "\t",
    "",
    "<!--",
    "-->",
    "'",
    " caf\u00e9 \U0001f600",
    "<style>*{}",
]
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class Elements(HTMLParser):
    """The names of all elements, their attributes and the text of each row of words."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.names, self.attributes, self.words, self._inside = [], [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes.append(dict(attrs))
        if tag == "p":
            self.words.append("")
            self._inside = True

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "p"

    def handle_data(self, data):
        if self._inside:
            self.words[-1] += data


def example(tokens=("The", " cat", " sat")):
    n = len(tokens)
    return ShadedText(tokens, {"real": np.arange(n), "simulated": np.arange(n)[::-1]}, caption="one <record>")


def test_a_value_is_a_tint_a_thickness_and_a_number():
    html = example().html()
    assert "The<i style=--v:1> cat</i><i style=--v:2> sat</i>" in html
    assert "<tr><td> cat</td><td>1</td><td>1</td></tr>" in html
    assert repr(example()) == "real | simulated, tokens that are not 0 everywhere: The[0|2]  cat[1|1]  sat[2|0]"
    assert 'aria-label="real: sat 2, cat 1"' in html


def test_values_beyond_the_scale_stand_at_its_ends_and_the_other_end_is_marked():
    shown = ShadedText(["a", "b", "c", "d"], {"raw": [40.0, -40.0, 4.9, -0.1]}, top=20)
    assert shown.rows["raw"].tolist() == [10, -10, 2, 0]
    assert "<i class=n style=--v:10>b</i>" in shown.html()


def test_each_row_may_have_a_top_of_its_own():
    shown = ShadedText(["a"], {"x": [1.0], "y": [1.0]}, top={"x": 1.0, "y": 2.0})
    assert [row.tolist() for row in shown.rows.values()] == [[10], [5]]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=12))
def test_any_text_stays_text(tokens):
    found, plain = Elements(example(tokens).html()), Elements(example(["x"] * len(tokens)).html())
    assert found.names == plain.names
    assert found.words == ["".join(map(visible, tokens))] * 2
    safe = {"class", "style", "role", "aria-label", "scope", "tabindex", "translate"}
    assert {name for attributes in found.attributes for name in attributes} <= safe


def test_a_record_of_64_tokens_is_small_and_the_same_every_time():
    tokens = [" tokens"] * 64
    html = example(tokens).html()
    assert len(html.encode()) < 15_000
    assert html == example(tokens).html() == example(tokens)._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("rows", "top", "message"),
    [
        ({}, 10, "rows must hold at least one name"),
        ({"real": [1.0]}, 10, r"rows must hold 2 values each, one a token, got 'real': \(1,\)"),
        ({"real": [1.0, np.nan]}, 10, "rows must be"),
        ({"real": [1.0, 2.0]}, 0, "top must be a positive number for 'real', got 0"),
        ({"real": [1.0, 2.0]}, {"other": 1.0}, "top must be a positive number for 'real', got None"),
    ],
)
def test_what_cannot_be_drawn_is_refused(rows, top, message):
    with pytest.raises(ValueError, match=message):
        ShadedText(["a", "b"], rows, top=top)


PAGE = """<!doctype html><html data-theme="{theme}"><meta charset="utf-8"><title>still</title>
<body style="background:{back};color:{ink};width:{width}px">{html}<pre id="found"></pre><script>
const rgb = text => text.match(/[\\d.]+/g).map(Number), words = [...document.querySelectorAll('.shaded .words')];
const light = c => c.slice(0, 3).map(x => x / 255).map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4)
  .reduce((sum, x, i) => sum + x * [.2126, .7152, .0722][i], 0);
const back = rgb(getComputedStyle(document.body).backgroundColor);
const contrast = e => {{ const s = getComputedStyle(e), b = rgb(s.backgroundColor), a = b[3] ?? 1;
  const mixed = back.map((x, i) => x * (1 - a) + b[i] * a), two = [light(mixed), light(rgb(s.color))];
  return (Math.max(...two) + .05) / (Math.min(...two) + .05); }};
document.getElementById('found').textContent = JSON.stringify({{title: document.title,
  text: words.map(p => p.textContent),
  scripts: document.querySelectorAll('.shaded script, .shaded img').length, wide: document.documentElement.scrollWidth,
  contrast: [...document.querySelectorAll('.shaded i')].map(contrast),
  lines: [...words[0].querySelectorAll('i')].map(e => parseFloat(getComputedStyle(e).borderBottomWidth)),
  tops: [...document.querySelectorAll('.shaded .row')].map(e => e.getBoundingClientRect().top)}});
</script>"""


@pytest.mark.skipif(not BROWSER, reason="no chromium and no google-chrome on this machine")
@pytest.mark.parametrize(
    ("theme", "back", "ink", "width"),
    [("light", "#fff", "#323232", 800), ("dark", "#14181e", "#ced6dd", 360)],
    ids=["light", "dark and narrow"],
)
def test_a_browser_shows_markup_as_text_readable_in_the_theme(tmp_path, theme, back, ink, width):
    tokens = NASTY + [f" w{v}" for v in range(1, 11)]
    values = [10] * len(NASTY) + list(range(1, 11))
    shown = ShadedText(tokens, {"real": values, "the other end <b>": -np.array(values)}, caption="<script>1</script>")
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(theme=theme, back=back, ink=ink, width=width, html=shown.html()), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", f"--window-size={width},900"]
    ran = subprocess.run([BROWSER, *flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=60)
    found = json.loads(Found(ran.stdout).text)
    assert (found["title"], found["scripts"]) == ("still", 0)
    assert found["text"] == ["".join(map(visible, tokens))] * 2
    assert min(found["contrast"]) > 4.5
    thickness = found["lines"][-10:]  # a screen rounds to whole pixels
    assert sorted(thickness) == thickness
    assert thickness[0] < thickness[4] < thickness[-1]
    assert (found["tops"][0] == found["tops"][1]) == (width == 800)  # side by side, or one below the other
    assert found["wide"] <= max(width + 16, 500)


class Found(HTMLParser):
    """The text of the element `found`."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.text, self._inside = "", False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._inside = ("id", "found") in attrs

    def handle_data(self, data):
        self.text += data if self._inside else ""
