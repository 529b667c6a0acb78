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
# This chapter builds the pipeline again, on open models, and proves first that it measures what it should: on neurons
# whose rule is known. Then it finds something that makes most of the machinery unnecessary. No words are needed to
# predict a random direction. A plain *table*, which gives every token its average on other passages, reaches
# correlations from 0.8 at the bottom of the network to 0.4 or 0.5 at the top, and above the lowest layer more than for single
# units. What that says about the direction is little; what it says about such scores is a lot.

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
# - {ref}`sec-expl-record`: which directions, in which networks, and the simplest of explainers.
# - {ref}`sec-expl-proof`: neurons that follow a known rule, and what a score must be.
# - {ref}`sec-expl-top`: what happens if only the most exciting passages are scored.
# - {ref}`sec-expl-layers`: how well a table of tokens predicts each, and what that measures.
# - {ref}`sec-expl-instrument`: what a small model makes of a true sentence, and of others.
# - {ref}`sec-expl-scale`: the same with more of everything, and what needs a larger model.
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
n_fit: int = 20  # passages to which PCA axes and slow directions are fitted
n_passages: int = 50  # others, half of them to explain and half to score
n_tokens: int = 64  # of each passage
skip: int = 4  # tokens at the start that no statistic uses
every: int = 6  # layers between those that are looked at
n_directions: int = 6  # of each kind and layer
quiet: float = 0.02  # factor on what the blocks of the third network add
batch_size: int = 10  # passages a forward pass
window: int = 20  # tokens of the stretches that a language model reads
n_windows: int = 4  # such stretches a direction, half of them its best
heard_at: str = "18"  # layers whose explanations it reads, of those looked at
n_heard: int = 1  # directions of each kind and layer that it reads about
writers: str = "table"  # who writes sentences: "table", or "table model"
cache: str = ""  # a folder of answers, so that a killed run goes on
passage: int = 3  # the one that is shown
save_as: str = ""  # "all-layers" saves this run under that name
compare_with: str = "all-layers"  # saved run to show beside this one

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
# ## From a direction to levels
#
# Four kinds of directions are compared. *Random* ones are uniform on the sphere. *Single units* are axes of the residual
# stream, which is as near to "neurons" as a stream comes. *PCA axes* are the leading ones of the layer, and *slow*
# directions are those of {ref}`sec-traj-search`. The last two are fitted, so they get passages of their own, which
# nobody explains or scores.
#
# And there are three networks. One is SmolLM2, as in chapter 7, in the copy that was taught to
# follow instructions. One has random weights, as the library transformers draws them. The
# third has random weights, too, but everything that its blocks write to the stream is made fifty times smaller. It
# knows as little as the second. (Recipes for the start of a training often make these weights smaller, too, if by less:
# by a factor of eight at this depth.)
#
# The corpus prints some articles twice, whole or in part. Copies would stand on both sides of the split between passages
# to explain and passages to score, so all but the first of each are dropped.

# %%
import torch
from polylib import language
from polylib.language import passages
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # two threads help the network alone

