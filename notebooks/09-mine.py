# %% [markdown]
# (nb-mine)=
# # MINE and figure 1
#
# PROSE

# %% [markdown]
# ## Overview
#
# PROSE

# %% tags=["parameters"]
seed: int = 0  # of every random draw
device: str = "cpu"  # or "cuda"
precision: str = "float64"  # "float32" on a GPU; double reproduces on every CPU
n_networks: int = 2  # of each kind
groups: int = 3  # of four tanh layers, a dropout behind each; 10 in print
width: int = 16  # units of a layer; 32 in print
rate: float = 0.2  # dropout
targets: str = "x signs"  # of training, among: x signs digits bits first
samples: int = 20_000  # to train on, 4 epochs, batches of 100; 1,000,000 in print
learning_rate: float = 1e-3  # as printed
trials: int = 1  # draws of samples for the critics of each network; 3 in print
critic_samples: int = 6_000  # 49,152 in print
printed_recipe: bool = False  # the print's critics; otherwise small, quick ones
decoder_steps: int = 500  # of the decoders behind every layer
code_samples: int = 20_000  # to train networks on that are to carry bits
code_critic_samples: int = 6_000  # to read them
code_printed_recipe: bool = False  # the print's critics for them too
code_learning_rate: float = 2e-3  # for networks that are to carry bits
code_rates: str = "0.1 0.3 0.5"  # dropout rates to try
code_widths: str = "4 8 16"  # widths to try
code_groups: str = "1 3"  # depths to try
code_loads: str = "1 3 6"  # numbers of bits to try
ground_samples: int = 2_000  # of each task with known information
ground_draws: int = 1  # of every task
ground_tasks: int = 6  # how many of the 18 tasks
full_ground: bool = False  # the library's own recipe and all its estimators
progress: bool = False  # bars while training
save_figure_as: str = (
    ""  # "paper-figure" saves the figure's curves under that name
)
save_code_as: str = ""  # the same for the networks that carry bits
save_ground_as: str = ""  # the same for the known ground

# %% tags=["hide-input"]
from polylib import figures, results, validate

validate.parameters(globals())
figures.use_style()
parameters = {name: globals()[name] for name in __annotations__}

# %% tags=["hide-input"]
import math
import numpy as np
import torch

torch.set_num_threads(
    1
)  # small matrices wait for threads longer than they compute
dtype = getattr(torch, precision)
generator = torch.Generator(device).manual_seed(seed)


def uniform(networks, samples, inputs=3):
    """x uniform on [-1, 1], drawn afresh."""
    draw = torch.rand(
        networks, samples, inputs, generator=generator, device=device, dtype=dtype
    )
    return 2 * draw - 1


# %% [markdown]
# ## Known ground

# %%
import time
from polylib.critic_recipe import Phase, Recipe
from polylib.known_ground import known_ground
from polylib.mine import DEFAULT, PRINTED, estimate_many

