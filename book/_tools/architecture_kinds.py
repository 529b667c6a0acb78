"""Small configurations of many kinds of causal language models, those of `architectures`."""

from collections.abc import Callable
from functools import partial
from typing import Any

import transformers as t

Kind = Callable[[], Any]

_SIZES = {"vocab_size": 512, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}
_DEEP = _SIZES | {"num_hidden_layers": 4, "num_key_value_heads": 2, "intermediate_size": 64}
_DEEP |= {"max_position_embeddings": 8192}
_LLAMA = _DEEP | {"num_hidden_layers": 3}
_BERT = _SIZES | {"intermediate_size": 64, "max_position_embeddings": 8192, "is_decoder": True}
_GPT = {"vocab_size": 512, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 8192}
_MAMBA = {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_chunk_size": 8}
_SWIN = {"head_dim": 8, "sliding_window": 64}
_MLA = {"q_lora_rank": 8, "kv_lora_rank": 8, "qk_rope_head_dim": 4, "qk_nope_head_dim": 4, "v_head_dim": 8}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
_LONG = {"rope_type": "longrope", "rope_theta": 1e4, "short_factor": [1.0] * 4, "long_factor": [4.0] * 4}
_LINEAR = {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 8}


def _kind(name: str, *sizes: dict, **own: Any) -> Kind:
    merged: dict = {}
    for part in (*sizes, own):
        merged |= part
    return partial(getattr(t, f"{name}Config"), **merged)


KINDS: dict[str, Kind] = {
    "apertus": _kind("Apertus", _LLAMA),
    "arcee": _kind("Arcee", _LLAMA),
    "bamba": _kind("Bamba", _DEEP, _MAMBA, attn_layer_indices=[2]),
    "bart": _kind(
        "Bart",
        vocab_size=512,
        d_model=32,
        encoder_layers=2,
        decoder_layers=3,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=8192,
    ),
    "bert, as decoder": _kind("Bert", _BERT),
    "bert, as encoder": _kind("Bert", _BERT, is_decoder=False),
    "biogpt": _kind("BioGpt", _BERT, is_decoder=False),
    "bloom": _kind("Bloom", vocab_size=512, hidden_size=32, n_layer=3, n_head=4),
    "codegen": _kind("CodeGen", _GPT, rotary_dim=4),
    "cohere": _kind("Cohere", _LLAMA),
    "cohere2": _kind("Cohere2", _LLAMA, _SWIN),
    "ctrl": _kind("CTRL", _GPT, dff=64),
    "deepseek_v3": _kind(
        "DeepseekV3",
        _LLAMA,
        _MLA,
        num_key_value_heads=4,
        moe_intermediate_size=16,
        n_routed_experts=4,
        n_group=1,
        topk_group=1,
        num_experts_per_tok=2,
        first_k_dense_replace=1,
    ),
    "exaone4": _kind("Exaone4", _LLAMA, sliding_window=64),
    "falcon": _kind("Falcon", _SIZES, alibi=True, new_decoder_architecture=False),
    "falcon_h1": _kind("FalconH1", _LLAMA, _MAMBA, mamba_d_ssm=32, mamba_n_heads=4, head_dim=8),
    "falcon_mamba": _kind("FalconMamba", vocab_size=512, hidden_size=32, num_hidden_layers=3, state_size=4),
    "gemma": _kind("Gemma", _LLAMA, head_dim=8),
    "gemma2": _kind("Gemma2", _LLAMA, _SWIN),
    "gemma3": _kind("Gemma3Text", _LLAMA, _SWIN),
    "gemma3n": _kind(
        "Gemma3nText",
        _DEEP,
        _SWIN,
        vocab_size_per_layer_input=512,
        hidden_size_per_layer_input=8,
        laurel_rank=4,
        num_kv_shared_layers=0,
        layer_types=["sliding_attention", "full_attention"] * 2,
        activation_sparsity_pattern=[0.0] * 4,
    ),
    "glm4": _kind("Glm4", _LLAMA, head_dim=8, pad_token_id=None),
    "gpt2": _kind("GPT2", _GPT),
    "gpt_bigcode": _kind("GPTBigCode", _GPT),
    "gpt_neo": _kind(
        "GPTNeo",
        vocab_size=512,
        hidden_size=32,
        num_layers=4,
        num_heads=4,
        window_size=64,
        attention_types=[[["global", "local"], 2]],
        max_position_embeddings=8192,
    ),
    "gpt_neox": _kind("GPTNeoX", _LLAMA),
    "gpt_oss": _kind("GptOss", _LLAMA, _SWIN, num_local_experts=4, num_experts_per_tok=2),
    "gptj": _kind("GPTJ", _GPT, rotary_dim=4),
    "granite": _kind("Granite", _LLAMA),
    "granitemoehybrid": _kind(
        "GraniteMoeHybrid",
        _LLAMA,
        _MAMBA,
        layer_types=["mamba", "attention", "mamba"],
        num_local_experts=2,
        num_experts_per_tok=1,
        shared_intermediate_size=32,
    ),
    "helium": _kind("Helium", _LLAMA, head_dim=8),
    "jamba": _kind(
        "Jamba",
        _DEEP,
        attn_layer_period=2,
        attn_layer_offset=1,
        expert_layer_period=2,
        expert_layer_offset=1,
        num_experts=2,
        mamba_d_state=4,
        mamba_dt_rank=4,
    ),
    "lfm2": _kind("Lfm2", _DEEP, layer_types=["conv", "conv", "full_attention", "conv"]),
    "llama": _kind("Llama", _LLAMA),
    "llama, dynamic rope": _kind(
        "Llama",
        _LLAMA,
        max_position_embeddings=8,
        rope_parameters={"rope_type": "dynamic", "factor": 4.0, "rope_theta": 1e4},
    ),
    "mamba": _kind("Mamba", vocab_size=512, hidden_size=32, num_hidden_layers=3, state_size=4),
    "mamba2": _kind(
        "Mamba2",
        vocab_size=512,
        hidden_size=32,
        num_hidden_layers=3,
        state_size=4,
        num_heads=4,
        head_dim=16,
        n_groups=2,
    ),
    "mistral, sliding": _kind("Mistral", _LLAMA, sliding_window=64),
    "mixtral": _kind("Mixtral", _LLAMA, num_local_experts=4, sliding_window=None),
    "mpt": _kind("Mpt", vocab_size=512, d_model=32, n_layers=3, n_heads=4, max_seq_len=8192),
    "nemotron": _kind("Nemotron", _LLAMA),
    "nemotron_h": _kind(
        "NemotronH",
        _DEEP,
        layers_block_type=["mamba", "mlp", "attention", "mamba"],
        mamba_num_heads=8,
        mamba_head_dim=8,
        ssm_state_size=8,
        chunk_size=8,
        n_groups=2,
        head_dim=8,
        num_hidden_layers=None,
    ),
    "olmo": _kind("Olmo", _LLAMA),
    "olmo2": _kind("Olmo2", _LLAMA),
    "olmoe": _kind("Olmoe", _LLAMA, num_experts=4, num_experts_per_tok=2),
    "openai-gpt": _kind("OpenAIGPT", _GPT),
    "opt": _kind("OPT", _SIZES, ffn_dim=64, max_position_embeddings=8192, word_embed_proj_dim=32),
    "opt, narrow embeddings": _kind(
        "OPT", _SIZES, ffn_dim=64, max_position_embeddings=8192, word_embed_proj_dim=16, do_layer_norm_before=False
    ),
    "persimmon": _kind("Persimmon", _LLAMA, num_key_value_heads=4),
    "phi": _kind("Phi", _LLAMA),
    "phi3": _kind("Phi3", _LLAMA, pad_token_id=0),
    "phi3, long": _kind(
        "Phi3",
        _LLAMA,
        pad_token_id=0,
        original_max_position_embeddings=16,
        rope_parameters=_LONG | {"original_max_position_embeddings": 16},
    ),
    "qwen2": _kind("Qwen2", _LLAMA),
    "qwen2_moe": _kind("Qwen2Moe", _LLAMA, _EXPERTS, shared_expert_intermediate_size=16),
    "qwen3": _kind("Qwen3", _LLAMA, head_dim=8),
    "qwen3_moe": _kind("Qwen3Moe", _LLAMA, _EXPERTS, head_dim=8),
    "qwen3_next": _kind("Qwen3Next", _DEEP, _LINEAR, _EXPERTS, head_dim=8, shared_expert_intermediate_size=16),
    "recurrent_gemma": _kind(
        "RecurrentGemma", _SIZES, intermediate_size=64, lru_width=32, attention_window_size=64, num_key_value_heads=1
    ),
    "roberta, as decoder": _kind("Roberta", _BERT),
    "rwkv": _kind("Rwkv", vocab_size=512, hidden_size=32, num_hidden_layers=3, attention_hidden_size=32),
    "seed_oss": _kind("SeedOss", _LLAMA, head_dim=8),
    "smollm3": _kind("SmolLM3", _LLAMA, pad_token_id=0),
    "stablelm": _kind("StableLm", _LLAMA),
    "starcoder2": _kind("Starcoder2", _LLAMA),
    "xglm": _kind(
        "XGLM", vocab_size=512, d_model=32, num_layers=3, attention_heads=4, ffn_dim=64, max_position_embeddings=8192
    ),
    "xlm": _kind("XLM", vocab_size=512, emb_dim=32, n_layers=3, n_heads=4, causal=True, asm=False),
    "xlnet": _kind("XLNet", vocab_size=512, d_model=32, n_layer=3, n_head=4, d_inner=64),
    "zamba2": _kind(
        "Zamba2",
        _DEEP,
        num_key_value_heads=4,
        layers_block_type=["mamba", "hybrid"] * 2,
        mamba_d_state=8,
        n_mamba_heads=4,
        mamba_headdim=16,
        mamba_ngroups=1,
        chunk_size=8,
        num_mem_blocks=1,
        use_mem_rope=True,
    ),
}
