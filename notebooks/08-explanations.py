# %% [markdown]
# (nb-explanations)=
# # Explanations: can words predict a random direction?
#
# Take a direction in a language model, look at the passages that excite it most, and let another language model put
# into words what they have in common. Then hide the passages, give the words to a third model, and let it guess, token
# by token, how strongly the direction responds to text that it has not seen. The better the guess, the better the
# explanation. The supplement to {cite:t}`marshall2024` describes a script that does this for *random* directions of
# GPT-2 XL. If activity were a good code, as the paper has it, they should be hard to explain. The script cannot run any
# more, and no score was printed.
#
# This chapter builds the pipeline again, on open models, and tests its parts one by one: the scoring, the reader and the writer of
# sentences. Then it finds something that makes most of the machinery unnecessary. No words are needed to
# predict a random direction. A plain *table*, which gives every token its average on other passages, does so, and
# better than for single units. What that says about the direction is little, as networks that have learnt nothing show;
# what it says about such scores is a lot.

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
# - {ref}`sec-expl-script`: what the script did, and why it cannot run.
# - {ref}`sec-expl-record`: which directions, how intervals are made, and the simplest of explainers.
# - {ref}`sec-expl-proof`: neurons that follow a known rule, and what a score must be.
# - {ref}`sec-expl-top`: what happens if only the most exciting passages are scored.
# - {ref}`sec-expl-layers`: how well a table of tokens predicts each, and what that measures.
# - {ref}`sec-expl-dial`: the same in random networks, from their own scale to almost silent blocks.
# - {ref}`sec-expl-instrument`: what a small model makes of a true sentence, and of others.
# - {ref}`sec-expl-scale`: the same with more of everything, and what can be said.
#
# You need correlation, and the records of {ref}`nb-trajectories`: a *direction* of a layer turns a passage into one
# number a token. Symbols are those of {doc}`../book/notation`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
model: str = "smollm2-135m"  # from a package; or any causal model of Hugging Face
reader: str = ""  # the model that reads explanations; by default the same
server: str = ""  # or "URL MODEL" of a server; its key is in OPENAI_API_KEY
device: str = "cpu"  # or "cuda", or "auto"
corpus: str = "lee"  # 300 news passages; or a data set by name
n_fit: int = 14  # passages to which PCA axes and slow directions are fitted
n_parts: int = 3  # of the corpus, with directions and random weights of their own
n_passages: int = 14  # of each part, half of them to explain and half to score
n_tokens: int = 64  # of each passage
skip: int = 4  # tokens at the start that no statistic uses
every: int = 10  # layers between those that are looked at
n_directions: int = 10  # of each kind, layer and part
n_best: int = 4  # records of a part that the script would have chosen
factors: str = "1 8 50"  # by which the output of random blocks is divided
batch_size: int = 14  # passages a forward pass
window: int = 20  # tokens of the stretches that a language model reads
n_windows: int = 2  # such stretches of each rule, half of those of other neurons
n_neurons: int = 2  # of the first block, to read about
heard_at: int = 20  # the layer whose directions get sentences
writers: str = "table"  # of sentences; with "table model" they are read, too
cache: str = ""  # a folder of answers, so that a killed run goes on
passage: int = 3  # the one that is shown
save_as: str = ""  # "all-layers" saves this run under that name
compare_with: str = ""  # saved run to show beside this one

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-expl-script)=
# ## A script that cannot run
#
# `generate_explanations.py` is section 1's heir of a project of OpenAI, which in 2023 explained every neuron of GPT-2 XL
# by GPT-4 (Bills and others,
# [Language models can explain neurons in language models](https://openaipublic.blob.core.windows.net/neuron-explainer/paper/index.html)).
# It is a fork of their code, and it does this. For each of a thousand random directions and each layer of GPT-2 XL, take
# the ten passages whose largest values are highest. Cut negative values to 0, divide by the largest, and round
# down to levels from 0 to 10. Five of the passages, those at odd places of the ranking, go to GPT-4 as lists of tokens
# and levels, with the request to say in a sentence what the neuron looks for. The sentence goes to a {term}`simulator`, which
# reads the other five passages and guesses a level for every token. The score is the correlation of guesses and values.
# (Short passages are filled up with empty tokens of value 0, which count; five records with no variation give no number.)
#
# The simulator was `text-davinci-003`, which has been switched off. It mattered, because one call to it returned, for
# every token of a long prompt at once, the fifteen likeliest words that could have stood there, digits among them. The servers that came after it
# return such probabilities for what they *write*, no longer for what they *read*. A local model has no such secrets: one
# forward pass gives everything. So what the closed servers took away is not lost, and the script can be written again.
#
# Its description has three slips that no formula can test.

# %% tags=["hide-input"]
from polylib.derivation import Derivation

script = Derivation("How directions were explained", source="supplement 1")
script.remark(
    "using a calibrated simulator",
    "the same section names the simulator: it is the uncalibrated one",
    line="generate_explanations.py, first sentence",
)
script.remark(
    "the top 10 activation patterns ... based on their mean maximum activation value compared to all activation patterns",
    "the rank of each record's largest value among all values: nothing is averaged",
    line="generate_explanations.py, choice of records",
)
script.remark(
    "generates explanations for the neuron activation patterns",
    "of random directions, and of one end of each: negative values are set to 0",
    line="generate_explanations.py, first sentence",
)
script

# %% [markdown]
# Two choices deserve more than a remark. Only the *ten best* records are used, and an explanation is tested on records
# like those it was made from: {ref}`sec-expl-top` asks what that does. And a direction has *two ends*. A neuron
# after a rectifier has one, but a random direction is as likely to be used by its negative half, and half of it was
# thrown away. We explain both.

# %% [markdown]
# (sec-expl-record)=
# ## From a direction to a table
#
# Four kinds of directions are compared. *Random* ones are uniform on the sphere. *Single units* are axes of the residual
# stream, which is as near to "neurons" as a stream comes. *PCA axes* are the leading ones of the layer, and *slow*
# directions are those of {ref}`sec-traj-search`. The last two are fitted, so they get passages of their own, which
# nobody explains or scores. The network is SmolLM2, as in chapter 7, in the copy that was taught to follow instructions.
#
# How sure can one be of a mean score? It hangs on the directions that were drawn and on the passages, and splitting the
# same passages again and again gives no new ones. So the corpus is cut into *parts*. Each part has passages of its own,
# half of them to explain and half to score, and random directions and units of its own; where networks with random
# weights come in, each part has its own draw of them, too. Every interval of this chapter is Student's, over parts, and so covers
# all of these at once. The price is that each table is made of few passages.
#
# The corpus prints some articles twice, whole or in part. Copies would stand on both sides of a split, so all but
# the first of each are dropped.

# %%
import torch
from polylib import language
from polylib.language import passages
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # two threads help the network alone

lm = language.load(model, device=device)
wanted = n_fit + n_parts * n_passages
articles = passages.texts(corpus, None if corpus == "lee" else 2 * wanted)
some = passages.tokenize(articles, lm.tokenizer, n_tokens)
some, before = passages.without_copies(some), len(some)
print(f"{before} passages, {before - len(some)} of them copies")
some = some[:wanted]
assert some.mask.all() and len(some) == wanted, "too few whole passages"
parts = [
    some[start : start + n_passages] for start in range(n_fit, wanted, n_passages)
]
layers = sorted({*range(0, lm.n_layers + 1, every), lm.n_layers})
print(f"{lm.name}, layers", *layers)

