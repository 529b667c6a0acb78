"""Kinds of language models against transformers' own numbers: a run that measures them, and the directive of its page.

`python book/_tools/architectures.py` makes a tiny random network of each kind, saves it, loads it as a reader would,
and keeps what came out in book/results/architectures.json.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

from generated import Generated, list_table

SEED, SCALE, SAME = 0, 5.0, 1e-4
LENGTHS = 21, 9, 14
PARTS = "stream", "padding", "digits"
TOKENS = [" the", " cat", " sat", " 12", "."]


def tokenizer():
    """Bytes, and pairs of them that stand often in a sentence or two: 512 tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    from polylib.language.passages import texts

    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=512, initial_alphabet=sorted(alphabet), show_progress=False)
    own.train_from_iterator(texts("lee", 20), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=own)


def passages():
    import torch

    from polylib.language.passages import Passages

    generator, width = torch.Generator().manual_seed(SEED), max(LENGTHS)
    mask = torch.arange(width) < torch.tensor(LENGTHS)[:, None]
    ids = torch.randint(3, 500, mask.shape, generator=generator) * mask
    return Passages(ids, mask, [[str(i) for i in range(n)] for n in LENGTHS])


def loaded(kind: str, folder: Path):
    """A network of a kind with random weights, large enough that every part is felt, by way of a folder."""
    import torch
    from architecture_kinds import KINDS
    from transformers import AutoModelForCausalLM

    from polylib.language.models import load

    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(KINDS[kind]())
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                weight.mul_(SCALE)
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return load(str(folder), dtype=torch.float32)


def deviations(language) -> tuple[float, float]:
    """Of the stream from transformers' own, relative to the largest activation: the longest passage, and shorter ones.

    Each passage goes to transformers alone, and in one padded batch to ours. The last layer is compared behind the
    norm that transformers puts there, where it has one. (That of Mamba leaves out what enters the first block.)
    """
    import torch

    from polylib.language.blocks import forget_lengths, run
    from polylib.language.residual_stream import residual_stream

    some, found = passages(), []
    (batch,) = residual_stream(language, some, len(LENGTHS))
    for row, n in enumerate(LENGTHS):
        forget_lengths(language.model)
        with torch.no_grad():
            told = run(
                language.model, input_ids=some.ids[row : row + 1, :n], output_hidden_states=True, use_cache=False
            )
        theirs, ours = [x[0].float() for x in told.hidden_states], list(batch.activations[:, row, :n])
        if len(theirs) != len(ours):
            raise ValueError(f"transformers gives {len(theirs)} layers for {len(ours)}")
        ends = [far(ours[-1], theirs[-1])] + [far(x, theirs[-1]) for x in normed(language, ours[-1])]
        inner = [max(map(far, ours[at : at + len(ours) - 1], theirs[:-1])) for at in (0, 1)]
        found.append(max(min(inner), min(ends)))
    return found[0], max(found[1:])


def far(a, b) -> float:
    return float((a - b).abs().max() / b.abs().max()) if a.shape == b.shape else float("inf")


def normed(language, x):
    """The last layer behind each norm, or projection, that is no part of a block."""
    import torch

    inside = {id(part) for part in language.blocks.modules()}
    for part in language.model.modules():
        outer = "norm" in type(part).__name__.lower() or isinstance(part, torch.nn.Linear)
        if outer and id(part) not in inside:
            with torch.no_grad():
                try:
                    yield part(x.to(language.model.dtype)[None])[0].float()
                except (RuntimeError, TypeError):  # a norm of something else
                    continue


def digits(language) -> tuple[float, float, str]:
    """Largest difference of levels, cached from uncached and from one token at a time; their range; how it reads."""
    import numpy as np

    from polylib.explanation import AllAtOnce, Explanation, TokenByToken

    one, words = AllAtOnce(language), Explanation("animals")
    kept = [one.simulate(words, TOKENS).expected for _ in range(2)][1]
    whole = AllAtOnce(language, cached=False).simulate(words, TOKENS).expected
    each = TokenByToken(language).simulate(words, TOKENS, only=[1]).expected
    apart = max(np.abs(kept - whole).max(), np.abs(each - whole[[1]]).max())
    return float(apart), float(np.ptp(whole)), "kept" if one.cached else "read whole"


def verdict(value: float) -> str:
    return "equal" if value < SAME else f"differs by {value:.1e}"


def measured(kind: str) -> dict:
    """The row of a kind: words, and the numbers behind them."""
    row: dict = {"kind": kind, "stream": "", "padding": "", "digits": "", "numbers": []}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            language = loaded(kind, Path(folder))
        except Exception as error:
            return row | dict.fromkeys(PARTS, refused(error, folder))
        try:
            own, padded = deviations(language)
            row |= {"stream": verdict(own), "padding": verdict(padded)}
            row["numbers"] += [own, padded]
        except Exception as error:
            row |= dict.fromkeys(PARTS[:2], refused(error, folder))
        row["digits"] = levels(language, row["numbers"], folder)
    return row


def levels(language, numbers: list, folder: str) -> str:
    try:
        apart, spread, how = digits(language)
    except Exception as error:
        return refused(error, folder)
    numbers += [apart, spread]
    return f"{verdict(apart / spread / 100)}, {how}"


def refused(error: Exception, folder: str) -> str:
    from polylib.completions.local import CompletionError

    what = error.what if isinstance(error, CompletionError) else str(error)
    planned = isinstance(error, ValueError | CompletionError)
    what = what.replace(folder, "it").splitlines()[0]
    return f"refused: {what}" if planned else f"fails: {type(error).__name__}: {what}"


class Architectures(Generated):
    """The table of the kept run."""

    def text(self, source: Path) -> str:
        path = source / "book" / "results" / "architectures.json"
        self.env.note_dependency(str(path))
        record = json.loads(path.read_text())
        values = record["values"]
        rows = [[f"`{row['kind']}`", *(row[part] for part in PARTS)] for row in values["rows"]]
        equal = sum(all(entry.startswith("equal") for entry in row[1:]) for row in rows)
        made = f"{record['date'][:10]}, transformers {values['transformers']}"
        said = f"{len(rows)} kinds, {equal} of them equal throughout ({made})."
        return f"{said}\n\n{list_table(['Kind', 'Residual stream', 'Beside longer passages', 'Digits'], rows)}"


def setup(app) -> dict:
    app.add_directive("architectures", Architectures)
    return {"parallel_read_safe": True}


def main(chosen: list[str]) -> None:
    import torch
    import transformers
    from architecture_kinds import KINDS

    from polylib.runs import results

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    rows = []
    for kind in chosen or sorted(KINDS):
        rows.append(measured(kind))
        print(*rows[-1].values(), sep=" | ", flush=True)
    if not chosen:
        values = {"rows": rows, "transformers": transformers.__version__}
        parameters = {"seed": SEED, "scale": SCALE, "same": SAME, "lengths": list(LENGTHS)}
        results.save("architectures", values, parameters)


if __name__ == "__main__":
    main(sys.argv[1:])
