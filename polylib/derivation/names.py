"""Which names may stand in a formula or above it: such as show what they are and nothing else."""

import re
from collections.abc import Collection, Iterable

import sympy

_COMMANDS = re.compile(
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|pi|varpi|rho|varrho|"
    "sigma|varsigma|tau|upsilon|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega|"
    "ell|hbar|mid|langle|rangle|lvert|rvert|lVert|rVert|operatorname|mathrm|mathbf|mathcal|mathbb|bmod|top|bot|in|to|"
    "star|ast|dagger|hat|bar|tilde|dot|vec|overline|prime|ldots|dots|[,;: |!]"
)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_STYLES = re.compile(r"\\(mathrm|mathbf|mathcal|mathbb|operatorname|hat|bar|tilde|dot|vec|overline)(?![A-Za-z])")
_SIGNS = re.compile(r"\\(mid|[lr](angle|[vV]ert)|l?dots|to|in|bmod|top|bot|star|ast|dagger|prime)(?![A-Za-z])")
_TAKEN = re.compile(
    "pi|e|oo|infty|zoo|nan|log|ln|lg|exp|(a|ar|arc)?(sin|cos|tan|cot|sec|csc)h?|max|min|lim|sup|inf|sqrt|erfc?|"
    "Gamma|zeta|Sum|Max|Min|Abs|sgn|sign|gcd|det|mod"
)
_PLAIN = re.compile(r"[A-Za-z0-9_^{}()\[\],;:|* '.=+\-]*")


def check_name(name: str) -> None:
    """Refuse a name that could show another formula than the one it stands for.

    A name begins with a letter, a command or a bracket; outside brackets and indices it holds no sign of arithmetic
    and no relation; its commands are letters, accents and brackets.
    """
    commands = _COMMAND.findall(name)
    wrong = [c for c in commands if not _COMMANDS.fullmatch(c)]
    plain = _COMMAND.sub("", name)
    if wrong or not _PLAIN.fullmatch(plain) or plain.count("{") != plain.count("}"):
        raise ValueError(f"name must be letters, indices and brackets in LaTeX, got {name!r}")
    outside = plain
    while (fewer := re.sub(r"\{[^{}]*\}|\([^()]*\)|\[[^\[\]]*\]|\|[^|]*\|", "", outside)) != outside:
        outside = fewer
    shown = _STYLES.sub("", name).replace("{", "").strip()
    if _TAKEN.fullmatch(re.split(r"[({\[^_|]", shown.lstrip("\\"))[0].strip("}\\ ")):
        raise ValueError(f"name must not be one that mathematics has taken, got {name!r}")
    letters = re.sub("[^A-Za-z]", "", _SIGNS.sub("", shown))
    if not letters or not re.match(r"^[A-Za-z\\|<]", shown) or re.search(r"[=+\-,;:]|\d\s*[A-Za-z]", outside):
        raise ValueError(f"name must be one name, not a formula, got {name!r}")


def check_title(words: str) -> None:
    """Refuse words that hold markup, which could show something else than what they say."""
    if re.search(r"<[a-zA-Z/!]|&[a-zA-Z#]+;|[\x00-\x08\u200b-\u200f\u202a-\u202e\u2060-\u2069]", words):
        raise ValueError(f"words must be plain text, got {words!r}")


def check_apart(names: Iterable[str], families: Collection[str]) -> None:
    """Refuse names, as a reader sees them, that show a formula of the other names or a member of a family."""
    others = sorted(set(names) - set(families), key=len, reverse=True)
    for name in others:
        parts = "|".join(re.escape(other) for other in others if other != name)
        shown = re.sub(r"\\[lr]?(mid|[vV]ert)", "|", name)
        if parts and re.fullmatch(rf"({parts}|\^?\d|[()|,.*])+", shown) and re.search(parts, shown):
            raise ValueError(f"name must not show a formula of other names, got {name!r}")
        if any(name.startswith(f"{family}_") for family in families):
            raise ValueError(f"name must not show a member of a family, got {name!r}")


def rendered(name: str) -> str:
    """What a reader sees of a name: sigma is set like \\sigma, x1 like x_1, and nothing of an empty index."""
    shown = name if "\\" in name else sympy.latex(sympy.Symbol(name))
    return re.sub(r"[_^](?=[_^]|$)", "", re.sub(r"\\[,;:! ]|[{} ]", "", shown))
