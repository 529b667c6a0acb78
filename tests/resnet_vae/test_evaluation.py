"""Evaluation: the mean over images in any batches, masks on, drawn codes; units of the code that are in use."""

import math

import pytest
import torch
from sweep_tasks import TINY, few

from polylib.images.sets import prepare
from polylib.resnet_vae.evaluation import ACTIVE, active_units, bits_a_dimension, evaluate
from polylib.resnet_vae.model import ResNetVAE, negative_elbo, pixel_entropy

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def model():
    torch.manual_seed(0)
    return TINY.model().double().eval()


@pytest.fixture(autouse=True)
def double():
    """In float64, where rounding does not hide a difference, on any processor and in any order of summation."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_it_is_the_mean_over_images_in_any_batches(model):
    x = prepare(few().test, 16)
    with torch.no_grad():
        out, z, mean, log_variance = model(x)
    bce, kl = negative_elbo(out, x, mean, log_variance)
    for batch in (1, 3, 200):
        found = evaluate(model, few().test, batch)
        expected = {"bce": bce, "kl": kl, "floor": pixel_entropy(x)}
        for name, value in expected.items():
            assert found[name] == pytest.approx(value.mean().item(), rel=1e-9)  # 1e-16 a sum, some 30 layers deep
        assert found["active_units"] == int((mean.var(0, correction=0) > ACTIVE).sum())
        assert found["bits"] == pytest.approx(found["elbo"] / (3 * 16 * 16 * math.log(2)))
    assert found["bce"] > found["floor"] > 0
    assert torch.equal(z, mean)


def test_masks_are_those_of_the_model_and_its_stored_statistics_are_used(model):
    torch.manual_seed(1)
    found = evaluate(model, few().test, masks=True)
    torch.manual_seed(1)
    for module in model.modules():
        module.training = isinstance(module, torch.nn.Dropout)
    x = prepare(few().test, 16)
    with torch.no_grad():
        out, _, mean, log_variance = model(x)
    expected = sum(term.mean().item() for term in negative_elbo(out, x, mean, log_variance))
    assert found["elbo"] == pytest.approx(expected, rel=1e-9)
    assert found["elbo"] != pytest.approx(evaluate(model, few().test)["elbo"], rel=1e-9)


def test_without_dropout_masks_change_nothing():
    model = ResNetVAE(0.0, 4, 16, width=8)
    assert evaluate(model, few().test, masks=True) == evaluate(model, few().test)


def test_the_model_is_left_as_it_was(model):
    model.train()
    model.encoder.bn1.eval()  # frozen, as in a fine-tuning
    before = [m.training for m in model.modules()], {k: v.clone() for k, v in model.state_dict().items()}
    evaluate(model, few().test, masks=True, draws=1)
    assert [m.training for m in model.modules()] == before[0]
    assert all(torch.equal(v, before[1][k]) for k, v in model.state_dict().items())


def test_drawn_codes_cost_what_their_gaussians_say(model):
    """Codes without spread cost the same as their means; the KL does not depend on the draw."""
    with torch.no_grad():
        model.log_variance.weight.zero_()
        model.log_variance.bias.fill_(-60)
    quiet, drawn = evaluate(model, few().test), evaluate(model, few().test, draws=3)
    assert drawn["bce"] == pytest.approx(quiet["bce"], rel=1e-6)  # a spread of e^-30
    with torch.no_grad():
        model.log_variance.bias.fill_(2)
    wide = [evaluate(model, few().test, draws=n) for n in (0, 2)]
    assert wide[0]["kl"] == wide[1]["kl"] and wide[0]["bce"] != wide[1]["bce"]


def test_units_are_active_above_the_variance_in_print():
    wave = torch.tensor([1.0, -1.0] * 50)
    means = torch.stack([wave * 0.11, wave * 0.09, wave * 0 + 7, wave * 3], 1)  # variances .0121, .0081, 0, 9
    assert active_units(means) == 2


def test_a_collapsed_posterior_has_no_active_units(model):
    with torch.no_grad():
        model.mean.weight.mul_(100)
        assert evaluate(model, few().test)["active_units"] > 0
        model.mean.weight.zero_()
    assert evaluate(model, few().test)["active_units"] == 0


def test_bits_count_every_value_that_the_network_sees(model):
    assert bits_a_dimension(math.log(2) * 3 * 16 * 16, model) == pytest.approx(1)


def test_what_is_no_count_is_refused(model):
    with pytest.raises(ValueError, match="batch must be a whole number of at least 1, got 0"):
        evaluate(model, few().test, 0)
    with pytest.raises(ValueError, match="draws must be a whole number of at least 0, got -1"):
        evaluate(model, few().test, draws=-1)
