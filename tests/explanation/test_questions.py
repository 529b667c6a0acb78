"""Detection and fuzzing: the questions, their answers from levels or from a language model, the score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from talker import Talker, texts

from polylib.completions.local import CompletionError
from polylib.explanation import questions as qs
from polylib.explanation import rules as rn
from polylib.explanation.records import Explanation
from polylib.explanation.scores import Undefined
from polylib.language.activation_records import ActivationRecord

RECORDS = [
    ActivationRecord(["a", "b", "c"], np.array([0.0, 10, -2])),
    ActivationRecord(["d", "e"], np.array([1.0, 4])),
    ActivationRecord(["f", "g", "h"], np.array([0.0, 0, 5])),
    ActivationRecord(["i"], np.array([7.0])),
]


def test_a_text_is_detected_by_its_largest_level():
    assert [x.answer for x in qs.detection(RECORDS, 10.0)] == [True, False, True, True]
    assert [x.answer for x in qs.detection(RECORDS, 10.0, cut=4)] == [True] * 4
    assert [x.answer for x in qs.detection(RECORDS, 100.0)] == [False] * 4


def test_marked_tokens_fire_or_are_as_many_silent_ones():
    recorded = rn.records(rn.RULES[0], texts(40, 9))
    found = qs.fuzzing(recorded, 1.0, rng=np.random.default_rng(0))
    assert [x.record for x in found] == [i for i, r in enumerate(recorded) if 0 < r.values.sum() < 5]
    assert abs(sum(1 if x.answer else -1 for x in found)) <= 1
    for x in found:
        values = recorded[x.record].values
        assert len(x.marked) == values.sum() and all(values[i] == x.answer for i in x.marked)


def test_of_one_record_the_firing_tokens_are_marked():
    (found,) = qs.fuzzing(RECORDS[:2], 10.0, rng=np.random.default_rng(0))
    assert (found.record, found.marked, found.answer) == (0, (1,), True)
    assert qs.fuzzing(RECORDS[1:2] + RECORDS[3:], 10.0, rng=np.random.default_rng(0)) == []


def test_as_many_silent_tokens_as_firing_ones_are_enough():
    half = ActivationRecord(["a", "b", "c", "d"], np.array([9.0, 0, 0, 8]))
    fewer = ActivationRecord(["a", "b", "c"], np.array([9.0, 0, 8]))
    found = qs.fuzzing([half, fewer, half], 10.0, rng=np.random.default_rng(0))
    assert {(x.record, x.marked == ((0, 3) if x.answer else (1, 2))) for x in found} == {(0, True), (2, True)}
    assert found[0].answer != found[1].answer


@pytest.mark.parametrize("rule", rn.RULES, ids=lambda rule: rule.name)
def test_an_oracle_answers_everything(rule):
    recorded = rn.records(rule, texts(60, 7))
    for questions in (qs.detection(recorded, 1.0), qs.fuzzing(recorded, 1.0, rng=np.random.default_rng(0))):
        found = qs.evidence(questions, [r.values for r in recorded])
        at = qs.threshold(found, [x.answer for x in questions])
        assert qs.balanced_accuracy(questions, list(found >= at)).value == 1


@pytest.mark.parametrize("kind", ["detection", "fuzzing"])
def test_whoever_knows_nothing_scores_one_half(kind):
    """And the 95 % interval covers it about as often as it says, over 120 draws."""
    scores = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        recorded = rn.records(rn.RULES[0], texts(30, 7, seed))
        questions = qs.detection(recorded, 1.0) if kind == "detection" else qs.fuzzing(recorded, 1.0, rng=rng)
        chance = qs.evidence(questions, [rng.random(7) for _ in recorded])
        scores.append(qs.balanced_accuracy(questions, list(chance >= np.median(chance))))
    values = np.array([s.value for s in scores])
    assert abs(values.mean() - 0.5) < 3 * values.std() / np.sqrt(120)
    assert 0.88 < np.mean([s.interval[0] < 0.5 < s.interval[1] for s in scores]) < 0.995


def test_whoever_always_says_yes_scores_one_half():
    questions = qs.detection(RECORDS, 10.0)
    assert qs.balanced_accuracy(questions, [True] * 4).value == 0.5


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=2, max_size=20))
def test_no_threshold_is_better(pairs):
    x, yes = (np.array(part) for part in zip(*pairs, strict=True))
    if yes.all() or not yes.any():
        with pytest.raises(ValueError, match="answers must hold both yes and no"):
            qs.threshold(x, yes.tolist())
        return

    def balanced(t):
        return (x[yes] >= t).mean() + (x[~yes] < t).mean()

    best = max(balanced(t) for t in [*x, x.max() + 1])
    assert balanced(qs.threshold(x, yes.tolist())) == pytest.approx(best)


def test_the_arms_of_the_interval_are_joined_by_their_squares():
    """3 of 7 and 2 of 5 are right; Wilson's intervals by hand."""
    questions = [qs.Question(0, ["a"], (), i < 7) for i in range(12)]
    found = qs.balanced_accuracy(questions, [i < 3 or 7 <= i < 10 for i in range(12)])
    z = stats.norm.ppf(0.975)
    ends = []
    for p, n in ((3 / 7, 7), (2 / 5, 5)):
        centre, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        ends.append((np.array([-1, 1]) * half + centre) / (1 + z**2 / n) - p)
    arms = np.hypot(*ends) / 2
    assert found.interval == pytest.approx((found.value - arms[0], found.value + arms[1]))


