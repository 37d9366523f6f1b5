"""A release comes back as the findings that it was made of, and scores 1.0 against itself."""

from __future__ import annotations

import contextlib
import io
import json
import uuid
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from annotations.imports.types import Format
from annotations.models import Finding, ImportedImage, Review
from annotations.reading.services.reviews import review_open
from cases.models import Image
from cases.services.ingest import image_ingest
from cxrportal.common.storage import read_bytes
from tests.annotations.importing.datasets import bring_in, on_disk, zipped
from tests.annotations.releases.test_build import build, members, stored_picture
from tests.support.people import make_department, make_user
from tests.support.readings import decide, read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]
Key = tuple[str, tuple[float, ...] | None, str, str]


@pytest.fixture
def release(department, clinician, researcher):
    """Three signed cases: an accepted box and a drawn one, a finding without a box, a normal."""
    first = read_case(department, clinician, seed=1)
    review = review_open(case=first, reader=clinician)
    for proposal in Finding.objects.proposed().filter(case=first):
        boxed = proposal.x_min is not None
        decide(review, proposal=proposal, decision="ACCEPTED" if boxed else "REJECTED")
    box = (100.25, 50.5, 130.125, 90.75)
    decide(review, label="nodule", laterality="L", certainty="POSSIBLE", box=box)
    sign(first, clinician)
    second = read_case(department, clinician, seed=2)
    decide(review_open(case=second, reader=clinician), label="effusion", laterality="B")
    sign(second, clinician)
    sign(read_case(department, clinician, seed=3), clinician, no_finding=True)
    return build(researcher, department)


@pytest.fixture
def elsewhere():
    """A clinician of another department, into which the release comes back."""
    department = make_department("Elsewhere")
    return make_user("clinician", department), department


def stated(*, imported: bool) -> set[Key]:
    """What the reads made here state, or those that came back."""
    findings = Finding.objects.stated().filter(review__imported_from__isnull=not imported)
    return {_key(finding) for finding in findings}


def _key(finding: Finding) -> Key:
    sides = (finding.x_min, finding.y_min, finding.x_max, finding.y_max)
    box = None if finding.x_min is None else tuple(round(side, 3) for side in sides)
    return finding.label, box, finding.certainty, finding.laterality


def test_the_csv_of_a_release_comes_back_as_the_same_findings(release, elsewhere) -> None:
    clinician, department = elsewhere
    job = bring_in(clinician, department, read_bytes(release.archive_key))
    assert (job.state, job.format, job.problems_total) == ("DONE", "portal", 0)
    assert stated(imported=True) == stated(imported=False)
    assert len(stated(imported=True)) == 3
    assert Image.objects.filter(department=department).count() == 3
    assert Review.objects.filter(imported_from=job, no_finding=True).count() == 1
    names = {row["key"] for row in json.loads(members(release)["coco.json"])["images"]}
    assert set(ImportedImage.objects.values_list("key", flat=True)) == names


def test_its_coco_comes_back_as_the_same_findings_of_the_same_images(release, elsewhere) -> None:
    clinician, department = elsewhere
    files = members(release)
    job = bring_in(clinician, department, read_bytes(release.archive_key), wanted=Format.COCO)
    assert job.problems_total == 0
    assert stated(imported=True) == stated(imported=False)
    coco = json.loads(files["coco.json"])
    names = {image["id"]: Path(image["file_name"]).name for image in coco["images"]}
    expected = {
        (names[a["image_id"]], a["label"], tuple(a["bbox"][:2])) for a in coco["annotations"]
    }
    boxed = Finding.objects.filter(review__imported_from=job, x_min__isnull=False)
    found = {(f.image.original_name, f.label, (f.x_min, f.y_min)) for f in boxed}
    assert found == expected


@pytest.mark.parametrize("wanted", [Format.YOLO, Format.VINBIGDATA])
def test_its_other_formats_come_back_as_far_as_they_can_say_it(release, elsewhere, wanted) -> None:
    clinician, department = elsewhere
    job = bring_in(clinician, department, read_bytes(release.archive_key), wanted=wanted)
    assert job.problems_total == 0
    found = {key[:2] for key in stated(imported=True) if key[1]}
    here = {key[:2] for key in stated(imported=False) if key[1]}
    if wanted is Format.VINBIGDATA:
        wider = {"nodule": "nodule_or_mass"}  # the set has no class for a nodule alone
        assert found == {(wider.get(label, label), box) for label, box in here}
        return
    assert {label for label, _ in found} == {label for label, _ in here}
    for label, box in here:
        (again,) = (other for name, other in found if name == label)
        assert again == pytest.approx(box, abs=0.01)


