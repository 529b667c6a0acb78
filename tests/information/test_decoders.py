"""What decoders read: channels whose information is known, errors that are honest, samples that they have not seen."""

import inspect
import math

import pytest
import torch

from polylib.information.decoders import decode
from polylib.theory.entropy import binary_entropy

pytestmark = pytest.mark.usefixtures("one_thread")
FAST = {"steps": 400, "batch": 128, "hidden": 16, "learning_rate": 1e-2}


def bits(decoders, samples, targets, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(2, (decoders, samples, targets), generator=generator).to(dtype) * 2 - 1


def uniform(like, seed=1):
    return torch.rand(like.shape, generator=torch.Generator().manual_seed(seed), dtype=like.dtype)


@pytest.fixture(scope="module")
def channels():
    """3 bits through five channels, read in one run; their information in bits."""
    x = bits(1, 8000, 3)
    u = uniform(x)
    layers = [x, x * (u >= 0.4), torch.where(u < 0.1, -x, x), u, torch.zeros_like(x)]
    truth = [3.0, 3 * 0.6, 3 * (1 - binary_entropy(0.1)), 0.0, 0.0]
    return decode(torch.cat(layers), x.repeat(5, 1, 1), "bits", entropy=3.0, **FAST), truth


def test_channels_of_bits_are_read_from_below(channels):
    found, truth = channels
    for got, error, known in zip(found.bits.tolist(), found.standard_error.tolist(), truth, strict=True):
        assert -0.08 < got - known < 3 * error + 1e-6


def test_what_is_read_of_independent_noise_is_no_information(channels):
    found, _ = channels
    assert -0.08 < found.bits[3] < 1.96 * found.standard_error[3]
    assert found.bits[4] == pytest.approx(0, abs=0.02)


def test_squared_errors_of_bits_are_those_of_their_mean(channels):
    """An erased bit is guessed as 0; a flipped one as 1 - 2 * 0.1."""
    expected = torch.tensor([0, 0.4, 1 - 0.8**2, 1, 1], dtype=torch.float64)[:, None].expand(5, 3)
    torch.testing.assert_close(channels[0].squared_error, expected, atol=0.05, rtol=0)


def test_one_unit_is_enough_to_read_from():
    x = bits(1, 3000, 1)
    y = x * (uniform(x) >= 0.5)
    assert decode(y, x, "bits", entropy=1.0, **FAST).bits.item() == pytest.approx(0.5, abs=0.05)  # 3 sd of 900 erasures


def test_what_no_line_parts_is_read():
    """y is a secret bit and its product with x: no line parts them, a hidden layer does."""
    x, secret = bits(1, 6000, 1), bits(1, 6000, 1, seed=5)
    both = torch.cat([secret, secret * x], 2)
    alone = torch.cat([secret * x, torch.zeros_like(x)], 2)
    found = decode(torch.cat([both, alone]), x.repeat(2, 1, 1), "bits", entropy=1.0, **FAST)
    assert 0.98 < found.bits[0] <= 1
    assert abs(found.bits[1]) < 0.02


def test_shannons_bound_on_uniform_numbers():
    """x uniform on [0, 1], y = x + an even error of width a. Known: I = a / (2 ln 2) - log2 a, and E Var(X | Y) is
    a^2 / 12 (1 - a / 2), for which Shannon's bound stays below I."""
    generator, width = torch.Generator().manual_seed(0), 0.5
    x = torch.rand(1, 12_000, 2, generator=generator)
    y = x + width * torch.rand(x.shape, generator=generator)
    found = decode(y, x, "squares", entropy=0.0, test=0.5, steps=800, batch=256, hidden=32, learning_rate=1e-2)
    truth = 2 * (width / (2 * math.log(2)) - math.log2(width))
    square = width**2 / 12 * (1 - width / 2)
    bound = -math.log2(2 * math.pi * math.e * square)
    assert bound < truth - 0.5
    assert -0.08 < found.bits.item() - bound < 3 * found.standard_error.item()
    assert found.squared_error[0].tolist() == pytest.approx([square] * 2, rel=0.08)


def test_shannons_bound_is_tight_for_gaussians():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 12_000, 1, generator=generator)
    y = x + torch.tensor([0.5, 1e3])[:, None, None] * torch.randn(x.shape, generator=generator)
    found = decode(y, x, "squares", entropy=math.log2(2 * math.pi * math.e) / 2, test=0.5, **FAST)
    assert -0.05 < found.bits[0] - math.log2(1 + 4) / 2 < 3 * found.standard_error[0]
    assert -0.05 < found.bits[1] < 3 * found.standard_error[1]


