# %% [markdown]
# (nb-use-spectrum)=
# # Your spectrum
#
# This page takes a spectrum of yours, or the samples that it comes from: activations of a layer, a recording, any table
# of numbers. It fits power laws over several windows of ranks, puts rivals and nulls beside every exponent, counts the
# bits by each formula of {ref}`nb-power-law-information`, and says which sentences the numbers carry.
#
# A straight line can be laid through any falling curve, and its slope will have a narrow interval. White noise from a
# finite sample falls too. So an exponent alone says little, and none on this page stands alone: beside it are its value
# over other ranks, other laws, the same columns with nothing in common, and samples of a law that is exactly what was
# fitted.

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
# - {ref}`sec-use-spectrum-given`: what goes in, and what is refused.
# - {ref}`sec-use-spectrum-exponent`: exponents, with all that stands beside them.
# - {ref}`sec-use-spectrum-findings`: three sentences.
# - {ref}`sec-use-spectrum-bits`: bits by each formula.
# - {ref}`sec-use-spectrum-cost`: seconds and memory, beside sizes.
# - {ref}`sec-use-spectrum-say`: what you may say, what you may not.
#
# {ref}`sec-power-exponent` says how the estimator works and where it is wrong.

# %% tags=["parameters"]
seed: int = 0  # of parts, shuffles and draws
file: str = ""  # .npy, "all.npz:x" or .csv; "" takes digits at 14 pixels a side
kind: str = "samples"  # rows of a table; or "eigenvalues", one spectrum a row
n_samples: int = 0  # that given eigenvalues are from; 0 if you do not know
cross_validated: bool = False  # given eigenvalues that may rise or be negative
windows: str = ""  # ranks, "1-10 1-30"; "" chooses three
parts: int = 5  # of the samples
in_order: bool = False  # parts are blocks of rows, for rows in time order
networks: int = 0  # trained networks behind the numbers; 0 for data
exponent: float = 1.0  # that the third sentence compares with
draws: int = 10  # of a true law of the same size
precisions: str = "4 8"  # bits that the first component fills
progress: bool = False  # show bars
sizes: str = ""  # "1000x100 5000x512" measures seconds and memory
save_as: str = ""  # "mine" saves the numbers under that name
results_folder: str = ""  # where; "" is the book's own place
compare_with: str = "sizes"  # saved run of sizes to show

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-use-spectrum-given)=
# ## What goes in
#
# Without the page it is a few lines:
#
# ```python
# import numpy as np
# from polylib.representation import read_spectrum
#
# read = read_spectrum(activations, rng=np.random.default_rng(0))  # (samples, units)
# read.exponents()  # a table
# read.finding("rival"), read.finding("shared"), read.finding("steep")
# ```
#
# A file is `.npy`, `.npz` or `.csv`, with a line of names at the top or without.
# *Samples* are a matrix with a row for each, *eigenvalues* one spectrum or a row for each of several, largest first.
# Refused before anything runs are a constant column, which has no place in a law of variances (the answer says how to
# leave it out), nan, fewer than four rows for each part, rows in an order that nobody mentioned, and eigenvalues that
# rise.
#
# If nothing is named, the page takes 5,000 handwritten digits at 14 by 14 pixels, in random order, without the pixels
# that are black in all of them.

# %%
import time
from pathlib import Path

import numpy as np
from polylib import images
from polylib.representation import bits_by_formula, read_spectrum
from polylib.representation.ranks import ranks_of
from polylib.runs.own_files import read_array
from polylib.tables import table
from threadpoolctl import threadpool_limits

threadpool_limits(1)  # matrices of this size are too small to share
if file:
    values = read_array(file)
else:
    digits = images.load("mnist-5k", seed=seed)  # in random order
    pixels = np.concatenate([digits.train, digits.test])[:, 0] / 255
    values = pixels.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
    values = values[:, values.std(0) > 0]

# %%
settings = {"windows": ranks_of(windows), "parts": parts, "in_order": in_order}
settings |= {"samples": n_samples or None, "cross_validated": cross_validated}
rng = np.random.default_rng(seed)
began = time.process_time()
read = read_spectrum(
    values, kind, draws=draws, progress=progress, rng=rng, **settings
)
print(f"{kind} {np.shape(values)}: {read.eigenvalues.size} eigenvalues")

# %% [markdown]
# (sec-use-spectrum-exponent)=
# ## An exponent, and what is beside it

# %%
table(read.exponents(), "Exponents over windows of ranks")

