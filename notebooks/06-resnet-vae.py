# %% [markdown]
# (nb-resnet-vae)=
# # A network dissected
#
# The experiments behind {cite:t}`marshall2024` begin with one network: a variational autoencoder with a ResNet for an
# encoder, trained at five rates of dropout. A dot moves in a circle before it. Random projections show the path that
# each layer's activity takes in space, and two plots are to set the exponent of every layer's spectrum against the
# energy of that path, and against how well it keeps the distances between the images. The supplement describes the
# plots. They were never released, and neither was the program that draws them.
#
# Here they are, with everything needed to draw them for another network: the network itself, as described to the last
# parameter, its training with the loss on one scale, the dot, and the dissection. Chapter 5 said what such plots can
# show and what they cannot, for random networks; here a trained one has to live with it.
#
# Four things come out. Strong dropout makes the spectra of the encoder steeper. Every trained layer that answers at all
# takes the dot's circle to a smooth path, and where its exponent can be measured it is above the critical 3, so
# smoothness does not tell trained layers apart. The energy of the path, which is an axis of the promised plot, varies over many powers of
# ten, mostly because some layers are louder than others. And the most important choice of the experiment is not in
# its description: whether the masks are on or off when activity is recorded. It turns the trend of the exponents in
# the encoder around, and networks trained with strong dropout lose most of their lead over a mean image
# between training, with masks, and testing, without.

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
# - {ref}`sec-vae-model`: the network as described, and what the description leaves open.
# - {ref}`sec-vae-loss`: the two terms of the loss, the floor under it, and a factor of 50.
# - {ref}`sec-vae-training`: three networks trained, in bits per dimension.
# - {ref}`sec-vae-dot`: the dot's path through the layers, and a thousand projections of each at once.
# - {ref}`sec-vae-smooth`: which layers are smooth.
# - {ref}`sec-vae-spectra`: how the layers vary over images, and what dropout does to that.
# - {ref}`sec-vae-masks`: what two dropout masks agree on.
# - {ref}`sec-vae-promised`: the promised plots, and chapter 5's predictions beside them.
# - {ref}`sec-vae-scale`: the same on a larger scale.
# - {ref}`sec-vae-yours`: a network of your choice.
#
# You need convolutional networks, the variational autoencoder of {cite:t}`kingma2014`, and {ref}`nb-zeta-energy`,
# whose terms this chapter uses: level and path energy, the exponent of a spectrum, the critical exponent. Symbols are
# those of {doc}`../book/notation`; {math}`D` is the dropout rate.

# %% tags=["parameters"]
seed: int = 0  # of weights, order, masks, codes and projections
dataset: str = "mnist-5k"  # or "fashion-mnist", "cifar-10"
data_folder: str = ""  # where the files of a data set lie; "" is its usual place
n_train: int = 3_000  # images to train on; 0 takes all
n_test: int = 1_000  # images to test and to dissect on; 0 takes all
image_size: int = 32  # pixels on a side, as the network sees them; 224 in print
width: int = 16  # channels of the first layer; 64 in print
rates: str = "0 0.2 0.4"  # dropout; "0 0.2 0.4 0.6 0.8" in print
epochs: int = 3  # 200 in print
batch: int = 20  # images a step; 50 in print
learning_rate: float = 0.01  # of Adam; 0.001 in print
seconds_a_rate: float = 0.0  # stop at the end of an epoch after so many; 0: never
device: str = "cpu"  # or "cuda"
compiled: bool = False  # torch.compile on CUDA: a minute a rate, then faster
runs_folder: str = ""  # where checkpoints are kept, to go on; "" keeps none
scheduler: str = ""  # address of a Dask scheduler to train on; "" trains here
wandb_project: str = ""  # of Weights & Biases, to follow a training in; "": none
n_frames: int = 400  # places of the dot, a multiple of 8, at least 400
precise: bool = False  # the dot in double precision, as always on a GPU
n_projections: int = 1_000  # random projections of every layer
save_as: str = ""  # "fashion-64" saves this run under that name
compare_with: str = "fashion-64 fashion-32 fashion-32-seed-1"  # shown at the end
torchvision_model: str = "resnet18"  # for the last section

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-vae-model)=
# ## The network as described
#
# Images enter a ResNet-18 {cite:p}`he2016` without its last layer. Two fully connected layers follow, and two heads give the mean and
# the log variance of a code of 256 Gaussian numbers. Two more fully connected layers and three transposed convolutions
# lead from the code to an image of 39 by 39 pixels, which is stretched to the size of the input. The scale in print is
# 224 pixels and 1,024 units in each fully connected layer.
#
# Dropout follows every ReLU of the ResNet, and nothing else: neither the fully connected layers nor the decoder have
# any. There are nine ReLU modules, but a residual block uses its one ReLU twice. How often does a signal meet dropout
# on its way? We count instead of reading.

# %%
import torch
from polylib.resnet_vae import STAGES, ResNetVAE

described = ResNetVAE()
applied = []
for module in described.modules():
    if isinstance(module, torch.nn.Dropout):
        module.register_forward_hook(lambda *_: applied.append(1))
with torch.no_grad():
    described.eval()(torch.zeros(1, 3, 224, 224))
n_parameters = sum(p.numel() for p in described.parameters())
n_modules = sum(isinstance(m, torch.nn.Dropout) for m in described.modules())
print(f"{n_parameters:,} parameters, {len(STAGES)} stages")
print(f"dropout: {n_modules} modules, applied {len(applied)} times a pass")
# the last use of each module lies on the way that all signals take
odds = [0.8**-n for n in (len(applied), n_modules)]
print("at D = 0.2 a bit survives the long way once in", end=" ")
print("{:.0f}, the short one once in {:.0f}".format(*odds))
assert (n_parameters, n_modules, len(applied)) == (14_618_265, 9, 17)

# %% [markdown]
# Seventeen times in a pass. A signal that takes every residual branch meets all of them; one that keeps to the skip
# connections meets nine. {ref}`nb-dropout-capacity` says what that means for a code that is never written anew: a
# bit that a single neuron carries survives with probability {math}`(1-D)^{17}` on the long way, and {math}`(1-D)^9`
# on the short one: at {math}`D = 0.2` one in 44 and one in seven. The way out, there and here, is to say things
# more than once.
#
# A *stage* will be a place where we look: the stem, the eight residual blocks, the pooled output, and each step of the
# rest. On the axes 3.1 is the second block of layer 3 (the ResNet has four layers of two blocks), fc a fully connected
# layer, mean the mean of the code, deconv a transposed convolution.

# %% [markdown]
# (sec-vae-loss)=
# ## What the loss measures
#
# The loss of an image is a cross-entropy between its pixels {math}`x` and their reconstructions {math}`p`, summed over
# all 150,528 of them in print, and a divergence between the code's Gaussian, with mean {math}`\mu` and variance
# {math}`v` for each of its numbers, and the standard normal. The first is meant for pixels that are black or white.
# These are grey. Is the number then a length of any code?
#
# It is, of one that nobody sends. Let each pixel throw a coin that shows white with probability {math}`x`. The
# cross-entropy is the mean number of nats in which a reconstruction {math}`p` encodes the coins. It follows that it has
# a floor above 0, the entropy of the coins, and no network can go below it. (What the loss is *not* is the likelihood
# of a grey image: {cite:t}`loaiza2019` give the density that it would need.)

# %% tags=["hide-input"]
import numpy as np
from polylib.derivation import Derivation, named
from scipy.integrate import quad
from scipy.stats import norm
from sympy import evaluate, log, pi, symbols

mu = symbols("mu", real=True)
v, x, p, t = symbols("v x p t", positive=True)
with evaluate(False):
    log_q = -(log(2 * pi * v) + v / v) / 2  # means over q
    log_p = -(log(2 * pi) + (mu**2 + v)) / 2
    nats = (mu**2 + v - 1 - log(v)) / 2
    coin = -x * log(p) - (1 - x) * log(1 - p)
    of_coins = -x * log(x) - (1 - x) * log(1 - x)
KL = named(r"D_{\mathrm{KL}}", log_q - log_p)
BCE = named(r"\mathrm{BCE}(x, p)", coin)


# %% tags=["hide-input"]
def by_integral(mu, v):
    """Divergence of N(mu, v) from N(0, 1) in nats, integrated."""
    q = norm(mu, np.sqrt(v))

    def integrand(z):
        return q.pdf(z) * (q.logpdf(z) - norm.logpdf(z))

    return quad(integrand, *q.ppf([1e-14, 1 - 1e-14]), epsabs=1e-12, limit=200)[0]


def from_the_moments(mu, v):
    return (mu**2 + v - 1 - np.log(v)) / 2


terms = Derivation("The two terms of the loss", "supplement 1")
terms.equal(KL, nats, "moments of a Gaussian put in; in nats")
cases = [(m, s) for m in (-2.0, 0.0, 0.5) for s in (0.01, 0.5, 1.0, 3.0)]
terms.agrees(from_the_moments, by_integral, cases, 1e-8, "against the integral")
words = "the logarithm lies below its tangent"
log_gap = terms.at_most(log(t), t - 1, {}, words)
divergence = x * log_gap(p / x) + (1 - x) * log_gap((1 - p) / (1 - x))
words = "the entropy of a coin is the floor; what lies above it is a divergence"
terms.at_most(of_coins, BCE, {x: (0, 1), p: (0, 1)}, words, by=divergence)
terms

