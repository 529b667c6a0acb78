"""Blocks are found by what they do, and a model in which they cannot be told is refused."""

import pytest
import tiny
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from polylib.language import blocks


def llama(layers=3):
    torch.manual_seed(0)
    sizes = {"vocab_size": 256, "hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(num_hidden_layers=layers, **sizes)).eval()


IDS = torch.arange(10)[None].repeat(2, 1)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_the_stream_is_what_transformers_says(kind):
    model = tiny.model(kind).model
    found = blocks.stream_of(model, blocks.blocks_of(model), IDS)
    with torch.no_grad():
        known = model(IDS, output_hidden_states=True).hidden_states
    assert blocks.depth_of(model) == len(found) - 1 == 3
    for one, other in zip(found[:-1], known[:-1], strict=True):
        torch.testing.assert_close(one, other)
    norm = model.base_model.ln_f if kind == "gpt2" else model.base_model.norm
    torch.testing.assert_close(norm(found[-1]), known[-1])


def test_a_second_list_of_the_same_length_is_told_from_the_blocks():
    model = llama()
    model.model.extra = nn.ModuleList([nn.Linear(16, 16) for _ in range(3)])
    assert blocks.blocks_of(model) is model.model.layers


def test_a_list_inside_a_block_is_not_the_list_of_blocks():
    model = llama()
    model.model.layers[0].experts = nn.ModuleList([nn.Linear(16, 16) for _ in range(3)])
    assert blocks.blocks_of(model) is model.model.layers


def test_no_hook_stays_also_where_the_pass_fails():
    model = llama()
    blocks.stream_of(model, blocks.blocks_of(model), IDS)
    with pytest.raises(IndexError):
        blocks.stream_of(model, blocks.blocks_of(model), IDS + 1_000)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_something_that_is_done_between_blocks_is_seen():
    model = llama()
    model.model.layers[1].register_forward_pre_hook(lambda _, args: (args[0] + 1, *args[1:]))
    with pytest.raises(ValueError, match="where something is done between"):
        blocks.stream_of(model, blocks.blocks_of(model), IDS)


def test_a_block_that_is_left_out_is_seen():
    model = llama()
    longer = nn.ModuleList([*model.model.layers, llama(1).model.layers[0]])
    with pytest.raises(ValueError, match=r"blocks must pass on vectors \(2, 10, 16\), once each"):
        blocks.stream_of(model, longer, IDS)


def test_a_model_without_a_list_of_its_depth_is_refused():
    model = llama()
    model.config.num_hidden_layers = 5
    with pytest.raises(ValueError, match="model must have a list of its 5 blocks, got LlamaForCausalLM without one"):
        blocks.blocks_of(model)
    two = llama()
    two.model.layers = nn.ModuleList([nn.Linear(16, 16) for _ in range(3)])
    two.model.others = nn.ModuleList([nn.Linear(16, 16) for _ in range(3)])
    two.model.forward = lambda input_ids, **_: two.model.embed_tokens(input_ids)
    with pytest.raises(ValueError, match="one list of 3 blocks that each read what the last gave"):
        blocks.blocks_of(two)


def test_a_model_is_called_with_what_it_knows():
    class Old:
        def forward(self, input_ids):
            return input_ids

        __call__ = forward

    class New(Old):
        def forward(self, **given):
            return given

        __call__ = forward

    assert blocks.run(Old(), input_ids=3, use_cache=False) == 3
    assert blocks.run(New(), input_ids=3, use_cache=False) == {"input_ids": 3, "use_cache": False}


def test_rotary_positions_that_stretched_start_again():
    class Rotary(nn.Module):
        def __init__(self):
            super().__init__()
            self.original_max_seq_len, self.max_seq_len_cached = 32, 99
            self.original_inv_freq, self.inv_freq = torch.ones(4), torch.full((4,), 7.0)

    part = Rotary()
    blocks.forget_lengths(nn.Sequential(part, nn.Linear(2, 2)))
    assert part.max_seq_len_cached == 32
    assert torch.equal(part.inv_freq, torch.ones(4))
