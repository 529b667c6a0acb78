# %% [markdown]
# (nb-use-language-model)=
# # Your language model
#
# You have a causal language model and some texts. Chapters 7 and 8 ask such a model four things: how smoothly its activity moves
# through a text, along which direction it moves most slowly, how far a plain table of tokens predicts a direction, and
# whether words predict one better. This page asks yours, a call for each, and beside every number stands what it is where
# nothing was learnt or nothing was said: untrained twins, the same words in random order, another direction's table.
#
# The page runs on a small model that it trains itself, on news, so that nothing is downloaded. Put the name of
# another into the cell of parameters, or hand over the object that your program holds.

# %% tags=["remove-cell"]
import os
import subprocess
import sys
from importlib.util import find_spec

if find_spec("polylib") is None:  # as on Colab; what is there already stays
    source = os.environ.get("POLYLIB_SOURCE", "")
    assert source, "open it by a Colab button, or set POLYLIB_SOURCE"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, source], check=True)
    from polylib import colab

    print(colab.complete())

# %% [markdown]
# ## Overview
#
# - {ref}`sec-model-yours`: a name, a folder or an object; a list of texts or a file.
# - {ref}`sec-model-paths`: one look at the model, and how smooth its paths are.
# - {ref}`sec-model-slow`: the direction that moves most slowly, held out.
# - {ref}`sec-model-table`: what a table of tokens tells of its directions.
# - {ref}`sec-model-words`: one direction in words.
# - {ref}`sec-model-refused`: what is refused, and in which words.
# - {ref}`sec-model-say`: what may be said, and what may not.
#
# You need the {term}`residual stream`, a direction of which turns a text into a curve, and {prf:ref}`def-relative-energy`.
# A reading costs two passes over the texts, one more for each shuffle, and a draw of the weights for each part of them.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
model: str = ""  # a name, a folder or "smollm2-135m"; "" one made here
trust_code: bool = False  # run code that comes with the weights: read it first
device: str = "cpu"  # or "cuda", or "auto"
texts: str = "lee"  # 300 news passages, or a file: empty lines between
n_tokens: int = 48  # of each stretch into which texts are cut
n_parts: int = 5  # of the texts; every interval runs over parts
most: int = 200  # stretches that are read
layers: str = ""  # their numbers, such as "0 6 12"; "" four of them
n_shuffles: int = 10  # of the words; each costs a pass over the texts
n_directions: int = 20  # random ones, the same at every instrument
explain_layer: int = -1  # the layer put into words, by number; -1 the last
explain_by: str = "table"  # or "model", a name, or "URL NAME" of a server
training_steps: int = 150  # of the model that is made here
save_as: str = ""  # a name: saves the numbers with their provenance

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-model-yours)=
# ## A model and texts
#
# `as_language` takes a name, a folder, or a model of transformers with its tokenizer. `read_texts` takes a list or a file.
# Texts are cut into stretches of one length, and the stretches dealt into parts that share no text, as long as there are
# enough. Everything below is measured in each part on its own, with another draw of the untrained twin, so that the
# spread over parts holds both: other texts, and other random weights.

# %% tags=["hide-input"]
import warnings

import torch

warnings.filterwarnings("ignore", "IProgress not found")  # bars are text here
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


def byte_pairs(corpus):
    """A tokenizer of 512 pieces, made from the corpus."""
    own, letters = Tokenizer(BPE()), pre_tokenizers.ByteLevel.alphabet()
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    how = {"initial_alphabet": sorted(letters), "show_progress": False}
    own.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=512, **how))
    return PreTrainedTokenizerFast(tokenizer_object=own)


# %% tags=["hide-input"]
SIZES = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3}
SIZES |= {"num_attention_heads": 4, "initializer_range": 48**-0.5}


def small_model(ids):
    """Three blocks of 48 units, trained to say the next token, in double precision."""
    torch.manual_seed(seed)
    ends = {"bos_token_id": None, "eos_token_id": None}
    config = LlamaConfig(
        vocab_size=512, tie_word_embeddings=True, **SIZES, **ends
    )
    made = LlamaForCausalLM(config).double()
    climb = torch.optim.AdamW(made.parameters(), lr=1e-2)
    for _ in range(training_steps):
        starts = torch.randint(len(ids) - 64, (16,)).tolist()
        batch = torch.stack([ids[start : start + 64] for start in starts])
        climb.zero_grad()
        made(input_ids=batch, labels=batch).loss.backward()
        climb.step()
    return made


