"""The ResNet-VAE: the described graph, counted; its faster masks; its bound in closed form; what it refuses."""

import math

import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from polylib.resnet_vae.model import STAGES, Dropout, ResNetVAE, negative_elbo, pixel_entropy

pytestmark = pytest.mark.usefixtures("one_thread")
N = 200_000


@pytest.fixture(scope="module")
def printed():
    torch.manual_seed(0)
    return ResNetVAE()


def tiny(**chosen):
    torch.manual_seed(0)
    return ResNetVAE(**{"latent": 4, "image_size": 32, "width": 8} | chosen)


def test_parameters_and_applications_of_dropout_are_the_described_ones(printed):
    assert sum(p.numel() for p in printed.parameters()) == 14_618_265
    dropouts = [m for m in printed.modules() if isinstance(m, nn.Dropout)]
    assert [m.p for m in dropouts] == [0.2] * 9
    applied = []
    hooks = [m.register_forward_hook(lambda *_: applied.append(1)) for m in dropouts]
    printed.eval()(torch.rand(1, 3, 224, 224))
    [hook.remove() for hook in hooks]
    assert len(applied) == 17
    without = ResNetVAE(dropout=0.0)
    assert sum(p.numel() for p in without.parameters()) == 14_618_265


def test_the_encoder_is_torchvisions_resnet18():
    """The same weights, the same features; and initial weights of the same spread."""
    torch.manual_seed(1)
    other = torchvision.models.resnet18(weights=None)
    features = nn.Sequential(*list(other.children())[:-1], nn.Flatten())
    ours = ResNetVAE(dropout=0.5).encoder.eval()
    found = ours.state_dict()
    theirs = {k: v for k, v in other.state_dict().items() if not k.startswith("fc.")}
    assert list(found) == list(theirs)
    for name, value in theirs.items():
        if value.ndim == 4:
            assert found[name].std().item() == pytest.approx(value.std().item(), rel=0.05)
    ours.load_state_dict(theirs)
    images = torch.rand(2, 3, 64, 64)
    assert torch.allclose(ours(images), features.eval()(images), rtol=1e-4, atol=1e-5)


def test_the_tensors_come_in_the_order_of_the_described_code(printed):
    resnet = list(torchvision.models.resnet18(weights=None).children())[:-1]
    dense = [(512, 1024), (1024, 1024), (1024, 256), (1024, 256), (256, 1024), (1024, 1024)]
    layers = [nn.Linear(*sizes) for sizes in dense]
    norms = {0: nn.BatchNorm1d(1024), 1: nn.BatchNorm1d(1024), 4: nn.BatchNorm1d(1024), 5: nn.BatchNorm1d(1024)}
    middle = [m for i, layer in enumerate(layers) for m in (layer, norms.get(i)) if m]
    last = [m for a, b in ((64, 32), (32, 8), (8, 3)) for m in (nn.ConvTranspose2d(a, b, 3, 2), nn.BatchNorm2d(b))]
    described = nn.Sequential(*resnet, *middle, *last)
    shapes = [tuple(v.shape) for v in described.state_dict().values()]
    assert [tuple(v.shape) for v in printed.state_dict().values()] == shapes


