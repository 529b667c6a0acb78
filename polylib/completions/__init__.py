"""What a language model writes, on this machine or at a server, asked once and kept."""

from polylib.completions.cache import Cached as Cached
from polylib.completions.local import Completer as Completer
from polylib.completions.local import Completion as Completion
from polylib.completions.local import CompletionError as CompletionError
from polylib.completions.local import LocalModel as LocalModel
from polylib.completions.local import complete_all as complete_all
from polylib.completions.server import Server as Server