# %%
import numpy as np
from polylib.language import PathMoments, residual_stream, slowest, trajectory

KINDS = ["random", "single unit", "PCA axis", "slow", "random, units alike"]
moments = PathMoments(layers, groups=1, skip=skip)
for batch in residual_stream(lm, some[:n_fit], batch_size):
    moments.add(batch)
fitted = []  # of each layer: loudness of units, PCA axes and slow directions
for step, spread in zip(*moments.moments(), strict=True):
    leading = np.linalg.eigh(spread)[1][:, ::-1][:, :n_directions]
    slow = slowest(step, spread, n_directions)[1]
    fitted.append((np.sqrt(np.diag(spread))[:, None], leading, slow))


def directions(g):
    """Unit vectors (layers, units, kinds x n) of a part."""
    rng = np.random.default_rng([seed, g])
    shape = len(layers), lm.n_units, n_directions
    found = list(trajectory.random_directions(*shape, rng=rng))
    for i, (loudness, leading, slow) in enumerate(fitted):
        unit = np.eye(lm.n_units)[:, rng.permutation(lm.n_units)[:n_directions]]
        kinds = [found[i], unit, leading, slow, found[i] / loudness]
        found[i] = np.hstack([u / np.linalg.norm(u, axis=0) for u in kinds])
    return np.stack(found)


# %% [markdown]
# (The fifth kind is for later: random directions again, but of units that were first made equally loud.) While the
# network reads the passages, the values inside one of its blocks are kept, too, for {ref}`sec-expl-instrument`.

# %%
from polylib.language import activation_records

axes = [directions(g) for g in range(n_parts)]
inner = []  # of one block, in batches (passages, tokens, neurons)


def recorded(network, g, kinds):
    """Values of a part along its directions, of the first kinds."""
    chosen = axes[g][..., : kinds * n_directions]
    where = {"layers": layers, "batch_size": batch_size}
    return activation_records.record(network, parts[g], chosen, **where)


watched = [
    module.register_forward_pre_hook(
        lambda _, given: inner.append(given[0].float().cpu().numpy())
    )
    for name, module in lm.model.named_modules()
    if name.endswith("layers.0.mlp.down_proj")
]
records = [recorded(lm, g, len(KINDS)) for g in range(n_parts)]
for hook in watched:
    hook.remove()
shape = "directions, layers, passages, tokens"
print(f"({shape}) = {records[0].values.shape} in each of {n_parts} parts")

# %% [markdown]
# A {term}`table of tokens <token table>` is the simplest explainer. It gives each token its mean level in the passages for
# explaining, and a token that it has not met gets the mean of all. Its simulator looks the tokens up. It needs no
# language model, and nothing about a token's neighbours enters. One record, real beside simulated:

# %%
import textwrap

from polylib import explanation as ex
from polylib.explanation import ShadedText

half = n_passages // 2
told = np.arange(n_passages) < half
in_lines = textwrap.TextWrapper(72, subsequent_indent="  ").fill
table, lookup = ex.TokenTable(), ex.Lookup()


def split_of(recorded_part, d, layer, sign=1, width=None):
    """The first half of a part's passages to explain, the others to score."""
    cut = {"sign": sign, "skip": skip, "width": width}
    windows = ex.record_windows(recorded_part, d, layer, **cut)
    sides = ([r for r in windows if told[r.passage] == s] for s in (True, False))
    return ex.Split(*sides)


# %%
ends = [
    [split_of(records[0], d, 1, s) for s in (1, -1)] for d in range(n_directions)
]
results_of = [
    ex.explain_and_score(end, table, lookup) for pair in ends for end in pair
]
one = next(r for r in results_of if isinstance(r.correlation, ex.Score))
split = one.split
shown = split.score[passage]
real = ex.levels(shown.values, split.top)
guess = one.simulations[passage].expected
print(in_lines(f"a random direction, layer {layers[1]}: {one.explanation.text}"))
print(f"correlation over {len(split.score)} held-out passages:", end=" ")
print(f"{one.correlation.value:.1f}")
ShadedText(shown.tokens, {"real": real, "from a table of tokens": guess})

# %% [markdown]
# The stronger the tint and the thicker the line under a token, the higher its level, on a scale of this direction's own;
# the numbers are in the list that unfolds below the text. The table knows nothing of grammar or of the passage's topic, and it says of a random direction, on passages that
# it has not seen, which tokens excite it. Hold on to that while we make sure that the number is right.

# %% [markdown]
# (sec-expl-proof)=
# ## Neurons whose rule is known
#
# A score is worth what it says about cases in which the answer is known. So we make {term}`neurons that follow a rule <rule neuron>`: this one
# fires on digits, that one right after a comma. An *oracle*, which simulates by the rule itself, must score 1. The rule
# of another neuron must score near 0, if the rules have nothing to do with one another. And noise on the neuron must
# lower the oracle's score to a known value.
#
# ```{prf:theorem} What a score can be
# :label: thm-explanation-score
# Let a value be a signal plus independent noise, whose variance is {math}`\nu` times the signal's. The correlation of the
# perfect explanation, which says the signal, is given by the box. No linear recalibration of a simulation, with a slope
# other than 0, changes its correlation, except for the sign if the slope is negative. Of all linear recalibrations, the best explains the square of
# the correlation as a share of the variance.
# ```

# %% tags=["hide-input"]
from polylib.derivation import named
from sympy import Abs, evaluate, oo, sqrt, symbols

sigma, nu = symbols("sigma nu", positive=True)
V_s, V_x = symbols("V_s V_x", positive=True)  # variances
beta, C = symbols("beta C", real=True)  # a slope and the covariance


def rho(covariance, left, right):
    return covariance / sqrt(left * right)


def unexplained(slope):
    """Variance of the value about a line in the simulation, the best shift."""
    return V_x - 2 * slope * C + slope**2 * V_s


truth = named(r"\rho(s, x)", rho(C, V_s, V_x))
explained = named("R^2", 1 - unexplained(C / V_s) / V_x)
with evaluate(False):
    noisy = rho(sigma**2, sigma**2, sigma**2 + nu * sigma**2)
    right = 1 / sqrt(1 + nu)
    same_size = beta / Abs(beta) * truth
moved = named(r"\rho(\beta s + c, x)", rho(beta * C, beta**2 * V_s, V_x))
signal = named(r"\rho(s, s + \mathrm{noise})", noisy)

# %% tags=["hide-input"]
from polylib.explanation import rules as rule_neurons

noise_draws = np.random.default_rng(seed)
clean = noise_draws.random(40_000) < 0.05  # fires on one token in twenty
score_box = Derivation("What a score can be", source="this book")
score_box.equal(signal, right, "noise of variance ν times the signal's")
score_box.equal(moved, same_size, "any slope β but 0, and any shift c")
best = "the share of variance that the line of slope C/V explains"
score_box.equal(explained, truth**2, best)
for noise in (0.25, 1.0, 4.0):
    spread = np.sqrt(noise) * clean.std()
    values = clean + spread * noise_draws.standard_normal(len(clean))
    sampled = float(np.corrcoef(clean, values)[0, 1])
    exact = rule_neurons.correlation_under_noise(noise)
    words = f"a rule that fires on one token in twenty, ν = {noise:g}"
    error = round((1 - exact**2) / 200, 4)
    score_box.sampled(exact, round(sampled, 3), error, words)
