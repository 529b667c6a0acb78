"""Numbers in a chapter's prose that none of its cells prints. Usage: prose_numbers.py NOTEBOOK.ipynb ...

A number passes if some output of the chapter, rounded to as many decimals, is that number. Nothing else passes but what
these rules set aside:

- a parameter of the chapter's parameters cell, which the reader sets;
- what stands in quotation marks or in a quoted block, as words and numbers of the print do;
- a sentence that cites, whose numbers are those of the source;
- years, and numbers of sections, theorems, figures and the like;
- in formulas: whole numbers below 13, powers, and indices;
- the level of an interval, as in "95 % interval".

Numbers in words are not looked at.
"""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from polylib.runs.results import RUN_MIME

FORMULA = re.compile(r"\{math\}`([^`]*)`|\$\$(.*?)\$\$|```\{math\}(.*?)```", re.S)
BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
RAISED = re.compile(rf"(?:\d[\d.]*\s*)?\^\s*(?:{BRACED}|\\?\w+)|_\s*(?:{BRACED}|\\?\w)")
NOT_PROSE = [
    re.compile(r"^\(.*\)=$|^:\w+:.*$|^>.*$", re.M),  # labels, options of directives, quoted blocks
    re.compile(r"“[^”]*”|\"(?:[^\"\n]|\n(?!\s*\n))*\""),
    re.compile(r"\{(?!cite)[\w:]+\}`[^`]*`|(?<!\})`[^`]*`"),  # references and code
    re.compile(r"(?i)\b(?:sections?|theorems?|lemmas?|definitions?|chapters?|figures?|footnotes?)\s+\d[\d.]*\d?"
               r"(?:(?:,| and|, and| to)\s+\d[\d.]*\d?)*"),
    re.compile(r"\b\d+ % interval"),
    re.compile(r"(?<![\d,.])(?:19|20)\d\d(?!\d|,\d{3}|\.\d)"),
]  # fmt: skip
SENTENCE = re.compile(r"(?<=[.?!])\s+|\n\s*\n")
NUMBER = re.compile(
    r"(?<![A-Za-z\d_.,])(?<![A-Za-z]-)(?P<digits>\d+(?:\{?,\}?\d{3})*(?:\.\d+)?)"
    r"(?![A-Za-z_\d])(?P<percent>\s?(?:\\?%|per cent))?"
)
OUTPUT = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Number:
    """A number as prose gives it."""

    text: str
    value: float
    decimals: int
    percent: bool

    def is_rounded(self, exact: float) -> bool:
        """Whether a printed number, or a hundred times it for a percentage, rounds to this one."""
        printed = [exact, 100 * exact] if self.percent else [exact, exact / 100]
        return any(abs(x - self.value) <= 0.5 * 10**-self.decimals + 1e-9 * self.value for x in printed)


def numbers(text: str) -> list[Number]:
    """The numbers in a markdown text that a cell has to print: first those in prose, then those in formulas."""
    formulas = ["".join(parts) for parts in FORMULA.findall(text)]
    prose = FORMULA.sub(" … ", text)
    for pattern in NOT_PROSE:
        prose = pattern.sub(" ", prose)
    own = [sentence for sentence in SENTENCE.split(prose) if "{cite" not in sentence]
    in_formulas = [found for formula in formulas for found in _numbers(RAISED.sub(" ", formula))]
    return _numbers("\n".join(own)) + [n for n in in_formulas if n.decimals or n.percent or n.value >= 13]


def printed(notebook: nbformat.NotebookNode) -> list[float]:
    """What the cells print, the boxes of derivations say, and the parameters are, without signs."""
    texts = [text for cell in notebook.cells for output in cell.get("outputs", []) for text in _text(output)]
    found = [float(digits.replace(",", "")) for text in texts for digits in OUTPUT.findall(text)]
    settings = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    return found + [value for cell in settings for value in _set(cell)]


def missing(notebook: nbformat.NotebookNode) -> list[str]:
    """Each number of the prose that no cell prints, with the beginning of the text cell that has it."""
    there = printed(notebook)
    return [
        f"{number.text} in: {cell.source.strip()[:60]!r}"
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for number in numbers(cell.source)
        if not any(number.is_rounded(value) for value in there)
    ]


def _numbers(text: str) -> list[Number]:
    found = []
    for match in NUMBER.finditer(text):
        digits = re.sub(r"[{},]", "", match["digits"])
        decimals = len(digits.partition(".")[2])
        found.append(Number(" ".join(match[0].split()), float(digits), decimals, match["percent"] is not None))
    return found


def _text(output: nbformat.NotebookNode) -> list[str]:
    """What an output says in words; a picture and the record of the run say nothing."""
    data = output.get("data", {})
    silent = RUN_MIME in data or any(mime.startswith("image/") for mime in data)
    return [] if silent else [text for text in (output.get("text"), data.get("text/plain")) if text]


def _set(cell: nbformat.NotebookNode) -> list[float]:
    """The numbers that a cell of parameters gives to names."""
    values = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
    return [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


if __name__ == "__main__":
    lost = [f"{path}: {what}" for path in sys.argv[1:] for what in missing(nbformat.read(Path(path), as_version=4))]
    sys.exit("\n".join(lost))