# %% [markdown]
# Divided by {math}`\ln 2` and by the number of values, the sum of both terms is the usual {term}`bits per dimension`. It is
# the scale on which a training batch and the test images, and images of any size, can be compared. The released
# program has no such scale. Its two curves, which go to a web service under the names train and test loss, differ by a
# factor that has nothing to do with learning.

# %% tags=["hide-input"]
wording = Derivation("Words about the network", source="supplement 1")
wording.remark(
    "uses a pre-trained ResNet18 model for encoding",
    "the released program starts from random weights",
    line="ResNetVAE/modules.py",
)
wording.remark(
    "record the loss metrics throughout the training process",
    "what the released program records for training is a sum over a batch of 50 images, and for testing a mean for "
    "one image: a factor of 50 between the curves",
    line="ResNetVAE/ResNetVAE_cifar10.py",
)
wording

# %% [markdown]
# One more thing about the test loss. Outside of training the network decodes the *mean* of the code, so what the
# program reports is not the bound: the bound is a mean over codes drawn from the Gaussian. We report both.
#
# (sec-vae-training)=
# ## Training
#
# The reading scale is a sketch of the experiment: handwritten digits {cite:p}`lecun1998`, 32 pixels, a quarter of the
# channels, three epochs, three rates. Two things are not scaled down but changed. Batches have 20 images, and the
# learning rate is ten times the one in print. The last layer of the decoder is a batch normalisation followed by a
# sigmoid, and it leaves the logits with a variance of 1 until its own gain has grown, by at most about one learning
# rate a step. At 0.001 a few hundred steps do not get it to a black background; the training in print has 200,000.
#
# The networks are tasks of a sweep. Here they train one after another; with the address of a Dask scheduler in the
# parameters they train on its workers, and a task whose worker dies goes on from its checkpoint on another;
# `runs_folder` must then be a folder that all workers see. With a limit in seconds the networks train here. A run
# that is killed at any moment and started again goes on to the same weights: the tests stop one at every epoch, kill
# a worker in the midst of another, and kill ten processes while they write checkpoints. Each run leaves the history
# of its losses as CSV beside its checkpoint; given `wandb_project` it is also followed by Weights & Biases, without a
# key for it on disk alone. On a processor a mask has 16 random bits a unit, so that a
# rate is rounded to the nearest of 65,536. How fast all this is beside the described loop is
# measured by `benchmarks/resnet_vae`, and the dissection beside the plain way by `benchmarks/representation`.
#
# Two yardsticks stand beside the bits per dimension: the floor, and what one would pay for the mean of the training
# images as the reconstruction of everything.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

from polylib import images
from polylib.resnet_vae import Settings, train
from polylib.resnet_vae import evaluate as measure
from polylib.runs import sweep
from threadpoolctl import threadpool_limits

folder = Path(data_folder) if data_folder else None
sizes = {"n_train": n_train or None, "n_test": n_test or None}
pictures = images.load(dataset, folder, seed=seed, **sizes)
dropouts = [float(rate) for rate in rates.split()]
names = ("image_size", "width", "epochs", "batch", "learning_rate", "seed")
common = {name: parameters[name] for name in names}


# %%
def to_its_end(settings, run):
    """Train one network in its folder, wherever a worker is."""
    found = images.load(dataset, folder, seed=seed, **sizes)
    history = train(found, settings, run, wandb_project=wandb_project)[1]
    return {"epochs": len(history.rows)}


def trained(runs):
    """By rate of dropout: a trained network, and the history of its training."""
    tasks = {
        f"dropout-{rate:g}": Settings(
            dropout=rate, device=device, compile=compiled, **common
        )
        for rate in dropouts
    }
    if not seconds_a_rate:
        sweep(to_its_end, tasks, runs, scheduler or None)
    # what the sweep has finished is only loaded
    more = {"budget": seconds_a_rate or None, "wandb_project": wandb_project}
    found = [train(pictures, tasks[name], runs / name, **more) for name in tasks]
    return dict(zip(dropouts, found, strict=True))


# %%
if device == "cpu":  # small matrices wait for threads longer than they compute
    torch.set_num_threads(1)
    threadpool_limits(1)
torch.backends.cudnn.allow_tf32 = False  # the tails of spectra need the digits
with TemporaryDirectory() as scratch:
    networks = trained(Path(runs_folder or scratch))

# %% tags=["hide-input"]
from polylib.resnet_vae import negative_elbo, pixel_entropy


@torch.no_grad()
def drawn_bound(model, pictures, draws=4):
    """Nats an image of the bound with drawn codes, dropout off."""
    torch.manual_seed(seed)
    total = 0.0
    for part in pictures.split(200):
        x = images.prepare(part.to(device), image_size)
        mean, log_variance = model.encode(x)
        for _ in range(draws):
            z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
            bce, kl = negative_elbo(model.decode(z), x, mean, log_variance)
            total += float((bce + kl).sum()) / draws
    return total / len(pictures)


def by_the_mean_image(pictures):
    """Nats an image if every reconstruction is the mean of training images."""
    x = images.prepare(pictures.test, image_size).double()
    mean = images.prepare(pictures.train[:10_000], image_size).double().mean(0)
    p = mean.clamp(1e-6, 1 - 1e-6).expand_as(x)
    bce = torch.nn.functional.binary_cross_entropy(p, x, reduction="sum")
    return float(bce) / len(x)


# %% tags=["hide-input"]
@torch.no_grad()
def compressed(model, n=8, size=32):
    """The first test images and their reconstructions, as hexadecimal bytes."""
    x = images.prepare(pictures.test[:n].to(device), image_size)
    both = torch.stack([x, model(x)[0]], 1).mean(2)
    both = torch.nn.functional.interpolate(both, (size, size), mode="area")
    both = (255 * both).round().byte().cpu().flatten(2)
    return [[bytes(one.tolist()).hex() for one in pair] for pair in both]


in_bits = np.log(2) * 3 * image_size**2
grey = images.prepare(pictures.test, image_size)
floor = float(pixel_entropy(grey).mean()) / in_bits
mean_image = by_the_mean_image(pictures) / in_bits
print(f"bits per dimension: floor {floor:.3f}, mean image {mean_image:.3f}")
assert floor < mean_image

# %% [markdown]
# ### What is measured
#
# Everything below is measured in one call for each network, so that it can be saved, drawn again, and done to another
# network. Activity is read at all stages by hooks that keep copies, because the network's ReLUs overwrite what
# they are given. It is streamed into a covariance, so memory does not grow with the number of images. We add an
# *untrained* network as a control.

# %%
from polylib.representation import dissect

exact = torch.float64 if precise or device != "cpu" else torch.float32
frames = images.dot_frames(
    n_frames, image_size, channels=3, dtype=exact, device=device
)
test_images = images.prepare(pictures.test.to(device), image_size)
rng = np.random.default_rng(seed)


def dissected(model, dropout):
    """Every stage of a network over the test images and along the dot's path."""
    torch.manual_seed(seed)
    many = {"n_projections": n_projections, "rng": rng}
    return dissect(model, test_images, frames, STAGES, dropout=dropout, **many)


# %%
def everything(rate):
    """What this chapter measures of the network with that rate."""
    model, history = networks[rate]
    record = {
        name: [row[name] for row in history.rows] for name in history.rows[0]
    }
    record = {"history": record, "test": measure(model, pictures.test.to(device))}
    record |= {"drawn_bits": drawn_bound(model, pictures.test) / in_bits}
    record |= {
        "pictures": compressed(model),
        "layers": dissected(model, rate > 0),
    }
    return record


torch.manual_seed(seed)
untrained = ResNetVAE(0, image_size=image_size, width=width).to(device).eval()
fresh = {"mean_image": mean_image, "untrained": dissected(untrained, False)}
fresh |= {"rates": {f"{rate:g}": everything(rate) for rate in dropouts}}
if save_as:
    results.save(f"06-resnet-vae-{save_as}", fresh, parameters, device=device)

# %% tags=["hide-input"]
import matplotlib.pyplot as plt

figures.use_palette()


def colour(index):
    """One colour, marker and dash a rate of dropout."""
    marks = {"marker": figures.MARKERS[index], "markersize": 3}
    return {"color": f"C{index}", "linestyle": figures.DASHES[index]} | marks


def short(stage):
    """A stage's name on an axis: layer3.1 is 3.1, the second block of layer 3."""
    name = stage.removeprefix("encoder.").removeprefix("layer")
    return name.replace("relu", "stem").replace("avgpool", "pool")


def filled(values):
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def answers(record):
    """Whether the stage moves with the dot by more than a rounding error."""
    return record["level"] > 1e-9 * record["mean_square"]


