"""Language models by name: what is loaded, and what is refused in words that help."""

import pytest
import tiny
import torch
from transformers import BertConfig, BertLMHeadModel, T5Config, T5ForConditionalGeneration

from polylib.language import models as language


@pytest.fixture
def saved(tmp_path):
    def save(model, tokenizer=None):
        model.save_pretrained(tmp_path)
        (tokenizer or tiny.tokenizer()).save_pretrained(tmp_path)
        return str(tmp_path)

    return save


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_folder_is_loaded_as_it_was_saved(saved, kind):
    made = tiny.model(kind)
    found = language.load(saved(made.model))
    assert (found.n_layers, found.n_units, found.device) == (3, 12, torch.device("cpu"))
    for one, other in zip(made.model.state_dict().values(), found.model.state_dict().values(), strict=True):
        assert torch.equal(one.float(), other)
    assert not found.model.training


def test_precision_and_placement_can_be_chosen(saved):
    name = saved(tiny.model().model)
    assert language.load(name, dtype=torch.bfloat16).model.dtype == torch.bfloat16
    assert language.load(name, device="auto").model.dtype == torch.bfloat16


def test_a_model_that_is_not_here_is_not_waited_for(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(OSError, match=r"got 'nobody/no-such-model'; without a network .* use \"smollm2-135m\""):
        language.load("nobody/no-such-model")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1e-3, 0.02, 1.0])
def test_an_encoder_is_refused_however_faintly_it_looks_ahead(saved, scale, seed):
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=256,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        initializer_range=scale,
    )
    with pytest.raises(
        ValueError, match=r"must be that of a causal language model, got .* whose tokens see later ones"
    ):
        language.load(saved(BertLMHeadModel(config)))


def test_a_translator_is_refused(saved):
    config = T5Config(vocab_size=256, d_model=12, d_kv=6, d_ff=24, num_layers=2, num_heads=2, decoder_start_token_id=0)
    with pytest.raises(ValueError, match="must be that of a causal language model, got"):
        language.load(saved(T5ForConditionalGeneration(config)))


def test_a_tokenizer_that_cannot_place_its_tokens_is_refused(saved, monkeypatch):
    name = saved(tiny.model().model)
    monkeypatch.setattr(type(tiny.tokenizer()), "is_fast", False)
    with pytest.raises(ValueError, match="name must be a model with a fast tokenizer"):
        language.load(name)


def test_a_model_without_blocks_is_named():
    made = tiny.model()
    made.model.config.num_hidden_layers = 7
    with pytest.raises(ValueError, match="model must have a list of its 7 blocks, got LlamaForCausalLM"):
        _ = made.n_layers


def test_random_weights_are_seeded_and_leave_other_seeds_alone():
    made = tiny.model()
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    one, same, other = (language.untrained(made, seed=s).model.state_dict() for s in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    name = "model.layers.0.mlp.up_proj.weight"
    assert torch.equal(one[name], same[name])
    assert not torch.equal(one[name], other[name])
    assert one[name].shape == made.model.state_dict()[name].shape


def test_permuted_weights_have_the_same_entries():
    made = tiny.model("gpt2")
    mixed = language.permuted(made, seed=0)
    for (name, one), other in zip(made.model.state_dict().items(), mixed.model.state_dict().values(), strict=True):
        assert torch.equal(one.flatten().sort().values, other.flatten().sort().values), name
    assert not torch.equal(made.model.transformer.wte.weight, mixed.model.transformer.wte.weight)
    assert mixed.model.lm_head.weight is mixed.model.transformer.wte.weight


@pytest.mark.parametrize("make", [language.untrained, language.permuted])
def test_a_seed_is_a_whole_number(make):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0, got -1"):
        make(tiny.model(), seed=-1)
