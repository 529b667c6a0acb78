"""What rows say together: seen, seen if ..., not decided, not seen, with a condition made from their settings."""

from collections.abc import Mapping, Sequence
from itertools import combinations

Setting = str | int | float | bool
Settings = Mapping[str, Setting]


def verdict(settings: Sequence[Settings], signs: Sequence[int]) -> str:
    """The verdict on a sentence that was tried at several settings.

    signs, one a row: 1 where the whole interval lies on the claimed side, -1 where it lies on the other, 0 where it
    holds both. All 1: "seen". Some 1: "seen if", with the setting, or the two settings together, whose levels separate
    these rows from the rest exactly; where none do, "seen in 3 of 8 settings". None 1: "not decided" if every interval
    holds both sides; "not seen" as soon as one lies on the other side, since then nothing speaks for the sentence and
    something against it.
    """
    if all(sign > 0 for sign in signs):
        return "seen"
    if any(sign > 0 for sign in signs):
        held = [sign > 0 for sign in signs]
        condition = _condition(settings, held)
        return f"seen if {condition}" if condition else f"seen in {sum(held)} of {len(held)} settings"
    return "not seen" if any(sign < 0 for sign in signs) else "not decided"


def _condition(settings: Sequence[Settings], held: Sequence[bool]) -> str:
    """The first setting, or pair of them, whose levels where the sentence holds occur nowhere else; "" if none is."""
    names = list(settings[0])
    for chosen in [*combinations(names, 1), *combinations(names, 2)]:
        good = {name: {row[name] for row, holds in zip(settings, held, strict=True) if holds} for name in chosen}
        if [all(row[name] in good[name] for name in chosen) for row in settings] == list(held):
            levels = {name: list(dict.fromkeys(row[name] for row in settings)) for name in chosen}
            return " and ".join(_levels(name, levels[name], good[name]) for name in chosen)
    return ""


def _levels(name: str, levels: Sequence[Setting], good: set[Setting]) -> str:
    """Which levels, in words: numbers by a bound where one separates them and they are fractions or many."""
    bad = [level for level in levels if level not in good]
    chosen = [level for level in levels if level in good]
    numbers = all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels)
    if numbers and len(chosen) > 1 and (len(chosen) > 3 or any(isinstance(level, float) for level in levels)):
        if max(chosen) < min(bad):
            return f"{name} is at most {shown(max(chosen))}"
        if min(chosen) > max(bad):
            return f"{name} is at least {shown(min(chosen))}"
    if len(chosen) > 3 and len(bad) <= 2:
        return f"{name} is {'not' if len(bad) == 1 else 'neither'} {_listed(bad, 'nor')}"
    return f"{name} is {_listed(chosen, 'or')}"


def _listed(levels: Sequence[Setting], last: str) -> str:
    *rest, end = map(shown, levels)
    return f"{', '.join(rest)} {last} {end}" if rest else end


def shown(level: Setting) -> str:
    """A level of a setting in words."""
    if isinstance(level, bool):
        return "yes" if level else "no"
    return f"{level:g}" if isinstance(level, float) else str(level)


def in_words(row: Settings) -> str:
    """One row's settings: "layer 15, scale 1/24"."""
    return ", ".join(f"{name} {shown(level)}" for name, level in row.items())


def tried(settings: Sequence[Settings]) -> str:
    """All settings that occur: "layer 6, 15, 30; scale 0.02, 1/24"; of more than 6 numbers how many, and their ends."""
    return "; ".join(f"{name} {_all({row[name]: None for row in settings})}" for name in settings[0])


def _all(levels: Mapping[Setting, None]) -> str:
    if len(levels) > 6 and all(isinstance(level, int | float) for level in levels):
        return f"{shown(min(levels))} to {shown(max(levels))} ({len(levels)} values)"
    return ", ".join(map(shown, levels))
