"""Synthetic radiographs: same seed same picture, boxes where the picture changed, valid DICOM."""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from cases.dicom.pixels import to_display
from cases.dicom.reader import read_image
from cases.dicom.types import SpacingKind
from inference.phantoms.anatomy import make_anatomy
from inference.phantoms.canvas import Canvas, chord, smooth_step, spline
from inference.phantoms.dicom_file import (
    PhantomIdentity,
    derived_uid,
    phantom_dicom,
    phantom_uids,
)
from inference.phantoms.generator import make_phantom
from inference.phantoms.types import SUPPORTED_FINDINGS, Phantom, PhantomRefused
from inference.predict.boxes import iou
from inference.predict.labels import CHESTXRAY14
from inference.predict.types import Box

SMALL = (256, 220)
TAKEN = datetime(2025, 3, 4, 10, 20, 30)


@pytest.fixture(scope="module")
def normal() -> Phantom:
    return make_phantom(5, findings=())


def small(seed: int, *findings: str, patient: int | None = None) -> Phantom:
    return make_phantom(seed, size_px=SMALL, findings=findings, patient_seed=patient)


def inside(image: np.ndarray, box: Box) -> np.ndarray:
    rows = slice(round(box.y_min), round(box.y_max))
    return image[rows, round(box.x_min) : round(box.x_max)]


