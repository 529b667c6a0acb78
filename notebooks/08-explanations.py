# %% [markdown]
# (nb-explanations)=
# # Explanations: can words predict a random direction?
#
# In {ref}`nb-trajectories` a direction turned a text into one number a token. What does it respond to?
# Look at the passages that excite it most, and let a language model put into words what they have in common. Then give
# these words to another model, and let it guess, token by token, how strongly the direction responds to other text. The
# better the guess, the better the explanation. The supplement to {cite:t}`marshall2024` describes a script that does
# this for *random* directions of GPT-2 XL. Efficient codes, it expects, are hard to interpret: if activity is one, such
# directions should be hard to explain. The script cannot run any more, and no score was printed. This chapter builds
# the pipeline again, and tests its parts one by one.

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
# The question of the title has no answer here. The language model at hand was not seen to tell a true sentence from
# another one, so that what it makes of sentences says nothing about directions: the scoring works, the writer and the
# reader do not. *Without* words a random direction of this network can be predicted: a plain *table*, which gives every
# token its average on other passages, does so. That says little about the direction: the score measures how much of the
# stream at a token still depends on which token it is, and a network that has learnt nothing was not seen to score less
# once its blocks write fifty times less. Nor does it speak against a good code, which may send its message in clear and
# append check symbols: the conjecture stays open.
#
# - {ref}`sec-expl-script`: what the script did.
# - {ref}`sec-expl-record`: which directions, and the simplest of explainers.
# - {ref}`sec-expl-proof`: what a score must be.
# - {ref}`sec-expl-top`: if only the most exciting passages are scored.
# - {ref}`sec-expl-layers`: how well a table of tokens does, and what that measures.
# - {ref}`sec-expl-dial`: random networks, from their own scale to blocks fifty times quieter.
# - {ref}`sec-expl-instrument`: what a small model makes of sentences.
#
# You need correlation, and the random directions of {ref}`nb-trajectories`. Symbols are those of
# {doc}`../book/notation`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
model: str = "smollm2-135m"  # from a package; or any causal model of Hugging Face
reader: str = ""  # the model that reads explanations; by default the same
server: str = ""  # or "URL MODEL" of a server; its key is in OPENAI_API_KEY
device: str = "cpu"  # or "cuda", or "auto"
corpus: str = "lee"  # 300 news passages; or a data set by name
n_fit: int = 10  # passages to which PCA axes and slow directions are fitted
n_parts: int = 2  # of the corpus, with directions and random weights of their own
n_passages: int = 10  # of each part, half of them to explain and half to score
n_tokens: int = 64  # of each passage
skip: int = 4  # tokens at the start that no statistic uses
every: int = 15  # layers between those that are looked at
n_directions: int = 10  # of each kind, layer and part
n_best: int = 4  # records of a part that the script would have chosen
factors: str = "50"  # by which the output of random blocks is divided
batch_size: int = 14  # passages a forward pass
window: int = 20  # tokens of the stretches that a language model reads
n_windows: int = 2  # such stretches of each rule, half of those of other neurons
n_neurons: int = 2  # of the first block, to read about
heard_at: int = 15  # the layer whose directions get sentences
writers: str = "table"  # of sentences; "table model": everything is read
cache: str = ""  # a folder of answers, so that a killed run goes on
passage: int = 3  # the one that is shown
save_as: str = ""  # "all-layers" saves this run under that name
compare_with: str = "all-layers"  # kept runs: the evidence, if they fit

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# The chapter's claims rest on a run that is kept with the book, if it is of the models read here. From that run, the
# pipeline, and what each part did when it was tested alone:

# %% tags=["hide-input"]
import numpy as np
from polylib import explanation as ex

SAME = "model", "reader", "server", "n_tokens", "skip"
saved = [results.load(f"08-explanations-{run}") for run in compare_with.split()]
fits = [[one["parameters"][k] == parameters[k] for k in SAME] for one in saved]
kept = next((one for one, fit in zip(saved, fits, strict=True) if all(fit)), None)
evidence_in = kept["values"] if kept else {}
if kept:
    print(results.describe(kept).partition(",\n")[0])

# %% mystnb={"figure": {"caption": "From passages to a score. A tick stands where a part did its work, a cross where it did not: the scoring gives its full score to an oracle, which knows the rule of a neuron that was made to follow one; the table of tokens predicts random directions on passages that it has not seen, with these correlations at the first layer and the last; a language model of 135 million weights, as writer, copies sentences from its own prompt, and as reader was not seen to gain from a sentence that is true of the neuron.", "name": "fig-expl-pipeline"}, "image": {"alt": "Five boxes from passages to a score. Above, a path through a table of tokens with a tick and its correlations. Below, a path through a language model that writes a sentence, with a cross, and one that reads it, with a cross. At the end the score, with a tick."}} tags=["hide-input"]
import matplotlib.pyplot as plt

if kept:
    by_table = np.mean(evidence_in["scores"]["own"], 0)[0]
    heard = evidence_in["read"]["rules"]
    oracle = np.median([one["oracle"] for one in heard])
    gain = np.mean([one["own"] - one["other"] for one in heard]) + 0
    told = [e["text"] for e in evidence_in["written"] if e["writer"] == "model"]
    copied = np.mean([text in {one.text for one in ex.EXAMPLES} for text in told])
    Part = ex.pipeline.Part
    said = f"correlation {by_table[0]:.1f} to {by_table[-1]:.1f}"
    shown = [Part("passages,\nvalues\na token")]
    shown += [Part("a table of tokens\nas writer and reader", said, True)]
    said = f"{copied:.0%} from\nits prompt"
    words = "a language\nmodel writes\na sentence"
    shown += [Part(words, said, copied < 0.1)]
    said = f"a true sentence\ngains {abs(gain):.1f}"
    words = "a language\nmodel reads\nthe sentence"
    shown += [Part(words, said, gain > 0.1)]
    said = f"oracle {oracle:.1f}"
    words = "score:\ncorrelation with\nheld-out values"
    shown += [Part(words, said, oracle > 0.99)]
    fig, ax = plt.subplots(figsize=(5.2, 4))
    ex.pipeline.draw(ax, shown)
    plt.show()

