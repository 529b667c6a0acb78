"""Run, pair and refresh the book's notebooks: papermill runs them, jupytext pairs them.

Usage: notebooks.py run SOURCE.py TARGET.ipynb | sync SOURCE.py ... | refresh RUN.ipynb ...
"""

import os
import sys
from pathlib import Path

import jupytext
import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

NOTEBOOKS = Path("notebooks")
FORMAT = "py:percent"


def run(source: Path, target: Path) -> None:
    """Execute a percent script with papermill, in the notebooks' folder; the target appears only if every cell ran."""
    target.parent.mkdir(parents=True, exist_ok=True)
    cells, part = target.with_suffix(".cells.ipynb"), target.with_suffix(".part.ipynb")
    jupytext.write(jupytext.read(source, fmt=FORMAT), cells)
    try:
        papermill.execute_notebook(cells, part, cwd=NOTEBOOKS, kernel_name="python3", progress_bar=False)
    except PapermillExecutionError as error:
        sys.exit(f"{source}, cell {error.exec_count}: {error.ename}: {error.evalue}\n\n{error.source}")
    finally:
        cells.unlink()
    executed = nbformat.read(part, as_version=4)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs = whole_streams(cell.outputs)
    nbformat.write(executed, part)
    os.replace(part, target)


def whole_streams(outputs: list) -> list:
    """Outputs in which printed text that the kernel sent in several pieces is one."""
    merged = []
    for output in outputs:
        if merged and output.output_type == merged[-1].output_type == "stream" and output.name == merged[-1].name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def sync(source: Path) -> None:
    """Carry the cells of a percent script into its .ipynb, keeping the outputs of the cells that stayed the same."""
    write(pair(source), source.with_suffix(".ipynb"))


def refresh(executed: Path) -> None:
    """Put the outputs of a run into the committed notebook, without papermill's marks."""
    notebook = nbformat.read(executed, as_version=4)
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k not in ("papermill", "execution")}
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
    target = NOTEBOOKS / executed.name
    fresh = pair(target.with_suffix(".py"), nbformat.from_dict(notebook))
    write(fresh, target)


def pair(source: Path, outputs_from: nbformat.NotebookNode | None = None) -> nbformat.NotebookNode:
    """The notebook of a percent script, with the outputs that the committed notebook has for the same cells."""
    notebook = jupytext.read(source, fmt=FORMAT)
    committed = source.with_suffix(".ipynb")
    if outputs_from is None and committed.exists():
        outputs_from = nbformat.read(committed, as_version=4)
    if outputs_from is not None:
        notebook = jupytext.combine.combine_inputs_with_outputs(notebook, outputs_from, fmt=FORMAT)
    notebook.metadata = nbformat.from_dict({"kernelspec": _KERNEL, "language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
    return notebook


_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def write(notebook: nbformat.NotebookNode, target: Path) -> None:
    """Write a notebook whole or not at all."""
    part = target.with_suffix(".part")
    nbformat.write(notebook, part)
    os.replace(part, target)


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    if command == "run":
        run(*map(Path, paths))
    else:
        for path in paths:
            {"sync": sync, "refresh": refresh}[command](Path(path))
