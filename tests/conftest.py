"""Shapes and types are checked on every call, laws are tried on the same examples each time, figures need no screen."""

import matplotlib as mpl
from hypothesis import settings
from jaxtyping import install_import_hook

mpl.use("Agg")
install_import_hook("polylib", "typechecker.check")
settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")