# %% [markdown]
# (sec-expl-script)=
# ## A script that cannot run
#
# `generate_explanations.py` follows a project of OpenAI, which in 2023 explained every neuron of GPT-2 XL by GPT-4
# (Bills and others, [Language models can explain neurons in language
# models](https://openaipublic.blob.core.windows.net/neuron-explainer/paper/index.html)). It is a fork of their code.
# For each of a thousand random directions and each layer of GPT-2 XL, take the ten *records* (passages with their
# values) whose largest values are highest. Cut negative values to 0, divide by the largest, and round down to levels
# from 0 to 10. Five of the passages, those at odd places of the ranking, go to GPT-4 as lists of tokens and levels, with
# the request to say in a sentence what the neuron looks for. The sentence goes to a {term}`simulator`, which reads the
# other five passages and guesses a level for every token. The score is the correlation of guesses and values.
#
# The simulator was `text-davinci-003`, which has been switched off. It mattered, because one call to it returned, for
# every token of a long prompt at once, the likeliest words, digits among them; later servers do so only for what they
# *write*. A local model gives everything in one forward pass. The script's description has three slips that no formula
# can test.

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
# Two choices deserve more than a remark. Only the *ten best* records are used: {ref}`sec-expl-top` asks what that does.
# And a direction has *two ends*: a random one is as likely to be used by its negative half, which was thrown away. We
# explain both.

# %% [markdown]
# (sec-expl-record)=
# ## From a direction to a table
#
# Four kinds of directions are compared; a fifth, "units alike", comes in {ref}`sec-expl-loud`. *Random* ones are
# uniform on the sphere. *Single units* are axes of the residual stream, as near to "neurons" as a stream comes. *PCA
# axes* are the leading ones of the layer, and *slow* directions are those of {ref}`sec-traj-search`. The last two are
# fitted, so they get passages of their own, which nobody explains or scores. Layer 0 is the embedding.
#
# How sure can one be of a mean score? It depends on which directions and passages were drawn, and splitting the same
# passages again and again does not show that. So the corpus is cut into *parts*. Each part has passages of its own,
# half of them to explain and half to score, random directions and units of its own, and where networks with random
# weights come in, its own draw of them. Every interval is Student's, over parts, and so covers all of these at once
# (not the fit of PCA axes and slow directions);
# only those about the language model that reads run over rules and neurons. The price: each table is made of few
# passages. Copies of an article would stand on both sides of a split, so all but the first of each are dropped. This
# page has a small case.

# %%
from polylib import language
from polylib.language import passages
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # two threads help the network alone
lm = language.load(model, device=device)
layers = sorted({*range(0, lm.n_layers + 1, every), lm.n_layers})
print(f"{lm.name}, layers", *layers)

# %%
wanted = n_fit + n_parts * n_passages
articles = passages.texts(corpus, None if corpus == "lee" else 2 * wanted)
some = passages.tokenize(articles, lm.tokenizer, n_tokens)
some = passages.without_copies(some)[:wanted]
assert some.mask.all() and len(some) == wanted, "too few whole passages"
parts = [some[n_fit:][g * n_passages :][:n_passages] for g in range(n_parts)]

# %%
from polylib.language import PathMoments, activation_records, collect

moments = PathMoments(layers, groups=1, skip=skip)
collect(lm, some[:n_fit], moments, batch_size=batch_size)
kinds = ex.Kinds(*moments.moments(), n_directions)
axes = [kinds.draw(np.random.default_rng([seed, g])) for g in range(n_parts)]


# %%
def recorded(network, g, n_kinds):
    """Values of a part along its directions, of the first kinds."""
    chosen = axes[g][..., : n_kinds * n_directions]
    where = {"layers": layers, "batch_size": batch_size}
    return activation_records.record(network, parts[g], chosen, **where)


# %% [markdown]
# Now the network reads the passages; values inside its first block are kept for {ref}`sec-expl-instrument`.

# %% tags=["hide-input"]
inner = []  # batches (passages, tokens, neurons)
watched = [
    module.register_forward_pre_hook(
        lambda _, given: inner.append(given[0].float().cpu().numpy())
    )
    for name, module in lm.model.named_modules()
    if name.endswith("layers.0.mlp.down_proj")
]

# %%
records = [recorded(lm, g, len(ex.KINDS)) for g in range(n_parts)]
for hook in watched:
    hook.remove()
shape = "directions, layers, passages, tokens"
print(f"({shape}) = {records[0].values.shape} in each of {n_parts} parts")

# %% [markdown]
# A {term}`table of tokens <token table>` is the simplest explainer. It gives each token its mean level in the passages
# for explaining, and a token that it has not met gets the mean of all. Its simulator looks the tokens up. It needs no
# language model, and nothing about a token's neighbours enters.

# %%
told = np.arange(n_passages) < n_passages // 2
table, lookup = ex.TokenTable(), ex.Lookup()


# %%
def split_of(recorded_part, d, layer, sign=1, width=None):
    """The first half of a part's passages to explain, the others to score."""
    cut = {"sign": sign, "skip": skip, "width": width}
    windows = ex.record_windows(recorded_part, d, layer, **cut)
    halves = (
        [r for r in windows if told[r.passage] == side] for side in (True, False)
    )
    return ex.Split(*halves)


# %%
import textwrap

one = ex.explain_and_score(split_of(records[0], 0, 1), table, lookup)
print(textwrap.fill(one.explanation.text, 72))
print(f"a random direction, layer {layers[1]}: correlation", end=" ")
print(
    f"{one.correlation.value:.1f} over {len(one.split.score)} held-out passages"
)

# %% tags=["hide-input"]
from polylib.derivation import Choice, explore_text
from sympy import symbols


