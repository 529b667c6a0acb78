"""Controls: running statistics as computed directly, masks on and off; a twin is the network before its first step."""

import copy
from dataclasses import replace

import pytest
import torch
from sweep_tasks import TINY, few, weights

from polylib.images.sets import prepare
from polylib.resnet_vae.controls import recalibrated, twin
from polylib.resnet_vae.evaluation import evaluate
from polylib.resnet_vae.training import train

pytestmark = pytest.mark.usefixtures("one_thread")
IMAGES = few().train


@pytest.fixture
def model():
    torch.manual_seed(0)
    return TINY.model().eval()


def norms(model):
    return {n: m for n, m in model.named_modules() if isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)}


def inputs_of_norms(model):
    """What every normalisation is given when the images pass through the evaluating model."""
    found = {}
    for name, norm in norms(model).items():
        norm.register_forward_hook(lambda _m, given, _o, name=name: found.update({name: given[0].double()}))
    with torch.no_grad():
        model(prepare(IMAGES, 16))
    return found


def test_every_statistic_is_that_of_what_the_layer_is_given(model):
    """One batch, in which each layer divides by the batch's own deviations."""
    fresh, same = recalibrated(model, IMAGES), copy.deepcopy(model)
    for norm in norms(same).values():
        norm.train()
    for name, given in inputs_of_norms(same).items():
        axes, norm = [0, *range(2, given.ndim)], norms(fresh)[name]
        assert torch.allclose(norm.running_mean.double(), given.mean(axes), rtol=1e-3, atol=1e-5), name
        assert torch.allclose(norm.running_var.double(), given.var(axes), rtol=1e-3, atol=1e-6), name


def test_stored_statistics_of_an_untrained_network_fail_the_same_check(model):
    given = inputs_of_norms(model)["encoder.layer1.0.bn1"]
    norm = norms(model)["encoder.layer1.0.bn1"]
    assert not torch.allclose(norm.running_var.double(), given.var([0, 2, 3]), rtol=0.1)


def test_parts_are_equal_and_averaged(model):
    """64 images in parts of at most 30: three of 22, 21, 21, whose means are averaged."""
    fresh = recalibrated(model, IMAGES, batch=30)
    with torch.no_grad():
        seen = [model.encoder.conv1(prepare(part, 16)) for part in IMAGES.tensor_split(3)]
    norm = fresh.encoder.bn1
    assert torch.allclose(norm.running_mean, torch.stack([x.mean((0, 2, 3)) for x in seen]).mean(0), atol=1e-5)
    assert torch.allclose(norm.running_var, torch.stack([x.var((0, 2, 3)) for x in seen]).mean(0), rtol=1e-4)
    assert int(norm.num_batches_tracked) == 3


def test_masks_raise_the_variance_by_what_a_coin_adds(model):
    """Of activity a the masked square is a^2 / (1 - D) on average, so what the next convolution is given is wider."""
    torch.manual_seed(2)
    quiet, noisy = recalibrated(model, IMAGES), recalibrated(model, IMAGES, masks=True)
    ratio = noisy.encoder.layer1[0].bn1.running_var / quiet.encoder.layer1[0].bn1.running_var
    assert float(ratio.median()) > 1.05
    assert torch.equal(noisy.encoder.bn1.running_var, quiet.encoder.bn1.running_var)  # before the first mask


def test_the_model_and_all_that_was_learnt_stay_as_they_were(model):
    model.train()
    before, rates = weights(model), [m.p for m in model.modules() if isinstance(m, torch.nn.Dropout)]
    fresh = recalibrated(model, IMAGES, masks=True)
    assert weights(model) == before and model.training and not fresh.training
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), fresh.parameters(), strict=True))
    assert [m.p for m in fresh.modules() if isinstance(m, torch.nn.Dropout)] == rates
    assert [m.momentum for m in norms(fresh).values()] == [m.momentum for m in norms(model).values()]


def test_a_network_without_normalisation_off_is_found_again(model):
    """Statistics that were spoilt come back, and with them the test bits."""
    fresh = recalibrated(model, IMAGES)
    bits = evaluate(fresh, few().test)["bits"]
    spoilt = recalibrated(model, IMAGES)
    for norm in norms(spoilt).values():
        norm.running_mean.add_(1)
        norm.running_var.mul_(4)
    assert evaluate(spoilt, few().test)["bits"] != pytest.approx(bits, rel=1e-3)
    assert evaluate(recalibrated(spoilt, IMAGES), few().test)["bits"] == pytest.approx(bits, rel=1e-6)


def test_a_twin_is_the_network_before_its_first_step(tmp_path):
    settings = replace(TINY, epochs=1, learning_rate=1e-30)  # steps of no length
    trained = train(few(), settings, tmp_path)[0]
    state = torch.get_rng_state()
    twins = [twin(replace(settings, seed=seed), IMAGES) for seed in (0, 0, 1)]
    assert torch.equal(state, torch.get_rng_state())
    assert all(
        torch.allclose(a, b, atol=1e-20) for a, b in zip(trained.parameters(), twins[0].parameters(), strict=True)
    )
    assert weights(twins[0]) == weights(twins[1]) != weights(twins[2])
    assert float((norms(twins[0])["fc1.1"].running_var - 1).abs().max()) > 0.1


def test_too_few_images_are_refused(model):
    with pytest.raises(ValueError, match="images must be at least 2, for a variance, got 1"):
        recalibrated(model, IMAGES[:1])
    with pytest.raises(ValueError, match="batch must be a whole number of at least 2, got 1"):
        recalibrated(model, IMAGES, batch=1)
    assert recalibrated(model, IMAGES[:5], batch=2).encoder.bn1.num_batches_tracked == 2  # never one image alone
