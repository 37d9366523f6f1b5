"""A reader's decisions: saved once, guarded by versions, closed when signed."""

from __future__ import annotations

import uuid

import pytest

from annotations.errors import (
    InvalidFinding,
    NotReadyToRead,
    NotYourReview,
    ReviewCompleted,
    VersionConflict,
)
from annotations.models import Finding, Review
from annotations.reading.services.findings import (
    FindingValues,
    finding_create,
    finding_delete,
    finding_update,
)
from annotations.reading.services.reviews import review_open, review_update
from annotations.selectors import box_of
from cases.models import Case
from cxrportal.accounts.permissions import NotAllowed
from tests.support.cases import make_case, make_image, make_readable_case
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


def boxed(case: Case) -> Finding:
    return Finding.objects.proposed().get(case=case, x_min__isnull=False)


def state(review: Review, **values: object) -> Finding:
    """An own finding, or a decision when ``proposal`` is given."""
    proposal = values.pop("proposal", None)
    client_id = values.pop("client_id", None) or uuid.uuid4()
    image = values.pop("image", None) or review.case.images.get()
    stated = {"decision": "DRAWN", "label": "nodule"} | values
    finding, _ = finding_create(
        review=review,
        reader=review.reader,
        client_id=client_id,
        image=image,
        proposal=proposal,
        values=FindingValues(**stated),
    )
    return finding


def test_opening_twice_gives_the_same_review_and_moves_the_case_once(case, clinician) -> None:
    first = review_open(case=case, reader=clinician)
    assert review_open(case=case, reader=clinician) == first
    case.refresh_from_db()
    assert case.status == Case.Status.IN_REVIEW
    assert case.events.filter(to_status="IN_REVIEW").count() == 1


def test_a_case_that_is_still_prepared_cannot_be_read(department, clinician) -> None:
    with pytest.raises(NotReadyToRead):
        review_open(case=make_case(department), reader=clinician)


@pytest.mark.parametrize("role", ["researcher", "admin"])
def test_only_a_clinician_reads(case, department, role) -> None:
    with pytest.raises(NotAllowed):
        review_open(case=case, reader=make_user(role, department))


def test_a_clinician_of_another_department_does_not_read(case, stranger) -> None:
    with pytest.raises(NotAllowed):
        review_open(case=case, reader=stranger)


def test_an_accepted_proposal_keeps_the_models_label_and_box(review) -> None:
    proposal = boxed(review.case)
    made = state(
        review, proposal=proposal, decision="ACCEPTED", label="hernia", box=(0.0, 0.0, 9.0, 9.0)
    )
    assert made.label == proposal.label
    assert box_of(made) == box_of(proposal) == (10.0, 20.0, 60.0, 90.0)
    proposal.refresh_from_db()
    assert proposal.decision == "PROPOSED"


def test_a_correction_keeps_the_link_and_takes_the_readers_box(review) -> None:
    made = state(
        review, proposal=boxed(review.case), decision="CORRECTED", label="nodule",
        box=(1.04, 2.0, 30.0, 40.0),
    )  # fmt: skip
    assert made.proposal == boxed(review.case)
    assert (made.label, box_of(made)) == ("nodule", (1.0, 2.0, 30.0, 40.0))


def test_the_same_client_id_again_is_the_same_finding(review) -> None:
    client_id = uuid.uuid4()
    first = state(review, client_id=client_id)
    assert state(review, client_id=client_id) == first
    assert review.findings.count() == 1


def test_a_second_decision_on_one_proposal_is_a_conflict(review) -> None:
    first = state(review, proposal=boxed(review.case), decision="ACCEPTED")
    with pytest.raises(VersionConflict) as caught:
        state(review, proposal=boxed(review.case), decision="REJECTED")
    assert caught.value.current == first


def test_a_stale_save_is_refused_and_changes_nothing(review) -> None:
    made = state(review)
    finding_update(
        finding=made, reader=review.reader, version=1, values=FindingValues("DRAWN", "mass")
    )
    with pytest.raises(VersionConflict) as caught:
        finding_update(
            finding=made, reader=review.reader, version=1, values=FindingValues("DRAWN", "hernia")
        )
    assert caught.value.current.label == "mass"
    made.refresh_from_db()
    assert (made.label, made.version) == ("mass", 2)


def test_taking_back_needs_the_version_that_was_seen(review) -> None:
    made = state(review)
    with pytest.raises(VersionConflict):
        finding_delete(finding=made, reader=review.reader, version=7)
    finding_delete(finding=made, reader=review.reader, version=1)
    assert not review.findings.exists()


def test_a_box_is_clipped_to_the_image(review) -> None:
    made = state(review, box=(-5.0, 10.0, 500.0, 60.0))
    assert box_of(made) == (0.0, 10.0, 80.0, 60.0)


@pytest.mark.parametrize(
    "box", [(10.0, 10.0, 10.5, 50.0), (50.0, 50.0, 10.0, 10.0), (200.0, 0.0, 300.0, 50.0)]
)
def test_a_box_without_area_inside_the_image_is_refused(review, box) -> None:
    with pytest.raises(InvalidFinding) as caught:
        state(review, box=box)
    assert caught.value.code == "invalid_box"


def test_a_label_outside_the_vocabulary_is_refused(review) -> None:
    with pytest.raises(InvalidFinding) as caught:
        state(review, label="dragon")
    assert caught.value.code == "unknown_label"


def test_an_own_finding_cannot_claim_to_be_accepted(review) -> None:
    with pytest.raises(InvalidFinding):
        state(review, decision="ACCEPTED")


def test_a_proposal_of_another_case_cannot_be_decided_here(review, department) -> None:
    other = make_readable_case(department)
    with pytest.raises(InvalidFinding):
        state(review, proposal=boxed(other), decision="ACCEPTED")


def test_an_image_of_another_case_is_refused(review, department) -> None:
    with pytest.raises(InvalidFinding):
        state(review, image=make_image(make_case(department)))


def test_nobody_else_writes_into_a_review(review, department) -> None:
    colleague = make_user("clinician", department)
    with pytest.raises(NotYourReview):
        review_update(review=review, reader=colleague, version=1, notes="mine now")


def test_text_is_saved_with_its_version(review) -> None:
    saved = review_update(review=review, reader=review.reader, version=1, notes="Clear.")
    assert (saved.notes, saved.version) == ("Clear.", 2)
    with pytest.raises(VersionConflict):
        review_update(review=review, reader=review.reader, version=1, notes="Stale.")
    review.refresh_from_db()
    assert review.notes == "Clear."


def test_a_completed_review_is_closed(review) -> None:
    made = state(review)
    Review.objects.update(state="COMPLETED", completed_at=review.opened_at)
    review.refresh_from_db()
    made = Finding.objects.get(pk=made.pk)
    with pytest.raises(ReviewCompleted):
        state(review)
    with pytest.raises(ReviewCompleted):
        finding_delete(finding=made, reader=review.reader, version=1)
    with pytest.raises(ReviewCompleted):
        review_update(review=review, reader=review.reader, version=1, notes="late")