@pytest.mark.parametrize("kind", ["bits", "squares"])
def test_the_standard_error_is_that_of_repeats(kind):
    """32 draws of one channel, all decoders trained on the same samples and read on their own 300."""
    x = bits(1, 1000, 2).repeat(32, 1, 1)
    x[:, 700:] = bits(32, 300, 2, seed=9)
    if kind == "squares":
        x = x + uniform(x[:1], seed=4)
        x[:, 700:] = x[:, 700:] + uniform(x[:, 700:], seed=5)
    noise = uniform(x[:1])
    noise = torch.cat([noise[:, :700].expand(32, -1, -1), uniform(x[:, 700:], seed=8)], 1)
    y = x * (noise > 0.3)
    found = decode(y, x, kind, entropy=2.0, **FAST | {"steps": 150, "batch": 64})
    spread = found.bits.std().item()
    assert found.standard_error.mean().item() == pytest.approx(spread, rel=0.35)
    assert found.standard_error.dtype == found.bits.dtype == torch.float64


def test_a_batch_is_each_decoder_alone():
    x = bits(3, 600, 2, dtype=torch.float64)
    y = x + 2 * uniform(x)
    options = {"kind": "bits", "entropy": 2.0, **FAST, "steps": 60, "seed": 3}
    together = decode(y, x, **options)
    for i in range(3):
        alone = decode(y[i : i + 1], x[i : i + 1], **options)
        for name in ("bits", "standard_error", "squared_error"):
            torch.testing.assert_close(getattr(together, name)[i : i + 1], getattr(alone, name), rtol=1e-6, atol=1e-8)


def test_what_only_the_training_samples_show_does_not_count():
    x = bits(1, 1000, 2)
    y = x.clone()
    y[:, 700:] = bits(1, 300, 2, seed=7)
    assert decode(y, x, "bits", entropy=2.0, **FAST).bits.item() < -1


def test_units_and_constants_do_not_matter():
    x = bits(1, 600, 2, dtype=torch.float64)
    y = x + 2 * uniform(x)
    options = {"kind": "squares", "entropy": 2.0, **FAST, "steps": 60}
    first, moved = decode(y, x, **options), decode(y * 1e3 - 7, x, **options)
    torch.testing.assert_close(first.bits, moved.bits, rtol=1e-6, atol=1e-6)
    assert decode(torch.full_like(y, 3.0), x, **options).bits.isfinite().all()


def test_seeds_decide():
    x = bits(1, 600, 2)
    y = x + 2 * uniform(x)
    first, again, other = (decode(y, x, "bits", entropy=2.0, **FAST | {"steps": 30}, seed=s).bits for s in (1, 1, 2))
    assert first == again != other


def test_the_callers_tensors_are_left_as_they_are():
    x = bits(1, 600, 2)
    y = x + 2 * uniform(x)
    copies = x.clone(), y.clone()
    decode(y, x, "bits", entropy=2.0, **FAST | {"steps": 3})
    assert torch.equal(x, copies[0])
    assert torch.equal(y, copies[1])
    assert not x.requires_grad


X = bits(2, 100, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "nats"}, "kind must be one of bits, squares, got 'nats'"),
        ({"x": X[0]}, r"activity and x must be \(decoders, samples, units\) and .* got \(2, 100, 3\) and \(100, 3\)"),
        ({"activity": X[0]}, r"activity and x must be .* got \(100, 3\) and \(2, 100, 3\)"),
        ({"x": X[:1]}, r"activity and x must be .* got \(2, 100, 3\) and \(1, 100, 3\)"),
        ({"x": X[:, 1:]}, r"activity and x must be .* got \(2, 100, 3\) and \(2, 99, 3\)"),
        ({"activity": X / 0}, "activity must be finite everywhere, got nan or infinity"),
        ({"x": torch.where(X > 0, torch.nan, X)}, "x must be finite everywhere, got nan or infinity"),
        ({"x": X * 0.5}, "x must be -1 or 1 everywhere for bits, got -?0.5"),
        ({"x": (X + 1) / 2}, "x must be -1 or 1 everywhere for bits, got 0.0"),
        ({"batch": 71}, "activity must have samples for a batch of 71 and to test, got 100"),
        ({"test": 0.01, "batch": 9}, "activity must have samples for a batch of 9 and to test, got 100"),
        ({"test": 1.0, "batch": 9}, "activity must have samples for a batch of 9 and to test, got 100"),
        ({"test": -0.1, "batch": 9}, r"test must be in \[0, 1\], got -0.1"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {"activity": X, "x": X, "kind": "bits", "entropy": 3.0, "batch": 9, "steps": 1} | change
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(decode)(**arguments)


def test_half_precision_is_read_and_an_entropy_that_bits_cannot_have_is_refused():
    x = bits(1, 1000, 2)
    full, half = (decode(v, v, "bits", entropy=2.0, **FAST).bits.item() for v in (x, x.half()))
    assert half == pytest.approx(full, abs=1e-6)
    for wrong in (2.5, -1.0, math.nan):
        with pytest.raises(ValueError, match="entropy must be in 0 to 2, the number of bits, got"):
            decode(x, x, "bits", entropy=wrong, **FAST)
    with pytest.raises(ValueError, match=r"activity and x must be real, got torch\.complex64"):
        inspect.unwrap(decode)(x * 1j, x, "bits", entropy=2.0, **FAST)
