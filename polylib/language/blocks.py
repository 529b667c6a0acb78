"""The blocks of a transformer, found by what they do: each takes the vectors that the one before it gave."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Seen = Callable[[Tensor], None]


def run(model: Any, **inputs: Any) -> Any:
    """Call a model with those of the inputs that it knows: old architectures have no `use_cache`."""
    known = inspect.signature(model.forward).parameters
    takes_all = any(part.kind is part.VAR_KEYWORD for part in known.values())
    return model(**{name: value for name, value in inputs.items() if takes_all or name in known})


def depth_of(model: Any) -> int:
    """Number of blocks that the configuration names; half a translator has those of its decoder."""
    config = model.config.get_text_config()
    return int(getattr(config, "decoder_layers", None) or config.num_hidden_layers)


def blocks_of(model: Any) -> nn.ModuleList:
    """The list of a model's blocks, in order.

    Where more lists than one have the right length, the blocks are those that pass the residual stream on. Raises
    ValueError for a model without such a list.
    """
    depth, name = depth_of(model), type(model).__name__
    found = [part for part in model.base_model.modules() if isinstance(part, nn.ModuleList) and len(part) == depth]
    inside = {id(part) for outer in found for part in outer.modules() if part is not outer}
    found = [part for part in found if id(part) not in inside]
    if not found:
        raise ValueError(f"model must have a list of its {depth} blocks, got {name} without one")
    if len(found) > 1:
        found = [part for part in found if _chained(model, part)]
    if len(found) != 1:
        raise ValueError(f"model must have one list of {depth} blocks that each read what the last gave, got {name}")
    return found[0]


@torch.no_grad()
def stream_of(model: Any, blocks: nn.ModuleList, ids: Tensor) -> list[Tensor]:
    """What enters the first block and what leaves each, (rows, tokens, units), in one pass; no hook stays.

    Raises ValueError for blocks that are not passed one after the other, each with what the last gave.
    """
    entered: list[Tensor] = []
    left: list[Tensor] = []
    hooks = []
    for block in blocks:
        hooks.append(block.register_forward_pre_hook(_entering(entered.append), with_kwargs=True))
        hooks.append(block.register_forward_hook(_leaving(left.append)))
    try:
        run(model.base_model, input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    name, wanted = type(model).__name__, (*ids.shape, int(model.config.get_text_config().hidden_size))
    shapes = {tuple(x.shape) for x in (*entered, *left)}
    if len(entered) != len(blocks) or len(left) != len(blocks) or shapes != {wanted}:
        raise ValueError(f"blocks must pass on vectors {wanted}, once each, got {name} with {sorted(shapes)}")
    if not all(_same(a, b.to(a.device)) for a, b in zip(left[:-1], entered[1:], strict=True)):
        raise ValueError(f"blocks must each read what the last one gave, got {name} where something is done between")
    return [entered[0], *left]


def forget_lengths(model: nn.Module) -> None:
    """Rotary positions that stretch with the length keep the longest that they have met: start from the first again."""
    for part in model.modules():
        for name in [name for name in vars(part) if name.endswith("max_seq_len_cached")]:
            prefix = name.removesuffix("max_seq_len_cached")
            setattr(part, name, part.original_max_seq_len)
            kept = getattr(part, f"{prefix}original_inv_freq", None)
            if kept is not None:
                getattr(part, f"{prefix}inv_freq").copy_(kept)


def _same(a: Tensor, b: Tensor) -> bool:
    return a is b or torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)


def _chained(model: Any, blocks: nn.ModuleList) -> bool:
    ids = torch.arange(3, device=model.get_input_embeddings().weight.device)[None].repeat(2, 1)
    try:
        stream_of(model, blocks, ids)
    except ValueError:
        return False
    return True


def _entering(seen: Seen) -> Callable:
    def hook(module: nn.Module, args: tuple, kwargs: dict) -> None:
        given = [x for x in (*args, *kwargs.values()) if isinstance(x, Tensor) and x.is_floating_point()]
        seen(kwargs["hidden_states"] if "hidden_states" in kwargs else given[0] if given else torch.empty(0))

    return hook


def _leaving(seen: Seen) -> Callable:
    def hook(module: nn.Module, args: tuple, output: Any) -> None:
        first = output if isinstance(output, Tensor) else output[0] if isinstance(output, tuple | list) else None
        seen(first.detach() if isinstance(first, Tensor) else torch.empty(0))

    return hook