quick = Recipe(hidden=(32, 16), phases=(Phase(800, 256, 5e-3),), folds=2)
tasks = known_ground()[:: max(1, len(known_ground()) // ground_tasks)]
draws = [
    task.draw(ground_samples, np.random.default_rng([seed, i, draw]))
    for i, task in enumerate(tasks)
    for draw in range(ground_draws)
]
estimators = (
    ["dv", "mine", "infonce", "nwj", "smile", "ksg", "cca"]
    if full_ground
    else ["mine", "ksg", "cca"]
)
xs, ys = (
    [torch.as_tensor(v, dtype=dtype, device=device) for v in side]
    for side in zip(*draws, strict=True)
)
ground = {}
for name in estimators:
    began = time.perf_counter()
    found = estimate_many(
        xs, ys, name, seed=seed, recipe=DEFAULT if full_ground else quick
    )
    ground[name] = {
        "bits": [e.bits for e in found],
        "standard_error": [e.standard_error for e in found],
        "seconds": time.perf_counter() - began,
    }
if save_ground_as:
    truth = {"task": [t.name for t in tasks], "bits": [t.bits for t in tasks]}
    results.save(
        f"09-mine-{save_ground_as}",
        {"truth": truth, "found": ground},
        parameters,
        device=device,
    )

# %% [markdown]
# ## Networks

# %%
from polylib.dropout_network import Shape, joined, networks
from polylib.network_training import train

shape = Shape(width=width, groups=groups)
gives = {
    "x": lambda x: x,  # the released program, as last saved
    "signs": torch.sign,
    "digits": lambda x: (x > 0).to(x),  # the signs as 0 and 1
    "bits": lambda x: x,  # inputs of -1 and 1 in training
    "first": lambda x: x[..., :1].expand_as(x),  # one coordinate of three
}
kinds = targets.split()
made = joined(
    [
        networks(
            shape, n_networks, rate, seed=seed + i, device=device, dtype=dtype
        )
        for i, _ in enumerate(kinds)
    ]
)
x = uniform(len(made), samples)
for i, kind in enumerate(kinds):
    if kind == "bits":
        x[i * n_networks : (i + 1) * n_networks].sign_()
y = torch.cat(
    [gives[k](part) for k, part in zip(kinds, x.split(n_networks), strict=True)]
)
training = train(
    made, x, y, learning_rate=learning_rate, seed=seed, progress=progress
)
trained = {
    k: made.take(slice(i * n_networks, (i + 1) * n_networks))
    for i, k in enumerate(kinds)
}
trained = {
    "untrained": networks(
        shape, n_networks, rate, seed=seed + 99, device=device, dtype=dtype
    )
} | trained
error = dict(zip(kinds, training.validation.split(n_networks), strict=True))

# %%
from polylib.layer_information import critic_curves, decoder_curves

small = Recipe(
    hidden=(32, 32),
    phases=(Phase(400, 512, 1e-3),),
    test=1 / 6,
    validation=1 / 6,
    weight_decay=0.0,
    folds=1,
    patience=None,
    shifts=1,
    scale="standard",
)
recipe = PRINTED if printed_recipe else small
curves, floors = {}, {}
for kind, nets in trained.items():
    found = [
        critic_curves(
            nets,
            uniform(n_networks, critic_samples),
            "dv",
            recipe=recipe,
            seed=seed + trial,
            progress=progress,
        )
        for trial in range(trials)
    ]
    curves[kind] = np.stack(
        [c.bits for c in found], 1
    )  # networks, trials, layers
    floors[kind] = decoder_curves(
        nets,
        uniform(n_networks, critic_samples),
        "squares",
        entropy=3.0,
        steps=decoder_steps,
        seed=seed,
    )

# %%
if save_figure_as:
    values = {
        kind: {
            "bits": curves[kind].tolist(),
            "floor": floors[kind].bits.tolist(),
            "floor_error": floors[kind].standard_error.tolist(),
            "mse": error[kind].tolist() if kind in error else None,
            "loss": training.loss[:, kinds.index(kind) * n_networks :][
                :, :n_networks
            ].tolist()
            if kind in error
            else None,
        }
        for kind in trained
    }
    results.save(f"09-mine-{save_figure_as}", values, parameters, device=device)

# %% [markdown]
# ## Bits


# %%
def bits(networks, samples, inputs=3):
    """Fair bits, -1 or 1."""
    return 1 - 2 * (uniform(networks, samples, inputs) < 0).to(dtype)


def carry(shape, rates, noise="dropout", lr=code_learning_rate):
    """Networks of one shape, trained to give back the bits that they are given."""
    nets = networks(
        shape,
        len(rates),
        rates,
        noise=noise,
        seed=seed,
        device=device,
        dtype=dtype,
    )
    x = bits(len(nets), code_samples, shape.inputs)
    training = train(nets, x, x, learning_rate=lr, seed=seed, progress=progress)
    return nets, training


def read(nets):
    """What decoders read in every layer, at least, in bits: an array (networks, layers)."""
    inputs = nets.shape.inputs
    found = decoder_curves(
        nets,
        bits(len(nets), code_critic_samples, inputs),
        "bits",
        entropy=float(inputs),
        steps=decoder_steps,
        seed=seed,
    )
    return found.bits


# %%
same = [rate] * n_networks
carriers = {
    "untrained": networks(
        shape, n_networks, rate, seed=seed, device=device, dtype=dtype
    ),
    "trained": carry(shape, same)[0],
    "trained at the printed rate": carry(shape, same, lr=learning_rate)[0],
    "untrained, Gaussian": networks(
        shape,
        n_networks,
        rate,
        noise="gaussian",
        seed=seed,
        device=device,
        dtype=dtype,
    ),
    "trained, Gaussian": carry(shape, same, "gaussian")[0],
}
decoded, criticised = {}, {}
for kind, nets in carriers.items():
    decoded[kind] = read(nets)
    criticised[kind] = critic_curves(
        nets,
        bits(n_networks, code_critic_samples),
        "dv",
        recipe=PRINTED if code_printed_recipe else small,
        seed=seed,
    ).bits


# %%
def output_bits(shape, rates):
    """Bits in the output of trained networks: an array (rates, networks)."""
    nets, _ = carry(shape, np.repeat(rates, n_networks).tolist())
    return read(nets)[:, -1].reshape(len(rates), n_networks)


by_rate = output_bits(shape, [float(r) for r in code_rates.split()])
by_width = [
    output_bits(Shape(width=int(w), groups=groups), [rate])[0]
    for w in code_widths.split()
]
by_depth = [
    output_bits(Shape(width=width, groups=int(g)), [rate])[0]
    for g in code_groups.split()
]
by_load = [
    output_bits(Shape(int(k), int(k), width, groups), [rate])[0]
    for k in code_loads.split()
]

# %%
if save_code_as:
    values = {
        "decoded": {k: v.tolist() for k, v in decoded.items()},
        "criticised": {k: v.tolist() for k, v in criticised.items()},
        "by_rate": by_rate.tolist(),
        "by_width": [v.tolist() for v in by_width],
        "by_depth": [v.tolist() for v in by_depth],
        "by_load": [v.tolist() for v in by_load],
    }
    results.save(f"09-mine-{save_code_as}", values, parameters, device=device)

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