# %% tags=["hide-input"]
def by_stage(ax, result, value, untrained=True, marks=None):
    """One line a rate over the stages, of a number or of [number, low, high]."""
    runs = {f"D = {rate}": run["layers"] for rate, run in result["rates"].items()}
    everyone = runs | ({"untrained": result["untrained"]} if untrained else {})
    for index, (name, layers) in enumerate(everyone.items()):
        found = [value(layers[stage]) for stage in STAGES]
        heights = filled([v[0] if isinstance(v, list) else v for v in found])
        shown = name if np.isfinite(heights).any() else "_" + name
        style = (
            colour(index) if name in runs else {"color": "0.5", "linestyle": "-"}
        )
        ax.plot(heights, **style | (marks or {}), linewidth=1, label=shown)
        for place, v in enumerate(found):
            if isinstance(v, list) and v[0] is not None and v[2] - v[1] < 4:
                at = place + 0.1 * index
                ax.vlines(at, v[1], v[2], color=style["color"], linewidth=0.7)
    names = [short(stage) for stage in STAGES]
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Reading scale. Left: the losses of the network without dropout on the scales of the released program, a sum over a batch for training and a mean for one image for testing. Right: bits per dimension of all networks, training strong, testing faint; dotted, the cost of the mean image and the floor.", "name": "fig-vae-training"}, "image": {"alt": "Left, two falling lines on a logarithmic axis, the one for training a constant factor above the one for testing. Right, lines for three rates of dropout that fall from about 0.65 to between 0.35 and 0.45 bits per dimension and end close to the dotted line of the mean image, the one without dropout below it, all far above the floor at 0.14."}}
def show_training(result, batch):
    """Left as the released program logs it, right on one scale."""
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.4))
    runs = result["rates"]
    past = next(iter(runs.values()))["history"]
    steps = past["epoch"]
    for name, y in (
        ("train, a batch", batch * np.array(past["train_elbo"])),
        ("test, an image", past["test_elbo"]),
    ):
        axes[0].semilogy(steps, y, color="0.1" if "train" in name else "0.5")
        axes[0].text(steps[-1], y[-1] * 1.15, name, ha="right")
    for index, (rate, run) in enumerate(runs.items()):
        for kind, alpha in (("train", 1), ("test", 0.4)):
            label = f"D = {rate}" if kind == "train" else None
            y = run["history"][f"{kind}_bits"]
            at = run["history"]["epoch"]
            axes[1].plot(at, y, **colour(index), alpha=alpha, label=label)
    floor = past["test_floor"][0] / past["test_elbo"][0] * past["test_bits"][0]
    for level, words in ((floor, "floor"), (result["mean_image"], "mean image")):
        axes[1].axhline(level, color="0.4", linestyle=":", linewidth=1)
        axes[1].text(steps[0], level, words, va="bottom")
    for ax in axes:
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0].set(xlabel="epoch", ylabel="loss as logged (nats)")
    axes[1].set(xlabel="epoch", ylabel="bits per dimension", ylim=(0, None))
    axes[1].legend(fontsize=9)
    plt.show()


show_training(fresh, batch)


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test images and what the networks make of the mean of their code, a row a rate of dropout; reading scale.", "name": "fig-vae-pictures"}, "image": {"alt": "First row, eight handwritten digits. Second row, without dropout, blurred shapes of which several resemble their digit. Third row, with dropout, blobs, with slanted strokes under some digits; fourth row, blobs of two or three kinds that do not match the digits."}}
def show_pictures(result, size=32):
    """Test images in the first row, then reconstructions, a row a rate."""
    runs = result["rates"]
    rows = {"image": [pair[0] for pair in next(iter(runs.values()))["pictures"]]}
    rows |= {
        f"D = {d}": [p[1] for p in run["pictures"]] for d, run in runs.items()
    }
    _, axes = plt.subplots(len(rows), 8, figsize=(7.2, 0.9 * len(rows)))
    for (name, row), line in zip(rows.items(), axes, strict=True):
        for picture, ax in zip(row, line, strict=True):
            values = np.frombuffer(bytes.fromhex(picture), np.uint8)
            ax.imshow(values.reshape(size, size), cmap="gray", vmin=0, vmax=255)
            ax.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    plt.show()


show_pictures(fresh)

# %% [markdown]
# On the left are the two curves as the program would log them; most of the gap between them is the batch. On the
# right, on one scale, training (strong) and testing without masks (faint) can be compared. At this scale only the
# network without dropout gets below the bits of the mean image, and only its digits can be told apart. The networks
# that had to learn through nine to seventeen masks show little more than one of a few average digits. They have not learnt
# nothing, though: in each of them some units of the code vary from image to image.

# %%
for rate, run in fresh["rates"].items():
    test = run["test"]
    assert test["floor"] < test["bce"] and test["kl"] > 0.1
    assert abs(run["drawn_bits"] - test["bits"]) < 0.1 * test["bits"]
    collapsed = test["active_units"] == 0
    print(
        f"D = {rate}: the posterior {'collapsed' if collapsed else 'did not collapse'}"
    )

# %% [markdown]
# A unit of the code is *active* if its mean varies over images with a variance above 0.01. When none is, the posterior
# has collapsed: the code says nothing and the decoder draws one picture. That happens easily with strong dropout
# and little training, and a sweep that did not report it would compare dead networks.

# %% [markdown]
# (sec-vae-dot)=
# ## A dot moves
#
# Now the dot. It goes around a circle in steps that are a small part of a pixel, and its edge is soft enough for the
# image to change smoothly with it. (Frames in whole grey values, as a picture file stores them, would put noise under
# the smallest steps.) At every stage, all channels at all positions make one long vector, and a random matrix with
# three columns takes it to a point in space. Smoothness will be read from steps of one and of four frames. Energies and
# distances are taken every eight frames, at fifty places of the circle: *a step* below is eight frames, about a pixel
# here and two in the larger run.

# %% tags=["hide-input"]
from polylib.representation import path_activity, random_paths

shown = [
    "encoder.relu",
    "encoder.layer2.1",
    "encoder.layer4.1",
    "mean",
    "deconv8",
]
single = frames.float()
kinds = [(f"D = {d:g}", networks[d][0], False) for d in dropouts]
kinds.append((f"D = {dropouts[-1]:g}, masks on", networks[dropouts[-1]][0], True))
bare = {"xticklabels": [], "yticklabels": [], "zticklabels": []}

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The dot once around its circle, seen in one random projection to three dimensions of five stages (columns) of each network (rows). Each panel is scaled to its path. Last row: the network with the most dropout, masks on, new ones for every frame.", "name": "fig-vae-paths"}, "image": {"alt": "Grid of small three-dimensional plots. In all rows but the last each panel shows one closed curve: loops with some sharp bends at the early stages, with dropout thin lines gone there and back at the mean of the code and after it, and a tangle with corners at the last stage without dropout. In the last row each panel is a dense, spiky scribble, drawn out along a line in the later stages."}}
_, axes = plt.subplots(
    len(kinds),
    len(shown),
    figsize=(8.4, 1.7 * len(kinds)),
    subplot_kw={"projection": "3d"} | bare,
)
torch.manual_seed(seed)
for line, (name, model, masked) in zip(axes, kinds, strict=True):
    activity = path_activity(model, single, shown, dropout=masked)
    paths = random_paths(activity, 1, rng=np.random.default_rng(seed))[:, 0].cpu()
    for ax, path in zip(line, paths, strict=True):
        whole = torch.cat([path, path[:1]])
        ax.plot(*whole.T, color="0.1", linewidth=0.3 if masked else 0.8)
    line[0].text2D(
        -0.15, 0.5, name, rotation=90, va="center", transform=line[0].transAxes
    )
for ax, stage in zip(axes[0], shown, strict=True):
    ax.text2D(0.5, 1.0, short(stage), ha="center", transform=ax.transAxes)
plt.show()

# %% [markdown]
# Each row is a network, each column a stage, and every path is closed, as the circle is. They are smooth curves, most
# crumpled at the last stage without dropout. The
# last row is the network with the most dropout, with its masks on: a new mask for every frame. What was a loop is a
# cloud.
#
# ### A thousand projections at once
#
# One projection is one draw, and chapter 5 counted how many it takes. To have a thousand of each of eighteen stages,
# one need not draw a thousand matrices with as many rows as a stage has units, which are thousands here and
# 800,000 in the stem at the size in print.
#
# ```{prf:theorem} A Gaussian projection sees products only
# :label: thm-products
# Let the rows of {math}`A` be the activity at {math}`T` times, and let {math}`r` have independent Gaussian entries of
# mean 0 and variance {math}`1/m`. The law of the path {math}`Ar` depends on {math}`A` only through the {math}`T \times T` matrix
# of products {math}`A A^{\mathsf T}/m`.
# ```
#
# ```{prf:proof}
# The columns of {math}`Ar` are independent and Gaussian, with mean 0 and covariance {math}`A A^{\mathsf T}/m`.
# ```
#
# So take any {math}`T \times T` matrix with these products, from one QR decomposition a stage, and multiply it by
# {math}`T` Gaussian rows: `polylib.representation.random_paths` does that for all stages and projections in one batch
# of matrix products. The closed forms for the mean energies are those of {ref}`nb-zeta-energy`. The box tests them on the
# images of the dot themselves, the stage before the first.

# %% tags=["hide-input"]
from polylib.representation import along_the_path, many_projections
from polylib.theory import energy as en

