"""A release of any depth trains what the application sees: the same grey values, a candidate."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from annotations.models import Release
from annotations.releases.filters import Images, ReleaseFilters
from annotations.releases.pixels import SUFFIXES
from cases.models import Image
from cases.services.burned_in import burned_in_review
from cxrportal.common.storage import read_bytes
from inference.services.infer import display_pixels
from inference.training.config import DataConfig
from inference.training.datasets import load_dataset
from inference.training.images import read_grey
from inference.training.packing import pack
from tests.annotations.releases.test_build import build
from tests.annotations.retraining.test_training import ask, execute
from tests.support.people import make_patient
from tests.support.phantoms import phantom_bytes
from tests.support.readings import read_case, sign
from tests.support.releases import make_sealed_release, write_release_folder

pytestmark = [pytest.mark.django_db, pytest.mark.services]
MASK = (20, 30, 420, 200)
LEVEL = 1 / 255
RELEASE = DataConfig(kind="release", blank="negative")
CHANGES = {
    "as it comes": {},
    "without a window": {"WindowCenter": None, "WindowWidth": None},
    "inverted": {"PhotometricInterpretation": "MONOCHROME1"},
    "rescaled": {"RescaleSlope": "2", "RescaleIntercept": "-1000", "RescaleType": "US"},
    "sigmoid": {"WindowCenter": "1500", "WindowWidth": "900", "VOILUTFunction": "SIGMOID"},
}


def changed(content: bytes, changes: dict[str, object]) -> bytes:
    file = pydicom.dcmread(BytesIO(content))
    for keyword, value in changes.items():
        if value is None:
            delattr(file, keyword)
        else:
            setattr(file, keyword, value)
    out = BytesIO()
    file.save_as(out)
    return out.getvalue()


def unpacked(release: Release, folder: Path) -> Path:
    with zipfile.ZipFile(BytesIO(read_bytes(release.archive_key))) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("depth", ["png8", "png16", "dicom"])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_training_reads_what_the_model_is_shown(
    department, clinician, researcher, tmp_path: Path, depth: str, changes: dict[str, object]
) -> None:
    patient = make_patient(department, mrn="PHANTOM-3", sex="", research_consent=True)
    content = changed(phantom_bytes(3, mrn=patient.mrn), changes)
    case = read_case(department, clinician, patient=patient, content=content)
    image = Image.objects.get()
    burned_in_review(image=image, actor=clinician, outcome="masked", masks=[MASK])
    sign(case, clinician, no_finding=True)
    release = build(researcher, department, filters=ReleaseFilters(images=depth))
    assert (release.state, release.message) == ("DONE", "")
    dataset = load_dataset(unpacked(release, tmp_path / "release"), RELEASE)
    (record,) = dataset.records
    shown = display_pixels(image)
    shown[MASK[1] : MASK[3], MASK[0] : MASK[2]] = 0.0
    assert np.abs(read_grey(dataset.folder / record.image) - shown).max() <= LEVEL


def test_the_same_pictures_train_alike_at_any_depth(tmp_path: Path) -> None:
    packed = {}
    for images in Images:
        folder = tmp_path / images
        write_release_folder(folder, patients=8, images=images)
        dataset = load_dataset(folder, RELEASE)
        assert {Path(record.image).suffix for record in dataset.records} == {SUFFIXES[images]}
        packed[images] = pack(dataset, 64, tmp_path / "cache")
    first = packed[Images.PNG8]
    assert first.pixels.std() > 20
    for other in (packed[Images.PNG16], packed[Images.DICOM]):
        np.testing.assert_array_equal(other.pixels, first.pixels)
        assert other.boxes == first.boxes


@pytest.mark.slow
@pytest.mark.parametrize("images", [Images.PNG16, Images.DICOM])
def test_a_release_of_any_depth_trains_a_candidate(department, researcher, images: Images) -> None:
    run = execute(ask(make_sealed_release(department, researcher, images=images), researcher))
    assert (run.state, run.code, run.message) == ("DONE", "", "")
    assert "macro_auroc" in run.result.metrics