lm = language.load(model, device=device)
wanted = n_fit + n_passages
articles = passages.texts(corpus, wanted + wanted // 4)  # some are copies
some = passages.tokenize(articles, lm.tokenizer, n_tokens)
some, before = passages.without_copies(some), len(some)
print(f"{before} passages, {before - len(some)} of them copies")
some = some[:wanted]
assert some.mask.all() and len(some) == wanted, "too few whole passages"
hushed = language.untrained(lm, seed=seed)
into_stream = ("o_proj.weight", "down_proj.weight", "c_proj.weight")
with torch.no_grad():
    for name, weight in hushed.model.named_parameters():
        if name.endswith(into_stream):
            weight.mul_(quiet)
networks = {"trained": lm, "random weights": language.untrained(lm, seed=seed)}
networks["random weights, quiet blocks"] = hushed
layers = sorted({*range(0, lm.n_layers + 1, every), lm.n_layers})
print(f"{lm.name}, layers", *layers)

# %%
import numpy as np
from polylib.language import PathMoments, residual_stream, slowest, trajectory

KINDS = ["random", "single unit", "PCA axis", "slow"]
names = [f"{kind} {i}" for kind in KINDS for i in range(n_directions)]


def directions(network):
    """Unit vectors (layers, units, kinds x n), fitted on the first passages."""
    rng = np.random.default_rng(seed)
    moments = PathMoments(layers, groups=1, skip=skip)
    for batch in residual_stream(network, some[:n_fit], batch_size):
        moments.add(batch)
    shape = len(layers), network.n_units, n_directions
    found = list(trajectory.random_directions(*shape, rng=rng))
    for i, (step, spread) in enumerate(zip(*moments.moments(), strict=True)):
        unit = rng.choice(shape[1], n_directions, replace=False)
        axes = np.linalg.eigh(spread)[1][:, ::-1][:, :n_directions]
        slow = slowest(step, spread, n_directions)[1]
        slow = slow / np.linalg.norm(slow, axis=0)
        found[i] = np.hstack([found[i], np.eye(shape[1])[:, unit], axes, slow])
    return np.stack(found)


# %%
from pathlib import Path

from polylib import explanation as ex
from polylib.language import activation_records

sizes = f"{corpus}-{seed}-{n_fit}-{n_passages}-{n_tokens}-{n_directions}"
sizes += f"-{every}-{quiet:g}"


def recorded(label, network):
    """Records of all directions, kept in the cache if there is one."""
    kept = Path(cache) / f"{model}-{label}-{sizes}.npz".replace("/", "-")
    if cache and kept.is_file():
        return activation_records.load(kept)
    where = {"layers": layers, "names": names, "batch_size": batch_size}
    axes = directions(network)
    made = activation_records.record(network, some[n_fit:], axes, **where)
    if cache:
        activation_records.save(kept, made)
    return made


records = {label: recorded(label, network) for label, network in networks.items()}
shape = "directions, layers, passages, tokens"
print(f"({shape}) = {records['trained'].values.shape} for each network")

# %% [markdown]
# Passages are split once and for all: half of them are for explaining, the other half for scoring, with no choice among
# them. A {term}`table of tokens <token table>` is the simplest explainer. It gives each token its mean level in the passages for
# explaining, and a token that it has not met gets the mean of all. Its simulator looks the tokens up. It needs no
# language model, and nothing about a token's neighbours enters. One record, real beside simulated:

# %%
import textwrap

from polylib.explanation import ShadedText

half = n_passages // 2
in_lines = textwrap.TextWrapper(72, subsequent_indent="  ").fill
table, lookup = ex.TokenTable(), ex.Lookup()


def split_of(label, d, layer, sign=1):
    """Half the passages to explain, half to score, the same ones always."""
    windows = ex.record_windows(records[label], d, layer, sign=sign, skip=skip)
    rng = np.random.default_rng(seed)
    return ex.select(windows, n_explain=0, n_score=0, n_random=half, rng=rng)


split = split_of("trained", 0, 1)
one = ex.explain_and_score(split, table, lookup)
shown = split.score[passage]
real = ex.levels(shown.values, split.top)
guess = one.simulations[passage].expected
print(in_lines(f"{names[0]}, layer {layers[1]}: {one.explanation.text}"))
print(f"correlation over {half} held-out passages: {one.correlation.value:.1f}")
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
texts = [tokens[skip:] for tokens in some.tokens[n_fit:]]
rules, halves = (
    rule_neurons.RULES,
    {"n_explain": 0, "n_score": 0, "n_random": half},
)


def neuron(rule, noise):
    """Split of the records of a rule's neuron."""
    draws = np.random.default_rng(seed)
    made = rule_neurons.records(rule, texts, noise=noise, rng=draws)
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
# (`tests/explanation/test_peer.py`). Coarser questions, whether a neuron fires in a text at all (*detection*) or on marked
# tokens (*fuzzing*) {cite:p}`paulo2024`, are not put in this chapter. `polylib.explanation.questions` asks them and scores
# the answers, of simulated levels or of a language model, and the oracle's are always right
# (`tests/explanation/test_questions.py`).

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
        drawn = rule_neurons.records(rule, texts, noise=2.0, rng=rng)
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
# Now real directions. The explanation is the script's, a table of five of the ten best records, and it is scored twice:
# as the script did, on the other five, and on all passages that were not chosen.


# %% tags=["hide-input"]
def curve(part, key="mean"):
    """Numbers by layer, nan where there is none."""
    return np.array([np.nan if m[key] is None else m[key] for m in part], float)


def numbers(scores_):
    """Mean, its 95 % interval, and how many directions had no score."""
    mean = ex.mean_score(scores_)
    if isinstance(mean, ex.Undefined):
        return {
            "mean": None,
            "low": None,
            "high": None,
            "undefined": len(scores_),
        }
    low, high = (float(x) if np.isfinite(x) else None for x in mean.interval)
    ends = {"low": low, "high": high, "undefined": mean.undefined}
    return {"mean": mean.value} | ends


# %% tags=["hide-input"]
from dataclasses import replace


def script_scores(label, d, layer, sign):
    """Correlation on the other five of the best ten, and on the passages left."""
    windows = ex.record_windows(records[label], d, layer, sign=sign, skip=skip)
    ten = ex.select_even_odd(windows, 10)
    seen = {r.passage for r in ten.explain + ten.score}
    left = [r for r in windows if r.passage not in seen]
    words = table.explain(ten.explain)
    rest = ex.Split(ten.explain, left)
    return [ex.score(part, words, lookup).correlation for part in (ten, rest)]


# %% tags=["hide-input"]
def at_ends(label, layer):
    """Mean scores over directions, of two ends each: best records, rest, gap."""
    found = [[], [], []]
    for d in range(len(names)):
        ends = [script_scores(label, d, layer, sign) for sign in (1, -1)]
        known = [e for e in ends if all(isinstance(x, ex.Score) for x in e)]
        for place, none in enumerate([ex.Undefined("no end has a score")] * 2):
            own = [e[place] for e in known]
            mean = np.mean([x.value for x in own]) if own else None
            found[place].append(replace(own[0], value=mean) if own else none)
        pair = [f[-1] for f in found[:2]]
        gap = (
            replace(pair[0], value=pair[0].value - pair[1].value)
            if known
            else none
        )
        found[2].append(gap)
    return [numbers(part) for part in found]


two = ["trained", "random weights"]
flattered = {
    label: [at_ends(label, i) for i in range(len(layers))] for label in two
}


# %% mystnb={"figure": {"caption": "Mean score of the script's explanation, with a table of tokens as explainer, over all directions and both ends: on five of the ten best records, as the script scored, and on the passages that were not chosen. 95 % intervals over directions, for these passages.", "name": "fig-expl-top"}, "image": {"alt": "Two panels against layer. Trained: both lines start near 0.5, fall to about 0.3 by layer 12 and stay; the line of the best records lies above that of the other passages everywhere, by about 0.06. Random weights: both start near 0.5 and are near 0 from layer 6 on."}}
import matplotlib.pyplot as plt

fig, panels = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
for panel, label in zip(panels, two, strict=True):
    for index, what in enumerate(("best records", "other passages")):
        means = [pair[index] for pair in flattered[label]]
        y, low, high = (curve(means, key) for key in ("mean", "low", "high"))
        bars = [y - low, high - y]
        marks = {
            "marker": figures.MARKERS[index],
            "capsize": 2,
            "color": f"C{index}",
        }
        style = {"linestyle": figures.DASHES[index], "label": what}
        panel.errorbar(layers, y, bars, **marks, **style)
    panel.axhline(0, color="0.3", linewidth=0.8, linestyle=":")
    panel.set(xlabel="layer")
    panel.text(0.95, 0.9, label, transform=panel.transAxes, ha="right")
panels[0].set(ylabel="correlation")
panels[0].legend(loc="lower left")
plt.show()

# %%
for label in two:
    gaps = [three[2] for three in flattered[label]][1:]
    above = sum(gap["low"] > 0 for gap in gaps)
    means = np.round([gap["mean"] for gap in gaps], 2) + 0.0
    print(f"{label}, above layer 0: best records above others", end=" ")
    print(f"by {min(means):.2f} to {max(means):.2f},")
    print(f"  beyond chance in {above} of {len(gaps)} layers;", end=" ")
    print(f"directions without a score: {sum(g['undefined'] for g in gaps)}")

# %% [markdown]
# The best records flatter where a table is worth something, here by up to 0.07 above layer 0, and hardly where it is worth
# nothing. It depends on how choosy one is: in the kept run of {ref}`sec-expl-scale`, where the ten are the best of a hundred
# passages, the gap is 0.05 to 0.12 and beyond chance in every layer.
#
# Reprints would do worse, had we left them in: two copies of an article are among the best records together, and end up
# on both sides of the split, where a table scores by knowing them by heart.
#
# An end may have no score. A direction may be positive at every token, and its other end never is, so that all levels are 0
# and no correlation exists. Such an end is left out, and the direction is scored by its other end; it is never averaged in
# as zero. A direction counts as one without a score if neither end has one.

# %% [markdown]
# (sec-expl-layers)=
# ## Four kinds of directions, three networks
#
# Now the experiment, without any choice among passages. For every direction a table is made of each of its ends. The
# simulated value is what the one table says less what the other says, and the score is its correlation with the values
# of both signs, on held-out passages. Four things stand beside it. One is the explanation
# of *another* direction of the same kind and layer; its score's sign means nothing, so its size counts. One is the own
# table *shuffled*: the same tokens and levels, put together at random. *Place* predicts from the number of the token in the passage alone, and
# *frequency* from how common the token is: two things that nobody would call an explanation.
#
# What to expect? If good scores meant that a direction is a feature, single units and the fitted axes should be easy
# and random directions hard. And a network that has learnt nothing should score nothing.

# %%
from polylib.explanation import calibration


def trivial(split):
    """Correlations with what the place, and the token's frequency, predict."""
    truth = [r.values for r in split.score]
    by_place = np.mean([r.values for r in split.explain], axis=0)
    known = [t for r in split.explain for t in r.tokens]
    counts = dict(zip(*np.unique(known, return_counts=True), strict=True))

    def common(part):
        return [np.log1p([counts.get(t, 0) for t in r.tokens]) for r in part]

    line = calibration.fit(
        "linear",
        np.concatenate(common(split.explain)),
        np.concatenate([r.values for r in split.explain]),
    )
    by_count = [line(x) for x in common(split.score)]
    place = ex.correlation(truth, [by_place] * len(truth))
    return place, ex.correlation(truth, by_count)


# %% tags=["hide-input"]
def exchanged(tables, rng):
    return ex.exchanged(tables, rng=rng)


def shuffled(tables, rng):
    return [ex.shuffled_table(one, rng=rng) for one in tables]


def scores_with(words, up, down):
    """Scores of all directions with tables in place of their own, at both ends."""
    ends = []
    for side in (up, down):
        tables = words([r.explanation for r in side], np.random.default_rng(seed))
        pairs = zip(side, tables, strict=True)
        ends.append([ex.score(r.split, one, lookup) for r, one in pairs])
    return [ex.both_ends(*pair) for pair in zip(*ends, strict=True)]


# %% tags=["hide-input"]
def size(score):
    """Its distance from 0, as an end's sign is arbitrary."""
    is_one = isinstance(score, ex.Score)
    return replace(score, value=abs(score.value)) if is_one else score


def scores_of(label, layer, kind):
    """Scores of all directions of one kind in one layer, by what predicts them."""
    first = KINDS.index(kind) * n_directions
    splits = [split_of(label, first + d, layer) for d in range(n_directions)]
    up = [ex.explain_and_score(s, table, lookup) for s in splits]
    down = [ex.explain_and_score(s.flipped(), table, lookup) for s in splits]
    place, frequency = zip(*map(trivial, splits), strict=True)
    return {
        "own": [ex.both_ends(*pair) for pair in zip(up, down, strict=True)],
        "other": [size(s) for s in scores_with(exchanged, up, down)],
        "shuffled": scores_with(shuffled, up, down),
        "place": list(place),
        "frequency": list(frequency),
    }


# %%
def by_layer(label, kind):
    """Lists over layers, by what predicts."""
    found = [scores_of(label, i, kind) for i in range(len(layers))]
    return {what: [numbers(at[what]) for at in found] for what in found[0]}


scores = {
    label: {kind: by_layer(label, kind) for kind in KINDS} for label in networks
}


# %% mystnb={"figure": {"caption": "Mean correlation of a table of tokens with held-out values, by layer, for four kinds of directions in three networks, 95 % intervals over directions, for these passages. Grey: between the least and the greatest, among the four kinds, of the mean size of the score with another direction's table.", "name": "fig-expl-layers"}, "image": {"alt": "Three panels against layer, four lines each. Trained: PCA axes fall from 0.9 to 0.6, random directions from 0.8 to 0.4, single units from 0.75 to 0.3, below random directions from layer 6 on, slow directions from 0.4 to 0.1. Random weights: the same starts, and all lines at 0 from layer 6 on. Random weights with quiet blocks: lines almost level, PCA axes near 1, random directions and single units near 0.7, slow ones from 0.45 to 0.3. A grey band lies between 0 and 0.3, widest in the trained network."}} tags=["hide-input"]
def draw(axes, found, at):
    """One panel a network, one line a kind, grey for the floors."""
    for panel, (label, kinds) in zip(axes, found.items(), strict=True):
        floors = np.array([curve(kinds[kind]["other"]) for kind in KINDS])
        panel.fill_between(at, floors.min(0), floors.max(0), color="0.85")
        for index, kind in enumerate(KINDS):
            own = kinds[kind]["own"]
            style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
            marks = {"marker": figures.MARKERS[index], "markersize": 3}
            panel.plot(at, curve(own), label=kind, **style, **marks)
            low, high = curve(own, "low"), curve(own, "high")
            panel.fill_between(
                at, low, high, color=f"C{index}", alpha=0.15, linewidth=0
            )
        panel.axhline(0, color="0.3", linewidth=0.8, linestyle=":")
        panel.set(xlabel="layer", ylim=(-0.35, 1))
        panel.text(
            0.5, 1.02, label, transform=panel.transAxes, ha="center", fontsize=9
        )
    axes[0].set_ylabel("correlation")


fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.2), sharey=True)
draw(axes, scores, layers)
axes[1].legend(fontsize=8, loc="upper right")
plt.show()