def test_momenta_are_the_described_ones(printed):
    momenta = [m.momentum for m in printed.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    assert momenta == [0.1] * 20 + [0.01] * 2 + [0.1] * 2 + [0.01] * 3


def test_the_decoder_goes_from_4_pixels_to_39_and_is_then_resized(printed):
    sizes = []
    for name in ("deconv6", "deconv7", "deconv8"):
        getattr(printed, name).register_forward_hook(lambda _m, _i, out: sizes.append(tuple(out.shape[1:])))
    out, z, mean, log_variance = printed.eval()(torch.rand(1, 3, 224, 224))
    assert sizes == [(32, 9, 9), (8, 19, 19), (3, 39, 39)]
    assert out.shape == (1, 3, 224, 224)
    assert z.shape == mean.shape == log_variance.shape == (1, 256)
    assert out.min() >= 0 and out.max() <= 1
    assert torch.equal(z, mean)


@pytest.mark.parametrize("stem", ["printed", "small"])
def test_every_stage_is_called_once_and_in_order(stem):
    model, called = tiny(stem=stem).eval(), []
    for name in STAGES:
        model.get_submodule(name).register_forward_hook(lambda *_, name=name: called.append(name))
    model(torch.rand(2, 3, 32, 32))
    assert tuple(called) == STAGES


def test_the_small_stem_keeps_the_pixels():
    sizes = {}
    for stem in ("printed", "small"):
        model = tiny(stem=stem).eval()
        model.encoder.layer1.register_forward_hook(lambda _m, _i, out, stem=stem: sizes.update({stem: out.shape[-1]}))
        model(torch.rand(1, 3, 32, 32))
    assert sizes == {"printed": 8, "small": 32}


def test_in_training_the_code_is_drawn_with_its_mean_and_variance():
    model = tiny(dropout=0.0, latent=3)
    x = torch.rand(1, 3, 32, 32).expand(4000, -1, -1, -1)
    with torch.no_grad():
        model.log_variance.weight.zero_()
        model.log_variance.bias.copy_(torch.tensor([-4.0, 0.0, 2.0]))
        _, z, mean, _ = model.train()(x[:400])
    apart = (z - mean) / torch.tensor([math.exp(-2), 1.0, math.e])
    assert apart.mean(0).abs().max() < 0.25
    assert (apart.std(0) - 1).abs().max() < 0.15


def test_dropout_acts_in_training_only():
    model, x = tiny(dropout=0.5), torch.rand(4, 3, 32, 32)
    with torch.no_grad():
        assert not torch.equal(model.train()(x)[2], model(x)[2])
        assert torch.equal(model.eval()(x)[2], model(x)[2])


def test_the_bound_is_the_closed_form():
    torch.manual_seed(0)
    guess, images = torch.rand(5, 3, 4, 4, dtype=torch.float64), torch.rand(5, 3, 4, 4, dtype=torch.float64)
    mean, log_variance = torch.randn(5, 7, dtype=torch.float64), torch.randn(5, 7, dtype=torch.float64)
    bce, kl = negative_elbo(guess, images, mean, log_variance)
    expected = nn.functional.binary_cross_entropy(guess, images, reduction="none").sum((1, 2, 3))
    assert torch.allclose(bce, expected, rtol=1e-12)
    prior, code = Normal(torch.zeros(()).double(), 1), Normal(mean, (log_variance / 2).exp())
    assert torch.allclose(kl, kl_divergence(code, prior).sum(1), rtol=1e-12)
    assert torch.allclose(pixel_entropy(images), Bernoulli(images).entropy().sum((1, 2, 3)), rtol=1e-12)
    assert (bce > pixel_entropy(images)).all()
    assert (kl > 0).all()
    assert torch.equal(negative_elbo(images, images, 0 * mean, 0 * mean)[1], torch.zeros(5).double())


def test_black_and_white_have_no_entropy_and_a_saturated_guess_has_a_finite_cost_and_gradient():
    x = torch.tensor([0.0, 1.0]).repeat(6)[None].reshape(1, 3, 2, 2)
    code = torch.zeros(1, 2)
    assert pixel_entropy(x).item() == 0
    guess = (1 - x).requires_grad_()
    bce, _ = negative_elbo(guess, x, code, code)
    assert bce.item() == pytest.approx(-12 * math.log(torch.finfo(torch.float32).tiny))
    bce.sum().backward()
    assert guess.grad.isfinite().all()
    assert negative_elbo(x * math.nan, x, code, code)[0].isnan().all()


def test_in_bfloat16_the_reconstruction_is_in_full_precision():
    model, x = tiny().train(), torch.rand(4, 3, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        out, _, mean, log_variance = model(x)
    assert out.dtype == torch.float32 and mean.dtype == torch.bfloat16
    assert all(term.dtype == torch.float32 for term in negative_elbo(out, x, mean, log_variance))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"dropout": 1.0}, r"dropout must be in \[0, 1\), got 1.0"),
        ({"dropout": math.inf}, "dropout must be finite"),
        ({"latent": 0}, "latent must be a whole number of at least 1"),
        ({"image_size": 0}, "image_size must be a whole number of at least 1"),
        ({"stem": "big"}, "stem must be one of printed, small, got 'big'"),
        ({"width": 12}, "width must be a multiple of 8, got 12"),
    ],
)
def test_arguments_out_of_range_are_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        tiny(**chosen)


