"""Kinds of networks whose layers are read: a run that reads every named layer, and the directive of its page.

`python book/_tools/architectures_vision.py` makes each network with random weights, passes a few small inputs, and
keeps in book/results/architectures-vision.json how many layers were read, and why the others were refused.
"""

import json
import re
import sys
import warnings
from collections import Counter
from pathlib import Path

from generated import Generated, list_table

NAME, SEED, SAMPLES = "architectures-vision", 0, 5
FAMILIES = {  # the smallest of each family of torchvision's classifiers, and the least side of its images
    "alexnet": 64,
    "convnext_tiny": 64,
    "densenet121": 64,
    "efficientnet_b0": 64,
    "efficientnet_v2_s": 64,
    "googlenet": 64,
    "inception_v3": 96,
    "maxvit_t": 224,
    "mnasnet0_5": 64,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "regnet_x_400mf": 64,
    "regnet_y_400mf": 64,
    "resnet18": 64,
    "resnext50_32x4d": 64,
    "shufflenet_v2_x0_5": 64,
    "squeezenet1_1": 64,
    "swin_t": 64,
    "swin_v2_t": 64,
    "vgg11": 64,
    "vit_b_16": 32,
    "wide_resnet50_2": 64,
}
OWN = {"init_weights": False}
HEADS = {"googlenet": OWN, "inception_v3": OWN, "vit_b_16": {"image_size": 32}}


def of_torchvision(name: str):
    import torch
    from torchvision.models import get_model

    side = FAMILIES[name]
    return get_model(name, weights=None, **HEADS.get(name, {})), torch.rand(SAMPLES, 3, side, side)


def recurrent():
    """A recurrent network that reads rows of a picture, the batch first."""
    import torch
    from torch import nn

    class Rows(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(28, 16, 2, batch_first=True), nn.Linear(16, 10)

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    return Rows(), torch.rand(SAMPLES, 7, 28)


def of_transformers(kind: str):
    import torch
    import transformers as t

    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    text = small | {"vocab_size": 100, "max_position_embeddings": 64}
    made = {
        "BERT": lambda: t.BertModel(t.BertConfig(**text)),
        "GPT-2": lambda: t.GPT2Model(t.GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=100)),
        "Llama": lambda: t.LlamaModel(t.LlamaConfig(**text, num_key_value_heads=2)),
        "T5 encoder": lambda: t.T5EncoderModel(
            t.T5Config(d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, vocab_size=100)
        ),
        "ViT": lambda: t.ViTModel(t.ViTConfig(**small, image_size=32, patch_size=8)),
    }
    if kind == "ViT":
        return made[kind](), {"pixel_values": torch.rand(SAMPLES, 3, 32, 32)}
    ids = torch.randint(3, 100, (SAMPLES, 11), generator=torch.Generator().manual_seed(SEED))
    return made[kind](), {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def kinds() -> dict:
    """Name -> what makes the network and its batch."""
    found = {f"torchvision {name}": lambda name=name: of_torchvision(name) for name in FAMILIES}
    found["recurrent (LSTM)"] = recurrent
    for kind in ("BERT", "GPT-2", "Llama", "T5 encoder", "ViT"):
        found[f"transformers {kind}"] = lambda kind=kind: of_transformers(kind)
    return found


def reason(said: str) -> str:
    """A refusal without names, shapes and numbers, so that equal ones can be counted."""
    said = re.sub(r"^activations of .*?: (activation )?", "", said)
    said = re.sub(r"( got|; \[| of shape) .*|; \[.*", "", said).replace(f"batch of {SAMPLES}", "batch")
    return said.split(":")[0].strip(" ,;").replace("for an output", "for its output")


def measured(make) -> dict:
    """How many layers of a network were read, how many calls or parts were told apart, and why others were not."""
    import torch

    from polylib.representation.activations import Reading, _matrix
    from polylib.representation.capture import captured
    from polylib.representation.inputs import calls
    from polylib.representation.modes import evaluating

    torch.manual_seed(SEED)
    model, batch = make()
    names = [name for name, module in model.named_modules() if name]
    read, refused, example = 0, Counter(), {}
    with captured(model, names) as caught, evaluating(model), torch.no_grad():
        ((call, samples),) = calls(model, [batch])
        call()
        for name in names:
            try:
                caught_one = caught.one(name)
                _matrix(name, caught_one, samples, Reading())
                read += 1
            except ValueError as said:
                why = reason(str(said))
                refused[why] += 1
                example.setdefault(why, name)
    why = [[word, count, example[word]] for word, count in refused.most_common()]
    return {"layers": len(names), "read": read, "refused": why}


def main(only: list[str]) -> None:
    from polylib.runs import results

    warnings.simplefilter("ignore")
    found = {}
    for name, make in kinds().items():
        if not only or any(word in name for word in only):
            found[name] = measured(make)
            print(name, found[name], flush=True)
    if not only:
        results.save(NAME, {"kinds": found}, {"seed": SEED, "samples": SAMPLES})


class ArchitecturesVision(Generated):
    """The table of the kept run."""

    def text(self, source: Path) -> str:
        path = source / "book" / "results" / f"{NAME}.json"
        self.env.note_dependency(str(path))
        record = json.loads(path.read_text())
        rows, layers, read = [], 0, 0
        for name, found in record["values"]["kinds"].items():
            why = "; ".join(f"{count}: {word} (first: `{first}`)" for word, count, first in found["refused"])
            rows.append([name, str(found["layers"]), str(found["read"]), why or "none"])
            layers, read = layers + found["layers"], read + found["read"]
        said = f"{read:,} of {layers:,} named layers of {len(rows)} networks are read ({record['date'][:10]})."
        return f"{said}\n\n{list_table(['Network', 'Layers', 'Read', 'Refused, and why'], rows)}"


def setup(app) -> dict:
    app.add_directive("architectures-vision", ArchitecturesVision)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    main(sys.argv[1:])