# %%
print(
    "                                    layer",
    *(f"{layer:6d}" for layer in layers),
)
for label, kinds in scores.items():
    for kind, whats in kinds.items():
        line = " ".join(f"{x:6.1f}" for x in curve(whats["own"]).round(1) + 0.0)
        print(f"{label:29s}{kind:12s}{line}")
print("trained, other predictors: largest mean size over layers")
for what in ("other", "shuffled", "place", "frequency"):
    worst = [abs(curve(k[what])).max() for k in scores["trained"].values()]
    line = ", ".join(f"{x:.1f} {k}" for k, x in zip(KINDS, worst, strict=True))
    print(f"  {what:10s}{line}")
undefined = [
    m["undefined"] for k in scores.values() for w in k.values() for m in w["own"]
]
print(f"undefined scores: {sum(undefined)} of {len(undefined) * n_directions}")
by_label = [curve(scores[label]["random"]["own"]) for label in networks]
assert 1 > by_label[0][0] > by_label[0][-1] > 0.2 > by_label[1][-1]
assert (by_label[2][1:] > by_label[0][1:]).all()

# %% [markdown]
# It comes out otherwise. In the trained network the table predicts a random direction with a correlation near 0.8 at
# the bottom and 0.4 at the top, and the leading PCA axes with more. Single units, which have the better claim to be
# something, do *worse* than random directions from the first blocks on. Slow directions do worst, and for a good
# reason: what moves slowly can depend little on the token, which changes at every step, once blocks have given it
# something else. For them the place in the passage does better than for the others, as chapter 7's clock would have it.
#
# A shuffled table scores about 0. The score with another random direction's table has a mean size of up to 0.3 (here most
# at layer 0; in the kept run up to 0.23, in layers 3 to 8): directions share some of what they say. But the frequencies are sobering. Knowing
# only how *common* a token is already gives random directions a few tenths at some layers (in the kept run of {ref}`sec-expl-scale` about
# 0.4 at layer 0 and 0.1 to 0.3 above): a part of what looked like an explanation is "common words on this side, rare
# words on that".
#
# ### What a table measures
#
# The table's score is no measure of meaning. It is a measure of how much of the stream at a token still depends on
# which token it is. At layer 0 that is everything: the score is below 1 only because many tokens of the passages for
# scoring have not been met in the others. (The first exercise computes it.) Every block adds something that depends on
# the context, and the score falls. In the network with random weights one can see how arbitrary that is. Its blocks
# write so much more into the stream than the embedding put there that after a few layers the token is lost, and a table
# predicts next to nothing. Make the blocks' output fifty times smaller, and the stream is the embedding almost to the
# end: the same network, which knows nothing, is now *better* explained than the trained one. {cite:t}`heap2025` found
# that explanations of the features of sparse autoencoders score about as well in random transformers as in trained ones. Here the
# random network scores next to nothing, or more than the trained one. What decides is one factor of its initialisation.
#
# So above layer 0 the two null models bracket the trained network, for random directions, and neither score says that somebody has understood something.
#
# ### Why random directions do better than single units
#
# The variance along a random direction is on average a trace ({prf:ref}`thm-random-direction`), and so is the part of it
# that tokens explain. In both, each unit counts by its variance. So a random direction is a blend in which loud units speak
# loudest. If loud units depend on the token more than quiet ones do, then it does, too. For all units of a layer at once:

# %%
from scipy.stats import spearmanr

deep = lm.n_layers // 2
axes_of_units = np.eye(lm.n_units, dtype=np.float32)[None]
one_layer = {"layers": [deep], "batch_size": batch_size}
of_units = activation_records.record(lm, some[n_fit:], axes_of_units, **one_layer)
x = of_units.values[:, 0, :, skip:].astype(float)  # (units, passages, tokens)
kinds_of_token, code = np.unique(texts, return_inverse=True)
code = code.reshape(x.shape[1:])
told, held = code[:half].ravel(), code[half:].ravel()
counts = np.bincount(told, minlength=len(kinds_of_token))
mean = x[:, :half].mean((1, 2), keepdims=True)[:, :, 0]
sums = np.zeros((len(x), len(counts)))
np.add.at(sums.T, told, (x[:, :half].reshape(len(x), -1) - mean).T)
guess = (sums / np.maximum(counts, 1))[:, held]  # 0 for a token not met
rest = x[:, half:].reshape(len(x), -1)
r_unit = np.array(
    [np.corrcoef(*pair)[0, 1] for pair in zip(guess, rest, strict=True)]
)

# %%
loudness = rest.var(1)
plain, weighted = (r_unit**2).mean(), np.average(r_unit**2, weights=loudness)
order = spearmanr(loudness, r_unit).statistic
print(
    f"layer {deep}, all {len(x)} units, share of variance that a table explains:"
)
print(f"  each unit alike {plain:.1f}, each by its variance {weighted:.1f}")
print(f"  rank correlation of a unit's variance and its score {order:.1f}")
assert weighted > plain + 0.05 and order > 0.5