few = max(1, n_frames // 50)
pixels = {"pixels": frames.cpu().double().flatten(1)}
plain_rng = np.random.default_rng(seed)
shot = many_projections(pixels, frames.cpu(), 1_000, rng=plain_rng)
by_theory = along_the_path(pixels)["pixels"]
projected = Derivation("Projections of the dot's images", "this book")
for name, value, energies in (
    ("level energy", by_theory["level"], shot.level[0]),
    ("path energy of a step", by_theory["path"], shot.path[0]),
):
    error = energies.std() / np.sqrt(len(energies))
    projected.sampled(value, energies.mean(), error, f"mean {name}")
projected

# %% [markdown]
# The same holds at every stage of every network.


# %%
def off_by(record):
    """Standard errors between mean energies of projections and closed forms."""
    pairs = ((record[f"{name}_seen"], record[name]) for name in ("level", "path"))
    return [(seen[0] - value) / seen[1] for seen, value in pairs if seen[1] > 0]


z_scores = [
    z
    for layers in [run["layers"] for run in fresh["rates"].values()]
    for record in layers.values()
    for z in off_by(record)
]
outside = np.mean(np.abs(z_scores) > 2)
print(f"{len(z_scores)} mean energies, all within 5 standard errors of theory")
assert np.abs(z_scores).max() < 5 and outside < 0.25


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Random projections of the path of the dot, stage by stage. Left: expected path energy of a step. Middle: the same in units of the level energy of the stage. Right: correlation between distances in the projection and distances between images, mean of the projections and the middle 95 %; grey, an untrained network.", "name": "fig-vae-energies"}, "image": {"alt": "Left, on a logarithmic axis, lines that stay within a power of ten or so through the encoder, the one without dropout highest in layer 4, fall by about two powers of ten to fc2, and partly rise again; the line of the untrained network falls by eight. Middle, lines between 0.04 and 0.25, the one with the most dropout lowest in layer 2 and highest from layer 4 on. Right, lines that start at 0.5 to 0.6, with bars of about a quarter, and from layer 4 on lie lower the more dropout there was, down to 0.2."}}
def show_energies(result):
    """Energies and distance correlations of random projections, by stage."""
    _, axes = plt.subplots(1, 3, figsize=(8.4, 3.2))
    by_stage(axes[0], result, lambda r: r["path"] or None)
    by_stage(
        axes[1], result, lambda r: r["path"] / r["level"] if r["path"] else None
    )
    by_stage(axes[2], result, lambda r: r["correlation"])
    axes[0].set(yscale="log", ylabel="path energy of a step")
    axes[1].set(ylabel="path energy over level energy", ylim=(0, None))
    axes[2].set(ylabel="correlation with image distances", ylim=(0, 1))
    axes[0].legend(fontsize=8)
    plt.show()


show_energies(fresh)

# %% [markdown]
# Left, what the supplement calls the energy of the projection. It falls and rises over several powers of ten, mostly
# because stages differ in how loud they are; in units of its own level energy (middle) the path is
# slow everywhere, within a factor of five, and which network is the slowest changes with the seed. On the right, the correlation between the distances in the image and in the projection.
# The bars are the middle 95 % of a thousand projections: *one* projection, as in the described experiment, can come
# out anywhere in them.
#
# The correlations are nowhere high. Is that a defect of the network? Two dots that do not overlap are equally far apart
# wherever they are, so distances between images saturate. The next cell projects the images themselves and correlates
# the result with the distances between images, and with those between the places of the dot.

# %%
from polylib.representation import path_statistics

coarse = {"pixels": pixels["pixels"][:: n_frames // 50]}
T = len(coarse["pixels"])
between_images = torch.cdist(coarse["pixels"], coarse["pixels"]).numpy()
for name, distances in (("images", between_images), ("places", images.chords(T))):
    again = np.random.default_rng(seed)
    found = path_statistics(coarse, 1_000, distances=distances, rng=again)
    low, high = np.quantile(found.correlation, [0.025, 0.975])
    print(
        f"pixels, projected: correlation with distances between {name}", end=" "
    )
    print(f"{found.correlation.mean():.2f}, 95 % from {low:.2f} to {high:.2f}")
    assert 0.3 < found.correlation.mean() < 0.8

# %% [markdown]
# A projection of the bare images comes out in the middle of the stages: most of what is lost is lost in going from
# thousands of dimensions to three. So the correlation is a property of three dimensions and of the dot first, and of the
# network second; only with dropout, from layer 4 on, does the network take away more, here 0.2 to 0.3.

# %% [markdown]
# (sec-vae-smooth)=
# ## Smooth or rough
#
# The dot has one parameter, its angle, so {ref}`nb-zeta-energy` gives a critical exponent of 3: if the eigenvalues over
# the circle fall faster than {math}`i^{-3}` the path has a velocity, and its energy falls with the square of the
# step. If they fall more slowly, with an exponent {math}`s`, the path is rough, and its energy falls with the step to the power
# {math}`s - 1` only, at steps inside the window of {prf:ref}`thm-circle`. The exponent is fitted over ranks 10 to 100, the slope comes from steps of one and of four
# frames. Do smooth layers lie above 3?


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Left: exponent of the eigenvalues over the circle, ranks 10 to 100, with its interval; dotted, the critical exponent. Right: slope of the path energy against the step, masks off (lines) and on (crosses).", "name": "fig-vae-ring"}, "image": {"alt": "Left, exponents between 3.3 and 6.4 at all stages at which they are drawn, all above the dotted line at 3, in the encoder lowest for the untrained network. Right, lines between 1.7 and 2 at all stages, and crosses at 0."}}
def show_ring(result):
    """Smoothness around the circle, by stage."""
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.4))
    by_stage(axes[0], result, lambda r: r["ring_alpha"] if answers(r) else None)
    axes[0].axhline(en.critical_exponent(1), color="0.3", linestyle=":")
    axes[0].set(ylabel="exponent around the circle", ylim=(0, None))
    by_stage(axes[1], result, lambda r: r["slope"])
    crosses = {"marker": "x", "linestyle": "", "markersize": 5}
    by_stage(axes[1], result, lambda r: r.get("noisy_slope"), False, crosses)
    axes[1].set(ylabel="slope of the path energy")
    axes[0].legend(fontsize=8)
    plt.show()


show_ring(fresh)

# %% [markdown]
# All that are drawn do. A convolution is linear, a ReLU has a kink, and kinks along a smooth path make eigenvalues
# that fall like {math}`i^{-4}`, whatever the weights (for kernels of wide networks see {cite:t}`bietti2021`);
# max-pooling and the sigmoid change nothing about it. (Ranks 10 to 100 are not the limit, so the exponents are not
# exactly 4.) Where no point is drawn, rounding in single precision hides the last of the hundred eigenvalues. The
# slopes on the right agree: close to 2 at all trained stages but the last without dropout, 1.75. So the criterion of {cite:t}`stringer2019` is met at every stage
# at which the exponent can be measured, the slopes speak for the others (a slope near 2 says "an exponent of about 3, or above"), and it does not tell one layer from another.
#
# With the masks on (crosses) the slope is 0. Every frame meets new masks, and however small the step, the
# activity jumps. Through its masks a network answers to a moving dot like a code of exponent 1 or less. Whoever looks
# at paths should know which of the two is being shown.

# %%
slopes, shaken = [], []
for run in fresh["rates"].values():
    for record in run["layers"].values():
        if answers(record):
            slopes.append(record["slope"])
            shaken.append(record.get("noisy_slope", 0.0))
limit = en.critical_exponent(1)
print(f"masks off: slopes above 1.6, exponents above {limit:.0f};", end=" ")
print("masks on: slopes within 0.2 of 0")
rings = [
    record["ring_alpha"]
    for run in fresh["rates"].values()
    for record in run["layers"].values()
    if record["ring_alpha"] and answers(record)
]
assert min(slopes) > 1.6 and np.abs(shaken).max() < 0.2
assert min(ring[1] for ring in rings) > en.critical_exponent(1)

# %% [markdown]
# (sec-vae-spectra)=
# ## How layers vary over images
#
# The {term}`decay coefficient` of the described program is the exponent of a layer's spectrum over images; we take it
# with the estimator of {ref}`sec-power-exponent`. A convolution gives a map, and there are three honest ways to make
# units and samples of it. *Pooled*: a unit is a channel's mean over positions. *Flattened*: each channel at each
# position is a unit; there may be more of them than images, and then the spectrum comes from products of images. *Per
# position*: a unit is a channel, a sample is a position of an image. The description does not say which it means. The
# first figure shows all three for one stage.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Eigenvalues over test images of one stage (second block of layer 2) of the network without dropout, read in three ways, over the first eigenvalue of each.", "name": "fig-vae-readings"}, "image": {"alt": "Three falling curves in a log-log plot. The pooled one is the steepest, that per position has as many ranks and falls more slowly, and the flattened one falls most slowly and goes on for more than ten times as many ranks."}}
from polylib.representation import layer_spectra

stage = "encoder.layer2.1"
model = networks[dropouts[0]][0]
fig, ax = plt.subplots(figsize=(5.4, 3.2))
for index, reading in enumerate(("pooled", "flattened", "per position")):
    batches = test_images.split(200)
    lam = layer_spectra(model, batches, [stage], reading=reading)[
        stage
    ].eigenvalues
    lam = lam[lam > 1e-7 * lam[0]] / lam[0]
    ranks = np.arange(1, lam.size + 1)
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.loglog(ranks, lam, **style, label=reading)
ax.set(xlabel="rank", ylabel="eigenvalue over the first")
ax.legend()
plt.show()

# %% [markdown]
# The exponent depends on the reading, and comparing a pooled stage with a flattened one compares readings. From
# here on all stages are pooled.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Eigenvalues over test images at four stages, over the first of each, by rate of dropout; masks off, reading scale.", "name": "fig-vae-spectra"}, "image": {"alt": "Four panels with falling curves in log-log plots. At the stem the three rates lie close together, the one without dropout mostly lowest; in the block 3.1, the pooled output and the mean of the code the curves fall more steeply the more dropout there was in training."}}
def show_spectra(result, stages):
    """Eigenvalues over images at some stages."""
    _, axes = plt.subplots(1, len(stages), figsize=(8.4, 2.9), sharey=True)
    for ax, stage in zip(axes, stages, strict=True):
        for index, (rate, run) in enumerate(result["rates"].items()):
            lam = np.array(run["layers"][stage]["spectrum"])
            ranks = np.array(run["layers"][stage]["spectrum_ranks"])
            above = lam > 1e-8 * lam[0]
            style = colour(index) | {"marker": "", "label": f"D = {rate}"}
            ax.loglog(ranks[above], lam[above] / lam[0], **style)
        ax.text(0.95, 0.93, short(stage), ha="right", transform=ax.transAxes)
        ax.set(xlabel="rank", ylim=(1e-7, 2))
    axes[0].set(ylabel="eigenvalue over the first")
    axes[0].legend(fontsize=8, loc="lower left")
    plt.show()


four_stages = ["encoder.relu", "encoder.layer3.1", "encoder.avgpool", "mean"]
show_spectra(fresh, four_stages)


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Over test images, by stage: the decay coefficient with its nominal 95 % interval (of the fit), the participation ratio, the share of variance in ten components, and the bits that describe the stage to a 4-bit step of its first component. Masks off; grey, an untrained network; reading scale. The last deconvolution, above 8, is outside the first panel; the one before it has two channels here, too few for an exponent.", "name": "fig-vae-decay"}, "image": {"alt": "Four panels of lines over eighteen stages. Decay coefficients: untrained between 1.5 and 2 from layer 3 on, without dropout between 2 and 4, with dropout up to 6. Participation ratios: untrained up to 6, without dropout up to 5, with the most dropout close to 1. Variance in ten components: close to 1 but for the untrained network. Bits: untrained up to 50, without dropout 5 to 30, with the most dropout 4 to 8."}}
def show_decay(result):
    """Spectra over images in four numbers, by stage."""
    _, axes = plt.subplots(2, 2, figsize=(8.4, 5.6), sharex=True)
    for ax, name, words in zip(
        axes.flat,
        ("alpha", "participation", "explained", "bits"),
        ("decay coefficient", "participation ratio", "in ten components", "bits"),
        strict=True,
    ):
        by_stage(ax, result, lambda r, name=name: r[name] or None)
        ax.set(ylabel=words)
    axes[0, 0].set(ylim=(0, 8))
    axes[1, 0].set(ylim=(0, 1.02), ylabel="share of variance in ten components")
    axes[1, 1].set(yscale="log")
    axes[0, 1].legend(fontsize=8)
    plt.show()


show_decay(fresh)

# %% [markdown]
# Dropout makes the encoder's spectra steeper. The network trained without it has exponents of 2 to 4 in most
# stages, the one with the strongest dropout lies well above, and fewer dimensions matter to it, at almost every
# stage between the stem and the code. This is the opposite of what one may expect of a code that protects itself. A
# likely reason: to survive masks, say few things, each many times. It is not tested here, and another is at hand:
# with the masks off, {ref}`as we shall see <sec-vae-scale>`, networks trained with strong dropout also fade.
#
# The last panel puts it in bits, after {ref}`nb-power-law-information`. How many bits describe a stage, if each
# principal component may be off by one 4-bit step of the first? The rate of reverse water-filling is an upper bound
# for any activity with that covariance. Dropout lowers it. The untrained network, in grey, has at this scale, from
# layer 3 to the code, the flattest spectra and the most bits. That depends on the images and the size: in the runs below its
# encoder has fewer dimensions and bits than that of the network without dropout.

# %%
encoder = [name for name in STAGES if name.startswith("encoder.layer")]


def middle(layers, name="alpha"):
    """Median over the encoder's blocks, of a number or of an exponent."""
    values = [layers[stage][name] for stage in encoder]
    values = [v[0] if isinstance(v, list) else v for v in values if v is not None]
    return np.median(values)


by_rate = [middle(run["layers"]) for run in fresh["rates"].values()]
assert by_rate[-1] > by_rate[0] > middle(fresh["untrained"])
print("median decay coefficient of the encoder's blocks, in rising order:")
print(f"untrained, D = {dropouts[0]:g}, D = {dropouts[-1]:g}")

# %% [markdown]
# (sec-vae-masks)=
# ## What two masks agree on
#
# All of that was measured with the masks off. With the masks on, activity is noisy, and part of its spectrum is
# the spectrum of the noise. Two passes of the same images under different masks tell the parts apart. They play the
# part that two repeats of a stimulus play for {cite:t}`stringer2019`: take the principal directions of one pass, and
# ask how much variance along them both passes share. This is the cross-validated PCA of {ref}`sec-power-exponent`, and
# the share of the total is a stage's {term}`reliability`.
#
# In the first stage one can say in advance what comes out, because nothing before it is masked. A mask
# of rate {math}`D` multiplies each activity {math}`a_i` by {math}`0` or by {math}`1/(1-D)`. Pooling averages over
# positions afterwards.
#
# ```{prf:theorem} Masks before a mean
# :label: thm-mask-mean
# The mean over {math}`P` positions of masked activity has the mean of the activity itself as its expectation over masks.
# Its variance over masks is {math}`D/(1-D)` times the sum of squares of the activity over {math}`P^2`.
# ```

# %% tags=["hide-input"]
from sympy import IndexedBase, KroneckerDelta, Sum

i, j = symbols("i j", integer=True)
P = symbols("P", integer=True, positive=True)
D = symbols("D", positive=True)
a, M, C = (IndexedBase(name, real=True) for name in "aMC")
mean_of_a = Sum(a[i], (i, 1, P)) / P
z_mean = named(r"\langle z\rangle", Sum(a[i] * M[i], (i, 1, P)) / P)
positions = (i, 1, P), (j, 1, P)
z_square = Sum(a[i] * a[j] * C[i, j], *positions) / P**2
moments = {C[i, j]: 1 + KroneckerDelta(i, j) * D / (1 - D)}
with evaluate(False):
    mask_variance = (1 - D) * (1 / (1 - D)) ** 2 - 1
    spread = D / (1 - D) * Sum(a[i] ** 2, (i, 1, P)) / P**2
masks = Derivation("Masks before a mean", source="this book")
words = "a mask M has mean 1"
masks.equal(z_mean, mean_of_a, words, given={M[i]: 1})
words = "its variance: a coin of height 1/(1 - D)"
masks.equal(mask_variance, D / (1 - D), words)
words = "C, the mean of M_i M_j: 1 if i and j differ, as masks are independent"
masks.equal(z_square - mean_of_a**2, spread, words, given=moments)
masks

# %% [markdown]
# ```{prf:proof}
# The masks are independent, so variances add. That of one masked activity is {math}`a_i^2` times that of a coin of
# height {math}`1/(1-D)` and probability {math}`1-D`, which is {math}`1/(1-D) - 1 = D/(1-D)`.
# ```
#
# So the noise of a pooled channel falls with the number of positions: pooling is a repetition code, with the positions
# as copies. Does the trained network's stem obey?

# %%
from polylib.representation import stream

dropped = min(rate for rate in dropouts if rate > 0)
model, noise, theory = networks[dropped][0], 0.0, 0.0
torch.manual_seed(seed)
both = {"dropout": True, "passes": 2}
for pair, quiet in zip(
    stream(model, test_images.split(200), ["encoder.relu"], **both),
    stream(model, test_images.split(200), ["encoder.relu"], reading="flattened"),
    strict=True,
):
    one, two = pair["encoder.relu"].double().chunk(2, dim=1)
    noise += float((one - two).square().sum() / 2)
    positions = quiet["encoder.relu"].shape[1] / width
    squares = float(quiet["encoder.relu"].double().square().sum())
    theory += dropped / (1 - dropped) * squares / positions**2
print(
    f"{positions:.0f} positions: noise over its prediction {noise / theory:.1f}"
)
assert abs(noise / theory - 1) < 0.05


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Left: reliability, the share of the variance that two masks share. Right: decay coefficients with masks on, and, faint, off; blue, faint: without dropout. Reading scale.", "name": "fig-vae-masks"}, "image": {"alt": "Left, two lines that start at 0.94 and 0.84, fall through the blocks of the encoder, the one with more dropout to about 0.26, and rise to 0.6 and more in the fully connected stages. Right, decay coefficients with masks on fall from about 2.5 to about 1 at the end of the encoder and rise to 4 in the decoder; in the encoder the faint lines of the same rates lie above them."}}
def show_masks(result):
    """What two masks share, and spectra with masks on, by stage."""
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.4))
    by_stage(axes[0], result, lambda r: r.get("reliability"), False)
    by_stage(axes[1], result, lambda r: r.get("noisy_alpha"), False)
    off = {"alpha": 0.3, "marker": ""}
    by_stage(axes[1], result, lambda r: r["alpha"] and r["alpha"][0], False, off)
    axes[0].set(ylabel="reliability", ylim=(0, 1))
    axes[1].set(ylabel="decay coefficient, masks on", ylim=(0, 6))
    axes[0].legend(fontsize=8)
    plt.show()


