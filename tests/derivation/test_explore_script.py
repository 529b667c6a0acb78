import re

from polylib.derivation.explore_script import script, style


def test_only_functions_that_are_called_travel():
    code = script("zeta(2)")
    assert re.findall(r"function (\w+)", code) == ["gamma", "loggamma", "product", "zeta"]
    assert script("Math.log(2)") == "Math.log(2)"
    assert len(script('explore("id", [])').encode()) < 5_000


def test_comments_are_left_out_and_signs_and_strings_are_not_joined():
    code = script("explore()", "exploreText()")
    assert "//" not in code and "\n\n" not in code
    assert "+ +inputs" in code and '" "' in code
    assert code.count("{") == code.count("}") and code.count("(") == code.count(")")


def test_nothing_is_loaded_stored_or_evaluated():
    everything = (
        script("explore()", "exploreText()", "zeta()", "erf()", "binomial()", "polygamma()", "xlogy()") + style()
    )
    for forbidden in (
        "http",
        "import(",
        "@import",
        "fetch",
        "eval",
        "Function(",
        "Storage",
        "cookie",
        "url(",
        "innerHTML",
    ):
        assert forbidden not in everything