# %% [markdown]
# So a random direction is easy to predict because it is mostly loud units, and PCA axes, the loudest of all, are easier
# still. It is easy *because* it is nothing in particular.

# %% [markdown]
# (sec-expl-instrument)=
# ## A language model as reader
#
# A table is no sentence. The script's question was about *words*: can somebody who reads one sentence predict the
# direction? That somebody is a language model, and so the score measures two things at once, the sentence and the
# reader. The rule neurons tell them apart. Their sentences are true by construction, so what a true sentence
# gains over a wrong one is what this instrument can hear. (A score by itself may be higher, or negative: a reader's levels
# can follow the kind of token, whatever it was told.)
#
# Our reader works as the script's did. Its prompt has three worked examples, the sentence, and then the tokens, each with
# a tab and the word "unknown". At every tab it has probabilities for what comes next; those of the digits give an
# expected level. One forward pass serves all tokens at once. Cutting the prompt at each tab and asking once a token, as
# one must where only written tokens have probabilities, gives the same levels. How
# much longer that takes stands in {doc}`../book/speed`, beside what keeping the examples saves.

# %%
reader_model = language.load(reader, device=device) if reader else lm
one_pass = ex.AllAtOnce(reader_model)
sentence, few = ex.Explanation(rules[0].text), texts[0][:2]
together = one_pass.simulate(sentence, few).expected
apart = ex.TokenByToken(reader_model).simulate(sentence, few).expected
print(f"passes over the network: 1, against {len(few)}")
print(
    f"the same levels to 3 digits: {bool(np.allclose(together, apart, atol=1e-3))}"
)
assert np.allclose(together, apart, atol=0.05)

