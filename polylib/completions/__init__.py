"""What a language model writes, on this machine or at a server, asked once and kept.

`polylib.completions.server` is not handed on: it needs openai and httpx, and whoever asks no server does without.
"""

from polylib.completions.cache import KeptCompleter as KeptCompleter
from polylib.completions.local import LocalModel as LocalModel
