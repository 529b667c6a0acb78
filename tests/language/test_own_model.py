"""A reader's own model: taken as it is, or refused before any code of its own runs."""

import json

import pytest
import tiny
import torch
from transformers import BertConfig, BertLMHeadModel, GPT2LMHeadModel

from polylib.language import as_language, load
from polylib.language.own_model import needs_code

CODE = """
from transformers import LlamaConfig, LlamaForCausalLM

class OwnConfig(LlamaConfig):
    model_type = "own"

class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def with_code(tmp_path, monkeypatch):
    """A folder whose weights transformers cannot place without the module beside them."""
    from transformers import dynamic_module_utils

    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = tmp_path / "folder"
    tiny.model().model.save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "architectures": ["OwnModel"]}
    config["auto_map"] = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(CODE)
    return folder


def test_an_object_goes_in_as_it_is():
    made = tiny.model("gpt2")
    made.model.train()
    found = as_language(made.model, made.tokenizer)
    assert found.model is made.model and not found.model.training
    assert found.name == "GPT2LMHeadModel"
    assert as_language(made.model, made.tokenizer, name="mine").name == "mine"
    assert as_language(found) is found


def test_a_folder_is_loaded_and_lends_its_tokenizer(tmp_path):
    made = tiny.model()
    made.model.save_pretrained(tmp_path)
    made.tokenizer.save_pretrained(tmp_path)
    for found in (as_language(tmp_path), as_language(made.model.float(), tmp_path)):
        assert found.n_layers == 3
        assert found.tokenizer("é")["input_ids"] == made.tokenizer("é")["input_ids"]
    assert found.name == str(made.model.config.name_or_path or "LlamaForCausalLM")
    assert load(str(tmp_path)).n_units == 12


def test_weights_that_need_code_are_refused_before_it_runs(with_code):
    (with_code / "own.py").write_text("raise SystemExit('it ran')")
    assert needs_code(str(with_code)) == "own.OwnModel"
    with pytest.raises(ValueError, match=r"whose weights need the code of own.OwnModel .* then set trust_code to True"):
        as_language(with_code)


def test_code_that_was_read_may_run(with_code):
    found = as_language(with_code, trust_code=True)
    assert type(found.model).__name__ == "OwnModel"
    expected = tiny.model().model.state_dict()
    assert all(torch.equal(w, expected[name].float()) for name, w in found.model.state_dict().items())


def test_code_that_transformers_has_itself_is_not_asked_for(with_code):
    config = json.loads((with_code / "config.json").read_text())
    (with_code / "config.json").write_text(json.dumps(config | {"model_type": "llama"}))
    assert needs_code(str(with_code)) == ""
    assert type(as_language(with_code).model).__name__ == "LlamaForCausalLM"


def test_what_is_no_such_model_is_refused():
    made = tiny.model()
    with pytest.raises(ValueError, match="tokenizer must be given beside a model object, got none"):
        as_language(made.model)
    with pytest.raises(ValueError, match="tokenizer must be a fast one, got int"):
        as_language(made.model, 3)
    with pytest.raises(ValueError, match=r"model must be a name, a folder, or a causal .* got Linear"):
        as_language(torch.nn.Linear(2, 2))
    torch.manual_seed(0)
    small = {"vocab_size": 256, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2}
    with pytest.raises(ValueError, match="whose tokens see later ones"):
        as_language(BertLMHeadModel(BertConfig(**small, intermediate_size=24)), tiny.tokenizer())
    assert isinstance(tiny.model("gpt2").model, GPT2LMHeadModel)
