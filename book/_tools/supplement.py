"""The supplement, line by line: each statement of book/supplement.yml with the verdict that the ledger gives it."""

import re
from pathlib import Path

import yaml
from ledger import VERDICTS, kind, notebooks, sections

DECIDED = {"section", "place", "words", "claim"}
UNDECIDED = {"section", "place", "words", "label", "verdict"}
OPTIONAL = {"drawn", "step"}
CASES = {"computed twice", "sampled"}
RANGED, SIZED = "on a range", "size|box|point"


def statements(source: Path, ledger: list[dict]) -> list[dict]:
    """Every statement, in printed order, with `verdict`, `evidence`, `steps`, `record` (or None) and `notebook`."""
    listed = yaml.safe_load((source / "book" / "supplement.yml").read_text())
    entries = [{"section": section} | entry for section, group in listed.items() for entry in group]
    places = {label: notebook.stem for notebook in notebooks(source) for label in sections(notebook)}
    return [entry | (_decided(entry, ledger) if "claim" in entry else _spoken_of(entry, places)) for entry in entries]


def of_the_supplement(record: dict) -> bool:
    """Whether a derivation is about a printed line; others are this book's own."""
    return bool(re.match(r"(supplement|figure) \d", record["source"]))


def steps_of(entry: dict, record: dict) -> list[dict]:
    """The steps that decide a statement: the one that it names by its line, reason or quoted words, else all."""
    if "step" not in entry:
        return record["steps"]
    named = [(step, [step["line"], step["why"], step["plain"].strip("“”")]) for step in record["steps"]]
    for fits in (str.__eq__, str.startswith):
        found = [step for step, names in named if any(fits(name, entry["step"]) for name in names)]
        if len(found) == 1:
            return found
    raise _error(entry, f"{record['title']!r} must have one step that begins {entry['step']!r}, got {len(found)}")


def badges(step: dict) -> list[str]:
    """The kinds of evidence behind a step; where a printed line fails, also behind what takes its place."""
    repair = re.search(r"; the repair is ([^,]+),", step["evidence"])
    return [step["badge"], f"repair {repair[1]}"] if repair else [step["badge"]]


def _decided(entry: dict, ledger: list[dict]) -> dict:
    """What a derivation says of a statement."""
    _check_fields(entry, DECIDED)
    found = [record for record in ledger if record["title"] == entry["claim"]]
    if len(found) != 1:
        raise _error(entry, f"one derivation must be called {entry['claim']!r}, got {len(found)}")
    [record] = found
    steps = steps_of(entry, record)
    verdict = _verdict(steps[0], record) if "step" in entry else record["verdict"]
    return {"record": record, "steps": steps, "verdict": verdict, "notebook": record["notebook"]}


def _verdict(step: dict, record: dict) -> str:
    """What one step says of its printed line."""
    if step["kind"] in ("refutes", "remark"):
        return "repaired" if step["repair"] else "refuted"
    if step["kind"] == "assumed":
        return "assumed"
    return f"holds if {record['holds_if']}" if record["holds_if"] else "holds"


def _spoken_of(entry: dict, places: dict[str, str]) -> dict:
    """A statement that no derivation can decide, with the chapter that speaks of it."""
    _check_fields(entry, UNDECIDED)
    if entry["label"] not in places:
        raise _error(entry, f"no section is labelled {entry['label']!r}")
    if kind(entry["verdict"]) not in VERDICTS:
        raise _error(entry, f"verdict must be one of {', '.join(VERDICTS)}, got {entry['verdict']!r}")
    return {"record": None, "steps": [], "notebook": places[entry["label"]]}


def _check_fields(entry: dict, needed: set[str]) -> None:
    if not needed <= set(entry) <= needed | OPTIONAL:
        raise _error(entry, f"fields must be {', '.join(sorted(needed))}, got {', '.join(sorted(entry))}")


def _error(entry: dict, words: str) -> ValueError:
    return ValueError(f"supplement.yml, {entry.get('section')}, {entry.get('place')}: {words}")


def printed_lines(words: str) -> list[str]:
    """The parts of quoted words without what differs between two prints: white space, dollars, quotation marks."""
    return [re.sub(r"[\s$&*\"'“”‘’]", "", part) for part in words.split("…")]


def reach(lines: list[dict]) -> str:
    """How many statements that a derivation decides rest on a range, on cases, or on a size."""
    rests = [{badge for step in line["steps"] for badge in badges(step)} for line in lines if line["record"]]
    ranged, sized = (sum(bool(re.search(words, "; ".join(found))) for found in rests) for words in (RANGED, SIZED))
    cases = sum(found <= CASES for found in rests)
    return (
        f"Of these, {_number(ranged)} rest on a range narrower than where the formula is defined, {_number(cases)} "
        f"only on what was computed twice or sampled, and {_number(sized)} on a fixed size or box."
    )


def _number(count: int) -> str:
    return str(count) if count else "none"
