"""Bfloat16 on a processor that reads beyond its rows: found, refused before a training, named after one failed."""

import math
from dataclasses import replace

import pytest
import torch
from sweep_tasks import TINY, few

from polylib.resnet_vae import precision
from polylib.resnet_vae.training import train

pytestmark = pytest.mark.usefixtures("one_thread")
NARROW = replace(TINY, amp=True, epochs=1, image_size=32)


def reading_beyond_rows(real):
    """A product as the faulty kernel forms it: 64 terms in place of 33, of which the last 31 have a factor 0."""

    def bmm(first, second):
        beyond = first[:, 1:, :31].reshape(len(first), -1, 31).roll(1, 1)
        beyond = torch.cat([first[:, 1:2, :31], beyond], 1)
        padded = torch.cat([first, beyond[:, : first.shape[1]]], 2)
        return real(padded, torch.cat([second, second.new_zeros(len(second), 31, second.shape[2])], 1))

    return bmm


def test_the_fault_is_seen_where_it_is_planted(monkeypatch):
    monkeypatch.setattr(torch, "bmm", reading_beyond_rows(torch.bmm))
    assert precision.leaks()


def test_a_sound_product_is_none(monkeypatch):
    real = torch.bmm
    monkeypatch.setattr(torch, "bmm", lambda a, b: real(a.float(), b.float()).bfloat16())
    assert not precision.leaks()


def test_narrow_networks_in_bfloat16_are_refused_on_a_faulty_processor(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "leaks", lambda: True)
    with pytest.raises(
        ValueError, match=r"amp must be False .* width 8, below 64, on this processor, .*, got True; "
    ) as e:
        train(few(), NARROW, tmp_path)
    assert str(e.value).endswith(
        "take amp=False, or ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 in the environment before Python starts"
    )
    assert not list(tmp_path.iterdir())
    for allowed in ({"width": 64}, {"amp": None}, {"device": "cuda"}):
        precision.refuse_faults(replace(NARROW, **allowed))
    monkeypatch.setattr(precision, "leaks", lambda: False)
    precision.refuse_faults(NARROW)


@pytest.mark.parametrize(("stem", "least"), [("printed", 17), ("small", 5)])
def test_images_that_leave_the_last_level_one_pixel_are_refused_in_bfloat16(tmp_path, monkeypatch, stem, least):
    monkeypatch.setattr(precision, "leaks", lambda: False)
    settings, sizes = replace(NARROW, stem=stem), []
    for size in (least - 1, least):
        model = replace(settings, image_size=size).model().eval()
        model.encoder.layer4.register_forward_pre_hook(lambda _m, x: sizes.append(x[0].shape[-1]))
        model(torch.zeros(1, 3, size, size))
    assert sizes == [1, 2]
    precision.refuse_faults(replace(settings, image_size=least))
    precision.refuse_faults(replace(settings, image_size=least - 1, amp=False))
    with pytest.raises(ValueError, match=rf"amp must be False for images of {least - 1} pixels, fewer than {least}"):
        train(few(), replace(settings, image_size=least - 1), tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amp": False}, "try a learning_rate below 0.001"),
        ({"device": "cuda"}, "try a learning_rate below 0.001, or float32 (amp=False)"),
        ({}, "try a learning_rate below 0.001, or float32 (amp=False), or on an Intel processor with AMX ONEDNN_MAX"),
    ],
    ids=["float32", "bfloat16 on a GPU", "bfloat16 here"],
)
def test_advice_is_of_what_was_asked_for(change, words):
    assert precision.advice(replace(NARROW, **change)).startswith(words)


def test_a_product_that_is_not_finite_in_bfloat16_is_an_error_with_both_ways_out(tmp_path, monkeypatch):
    """As on a faulty processor whose fault was not foreseen."""
    real = torch.nn.functional.linear

    def faulty(*arguments):
        found = real(*arguments)
        return found * math.nan if found.dtype == torch.bfloat16 else found

    monkeypatch.setattr(precision, "leaks", lambda: False)
    monkeypatch.setattr(torch.nn.functional, "linear", faulty)
    with pytest.raises(
        FloatingPointError, match=r"the loss is no longer finite at step 1: .*amp=False.*AMX ONEDNN_MAX"
    ):
        train(few(), NARROW, tmp_path)