show_masks(fresh)

# %% [markdown]
# It does, to within a few per cent. On the left of the figure the reliability begins high, for that reason,
# and falls from block to block: masks add up, and there are fewer positions to average over. In the last block, where the
# map is a single position at this scale, the masks make half of the variance or more. Then, in the fully connected
# layers, it *rises*. They have no masks, and each of their units reads all of the channels, so it can take a mean over what several
# of them say. Whether these are copies in the sense of a code is not tested here.
#
# In the encoder the exponents with masks on (right) are much lower than without (faint). Noise is spread over all
# directions, and a spectrum taken there in training mode measures the masks. Whoever plots decay coefficients against
# dropout must say in which mode they were taken: in the encoder they rise with {math}`D` in one and fall in the other.
# (From the second fully connected layer on less noise is left, and in the runs below they mostly rise in both.)

# %% [markdown]
# (sec-vae-promised)=
# ## The promised plots
#
# Here is what `make_plots.py` was to draw: one point a stage, the decay coefficient against the energy of the projection
# and against the correlation, in a colour and a marker for each rate. The middle panel has the energy in units of
# the stage's own level energy.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "The promised plots at reading scale, one point a stage: decay coefficient against the path energy of a step (left), against that in units of the level energy (middle), and against the correlation of distances (right). The last deconvolution, above 8, is outside the axis, and the one before it, of two channels, has no exponent.", "name": "fig-vae-promised"}, "image": {"alt": "Three scatter plots with a marker a rate of dropout. In the left one points spread over four powers of ten; the higher rates lie further left and higher. In the middle one most crowd between 0.05 and 0.14, with a group of the highest rate between 0.16 and 0.19. In the right one groups with dropout lie at low correlations and coefficients from 3 to 6, and the others at higher correlations and coefficients from 2 to 4."}}
def usable(run, without=()):
    """Records of stages that vary over images and move with the dot."""
    records = [r for name, r in run["layers"].items() if name not in without]
    return [r for r in records if r["alpha"] and answers(r)]


