"""Whose statements a release holds: signed, agreed, every reader's, imported."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotations.importing.options import ImportOptions
from annotations.models import Finding, Release, Review
from annotations.reading.services.reviews import review_open
from annotations.releases.errors import ReleaseFilterInvalid
from annotations.releases.filters import ReleaseFilters
from annotations.releases.selectors import reader_alias, reader_choices
from annotations.releases.services.request import release_request
from cases.models import Image
from cases.services.burned_in import burned_in_review
from cases.services.ingest import image_ingest
from inference.models import ModelVersion
from tests.annotations.importing.datasets import bring_in, coco_files, zipped
from tests.annotations.releases.test_build import build, members
from tests.annotations.releases.test_contents import rows
from tests.support.cases import make_model, make_run
from tests.support.people import make_user
from tests.support.readings import decide, read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def labels_of(release: Release) -> list[str]:
    assert (release.state, release.message) == ("DONE", "")
    return sorted(row["label"] for row in rows(members(release), "findings.csv"))


def another_read(case, reader, label: str, kind: str = "READ") -> Review:
    """A completed read of somebody else, without a report."""
    review = Review.objects.create(
        case=case, reader=reader, kind=kind, state="COMPLETED", completed_at=timezone.now()
    )
    Finding.objects.create(
        case=case, image=case.images.get(), review=review, decision="DRAWN", label=label
    )
    return review


@pytest.fixture
def case(department, clinician):
    """Signed with a nodule; somebody else has read a mass, and the two agreed on a hernia."""
    case = read_case(department, clinician, seed=1)
    decide(review_open(case=case, reader=clinician), label="nodule")
    sign(case, clinician)
    second = make_user("clinician", department)
    another_read(case, second, "mass")
    another_read(case, second, "hernia", kind="CONSENSUS")
    return case


@pytest.mark.parametrize(
    ("reads", "labels"),
    [("signed", ["nodule"]), ("any", ["mass", "nodule"]), ("consensus", ["hernia"])],
)
def test_the_filter_says_whose_statements_go_in(
    case, researcher, department, reads, labels
) -> None:
    release = build(researcher, department, filters=ReleaseFilters(reads=reads))
    assert labels_of(release) == labels
    assert release.manifest["filters"]["reads"] == reads
    assert release.manifest["filters"]["research_consent"] is True


def test_a_case_without_a_consensus_is_not_in_a_release_of_them(
    researcher, department, clinician
) -> None:
    sign(read_case(department, clinician, seed=1), clinician, no_finding=True)
    release = build(researcher, department, filters=ReleaseFilters(reads="consensus"))
    assert release.code == "nothing_to_release"


def test_an_amendment_takes_the_place_of_its_readers_read(
    case, researcher, department, clinician
) -> None:
    another_read(case, clinician, "fibrosis")
    release = build(researcher, department, filters=ReleaseFilters(reads="any"))
    assert labels_of(release) == ["fibrosis", "mass"]


def test_one_reader_can_be_chosen_without_a_name(case, researcher, department, clinician) -> None:
    filters = ReleaseFilters(reads="any", readers=(reader_alias(clinician.pk),))
    release = build(researcher, department, filters=filters)
    assert labels_of(release) == ["nodule"]
    (pseudonym,) = release.manifest["filters"]["readers"]
    (row,) = rows(members(release), "findings.csv")
    assert row["reader"] == pseudonym
    assert pseudonym not in reader_alias(clinician.pk)


def test_the_choice_of_readers_names_nobody(case, department, clinician) -> None:
    shown = dict(reader_choices([department.pk]))
    assert len(shown) == 2
    assert shown[reader_alias(clinician.pk)] == f"Reader {reader_alias(clinician.pk)}: 1 read"
    assert clinician.full_name not in str(shown)


def test_cases_of_one_model_version_and_its_predictions(case, researcher, department) -> None:
    first = ModelVersion.objects.get()
    ModelVersion.objects.update(stage="retired")
    other = make_model()
    image = Image.objects.get()
    make_run(image, model=other)
    run = image.runs.get(model_version=other)
    run.detections.all().delete()
    chosen = build(researcher, department, filters=ReleaseFilters(models=(first.sha256,)))
    (predicted,) = rows(members(chosen), "vinbigdata/submission.csv")
    assert predicted["PredictionString"].startswith("3 ")
    assert [model["sha256"] for model in chosen.manifest["models"]] == [first.sha256]
    newest = build(researcher, department)
    (predicted,) = rows(members(newest), "vinbigdata/submission.csv")
    assert predicted["PredictionString"] == "14 1 0 0 1 1"
    unused = make_model(stage="candidate")
    none = build(researcher, department, filters=ReleaseFilters(models=(unused.sha256,)))
    assert none.code == "nothing_to_release"


@pytest.mark.parametrize("filters", [ReleaseFilters(reads="best"), ReleaseFilters(images="jpeg")])
def test_an_unknown_kind_is_refused(researcher, department, filters) -> None:
    with pytest.raises(ReleaseFilterInvalid):
        release_request(name="x", departments=[department], actor=researcher, filters=filters)


@pytest.fixture
def imported(department, clinician):
    """Two imported images, one with a nodule, both looked at."""
    options = ImportOptions(research_consent=True, reader="R8")
    job = bring_in(clinician, department, zipped(coco_files(2)), options=options)
    for image in Image.objects.all():
        image_ingest(image_id=image.pk)
        image.refresh_from_db()
        burned_in_review(image=image, actor=clinician, outcome="clean")
    return job


def test_imported_reads_go_in_where_they_are_asked_for_and_say_so(
    imported, researcher, department
) -> None:
    assert build(researcher, department).code == "nothing_to_release"
    release = build(researcher, department, filters=ReleaseFilters(reads="imported"))
    assert labels_of(release) == ["nodule"]
    (row,) = rows(members(release), "findings.csv")
    assert row["reader"].startswith("E")
    assert row["reviewed_on"] == ""
    assert reader_choices([department.pk])[0][1] == "R8 (demo-set, imported): 1 read"


def test_images_whose_licence_is_not_said_to_permit_it_stay_out(
    clinician, researcher, department
) -> None:
    bring_in(clinician, department, zipped(coco_files(2)))
    release = build(researcher, department, filters=ReleaseFilters(reads="imported"))
    assert release.code == "nothing_to_release"