def read_both(d, at):
    """Levels of a held-out passage, real and by a table; their correlation."""
    found = ex.explain_and_score(split_of(records[0], d, at), table, lookup)
    real = ex.levels(found.split.score[passage].values, found.split.top)
    score = found.correlation
    value = score.value if isinstance(score, ex.Score) else np.nan
    return real, found.simulations[passage].expected, value


three, all_layers = range(min(3, n_directions)), range(len(layers))
both = [[read_both(d, at) for at in all_layers] for d in three]
levels_real, levels_told, heard_by = (
    np.array([[cell[i] for cell in row] for row in both]) for i in range(3)
)

# %% tags=["hide-input"]
d_, l_ = symbols("d l")
rows = {
    "real": levels_real,
    "from a table of tokens": np.round(levels_told),
    "difference, real less table": levels_real - np.round(levels_told),
}
explore_text(
    split_of(records[0], 0, 0).score[passage].tokens,
    rows,
    {
        d_: Choice(three, [f"random {d + 1}" for d in three]),
        l_: Choice(all_layers, [str(at) for at in layers], start=1),
    },
    names={d_: "direction", l_: "layer"},
    readouts={"correlation, all held-out passages": (heard_by, ".1f", (d_, l_))},
    caption="Pick a direction and a layer. Tint and line under a token are its "
    "level, 0 to 10; in the difference dashed blue is where the table says more.",
    alt="One passage three times, its tokens shaded: by the real levels, by "
    "those of a table, and by the difference. Real and table mostly mark the "
    "same tokens.",
)

# %% [markdown]
# The table knows nothing of grammar or of the passage's topic, and it says of a random direction, on passages that it
# has not seen, which tokens excite it. But is the number right?

# %% [markdown]
# (sec-expl-proof)=
# ## Neurons whose rule is known
#
# A score is worth what it says about cases in which the answer is known. So we make {term}`neurons that follow a rule
# <rule neuron>`: this one fires on digits, that one right after a comma. An *oracle*, which simulates by the rule
# itself, must score 1. The rule of another neuron must score near 0, if the rules have nothing to do with one another.
# And noise on the neuron must lower the oracle's score to a known value.
#
# ```{prf:theorem} What a score can be
# :label: thm-explanation-score
# Let a value be a signal {math}`s` plus independent noise, whose variance is {math}`\nu` times the signal's. The
# perfect explanation, which says the signal, has the correlation
#
# $$\rho(s, s + \mathrm{noise}) = \frac{1}{\sqrt{1 + \nu}}$$
#
# No linear recalibration of a simulation {math}`s` of any value {math}`x`, with a slope {math}`\beta` other than 0,
# changes its correlation, except for the sign if the slope is negative:
#
# $$\rho(\beta s + c, x) = \frac{\beta \rho(s, x)}{\left|{\beta}\right|}$$
#
# Of all linear recalibrations, the best explains this share of the variance:
#
# $$R^2 = {\rho(s, x)}^{2}$$
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
noise_draws = np.random.default_rng(seed)
clean = noise_draws.random(40_000) < 0.05  # fires on one token in twenty
score_box = Derivation("What a score can be", source="this book")
score_box.equal(signal, right, "noise of variance ν times the signal's, σ²")
score_box.equal(moved, same_size, "any slope β but 0, and any shift c")
best = "the share of the variance V_x that the line of slope C/V_s explains"
score_box.equal(explained, truth**2, best)
for noise in (0.25, 1.0, 4.0):
    spread = np.sqrt(noise) * clean.std()
    values = clean + spread * noise_draws.standard_normal(len(clean))
    sampled = float(np.corrcoef(clean, values)[0, 1])
    exact = ex.rules.correlation_under_noise(noise)
    words = f"a rule that fires on one token in twenty, ν = {noise:g}"
    error = round((1 - exact**2) / 200, 4)
    score_box.sampled(exact, round(sampled, 3), error, words)
score_box

# %% [markdown]
# ```{prf:proof}
# The covariance of signal and value is the signal's variance, since noise is independent, and the value has {math}`1 +
# \nu` times that variance. The rest is the algebra of least squares: the variance about a line is a quadratic in its
# slope, and least where the slope is the covariance {math}`C` over the variance {math}`V_s` of the simulation.
# ```
#
# Now the same through the whole pipeline, on the tokens of real passages: records, levels, split, simulation, score.
# *Floor* is what the rule of *another* neuron scores, averaged over all others.

