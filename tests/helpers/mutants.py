"""Formulas of polylib, each altered for a while in a copy of the tree, and the tests that must notice.

Run as a program, it prints a JSON object: the name of each mutant -> the exit status of its tests, and "none" for a
copy in which nothing is altered. What is heavy is imported once; the copy is tested in processes forked from this one,
so that a mutant costs about a second.
"""

import json
import os
import shutil
import sys
import tempfile
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent


class Mutant(NamedTuple):
    """`old`, which stands once in the module ROOM/NAME, becomes `new`; `guard` is one test of the module's file."""

    module: str
    old: str
    new: str
    guard: str


MUTANTS = [
    Mutant(
        "theory/entropy",
        "(1 - sparsity) * element_entropy))",
        "sparsity * element_entropy))",
        "lemma_2_against_enumeration",
    ),
    Mutant(
        "theory/entropy",
        "binary_entropy(sparsity) / h)",
        "binary_entropy(sparsity) * h)",
        "peak_of_the_ratio_against_a_search",
    ),
    Mutant(
        "theory/channel",
        "return (1 - d) * _survivor_weight(k, d)",
        "return _survivor_weight(k, d)",
        "exact_dropout_capacity",
    ),
    Mutant("theory/channel", "np.log2(k - 1.0)", "np.log2(k)", "exact_dropout_capacity"),
    Mutant("theory/channel", "binom.cdf(k - 1,", "binom.cdf(k,", "failure_of_an_mds_code_by_counting"),
    Mutant("theory/rate_distortion", "- float(np.log2(excess))", "", "stopping_early_never_overstates"),
    Mutant(
        "networks/superposition",
        "((u - threshold) / (1 - threshold))",
        "(u - threshold)",
        "features_are_sparse_and_uniform",
    ),
    Mutant("theory/discrete_log", "(p - 1) >> (k + 1)", "(p - 1) >> k", "low_bits_and_residues_of_every_exponent"),
    Mutant(
        "representation/probe",
        "(1 + told / (2 * kind.clamp_min(1))) / 2",
        "told / (2 * kind.clamp_min(1))",
        "a_linear_label",
    ),
    Mutant(
        "theory/power_law",
        "return plain(m * b - a / 2 * _log2",
        "return plain(m * b - a * _log2",
        "the_sum_of_logarithms",
    ),
    Mutant(
        "theory/power_law", "values) / step[..., None]) + 1 / 12", "values) / step[..., None])", "no_law_on_a_lattice"
    ),
    Mutant("representation/exponent", "t.ppf(0.975, freedom)", "t.ppf(0.6, freedom)", "interval_covers_independent"),
    Mutant("representation/spectrum", "return found / (samples - 1)", "return found / samples", "one_recording_twice"),
    Mutant("theory/circle_code", "plain(1 + np.diff", "plain(np.diff", "read_inside_the_window"),
    Mutant("theory/circle_code", "np.sin(i * angle / 2) ** 2", "np.sin(i * angle) ** 2", "finite_code_term_by_term"),
    Mutant("theory/energy", "plain(k / (2 * m) * partial", "plain(k / m * partial", "the_link_and_the_print"),
    Mutant("theory/energy", "/ np.sqrt(m)", "/ np.sqrt(k)", "random_projections_have_variance"),
    Mutant("theory/energy", "axis=(-2, -1)) / 2)", "axis=(-2, -1)))", "test_path_energy"),
    Mutant("resnet_vae/model", "0.5 * (mean.square()", "(mean.square()", "the_bound_is_the_closed_form"),
    Mutant("representation/closed_path", "svdvals(root).square()", "svdvals(root @ root.T)", "steep_spectra"),
    Mutant("resnet_vae/model", "mask.mul_(2**16 / (2**16 - dropped))", "mask", "the_others_are_scaled"),
    Mutant("representation/closed_path", "return float(k / 2 * torch", "return float(k * torch", "energies_along"),
    Mutant("representation/layer_spectra", "return own / (n - 1)", "return own / n", "one_pass_is_as_good"),
    Mutant("language/smoothness", "(own_points - 1, 1)", "(own_points, 1)", "mean_over_all_orders"),
    Mutant(
        "language/slow_directions", ".sum() / 2 / np.log(10)", ".sum() / np.log(10)", "rarity_bounds_the_exact_chance"
    ),
    Mutant("language/trajectory", "** 2\n", "\n", "all_at_once_equals"),
    Mutant("information/critics", "g[:, 0] += 1 / n", "g[:, 0] += 2 / n", "direction_is_the_gradient"),
    Mutant("information/critics", "- 2 * math.log(n)", "- math.log(n)", "no_value_exceeds"),
    Mutant(
        "information/tasks", "term(nu + d) - term(nu + x_width)", "term(nu + d) + term(nu + x_width)", "test_student"
    ),
    Mutant(
        "information/mask_enumeration",
        "* (1 - rate) + (1 - single) * rate",
        "* rate + (1 - single) * (1 - rate)",
        "by_hand",
    ),
    Mutant("explanation/records", "np.maximum(x, 0) / top", "np.abs(x) / top", "levels_follow_the_values"),
    Mutant("explanation/selection", "sizes.total() // 2", "sizes.total()", "texts_collected_twice_leave"),
    Mutant("explanation/scores", "np.mean(np.abs(x - y)) /", "np.mean(np.abs(x - y)) *", "absolute_deviation_by_hand"),
    Mutant("explanation/digit_logits", "/ (len(digits) - 1)", "/ len(digits)", "ten_digits_are_stretched"),
    Mutant("explanation/rules", "1 / np.sqrt(1 + ", "1 / (1 + ", "loss_by_noise"),
    Mutant("finding/replicates", "return [first - second]", "return [first, second]", "compared_as_pairs"),
    Mutant("finding/replicates", "ppf((1 + level) / 2)", "ppf(level)", "rank_correlations_cover"),
    Mutant("finding/finding", "1 - (1 - LEVEL) / len(self._rows)", "LEVEL", "hold_for_all_rows"),
    Mutant("finding/row", "found.low > self", "found.estimate > self", "whole_interval_says"),
    Mutant("finding/verdict", "any(sign < 0 for", "all(sign < 0 for", "verdicts_by_hand"),
    Mutant("finding/verdict", "min(chosen) > max(bad)", "max(chosen) > max(bad)", "verdicts_by_hand"),
    Mutant("runs/results", 'record["digest"] != digest()', 'record["digest"] == digest()', "what_has_changed"),
]


