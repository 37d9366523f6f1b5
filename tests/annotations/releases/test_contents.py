"""What a release is filtered by, how it is divided, and what a withdrawn consent does to it."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from annotations.models import Finding
from annotations.reading.services.reviews import review_open
from annotations.releases.errors import ReleaseFilterInvalid
from annotations.releases.filters import ReleaseFilters
from annotations.releases.services.build import release_build
from annotations.releases.services.request import release_request
from patients.models import Patient
from tests.annotations.releases.test_build import build, members
from tests.support.readings import decide, read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def signed(department, clinician):
    """One case with an accepted box and one that a reader called normal."""
    positive = read_case(department, clinician, seed=1)
    review = review_open(case=positive, reader=clinician)
    for proposal in Finding.objects.proposed().filter(case=positive):
        boxed = proposal.x_min is not None
        decide(review, proposal=proposal, decision="ACCEPTED" if boxed else "REJECTED")
    sign(positive, clinician)
    negative = read_case(department, clinician, seed=2)
    sign(negative, clinician, no_finding=True)
    return positive, negative


def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(files[name].decode())))


def test_every_format_is_in_the_archive_and_names_the_same_images(
    signed, researcher, department
) -> None:
    release = build(researcher, department)
    assert (release.state, release.message) == ("DONE", "")
    files = members(release)
    images = {row["image"] for row in rows(files, "images.csv")}
    train = rows(files, "vinbigdata/train.csv")
    assert {row["image_id"] for row in train} == images
    assert sorted(row["class_id"] for row in train) == ["14", "3"]
    boxed = next(row for row in train if row["class_id"] == "3")
    assert [float(boxed[side]) for side in ("x_min", "y_min", "x_max", "y_max")] == [10, 20, 60, 90]
    predicted = {
        r["image_id"]: r["PredictionString"] for r in rows(files, "vinbigdata/submission.csv")
    }
    assert set(predicted) == images
    assert predicted[boxed["image_id"]].startswith("3 ")
    assert {name for name in files if name.startswith("labels/")} == {
        f"labels/{image}.txt" for image in images
    }
    assert b"Datasheet" in files["datasheet.md"]


def test_every_image_is_in_the_part_of_its_patient_and_the_manifest_says_so(
    signed, researcher, department
) -> None:
    release = build(researcher, department)
    files = members(release)
    parts = [row["split"] for row in rows(files, "images.csv")]
    assert set(parts) <= {"train", "val", "test"}
    proof = release.manifest["splits"]
    assert proof["patients_in_two_splits"] == 0
    assert {name: part["images"] for name, part in proof["parts"].items()} == {
        name: parts.count(name) for name in ("train", "val", "test")
    }
    again = build(researcher, department)
    assert again.manifest["splits"]["parts"] == proof["parts"]


@pytest.mark.parametrize(
    ("filters", "images"),
    [
        (ReleaseFilters(findings=("cardiomegaly",)), 1),
        (ReleaseFilters(findings=("hernia",)), 0),
        (ReleaseFilters(views=("LL",)), 0),
        (ReleaseFilters(sexes=("F", "M", "O")), 2),
        (ReleaseFilters(age_from=0, age_to=130), 2),
        (ReleaseFilters(age_from=129), 0),
    ],
)
def test_a_filter_takes_what_it_names(signed, researcher, department, filters, images) -> None:
    Patient.objects.update(sex="F")
    release = build(researcher, department, filters=filters)
    if images:
        assert release.manifest["counts"]["images"] == images
    else:
        assert release.code == "nothing_to_release"


@pytest.mark.parametrize(
    "filters",
    [
        ReleaseFilters(findings=("no_such",)),
        ReleaseFilters(views=("UPSIDE",)),
        ReleaseFilters(sexes=("X",)),
        ReleaseFilters(age_from=40, age_to=30),
        ReleaseFilters(age_to=131),
        ReleaseFilters(label_set="coco"),
        ReleaseFilters(validation_share=0.6, test_share=0.4),
    ],
)
def test_a_filter_that_cannot_hold_is_refused(researcher, department, filters) -> None:
    with pytest.raises(ReleaseFilterInvalid):
        release_request(name="x", departments=[department], actor=researcher, filters=filters)


def status_of_download(client, release) -> int:
    response = client.get(f"/releases/{release.pk}/download/")
    b"".join(response.streaming_content)
    return response.status_code


def test_a_withdrawn_consent_ends_downloads_and_the_next_number_leaves_the_patient_out(
    signed, researcher, department, client
) -> None:
    release = build(researcher, department)
    client.force_login(researcher)
    assert status_of_download(client, release) == 200
    Patient.objects.filter(mrn="PHANTOM-2").update(research_consent=False)
    refused = client.get(f"/releases/{release.pk}/download/")
    assert refused.status_code == 410
    assert client.get(f"/api/v1/exports/{release.pk}/download/").status_code == 410
    page = client.get(f"/releases/{release.pk}/").content.decode()
    assert "has withdrawn the consent" in page
    assert "Download the archive" not in page
    following = build(researcher, department)
    assert (following.number, following.manifest["counts"]["images"]) == (2, 1)
    assert status_of_download(client, following) == 200


def test_the_form_asks_for_what_the_filter_knows(signed, researcher, department, client) -> None:
    client.force_login(researcher)
    answer = client.post(
        "/releases/",
        {
            "name": "by-form", "departments": [str(department.pk)], "findings": ["cardiomegaly"],
            "label_set": "vindr14", "validation_share": "0.2", "test_share": "0.1",
            "split_seed": "5",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    release = department.releases.get(name="by-form")
    assert release.filters["findings"] == ["cardiomegaly"]
    assert (release.filters["validation_share"], release.filters["split_seed"]) == (0.2, 5)
    release_build(release_id=release.pk)
    release.refresh_from_db()
    assert release.manifest["formats"]["yolo"]["label_set"] == "vindr14"


def test_the_api_refuses_an_unknown_finding(researcher, department, client) -> None:
    client.force_login(researcher)
    answer = client.post(
        "/api/v1/exports/",
        {"name": "x", "findings": ["no_such"]},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert "no_such" in answer.content.decode()
