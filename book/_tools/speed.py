"""The Sphinx directive for the page of benchmarks: the last run on a processor, and the last on each GPU."""

import json
from pathlib import Path

from generated import Generated, list_table


def amount(value: float) -> str:
    """Three digits, or thousands with commas: a busy machine gives no more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def section(record: dict) -> str:
    """One run: where and when, how busy the machine was, and a row for each piece of work."""
    values, load = record["values"], max(record["values"]["load_before"], record["values"]["load_after"])
    rows = [
        [
            row["work"],
            f"{amount(row['ours'])} {row['unit']}",
            f"{amount(row['peer'])} {row['unit']}, {row['against']}",
            f"**{amount(row['ratio'])}**",
            f"{row['reached']:.0%}" if row.get("reached") else "",
            f"{amount(row['megabytes'])} MB",
            row["machine"],
        ]
        for row in values["rows"]
    ]
    when = f"{record['date'][:10]}, {record['device']}, commit {record['commit']}, {record['seconds']:.0f} s in all."
    busy = f" Besides, about {load:.0f} other processes were at work, which slows both sides." if load >= 1.5 else ""
    header = ["Work", "Ours", "Peer", "Ratio", "Of the bare arithmetic", "Peak memory", "Machine"]
    return f"```{{rubric}} {record['device']}\n```\n\n{when}{busy}\n\n{list_table(header, rows)}"


class Benchmarks(Generated):
    """A table for each kept run of the benchmarks."""

    def text(self, source: Path) -> str:
        paths = sorted((source / "book" / "results").glob("benchmarks-*.json"))
        for path in paths:
            self.env.note_dependency(str(path))
        parts = [section(json.loads(path.read_text())) for path in paths]
        if not any(path.stem == "benchmarks-cpu" for path in paths):
            parts.insert(0, "No run on a processor has been kept yet.")
        if all(path.stem == "benchmarks-cpu" for path in paths):
            parts.append("No run on a GPU has been kept yet.")
        return "\n\n".join(parts)


def setup(app) -> dict:
    app.add_directive("benchmarks", Benchmarks)
    return {"parallel_read_safe": True}