def show_promised(result):
    """Decay coefficient against energy, relative energy and correlation."""
    _, axes = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True)
    for index, (rate, run) in enumerate(result["rates"].items()):
        records = usable(run)
        heights = [r["alpha"][0] for r in records]
        energy = np.array([r["path"] for r in records])
        relative = energy / [r["level"] for r in records]
        correlation = [r["correlation"][0] for r in records]
        style = colour(index) | {"linestyle": "", "label": f"D = {rate}"}
        for ax, where in zip(axes, (energy, relative, correlation), strict=True):
            ax.plot(where, heights, **style)
    axes[0].set(xscale="log", xlabel="path energy of a step", ylim=(0, 8))
    axes[0].set(ylabel="decay coefficient")
    axes[1].set(xlabel="path energy over level energy")
    axes[2].set(xlabel="correlation of distances")
    axes[2].legend(fontsize=8)
    plt.show()


show_promised(fresh)

# %% [markdown]
# ### What chapter 5 predicts
#
# {ref}`nb-zeta-energy` repaired the link between the two axes. The level energy is {math}`k/2m` times the first
# eigenvalue times the sum {math}`\sum_{i \le m} i^{-s}`, if the spectrum is a power law. How far is that from a
# layer's actual trace, given its first eigenvalue and its decay coefficient? And the printed link, half of
# {math}`\zeta(s)`, has no first eigenvalue and no {math}`m`.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "The repaired link of chapter 5 at work: the trace predicted from a stage's first eigenvalue and decay coefficient, over its actual trace, one point a stage.", "name": "fig-vae-link"}, "image": {"alt": "Scatter of predicted over actual trace against the decay coefficient. The points lie between 0.4 and 1.15, without a trend; most of the low ones belong to the network without dropout."}}
def show_link(result):
    _, ax = plt.subplots(figsize=(5.4, 3.2))
    for index, (rate, run) in enumerate(result["rates"].items()):
        records = [r for r in run["layers"].values() if r["alpha"] and r["link"]]
        x, y = [r["alpha"][0] for r in records], [r["link"] for r in records]
        style = colour(index) | {"linestyle": ""}
        ax.plot(x, y, **style, label=f"D = {rate}")
    ax.axhline(1, color="0.3", linewidth=0.8)
    ax.set(xlabel="decay coefficient", ylabel="predicted trace over actual")
    ax.set(ylim=(0, None), xlim=(1, 8))
    ax.legend(fontsize=8)
    plt.show()


show_link(fresh)

# %% [markdown]
# In most of the encoder the link is right to about a tenth. In the fully connected stages, at the code and in some of
# the last blocks (here those without dropout, in the runs below also with some) it falls short, by up to somewhat more
# than a factor of two here and four in the runs below, likely because the first few eigenvalues there are nearly equal,
# which those of a power law are not. In neither case does it connect the axes of the plot above. The exponent
# comes from images and the energy from the dot; a stage's loudness is in the energy and not in the exponent; and in
# the units of its level the path energy measures how far the dot's step takes the activity, on which the images
# have no say.

# %% [markdown]
# (sec-vae-scale)=
# ## On a larger scale
#
# What follows comes from three runs of all five rates, on pictures of clothes {cite:p}`xiao2017`, with a learning
# rate of 0.003 (0.001 in print). The network has its full width. The larger run has all 60,000 training images at 64
# pixels in batches of 250, and ran on a GPU for 26 seconds a rate (it
# stops at the end of the epoch in which 22 have passed): five epochs, but only three for the first rate,
# which also paid for the start. The smaller one has 10,000 images at 32 pixels and ten epochs of
# batches of 50 on one CPU core, and was made twice, with two seeds: other weights, masks, orders and images. None is
# the scale in print, 50,000 photographs at 224 pixels for 200 epochs; the parameters for that are in
# `book/parameters`, and were not run. The figures are those above, drawn from the record of the larger run. The table
# is of all three. *Drawn z* is the bound with drawn codes, *KL* the divergence in nats, *active* the number of active
# units; the columns on the right are medians over the eight blocks of the encoder: the decay coefficient, the
# participation ratio, the reliability, and the decay coefficient with masks on.

# %%
saved = [results.load(f"06-resnet-vae-{run}") for run in compare_with.split()]
for run in saved:
    print(results.describe(run))
    print(
        "  D  epochs   test bits  drawn z   KL  active   decay  PR  reliable  masks on"
    )
    for rate, r in run["values"]["rates"].items():
        test, layers = r["test"], r["layers"]
        line = f"{rate:>4}{r['history']['epoch'][-1]:6.0f}{test['bits']:12.4f}"
        line += (
            f"{r['drawn_bits']:9.4f}{test['kl']:6.1f}{test['active_units']:6.0f}"
        )
        line += f"{middle(layers):9.2f}{middle(layers, 'participation'):6.1f}"
        if float(rate):
            line += f"{middle(layers, 'reliability'):8.2f}"
            line += f"{middle(layers, 'noisy_alpha'):9.2f}"
        print(line)
    of_nobody = run["values"]["untrained"]
    floor_ = test["floor"] / test["elbo"] * test["bits"]
    print(
        f"untrained{middle(of_nobody):40.2f}{middle(of_nobody, 'participation'):6.1f}"
    )
    print(
        f"bits of the mean image {run['values']['mean_image']:.4f}, floor {floor_:.4f}"
    )

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The larger run. Left: the losses without dropout as logged. Right: bits per dimension, training strong, testing faint; dotted, the mean image and the floor.", "name": "fig-vae-large-training"}, "image": {"alt": "Left, two falling lines on a logarithmic axis, a factor of 260 to 280 apart. Right, five strong lines that fall to about 0.47 to 0.53 bits per dimension. The faint lines for testing end near them at rates 0 and 0.2 and far above them at 0.4, 0.6 and 0.8; the upper two lie above the dotted line of the mean image, at 0.71, for most of training and end just below it."}}
for run in saved[:1]:
    show_training(run["values"], run["parameters"]["batch"])

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test images and reconstructions of the larger run, masks off.", "name": "fig-vae-large-pictures"}, "image": {"alt": "First row, eight pieces of clothing in grey. Rows for rates 0 and 0.2 show blurred versions of the same pieces. At 0.4 trousers begin to look like shirts, and at 0.6 and 0.8 every reconstruction is much the same blurred garment, in lighter and darker grey."}}
for run in saved[:1]:
    show_pictures(run["values"])