# %% [markdown]
# The parameter `server` puts a model behind any server of OpenAI's protocol in the place of the model in this
# process, as the writer of sentences below and as their reader. Such a server gives no probabilities of what it reads, so
# it is asked for the levels as text; an answer that is no list of the same tokens counts as a failure, never as zeros.
# (The tests ask a server and the model here for the same text, and get it. No server was asked for this page.)
#
# Here is what SmolLM2 as reader makes of true sentences. Each rule's neuron is read about in stretches of 20 tokens, half of them chosen
# because it fires there and half at random, once with its own sentence and once with the sentence of the next rule.

# %%
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


# %%
failures = []  # of the reader, if it is a server
stretches = [
    tokens[start : start + window]
    for tokens in texts
    for start in range(0, len(tokens) - window + 1, window)
]
best_of = {"n_explain": n_windows // 2, "n_score": n_windows // 2}
best_of["n_random"] = n_windows - n_windows // 2


# %%
def value_of(score):
    return score.value if isinstance(score, ex.Score) else None


def shown_as(value):
    """One digit, without minus zero."""
    return " none" if value is None else f"{round(value, 1) + 0.0:5.1f}"


def heard(split, sentences):
    """Correlations of one split's values with what the reader makes of each sentence."""
    found = [
        ex.score(split, ex.Explanation(text), listener) for text in sentences
    ]
    failures.extend(failure for one in found for failure in one.failures)
    return [one.correlation for one in found]


# %%
true_sentences = {}
for index, rule in enumerate(rules):
    rng = np.random.default_rng(seed)
    split = ex.select(rule_neurons.records(rule, stretches), **best_of, rng=rng)
    sentences = [rule.text, rules[(index + 1) % len(rules)].text]
    own, other = map(value_of, heard(split, sentences))
    true_sentences[rule.name] = {"own": own, "other": other}
    line = f"{rule.name:18s}own sentence {shown_as(own)}"
    print(f"{line}, next rule's {shown_as(other)}")

# %% [markdown]
# The reader does not tell a true sentence from another rule's. What its levels follow is likely the kind of token,
# whatever the sentence says: the neuron that fires on punctuation marks gets about −0.6 with its own sentence, and as
# much with a sentence on the word "the". With this reader, then, a low score says nothing about a direction. It is a
# statement about the instrument, and the rule neurons are what allows us to make it.
#
# ### Sentences about directions
#
# Still, here are sentences for one direction of each kind. The writer is the table again, which names its highest
# tokens. The scores beside the reader's are, on the same stretches, those of the reader with another direction's
# sentence and of the table that the sentence was made from.


# %%
def write(kind, whole, split):
    """A sentence, by the table or by a language model that is shown levels."""
    if kind == "table":
        return table.explain(whole).text
    return ex.Pairs(completer()).explain(split.explain).text


def reading(kind, d, at):
    """A direction's split in stretches, its sentence, and the score of its table."""
    windows = ex.record_windows(
        records["trained"], d, at, skip=skip, width=window
    )
    split = ex.select(windows, **best_of, rng=np.random.default_rng(seed))
    whole = split_of("trained", d, at).explain
    by_table = ex.score(split, table.explain(whole), lookup).correlation
    return split, write(kind, whole, split), by_table


# %%
readings = []
for layer in map(int, heard_at.split()):
    for kind in writers.split():
        chosen = [
            k * n_directions + i
            for k in range(len(KINDS))
            for i in range(n_heard)
        ]
        made = [reading(kind, d, layers.index(layer)) for d in chosen]
        for place, (split, text, by_table) in enumerate(made):
            others = (
                made[place + n_heard :] + made[:place]
            )  # of other kinds first
            stranger = next((t for _, t, _ in others if t != text), "")
            own, other = map(value_of, heard(split, [text, stranger or text]))
            other = other if stranger else None  # all say the same
            entry = {"layer": layer, "writer": kind, "name": names[chosen[place]]}
            scores_here = {
                "own": own,
                "other": other,
                "table": value_of(by_table),
            }
            readings.append(entry | scores_here | {"text": text})

# %%
for entry in readings[: len(KINDS) * n_heard]:
    print(in_lines(f"{entry['name']}, layer {entry['layer']}: {entry['text']}"))
    own, other, of_table = (shown_as(entry[k]) for k in ("own", "other", "table"))
    print(f"  read{own}, another's{other}, table{of_table}")
if failures:
    print(f"{len(failures)} stretches unread, the first: {failures[0].error}")

# %% [markdown]
# (sec-expl-scale)=
# ## All layers, and a larger reader
#
# The same notebook has run over all layers, with 20 directions of each kind and twice as many passages. That run is kept, and
# drawn here. In it SmolLM2 wrote sentences, too: it was shown stretches with their levels, as GPT-4 was.
#
# A file of parameters for a larger reader, Qwen2.5 with seven billion weights, is with the others in
# {doc}`../book/reproduce`; with it the true sentences about rules come first, as here. It has not been run: its weights come
# over a network.

# %% tags=["hide-input"]
summary = {
    "layers": layers,
    "scores": scores,
    "top": flattered,
    "rules": true_sentences,
    "readings": readings,
}
if save_as:
    parameters.pop("cache")  # a folder of this machine's, and an address
    parameters["server"] = server.partition(" ")[2]
    results.save(f"08-explanations-{save_as}", summary, parameters, device=device)

# %% mystnb={"figure": {"caption": "The kept run: all layers, 20 directions of each kind, 100 passages. Lines, bands and grey as before.", "name": "fig-expl-scale"}, "image": {"alt": "Three panels against layers 0 to 30. Trained: four lines that fall, PCA axes highest, then random directions, single units (which rise again between layers 17 and 23), slow directions. Random weights: all lines fall steeply and stay below 0.05 from layer 3 on. Random weights with quiet blocks: PCA axes from 0.95 to 0.9, random directions and single units together from 0.8 to 0.75, slow directions from 0.65 to 0.35. Grey bands of floors: up to 0.23 in the trained network at layers 3 to 8, mostly below 0.1 elsewhere."}}
saved = [results.load(f"08-explanations-{run}") for run in compare_with.split()]
for run in saved:
    fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.2), sharey=True)
    kept = run["values"]
    in_order = {label: kept["scores"][label] for label in networks}
    draw(axes, in_order, kept["layers"])
    axes[1].legend(fontsize=8, loc="upper right")
    plt.show()