# %%
from polylib.language import as_language, cut_into_parts, read_texts

own_texts = read_texts(texts)
if model:
    lm = as_language(model, device=device, trust_code=trust_code)
else:
    news, own_texts = own_texts[:200], own_texts[200:]  # trained on, and not
    tokenizer = byte_pairs(news)
    ids = torch.tensor(tokenizer("\n".join(news))["input_ids"])
    lm = as_language(small_model(ids), tokenizer, name="a small model")
size = {"n_tokens": n_tokens, "n_parts": n_parts, "most": most}
parts = cut_into_parts(own_texts, lm, **size)
print(f"{lm.name}: {lm.n_layers} blocks, {lm.n_units} units, {lm.device}")
read = f"{len(parts.passages)} stretches of {len(set(parts.texts))} texts"
print(f"{read} in {n_parts} parts", *parts.notes, sep="\n- ")

# %% [markdown]
# (sec-model-paths)=
# ## How smooth its paths are
#
# {prf:ref}`Relative energy <def-relative-energy>` is half the mean squared step over the variance: white noise has 1. One look reads the texts, their words in random order (a mean over shuffles), and the twins.

# %%
from polylib.language import relative_energies, survey

chosen = [int(layer) for layer in layers.replace(",", " ").split()] or None
how = {"layers": chosen, "n_directions": n_directions, "seed": seed}
how["shuffles"] = n_shuffles
seen = survey(lm, parts, **how, progress=bool(model))
paths = relative_energies(seen)

# %% mystnb={"figure": {"caption": "Relative energy by layer: on text, on its words in random order, and of untrained twins. Bands: 95 % over parts.", "name": "fig-model-paths"}, "image": {"alt": "Relative energy of three kinds against layer, 0 to 3, all near 1 at layer 0. On text and on shuffled words it stays there, on text a little lower. Untrained twins fall steadily to about 0.7, with a wider band."}}
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7.2, 3.6))
paths.figure(ax)
plt.show()

# %%
from polylib.tables import table

rounded = dict.fromkeys(paths.values, ".2f")
table(paths.means(), "Relative energy, mean over parts.", rounded)

# %%
by_order, by_training = paths.findings
by_order

# %%
by_training

# %%
apart = paths.apart("twins")
print("from the twins' mean, in standard deviations of twins:")
print(*(f"layer {layer}: {apart[layer]:+.0f}" for layer in seen.layers), sep=", ")

# %% [markdown]
# The box compares one network with the mean of its twins. One that learnt nothing differs from a mean too, and so the
# last line counts in standard deviations of the twins: what is within three of them need not have been learnt.
#
# What order does is the text's own, and may be tokens alone: layer 0, where no block has read anything yet, shows as
# large a difference as the layers above it. What random weights do is the architecture's, and depends on the scale that
# they are drawn at ({ref}`sec-traj-null`): the box says which. Here the twins are by far the smoother ones, so that a
# smooth path is no sign of training, and the box says that the sentence in its title is wrong.

# %% [markdown]
# (sec-model-slow)=
# ## Its slowest direction
#
# In sample the least energy is a minimum over all directions of a space of many units, and so too low. Each part is
# therefore held out once from the fit, and its words are read in random order, too. A ruler that counts tokens is slow
# there, too.

# %%
from polylib.language import least_energies

slow = least_energies(seen)
rounded = dict.fromkeys(slow.values, ".2f")
table(slow.means(), "Least relative energy, mean over parts.", rounded)

# %%
for note in slow.notes:
    print("-", note)
slow.findings[0]

# %% [markdown]
# (sec-model-table)=
# ## What a table of tokens tells
#
# A {term}`token table` gives each token its mean on one half of a part, and guesses the other half. Whatever explains a
# direction in words must do better than that, and better than the table of another direction. (What the next section
# scores is such a table, unless a model writes words.)

# %% mystnb={"figure": {"caption": "Correlation of values on held-out text with a table of tokens: the direction's own, another's (its size), and for untrained twins. Mean over random directions; bands: 95 % over parts.", "name": "fig-model-table"}, "image": {"alt": "Correlation against layer, 1 to 3. A direction's own token table lies at 0.9 at every layer. Another direction's table, and the twins' own tables, lie near 0.2."}}
from polylib.explanation import table_scores

