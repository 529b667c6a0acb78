"""Which names may stand in a formula or above it: such as show what they are and nothing else."""

import re

import sympy

_COMMANDS = re.compile(
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|pi|varpi|rho|varrho|"
    "sigma|varsigma|tau|upsilon|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega|"
    "ell|hbar|mid|langle|rangle|lvert|rvert|lVert|rVert|operatorname|mathrm|mathbf|mathcal|mathbb|bmod|top|bot|in|to|"
    "star|ast|dagger|hat|bar|tilde|dot|vec|overline|prime|ldots|dots|[,;: |!]"
)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_STYLES = re.compile(r"\\(mathrm|mathbf|mathcal|mathbb|operatorname|hat|bar|tilde|dot|vec|overline)(?![A-Za-z])")
_TAKEN = re.compile("pi|e|oo|infty|zoo|nan|log|ln|exp|sin|cos|tan|max|min|sqrt|erf|Gamma|zeta|Sum|Max|Min|Abs")
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
    if not re.match(r"^[A-Za-z\\|<]", shown) or re.search(r"[=+\-,;:]|\d\s*[A-Za-z]", outside):
        raise ValueError(f"name must be one name, not a formula, got {name!r}")


def check_title(words: str) -> None:
    """Refuse words that hold markup, which could show something else than what they say."""
    if re.search(r"<[a-zA-Z/!]|&[a-zA-Z#]+;|[\x00-\x08\u200b-\u200f\u202a-\u202e\u2060-\u2069]", words):
        raise ValueError(f"words must be plain text, got {words!r}")


def rendered(name: str) -> str:
    """What a reader sees of a name: sigma is set like \\sigma, x1 like x_1."""
    shown = name if "\\" in name else sympy.latex(sympy.Symbol(name))
    return re.sub(r"[{} ]", "", shown)
