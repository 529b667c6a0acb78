"""Levels from logits: the prompt by token ids, all tokens in one pass as one by one, the mass on digits."""

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from polylib.completions.local import CompletionError
from polylib.explanation.digit_logits import expected_levels
from polylib.explanation.digit_simulator import AllAtOnce, Prompt, TokenByToken
from polylib.explanation.few_shots import EXAMPLES
from polylib.explanation.records import Explanation
from polylib.language import models as language
from polylib.language import passages
from polylib.language.models import LanguageModel

AWKWARD = ["a", "\t", "\n", "\t\t", " 7", "10", "", "unknown", "\tunknown\n", "<end>\n", "é", "🙂", "<|im_end|>", " b"]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def small():
    """A tiny random network with room for a prompt in bytes."""
    made = tiny.model()
    made.model.config.max_position_embeddings = 4096
    return made


def same(a, b, atol=10 * tiny.CLOSE["atol"]):
    """Levels alike, and masses: both move with logits, a level by at most ten times as much."""
    np.testing.assert_allclose(a.expected, b.expected, rtol=0, atol=atol)
    np.testing.assert_allclose(a.mass, b.mass, rtol=atol)


@pytest.fixture(scope="module")
def smol():
    return language.load()


def test_the_prompt_is_the_text_it_should_be(small):
    prompt = Prompt(small.tokenizer)
    text = small.tokenizer.decode(prompt.examples() + prompt.task("cats"))
    assert text.count("\nNeuron ") == len(EXAMPLES) + 1
    assert text.endswith(
        "Explanation of neuron 4: the main thing this neuron does is find cats\nActivations:\n<start>\n"
    )
    assert "activations go from 0 to 9" in text
    first = EXAMPLES[0].records[0]
    lines = "".join(f"{token}\t{min(level, 9)}\n" for token, level in first)
    assert f"<start>\n{lines}<end>\n<start>\nThe\tunknown\n" in text


def test_behind_every_placeholder_a_level_has_come_before():
    for example in EXAMPLES:
        assert len(example.shown_from) == len(example.records)
        for pairs, shown in zip(example.records, example.shown_from, strict=True):
            assert shown < len(pairs) and any(level > 0 for _, level in pairs[shown:])
            assert all(0 <= level <= 10 for _, level in pairs)


@pytest.mark.parametrize("which", ["small", "smol"])
def test_awkward_tokens_stay_in_line(which, request):
    tokenizer = request.getfixturevalue(which).tokenizer
    prompt = Prompt(tokenizer)
    ids, places = prompt.record(AWKWARD, [None] * len(AWKWARD))
    assert tokenizer.decode(ids) == "".join(f"{token}\tunknown\n" for token in AWKWARD)
    assert len(places) == len(AWKWARD)
    end = [*places[1:], len(ids)]
    answer = prompt.unknown + prompt.end_of_line
    for place, after, following in zip(places, end, [*AWKWARD[1:], None], strict=True):
        assert ids[place : place + 1] == prompt.tab
        rest = ids[place + 1 : after + (following is not None)]
        own = prompt.ids([following])[0] + prompt.tab if following is not None else []
        assert rest == answer + own


@settings(max_examples=40)
@given(st.lists(st.text(max_size=4), min_size=1, max_size=8))
def test_any_token_has_its_line(tokens):
    prompt = Prompt(tiny.tokenizer())
    ids, places = prompt.record(tokens, [None] * len(tokens))
    assert [ids[p] for p in places] == len(tokens) * prompt.tab
    lengths = np.diff([-1, *places])
    rest = len(prompt.unknown) + 1
    assert lengths.tolist() == [len(t.encode()) + 1 + (rest if i else 0) for i, t in enumerate(tokens)]


def test_joined_text_would_merge_what_ids_keep_apart(smol):
    """The fault of a prompt as one string: a tab beside a tab is one token, and its line is lost."""
    tokens = ["a", "\t", " b"]
    text = "".join(f"{token}\tunknown\n" for token in tokens)
    tab = Prompt(smol.tokenizer).tab[0]
    joined = smol.tokenizer(text)["input_ids"]
    ids, places = Prompt(smol.tokenizer).record(tokens, [None] * 3)
    assert joined.count(tab) < 4 == ids.count(tab) and len(places) == 3


@pytest.mark.parametrize("cached", [True, False])
def test_one_pass_equals_token_by_token_on_a_tiny_network(small, cached):
    one, each = AllAtOnce(small, cached=cached), TokenByToken(small)
    for text in ("cats", "words after a tab\t"):
        explanation = Explanation(text)
        a, b = (s.simulate(explanation, AWKWARD) for s in (one, each))
        same(a, b)
        assert np.ptp(a.expected) > 0.01 and ((a.expected >= 0) & (a.expected <= 10)).all()


def test_one_pass_equals_token_by_token_in_smollm2(smol):
    tokens = [*passages.tokenize(passages.texts("lee", 1), smol.tokenizer, 3).tokens[0], "\t"]
    explanation = Explanation("words for places")
    a, b = (s.simulate(explanation, tokens) for s in (AllAtOnce(smol), TokenByToken(smol)))
    same(a, b, 1e-3)  # in single precision a logit of about 20 rounds by 1e-6, in each of 60 sublayers
    assert np.ptp(a.expected) > 0.3