def test_file(module: str) -> str:
    room, _, name = module.partition("/")
    return f"tests/{room}/test_{name}.py"


def altered(mutant: Mutant) -> str:
    """The module's text with the one formula altered."""
    text = (ROOT / "polylib" / f"{mutant.module}.py").read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(f"old must stand once in {mutant.module}.py, got {text.count(mutant.old)} of {mutant.old!r}")
    return text.replace(mutant.old, mutant.new)


def tested(folder: Path, arguments: list[str]) -> int:
    """Exit status of pytest in a forked process that imports the polylib of `folder`."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 98
    try:
        os.chdir(folder)
        os.dup2(os.open(folder / "log", os.O_WRONLY | os.O_CREAT), 1)
        sys.path.insert(0, str(folder))
        os.environ["WITHOUT_TYPES"] = "1"  # a copy would be compiled for them anew
        import pytest

        options = ["-x", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:nbval", "-o", "addopts="]
        code = pytest.main([*options, *arguments])
        import polylib

        code = code if Path(polylib.__file__).is_relative_to(folder) else 99
    finally:
        os._exit(code)


def copied(folder: Path) -> None:
    for part in ("polylib", "tests", "book/_tools"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "_toc.yml"):
        shutil.copy(ROOT / part, folder)


def statuses(mutants: list[Mutant]) -> dict[str, int]:
    """What the guards say of a copy of the tree in which nothing is altered, and in which each mutant is."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        copied(folder)
        files = sorted({test_file(mutant.module) for mutant in mutants})
        found = {"none": tested(folder, [*files, "-k", " or ".join(mutant.guard for mutant in mutants)])}
        for mutant in mutants:
            module = folder / "polylib" / f"{mutant.module}.py"
            text, compiled = module.read_text(), Path(cache_from_source(str(module)))
            module.write_text(altered(mutant))
            compiled.unlink(missing_ok=True)  # it tells sources apart by size and second
            found[name(mutant)] = tested(folder, [test_file(mutant.module), "-k", mutant.guard])
            module.write_text(text)
            compiled.unlink(missing_ok=True)
    return found


def name(mutant: Mutant) -> str:
    return f"{mutant.module}: {mutant.old.strip()} -> {mutant.new.strip()}"


if __name__ == "__main__":
    import beartype, hypothesis, jaxtyping, matplotlib.pyplot, pytest, scipy.stats, sympy, torch, torchvision  # noqa

    print(json.dumps(statuses(MUTANTS), indent=1))