tables = table_scores(seen)
fig, ax = plt.subplots(figsize=(7.2, 3.6))
tables.figure(ax)
ax.set(xticks=seen.layers, ylim=(0, 1))
plt.show()

# %%
rounded = dict.fromkeys(tables.values, ".2f")
table(tables.means(), "Correlation, mean over directions and parts.", rounded)

# %%
own_table, than_twins = tables.findings
own_table

# %%
than_twins

# %% [markdown]
# (sec-model-words)=
# ## One direction in words
#
# An explanation comes from the told half of each part, and is tested on the other. Here it is written by counting: the
# sentence names the tokens of the highest levels, but what is scored is the whole table behind it, not the words. With
# `explain_by` a language model writes them, and reads them again: the model itself if it follows instructions, another by
# name, or a server by its address. (It costs a few hundred tokens for every stretch.) Directions of your own, such as
# those of a sparse autoencoder, go into `survey(directions=...)`.

# %%
from polylib.explanation import explain_direction

by = explain_by
if by.startswith("http"):
    from polylib.completions.server import Server

    by = Server(*by.split())
elif by != "table":
    by = lm if by == "model" else as_language(by, device=device)
explained = seen.layers[-1] if explain_layer == -1 else explain_layer
said = explain_direction(seen, explained, by=by, progress=bool(model))

# %%
import textwrap

from polylib.explanation import ShadedText

print(textwrap.fill(f"{said.texts[0]}", 76))
ShadedText(said.tokens, said.shown)

# %%
print(f"correlation, mean over parts: {said.own.mean():.1f}", end=", ")
kind = "tables" if by == "table" else "words"
print(f"with other directions' {kind}, its size: {said.others.mean():.1f}")
for failure in said.failures:
    print("-", failure)
said.finding

# %% [markdown]
# (sec-model-refused)=
# ## What is refused
#
# Any script is fine, and a text may be as long as it likes: it is cut. What would mean nothing is an error.

# %%
trials = {
    "one string": lambda: read_texts("One text without a list around it."),
    "an empty text": lambda: read_texts(["A text.", "  "]),
    "few texts": lambda: cut_into_parts([own_texts[0][:500]], lm, **size),
    "short texts": lambda: cut_into_parts(["A few words."], lm, **size),
    "a context": lambda: cut_into_parts(own_texts, lm, n_tokens=5_000),
    "no tokenizer": lambda: as_language(lm.model),
    "no such model": lambda: as_language(torch.nn.Linear(2, 2)),
}
for name, trial in trials.items():
    try:
        trial()
    except ValueError as refused:
        print(textwrap.fill(f"{name}: {refused}", 76, subsequent_indent="  "))

# %% [markdown]
# A model whose weights need code from their folder or hub is refused before any of that code runs, until `trust_code`
# says that you have read it.

# %%
if save_as:
    found = {"paths": paths, "slow": slow, "tables": tables}
    values = {name: one.record() for name, one in found.items()}
    values["words"] = {"texts": said.texts, "own": said.own.tolist()}
    values["words"] |= {"others": said.others.tolist()}
    results.save(f"use-language-model-{save_as}", values, parameters)

# %% [markdown]
# (sec-model-say)=
# ## What you may say, what you may not
#
# You may say:
#
# - "On these texts, this model's paths are smoother than on their words in random order, and than its untrained twins'",
#   with the verdict, the layers, the number of shuffles and the scale of the twins.
# - "Its slowest direction has energy … held out", never the one in sample, and beside it the one on shuffled words.
# - "A table of tokens predicts its directions with correlation …; of its twins with …": that is what every explanation must beat.
# - "These words", or this table, "predict this direction better than another's do", for the direction and the texts that
#   were tried.
#
# You may not say:
#
# - "Language models …": a page about one model has one network, and says so in every box. Run it on three of a kind, seeds
#   or sizes, and give a `Finding` their numbers, one a network.
# - "Training taught it …" where the twins do the same, differ from one another as much, or were drawn at a scale that
#   training did not start from.
# - "The direction *means* …": words that predict are not yet words that cause. Nothing on this page changes the model.
# - Anything from parts that share texts, of which the note above the reading warns, as if they were independent.

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