def test_four_formats_of_one_release_are_the_same_images(release, elsewhere) -> None:
    clinician, department = elsewhere
    for wanted in Format:
        if wanted is not Format.CHESTXRAY14:
            bring_in(clinician, department, read_bytes(release.archive_key), wanted=wanted)
    assert Image.objects.filter(department=department).count() == 3


def precision_against_itself(coco: Path) -> float:
    """AP over IoU 0.5 to 0.95, as pycocotools reckons it."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(coco))
        found = [{**a, "score": 1.0} for a in truth.dataset["annotations"]]
        scores = COCOeval(truth, truth.loadRes(found), "bbox")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    return float(scores.stats[0])


def test_a_release_scores_one_against_itself(release, tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_bytes(members(release)["coco.json"])
    assert precision_against_itself(path) == pytest.approx(1.0)


def test_accepted_boxes_of_several_readers_go_there_and_back(
    department, clinician, researcher, elsewhere, tmp_path: Path
) -> None:
    """From uploads to a release, to pycocotools, by the command into another department: the same
    images bear the same labels and boxes, by the same readers.
    """
    colleague = make_user("clinician", department)
    for seed, reader in ((11, clinician), (12, colleague), (13, clinician), (14, colleague)):
        accept_the_box(read_case(department, reader, seed=seed), reader)
    sign(read_case(department, colleague, seed=15), colleague, no_finding=True)
    release = build(researcher, department)
    folder = on_disk(members(release), tmp_path / "release")
    assert precision_against_itself(folder / "coco.json") == pytest.approx(1.0)
    importer, there = elsewhere
    where = ["--source", "release", "--department", there.name, "--as", importer.email]
    call_command("import_annotations", folder, *where, stdout=io.StringIO())
    for image in Image.objects.filter(department=there):
        image_ingest(image_id=image.pk)
    made, back = statements(department), statements(there)
    assert len(back) == len(made) == 8
    assert {key for key, _ in back} == {key for key, _ in made}
    # A reader is another account there; what each of them stated is the same.
    pairs = {(dict(made)[key], reader) for key, reader in back}
    assert {mine for mine, _ in pairs} == {clinician.pk, colleague.pk}
    assert len(pairs) == len({other for _, other in pairs}) == 2


def accept_the_box(case, reader) -> None:
    """Accept the model's box and reject the rest; one of their own, of odd fractions of a pixel."""
    review = review_open(case=case, reader=reader)
    for proposal in Finding.objects.proposed().filter(case=case):
        boxed = proposal.x_min is not None
        decide(review, proposal=proposal, decision="ACCEPTED" if boxed else "REJECTED")
    decide(review, label="nodule", box=(100.3, 50.7 + case.pk.int % 100, 130.1, 260.9))
    sign(case, reader)


def statements(department) -> list[tuple[tuple[str, str, tuple[float, ...] | None], uuid.UUID]]:
    """((the picture as displayed, label, box to a tenth of a pixel), reader), one a statement."""
    findings = Finding.objects.stated().filter(case__department=department)
    found = []
    for finding in findings.select_related("image", "review"):
        sides = (finding.x_min, finding.y_min, finding.x_max, finding.y_max)
        box = None if finding.x_min is None else tuple(round(side, 1) for side in sides)
        shown = sha256(stored_picture(finding.image).tobytes()).hexdigest()
        key = (shown, finding.label, box)
        found.append((key, finding.review.reader_id))
    return found


def test_the_command_reads_a_folder_and_writes_the_problems(
    release, elsewhere, tmp_path: Path, capsys
) -> None:
    clinician, department = elsewhere
    files = members(release)
    files["findings.csv"] += b"99,Inobody,P,nodule,Nodule,,CERTAIN,1,2,3,4,R,,DRAWN,,train,\r\n"
    folder = on_disk(files, tmp_path / "release")
    errors = tmp_path / "errors.csv"
    arguments = ["--source", "nih", "--department", department.name, "--as", clinician.email]
    call_command(
        "import_annotations", folder, *arguments, "--errors", errors, stdout=(out := io.StringIO())
    )
    assert "3 images are new, 0 were here" in out.getvalue()
    assert "3 findings are new, 0 were here" in out.getvalue()
    assert errors.read_text().splitlines()[1].split(",")[:4] == [
        "findings.csv", "6", "Inobody", "image_unknown",
    ]  # fmt: skip
    call_command("import_annotations", folder, *arguments, stdout=(out := io.StringIO()))
    assert "0 images are new, 3 were here" in out.getvalue()
    assert "0 findings are new, 3 were here" in out.getvalue()


def test_an_archive_within_the_archive_is_not_opened(elsewhere) -> None:
    clinician, department = elsewhere
    inner = zipped({"images.csv": b"", "findings.csv": b""})
    assert zipfile.is_zipfile(io.BytesIO(inner))
    job = bring_in(clinician, department, zipped({"inner.zip": inner}))
    assert job.code == "import_format_unknown"
