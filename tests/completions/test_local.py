"""A local model answers with the likeliest token each time."""

import inspect

import pytest
import tiny
import torch
from counting import answers
from transformers import logging

from polylib.completions.local import CompletionError, LocalModel, plain

TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}>{% endif %}"
)
HELLO = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}]
PROMPT = "system: be brief\nuser: hello\n>"

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def local():
    logging.set_verbosity_error()  # a tiny vocabulary does not hold the special tokens of the configuration's defaults
    made = tiny.model("llama")
    made.tokenizer.chat_template = TEMPLATE
    made.model.generation_config.eos_token_id = None
    return LocalModel(made)


def likeliest(model, text, n):
    """The whole sequence through the network again for every token: no cache, nothing of `generate`."""
    ids = torch.tensor([list(model.tokenizer(text)["input_ids"])])
    start = ids.shape[1]
    with torch.no_grad():
        for _ in range(n):
            ids = torch.cat([ids, model.model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    return ids[0, start:]


def test_the_answer_is_the_likeliest_token_each_time(local):
    expected = likeliest(local.language, PROMPT, 20)
    found = local.complete(HELLO, max_tokens=20)
    assert found.text == local.language.tokenizer.decode(expected)
    assert (found.prompt_tokens, found.completion_tokens, found.kept) == (len(PROMPT), 20, False)
    assert found.seconds > 0
    assert local.name == "tiny llama, float64"  # what is kept of it is not that of another precision


def test_an_answer_ends_at_the_end_token_which_is_counted(local):
    expected = likeliest(local.language, PROMPT, 20)
    end = int(expected[5])
    first = expected.tolist().index(end)
    local.language.model.generation_config.eos_token_id = end
    assert local.complete(HELLO, max_tokens=20).completion_tokens == first + 1


def test_settings_that_come_with_a_model_change_no_answer(local):
    before = local.complete(HELLO, max_tokens=20).text
    settings = local.language.model.generation_config
    settings.do_sample, settings.temperature, settings.top_k, settings.repetition_penalty = True, 0.7, 3, 5.0
    assert local.complete(HELLO, max_tokens=20).text == before
    inputs = local.language.tokenizer(PROMPT, return_tensors="pt")
    penalised = local.language.model.generate(**inputs, max_new_tokens=20, do_sample=False)[0, len(PROMPT) :]
    assert local.language.tokenizer.decode(penalised) != before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_beams", 4),
        ("no_repeat_ngram_size", 1),
        ("suppress_tokens", list(range(200))),
        ("bad_words_ids", [[i] for i in range(100, 150)]),
        ("guidance_scale", 3.0),
        ("min_new_tokens", 20),
        ("forced_eos_token_id", 7),
        ("exponential_decay_length_penalty", (1, 2.0)),
        ("sequence_bias", [[[65], 50.0]]),
        ("max_time", 1e-9),
        ("top_h", 0.5),
    ],
)
def test_no_setting_of_a_model_makes_greedy_something_else(local, name, value):
    before = local.complete(HELLO, max_tokens=12)
    setattr(local.language.model.generation_config, name, value)
    after = local.complete(HELLO, max_tokens=12)
    assert (after.text, after.completion_tokens) == (before.text, before.completion_tokens)
    assert getattr(local.language.model.generation_config, name) == value


def test_a_template_without_a_system_role_gets_its_words_from_the_user(local):
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE
    silent = TEMPLATE.replace("{{ m.role }}", "{% if m.role == 'system' %}{% continue %}{% endif %}{{ m.role }}")
    joined = "user: be brief\n\nhello\n>"
    for template in (refusing, silent):
        local.language.tokenizer.chat_template = template
        found = local.complete(HELLO, max_tokens=12)
        assert found.text == local.language.tokenizer.decode(likeliest(local.language, joined, 12))
    local.language.tokenizer.chat_template = "{{ raise_exception('nobody may speak') }}"
    with pytest.raises(CompletionError, match=r"refused .* 'tiny llama'|tiny llama does not take .* nobody may speak"):
        local.complete(HELLO, max_tokens=12)


def test_inputs_that_a_model_does_not_take_are_left_out(local):
    before = local.complete(HELLO, max_tokens=5).text
    local.language.tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    assert local.complete(HELLO, max_tokens=5).text == before


def test_an_answer_says_whether_it_was_cut_here_too(local):
    expected = likeliest(local.language, PROMPT, 20)
    assert local.complete(HELLO, max_tokens=20).cut
    local.language.model.generation_config.eos_token_id = int(expected[0])
    assert not local.complete(HELLO, max_tokens=20).cut


def test_logits_that_are_no_numbers_are_no_answer(local):
    local.language.model.lm_head.weight.data[:] = float("nan")
    with pytest.raises(CompletionError, match=r"malformed answer .* logits are no numbers"):
        local.complete(HELLO, max_tokens=3)


def test_reasoning_that_a_template_opens_has_to_end(local):
    local.language.tokenizer.chat_template = TEMPLATE + "<think>\n"
    with pytest.raises(CompletionError, match="spent on reasoning") as found:
        local.complete(HELLO, max_tokens=6)
    assert (found.value.prompt_tokens, found.value.completion_tokens) == (len(PROMPT) + len("<think>"), 6)


def test_what_exceeds_the_context_is_refused_not_cut(local):
    local.language.model.config.max_position_embeddings = len(PROMPT) + 20
    assert local.complete(HELLO, max_tokens=20).completion_tokens == 20
    with pytest.raises(CompletionError, match=rf"refused .* {len(PROMPT)} tokens of prompt and 21 of answer exceed"):
        local.complete(HELLO, max_tokens=21)


def test_a_model_without_a_chat_template_is_refused():
    with pytest.raises(ValueError, match=r"language must be an instruct model, with a chat template, got 'tiny llama'"):
        LocalModel(tiny.model())


@pytest.mark.parametrize(
    "messages",
    [[], [{"role": "user"}], [{"role": "user", "content": None}], [{"role": "user", "content": "a", "name": "b"}]],
)
def test_a_conversation_has_roles_and_contents_alone(messages):
    unchecked = inspect.unwrap(plain)  # as in a notebook, where types are not checked
    with pytest.raises(ValueError, match=r"messages must be a list of at least one \{role, content\} of strings, got"):
        unchecked(messages)


def test_wrong_arguments_are_named(local):
    with pytest.raises(ValueError, match="max_tokens must be a whole number of at least 1, got 0"):
        local.complete(HELLO, max_tokens=0)
    with pytest.raises(
        ValueError, match=r"temperature must be 0 for a local model, whose answers are greedy, got 0\.5"
    ):
        local.complete(HELLO, max_tokens=3, temperature=0.5)
    with pytest.raises(ValueError, match="at_once must be a whole number of at least 1, got 0"):
        answers(local, [HELLO], max_tokens=3, at_once=0)