score_box

# %% [markdown]
# ```{prf:proof}
# The covariance of signal and value is the signal's variance, since noise is independent, and the value has
# {math}`1 + \nu` times that variance. The rest is the algebra of least squares: the variance about a line is a quadratic in its slope,
# and least where the slope is the covariance over the variance {math}`V_s` of the simulation.
# ```
#
# Now the same through the whole pipeline, on the tokens of real passages: records, levels, split, simulation, score. The
# middle column is a floor: what the rule of *another* neuron scores, averaged over all others.

# %%
whole = [tokens[skip:] for part in parts for tokens in part.tokens]
rules, halves = (
    rule_neurons.RULES,
    {"n_explain": 0, "n_score": 0, "n_random": len(whole) // 2},
)


def neuron(rule, noise):
    """Split of the records of a rule's neuron."""
    draws = np.random.default_rng(seed)
    made = rule_neurons.records(rule, whole, noise=noise, rng=draws)
    return ex.select(made, **halves, rng=np.random.default_rng(seed))


def oracle(split, rule):
    words = ex.Explanation(rule.text)
    return ex.score(split, words, ex.Oracle(rule)).correlation


# %%
known, under_noise = rule_neurons.correlation_under_noise(1.0), []
print("                 fires on   oracle   other rules   noise 1   computed")
for rule in rules:
    own = neuron(rule, 0.0)
    fires = np.concatenate([r.values for r in own.score]).mean()
    perfect = oracle(own, rule).value
    floor = ex.mean_score([oracle(own, r) for r in rules if r != rule]).value
    under_noise.append(oracle(neuron(rule, 1.0), rule).value)
    line = f"{rule.name:18s}{fires:7.1%}{perfect:9.2f}{floor:14.2f}"
    print(f"{line}{under_noise[-1]:10.1f}{known:11.2f}")
    assert abs(perfect - 1) < 1e-12
assert abs(np.mean(under_noise) - known) < 0.1

# %% [markdown]
# The oracle scores one and the noise costs what the theorem says. The floor lies a little below 0, because most of these rules
# exclude one another: a digit is no punctuation mark.
#
# The arithmetic has a second witness. Levels, correlation, explained variance, deviation and both calibrations equal
# those of the package `automated-interpretability`, which OpenAI's project became, on ten cases, but for rounding
# (`tests/explanation/test_peer.py`). So the *scoring* measures what it says. Whether a writer of sentences looks at
# what it is shown, and whether a reader listens to what it is told, are other questions, for {ref}`sec-expl-instrument`.

# %% [markdown]
# (sec-expl-top)=
# ## If only the best records are scored
#
# The script scored an explanation on five of the ten records with the largest values. That is a choice by the very
# quantity that is to be predicted. What does it do to a correlation?
#
# ```{prf:theorem} Choosing records by their values
# :label: thm-explanation-selection
# Let the best linear guess of the simulation from the value leave an error that is independent of the value. If tokens
# are chosen by their values alone, so that the standard deviation of values grows by a factor {math}`u`, then the
# correlation {math}`\rho` becomes the one in the box. Its size grows if {math}`u > 1`, unless it is 0 or 1.
# ```

# %% tags=["hide-input"]
r_all, u = symbols("rho u", positive=True)
value_spread = (u * sigma) ** 2  # of values, after the choice
guess_slope = r_all / sigma  # of a simulation of variance 1 on the value
with evaluate(False):
    chosen_cov = guess_slope * value_spread
    chosen_var = guess_slope**2 * value_spread + (1 - r_all**2)
    product = value_spread * chosen_var
chosen_rho = named(r"\rho_u", chosen_cov / sqrt(product))
chosen_right = r_all * u / sqrt(1 - r_all**2 + r_all**2 * u**2)
selection = Derivation("Choosing by the value", source="this book")
selection.equal(chosen_rho, chosen_right, "the error stays, the range grows by u")
words = "a wider range flatters: squares, whatever the sign of ρ"
wider_range = {r_all: (0, 1), u: (1, oo)}
selection.at_most(r_all**2, chosen_right**2, wider_range, words)
draws = np.random.default_rng(seed)
value = draws.standard_normal((4_000, n_tokens))
guess_all = 0.4 * value + np.sqrt(1 - 0.16) * draws.standard_normal(value.shape)
best = np.argsort(-value.max(1))[:400]  # a tenth of the records
wider = float(value[best].std())
exact = 0.4 * wider / np.sqrt(1 - 0.16 + 0.16 * wider**2)
found = np.corrcoef(value[best].ravel(), guess_all[best].ravel())[0, 1]
words = f"noise in records, best tenth by maximum: u = {wider:.2f}, ρ = 0.4"
selection.sampled(float(exact), round(float(found), 4), 0.0055, words)
selection

# %% [markdown]
# ```{prf:proof}
# Choosing by the value leaves the error alone: its variance stays {math}`1 - \rho^2` times that of the simulation, while
# the explained part grows by {math}`u^2`. That is the box's first line. Its derivative in {math}`u` has the sign of
# {math}`\rho(1 - \rho^2)`.
# ```
#
# Psychologists know this as range restriction, in the other direction {cite:p}`sackett2000`: among those who were
# admitted, the entrance test predicts little.
#
# For values as dense as noise the choice hardly widens the range: every record has a large value somewhere. For a neuron
# that fires rarely it is another matter. Here are the rule neurons with noise of twice their variance, explained by the
# oracle, so that on all records the score is 0.58 whatever the rule.


# %% tags=["hide-input"]
def best_ten(parts):
    """Spread of values, and score, on the ten records of largest maximum."""
    best = sorted(parts, key=lambda part: -part[0].max())[:10]
    values, signals = (np.concatenate(side) for side in zip(*best, strict=True))
    return values.std(), np.corrcoef(values, signals)[0, 1]


# %% tags=["hide-input"]
def mixed(parts, rng):
    """The same tokens, shuffled over the records."""
    ends = np.cumsum([len(values) for values, _ in parts])
    order = rng.permutation(ends[-1])
    sides = (np.concatenate(side)[order] for side in zip(*parts, strict=True))
    return list(zip(*(np.split(side, ends[:-1]) for side in sides), strict=True))


def selected(rule):
    """Means over draws of the noise: growth of the range, and four scores."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(20):
        drawn = rule_neurons.records(rule, whole, noise=2.0, rng=rng)
        parts = [(r.values, np.asarray(rule(r.tokens), float)) for r in drawn]
        values, signals = map(np.concatenate, zip(*parts, strict=True))
        rho_ = np.corrcoef(values, signals)[0, 1]
        (wide, top), (_, loose) = best_ten(parts), best_ten(mixed(parts, rng))
        u_ = wide / values.std()
        computed = rho_ * u_ / np.sqrt(1 + rho_**2 * (u_**2 - 1))
        found.append([u_, rho_, top, loose, computed])
    return np.mean(found, 0)


# %%
print("                            ten best records")
print("                     u    all   as they are  shuffled  computed")
by_rule = {rule.name: selected(rule) for rule in rules}
for name, (u_, rho_, top, loose, computed) in by_rule.items():
    print(f"{name:18s}{u_:5.1f}{rho_:7.2f}{top:12.2f}", end="")
    print(f"{loose:11.2f}{computed:10.2f}")
assert all(row[2] > row[1] for row in by_rule.values())

# %% [markdown]
# The best ten flatter every neuron, and some from 0.58 to 0.7 or 0.8. The theorem says about half of it. Its condition
# fails twice. A neuron that is on or off is no straight line in its noisy value; for a neuron that fires after commas
# that is all. And some fire in clusters: whoever writes one number writes others, and a quotation goes on for many tokens.
# A choice of whole records then brings in more of the signal than of the noise. With the tokens shuffled over the records
# ("shuffled") the clusters are gone, and with them all that "inside quotes" gained beyond the theorem.
#
# Now random directions. The explanation is the script's, a table of every second one of the best records of a part, and it
# is scored twice: as the script did, on the other best ones, and on all passages that were not chosen.


# %% tags=["hide-input"]
def best_and_rest(g, layer):
    """Mean scores of a part's random directions, both ends: best records, others."""
    found = []
    for d in range(n_directions):
        for sign in (1, -1):
            windows = ex.record_windows(
                records[g], d, layer, sign=sign, skip=skip
            )
            best = ex.select_even_odd(windows, n_best)
            seen = {r.passage for r in best.explain + best.score}
            rest = [r for r in windows if r.passage not in seen]
            words = table.explain(best.explain)
            pair = [
                ex.score(ex.Split(best.explain, side), words, lookup).correlation
                for side in (best.score, rest)
            ]
            if all(isinstance(one, ex.Score) for one in pair):
                found.append([one.value for one in pair])
    ends = 2 * n_directions
    return [*np.mean(found, 0), ends - len(found)]


# %%
flattered = np.array(
    [[best_and_rest(g, i) for i in range(len(layers))] for g in range(n_parts)]
)
gaps = flattered[..., 0] - flattered[..., 1]
print("best records above others, layers", *layers)
print(" ", *(f"{x:.2f}" for x in gaps.mean(0) + 0.0))
print(f"ends without a score: {flattered[..., 2].sum():.0f} of", end=" ")
print(2 * n_directions * n_parts * len(layers))

# %% [markdown]
# The best records flatter here, too, and the more the choosier one is: the script took ten of many thousands.
# Reprints would do worse, had we left them in: two copies of an article are among the best records together, and end up
# on both sides of the split, where a table scores by knowing them by heart.
#
# An end may have no score. A direction may be positive at every token, and its other end never is, so that all levels are 0
# and no correlation exists. Such an end is left out and counted; it is never averaged in as zero.

# %% [markdown]
# (sec-expl-layers)=
# ## What predicts a direction
#
# Now without any choice among passages. A direction has two ends, and we want both, so the table holds means of the values
# themselves, of both signs, and its score is the correlation with held-out values. (Levels of the two ends, one table
# less the other, give nearly the same, as the next cell prints, where a direction is not far from 0 everywhere.) Beside it stand

# - the table of *another* random direction, whose score's sign means nothing, so that its size counts;
# - *place*: the number of the token in the passage, and nothing else; and *frequency*: how common the token is;
# - *pairs*: the token together with the one before it. A second table is filled with what the first leaves, so it
#   can be scored on that alone, too: with the token's effect regressed out first.
#
# What to expect? If good scores meant that a direction is a feature, single units and the fitted axes should be easy
# and random directions hard.

# %%
from polylib.explanation import token_tables as tables

texts = [[tokens[skip:] for tokens in part.tokens] for part in parts]


def held(x):
    return x[..., ~told, :]


# %%
def predicted(x, g):
    """Guesses of values (directions, layers, passages, tokens), by what makes them."""
    one, two = (tables.codes(texts[g], n) for n in (1, 2))
    token = tables.guesses(x, one, told)
    left = x - token
    before = tables.guesses(left, two, told, prior=1.0)
    met = np.bincount(one[told].ravel(), minlength=one.max() + 1)
    count = np.broadcast_to(np.log1p(met[one]), x.shape)
    slope = np.sign(tables.correlations(x[..., told, :], count[..., told, :]))
    kinds = token.reshape(-1, n_directions, *x.shape[1:])
    place = x[..., told, :].mean(-2, keepdims=True)
    return {
        "own": (x, token),
        "other": (x, np.roll(kinds, 1, axis=1).reshape(x.shape)),
        "place": (x, np.broadcast_to(place, x.shape)),
        "frequency": (x, slope[..., None, None] * count),
        "pairs": (x, token + before),
        "before": (left, before),
    }


# %%
def scores_of(recorded_part, g):
    """Mean scores (kinds, layers) of a part, by what predicts."""
    x = recorded_part.values[..., skip:].astype(float)
    found = {}
    for what, pair in predicted(x, g).items():
        score = tables.correlations(*map(held, pair))
        score = abs(score) if what == "other" else score
        found[what] = score.reshape(-1, n_directions, len(layers)).mean(1)
    return found


by_part = [scores_of(records[g], g) for g in range(n_parts)]
scores = {what: np.array([one[what] for one in by_part]) for what in by_part[0]}
assert np.isfinite(list(scores.values())).all()
by_levels = [
    ex.both_ends(*pair)
    for pair in zip(results_of[::2], results_of[1::2], strict=True)
]
both = np.mean([one.value for one in by_levels]), scores["own"][0, 0, 1]
print("tables of levels at two ends, and of values:", *(f"{x:.1f}" for x in both))


# %% tags=["hide-input"]
import matplotlib.pyplot as plt
from scipy import stats


def interval(x):
    """Mean over parts, the first axis, and the ends of its 95 % interval."""
    mean, error = x.mean(0), stats.sem(x)
    arm = stats.t.ppf(0.975, len(x) - 1) * error
    return mean, mean - arm, mean + arm


def line(panel, at, x, label, index):
    mean, low, high = interval(np.asarray(x))
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    marks = {"marker": figures.MARKERS[index], "markersize": 3}
    panel.plot(at, mean, label=label, **style, **marks)
    panel.fill_between(at, low, high, color=f"C{index}", alpha=0.15, lw=0)


RIVALS = {"own": "token", "pairs": "token and the one before"}
RIVALS |= {"before": "the same, token taken out", "frequency": "frequency"}
RIVALS |= {"place": "place"}


# %% mystnb={"figure": {"caption": "Mean correlation with held-out values of SmolLM2, by layer. Left: a table of tokens for four kinds of directions; grey, the mean size for another random direction's table. Right: what else predicts random directions. Bands: 95 % intervals over parts of the corpus.", "name": "fig-expl-layers"}, "image": {"alt": "Two panels against layer. Left: four lines that fall with depth; PCA axes highest, then random directions, single units, and slow directions lowest; a grey area up to about 0.2. Right: the table of tokens and the table of pairs, close together and falling; below them frequency and place; and the pair table on what the token table leaves, near 0."}} tags=["hide-input"]
def draw(found, at):
    """Kinds of directions, and predictors of random ones; scores (parts, kinds, layers)."""
    found = {what: np.asarray(x) for what, x in found.items()}
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
    left.fill_between(at, 0, found["other"][:, 0].mean(0), color="0.85")
    for k, kind in enumerate(KINDS[:4]):
        line(left, at, found["own"][:, k], kind, k)
    for index, (what, label) in enumerate(RIVALS.items()):
        line(right, at, found[what][:, 0], label, index)
    for panel in (left, right):
        panel.axhline(0, color="0.3", linewidth=0.8, linestyle=":")
        panel.set(xlabel="layer", ylim=(-0.25, 1.05))
        panel.legend(fontsize=8, loc="upper right")
    left.set_ylabel("correlation")
    plt.show()


draw(scores, layers)


# %%
def printed(found, at):
    """Means over parts, a line for each kind and rival."""
    print(f"{'layer':34s}", *(f"{layer:5d}" for layer in at))
    rows = {kind: ("own", k) for k, kind in enumerate(KINDS)}
    rows |= {
        f"random: {RIVALS[what]}"[:34]: (what, 0) for what in list(RIVALS)[1:]
    }
    rows["random: another's table"] = "other", 0
    for name, (what, k) in rows.items():
        means = np.asarray(found[what])[:, k].mean(0).round(1) + 0.0
        print(f"{name:34s}"[:34], *(f"{x:5.1f}" for x in means))


printed(scores, layers)

# %% [markdown]
# In SmolLM2 a table predicts random directions rather well, and single units, which have the better claim to
# be something, *worse*. Slow directions do worst, and for a good
# reason: what moves slowly can depend little on the token, which changes at every step, once blocks have given it
# something else.
#
# The score is a measure of how much of the stream at a token still depends on which token it is. At layer 0 that is
# everything: the score is below 1 only because many tokens of the passages for scoring have not been met in the others.
# (The first exercise computes it.) Every block adds something that depends on the context, and the score falls. How *common*
# a token is gives a few tenths already, and a table of pairs hardly more than one of tokens: pairs are
# rarely met twice. On what the token leaves the token before says little here; {ref}`sec-expl-scale` tests whether it says anything.
#
# ### Why random directions do better than single units
#
# The variance along a random direction is on average a trace ({prf:ref}`thm-random-direction`), and so is the part of it
# that tokens explain. In both, each unit counts by its variance. A random direction is a blend in which loud units speak
# loudest. The fifth kind of directions tests whether that is all: its units are made equally loud before they are blended
# (single units score the same at any loudness). The table above has it beside single units, and close to them. So a random
# direction is easy to predict because it is mostly loud units, and loud units of this network depend on the token more
# than quiet ones. It is weighting by loudness, and no merit of the direction.

# %% [markdown]
# (sec-expl-dial)=
# ## Networks that have learnt nothing
#
# {cite:t}`heap2025` found that explanations of the features of sparse autoencoders score about as well in random transformers
# as in trained ones. For a table and random directions it depends on the random transformer. We draw the
# weights as the training of SmolLM2 started, with a standard deviation of 1/24, and then divide what the blocks write to the stream by
# a factor. Recipes do divide: by the root of twice the number of blocks, as GPT-2's does.

# %%
into_stream = ("o_proj.weight", "down_proj.weight", "c_proj.weight")
levels_of = [float(factor) for factor in factors.split()]
recipe = np.sqrt(2 * lm.n_layers)
ASKED = {"detection": ex.questions.detection, "fuzzing": ex.questions.fuzzing}
asked_at = sorted({len(layers) // 2, len(layers) - 1})


def twins(g):
    """A part's draw of the weights, its blocks' output divided by more and more."""
    twin, now = language.untrained(lm, seed=seed + g), 1.0
    named = twin.model.named_parameters()
    outputs = [w for name, w in named if name.endswith(into_stream)]
    for factor in levels_of:
        with torch.no_grad():
            for weight in outputs:
                weight.mul_(now / factor)
        now = factor
        yield factor, recorded(twin, g, 1)


# %% [markdown]
# Beside the correlation stand two coarser scores of the same table, from yes-or-no questions {cite:p}`paulo2024`. *Detection*: does the direction
# fire in this stretch of text, with at least half its largest value? *Fuzzing*: are the marked tokens those on which
# it fires? The answer is yes from a threshold on, fitted on the passages for explaining, and the score is the balanced
# accuracy, one half for whoever knows nothing.


# %%
def accuracy(ask, sides, simulated, at):
    """Balanced accuracy on the second side, threshold from the first; or nan."""
    asked = [ask(side, at) for side in sides]
    found = [
        ex.questions.evidence(*pair)
        for pair in zip(asked, simulated, strict=True)
    ]
    answers = [question.answer for question in asked[0]]
    if len({*answers}) < 2:
        return np.nan
    cut = ex.questions.threshold(found[0], answers)
    score = ex.questions.balanced_accuracy(asked[1], list(found[1] >= cut))
    return getattr(score, "value", np.nan)


# %%
def questions_to(recorded_part, g):
    """Mean accuracies (questions, layers asked at) of a part's random directions."""
    found = np.full((len(ASKED), len(asked_at), n_directions), np.nan)
    for i, layer in enumerate(asked_at):
        for d in range(n_directions):
            split = split_of(recorded_part, d, layer, width=window)
            sides, words = (
                (split.explain, split.score),
                table.explain(split.explain),
            )
            simulated = [
                [lookup.simulate(words, r.tokens).expected for r in side]
                for side in sides
            ]
            rng = np.random.default_rng([seed, d])
            how = [ASKED["detection"], partial(ASKED["fuzzing"], rng=rng)]
            found[:, i, d] = [
                accuracy(a, sides, simulated, split.top) for a in how
            ]
    return np.nanmean(found, axis=-1)


# %%
from functools import partial

dial = {factor: [] for factor in levels_of}
answers = {"trained": [questions_to(records[g], g) for g in range(n_parts)]}
answers |= {factor: [] for factor in levels_of}
for g in range(n_parts):
    for factor, made in twins(g):
        dial[factor].append(scores_of(made, g)["own"][0])
        answers[factor].append(questions_to(made, g))
scale = language.twins.initial_scale(lm)
print(
    f"initial scale 1/{1 / scale:.0f}; recipe for {lm.n_layers} blocks: {recipe:.1f}"
)
print(f"{'random directions, layer':26s}", *(f"{layer:5d}" for layer in layers))
trained_random = scores["own"][:, 0]
for name, x in {"trained": trained_random, **dial}.items():
    name = name if isinstance(name, str) else f"random weights, over {name:g}"
    means = np.mean(x, 0).round(1) + 0.0
    print(f"{name:26s}", *(f"{value:5.1f}" for value in means))


# %% mystnb={"figure": {"caption": "Score of a table of tokens for random directions of networks with random weights, against the factor by which the output of their blocks is divided, at three depths. Horizontal: SmolLM2, trained, at the same depths. Grey vertical: the factor of a common recipe. Bands and bars: 95 % intervals over parts of the corpus, each with its own draw of the weights.", "name": "fig-expl-dial"}, "image": {"alt": "Correlation against factor, 1 to 50, logarithmic. Three rising lines, one a depth: near 0 at factor 1, still far below the horizontal lines of the trained network at the recipe's 7.7, and on them or above at 50; the deeper, the lower."}} tags=["hide-input"]
def draw_dial(found, trained, at):
    """Score against factor at three depths; trained (parts, layers)."""
    _, panel = plt.subplots(figsize=(7.2, 3.8))
    x = np.array([float(factor) for factor in found])
    for index, i in enumerate([len(at) // 3, 2 * len(at) // 3, len(at) - 1]):
        colour = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
        twin = np.array([np.asarray(part)[:, i] for part in found.values()]).T
        mean, low, high = interval(twin)
        bars = {"yerr": [mean - low, high - mean], "capsize": 2}
        marks = {"marker": figures.MARKERS[index], "label": f"layer {at[i]}"}
        panel.errorbar(x, mean, **bars, **marks, **colour)
        mean, low, high = interval(np.asarray(trained)[:, i])
        panel.axhline(mean, linewidth=1, **colour)
        panel.axhspan(low, high, color=f"C{index}", alpha=0.1, linewidth=0)
    panel.axvline(recipe, color="0.6", linewidth=2)
    figures.log_ticks(panel)
    panel.set(xlabel="factor by which the output of blocks is divided")
    panel.set(ylabel="correlation", ylim=(-0.1, 1))
    panel.legend(loc="upper left")
    plt.show()


draw_dial(dial, trained_random, layers)

# %%
print("balanced accuracy of detection and of fuzzing, random directions")
for name, x in answers.items():
    name = name if isinstance(name, str) else f"random weights, over {name:g}"
    for i, layer in enumerate(asked_at):
        means = np.nanmean(x, 0)[:, i]
        print(
            f"{name:26s}layer {layers[layer]:2d}", *(f"{v:5.1f}" for v in means)
        )

# %% [markdown]
# At its own scale, and with the factor of recipes, a network that knows nothing hides the token sooner than SmolLM2 does: its
# blocks write so much into the stream that after a few layers the embedding is lost in it, and a table scores far less than
# in the trained network. Divide by fifty, and the stream is the embedding almost to the end: now the network that knows
# nothing is explained as well as the trained one, or better. No recipe starts there. But it shows what a score is worth by
# itself: a stream left almost alone scores high, so a high score alone proves nothing, neither training nor understanding.

# %% [markdown]
# (sec-expl-instrument)=
# ## A language model as writer and as reader
#
# A table is no sentence. The script's question was about *words*: can somebody who reads one sentence predict the
# direction? That somebody is a language model, and so the score measures three things at once: the direction, the writer
# of the sentence, and its reader. They can be told apart. For the *reader* there are sentences that are true by construction, and what a
# true sentence gains over a wrong one is what this reader can hear. (A score by itself may be higher, or negative: a
# reader's levels can follow the kind of token, whatever it was told.) For the *writer* there are the same neurons, whose rule
# a sentence either names or not.
#
# Our reader works as the script's did. Its prompt has three worked examples, the sentence, and then the tokens, each with
# a tab and the word "unknown". At every tab it has probabilities for what comes next; those of the digits give an
# expected level. One forward pass serves all tokens at once. Cutting the prompt at each tab and asking once a token, as
# one must where only written tokens have probabilities, gives the same levels. How
# much longer that takes stands in {doc}`../book/speed`, beside what keeping the examples saves.

# %%
reader_model = language.load(reader, device=device) if reader else lm
one_pass = ex.AllAtOnce(reader_model)
sentence, few = ex.Explanation(rules[0].text), whole[0][:2]
together = one_pass.simulate(sentence, few).expected
apart = ex.TokenByToken(reader_model).simulate(sentence, few).expected
print(f"passes over the network: 1, against {len(few)}")
same = bool(np.allclose(together, apart, atol=1e-3))
print(f"the same levels to 3 digits: {same}")
assert np.allclose(together, apart, atol=0.05)

# %% [markdown]
# The parameter `server` puts a model behind any server of OpenAI's protocol in the place of the model in this
# process, as the writer of sentences below and as their reader. Such a server gives no probabilities of what it reads, so
# it is asked for the levels as text; an answer that is no list of the same tokens counts as a failure, never as zeros.
# (The tests ask a server and the model here for the same text, and get it. No server was asked for this page.)

# %%
from pathlib import Path

from polylib.completions import KeptCompleter, LocalModel
from polylib.explanation import KeptSimulator

if server:  # nothing else needs the packages openai and httpx
    from polylib.completions.server import Server


def completer():
    """The server, or the model here; with a cache, what it answers is kept."""
    asked = Server(*server.split()) if server else LocalModel(reader_model)
    return KeptCompleter(asked, Path(cache) / "sentences") if cache else asked


listener = ex.Json(completer()) if server else one_pass
if cache:
    listener = KeptSimulator(listener, Path(cache) / "levels")
failures = []  # of the reader, if it is a server

# %% [markdown]
# ### The reader, on sentences that are true
#
# The rule neurons are the first test, and neurons of SmolLM2 itself the second. In the first block some neurons fire on one token
# alone, and a sentence that names it is as true as a sentence can be. We look for those that in the passages for
# explaining reach half their largest value on one token only, the clearest first, and take what they do in the passages for scoring. The
# *oracle*, which knows the token and nothing else, says how much a reader could have: this is a test that a good reader passes.


# %%
from polylib.language.activation_records import ActivationRecord


def stretched(tokens, values, p):
    """Stretches of a passage that do not overlap."""
    starts = range(0, len(tokens) - window + 1, window)
    cuts = [slice(start, start + window) for start in starts]
    return [ActivationRecord(tokens[c], values[c], p) for c in cuts]


def halves_of(x):
    """Values (passages, tokens) of all parts, cut into stretches and split."""
    made = [
        stretched(t, v, p) for p, (t, v) in enumerate(zip(whole, x, strict=True))
    ]
    sides = ([made[p] for p in np.flatnonzero(side)] for side in (known, ~known))
    return ex.Split(*([r for p in side for r in p] for side in sides))


# %%
def chosen(split, n):
    """Half of n stretches because the neuron fires there, half at random."""
    rng = np.random.default_rng(seed)
    ranked = sorted(split.score, key=lambda r: -r.values.max())
    best, rest = ranked[: n // 2], ranked[n // 2 :]
    drawn = [rest[i] for i in rng.permutation(len(rest))[: n - n // 2]]
    return ex.Split(split.explain, best + drawn)


known = np.tile(told, n_parts)
of_block = np.concatenate(inner or [np.zeros((len(whole), n_tokens, 0))])[
    :, skip:
]


# %%
def one_token_neurons(least=4):
    """Neurons that reach half their largest value on one token alone, the clearest
    first: those that follow it most closely in the passages for explaining."""
    x = of_block[known]
    words = np.array([w for w, k in zip(whole, known, strict=True) if k])
    fires = (x >= x.max((0, 1)) / 2) & (x.max((0, 1)) > 0)
    found = {}
    for unit in np.flatnonzero(fires.sum((0, 1)) >= least):
        fired = {*words[fires[..., unit]]}
        token = next(iter(fired))
        if len(fired) == 1 and token.strip():
            here = (words == token).ravel()
            clear = np.corrcoef(x[..., unit].ravel(), here)[0, 1]
            found[token.strip()] = max(
                found.get(token.strip(), (-1.0, 0)), (clear, int(unit))
            )
    ranked = sorted(found.items(), key=lambda item: -item[1][0])
    return [(unit, rule_neurons.word(token)) for token, (_, unit) in ranked]


# %%
tested = {"rules": [], "neurons": []}  # sentence, split, oracle
for rule in rules:
    values = [np.asarray(rule(tokens)) for tokens in whole]
    tested["rules"].append(
        (rule.text, chosen(halves_of(values), n_windows), rule)
    )
for unit, rule in one_token_neurons()[:n_neurons]:
    split = chosen(halves_of(of_block[..., unit]), max(n_windows // 2, 2))
    tested["neurons"].append((rule.text, split, rule))


def value_of(score):
    return score.value if isinstance(score, ex.Score) else None


def heard(split, text):
    """Correlation of values with what the reader makes of a sentence, or None."""
    found = ex.score(split, ex.Explanation(text), listener)
    failures.extend(failure.error for failure in found.failures)
    return value_of(found.correlation)


# %%
def reading(group):
    """For each of a group, what its own and the next one's sentence score."""
    found = []
    for i, (text, split, rule) in enumerate(group):
        other = next(
            (t for t, _, _ in group[i + 1 :] + group[:i] if t != text), None
        )
        by = None if rule is None else value_of(oracle(split, rule))
        entry = {"text": text, "own": heard(split, text), "oracle": by}
        entry["other"] = None if other is None else heard(split, other)
        entry["table"] = value_of(
            ex.explain_and_score(split, table, lookup).correlation
        )
        found.append(entry)
    return found


read = {name: reading(group) for name, group in tested.items()}


# %%
def shown_as(value):
    """One digit, without minus zero."""
    return " none" if value is None else f"{round(value, 1) + 0.0:5.1f}"


def print_read(found):
    print(f"{'':44s}oracle  own other's table")
    for name, entries in found.items():
        for entry in entries:
            four = (
                shown_as(entry[k]) for k in ("oracle", "own", "other", "table")
            )
            print(f"{name[:10]:11s}{entry['text'][:32]:33s}", *four)


print_read(read)

# %% [markdown]
# The reader does not tell a true sentence from another one. What its levels follow is likely the kind of token,
# whatever the sentence says. The oracle and the table show that there was something to hear. With this reader, then, a low
# score says nothing about a direction: it is a statement about the instrument.
#
# ### The writer, and sentences about directions
#
# The other half. A language model as writer is shown stretches with their levels, as GPT-4 was; a table writes by naming its
# highest tokens. Here are its sentences for one direction of each kind; what a language model writes, on rule neurons first, is part of the
# longer run.


# %%
def write(kind, split):
    """A sentence, by the table or by a language model that is shown levels."""
    if kind == "table":
        return table.explain(split.explain).text
    best = sorted(split.explain, key=lambda r: -r.values.max())[:5]
    return ex.Pairs(completer()).explain(best).text


# %%
written = []
for kind in writers.split():
    subjects = {text: split for text, split, _ in tested["rules"]}
    subjects = subjects if kind == "model" else {}
    for k, name in enumerate(KINDS[:4]):
        at = k * n_directions, layers.index(heard_at)
        subjects[name] = chosen(
            split_of(records[0], *at, width=window), max(n_windows // 2, 2)
        )
    sentences = {name: write(kind, split) for name, split in subjects.items()}
    written += [
        {"writer": kind, "of": of, "text": t} for of, t in sentences.items()
    ]
    if kind == "table" and "model" in writers:
        group = [(sentences[name], subjects[name], None) for name in KINDS[:4]]
        read["directions"] = reading(group)
for entry in written:
    print(in_lines(f"{entry['writer']} of {entry['of']}: {entry['text']}"))
if failures:
    print(f"{len(failures)} stretches unread, the first: {failures[0]}")

# %% [markdown]
# (sec-expl-scale)=
# ## All layers, and what can be said
#
# A file of parameters, `08-explanations-all-layers`, makes the same notebook run over all layers, with more passages, directions and
# draws of the weights, more factors, and fifty stretches for each rule. Where such a run is kept, it is drawn here and the findings rest on it;
# else on the run of this page.
#
# A file of parameters for a larger reader, Qwen2.5 with seven billion weights, is with the others in
# {doc}`../book/reproduce`; with it the true sentences about rules come first, as here. It has not been run: its weights come
# over a network.

# %% tags=["hide-input"]
summary = {
    "layers": layers,
    "scores": {what: x.tolist() for what, x in scores.items()},
    "dial": {f"{f:g}": np.array(x).tolist() for f, x in dial.items()},
    "answers": {str(f): np.array(x).tolist() for f, x in answers.items()},
    "asked_at": asked_at,
    "best": flattered.tolist(),
    "read": read,
    "written": written,
}
if save_as:
    parameters.pop("cache")  # a folder of this machine's, and an address
    parameters["server"] = server.partition(" ")[2]
    results.save(f"08-explanations-{save_as}", summary, parameters, device=device)

# %% mystnb={"figure": {"caption": "The longest run at hand: the kept one, where there is one, else that of this page. Lines and bands as above.", "name": "fig-expl-scale"}, "image": {"alt": "Two panels against layer, as in the figure above. Left: PCA axes highest, then random directions, single units, slow directions. Right: token and pair tables together, then frequency, and near 0 place and the pair table on what the token table leaves."}} tags=["hide-input"]
saved = [results.load(f"08-explanations-{run}") for run in compare_with.split()]
runs = [run["values"] for run in saved] or [summary]  # else this one
kept = runs[0]
for run in saved:
    print(results.describe(run))
draw(kept["scores"], kept["layers"])

# %% mystnb={"figure": {"caption": "The longest run at hand: score against factor, bars and bands as above.", "name": "fig-expl-scale-dial"}, "image": {"alt": "Correlation against factor, 1 to 50, logarithmic: three rising lines, one a depth, that cross the horizontal lines of the trained network between factors 8 and 50."}} tags=["hide-input"]
draw_dial(kept["dial"], np.array(kept["scores"]["own"])[:, 0], kept["layers"])

# %% tags=["hide-input"]
depth = len(kept["layers"])
at = sorted({0, depth // 3, 2 * depth // 3, depth - 1})
printed(
    {what: np.array(x)[..., at] for what, x in kept["scores"].items()},
    [kept["layers"][i] for i in at],
)
for factor, x in kept["dial"].items():
    means = np.array(x)[:, at].mean(0).round(1) + 0.0
    print(
        f"{'random weights, over ' + factor:34s}", *(f"{v:5.1f}" for v in means)
    )
print_read(kept["read"])
by_model = [e for e in kept["written"] if e["writer"] == "model"]
examples = {example.text for example in ex.EXAMPLES}
copies = sum(entry["text"] in examples for entry in by_model)
print(f"sentences by model: {len(by_model)},", end=" ")
print(f"{len({e['text'] for e in by_model})} different, {copies} from its prompt")

# %% [markdown]
# What of this holds beyond the parts that were looked at? Each sentence is a finding, with its
# intervals over parts (or over neurons), at several depths.

# %% tags=["hide-input"]
from polylib.finding import Finding

deep = at[1:]  # places of three depths
own = np.array(kept["scores"]["own"])  # (parts, kinds, layers)
IN_PARTS = {
    "source": "this book",
    "replicates": "parts of the corpus, with directions of their own",
    "networks": 1,
    "about": "this network",
    "unit": "mean correlation with held-out values",
}


def found(title, null, **other):
    finding = Finding(title, null=null, **IN_PARTS | other)
    for run in saved:
        finding.rests_on(run)
    return finding


# %% tags=["hide-input"]
predicts = found(
    "A table of tokens predicts random directions of SmolLM2",
    "the size of the score with another random direction's table",
)
other = np.array(kept["scores"]["other"])
for i in deep:
    predicts.more(own[:, 0, i], other[:, 0, i], layer=kept["layers"][i])
predicts

# %% tags=["hide-input"]
loud = found(
    "Random directions of SmolLM2 are easier to predict than single units",
    "single units of the same layer and part",
)
for kind, units in ((0, "as they are"), (4, "equally loud")):
    for i in deep:
        where = {"layer": kept["layers"][i], "units": units}
        loud.more(own[:, kind, i], own[:, 1, i], **where)
loud

# %% tags=["hide-input"]
learnt = found(
    "Directions of a network that has learnt nothing are harder than SmolLM2's",
    "random weights with standard deviation 1/24, a draw for each part, the output "
    "of blocks divided by a factor",
)
for factor, x in kept["dial"].items():
    for i in deep:
        where = {"factor": float(factor), "layer": kept["layers"][i]}
        learnt.less(np.array(x)[:, i], own[:, 0, i], **where)
learnt

# %% tags=["hide-input"]
asked = found(
    "Directions of a network that has learnt nothing are harder when only yes or no is asked",
    "random weights with standard deviation 1/24, as before",
    unit="mean balanced accuracy",
)
of_trained, *others = kept["answers"].items()
for factor, x in others:
    for q, question in enumerate(ASKED):
        twin, trained = (np.array(v)[:, q, 0] for v in (x, of_trained[1]))
        asked.less(twin, trained, factor=float(factor), question=question)
asked

# %% tags=["hide-input"]
flatters = found(
    "Scoring the best records alone flatters",
    "the passages that were not chosen, the same explanation",
    unit="mean correlation",
)
best = np.array(kept["best"])
context = found(
    "The token before says something that the token does not",
    unit="correlation with what the token's table leaves",
    null="",
)
for i in deep:
    layer = kept["layers"][i]
    flatters.more(best[:, i, 0], best[:, i, 1], layer=layer)
    before = np.array(kept["scores"]["before"])[:, 0, i]
    context.more(before, 0, layer=layer)
flatters

# %% tags=["hide-input"]
context

# %% tags=["hide-input"]
hears = found(
    "SmolLM2 as reader gains by a sentence that is true",
    "the sentence of the next neuron or direction, read to the same model",
    replicates="rules, neurons or directions",
    unit="correlation of levels with values",
)
for name, entries in kept["read"].items():
    pairs = [(entry["own"], entry["other"]) for entry in entries]
    pairs = [pair for pair in pairs if None not in pair]
    hears.more(*np.transpose(pairs), **{"sentences about": name})
hears

# %% [markdown]
# The writer is told apart from the reader by the sentences themselves. The rules differ, so a writer that looks at the levels
# would not write one sentence for several of them, and none that stands in its own prompt. The lines before the findings count both.

# %% [markdown]
# ## Summary
#
# - **The scoring measures what it says.** On neurons with a known rule the oracle scores 1, another rule about 0, and noise
#   costs what the theorem computes ({claim}`What a score can be`). A linear calibration cannot change a correlation, except
#   its sign.
# - **Scoring the best records alone can flatter.** For neurons that fire rarely and in clusters it does, as derived; for
#   random directions of SmolLM2 the difference is small
#   ({finding}`not decided <Scoring the best records alone flatters>`). The script scored nothing else.
# - **A table of tokens predicts random directions of SmolLM2**, without any words
#   ({finding}`A table of tokens predicts random directions of SmolLM2`). A part of that is how common a token is.
# - **Random directions are easier to predict than single units at one layer of three, and only where loud units are left
#   loud** ({finding}`seen if <Random directions of SmolLM2 are easier to predict than single units>`).
# - **Directions of a network that has learnt nothing are harder than SmolLM2's** at the scale at which trainings start, and
#   not any more once its blocks are made almost silent
#   ({finding}`seen if <Directions of a network that has learnt nothing are harder than SmolLM2's>`). So a high score alone
#   proves nothing.
# - **A reader must be tested on sentences that are true.** SmolLM2 as reader was not seen to gain by them
#   ({finding}`not decided <SmolLM2 as reader gains by a sentence that is true>`), so what it says about sentences on
#   directions cannot be read. That is a result about the instrument, at 135 million weights.
#
# **What it means for reading a network.** The supplement's script could have given random directions of GPT-2 XL scores of
# a few tenths, and nobody could have said whether that is much. Any such number needs the table of tokens beside it, and
# networks that have learnt nothing, at more than one scale, and a reader's score on true sentences. The question of the title has
# no answer here, because our reader does not hear words. And that a table predicts a random direction does not speak against a
# good code, either: a systematic code carries its message in clear, beside its checks. What the table reads is the token that has
# just come in, which the stream carries along; it says little about what the network computes.
#
# What this does not show: how larger models behave, whether a better reader hears more in a sentence than a table does, or
# anything about units inside the blocks, to which OpenAI's scores belong. {doc}`09-mine` leaves the language model and
# turns to the one figure of the supplement, and to information in a deep network.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-expl-seen
# At layer 0 a token's vector is its embedding, and a table would be perfect if it had met every token. Suppose that the
# values of tokens are independent draws of one law, and that the table has met a share of the tokens. What is its
# correlation with the values? Compare with the figure.
# ```
#
# ````{solution} ex-expl-seen
# :class: dropdown
# Where the token is known the simulation is the value, elsewhere it is about the mean. So the simulation's variance is the
# share times that of the values, and so is their covariance: the correlation is the square root of the share.
# ````

# %% tags=["hide-cell"]
at_bottom = split_of(records[0], 0, 0)
met = {token for r in at_bottom.explain for token in r.tokens}
share = np.mean([token in met for r in at_bottom.score for token in r.tokens])
bottom = scores["own"][0, 0, 0]
print(f"share of tokens met before: {share:.2f}, its root: {share**0.5:.2f}")
print(f"random directions at layer 0, same part: {bottom:.2f}")
assert abs(bottom - share**0.5) < 0.1

# %% [markdown]
# ```{exercise}
# :label: ex-expl-end
# The script explains one end of a direction. Suppose that values are Gaussian about 0, and that an explanation of one end
# is perfect: it says the positive part of every value. Score it on the values themselves, of both signs. What is its
# correlation with the values themselves? How much of the variance does the other end hold?
# ```
#
# ````{solution} ex-expl-end
# :class: dropdown
# The positive part of a standard Gaussian has covariance one half with it, by symmetry, and variance one half less
# {math}`1/2\pi`. The correlation is 0.86, and its square, the share that one end explains, 0.73: a perfect
# explanation of one end leaves a bit over a quarter of the variance to the other.
# ````

# %% tags=["hide-cell"]
gaussian = np.random.default_rng(seed).standard_normal(400_000)
exact = 0.5 / np.sqrt(0.5 - 0.5 / np.pi)
drawn = np.corrcoef(gaussian, np.maximum(gaussian, 0))[0, 1]
print(f"exact {exact:.2f}, drawn {drawn:.2f}, share {exact**2:.2f}")
assert abs(exact - drawn) < 0.01

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
