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
    with pytest.raises(ValueError, match="must be that of a causal language model, with whole files, got"):
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


def cut(path, n_bytes):
    path.write_bytes(path.read_bytes()[:n_bytes])


DAMAGE = {
    "cut in the middle": lambda folder: cut(folder / "model-00001-of-00005.safetensors", 700),
    "cut in its header": lambda folder: cut(folder / "model-00003-of-00005.safetensors", 20),
    "empty": lambda folder: cut(folder / "model-00005-of-00005.safetensors", 0),
    "gone": lambda folder: (folder / "model-00002-of-00005.safetensors").unlink(),
    "an index that is cut": lambda folder: cut(folder / "model.safetensors.index.json", 30),
    "no index": lambda folder: (folder / "model.safetensors.index.json").unlink(),
    "no configuration": lambda folder: (folder / "config.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_checkpoint_that_is_not_whole_is_named(tmp_path, damage):
    tiny.model().model.float().save_pretrained(tmp_path, max_shard_size="7KB")
    tiny.tokenizer().save_pretrained(tmp_path)
    assert len([*tmp_path.glob("model-*-of-00005.safetensors")]) == 5
    DAMAGE[damage](tmp_path)
    with pytest.raises(ValueError, match=rf"^name must be .* with whole files, got '{tmp_path}'"):
        language.load(str(tmp_path))
