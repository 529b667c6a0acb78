"""Twins: what training would start from, at any scale, and the same weights in disorder; names that tell them apart."""

import math

import pytest
import tiny
import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GPTNeoXConfig,
    LlamaConfig,
    MixtralConfig,
    OPTConfig,
    Qwen2Config,
    RwkvConfig,
    XGLMConfig,
)

from polylib.language import smollm2, twins
from polylib.language.models import LanguageModel
from polylib.language.passages import tokenize
from polylib.language.residual_stream import residual_stream

SMALL = {"vocab_size": 256, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
KINDS = {
    "llama": LlamaConfig(**SMALL, intermediate_size=96, initializer_range=0.05),
    "qwen2": Qwen2Config(**SMALL, intermediate_size=96, num_key_value_heads=2, initializer_range=0.05),
    "gpt_neox": GPTNeoXConfig(**SMALL, intermediate_size=96, initializer_range=0.05),
    "mixtral": MixtralConfig(**SMALL, intermediate_size=96, num_key_value_heads=2, initializer_range=0.05),
    "opt": OPTConfig(**SMALL, ffn_dim=96, word_embed_proj_dim=64, init_std=0.05),
    "xglm": XGLMConfig(vocab_size=256, d_model=64, ffn_dim=96, num_layers=2, attention_heads=2, init_std=0.05),
}
LLAMA = KINDS["llama"]


def made(config, name="some", dtype=torch.float32):
    return LanguageModel(name, AutoModelForCausalLM.from_config(config, dtype=dtype).eval(), tiny.tokenizer())


def matrices(language):
    """Weights of two dimensions or more that are not stored twice and were drawn."""
    return {name: w for name, w in language.model.named_parameters() if w.ndim >= 2}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [None, 0.2])
def test_weights_have_the_moments_of_the_initial_rule(kind, scale):
    twin = twins.untrained(made(KINDS[kind]), seed=1, scale=scale)
    wanted = scale or 0.05
    for name, weight in matrices(twin).items():
        drawn = weight[weight != 0]  # the row of padding is 0
        assert drawn.numel() >= weight.numel() - 2 * 64
        n = drawn.numel()
        assert abs(drawn.mean()) < 5 * wanted / math.sqrt(n), name
        assert abs(drawn.std() / wanted - 1) < 5 / math.sqrt(2 * n), name
        fourth = ((drawn - drawn.mean()) ** 4).mean() / drawn.var() ** 2
        assert abs(fourth - 3) < 5 * math.sqrt(24 / n), name


def test_gpt2_divides_its_own_outputs():
    config = AutoConfig.for_model("gpt2", vocab_size=256, n_embd=64, n_layer=8, n_head=2, initializer_range=0.05)
    for name, weight in matrices(twins.untrained(made(config), seed=0)).items():
        wanted = 0.05 / 4 if "c_proj" in name else 0.05
        assert abs(weight.std() / wanted - 1) < 5 / math.sqrt(2 * weight.numel()), name


def test_smollm2_starts_from_its_published_scale_and_others_from_their_configuration():
    assert twins.initial_scale(made(LLAMA, smollm2.NAME)) == 1 / 24
    assert twins.initial_scale(made(LLAMA)) == 0.05
    assert twins.initial_scale(made(KINDS["opt"])) == 0.05
    twin = twins.untrained(made(LLAMA, smollm2.NAME), seed=0)
    weight = twin.model.model.embed_tokens.weight
    assert abs(weight.std() * 24 - 1) < 5 / math.sqrt(2 * weight.numel())


def test_a_rule_that_asks_for_no_scale_is_followed():
    one, other = (twins.untrained(without_scale(), seed=s) for s in (0, 1))
    assert one.name == "some, random weights, std of its own rule, seed 0, float32"
    name = "rwkv.blocks.0.feed_forward.key.weight"
    assert not torch.equal(matrices(one)[name], matrices(other)[name])


def test_a_seed_draws_the_same_numbers_at_every_scale_and_leaves_other_seeds_alone():
    language = made(LLAMA)
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    one, same, other = (twins.untrained(language, seed=s, scale=0.1) for s in (0, 0, 1))
    double = twins.scaled(twins.untrained(language, seed=0, scale=0.05), 2.0)
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, weight in matrices(one).items():
        assert torch.equal(weight, matrices(same)[name])
        assert not torch.equal(weight, matrices(other)[name])
        torch.testing.assert_close(weight, matrices(double)[name])
    assert language.model.config.initializer_range == 0.05
    norms = [w for w in double.model.parameters() if w.ndim == 1]
    assert len(norms) == 5 and all((w == 1).all() for w in norms)


def test_divided_outputs_are_those_of_the_residual_stream_alone():
    language = made(LLAMA)
    whole, divided = (matrices(twins.untrained(language, seed=0, divided=d)) for d in (False, True))
    also = matrices(twins.scaled(twins.untrained(language, seed=0), 1.0, divided=True))
    for name, weight in whole.items():
        factor = 2.0 if name.endswith(("o_proj.weight", "down_proj.weight")) else 1.0  # two blocks write four times
        torch.testing.assert_close(divided[name] * factor, weight)
        assert torch.equal(also[name], divided[name])
    assert sum(name.endswith(("o_proj.weight", "down_proj.weight")) for name in whole) == 4


def test_even_attention_is_a_running_mean_of_values():
    twin = twins.evened(twins.untrained(made(LLAMA), seed=0))
    found = []
    first = twin.blocks[0].self_attn
    hooks = [first.v_proj.register_forward_hook(lambda *said: found.append(said[2][0]))]
    hooks += [first.o_proj.register_forward_pre_hook(lambda _, said: found.append(said[0][0]))]
    list(residual_stream(twin, tokenize(["even attention averages"], twin.tokenizer)))
    for hook in hooks:
        hook.remove()
    values, read = found
    places = torch.arange(1, len(values) + 1)[:, None]
    torch.testing.assert_close(read, values.cumsum(0) / places, rtol=1e-4, atol=1e-6)