# %% tags=["hide-input"]
for run in saved:
    print(results.describe(run))
    kept, parameters = run["values"], run["parameters"]
    print(f"  {parameters['n_directions']} directions of each kind", end=", ")
    print(f"{parameters['n_passages']} passages; layers 0, 15 and the last")
    print("               own                another's          frequency alone")
    found = kept["scores"]["trained"]
    for kind in KINDS:
        line = f"  {kind:12s}"
        for what in ("own", "other", "frequency"):
            three = curve(found[kind][what])[[0, 15, -1]].round(2) + 0.0
            line += "".join(f"{x:6.2f}" for x in three) + " "
        print(line)
    for label, pairs in kept["top"].items():
        both = (
            curve([three[i] for three in pairs])[1:].round(2) + 0.0
            for i in (0, 1)
        )
        best_records, others = (f"{x.min():.2f} to {x.max():.2f}" for x in both)
        print(
            f"  {label}, above layer 0: best records {best_records}, others {others}"
        )
    low = curve(found["random"]["own"], "low")[1:]
    clear = (low > curve(found["single unit"]["own"], "high")[1:]).sum()
    print(f"  random above single units, intervals apart, in {clear}", end=" ")
    print(f"of {len(low)} layers above 0")

# %% tags=["hide-input"]
for run in saved:
    kept = run["values"]
    print("the kept run")
    for label, pairs in kept["top"].items():
        means, lows = (
            np.array([three[2][key] for three in pairs[1:]])
            for key in ("mean", "low")
        )
        print(f"  {label}, above layer 0: best records above others", end=" ")
        print(f"by {means.min().round(2) + 0.0:.2f} to {means.max():.2f},")
        print(f"    beyond chance in {(lows > 0).sum()} of {len(lows)} layers")
    common_words = curve(kept["scores"]["trained"]["random"]["frequency"])
    print(f"  frequency alone: {common_words[0]:.1f} at layer 0,", end=" ")
    print(f"{common_words[1:].min():.2f} to {common_words[1:].max():.2f} above")
    idle = curve(kept["scores"]["random weights"]["random"]["own"])[6:]
    print(f"  random weights, from layer 6 on: {idle.max():.2f} at most")
    assert idle.max() < 0.035 and common_words[0] > common_words[1:].max()


