"""A reader's own directions: what a table of tokens, or a language model's words, tell of them, in parts of texts."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from tqdm import tqdm

from polylib import validate
from polylib.completions.local import Completer, CompletionError, LocalModel
from polylib.completions.many import tried
from polylib.explanation.digit_simulator import AllAtOnce
from polylib.explanation.explainers import Explainer, Pairs, TokenTable
from polylib.explanation.records import Explanation, Split, levels
from polylib.explanation.run import Result, score
from polylib.explanation.scores import Score
from polylib.explanation.simulators import Json, Lookup, Simulator
from polylib.explanation.token_tables import codes, correlations, guesses
from polylib.finding import Finding
from polylib.language.activation_records import ActivationRecord
from polylib.language.by_layer import ByLayer, about_parts
from polylib.language.models import LanguageModel
from polylib.language.survey import Survey


def table_scores(survey: Survey) -> ByLayer:
    """How well a table of tokens tells values along the survey's directions: correlation, the mean over directions.

    In each part the table gives every token its mean in the stretches that are told, and is tested on the others.
    Beside it the size of the score with another direction's table, and the score of the untrained twins' directions.
    Raises ValueError for fewer than two directions, and values or tables that do not vary.
    """
    _refuse_alone(survey.directions.shape[2])
    values: dict[str, list] = {"token table": [], "another's table": []} | ({"twins": []} if survey.null else {})
    for part in range(survey.parts.n_parts):
        rows = survey.parts.rows(part)
        told, code = survey.parts.told[rows], codes([survey.tokens[row] for row in rows])
        x = survey.values["text"][:, :, rows].astype(float)
        guess = guesses(x, code, told)
        values["token table"].append(_correlated(x, guess, told).mean(0))
        values["another's table"].append(np.abs(_correlated(x, np.roll(guess, 1, axis=0), told)).mean(0))
        if survey.null:
            x = survey.values["twins"][:, :, rows].astype(float)
            values["twins"].append(_correlated(x, guesses(x, code, told), told).mean(0))
    found = {name: np.array(rows) for name, rows in values.items()}
    about = [_more(survey, found, "another's table", "the size of the score with another direction's table")]
    about += [_more(survey, found, "twins", survey.null)] if survey.null else []
    return ByLayer("correlation on held-out text", survey.layers, found, tuple(about), survey.parts.notes)


@dataclass(frozen=True)
class Explained:
    """One end of a direction in words, and how well they predict it, by part."""

    layer: int
    direction: int
    texts: list[str]
    """an explanation for each part, from its told stretches"""
    own: Float[np.ndarray, " parts"]
    """correlation of simulated levels with values on the other stretches"""
    others: Float[np.ndarray, " parts"]
    """the size of it with the words for another direction of the layer"""
    tokens: list[str]
    """of a stretch that no explanation saw"""
    shown: dict[str, Float[np.ndarray, " tokens"]]
    """its levels, 0 to 10, real and simulated"""
    finding: Finding | None
    """None where the other direction got the same words, so that there is nothing to compare"""
    failures: list[str]
    """parts without a score, and why"""


def explain_direction(
    survey: Survey,
    layer: int,
    direction: int = 0,
    *,
    by: str | LanguageModel | Completer = "table",
    sign: int = 1,
    most: int = 5,
    progress: bool = True,
) -> Explained:
    """Explain one end (`sign`) of a direction of a survey, and score the words, in every part of the texts.

    `by` writes the words and reads them again: "table", which reads the table behind them and no words; a
    `LanguageModel` with a chat template, which simulates by its logits; or a completer, such as a `Server`, which
    simulates in JSON. Where a model does, each part has `most` stretches to explain, those with the largest values, and
    as many others to score. The null is the size of the score that words, or a table, for another direction reach on
    the same stretches: by table for all others, on average, by a model for the next one. Parts where a score is not
    defined, or no answer came, are in `failures`.
    Raises ValueError for a layer or direction that the survey has not, fewer than two directions, a sign that is not 1
    or -1, another `by`, and fewer than two parts with a score.
    """
    n = survey.directions.shape[2]
    validate.one_of("layer", layer, survey.layers)
    validate.one_of("direction", direction, range(n))
    validate.one_of("sign", sign, (1, -1))
    _refuse_alone(n)
    writer, reader = _hands(by)
    count = None if by == "table" else validate.integer("most", most, 2)
    beside = [(direction + i) % n for i in range(n if by == "table" else 2)]  # the first is its own
    found, failures = [], []
    for part in tqdm(range(survey.parts.n_parts), disable=not progress, desc="parts explained"):
        splits = [_split(survey, part, layer, d, sign, count) for d in beside]
        words = tried(writer.explain, [split.explain for split in splits])
        results = [score(splits[0], one, reader) for one in words if isinstance(one, Explanation)]
        if why := _missing(words, results):
            failures.append(f"part {part}: {why}")
        else:
            found.append(results)
    if len(found) < 2:
        raise ValueError(f"direction must give scores in two parts or more, got {len(found)}: {'; '.join(failures)}")
    scores = np.array([[one.correlation.value for one in results] for results in found])
    own, others = scores[:, 0], np.abs(scores[:, 1:]).mean(1)
    words, verb = ("A table of levels", "predicts") if by == "table" else ("Words", "predict")
    title = f"{words} for direction {direction} of layer {layer} {verb} it better than another's"
    null = f"the size of the score with {words[0].lower()}{words[1:]} for another direction"
    finding = about_parts(title, survey, null, "correlation")
    same = all(_said(one) == _said(results[0]) for results in found for one in results)
    if same:
        failures.append("all parts: another direction got the same words")
    else:
        finding.more(own, others)
    texts = [results[0].explanation.text for results in found]
    return Explained(
        layer, direction, texts, own, others, *_shown(found[0][0], by == "table"), None if same else finding, failures
    )


def _hands(by: str | LanguageModel | Completer) -> tuple[Explainer, Simulator]:
    """Who writes the words, and who reads them."""
    if isinstance(by, LanguageModel):
        return Pairs(LocalModel(by)), AllAtOnce(by)
    if isinstance(by, Completer):
        return Pairs(by), Json(by)
    if by != "table":
        raise ValueError(f'by must be "table", a LanguageModel or a completer such as a Server, got {by!r}')
    return TokenTable(), Lookup()


def _split(survey: Survey, part: int, layer: int, direction: int, sign: int, most: int | None) -> Split:
    """A part's told stretches, the loudest first, and its others."""
    rows, at = survey.parts.rows(part), survey.layers.index(layer)
    sides = []
    for side in (True, False):
        chosen = rows[survey.parts.told[rows] == side]
        values = sign * survey.values["text"][direction, at].astype(np.float64)
        sides.append([ActivationRecord(survey.tokens[row], values[row], int(row)) for row in chosen])
    return Split(sorted(sides[0], key=lambda record: -record.values.max())[:most], sides[1][:most])


