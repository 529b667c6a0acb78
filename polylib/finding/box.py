"""How a finding looks: HTML for a page, lines of text for a terminal. Works on the ledger's records."""

from collections.abc import Mapping, Sequence
from html import escape

from polylib.derivation.rendering import frame
from polylib.finding.row import SAYS
from polylib.finding.verdict import in_words, shown

MANY = 8
"""rows, above which the table is folded away"""


def html(record: Mapping) -> str:
    """A finding as a fragment of a page, readable unstyled: in words what was measured and how, and a table of rows."""
    table = _table(record)
    if len(record["rows"]) > MANY:
        table = f"<details><summary>All {len(record['rows'])} rows</summary>{table}</details>"
    lines = "".join(f"<p>{escape(line)}</p>" for line in described(record))
    return frame("finding", record, lines + table, judged(record))


def judged(record: Mapping) -> str:
    """The verdict, with the number of networks before it where there are too few to speak of networks."""
    verdict = record["verdict"]
    if " " not in verdict.replace("not ", ""):
        verdict += f" ({'; '.join(filter(None, (record['tried'], counted(record))))})"
    return f"{record['on']}: {verdict}" if record["on"] else verdict


def described(record: Mapping) -> list[str]:
    """What stands between the sentence and its verdict, a line each: values, exceptions, null, runs."""
    rows = record["rows"]
    first, last = min(rows, key=lambda row: row["estimate"]), max(rows, key=lambda row: row["estimate"])
    values = f"{rows[0]['measure']} in {record['unit']}" if record["unit"] else rows[0]["measure"]
    how = ", ".join(dict.fromkeys(row["how"] for row in rows))
    lines = [f"{values[:1].upper() + values[1:]}, over {counted(record)}; {how}, 95 %"]
    if len(rows) > 1:
        lines[0] += f" for all {len(rows)} rows together"
        least, most = numbers(first)[0], numbers(last)[0]
        apart = f"Estimates from {least} ({_at(first)}) to {most} ({_at(last)})."
        lines.append(apart if least != most else f"All estimates are {least}, as rounded.")
    lines[0] += "."
    lines += [f"The opposite at {'; '.join(record['opposite'])}."] * bool(record["opposite"] and len(rows) > 1)
    undecided = [_at(row) for row in rows if row["says"] == 0]
    if undecided and len(rows) > 1 and record["verdict"] != "not decided":
        lines.append(f"Not decided at {'; '.join(undecided)}.")
    lines += [f"Compared with {record['null']}."] * bool(record["null"])
    return lines + [f"Rests on the run {run['name']} of {run['date']}: {run['changed']}." for run in record["runs"]]


def counted(record: Mapping) -> str:
    """Replicates and networks with their numbers: "12 to 20 passages, 3 networks"; these once if they are the same."""
    counts = sorted({row["n"] for row in record["rows"]})
    over = f"{counts[0]}{f' to {counts[-1]}' * (len(counts) > 1)} {record['replicates']}"
    networks = record["networks"]
    if not networks or counts == [networks]:
        return over
    return f"{over}, {networks} network{'s' * (networks > 1)}"


def _at(row: Mapping) -> str:
    return in_words(row["settings"])


def _table(record: Mapping) -> str:
    """One row a setting: where, what was measured on both sides if it was a comparison, the interval, what it says."""
    names = list(record["rows"][0]["settings"])
    compared = bool(record["rows"][0]["means"])
    head = [*names, *(["mean", "against"] if compared else []), record["rows"][0]["measure"], "95 %", "n", "says"]
    body = [_cells(row, compared) for row in record["rows"]]
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body)
    label = escape(f"Rows of: {record['title']}")
    return (
        f'<div class="rows" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{header}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _cells(row: Mapping, compared: bool) -> list[str]:
    estimate, low, high, *means = numbers(row)
    settings = [shown(value) for value in row["settings"].values()]
    return [*settings, *(means if compared else []), estimate, f"{low} to {high}", str(row["n"]), SAYS[row["says"]]]


def numbers(row: Mapping) -> list[str]:
    """Estimate, low, high and means as text, with a real minus sign, to the digits that the row keeps."""
    values, decimals = [row["estimate"], row["low"], row["high"], *row["means"]], row["decimals"]
    texts = [f"{value:.{max(0, decimals)}f}" if abs(decimals) < 7 else f"{value:.3g}" for value in values]
    return ["0" if float(text) == 0 else text.replace("-", "−") for text in texts]


def plain(record: Mapping) -> str:
    """A finding as text."""
    rows: Sequence[Mapping] = record["rows"]
    lines = [f"{record['title']} ({record['source']}): {judged(record)}", *(f"  {line}" for line in described(record))]
    for row in rows:
        estimate, low, high, *_ = numbers(row)
        at = f"{_at(row)}: " * bool(row["settings"])
        lines.append(f"  {at}{estimate} [{low}, {high}], n {row['n']}: {SAYS[row['says']]}")
    return "\n".join(lines)
