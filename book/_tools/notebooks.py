"""Run, pair and refresh the book's notebooks: papermill runs them, jupytext pairs them.

Usage: notebooks.py run SOURCE.py TARGET.ipynb | sync SOURCE.py ... | refresh RUN.ipynb ...
"""

import os
import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import jupytext
import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

NOTEBOOKS = Path("notebooks")
FORMAT = "py:percent"
LIMIT = 600
"""seconds that a cell may take at reading scale, on a busy machine"""


def run(source: Path, target: Path) -> None:
    """Execute a percent script with papermill, in the notebooks' folder; the target appears only if every cell ran."""
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook, progress = read(source), Progress(source.stem)
    progress.total = sum(cell.cell_type == "code" for cell in notebook.cells)
    cells, part = target.with_suffix(".cells.ipynb"), target.with_suffix(".part.ipynb")
    jupytext.write(notebook, cells)
    try:
        execute(source, cells, part, progress)
        executed = nbformat.read(part, as_version=4)
    finally:
        cells.unlink()
        part.unlink(missing_ok=True)
    for cell in executed.cells:
        if cell.cell_type == "code":
            for output in [o for o in cell.outputs if o.get("name") == "stderr"]:
                print(f"{source.stem} warns, for you and not for its page: {output.text}", flush=True)
            cell.outputs = whole_streams([o for o in cell.outputs if o.get("name") != "stderr"])
    if lost := figures_lost(executed):
        sys.exit(f"{source}: no figure came from the cell that should show {', '.join(lost)}")
    write(executed, target)
    print(f"{source.stem}: done in {progress.seconds:.0f} s", flush=True)


def execute(source: Path, cells: Path, part: Path, progress: "Progress") -> None:
    """Have papermill run the notebook `cells` into `part`; what stops it is said with the cell."""
    how = {"cwd": NOTEBOOKS, "kernel_name": "python3", "progress_bar": False, "execution_timeout": LIMIT}
    how["shutdown_kernel"] = "immediate"  # an interrupt, which comes before, is told as an error of the kernel
    try:
        with TemporaryDirectory(dir=None if len(gettempdir()) < 60 else "/tmp") as sockets:  # their paths are short
            papermill.execute_notebook(cells, part, **how, config=local(sockets), on_cell_execute=progress.begin)
    except PapermillExecutionError as error:
        way = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback))
        sys.exit(f"{source}, cell {error.exec_count}: {error.ename}: {error.evalue}\n\n{way}")
    except CellTimeoutError:
        sys.exit(f"{source}, cell {progress.cell}: it ran for {LIMIT} s and was stopped\n\n{progress.source}")
    except DeadKernelError:
        sys.exit(f"{source}, cell {progress.cell}: its kernel died, perhaps for lack of memory\n\n{progress.source}")
    except KeyboardInterrupt:
        sys.exit(130)


def local(sockets: str) -> Config:
    """A kernel that is reached through files: over TCP each warns that it does not encrypt what it says."""
    return Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/kernel"})


class Progress:
    """How far a run is: a line when a cell begins, but no more than one a second."""

    def __init__(self, name: str) -> None:
        self.name, self.total, self.cell, self.source = name, 0, 0, ""
        self._began, self._said = time.monotonic(), -1.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def begin(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        """What nbclient calls before it executes a cell; the first code cell has number 1."""
        self.cell, self.source = self.cell + 1, cell.source
        if self.seconds - self._said >= 1:
            self._said = self.seconds
            print(f"{self.name}: cell {self.cell} of {self.total}, {self.seconds:.0f} s", flush=True)


def read(source: Path) -> nbformat.NotebookNode:
    """The cells of a percent script."""
    try:
        return jupytext.reads(source.read_text(encoding="utf-8"), fmt=FORMAT)
    except UnicodeDecodeError as error:
        line, byte = source.read_bytes()[: error.start].count(b"\n") + 1, error.object[error.start]
        sys.exit(f"{source}, line {line}: a notebook's source must be UTF-8, got the byte {byte:#x}")


def figures_lost(notebook: nbformat.NotebookNode) -> list[str]:
    """The names of figures that their cells announce and do not show."""
    lost = [
        cell
        for cell in notebook.cells
        if announces_figure(cell) and sum("image/png" in o.get("data", {}) for o in cell.outputs) != 1
    ]
    return [cell.metadata["mystnb"]["figure"]["name"] for cell in lost]


def announces_figure(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and "figure" in cell.metadata.get("mystnb", {})


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
    notebook = read(source)
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