def _missing(words: list[Explanation | CompletionError], results: list[Result]) -> str:
    """Why a part has no score; "" where it has."""
    for one in words:
        if isinstance(one, CompletionError):
            return str(one)
    for one in results:
        if not isinstance(one.correlation, Score):
            return f"{one.correlation.reason}{''.join(f', {failure.error}' for failure in one.failures[:1])}"
    return ""


def _said(result: Result) -> tuple:
    return result.explanation.text, result.explanation.table


def _shown(result: Result, by_table: bool) -> tuple[list[str], dict[str, NDArray[np.float64]]]:
    """Tokens of a scored stretch, and its levels, real and simulated."""
    i = next(i for i, simulation in enumerate(result.simulations) if simulation is not None)
    record = result.split.score[i]
    real = levels(record.values, result.split.top).astype(float)
    source = "from the table" if by_table else "from the words"
    return record.tokens, {"real": real, source: result.simulations[i].expected}


def _refuse_alone(n: int) -> None:
    if n < 2:
        raise ValueError(f"directions must be two or more, so that one can be the null of another, got {n}")


def _correlated(x: NDArray, guess: NDArray, told: NDArray) -> NDArray[np.float64]:
    found = correlations(x[..., ~told, :], guess[..., ~told, :])
    if not np.isfinite(found).all():
        raise ValueError("texts must make values and tables vary in every part, got a constant: give more")
    return found


def _more(survey: Survey, values: dict[str, NDArray], than: str, null: str) -> Finding:
    name = survey.language.name
    title = {
        "twins": f"A table of tokens tells more of directions of {name} than of its untrained twins'",
        "another's table": f"A table of tokens tells more of a direction of {name} than another's table",
    }[than]
    finding = about_parts(title, survey, null, "correlation")
    for i, layer in enumerate(survey.layers):
        finding.more(values["token table"][:, i], values[than][:, i], layer=layer)
    return finding
