"""The input gate: refuses where it is sure, warns otherwise, tells header and pixels apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.evaluation.gate_data import Vectors, phantom_grey
from inference.evaluation.strangers import strangers, variants
from inference.networks.errors import ModelCorrupt, ModelHashMismatch, ModelMissing
from inference.predict import quality
from inference.predict.lungs import LungSegmenter
from inference.predict.quality import HeaderFacts, InputGate, grey_reasons, header_reasons
from inference.predict.quality_measures import GreyMeasures, border_share, grey_measures
from inference.predict.quality_parameters import (
    CLASSES,
    SCORES,
    GateArrays,
    GateParameters,
    Limits,
    load_gate,
    save_gate,
)
from inference.training.gate import fit, tune

NOTHING = HeaderFacts()
WEIGHTS = Path(quality.__file__).parents[1] / "weights"


@pytest.fixture(scope="module")
def segmenter() -> LungSegmenter:
    return LungSegmenter.load(WEIGHTS / "lungs-unet")


@pytest.fixture(scope="module")
def gate(segmenter) -> InputGate:
    return InputGate.load(WEIGHTS / "input-gate", lungs_sha256=segmenter.sha256)


@pytest.fixture(scope="module")
def judge(segmenter, gate):
    def judged(grey, header=NOTHING):
        return gate.judge(grey, segmenter.segment(grey), header)

    return judged


def codes(reasons) -> list[tuple[str, bool]]:
    return [(reason.code, reason.refuses) for reason in reasons]


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        (GreyMeasures(1000, 0.9, 0.1), []),
        (GreyMeasures(95, 0.9, 0.1), [("too_small", True)]),
        (GreyMeasures(96, 0.9, 0.1), [("too_small", False)]),
        (GreyMeasures(256, 0.9, 0.1), []),
        (GreyMeasures(1000, 0.039, 0.1), [("blank", True)]),
        (GreyMeasures(1000, 0.9, 0.981), [("blank", True)]),
        (GreyMeasures(1000, 0.19, 0.1), [("low_contrast", False)]),
    ],
)
def test_size_and_contrast_need_no_network(measures, expected) -> None:
    assert codes(grey_reasons(measures)) == expected


def test_grey_is_measured_by_hand_worked_values() -> None:
    half = np.zeros((300, 500), np.float32)
    half[:, 250:] = 1.0
    assert grey_measures(half) == GreyMeasures(300, 1.0, 0.5)
    assert grey_measures(np.full((10, 20), 0.3, np.float32)) == GreyMeasures(10, 0.0, 1.0)


def test_the_border_share_counts_each_edge_pixel_once() -> None:
    mask = np.zeros((5, 6), np.bool_)
    assert border_share(mask) == 0.0
    mask[0, :] = True  # 6 of 18 edge pixels
    assert border_share(mask) == pytest.approx(6 / 18)
    assert border_share(np.ones((5, 6), np.bool_)) == 1.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (HeaderFacts("PA", 40), []),
        (HeaderFacts("", None), []),
        (HeaderFacts("LL", 40), [("lateral_view", True)]),
        (HeaderFacts("PA", 17), [("child", False)]),
        (HeaderFacts("PA", 18), []),
        (HeaderFacts("lateral ", 3), [("lateral_view", True), ("child", False)]),
    ],
)
def test_the_header_speaks_for_itself(header, expected) -> None:
    reasons = header_reasons(header)
    assert codes(reasons) == expected
    assert all(reason.basis == "header" for reason in reasons)


def test_drawn_radiographs_pass(judge) -> None:
    for seed in range(200_000, 200_002):
        assert judge(phantom_grey(seed)).from_pixels == ()


def test_a_radiograph_of_a_child_passes_with_a_warning_of_the_header_alone(judge) -> None:
    verdict = judge(phantom_grey(200_001), HeaderFacts("PA", 5))
    assert (verdict.refused, verdict.from_pixels) == (None, ())
    assert codes(verdict.reasons) == [("child", False)]


def test_what_is_no_radiograph_is_refused(judge) -> None:
    kinds = {}
    for item in strangers(2):
        if not item.for_fitting and item.kind != "photo":
            kinds[item.kind] = judge(item.grey).refused is not None
    assert kinds == {"chart": True, "page": True, "noise": True, "limb": True}


def test_a_radiograph_made_wrong_is_noticed(judge) -> None:
    made = variants(phantom_grey(200_002), np.random.default_rng(1))
    noticed = {name: bool(judge(grey).from_pixels) for name, grey in made}
    assert sum(noticed.values()) >= 4, noticed


def test_refusals_stand_first_and_warnings_stay(judge) -> None:
    grey = next(item.grey for item in strangers(1) if item.kind == "noise")
    verdict = judge(grey, HeaderFacts("PA", 5))
    assert [reason.refuses for reason in verdict.reasons] == [True, False]


def test_a_blank_image_is_called_blank_and_nothing_else(judge) -> None:
    assert codes(judge(np.full((400, 300), 0.5, np.float32)).reasons) == [("blank", True)]


def parameters(size: int = 3) -> GateParameters:
    """Class scores are the first feature times 0, 1, 2, ...; one axis, along the first feature."""
    weights = np.zeros((len(CLASSES), size), np.float32)
    weights[:, 0] = np.arange(len(CLASSES))
    arrays = GateArrays(
        centre=np.ones(size, np.float32),
        scale=np.full(size, 2.0, np.float32),
        weights=weights,
        offsets=np.zeros(len(CLASSES), np.float32),
        axes=np.eye(size, dtype=np.float32)[:1],
        spreads=np.array([0.5], np.float32),
        rest=np.array([1.0], np.float32),
    )
    limits = Limits(dict.fromkeys(SCORES, 1.0), dict.fromkeys(SCORES, 2.0))
    provenance = load_gate(
        WEIGHTS / "input-gate", lungs_sha256=LungSegmenter.load(WEIGHTS / "lungs-unet").sha256
    ).provenance
    return GateParameters("gate", "1", "abc", arrays, limits, provenance)


def test_scores_by_hand_worked_values() -> None:
    scores = parameters().scores(np.array([3.0, 1.0, 7.0], np.float32))
    # standardised: 1, 0, 3; logits 0..6; distance: (1/0.5)^2 along, (0 + 0 + 9)/3 off
    assert scores["inverted"] == pytest.approx(1.0)
    assert scores["turned"] == pytest.approx(4.0)
    assert scores["cropped"] == pytest.approx(5.0)
    assert scores["other"] == pytest.approx(6.0)
    assert scores["distance"] == pytest.approx(np.sqrt(4.0 + 3.0))


def test_a_gate_comes_back_as_it_was_saved(tmp_path) -> None:
    saved = parameters()
    save_gate(saved, tmp_path)
    loaded = load_gate(tmp_path, lungs_sha256="abc")
    vector = np.array([3.0, 1.0, 7.0], np.float32)
    assert loaded.scores(vector) == saved.scores(vector)
    assert (loaded.limits, loaded.provenance) == (saved.limits, saved.provenance)


def test_a_gate_of_another_lung_model_or_a_broken_one_is_not_loaded(tmp_path) -> None:
    with pytest.raises(ModelMissing):
        load_gate(tmp_path, lungs_sha256="abc")
    save_gate(parameters(), tmp_path)
    with pytest.raises(ModelHashMismatch):
        load_gate(tmp_path, lungs_sha256="other")
    table = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(table | {"weights_sha256": "0"}))
    with pytest.raises(ModelCorrupt):
        load_gate(tmp_path, lungs_sha256="abc")
    arrays = parameters().arrays
    save_gate(replace(parameters(), arrays=replace(arrays, scale=np.ones(2, np.float32))), tmp_path)
    with pytest.raises(ModelCorrupt, match="together"):
        load_gate(tmp_path, lungs_sha256="abc")


def test_a_fitted_gate_tells_classes_apart_and_stays_quiet_on_its_validation() -> None:
    random = np.random.default_rng(0)

    def sample(count: int) -> Vectors:
        values = random.normal(size=(count * len(CLASSES), 12)).astype(np.float32)
        names = [name for name in CLASSES for _ in range(count)]
        for row, name in enumerate(names):
            values[row, CLASSES.index(name)] += 9.0 * (name != CLASSES[0])
        return Vectors(values, tuple(names))

    arrays, limits = fit(sample(40), sample(20))
    gate = GateParameters("g", "1", "", arrays, limits, parameters().provenance)
    fresh = sample(30)
    flagged = {name: [] for name in CLASSES}
    for vector, name in zip(fresh.values, fresh.classes, strict=True):
        scores = gate.scores(vector)
        flagged[name].append(any(scores[s] >= limits.warn[s] for s in SCORES))
    assert sum(flagged["upright"]) <= 2
    assert all(np.mean(flagged[name]) > 0.9 for name in CLASSES[1:])


def test_limits_stand_above_every_good_image_and_cropping_never_refuses() -> None:
    gate = parameters()
    good = np.array([[1.0, 1, 1], [1.2, 1, 1], [0.8, 1, 1]], np.float32)
    wrong = np.array([[9.0, 1, 1]], np.float32)
    names = ("upright",) * 3 + CLASSES[1:]
    values = np.concatenate((good, np.repeat(wrong, len(CLASSES) - 1, axis=0)))
    limits = tune(gate.arrays, Vectors(values, names))
    # inverted: good scores at most 0.1, wrong 4: a tenth and half of the way
    assert limits.warn["inverted"] == pytest.approx(0.1 + 0.1 * 3.9, abs=1e-5)
    assert limits.refuse["inverted"] == pytest.approx(0.1 + 0.5 * 3.9, abs=1e-5)
    assert limits.refuse["cropped"] > 1e6