# %%
whole = [tokens[skip:] for part in parts for tokens in part.tokens]
rules = ex.rules.RULES
halves = {"n_explain": 0, "n_score": 0, "n_random": len(whole) // 2}


# %%
def score_by(rule, own, noise=0.0):
    """Score of the oracle of a rule on the neuron of a rule of its own."""
    draws = [np.random.default_rng(seed) for _ in range(2)]
    made = ex.rules.records(own, whole, noise=noise, rng=draws[0])
    split = ex.select(made, **halves, rng=draws[1])
    words = ex.Explanation(rule.text)
    return ex.score(split, words, ex.Oracle(rule)).correlation


# %%
from polylib.tables import table as shown_table

known = ex.rules.correlation_under_noise(1.0)
oracle = [score_by(rule, rule).value for rule in rules]
floor = [
    ex.mean_score([score_by(rule, own) for rule in rules if rule != own]).value
    for own in rules
]
noisy = [score_by(rule, rule, noise=1.0).value for rule in rules]
assert np.allclose(oracle, 1) and abs(np.mean(noisy) - known) < 0.1

# %% tags=["hide-input"]
columns = {"oracle": oracle, "floor": floor, "oracle, noise 1": noisy}
said = "Scores on rule neurons. With noise of the signal's variance the "
said += f"theorem says {known:.2f}."
shown = {"oracle": ".2f", "floor": ".2f", "oracle, noise 1": ".1f"}
shown_table({"rule": [rule.name for rule in rules]} | columns, said, shown)

# %% [markdown]
# Inside quotes falls short: few quotations fall into the half that is scored. The floor lies near 0, mostly below,
# because most of these rules exclude one another: a digit is no punctuation mark.
#
# So the *scoring* measures what it says. Writers and readers are for {ref}`sec-expl-instrument`.

# %% [markdown]
# (sec-expl-top)=
# ## If only the best records are scored
#
# The script scored an explanation on five of the ten records with the largest values. That is a choice by the
# quantity that is to be predicted. What does it do to a correlation?
#
# ```{prf:theorem} Choosing records by their values
# :label: thm-explanation-selection
# Let the simulation be a multiple of the value plus a constant and an error independent of the value. If tokens are
# chosen by their values alone, so that the standard deviation of values grows by a factor {math}`u`, then the
# correlation {math}`\rho` becomes
#
# $$\rho_u = \frac{\rho u}{\sqrt{1 - \rho^{2} + \rho^{2} u^{2}}}$$
#
# Its size grows if {math}`u > 1`, unless it is 0 or 1.
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
# Choosing by the value leaves the error alone: its variance stays {math}`1 - \rho^2` times that of the simulation,
# while the explained part grows by {math}`u^2`. That is the box's first line. Its derivative in {math}`u` has the sign
# of {math}`\rho(1 - \rho^2)`.
# ```
#
# Psychologists know this in the other direction {cite:p}`sackett2000`: among those who were admitted, the entrance test
# predicts little.
#
# For values as dense as noise the choice hardly widens the range; for a neuron that fires rarely it does. Here are the
# rule neurons with noise of twice their variance, explained by the oracle: 0.58 on all records, whatever the rule.

# %%
draws = {rule.name: np.random.default_rng(seed) for rule in rules}
flattered_by = [ex.flattery(rule, whole, rng=draws[rule.name]) for rule in rules]

# %% tags=["hide-input"]
columns = {
    name: [getattr(one, name) for one in flattered_by]
    for name in ("growth", "everywhere", "best", "shuffled", "computed")
}
assert all(one.best > one.everywhere for one in flattered_by)
said = "Growth u of the range, score on all records, on the ten best, on the ten "
said += (
    "best after the tokens were shuffled over the records, and what the theorem "
)
said += "computes."
shown = dict.fromkeys(columns, ".2f") | {"growth": ".1f"}
shown_table({"rule": draws} | columns, said, shown)

# %% [markdown]
# The best ten flatter every neuron. The theorem accounts for two fifths to a half of that gain, because its condition
# fails in two ways. An on-off signal is not linear in its noisy value, all that fails "after a comma". And some neurons
# fire in clusters: whoever writes one number writes others, and a quotation goes on for many tokens. A choice of whole
# records then brings in more of the signal than of the noise. With the tokens shuffled over the records the clusters
# are gone, and with them more than half of what "inside quotes" gained beyond the theorem.
#
# Now random directions. The explanation is the script's, a table of every second one of the best records of a part, and
# it is scored twice: as the script did, on the other best ones, and on all passages that were not chosen. An end of a
# direction that is never positive has levels of 0 and no correlation; it is left out and counted, never averaged in as
# zero.


# %%
def flattered_at(g, i):
    """Scores of a part's random directions: best records, others; ends lost."""
    few = range(n_directions)
    return ex.best_of_directions(records[g], few, i, n_best=n_best, skip=skip)


# %%
places = range(len(layers))
flattered = [[flattered_at(g, i) for i in places] for g in range(n_parts)]
flattered = np.array(flattered)
print(f"ends without a score: {flattered[..., 2].sum():.0f} of", end=" ")
print(2 * n_directions * n_parts * len(layers))

# %% tags=["hide-input"]
from polylib.finding import Finding

USUAL = {
    "replicates": "parts of the corpus, with directions of their own",
    "networks": 1,
    "about": "this network",
    "unit": "mean correlation with held-out values",
}
known_layers = evidence_in.get("layers", layers)
n_known = len(known_layers)
three = sorted({n_known // 3, 2 * n_known // 3, n_known - 1})
at_depths = [(i, known_layers[i]) for i in three]


def finding(title, null, **said):
    """A finding about one trained network, and the run that it rests on."""
    made = Finding(title, "this book", null=null, **USUAL | said)
    if kept:
        made.rests_on(kept)
    return made


flatters = finding(
    "Scoring the best records alone flatters",
    "the passages that were not chosen, the same explanation",
    unit="mean correlation",
)
best = np.array(evidence_in.get("best", flattered))
for i, layer in at_depths:
    flatters.more(best[:, i, 0], best[:, i, 1], layer=layer)
flatters

# %% [markdown]
# (sec-expl-layers)=
# ## What predicts a direction
#
# Now without any choice among passages, and for both ends at once: the table holds means of the values themselves, of
# both signs, and its score is the correlation with held-out values. Beside it stand
#
# - the table of *another* random direction, whose score's sign means nothing, so that its absolute value counts;
# - *place*: the number of the token in the passage, and nothing else; and *frequency*: how common the token is;
# - *pairs*: the token together with the one before it. A second table is filled with what the first leaves, so it
#   can be scored on that alone, too: with the token's effect regressed out first.
#
# If good scores meant that a direction is a feature, single units and fitted axes should be easy and random ones hard.


# %%
def scores_of(recorded_part, g):
    """Mean scores (kinds, layers) of a part, by what predicts."""
    values = recorded_part.values[..., skip:]
    texts = [tokens[skip:] for tokens in parts[g].tokens]
    return ex.predictors.scores(values, texts, told, n_directions)


# %%
by_part = [scores_of(records[g], g) for g in range(n_parts)]
scores = {what: np.array([one[what] for one in by_part]) for what in by_part[0]}
evidence = {
    what: np.array(x) for what, x in evidence_in.get("scores", scores).items()
}
print("random directions at layers", *layers, end=": ")
print(*(f"{x:.1f}" for x in scores["own"][:, 0].mean(0)), end=" ")
print(f"here, from {told.sum()} passages a table", end="")
if kept and {*layers} <= {*known_layers}:
    of_kept = evidence["own"][:, 0].mean(0)[np.searchsorted(known_layers, layers)]
    print(";", *(f"{x:.1f}" for x in of_kept), end=" in the kept run, from ")
    print(kept["parameters"]["n_passages"] // 2)

# %% mystnb={"figure": {"caption": "Mean correlation with held-out values of SmolLM2, by layer (0: the embedding), in the kept run. Top: a table of tokens for four kinds of directions; grey, the mean absolute correlation with another random direction's table. Bottom: what else predicts random directions; the line of the token lies beneath that of the token and the one before. Bands: 95 % intervals over parts of the corpus.", "name": "fig-expl-layers"}, "image": {"alt": "Two panels against layer. Top: four lines that fall with depth; PCA axes highest, from 0.9 to 0.5, then random directions, single units, and slow directions lowest; a grey area up to a third between layers 3 and 9, else about 0.1. Bottom: the table of tokens and the table of pairs on top of each other, falling from 0.7 to 0.4; frequency below 0.4, falling to 0.1; the token before, where the token is taken out, 0.2 between layers 3 and 9 and near 0 elsewhere; place near 0."}} tags=["hide-input"]
from scipy.stats import ttest_1samp


def line(panel, x, label, index):
    """Mean over parts by layer, with its 95 % interval (Student's t)."""
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    marks = {"marker": figures.MARKERS[index], "markersize": 3}
    panel.plot(known_layers, x.mean(0), label=label, **style, **marks)
    low, high = ttest_1samp(x, 0).confidence_interval()
    panel.fill_between(
        known_layers, low, high, color=f"C{index}", alpha=0.15, lw=0
    )


_, (top, bottom) = plt.subplots(2, figsize=(5.2, 6.8), sharex=True)
top.fill_between(known_layers, 0, evidence["other"][:, 0].mean(0), color="0.85")
for k, kind in enumerate(ex.KINDS[:4]):
    line(top, evidence["own"][:, k], kind, k)
for index, what in enumerate(("own", "pairs", "before", "frequency", "place")):
    line(bottom, evidence[what][:, 0], ex.predictors.RIVALS[what], index)
for panel in (top, bottom):
    panel.axhline(0, color="0.3", linewidth=0.8, linestyle=":")
    panel.set(ylabel="correlation", ylim=(-0.1, 1.3))
    panel.set_yticks(np.arange(0, 1.1, 0.2))
    panel.legend(fontsize=9, loc="upper right")
top.set_title("a table of tokens, for")
bottom.set_title("random directions, predicted by")
bottom.set_xlabel("layer")
plt.show()

# %% tags=["hide-input"]
rivals = {f"random: {w}": (what, 0) for what, w in ex.predictors.RIVALS.items()}
rows = {kind: ("own", k) for k, kind in enumerate(ex.KINDS)} | rivals
columns = {
    f"layer {known_layers[i]}": [
        evidence[what][:, k, i].mean() for what, k in rows.values()
    ]
    for i in (0, *three)
}
said = (
    f"Mean correlation over {len(evidence['own'])} parts: the token's table for "
)
said += "each kind of directions, then its rivals for random ones."
shown_table({"what": rows} | columns, said, dict.fromkeys(columns, ".1f"))

# %% [markdown]
# In SmolLM2 a table predicts random directions, by 0.7 at layer 0 and 0.4 at the last, and single units,
# which have the better claim to be something, *worse*: by 0.3 at the last. Slow directions do worst, and for a good
# reason: what moves slowly can depend little on the token, which changes at every step.
#
# The score is a measure of how much of the stream at a token still depends on which token it is. At layer 0, the
# embedding, that is everything: the score is below 1 only because many tokens of the passages for scoring have not been
# met in the others. (The first exercise computes it.) Every block adds what depends on context, and the
# score falls, with exceptions. Between layers 3 and 9 even another direction's table reaches a third, likely because
# "the" has long vectors ({ref}`sec-traj-energy`), which show along every direction. How *common* a token is gives a few
# tenths already. A table of pairs is hardly better than one of tokens, because pairs are rarely met twice; on what the
# token leaves, the token before says something, most of it early.

# %% tags=["hide-input"]
predicts = finding(
    "A table of tokens predicts random directions of SmolLM2",
    "the size of the score with another random direction's table",
)
context = finding(
    "The token before says something that the token does not",
    "",
    unit="correlation with what the token's table leaves",
)
for i, layer in at_depths:
    predicts.more(
        evidence["own"][:, 0, i], evidence["other"][:, 0, i], layer=layer
    )
    context.more(evidence["before"][:, 0, i], 0, layer=layer)
predicts

# %%
context

# %% [markdown]
# (sec-expl-loud)=
# ### Why random directions do better than single units
#
# The variance along a random direction is on average a trace ({prf:ref}`thm-random-direction`), and so is the part of
# it that tokens explain. In both, each unit counts by its variance. A random direction is a blend in which *loud*
# units, those of large variance, speak loudest. The fifth kind of directions tests whether that is all: its units are
# made equally loud before they are blended (single units score the same at any loudness).

# %%
loud = finding(
    "Random directions of SmolLM2 are easier to predict than single units",
    "single units of the same layer and part",
)
for kind, units in ((0, "as they are"), (4, "equally loud")):
    for i, layer in at_depths:
        pair = evidence["own"][:, kind, i], evidence["own"][:, 1, i]
        loud.more(*pair, layer=layer, units=units)
loud

# %% [markdown]
# So a random direction is easier to predict because it is mostly loud units, and loud units of this network depend on
# the token more than quiet ones.

# %% [markdown]
# (sec-expl-dial)=
# ## Networks that have learnt nothing
#
# {cite:t}`heap2025` found that explanations of the features of sparse autoencoders score about as well in random
# transformers as in trained ones. For a table and random directions it depends on the random transformer. We draw
# weights with the standard deviation of SmolLM2's start, 1/24, and divide what the blocks write to the stream by a
# factor. Its own recipe divides too ({ref}`sec-traj-null`), by the root of twice the number of blocks.

# %% [markdown]
# Beside the correlation stand two coarser scores of the same table, from yes-or-no questions {cite:p}`paulo2024`.
# *Detection*: does the direction fire in this stretch, with at least half its largest value? *Fuzzing*: are the marked
# tokens those on which it fires? A threshold is fitted on the passages for explaining; the score is the balanced
# accuracy, one half for whoever knows nothing.

# %%
asked_at = sorted({len(layers) // 2, len(layers) - 1})


# %%
def questions_to(recorded_part):
    """Mean accuracies (questions, layers asked at) of random directions."""
    found = []
    for i in asked_at:
        few = range(n_directions)
        splits = [split_of(recorded_part, d, i, width=window) for d in few]
        rngs = [np.random.default_rng([seed, d]) for d in few]
        mean = ex.yes_or_no.mean_accuracies(splits, table, lookup, rngs=rngs)
        found.append(mean)
    return np.transpose(found)


# %%
from polylib.language.twins import quieter

dial, answers = {}, {"trained": [questions_to(one) for one in records]}
share = {}  # of the variance, the embedding's
for g in range(n_parts):
    untrained = language.untrained(lm, seed=seed + g)
    for factor in factors.split():
        made = recorded(quieter(untrained, float(factor)), g, 1)
        dial.setdefault(factor, []).append(scores_of(made, g)["own"][0])
        answers.setdefault(factor, []).append(questions_to(made))
        spread = made.values[..., skip:].var((2, 3)).mean(0)
        share.setdefault(factor, []).append(spread[0] / spread)


# %%
def by_factor(found):
    """What was found at each factor, in their order."""
    known = {float(f): np.array(x) for f, x in found.items() if f != "trained"}
    return dict(sorted(known.items()))


# %%
on_dial = by_factor(evidence_in.get("dial", dial))
asked_of = evidence_in.get("answers", answers)
asked_of = {"trained": np.array(asked_of["trained"])} | by_factor(asked_of)

# %%
for factor, x in dial.items():
    print(f"here, factor {factor}:", *(f"{v:.1f}" for v in abs(np.mean(x, 0))))
recipe = np.sqrt(2 * lm.n_layers)
print(f"recipe for {lm.n_layers} blocks: {recipe:.1f}")
*_, (most, x) = by_factor(evidence_in.get("embedding", share)).items()
print(f"factor {most:g}, of the variance the embedding's:", end=" ")
print(", ".join(f"layer {at} {x.mean(0)[i]:.1f}" for i, at in at_depths))

# %% mystnb={"figure": {"caption": "Score of a table of tokens for random directions of networks with random weights, against the factor by which the output of their blocks is divided, at three depths, in the kept run; 1: standard deviation 1/24 throughout. Horizontal: SmolLM2, trained, at the same depths. Grey vertical: the factor of its own recipe. Bands and bars: 95 % intervals over parts of the corpus, each with its own draw of the weights.", "name": "fig-expl-dial"}, "image": {"alt": "Correlation against factor, 1 to 50, logarithmic. Three rising lines, one a depth: near 0 up to factor 4, at most 0.1 at the recipe's 7.7, 0.1 to 0.3 at 16, and just above the horizontal lines of the trained network, at 50; the deeper, the lower."}} tags=["hide-input"]
_, panel = plt.subplots(figsize=(5.2, 3.8))
x = list(on_dial)
for index, (i, layer) in enumerate(at_depths):
    colour = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    twin = np.array([part[:, i] for part in on_dial.values()]).T
    low, high = ttest_1samp(twin, 0).confidence_interval()
    mean = twin.mean(0)
    bars = {"yerr": [mean - low, high - mean], "capsize": 2}
    marks = {"marker": figures.MARKERS[index], "label": f"layer {layer}"}
    panel.errorbar(x, mean, **bars, **marks, **colour)
    known = evidence["own"][:, 0, i]
    panel.axhline(known.mean(), linewidth=1, **colour)
    ends = ttest_1samp(known, 0).confidence_interval()
    panel.axhspan(*ends, color=f"C{index}", alpha=0.1, linewidth=0)
panel.axvline(recipe, color="0.6", linewidth=2)
figures.log_ticks(panel)
panel.set(xlabel="factor by which the output of blocks is divided")
panel.set(ylabel="correlation", ylim=(-0.1, 1))
panel.legend(loc="upper left")
plt.show()

# %% tags=["hide-input"]
rows = {"trained": evidence["own"][:, 0]}
rows |= {f"random, over {f:g}": x for f, x in on_dial.items()}
columns = {
    f"layer {known_layers[i]}": [abs(x[:, i].mean()) for x in rows.values()]
    for i in (0, *three)
}
for q, question in enumerate(("detection", "fuzzing")):
    columns[question] = [x[:, q, 0].mean() for x in asked_of.values()]
said = "Absolute value of the mean correlation of a table of tokens for random "
said += "directions by layer, and balanced accuracies at the middle layer."
shown_table({"network": rows} | columns, said, dict.fromkeys(columns, ".1f"))

# %% [markdown]
# At 1/24, and with the factor of its recipe, 7.7, a network that knows nothing hides the token sooner than SmolLM2
# does, down to 0.1 and less: its blocks write so much into the stream that after a few layers the embedding is lost in
# it. Divide by fifty, and what the blocks write no longer hides the token, though at the end the embedding is a small
# part of the stream, a tenth of its variance: now the network that knows nothing scores a little higher than the trained
# one (row by row, corrected for so many, not decided).

# %% tags=["hide-input"]
learnt = finding(
    "Directions of a network that has learnt nothing are harder than SmolLM2's",
    "SmolLM2, trained, on the same parts; the weights that have learnt nothing have standard deviation 1/24",
)
for factor, x in on_dial.items():
    for i, layer in at_depths:
        where = {"factor": factor, "layer": layer}
        learnt.less(x[:, i], evidence["own"][:, 0, i], **where)
learnt

# %% tags=["hide-input"]
asked = finding(
    "Directions of a network that has learnt nothing are harder when only yes or no is asked",
    "SmolLM2, trained, on the same parts, as before",
    unit="mean balanced accuracy, middle layer",
)
for factor in on_dial:
    for q, question in enumerate(("detection", "fuzzing")):
        twin, trained = (asked_of[what][:, q, 0] for what in (factor, "trained"))
        asked.less(twin, trained, factor=factor, question=question)
asked

# %% [markdown]
# No recipe starts there. But it shows what a score is worth by itself: blocks that have learnt nothing score high, so a
# high score alone proves nothing, neither training nor understanding.

# %% [markdown]
# (sec-expl-instrument)=
# ## A language model as writer and as reader
#
# The script's question was about *words*: can somebody who reads one sentence predict the
# direction? That somebody is a language model, and so the score measures three things at once: the direction, the
# writer of the sentence, and its reader. For the *reader* there are sentences that are true by
# construction, and what a true sentence gains over a wrong one is what this reader can hear. For the *writer* there are
# the same neurons, whose rule a sentence either names or not.
#
# Our reader works as the script's did. Its prompt has three worked examples, the sentence, and then the tokens, each
# with a tab and the word "unknown". At every tab it has probabilities for what comes next; those of the digits give an
# expected level.

# %% tags=["hide-input"]
from pathlib import Path

from polylib.completions import KeptCompleter, LocalModel

reader_model = language.load(reader, device=device) if reader else lm


def completer():
    """The server, or the model here; with a cache, what it answers is kept."""
    if server:  # nothing else needs the packages openai and httpx
        from polylib.completions.server import Server
    asked = Server(*server.split()) if server else LocalModel(reader_model)
    return KeptCompleter(asked, Path(cache) / "sentences") if cache else asked


# %%
listener = ex.Json(completer()) if server else ex.AllAtOnce(reader_model)
if cache:
    listener = ex.KeptSimulator(listener, Path(cache) / "levels")

# %% [markdown]
# ### The reader, on sentences that are true
#
# The rule neurons are the first test, and neurons of SmolLM2 itself the second. In the first block some neurons fire on
# one token alone, and a sentence that names it is as true as a sentence can be. We take those that in the passages for
# explaining reach half their largest value on one token only, the clearest first, and what they do in the passages for
# scoring. The *oracle*, which knows the token and nothing else, says how much a reader could have: this is a test that
# a good reader should pass; none was run here.

# %%
all_told = np.tile(told, n_parts)
inside = (
    np.concatenate(inner)[:, skip:] if inner else np.zeros((len(whole), 1, 0))
)
fewer = max(n_windows // 2, 2)


# %%
def subject(text, split, n, rule=None):
    """A sentence with n stretches to read, half of them the highest."""
    few = ex.stretches.some_of(split, n, rng=np.random.default_rng(seed))
    return ex.Subject(text, few, rule)


def cut(values):
    values = values.astype(float)  # of neurons they are single
    return ex.stretches.stretches(whole, values, all_told, width=window)


# %%
words_told = [whole[p] for p in np.flatnonzero(all_told)]
clear = ex.stretches.one_token_neurons(inside[all_told], words_told)
tested = {"rules": [], "neurons": []}
for rule in rules if "model" in writers else rules[:2]:
    values = np.array([rule(tokens) for tokens in whole])
    tested["rules"].append(subject(rule.text, cut(values), n_windows, rule))
for unit, rule in clear[:n_neurons]:
    made = subject(rule.text, cut(inside[..., unit]), fewer, rule)
    tested["neurons"].append(made)
heard = {name: ex.hearing(group, listener) for name, group in tested.items()}

# %%
from dataclasses import asdict

read = {name: [asdict(one) for one in group] for name, group in heard.items()}
known_read = evidence_in.get("read", read)
known_read = dict(sorted(known_read.items(), reverse=True))  # rules first
entries = [one for group in known_read.values() for one in group]

# %% tags=["hide-input"]
columns = {}
for key in ("oracle", "own", "other", "table"):
    found = [np.nan if one[key] is None else one[key] for one in entries]
    columns[key] = np.round(found, 1) + 0.0
said = (
    "Correlation of values with what the oracle makes of them, the reader told "
)
said += "its own and another's sentence, and a table of tokens; nan: no oracle."
rows = [textwrap.shorten(one["text"], 32, placeholder=" ...") for one in entries]
shown_table({"sentence": rows} | columns, said, dict.fromkeys(columns, ".1f"))

# %% tags=["hide-input"]
hears = finding(
    "SmolLM2 as reader gains by a sentence that is true",
    "the sentence of the next one, read to the same model",
    replicates="rules or neurons",
    unit="correlation of levels with values",
)
for name, group in known_read.items():
    pairs = [(one["own"], one["other"]) for one in group]
    pairs = [pair for pair in pairs if None not in pair]
    if (
        len(pairs) > 1 and name != "directions"
    ):  # no oracle says that those are true
        hears.more(*np.transpose(pairs), **{"sentences about": name})
hears

# %% [markdown]
# The reader gains little by a true sentence, if anything. (Those about directions, a table's, may be
# false.) What its levels follow is likely the kind of token, whatever the sentence says. The oracle shows that there
# was something to hear. (It, too, misses quotations that began before the stretch.) With this reader, then, a low score
# says nothing about a direction: it is a statement about the instrument.
#
# ### The writer
#
# A language model as writer is shown stretches with their levels, as GPT-4 was; a table writes by naming its highest
# tokens. The rules differ, so a writer that looks at the levels would not write one sentence for several of them, and
# none that stands in its own prompt.


# %%
def write(kind, split):
    """A sentence, by the table or by a language model that is shown levels."""
    if kind == "table":
        return table.explain(split.explain).text
    best = sorted(split.explain, key=lambda r: -r.values.max())[:5]
    return ex.Pairs(completer()).explain(best).text


# %%
known = tested["rules"] if "model" in writers else []
splits = {one.text: one.split for one in known}
for k, name in enumerate(ex.KINDS[:4]):
    at = k * n_directions, layers.index(heard_at)
    split = split_of(records[0], *at, width=window)
    splits[name] = subject("", split, fewer).split

# %%
written = []
for kind in writers.split():
    about = [of for of in splits if kind == "model" or of in ex.KINDS]
    texts = [write(kind, splits[of]) for of in about]
    written += [
        {"writer": kind, "of": of, "text": text}
        for of, text in zip(about, texts, strict=True)
    ]
    if kind == "table" and "model" in writers:
        group = [
            ex.Subject(*pair)
            for pair in zip(texts, map(splits.get, about), strict=True)
        ]
        read["directions"] = [asdict(one) for one in ex.hearing(group, listener)]

# %%
known_written = evidence_in.get("written", written)
by_model = [entry for entry in known_written if entry["writer"] == "model"]
prompt = {example.text for example in ex.EXAMPLES}
copies = sum(entry["text"] in prompt for entry in by_model)
print(f"sentences by model: {len(by_model)},", end=" ")
print(f"{len({e['text'] for e in by_model})} different, {copies} from its prompt")
for entry in [e for e in known_written if e["of"] in ("random", rules[0].text)]:
    text = textwrap.shorten(entry["text"], 60, placeholder=" ...")
    print(f"{entry['writer']} of {entry['of']}: {text}")

# %% tags=["hide-input"]
measured = {
    "layers": layers,
    "scores": {what: x.round(6).tolist() for what, x in scores.items()},
    "dial": {f: np.round(x, 6).tolist() for f, x in dial.items()},
    "answers": {f: np.round(x, 6).tolist() for f, x in answers.items()},
    "embedding": {f: np.round(x, 6).tolist() for f, x in share.items()},
    "asked_at": asked_at,
    "best": flattered.round(6).tolist(),
    "read": read,
    "written": written,
}
if save_as:
    parameters["cache"] = ""  # a folder of this machine's, and an address
    parameters["server"] = server.partition(" ")[2]
    results.save(
        f"08-explanations-{save_as}", measured, parameters, device=device
    )

# %% [markdown]
# SmolLM2 as writer gives one sentence for all 11 rules and directions, and it stands in its prompt.
#
# The kept run is made by the file of parameters `08-explanations-all-layers`: all layers, five parts with a draw of the
# weights each, fifty stretches for each rule. A file of parameters for a larger reader, Qwen2.5 with seven billion
# weights, is with the others in {doc}`../book/reproduce`; it has not been run: its weights come over a network.

# %% [markdown]
# ## Summary
#
# - **The scoring measures what it says.** On neurons with a known rule the oracle scores 1, another rule about 0, and
#   noise costs on average what the theorem computes ({claim}`What a score can be`).
# - **Scoring the best records alone flatters**, as derived ({claim}`Choosing by the value`), random directions of
#   SmolLM2 by little, not decided at one of three depths ({finding}`seen if <Scoring the best records alone
#   flatters>`).
# - **A table of tokens predicts random directions of SmolLM2**, without any words
#   ({finding}`A table of tokens predicts random directions of SmolLM2`); the token before adds a little
#   ({finding}`The token before says something that the token does not`).
# - **Random directions are easier to predict than single units, seen only where loud units are left loud**
#   ({finding}`seen if <Random directions of SmolLM2 are easier to predict than single units>`).
# - **Directions of a network that has learnt nothing are harder than SmolLM2's** at the scale at which trainings start,
#   and not seen to be any more once its blocks write fifty times less ({finding}`seen if <Directions of a network that
#   has learnt nothing are harder than SmolLM2's>`); so too, at the middle layer, where only yes or no is asked ({finding}`seen in <Directions
#   of a network that has learnt nothing are harder when only yes or no is asked>`).
# - **A reader must be tested on sentences that are true.** SmolLM2 as reader was not seen to gain by them
#   ({finding}`not decided <SmolLM2 as reader gains by a sentence that is true>`), so what it makes of
#   sentences about directions cannot be read.
# - **The script's description has three slips** ({claim}`repaired <How directions were explained>`).
#
# **What it means for reading a network.** Had the script given random directions of GPT-2 XL scores of a few tenths,
# nobody could have said whether that is much. Such a number needs beside it the table of tokens, networks that have
# learnt nothing, at more than one scale, and a reader's score on true sentences. The question of the title has no
# answer here, because our reader does not hear words. And that a table predicts a random direction does not speak
# against a good code, which may send its message in clear and append check symbols: whether good codes are hard to
# explain was not tested.
#
# **What this does not show.** How larger models behave, whether a better reader hears more in a sentence than a table
# does, or anything about units inside the blocks. {doc}`09-mine` turns to the one figure of the supplement, and to
# information in a deep network.

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
# Where the token is known the simulation is the value, elsewhere it is about the mean. So the simulation's variance is
# the share times that of the values, and so is their covariance: the correlation is the square root of the share.
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
# The script explains one end of a direction. Suppose that values are Gaussian about 0, and that an explanation of one
# end is perfect: it says the positive part of every value. What is its correlation with the values themselves, of both
# signs? How much of the variance does the other end hold?
# ```
#
# ````{solution} ex-expl-end
# :class: dropdown
# The positive part of a standard Gaussian has covariance one half with it, by symmetry, and variance one half less
# {math}`1/(2\pi)`. The correlation is 0.86, and its square, the share that one end explains, 0.73: a perfect
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
