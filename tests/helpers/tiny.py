"""Tiny random language models and a tokenizer of bytes, made without files or a network: for unit tests alone."""

import string

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from polylib.language.models import LanguageModel

CLOSE = {"rtol": 0, "atol": 1e-5}
"""what two ways through such a network may differ by: see `model`"""
WORDS = string.ascii_letters + string.digits + " ,.-'"


def tokenizer():
    """Every byte is a token, so that é is two and an emoji is four."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    own = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=own)


def model(kind="llama", layers=3, units=12, seed=0):
    """A language model of a few thousand weights, in double precision: two ways through it agree on any processor, but
    for what its norms round to single, 6e-8 of values up to 9, which the blocks after it magnify less than tenfold.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind == "gpt2":
            config = GPT2Config(
                vocab_size=256, n_embd=units, n_layer=layers, n_head=2, n_positions=64, initializer_range=0.3
            )
            config.bos_token_id = config.eos_token_id = 0
            network = GPT2LMHeadModel(config)
        else:
            network = LlamaForCausalLM(
                LlamaConfig(
                    vocab_size=256,
                    hidden_size=units,
                    intermediate_size=2 * units,
                    num_hidden_layers=layers,
                    num_attention_heads=2,
                    num_key_value_heads=1,
                    initializer_range=0.3,
                )
            )
    return LanguageModel(f"tiny {kind}", network.eval().double(), tokenizer())
