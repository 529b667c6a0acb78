"""The residual stream: before the final norm, the same with and without padding, in batches of any size."""

import pytest
import tiny
import torch

from polylib.language.passages import tokenize
from polylib.language.residual_stream import residual_stream

KINDS = pytest.mark.parametrize("kind", ["gpt2", "llama"])
TEXTS = ["A passage of text", "short", "of middling len", "x"]


def passages(texts=TEXTS):
    return tokenize(texts, tiny.tokenizer())


def stream(language, some, **options):
    return torch.cat([b.activations for b in residual_stream(language, some, **options)], dim=1)


@KINDS
def test_it_is_what_transformers_calls_hidden_states_up_to_the_last(kind, one_thread):
    language, some = tiny.model(kind), passages()
    found = stream(language, some).double()
    with torch.no_grad():
        theirs = language.model(
            input_ids=some.ids, attention_mask=some.mask.long(), output_hidden_states=True
        ).hidden_states
    assert found.shape == (4, 4, 17, 12)
    for layer in range(3):
        torch.testing.assert_close(found[layer][some.mask], theirs[layer][some.mask], **tiny.CLOSE)
    assert not torch.allclose(found[3][some.mask], theirs[3][some.mask], atol=0.05)
    norm = language.model.transformer.ln_f if kind == "gpt2" else language.model.model.norm
    with torch.no_grad():
        torch.testing.assert_close(norm(found[3])[some.mask], theirs[3][some.mask], **tiny.CLOSE)


@KINDS
def test_the_head_reads_it_through_the_norm(kind, one_thread):
    language, some = tiny.model(kind), passages(["abc"])
    norm = language.model.transformer.ln_f if kind == "gpt2" else language.model.model.norm
    with torch.no_grad():
        logits = language.model.lm_head(norm(stream(language, some)[-1].double()))
        torch.testing.assert_close(logits, language.model(input_ids=some.ids).logits, **tiny.CLOSE)


@KINDS
@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_padded_batch_equals_one_by_one(kind, batch_size, one_thread):
    language, some = tiny.model(kind), passages()
    together = stream(language, some, batch_size=batch_size)
    for row, text in enumerate(TEXTS):
        alone = stream(language, passages([text]))[:, 0]
        torch.testing.assert_close(together[:, row, : alone.shape[1]], alone, **tiny.CLOSE)


def test_batches_cover_the_passages_in_order():
    batches = list(residual_stream(tiny.model(), passages(), batch_size=3))
    assert [(b.rows.start, b.rows.stop, len(b.mask)) for b in batches] == [(0, 3, 3), (3, 4, 1)]


def test_the_first_tokens_and_the_padding_are_left_out():
    (batch,) = residual_stream(tiny.model(), passages(["abcdef", "abc"]))
    assert batch.kept(2).int().tolist() == [[0, 0, 1, 1, 1, 1], [0, 0, 1, 0, 0, 0]]
    assert batch.mask[:, 0].all()


def test_no_hook_and_no_gradient_stays():
    language = tiny.model()
    found = stream(language, passages())
    assert not found.requires_grad
    assert not any(b._forward_hooks or b._forward_pre_hooks for b in language.blocks)

    def fails(*_, **__):
        raise RuntimeError("a failing block")

    language.blocks[1].forward = fails
    with pytest.raises(RuntimeError, match="a failing block"):
        stream(language, passages())
    assert not any(b._forward_hooks or b._forward_pre_hooks for b in language.blocks)


def test_half_precision_comes_out_single():
    language = tiny.model()
    language.model.bfloat16()
    assert stream(language, passages()).dtype == torch.float32


def test_a_batch_size_is_a_count():
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1, got 0"):
        next(residual_stream(tiny.model(), passages(), batch_size=0))