# %% [markdown]
# - *interval*: for scatter about the line, and no bias ({ref}`sec-power-exponent` says what it covers).
# - *parts of the samples*, or *spectra*: the least and the largest of their exponents.
# - *rivals' AIC*: Akaike's criterion of a broken power law and of an exponential less that of the power law. Below 0
#   the rival is ahead, by a few units often by chance, by more than ten seldom. A window whose last rank is less than
#   sixteen times its first tells none.
# - *columns shuffled*: the exponent of the parts when each column is put in an order of its own. What is left is
#   unequal variances and chance; only what is above it is shared between units.
# - *law of that size*: the exponent of the true power law whose samples, as many and of as many units, give yours, and
#   what draws of it give. The first is the exponent less the bias of finite samples; the second is how much it varies.
#   Eigenvalues need `n_samples` for it; cross-validated ones have no such bias, and so no such law.

# %%
if read.shares:
    inside, outside = read.shares
    print(
        f"first ten components: {inside:.0%} of the variance of the half that",
        end=" ",
    )
    print(f"they come from, {outside:.0%} of the other half")
    print(f"a row and the next correlate at {read.neighbours:.2f}")
    assert outside <= inside

# %% [markdown]
# On average the true share of the first components lies between those two. Rows that correlate with the next are
# refused above, since they are fewer than they look. Sorted ones, by class say, are best shuffled. For a series in time
# say `in_order`: parts are then blocks of neighbours, shuffled columns keep their own order in time, and no law of that
# size is drawn, as nobody knows how many samples there really are.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The spectrum over its largest eigenvalue, with the fitted laws over their windows (drawn at multiples of each other, so that they can be told apart) and the spectrum with columns shuffled where there are samples.", "name": "fig-use-spectrum"}, "image": {"alt": "Eigenvalues against rank on logarithmic axes as dots, falling; straight lines of the fitted laws beside them; and a flatter dashed curve for shuffled columns."}}
import matplotlib.pyplot as plt
from polylib.representation import eigenspectrum

fig, ax = plt.subplots()
lam = read.eigenvalues / read.eigenvalues[0]
ax.plot(np.arange(1, lam.size + 1), lam, ".", color="0.5", label="spectrum")
for index, (window, fit) in enumerate(read.fits.items()):
    over = np.arange(window[0], window[1] + 1)
    line = fit.predict(over) / read.eigenvalues[0] * 2 ** (index + 1)
    label = f"ranks {window[0]} to {window[1]}: {fit.alpha:.2f}"
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.plot(over, line, label=label, **style)
if kind == "samples":
    apart = eigenspectrum(rng.permuted(values, axis=0)) / read.eigenvalues[0]
    ax.plot(np.arange(1, lam.size + 1), apart, "k--", lw=1, label="shuffled")
ax.set(xscale="log", yscale="log", xlabel="rank i", ylim=(1e-5, 20))
ax.set(ylabel="eigenvalue / largest")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# Look at it before you believe a slope. A knee, a loud first component, a floor of noise at the end: each moves an
# exponent by more than its interval, and a window that leaves it out says so.

# %% [markdown]
# (sec-use-spectrum-findings)=
# ## Three sentences
#
# Each was written before the numbers were seen. Which of them a spectrum can carry depends on what there is: parts of
# samples or several spectra for an interval, the number of samples for draws of a true law.


# %%
def told(name, **how):
    """The sentence with its evidence, or why these numbers cannot carry it."""
    try:
        found = read.finding(name, networks=networks, **how)
        found.record()
    except ValueError as refused:
        return f"not said: {refused}"
    return found


told("rival")

# %%
told("shared")

# %%
told("steep", than=exponent)

# %% [markdown]
# Where the first is seen and the rival is ahead in the table there is no one exponent, and a number has to be given
# with its ranks. Parts show what other samples of their size would give. They have fewer samples than the whole, so that their
# exponents are too steep, at late ranks most of all: say "steeper than" only where the interval of the table, which is about the
# line through all samples, leaves out the other exponent too. Not decided does not make the spectrum a power law: short windows and small samples can tell hardly
# any law from another.

# %% [markdown]
# (sec-use-spectrum-bits)=
# ## Bits, by each formula
#
# A count of bits needs a precision. As in {ref}`sec-power-network` the first component fills {math}`2^b` levels, so the
# step is {math}`\sqrt{12\lambda_1}/2^b`. The first four formulas take an exponent and the number of units, and are
# given those of all windows; the others take what was measured.