def who(**changes: object) -> PhantomIdentity:
    fields = {
        "patient_id": "SYN-7",
        "family_name": "Nguyễn",
        "given_name": "Ánh",
        "accession_number": "ACC-1",
        "taken_at": TAKEN,
    }
    return PhantomIdentity(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_default_picture_is_a_12_bit_radiograph(normal: Phantom) -> None:
    assert normal.image.shape == (1024, 880)
    assert normal.image.dtype == np.uint16
    assert normal.image.max() <= 4095
    assert normal.image.max() > 3900
    assert normal.view == "PA"
    assert 19 <= normal.age_years <= 97
    assert normal.spacing_mm == pytest.approx(410 / 1024)
    assert (normal.labels, normal.boxes) == ((), ())


def test_lungs_are_dark_and_mediastinum_and_abdomen_bright(normal: Phantom) -> None:
    image = normal.image
    right_lung = np.median(image[420:560, 180:290])
    left_lung = np.median(image[420:560, 620:710])
    mediastinum = np.median(image[480:560, 425:455])
    abdomen = np.median(image[880:960, 200:340])
    beside_the_neck = np.median(image[60:90, 120:160])
    assert max(right_lung, left_lung) < 2000
    assert min(mediastinum, abdomen) > 2700
    assert beside_the_neck < 400 < min(right_lung, left_lung)


def test_the_lead_marker_stands_at_the_patients_right(normal: Phantom) -> None:
    assert inside(normal.image, Box(20, 20, 180, 200)).max() > 4000
    assert np.percentile(inside(normal.image, Box(20, 20, 180, 120)), 90) < 2000


def test_the_same_seed_gives_the_same_picture() -> None:
    first, second = small(3, "Mass", "Effusion"), small(3, "Mass", "Effusion")
    assert np.array_equal(first.image, second.image)
    assert first.boxes == second.boxes
    assert not np.array_equal(first.image, small(4, "Mass", "Effusion").image)


def test_priors_of_one_patient_look_alike_and_others_do_not() -> None:
    def likeness(a: Phantom, b: Phantom) -> float:
        return float(np.corrcoef(a.image.ravel(), b.image.ravel())[0, 1])

    now, before, other = small(1, patient=9), small(2, patient=9), small(3, patient=10)
    assert (now.sex, now.age_years) == (before.sex, before.age_years)
    assert not np.array_equal(now.image, before.image)
    assert likeness(now, before) > likeness(now, other)


def test_a_finding_stays_in_its_place_from_prior_to_prior() -> None:
    now, before = small(1, "Mass", patient=9), small(2, "Mass", patient=9)
    shift = [
        (np.mean(a.boxes[0][1].as_xyxy()[i::2]) - np.mean(b.boxes[0][1].as_xyxy()[i::2]))
        for i in (0, 1)
        for a, b in [(now, before)]
    ]
    assert np.abs(shift).max() * now.spacing_mm < 20  # the person stands elsewhere by some mm
    assert iou(now.boxes[0][1], before.boxes[0][1]) > 0.3


@pytest.mark.parametrize("label", SUPPORTED_FINDINGS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_box_holds_where_the_finding_changed_the_picture(label: str, seed: int) -> None:
    plain, found = small(seed), small(seed, label)
    ((name, box),) = found.boxes
    assert (name, found.labels) == (label, (label,))
    assert 0 <= box.x_min < box.x_max <= SMALL[1]
    assert 0 <= box.y_min < box.y_max <= SMALL[0]
    change = np.abs(found.image.astype(float) - plain.image)
    within = inside(change, box).mean()
    outside = (change.sum() - inside(change, box).sum()) / (change.size - inside(change, box).size)
    assert within > 4 * outside


@pytest.mark.parametrize("label", ["Mass", "Consolidation", "Effusion", "Nodule", "Infiltration"])
def test_fluid_and_tissue_are_brighter_than_the_lung_they_replace(label: str) -> None:
    plain, found = small(6), small(6, label)
    box = found.boxes[0][1]
    assert inside(found.image, box).mean() > inside(plain.image, box).mean() + 60


def test_a_pneumothorax_is_darker_than_the_lung_it_displaces() -> None:
    plain, found = small(6), small(6, "Pneumothorax")
    change = found.image.astype(float) - plain.image
    assert np.percentile(inside(change, found.boxes[0][1]), 5) < -120


def test_an_enlarged_heart_is_wider_than_half_the_chest() -> None:
    for seed in range(4):
        found = small(seed, "Cardiomegaly")
        box = found.boxes[0][1]
        chest_px = 2 * make_anatomy(seed).half_width / found.spacing_mm
        assert 0.55 < (box.x_max - box.x_min) / chest_px < 0.68
        body = make_anatomy(seed)
        assert (body.heart_left + body.heart_right) / (2 * body.half_width) < 0.5


def test_sizes_of_nodule_and_mass_keep_to_their_definition() -> None:
    for seed in range(5):
        found = make_phantom(seed, size_px=(512, 440), findings=("Mass", "Nodule"))
        sides = {label: (box.x_max - box.x_min) * found.spacing_mm for label, box in found.boxes}
        assert sides["Nodule"] < 30 < sides["Mass"]


def test_all_findings_fit_on_one_picture() -> None:
    for seed in range(3):
        found = small(seed, *SUPPORTED_FINDINGS)
        assert tuple(label for label, _ in found.boxes) == SUPPORTED_FINDINGS
    assert set(SUPPORTED_FINDINGS) <= set(CHESTXRAY14)


def test_without_names_the_seed_draws_lots() -> None:
    drawn = [make_phantom(seed, size_px=(160, 136)).labels for seed in range(24)]
    assert () in drawn
    assert len({label for labels in drawn for label in labels}) >= 6


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"findings": ("Hernia",)}, "Hernia"),
        ({"findings": ("Mass", "Mass")}, "once"),
        ({"size_px": (64, 220)}, "pixels"),
        ({"size_px": (256, 5000)}, "pixels"),
        ({"patient_seed": -1}, "negative"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(PhantomRefused, match=reason) as refused:
        make_phantom(1, **arguments)  # type: ignore[arg-type]
    assert refused.value.code == "phantom_refused"


def test_lines_circles_and_steps_of_the_canvas() -> None:
    assert chord(np.array([0.0, 3.0, 6.0], np.float32), 5.0).tolist() == [10.0, 8.0, 0.0]
    steps = smooth_step(np.array([-1.0, 0.5, 2.0], np.float32))
    assert steps.tolist() == [0.0, 0.5, 1.0]
    straight = spline([(0, 0), (10, 0), (20, 0)])
    assert straight[0].tolist() == [0, 0]
    assert straight[-1].tolist() == [20, 0]
    assert np.all(np.diff(straight[:, 0]) > 0)
    canvas = Canvas(rows=4, columns=6, mm_per_px=2.0, midline_px=3.0, top_px=0.0)
    assert canvas.x_mm[0].tolist() == [-5, -3, -1, 1, 3, 5]
    assert canvas.to_px(np.array([[1.0, 3.0]])).tolist() == [[3.0, 1.0]]


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_the_dicom_file_reads_back_as_the_same_picture(tmp_path: Path, photometric: str) -> None:
    phantom = small(1, "Nodule")
    path = tmp_path / "phantom.dcm"
    path.write_bytes(phantom_dicom(phantom, identity=who(), photometric=photometric))  # type: ignore[arg-type]
    decoded = read_image(path)
    assert decoded.facts.warnings == ()
    assert decoded.facts.identity.patient_name == "Nguyễn Ánh"
    assert decoded.facts.grid.spacing_kind is SpacingKind.DETECTOR
    assert decoded.facts.study.view_position == "PA"
    shown = to_display(decoded.stored, decoded.facts.grid)
    likeness = np.corrcoef(shown.ravel(), phantom.image.ravel())[0, 1]
    assert likeness > 0.98


def test_the_dicom_file_says_in_words_that_it_is_synthetic() -> None:
    file = pydicom.dcmread(BytesIO(phantom_dicom(small(1), identity=who())))
    for value in (file.ImageComments, file.PatientComments, file.InstitutionName):
        assert "SYNTHETIC" in value
    assert file.PresentationIntentType == "FOR PRESENTATION"
    assert file.ImagerPixelSpacing == file.PixelSpacing == [1.60156, 1.60156]
    assert (file.WindowCenter, file.WindowWidth) == (2048, 4096)


def test_age_and_birth_date_agree() -> None:
    phantom = small(1)
    free = pydicom.dcmread(BytesIO(phantom_dicom(phantom, identity=who())))
    assert free.PatientAge == f"{phantom.age_years:03d}Y"
    born = who(birth_date=date(1960, 3, 5))  # the day before a birthday
    file = pydicom.dcmread(BytesIO(phantom_dicom(phantom, identity=born)))
    assert (file.PatientBirthDate, file.PatientAge) == ("19600305", "064Y")


def test_uids_are_valid_and_follow_from_person_study_and_picture() -> None:
    uid = derived_uid("a", "b")
    assert re.fullmatch(r"2\.25\.(0|[1-9][0-9]*)", uid)
    assert len(uid) <= 64
    assert uid == derived_uid("a", "b") != derived_uid("ab", "")
    one, two = small(1), small(2)
    first, second = phantom_uids(one, who()), phantom_uids(two, who())
    assert (first.study, first.series) == (second.study, second.series)
    assert first.instance != second.instance
    assert phantom_uids(one, who(accession_number="ACC-2")).study != first.study
    assert phantom_dicom(one, identity=who()) == phantom_dicom(one, identity=who())
