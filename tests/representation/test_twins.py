"""Untrained twins: another draw of the same architecture, normalisation measured; and models that do not say how."""

import pytest
import torch
from torch import nn
from transformers import ViTConfig, ViTModel

from polylib.representation.twins import OWN, RESET, recalibrated, statistics_of, twin

pytestmark = pytest.mark.usefixtures("one_thread")


def small():
    made = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 4))
    nn.init.constant_(made[0].bias, 7.0)  # a rule of its own
    return made


@pytest.fixture(scope="module")
def images():
    return 3 + 2 * torch.randn(60, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def weights(model):
    return torch.cat([p.flatten() for p in model.parameters() if p.ndim > 1])


def test_a_seed_is_a_draw_and_the_random_state_stays(images):
    model, before = small(), torch.get_rng_state()
    one, again, other = (twin(model, images, seed=seed, fresh=small) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(weights(one.model), weights(again.model))
    assert not torch.equal(weights(one.model), weights(other.model))
    assert not torch.equal(weights(one.model), weights(model))


def test_a_maker_gives_its_own_rule_and_layers_give_torchs(images):
    model = small()
    own, reset = twin(model, images, seed=5, fresh=small), twin(model, images, seed=5)
    assert own.rule == OWN and bool((own.model[0].bias == 7).all())
    assert reset.rule == RESET and float(reset.model[0].bias.detach().abs().max()) <= 27**-0.5
    assert bool((model[0].bias == 7).all())


def test_normalisation_is_that_of_the_images_in_the_twin_and_not_in_the_model(images):
    model = small()
    found = twin(model, images, seed=5, fresh=small).model
    inside = found[0](images).detach()
    torch.testing.assert_close(found[1].running_mean, inside.mean((0, 2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found[1].running_var, inside.var((0, 2, 3)), rtol=1e-3, atol=1e-4)
    assert bool((model[1].running_mean == 0).all()) and not found.training
    assert [statistics_of(m) for m in (model, found, nn.Linear(2, 2))] == ["unmeasured", "stored", "none"]
    found(images)
    assert found[1].num_batches_tracked == 1


def test_recalibrated_parts_are_equal_and_at_least_two_images(images):
    found = recalibrated(small(), images[:50], batch=20)
    assert found[1].num_batches_tracked == 3
    with pytest.raises(ValueError, match="images must be at least 2, for a variance, got 1"):
        recalibrated(small(), images[:1])


class Token(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.layer = nn.Parameter(torch.ones(1, 3, 1, 1)), nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.layer(x + self.token)


def test_weights_that_no_layer_draws_need_a_maker(images):
    with pytest.raises(ValueError, match=r"fresh must be given, .*, got None for token"):
        twin(Token(), images, seed=5)
    assert twin(Token(), images, seed=5, fresh=Token).rule == OWN


def test_makers_of_other_networks_and_of_the_same_weights_are_refused(images):
    model = small()
    with pytest.raises(ValueError, match=r"fresh must make the model's own architecture, got another at 0\.bias"):
        twin(model, images, seed=5, fresh=lambda: nn.Sequential(nn.Conv2d(3, 5, 3)))
    with pytest.raises(ValueError, match="fresh must draw new weights at each call"):
        twin(model, images, seed=5, fresh=lambda: model)


def test_a_model_of_transformers_is_drawn_from_its_configuration(images):
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = ViTModel(ViTConfig(**shape, image_size=8, patch_size=4))
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(0.5)
    found = twin(model, images, seed=5)
    assert found.rule == OWN and not bool((weights(found.model) == 0.5).any())


def test_attention_is_drawn_anew_by_its_own_rule(images):
    model = nn.MultiheadAttention(8, 2)
    with torch.no_grad():
        model.in_proj_weight.fill_(0.25)
    found = twin(model, images, seed=5).model
    assert not bool((found.in_proj_weight == 0.25).any()) and bool((found.out_proj.bias == 0).all())
