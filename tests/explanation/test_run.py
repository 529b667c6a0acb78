"""The whole way from records to a score, on neurons whose rule is known: what it must find, and what lowers it."""

import inspect
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talker import WORDS, Talker, texts

from polylib import explanation as ex
from polylib.completions.local import CompletionError
from polylib.explanation import rules as rn
from polylib.explanation.run import both_ends
from polylib.explanation.scores import Undefined, correlation
from polylib.language.activation_records import ActivationRecord


def split_of(rule, seed=0, noise=0.0, **how):
    recorded = rn.records(rule, texts(seed=seed), noise=noise, rng=np.random.default_rng(seed + 1))
    return ex.select(recorded, rng=np.random.default_rng(seed), **how)


def value(score):
    assert isinstance(score, ex.Score), score
    return score.value


@pytest.mark.parametrize("rule", rn.RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("calibration", ["scale", "linear", "percentile"])
def test_the_oracle_scores_one(rule, calibration):
    found = ex.score(split_of(rule), ex.Explanation(rule.text), ex.Oracle(rule), calibration=calibration)
    for score in (found.correlation, found.explained_variance, found.absolute_deviation):
        assert value(score) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("rule", rn.RULES[:5], ids=lambda rule: rule.name)
def test_a_table_finds_a_rule_that_looks_at_one_token(rule):
    found = ex.explain_and_score(split_of(rule), ex.TokenTable(), ex.Lookup())
    assert value(found.correlation) == pytest.approx(1, abs=1e-12)
    firing = {token for token in WORDS if rule([token])[0] and token.strip()}
    assert {t for t, level in found.explanation.table.items() if level == 10 and t.strip()} == firing
    assert all(token.strip() in found.explanation.text for token in firing)


@pytest.mark.parametrize("rule", rn.RULES[5:], ids=lambda rule: rule.name)
def test_a_table_cannot_find_a_rule_of_context(rule):
    assert abs(value(ex.explain_and_score(split_of(rule), ex.TokenTable(), ex.Lookup()).correlation)) < 0.5


@pytest.mark.parametrize("noise", [0.25, 1.0, 4.0])
def test_noise_lowers_the_score_as_computed(noise):
    rule = rn.RULES[0]
    scores = []
    for seed in range(60):
        recorded = rn.records(rule, texts(seed=seed), noise=noise, rng=np.random.default_rng(seed))
        truth, simulated = [r.values for r in recorded], [rule(r.tokens) for r in recorded]
        scores.append(correlation(truth, simulated))
    mean = ex.mean_score(scores)
    half = mean.interval[1] - mean.value
    assert half < 0.02
    assert abs(mean.value - rn.correlation_under_noise(noise)) < 2 * half
    assert abs(mean.value - rn.correlation_under_noise(1.2 * noise)) > 1.5 * half  # a wrong size would be seen


@settings(max_examples=20)
@given(st.integers(0, 100), st.floats(0.1, 100), st.floats(-50, 50))
def test_scale_and_shift_of_a_neuron_change_no_correlation(seed, scale, shift):
    split = split_of(rn.RULES[1], seed=seed, noise=0.5)
    table = ex.TokenTable().explain(split.explain)
    moved = ex.Split(
        *([ActivationRecord(r.tokens, scale * r.values + shift) for r in part] for part in (split.explain, split.score))
    )
    scores = [value(ex.score(s, table, ex.Lookup()).correlation) for s in (split, moved)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-9)


@pytest.mark.parametrize("calibration", ["identity", "scale", "linear", "percentile"])
def test_calibration_is_fitted_on_the_explain_records_alone(calibration):
    split = split_of(rn.RULES[0], noise=0.5)
    table = ex.TokenTable().explain(split.explain)
    other = [ActivationRecord(r.tokens, 100 + 3 * r.values) for r in split.score]
    one, two = (
        ex.score(s, table, ex.Lookup(), calibration=calibration) for s in (split, ex.Split(split.explain, other))
    )
    for a, b in zip(one.values, two.values, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_linear_calibration_moves_the_variance_explained_and_not_the_correlation():
    split = split_of(rn.RULES[0], noise=1.0)
    table = ex.TokenTable().explain(split.explain)
    raw, fitted = (ex.score(split, table, ex.Lookup(), calibration=c) for c in ("identity", "linear"))
    assert raw.correlation.value == fitted.correlation.value
    assert value(raw.explained_variance) < 0 < value(fitted.explained_variance)


def test_a_silent_record_set_is_undefined_with_its_reason():
    quiet = [ActivationRecord(["a", "b"], np.zeros(2)) for _ in range(4)]
    found = ex.explain_and_score(ex.Split(quiet[:2], quiet[2:]), ex.TokenTable(), ex.Lookup())
    assert found.correlation == Undefined("the truth is constant")
    assert found.absolute_deviation == Undefined("the truth is 0 everywhere")
    mean = ex.mean_score([found.correlation, ex.Score(0.5, (0.0, 1.0), "tokens", 4)])
    assert (mean.value, mean.n, mean.undefined, mean.reasons) == (0.5, 1, 1, {"the truth is constant": 1})


def test_both_ends_together_say_more_than_one():
    rng = np.random.default_rng(0)
    effect = dict(zip(WORDS, rng.standard_normal(len(WORDS)), strict=True))
    recorded = [ActivationRecord(t, np.array([effect[w] for w in t]), p) for p, t in enumerate(texts())]
    split = ex.select(recorded, rng=rng)
    up, down = (ex.explain_and_score(s, ex.TokenTable(), ex.Lookup()) for s in (split, split.flipped()))
    both = both_ends(up, down)
    said = np.concatenate([a - b for a, b in zip(up.values, down.values, strict=True)])
    truth = np.concatenate([r.values for r in split.score])
    assert value(both) == pytest.approx(np.corrcoef(truth, said)[0, 1], rel=1e-12)
    assert max(value(up.correlation), value(down.correlation)) < 0.95 < 0.98 < value(both)
    with pytest.raises(ValueError, match="down must be scored on the records of up with their values negated"):
        both_ends(up, up)
    as_levels = ex.score(split, up.explanation, ex.Lookup(), calibration="identity")
    with pytest.raises(ValueError, match="up and down must be calibrated to values, got levels as they are"):
        both_ends(as_levels, down)


def test_what_fails_is_counted_and_what_succeeds_is_kept():
    split = split_of(rn.RULES[0], n_explain=2, n_score=1, n_random=1)

    class Halting(ex.Oracle):
        def simulate(self, explanation, tokens):
            if tokens == split.score[0].tokens:
                raise CompletionError("timeout", "no answer", attempts=3, seconds=2.0)
            return super().simulate(explanation, tokens)

    found = ex.score(split, ex.Explanation("digits"), Halting(rn.RULES[0]), calibration="linear")
    assert [(f.stage, f.record, f.error.kind) for f in found.failures] == [("score", 0, "timeout")]
    assert found.simulations[0] is None and found.values[0] is None
    assert found.correlation.n == 40 and value(found.correlation) == pytest.approx(1)
    assert found.seconds >= 2.0


def test_an_explainer_without_an_answer_leaves_everything_undefined():
    failing = Talker(CompletionError("timeout", "no answer", attempts=3, seconds=2.0))
    found = ex.explain_and_score(split_of(rn.RULES[0]), ex.Pairs(failing), ex.Lookup())
    assert found.explanation is None and found.failures[0].stage == "explain"
    assert found.correlation == Undefined("the explainer failed")
    assert found.seconds == 2.0


def test_nothing_simulated_is_undefined():
    split = split_of(rn.RULES[0], n_explain=1, n_score=1, n_random=1)
    found = ex.score(split, ex.Explanation("digits"), ex.Json(Talker(*["no idea"] * 4)), calibration="linear")
    assert found.correlation == Undefined("no score record was simulated")
    assert found.calibration is None and len(found.failures) == 4
    assert {f.error.kind for f in found.failures} == {"malformed answer"}


def test_what_needs_a_lost_half_is_undefined():
    """Nothing to calibrate on: the correlation stands. Nothing of one end: both ends together have no score."""
    split = split_of(rn.RULES[0], n_explain=1, n_score=1, n_random=1)

    class Halting(ex.Oracle):
        def simulate(self, explanation, tokens):
            if any(tokens == r.tokens for r in split.explain):
                raise CompletionError("timeout", "no answer", attempts=3, seconds=2.0)
            return super().simulate(explanation, tokens)

    found = ex.score(split, ex.Explanation("digits"), Halting(rn.RULES[0]), calibration="linear")
    assert value(found.correlation) == pytest.approx(1)
    assert found.explained_variance == Undefined("no record to calibrate on was simulated")
    lost = ex.score(split.flipped(), ex.Explanation("digits"), ex.Json(Talker(*["no idea"] * 2)))
    whole = ex.score(split, ex.Explanation("digits"), ex.Oracle(rn.RULES[0]))
    assert both_ends(whole, lost) == Undefined("no record was simulated from both ends")


def test_what_a_run_costs_is_added_up():
    split = split_of(rn.RULES[0], n_explain=1, n_score=1, n_random=0)
    levels = json.dumps({"levels": [[token, 1] for token in split.score[0].tokens]})
    talker = Talker("the main thing this neuron does is find numbers.", levels)
    found = ex.explain_and_score(split, ex.Pairs(talker), ex.Json(talker))
    assert found.explanation.text == "numbers"
    assert (found.prompt_tokens, found.completion_tokens, found.seconds) == (200, 14, 1.0)
    in_vain = ex.explain_and_score(split, ex.Pairs(Talker("numbers")), ex.Json(Talker("no idea")))
    assert len(in_vain.failures) == 1
    assert (in_vain.prompt_tokens, in_vain.completion_tokens, in_vain.seconds) == (200, 14, 1.0)
    unexplained = ex.explain_and_score(split, ex.Pairs(Talker("")), ex.Lookup())
    assert (unexplained.prompt_tokens, unexplained.completion_tokens, unexplained.seconds) == (100, 7, 0.5)


def test_records_at_once_change_nothing():
    split = split_of(rn.RULES[0], noise=1.0)
    table = ex.TokenTable().explain(split.explain)
    one, several = (ex.score(split, table, ex.Lookup(), at_once=n) for n in (1, 4))
    assert one.correlation == several.correlation


def test_unknown_names_are_refused():
    split, table = split_of(rn.RULES[0]), ex.Explanation("words")
    with pytest.raises(ValueError, match=r"calibration must be one of .* got 'none'"):
        inspect.unwrap(ex.score)(split, table, ex.Lookup(), calibration="none")
    with pytest.raises(ValueError, match="explanation must have a table to look up, got words alone: 'words'"):
        ex.score(split, table, ex.Lookup())