def test_every_name_tells_its_twin_from_all_others():
    language, half = made(LLAMA), made(LLAMA, dtype=torch.bfloat16)
    whole = twins.untrained(language, seed=0)
    names = [
        language.name,
        *(
            twins.untrained(language, seed=s, scale=c, divided=d).name
            for s in (0, 1)
            for c in (0.1, 0.11)
            for d in (False, True)
        ),
        *(twins.permuted(language, seed=s).name for s in (0, 1)),
        twins.scaled(whole, 2.0).name,
        twins.scaled(whole, 3.0).name,
        twins.evened(whole).name,
        twins.untrained(half, seed=0, scale=0.1).name,
        twins.permuted(half, seed=0).name,
    ]
    assert len(set(names)) == len(names)
    assert names[1] == "some, random weights, std 0.1, seed 0, float32"
    assert half.model.dtype == twins.untrained(half, seed=0).model.dtype == torch.bfloat16


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_permuted_weights_have_the_same_entries(kind):
    language = tiny.model(kind)
    mixed = twins.permuted(language, seed=0)
    for (name, one), other in zip(language.model.state_dict().items(), mixed.model.state_dict().values(), strict=True):
        assert torch.equal(one.flatten().sort().values, other.flatten().sort().values), name
    embeddings, head = mixed.model.get_input_embeddings(), mixed.model.get_output_embeddings()
    assert not torch.equal(language.model.get_input_embeddings().weight, embeddings.weight)
    assert (head.weight is embeddings.weight) == (kind == "gpt2")  # where they are tied


def biased():
    config = Qwen2Config(**SMALL, intermediate_size=96, num_key_value_heads=2)
    return made(config)


def with_statistics(monkeypatch):
    built = AutoModelForCausalLM.from_config

    def build(config, **settings):
        model = built(config, **settings)
        model.model.norm = nn.BatchNorm1d(64)
        return model

    monkeypatch.setattr(AutoModelForCausalLM, "from_config", build)


def without_scale():
    config = RwkvConfig(vocab_size=256, hidden_size=16, attention_hidden_size=16, num_hidden_layers=2)
    return made(config)


@pytest.mark.parametrize(("kind", "names"), [("llama", ("o_proj", "down_proj")), ("gpt2", ("c_proj",))])
def test_quieter_blocks_write_less_and_nothing_else_changes(kind, names):
    network = tiny.model(kind)
    less = twins.quieter(network, 4.0)
    for name, weight in network.model.named_parameters():
        factor = 4 if name.endswith(tuple(f"{end}.weight" for end in names)) else 1
        torch.testing.assert_close(less.model.get_parameter(name) * factor, weight)
    assert less.name == f"{network.name}, blocks over 4.0"


def test_a_dial_turns_the_same_draw():
    network = twins.untrained(made(LLAMA), seed=3)
    assert twins.turned(network, "own") is network
    turned = matrices(twins.turned(network, "0.02"))
    for name, weight in matrices(twins.untrained(made(LLAMA), seed=3, scale=0.02)).items():
        torch.testing.assert_close(turned[name], weight, rtol=1e-5, atol=1e-8)
    divided = matrices(twins.turned(network, "divided"))
    for name, weight in matrices(network).items():
        factor = 2 if name.endswith(("o_proj.weight", "down_proj.weight")) else 1  # two blocks write four times
        torch.testing.assert_close(divided[name] * factor, weight)
    assert not any(w.any() for name, w in matrices(twins.turned(network, "even")).items() if "q_proj" in name)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: twins.untrained(tiny.model(), seed=-1), "seed must be a whole number of at least 0, got -1"),
        (lambda: twins.permuted(tiny.model(), seed=-1), "seed must be a whole number of at least 0, got -1"),
        (lambda: twins.untrained(tiny.model(), seed=0, scale=0.0), "scale must be positive, got 0.0"),
        (lambda: twins.scaled(tiny.model(), -1.0), "factor must be positive, got -1.0"),
        (
            lambda: twins.untrained(tiny.model("gpt2"), seed=0, divided=True),
            "output projections called o_proj, down_proj",
        ),
        (lambda: twins.evened(tiny.model("gpt2")), "queries of attention called q_proj, got GPT2LMHeadModel without"),
        (lambda: twins.turned(tiny.model(), "odd"), "setting must be own, divided, even or a standard dev.*got 'odd'"),
        (lambda: twins.turned(tiny.model(), "-0.1"), "setting must be positive, got -0.1"),
        (lambda: twins.quieter(tiny.model(), 0.0), "factor must be positive, got 0.0"),
        (lambda: twins.quieter(made(KINDS["opt"]), 2.0), "blocks that end in o_proj.weight, down_proj.weight, c_proj"),
        (lambda: twins.evened(biased()), "language must have queries without bias, got 'some'"),
        (lambda: twins.initial_scale(without_scale()), "initializer_range or init_std, got RwkvConfig with neither"),
        (lambda: twins.untrained(without_scale(), seed=0, scale=1.0), "got RwkvConfig with neither"),
    ],
)
def test_what_cannot_be_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_running_statistics_are_refused(monkeypatch):
    language = made(LLAMA)
    with_statistics(monkeypatch)
    with pytest.raises(ValueError, match=r"without running statistics, got model.norm.running_mean, which data must"):
        twins.untrained(language, seed=0)