# %%
from polylib.explanation import EXAMPLES
from scipy.stats import ttest_1samp


def paired(entries):
    """Entries without a score, mean own score, mean of own less other and its ends."""
    known = [e for e in entries if None not in (e["own"], e["other"])]
    own, gain = np.transpose([(e["own"], e["own"] - e["other"]) for e in known])
    ends = ttest_1samp(gain, 0).confidence_interval()
    return len(entries) - len(known), own.mean(), [gain.mean(), *ends]


# %%
for run in saved:
    kept = run["values"]
    groups = {"true sentences about rules": list(kept["rules"].values())}
    for kind in ("table", "model"):
        part = [e for e in kept["readings"] if e["writer"] == kind]
        groups[f"directions, sentences by {kind}"] = part
    for label, entries in groups.items():
        missing, own, gain = paired(entries)
        three = np.round(gain, 2) + 0.0
        print(f"{label}: {len(entries)}, {missing} undefined")
        print(f"  score {own:.2f}, above another sentence's by", end=" ")
        print("{:.2f} ({:.2f} to {:.2f})".format(*three))
    written = [e["text"] for e in kept["readings"] if e["writer"] == "model"]
    copied = sum(
        text in {example.text for example in EXAMPLES} for text in written
    )
    print(f"sentences by model: {len(written)}, {len(set(written))} different")
    print(f"  {copied} of them stand in its own prompt, such as {written[0]!r}")

# %% [markdown]
# With twice the passages the tables have met more tokens, and random directions and single units score somewhat higher.
# (PCA axes and slow directions are not the same here: 20 of each in place of 6, fitted to more passages; slow ones score
# higher, PCA axes at the top lower.) The order of the four kinds is the same, and random directions lie above single units in every layer above 0, in most of them with their
# intervals apart. In the random network a table scores 0.03 at most from layer 6 on.
#
# And the sentences? In all three groups the reader's mean gain from the right sentence over another is 0.00, and no
# interval reaches beyond a few hundredths. As a writer SmolLM2 can hardly have looked at the levels: all that it found in 28 directions are
# two of the worked examples of its own prompt. So with this model in both parts the pipeline runs from end to end, and measures
# nothing. We know that only because the same instrument was tried on neurons whose rule is known.

# %% [markdown]
# ## Summary
#
# - **The pipeline measures what it says.** On neurons with a known rule the oracle scores 1, another rule about 0, and noise
#   costs what the theorem computes. A linear calibration cannot change a correlation, except its sign.
# - **Scoring the best records alone flatters**, by up to 0.12 for real directions, by up to a quarter for neurons that
#   fire rarely and in clusters. The script scored nothing else.
# - **A random direction can be predicted without any words.** A table of tokens reaches 0.8 at the bottom of SmolLM2 and
#   0.4 to 0.5 at its top, above the lowest layer more than for single units. A part of that is how common a token is.
# - **Such a score is not a sign of training.** With random weights it is next to 0, or 0.7 and more, for random directions
#   at the same layers, as one factor of the initialisation has it.
# - **A reader must be tested on sentences that are true.** SmolLM2 as reader does not tell them from others, so what it
#   says about sentences on directions cannot be read. That is a result about the instrument.
#
# **What it means for reading a network.** The supplement's script could have given random directions of GPT-2 XL scores of
# a few tenths, and nobody could have said whether that is much. Any such number needs the table of tokens beside it, and
# a network that has learnt nothing, and a reader's score on true sentences. The question of the title has
# no answer here, because our reader does not hear words. But without words, by a table, a random direction can be
# predicted. That is likely what a good code would *not* allow. But what the table reads is the token that has
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
at_bottom = split_of("trained", 0, 0)
met = {token for r in at_bottom.explain for token in r.tokens}
share = np.mean([token in met for r in at_bottom.score for token in r.tokens])
found = curve(scores["trained"]["random"]["own"])[0]
print(f"share of tokens met before: {share:.2f}, its root: {share**0.5:.2f}")
print(f"random directions at layer 0: {found:.2f}")
assert abs(found - share**0.5) < 0.1

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