# %%
alphas = [fit.alpha for fit in read.fits.values() if fit.alpha > 0]
held = values if kind == "samples" else None
columns = {"formula": None}
for b in map(float, precisions.split()):
    found = bits_by_formula(read.eigenvalues, b, alphas, held)
    cells = [
        "-"
        if ends is None
        else " to ".join(dict.fromkeys(f"{round(x, -1):,.0f}" for x in ends))
        for ends in found.values()
    ]
    columns |= {"formula": list(found), f"b = {b:g}": cells}
table(columns, "Bits, to the nearest ten")

# %% [markdown]
# - *Theorem 4, printed* subtracts too much and can be negative; *repaired* bounds independent, uniform units of an exact
#   law from rank 1 on, while each is wider than a level, and *clipped* stops there. All are as good as the exponent: the range in a cell is what the choice of ranks
#   does to them.
# - The *Gaussian rate* is what no layer with this covariance needs to exceed, for an error of a step squared over 12 in
#   each direction. Negative eigenvalues, of cross-validated PCA, add nothing to it.
# - The *lattice bound* and the *sum over units* bound what the rounded samples can hold: the first whatever their
#   distribution, from the covariance of the rounded values; the second from the distributions of the single units, by an
#   estimate that is too small where samples are few.
#
# A bound is a ceiling. None of these is how much the numbers tell about something else; that is {doc}`another page
# <use-arrays>`.

# %%
seconds = time.process_time() - began
if save_as and not sizes:
    fits = {
        f"{w[0]}-{w[1]}": [f.alpha, *f.interval] for w, f in read.fits.items()
    }
    rows = {f"{w[0]}-{w[1]}": f.rivals for w, f in read.fits.items()}
    kept = {"fits": fits, "rivals": rows, "bits": columns, "seconds": seconds}
    folder = Path(results_folder).expanduser() if results_folder else None
    own = parameters | {"results_folder": ""}
    results.save(f"use-spectrum-{save_as}", kept, own, folder=folder)

# %% [markdown]
# (sec-use-spectrum-cost)=
# ## Seconds and memory
#
# Nearly all time goes into draws of true laws and, with many units, into eigenvalues: the smaller of samples and units,
# cubed.


# %%
def measured(size):
    """Core seconds, and memory at the peak so far, of one reading."""
    import resource

    n, m = map(int, size.split("x"))
    x = rng.standard_normal((n, m)) * np.arange(1, m + 1.0) ** -0.5
    start = time.process_time()
    read_spectrum(x, parts=parts, draws=draws, rng=rng)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {
        "size": size,
        "seconds": time.process_time() - start,
        "memory": memory,
    }


if sizes:
    rows = [measured(size) for size in sizes.split()]
    folder = Path(results_folder).expanduser() if results_folder else None
    own = parameters | {"results_folder": ""}
    results.save(f"use-spectrum-{save_as}", {"rows": rows}, own, folder=folder)

# %%
cost = {"samples x units": [], "core seconds": [], "peak so far (GB)": []}
for run in [
    results.load(f"use-spectrum-{name}") for name in compare_with.split()
]:
    print(results.describe(run))
    for row in run["values"]["rows"]:
        cost["samples x units"].append(row["size"].replace("x", " x "))
        cost["core seconds"].append(f"{row['seconds']:.1f}")
        cost["peak so far (GB)"].append(f"{row['memory']:.1f}")
table(cost, "What a reading takes") if compare_with else None

# %% [markdown]
# (sec-use-spectrum-say)=
# ## What you may say, what you may not
#
# You may say, with its box beside it:
#
# - **The exponent over these ranks is so much**, with the interval, the other windows and the rivals.
# - **It is no one power law**, if a rival is ahead and does better than on samples of one.
# - **Units share variance**, if the spectrum is steeper than with its columns shuffled.
# - **No distribution whose values, rounded to this step, have this covariance holds more bits than the lattice bound**, and
#   none with these distributions of single units more than their sum; so these numbers hold at most the smaller.
#
# You may not say:
#
# - **the spectrum is a power law**, because a line fits or because rivals are not ahead;
# - **networks of this kind have that exponent**, from one network: give a spectrum for each of three or more, as rows
#   of eigenvalues, and set `networks`;
# - **steeper than theirs**, over other ranks, another number of samples or units, or another reading of a layer;
# - **so many bits**, from an exponent where the windows disagree;
# - **so steep**, of a series in time, unless it is steeper than with its columns turned around: what is slow has few
#   independent samples, and few samples make any spectrum steep.

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark()