# %% [markdown]
# Look at the faint lines. In training, with its masks on, the network pays 0.47 to 0.48 bits per dimension at rates up to 0.4
# and 0.53 at 0.8, which is not much more. In testing, with the masks off, the same networks pay 0.62 at 0.4, 0.67 at 0.6
# and 0.69 at 0.8, not far below the 0.71 of a mean image. The pictures say it too. Dropout is meant to work the other way
# round: it should hinder training and help at the test.
#
# Besides the images four things differ: the mask; batch normalisation, which now uses its running averages; the code,
# which is no longer drawn; and that a number of training is a mean over an epoch. Without dropout the last three do no
# harm. Batch normalisation has learnt the variance of masked activity, and
# divides by it. With the masks off the variance is smaller, layer after layer, and the signal fades: a *variance
# shift* {cite:p}`li2019`. That it is the cause here is likely and not tested. The codes are still active. In the
# smaller run at 0.8 the quiet network pays even more than for the mean image, 0.88 and 0.84 bits against 0.71 with the
# two seeds, though it paid 0.63 in training. The logged loss and the bound with drawn codes agree to about a hundredth.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Spectra over test images in the larger run, as in the figure at reading scale; grey, an untrained network. The last deconvolution, above 8, is outside the first panel.", "name": "fig-vae-large-decay"}, "image": {"alt": "Four panels over eighteen stages. Decay coefficients in the blocks between 1.8 and 4.4, lowest without dropout and, but for the first block, highest at rate 0.8. Participation ratios up to 9 at rates 0 and 0.2 in the fully connected stages, and between 1 and 2.3 at rate 0.8. Most variance in ten components. Bits mostly fall with the rate from 0.2 on, at the code from about 50 without dropout to about 13; without dropout they dip at fc1 and fc2."}}
for run in saved[:1]:
    show_decay(run["values"])

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Reliability, and decay coefficients with masks on (faint: off; blue, faint: without dropout), in the larger run.", "name": "fig-vae-large-masks"}, "image": {"alt": "Left, four lines that start near 1 and fall through the blocks, to 0.79 at rate 0.2 and to 0.13 at 0.8, and rise again in the fully connected stages. Right, decay coefficients with masks on fall to between 0.7 and 1.3 in the last blocks, below the faint lines."}}
for run in saved[:1]:
    show_masks(run["values"])

# %% [markdown]
# The decay coefficient rises with dropout. Its median over the encoder's blocks goes from 2.03 to 3.25, and from
# 2.29 to 3.47 in the smaller run, 2.33 to 3.41 with its other seed; the participation ratio falls to 1. The intervals
# are wide: at 0.2 hardly a block parts from its twin without dropout, at 0.6 and 0.8 six of eight do in the larger
# run, four or five in the smaller. The first rate is also the least trained in the larger run
# (three epochs against five); only the smaller run compares equals. With masks on the trend is turned around: 1.66 at
# 0.2, 1.27 at 0.8. What two masks share falls about as steeply as the quiet spectrum: in most blocks the quiet
# exponent lies in the interval of the shared one, which is wide; that is what cross-validation is for. Training as
# such does less, and not always the same: without dropout, the median lies below that of the untrained network in the
# larger run and above it in the smaller one.


# %%
def shared(layers):
    """The exponent that two masks share, medians over blocks, beside the quiet one."""
    found = [(layers[b]["shared_alpha"], layers[b]["alpha"]) for b in encoder]
    found = [(common, quiet[0]) for common, quiet in found if common]
    half = np.median([(high - low) / 2 for (_, low, high), _ in found])
    held = sum(low <= quiet <= high for (_, low, high), quiet in found)
    exponent = middle(layers, "shared_alpha")
    return f"{exponent:12.2f} ± {half:.1f}{held:10d} of {len(found)}"


# %%
for run in saved:
    runs = run["values"]["rates"]
    base = runs["0"]["layers"]
    print("  D   shared by masks   holds the quiet   clearly steeper than at 0")
    for rate, r in runs.items():
        if float(rate):
            above = [
                r["layers"][b]["alpha"][1] > base[b]["alpha"][2] for b in encoder
            ]
            print(
                f"{rate:>4}{shared(r['layers'])}{sum(above):14d} of {len(above)}"
            )
    first, last = (middle(r["layers"]) for r in (runs["0"], runs[max(runs)]))
    assert last > first + 1
    masked = [
        middle(r["layers"], "noisy_alpha") for d, r in runs.items() if float(d)
    ]
    assert (np.diff(masked) < 0).all()

# %% [markdown]
# How much of a difference between rates could be the seed's? The smaller run says it, for two draws.

# %%
of_a_run = {
    "test bits": lambda r: r["test"]["bits"],
    "decay coefficient": lambda r: middle(r["layers"]),
}
twice = [r["values"]["rates"].values() for r in saved if "-32" in r["name"]]
for column, read in of_a_run.items():
    table = np.array([[read(one) for one in runs] for runs in twice])
    gap, span = np.ptp(table, axis=0).max(), np.ptp(table, axis=1).min()
    print(
        f"{column}: up to {gap:.2f} between seeds, {span:.2f} or more between rates"
    )
    assert gap < span / 2

# %% [markdown]
# Two draws are no interval. But what we said of the first holds for the second. What the masks share at 0.8 can hardly
# be told there: the fit exists for six of eight blocks with the first seed and for all with the second, with
# intervals of about ±2.5, so that 2.90 is no exception to the quiet 3.41.
#
# Along the path of the dot all is as above. Every stage of every trained network that answers to the dot, and whose
# exponent can be measured, lies above 3, and what is masked is rough. (In the smaller run at 0.8 it can be measured in
# the stem and the first four blocks only: behind them the spectrum of the path ends below the rounding of double
# precision.) The untrained network of the larger run lies close to 3 but for the stem, and below it at eleven of the
# seventeen stages that answer, with slopes of about 1.8. There the criterion tells the trained from the untrained at most
# stages, not at all; in the smaller run all lie above 3.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Smoothness around the circle in the larger run.", "name": "fig-vae-large-ring"}, "image": {"alt": "Left, exponents between 3.4 and 5 for all trained networks at all stages, above the dotted line at 3, and for the untrained network 3.5 in the stem, then close to 3 and mostly just below it. Right, slopes between 1.9 and 2 for trained networks and about 1.75 to 1.95 for the untrained one, and crosses close to 0."}}
for run in saved[:1]:
    show_ring(run["values"])

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Energies and distance correlations of random projections in the larger run.", "name": "fig-vae-large-energies"}, "image": {"alt": "Left, on a logarithmic axis, path energies between 0.00001 and 0.2, lower with more dropout; those of the untrained network fall to below 1e-10 in the decoder. Middle, ratios between 0.04 and 0.3, highest in the stem. Right, correlations between 0.36 and 0.61 with wide bars."}}
for run in saved[:1]:
    show_energies(run["values"])

# %% [markdown]
# With more dropout the path energy falls, at most stages by a factor of ten and more: with their masks off these
# networks answer less. (In the smaller run at 0.8 next to nothing of the dot reaches the code: the energy there
# is ten million times smaller than without dropout.) In units of the level energy nothing general is left: in the larger
# run the encoder's median still falls threefold, from 0.15 to 0.05, and in the smaller one it stays at 0.08, but for
# 0.23 at 0.8 with the second seed. And no layer keeps
# distances much better than another, within what one projection can tell.

# %%
for run in saved:
    path = {
        d: r["layers"]["mean"]["path"] for d, r in run["values"]["rates"].items()
    }
    rings = [
        r["ring_alpha"][0]
        for one in run["values"]["rates"].values()
        for r in one["layers"].values()
        if r["ring_alpha"] and answers(r)
    ]
    print(f"{run['name']}: path energy of the code, D = 0 to 0.8:", end=" ")
    print(*(f"{energy:.0e}" for energy in path.values()), sep=", ")
    everyone = [one["layers"] for one in run["values"]["rates"].values()]
    shares = [
        np.median([r[b]["path"] / r[b]["level"] for b in encoder])
        for r in everyone
    ]
    print("  over the level energy, median of the encoder's blocks:", end=" ")
    print(*(f"{share:.2f}" for share in shares), sep=", ")
    print(f"  exponents around the circle, trained, from {min(rings):.1f} on")
    assert min(rings) > en.critical_exponent(1) and path["0"] > 10 * path["0.8"]

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The promised plots for the larger run, one point a stage; the last deconvolution, above 8, is outside the axis.", "name": "fig-vae-large-promised"}, "image": {"alt": "Left, decay coefficients against path energy on a logarithmic axis: a wide cloud in which higher rates lie to the left and somewhat higher. Middle, a cloud with a slight rise. Right, a cloud with a slight fall."}}
for run in saved[:1]:
    show_promised(run["values"])

# %%
from scipy.stats import spearmanr

