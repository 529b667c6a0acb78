"""Records of trajectories: what is projected, written, and refused when it is read back."""

import json

import jsonschema
import numpy as np
import pytest
import tiny

from polylib.language import activation_records as ar
from polylib.language import trajectory
from polylib.language.passages import tokenize
from polylib.language.residual_stream import residual_stream

TEXTS = ["plain", "é😀!", "x"]


@pytest.fixture(scope="module")
def made():
    language, passages = tiny.model(), tokenize(TEXTS, tiny.tokenizer())
    u = trajectory.random_directions(2, 12, 3, rng=np.random.default_rng(0))
    names = ["one", "two", "three"]
    return language, passages, u, ar.record(language, passages, u, layers=[0, 3], names=names, batch_size=2)


def test_values_are_projections_of_the_residual_stream(made):
    """In single precision: sums of 12 products of values up to 9 round by at most 12 x 6e-8 x 9."""
    language, passages, u, records = made
    (whole,) = residual_stream(language, passages)
    assert records.values.shape == (3, 2, 3, 7)
    for p, tokens in enumerate(passages.tokens):
        x = whole.activations[[0, 3], p, : len(tokens)].numpy()
        wanted = np.einsum("ltu,lud->dlt", x, u)
        np.testing.assert_allclose(records.values[:, :, p, : len(tokens)], wanted, rtol=0, atol=3e-5)
        assert not records.values[:, :, p, len(tokens) :].any()


def test_one_record_has_its_tokens_and_no_padding(made):
    record = made[3][1, 1, 1]
    assert record.passage == 1
    np.testing.assert_array_equal(record.values, made[3].values[1, 1, 1])
    assert record.tokens == ["é", "", "😀", "", "", "", "!"]
    assert made[3][0, 0, 2].values.shape == (1,)


def test_all_layers_and_numbered_names_are_the_default(made):
    language, passages, _, _ = made
    u = trajectory.random_directions(4, 12, 2, rng=np.random.default_rng(0))
    records = ar.record(language, passages, u)
    assert (records.layers, records.names) == ([0, 1, 2, 3], ["0", "1"])


def test_what_is_saved_comes_back_without_pickle(made, tmp_path):
    path = ar.save(tmp_path / "deep" / "records.npz", made[3])
    back = ar.load(path)
    assert (back.tokens, back.layers, back.names, back.model) == (TEXTS_AS_TOKENS, [0, 3], made[3].names, "tiny llama")
    np.testing.assert_array_equal(back.values, made[3].values)
    np.testing.assert_array_equal(back.directions, made[3].directions)
    with np.load(path, allow_pickle=False) as file:
        assert set(file.files) == {"values", "lengths", "directions", "meta"}
        jsonschema.validate(json.loads(file["meta"].tobytes()), ar.SCHEMA)
    assert [p.name for p in path.parent.iterdir()] == ["records.npz"]


TEXTS_AS_TOKENS = [list("plain"), ["é", "", "😀", "", "", "", "!"], ["x"]]


def spoil(path, **changes):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    meta = json.loads(arrays["meta"].tobytes())
    if "meta" in changes:
        meta |= changes.pop("meta")
        arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    np.savez(path, **{k: v for k, v in (arrays | changes).items() if v is not None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lengths": None}, r"must hold the arrays .* got \['directions', 'meta', 'values'\]"),
        ({"values": np.zeros((3, 2, 3, 7))}, "must hold the arrays"),
        ({"meta": {"extra": 1}}, "must hold the arrays"),
        ({"meta": {"schema": "other/2"}}, "must follow polylib.activation_records/1, got 'other/2'"),
        ({"values": np.zeros((3, 2, 3, 9), np.float32)}, r"values of shape \(3, 2, 3, 7\) .* got \(3, 2, 3, 9\)"),
        ({"lengths": np.array([1, 2, 3])}, "as its meta says"),
        ({"directions": np.zeros((9, 12, 3), np.float32)}, "as its meta says"),
    ],
)
def test_a_file_that_does_not_fit_together_is_refused(made, tmp_path, changes, message):
    path = ar.save(tmp_path / "records.npz", made[3])
    spoil(path, **changes)
    with pytest.raises(ValueError, match=f"records.npz .*{message}"):
        ar.load(path)


def test_a_file_that_is_no_npz_or_is_not_there(tmp_path):
    (tmp_path / "text.npz").write_text("no records")
    with pytest.raises(ValueError, match=r"text.npz must hold activation records, got"):
        ar.load(tmp_path / "text.npz")
    with pytest.raises(FileNotFoundError, match="path must be a file of activation records, got"):
        ar.load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("u", "options", "message"),
    [
        (np.ones((2, 12, 3)), {"names": ["a"]}, "names must be 3, one a direction, got 1"),
        (np.ones((2, 11, 3)), {}, r"directions must have shape \(2, 12, n\), one set a layer, got \(2, 11, 3\)"),
        (np.ones((2, 12, 3)), {"layers": [0, 4]}, r"layers must lie between 0 and 3, got \[0, 4\]"),
    ],
)
def test_directions_that_do_not_fit(made, u, options, message):
    with pytest.raises(ValueError, match=message):
        ar.record(made[0], made[1], u, **({"layers": [0, 3]} | options))


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_a_record_has_one_value_a_token(values):
    with pytest.raises(ValueError, match="values must be one a token, for 2 tokens, got shape"):
        ar.ActivationRecord(["a", "b"], np.array(values))


def test_a_record_is_not_empty_and_finite():
    with pytest.raises(ValueError, match="values must be one a token"):
        ar.ActivationRecord([], np.zeros(0))
    with pytest.raises(ValueError, match="values must be finite, got nan"):
        ar.ActivationRecord(["a"], np.array([np.nan]))