def test_what_is_kept_changes_nothing_and_is_not_changed(small):
    """Explanations in turns, a record twice, and a record that failed in between."""
    kept, fresh = AllAtOnce(small), AllAtOnce(small, cached=False)
    for text, tokens in (("cats", ["a", " b"]), ("dogs", ["a"]), ("cats", ["c"]), ("cats", ["a", " b"]), ("", ["a"])):
        same(*(s.simulate(Explanation(text), tokens) for s in (kept, fresh)))
    with pytest.raises(CompletionError, match=r"refused .* exceed the context of 4096"):
        kept.simulate(Explanation("cats"), ["x"] * 4096)
    same(*(s.simulate(Explanation("cats"), ["a"]) for s in (kept, fresh)))


def test_what_stands_before_a_record_is_read_once(small):
    one, prompt = AllAtOnce(small), Prompt(small.tokenizer)
    record = len("a") + 1
    examples, task = len(prompt.examples()), len(prompt.task("cats"))
    read = [one.simulate(Explanation(text), ["a"]).prompt_tokens for text in ("cats", "cats", "dogs")]
    assert read == [examples + task + record, record, task + record]
    assert AllAtOnce(small, cached=False).simulate(Explanation("cats"), ["a"]).prompt_tokens == read[0]


def test_a_tokenizer_that_knows_ten_uses_it(small):
    tokenizer = tiny.tokenizer()
    tokenizer.add_tokens(["10"])
    prompt = Prompt(tokenizer)
    assert prompt.top == 10 and prompt.digits[10] == tokenizer.convert_tokens_to_ids("10")
    assert "activations go from 0 to 10" in tokenizer.decode(prompt.examples())


def test_a_tokenizer_that_puts_a_space_before_every_text(small):
    """Of the kind of sentencepiece, with bytes for what it does not know."""
    vocab = [f"<0x{i:02X}>" for i in range(256)] + ["▁", *tiny.WORDS.replace(" ", ""), "<", ">", ":", '"', "\n"]
    own = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(vocab)}, merges=[], byte_fallback=True))
    own.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    prompt = Prompt(PreTrainedTokenizerFast(tokenizer_object=own))
    assert [vocab[i] for i in prompt.tab] == ["<0x09>"]
    assert "".join(vocab[i] for i in prompt.ids([" cat", "cat"])[0]) == "▁cat"
    assert "".join(vocab[i] for i in prompt.unknown) == "unknown"
    assert [vocab[i] for i in prompt.digits] == list("0123456789")
    ids, places = prompt.record(AWKWARD, [None] * len(AWKWARD))
    assert len(places) == len(AWKWARD) and [ids[p : p + 1] for p in places] == len(AWKWARD) * [prompt.tab]


def test_a_tokenizer_without_digits_is_refused():
    tokenizer = tiny.tokenizer()
    tokenizer.add_tokens(["\t3"])
    with pytest.raises(ValueError, match="tokenizer must have one token for the digit 3 after a tab, got ids"):
        AllAtOnce(LanguageModel("x", tiny.model().model, tokenizer))


def test_a_record_without_tokens_is_refused(small):
    with pytest.raises(ValueError, match="tokens must be at least one, got none"):
        AllAtOnce(small).simulate(Explanation("cats"), [])


def test_logits_that_are_no_numbers_are_no_levels(small):
    for bad in (float("nan"), float("inf")):
        with pytest.raises(CompletionError, match=r"malformed answer .* logits are no numbers"):
            expected_levels(torch.full((1, 12), bad), range(10))


def test_a_name_tells_precisions_apart(small):
    assert AllAtOnce(small).name == "one pass, tiny llama, float64"
    assert TokenByToken(small).name == "token by token, tiny llama, float64"


def made(config, seed=0):
    """A network whose weights are large enough that what it kept, or forgot, is felt."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config).eval().double()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                weight.mul_(8)
    return LanguageModel("made", model, tiny.tokenizer())


SIZES = {"vocab_size": 256, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}


def test_a_network_with_a_state_reads_every_prompt_whole():
    from transformers import Mamba2Config

    sizes = {"vocab_size": 256, "hidden_size": 16, "num_hidden_layers": 1, "state_size": 4}
    one = AllAtOnce(made(Mamba2Config(**sizes, num_heads=4, head_dim=8, n_groups=1)))
    assert not one.cached


def test_positions_that_hang_on_the_length_are_refused():
    from transformers import LlamaConfig

    rope = {"rope_type": "dynamic", "factor": 1000.0, "rope_theta": 1e4}
    language = made(LlamaConfig(**SIZES, intermediate_size=32, max_position_embeddings=8, rope_parameters=rope))
    for simulator in (AllAtOnce(language), AllAtOnce(language, cached=False), TokenByToken(language)):
        with pytest.raises(CompletionError, match=r"refused .* rotary positions of made differ between"):
            simulator.simulate(Explanation("cats"), ["a"])


def test_a_tokenizer_of_another_model_is_named(small):
    tokenizer = tiny.tokenizer()
    tokenizer.add_tokens(["cats"])
    language = LanguageModel("x", small.model, tokenizer)
    with pytest.raises(ValueError, match=r"token ids must lie below the 256 of 'x', got 256: is the tokenizer its own"):
        AllAtOnce(language).simulate(Explanation("cats"), ["a"])