odd = ("encoder.avgpool", "deconv7", "deconv8")  # a repetition, and few channels
without_odd = []
for run in saved:
    print("rank correlation of the decay coefficient, over stages, with")
    print("  D   stages   path energy   over level energy   distance correlation")
    for rate, r in run["values"]["rates"].items():
        for without in ((), odd):
            records = usable(r, without)
            decay = [one["alpha"][0] for one in records]
            energy = np.array([one["path"] for one in records])
            relative = energy / [one["level"] for one in records]
            kept = [one["correlation"][0] for one in records]
            others = (energy, relative, kept)
            rho = [spearmanr(decay, y).statistic for y in others]
            numbers = "".join(f"{one:17.2f}" for one in rho)
            print(f"{rate:>4}{len(records):7d}{numbers}")
        without_odd.append(rho)
    print("units of those three:", [r["layers"][name]["units"] for name in odd])
signs = np.sign(without_odd)
print("positive, without those three:", (signs > 0).sum(0), "of", len(signs))
assert ((signs.sum(0) * [1, 1, -1]) > 0.7 * len(signs)).all()

# %% [markdown]
# Within a network the answer depends on which stages count. Over all of them the raw energy shows hardly any
# relation to the decay coefficient (but at 0.8 in the smaller run). Yet two of them have eight channels or fewer, so that
# their exponents are fits to a handful of numbers, and one, the pooled output, repeats its neighbour. Without these three the rank correlation is
# positive at every rate of the larger run, 0.2 to 0.6, weak in the smaller one up to 0.6, and there strongly negative at
# 0.8, where the dot fades from stage to stage while the spectra get steeper. In units of the level energy it is positive
# in all fifteen networks, though near 0 in one of the smaller run; with the correlation of distances it is negative in
# all, though hardly so in some. If anything,
# then, stages with steeper spectra tend to take the dot in longer steps and to keep distances a little worse. Eighteen
# stages of one network are no independent sample, so these numbers have no interval; that in the last two
# columns the signs agree between fifteen networks is all the evidence there is. Put together, networks with more dropout have steeper spectra
# and lower energies, while within a network the steeper stages have, if anything, the higher ones, where the dot has not faded. The first is
# likely one fact with two faces: masks off, a network trained with masks is quiet.

# %% [markdown]
# (sec-vae-yours)=
# ## A network of your choice
#
# Nothing in this dissection knows about variational autoencoders. The next cell does it to a network of
# torchvision, by name, with random weights as it comes without a network connection; put the name of another one into the cell of
# parameters, or load your own and name its layers. An unknown name is answered with the ones there are.

# %%
from torchvision.models import get_model

torch.manual_seed(seed)
yours = get_model(torchvision_model, weights=None).eval()
norms = (torch.nn.BatchNorm2d, torch.nn.LayerNorm)
named_layers = [n for n, m in yours.named_modules() if isinstance(m, norms)]
every = max(1, len(named_layers) // 6)
chosen = named_layers[every - 1 :: every]  # the first is by far the largest
some_images = images.prepare(pictures.test[:300], 64)
circle = images.dot_frames(400, 64, channels=3)
found = dissect(
    yours,
    some_images,
    circle,
    chosen,
    n_projections=200,
    rng=np.random.default_rng(0),
)

# %%
rings = np.array([r["ring_alpha"][0] for r in found.values()])
slopes = np.array([r["slope"] for r in found.values()])
print(
    f"{torchvision_model}, untrained        units  decay    PR"
    "  slope less (exponent around the circle - 1)"
)
for (name, r), gap in zip(found.items(), slopes - rings + 1, strict=True):
    numbers = f"{r['alpha'][0]:7.1f}{r['participation']:6.1f}"
    print(f"{name:28}{r['units']:5d}{numbers}{round(gap, 1) + 0.0:10.1f}")
for name, found, grid in (
    ("exponents around the circle", rings, 0.5),
    ("slopes of the path energy", slopes, 0.1),
):
    low, high = np.floor(found.min() / grid), np.ceil(found.max() / grid)
    print(f"{name} from {low * grid:.1f} to {high * grid:.1f}")

# %% [markdown]
# A random ResNet-18 shows how blunt the criterion is. Its exponents, over the same ranks, fall a little below 3
# after a few blocks, and the slopes to about 1.8, as {math}`s - 1` says: at this step the path is as good as rough.
# In the limit it is not, because the network is piecewise linear; the ranks that would show it lie further out. As
# with every finite network, smoothness is a matter of scale.

# %% [markdown]
# ## Summary
#
# - **The network is the described one**: 14,618,265 parameters, nine dropout modules, applied seventeen times a
#   pass, so that a signal meets nine to seventeen masks. The encoder is not pre-trained in the released program,
#   and its two logged losses differ by a factor of 50.
# - **The loss has a floor**, the entropy of the pixels, and the logged test loss, with the code at its mean, is not the
#   bound, though it is close to it here.
# - **A Gaussian projection sees products only**, so a thousand projections of all layers cost one QR decomposition a layer
#   and one batch of matrix products. A single projection, as described, determines a distance correlation to about
#   ±0.12.
# - **Smoothness does not sort the layers of a trained network.** Every trained stage that answers to the dot takes
#   it to a path with a velocity, and where the exponent over the circle can be measured it lies above 3. With masks
#   on, every path is rough. At most it separates trained stages from untrained ones, in the larger run and
#   at two stages of three.
# - **Strong dropout makes the encoder's spectra steeper**, and lowers their dimensions and bits, though not always
#   those of the last block at 0.2. Whether redundancy is the reason was not tested: with the masks off these
#   networks also fade. With masks on the order is reversed in the encoder, because noise is flat. What two masks share
#   has about the exponent of the quiet network, within intervals that are wide, and at 0.8 in the smaller run too wide to
#   tell.
# - **Networks trained with strong dropout do worse with the masks off**, about as badly as a mean image or worse
#   (0.88 and 0.84 against 0.71 at 0.8 in the smaller run), likely because batch normalisation expects the masks.
# - **The raw energy of the promised plot shows loudness**: powers of ten between stages and between rates. Its
#   relation to the decay coefficient within a network depends on whether stages of a few channels are counted: hardly
#   any over all stages, positive without them in the larger run, weakly so in the smaller, and there negative at 0.8.
#
# **What it means for reading a network.** Say in which mode activity was taken, how maps were read, and in what
# unit an energy is given. None of the three is in the description, and each of them changes the plot. The path of a
# moving dot is honest about smoothness, which all these layers share, and so it does not tell which of them is easy
# to read.
#
# What this does not show: anything at the size in print, which was not run. Two seeds at most, five rates and few
# epochs: the intervals are those of a fit to one network's spectrum, not of a set of networks. Whether variance shift
# is the cause of the loss was not tested. Nor do we know how the authors read their maps, so our plots may differ from
# theirs. Whether what a network keeps under dropout is a code is asked where it can be counted, in
# {ref}`sec-mine-code`. Next come projections again, of a language
# model, in {ref}`nb-trajectories`.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-vae-mask
# At which rate {math}`D` has a channel that is pooled over {math}`P` positions half of its variance from masks? Take
# activity that is positive at all positions, with a mean of 1 over positions and images, a variance of
# {math}`V` of the pooled mean over images, and a mean square of {math}`q` over all. What is it for {math}`P = 4`,
# {math}`V = 1/4` and {math}`q = 2`?
# ```
#
# ````{solution} ex-vae-mask
# :class: dropdown
# By {prf:ref}`thm-mask-mean` the noise is {math}`qD/(P(1-D))`. It equals {math}`V` at
# {math}`D = PV/(q + PV)`, which is one third here. The folded cell simulates it.
# ````

# %% tags=["hide-cell"]
half_rate = 4 * 0.25 / (2 + 4 * 0.25)
dice = np.random.default_rng(seed)
activity = dice.gamma(1.0, 1.0, (200_000, 4))  # mean 1, mean square 2, V = 1/4
kept = dice.random(activity.shape) > half_rate
noisy_means = (activity * kept / (1 - half_rate)).mean(1)
share = activity.mean(1).var() / noisy_means.var()
print(f"D = {half_rate:.2f}: share of the variance that is not noise {share:.2f}")
assert abs(share - 0.5) < 0.01

# %% [markdown]
# ```{exercise}
# :label: ex-vae-frames
# Save the frames as whole grey values, 0 to 255, as a picture file would. At which number of frames does the images'
# own path look rough?
# ```
#
# ````{solution} ex-vae-frames
# :class: dropdown
# Rounding adds an error of up to half a grey value to every pixel that changes. Its energy stays while the energy of a
# step falls. The folded cell shows the slope between one and four frames a step. At 1,024 frames the path is hardly
# affected; at 4,096 the slope is 1.82 instead of 2.00, and it begins to look rough.
# ````

# %% tags=["hide-cell"]
for n in (64, 256, 1_024, 4_096):
    sharp = images.dot_frames(n, 32, dtype=torch.float64).flatten(1)
    rounded = (
        images.dot_frames(n, 32, dtype=torch.uint8).flatten(1).double() / 255
    )
    found = along_the_path({"a": sharp, "b": rounded}, ranks=(3, 16))
    one, two = (found[name]["slope"] for name in "ab")
    print(f"{n:5d} frames: slope {one:.2f}, rounded {two:.2f}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