@pytest.mark.parametrize(
    "images",
    [torch.rand(2, 1, 32, 32), torch.rand(2, 3, 28, 28), torch.rand(3, 32, 32), torch.zeros(2, 3, 32, 32).byte()],
    ids=["grey", "size", "axes", "bytes"],
)
def test_images_of_another_form_are_refused(images):
    with pytest.raises(ValueError, match=r"images must be real and of shape \(batch, 3, 32, 32\), got"):
        tiny()(images)


def test_one_image_cannot_train_batch_normalisation():
    with pytest.raises(ValueError, match="images must be at least 2 for batch normalisation to be trained, got 1"):
        tiny().train()(torch.rand(1, 3, 32, 32))
    assert tiny().eval()(torch.rand(1, 3, 32, 32))[0].shape == (1, 3, 32, 32)


@given(st.floats(0.01, 0.99), st.integers(0, 2**31))
def test_units_are_dropped_at_the_rate_and_the_others_are_scaled(rate, seed):
    torch.manual_seed(seed)
    x = torch.ones(N, dtype=torch.float64)
    y = Dropout(rate)(x)
    share = float((y == 0).double().mean())
    assert abs(share - rate) < 6 * math.sqrt(rate * (1 - rate) / N) + 2**-17
    kept = y[y != 0]
    assert torch.all(kept == kept[0])
    exact = 1 - round(rate * 2**16) / 2**16  # the mean over masks is the unit itself, to the last digit
    assert float(kept[0]) * exact == pytest.approx(1, rel=1e-12)


def test_every_16th_of_the_random_bits_counts_alike_and_units_are_independent():
    """Four units share 64 bits: each of the four is dropped as often, and no pair together more often than apart."""
    torch.manual_seed(0)
    dropped = (Dropout(0.3)(torch.ones(4 * N)) == 0).double().reshape(-1, 4)
    assert torch.allclose(dropped.mean(0), torch.tensor(0.3).double(), atol=6 * math.sqrt(0.21 / N))
    together = dropped.T @ dropped / N
    off = together[~torch.eye(4, dtype=torch.bool)]
    assert torch.allclose(off, torch.tensor(0.09).double(), atol=6 * 0.3 / math.sqrt(N))
    assert abs(float((dropped[1:, 0] * dropped[:-1, 3]).mean()) - 0.09) < 6 * 0.3 / math.sqrt(N)


def test_the_gradient_passes_where_the_unit_did():
    torch.manual_seed(0)
    x = torch.randn(7, 5, requires_grad=True)
    y = Dropout(0.4)(x)
    y.sum().backward()
    assert torch.equal(y == 0, x.grad == 0) and torch.allclose(y, x * x.grad)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 3, 5, 7)])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_any_shape_and_precision_and_every_order_in_memory(shape, kind):
    torch.manual_seed(0)
    x = torch.rand(shape, dtype=kind) + 1
    orders = [x, x.expand(4, *shape), x[..., ::2] if shape else x, x.T if x.ndim == 2 else x]
    if len(shape) == 4:
        orders += [x.contiguous(memory_format=torch.channels_last), x.permute(3, 1, 0, 2)]
    for one in orders:
        y = Dropout(0.5)(one)
        assert y.shape == one.shape and y.dtype == kind
        assert torch.all((y == 0) | (y == 2 * one))


def test_outside_of_training_and_at_rates_that_round_to_nothing_or_all():
    x = torch.rand(1_000)
    assert torch.equal(Dropout(0.5).eval()(x), x) and torch.equal(Dropout(0.0)(x), x)
    assert torch.equal(Dropout(1.0)(x), torch.zeros(1_000))
    torch.manual_seed(0)
    rare = Dropout(1e-6)(torch.ones(10**7))
    assert 1 <= int((rare == 0).sum()) <= 30  # a rate below 2^-17 is torch's own, not 0


def test_it_is_torchs_module_to_whoever_looks_for_dropout():
    assert isinstance(Dropout(0.2), nn.Dropout) and str(Dropout(0.2)) == str(nn.Dropout(0.2))


def test_the_masks_come_from_torchs_random_state():
    torch.manual_seed(5)
    first, second = Dropout(0.5)(torch.ones(1_000)), Dropout(0.5)(torch.ones(1_000))
    torch.manual_seed(5)
    assert torch.equal(first, Dropout(0.5)(torch.ones(1_000))) and not torch.equal(first, second)