def test_the_interval_of_a_balanced_accuracy_covers():
    """2,000 draws: 20 questions with yes, answered with chance 0.9, and 30 with no, with chance 0.7."""
    rng = np.random.default_rng(0)
    questions = [qs.Question(0, ["a"], (), i < 20) for i in range(50)]
    inside = 0
    for _ in range(2000):
        wrong = rng.random(50) > np.where(np.arange(50) < 20, 0.9, 0.7)
        low, high = qs.balanced_accuracy(
            questions, [x.answer ^ w for x, w in zip(questions, wrong, strict=True)]
        ).interval
        inside += low <= 0.8 <= high
    assert 0.93 < inside / 2000 < 0.98


def test_a_language_model_is_asked_in_words():
    talker = Talker("Yes.", "no, it does not", "**YES**")
    marked, whole = qs.Question(0, ["a", "b", "c"], (1,), True), qs.Question(0, ["a", "b", "c"], (), True)
    questions = [marked, marked, whole]
    assert qs.ask(talker, Explanation("the letter b"), questions) == [True, False, True]
    assert talker.asked[0][1]["content"] == "It looks for: the letter b\nText: a<<b>>c"
    assert "between << and >>" in talker.asked[0][0]["content"]
    assert talker.asked[2][1]["content"].endswith("Text: abc")


def test_no_answer_is_counted_and_not_scored():
    questions = qs.detection(RECORDS, 10.0)
    failing = CompletionError("timeout", "no answer", attempts=3, seconds=1.0)
    answers = qs.ask(Talker("yes", "perhaps", failing, "no"), Explanation("x"), questions)
    assert [type(a) for a in answers] == [bool, *[type(answers[1])], CompletionError, bool]
    assert answers[1].kind == "malformed answer" and answers[1].completion.text == "perhaps"
    assert qs.balanced_accuracy(questions, answers) == Undefined("no answered question whose answer is no")
    found = qs.balanced_accuracy(questions, [True, False, failing, False])
    assert (found.value, found.n_yes, found.n_no, found.unanswered) == (0.75, 2, 1, 1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="answers must be one a question, got 1 for 4"):
        qs.balanced_accuracy(qs.detection(RECORDS, 10.0), [True])
    with pytest.raises(ValueError, match="cut must be a whole number of at least 1, got 0"):
        qs.detection(RECORDS, 10.0, cut=0)
