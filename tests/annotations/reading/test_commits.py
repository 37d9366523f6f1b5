"""A blind read is kept as it was before the model was shown."""

from __future__ import annotations

import pytest

from annotations.errors import (
    NotCommittable,
    NotSignable,
    NotYourReview,
    ReviewCompleted,
    VersionConflict,
)
from annotations.models import CommittedRead, Finding, Review
from annotations.reading.reads import changes_json
from annotations.reading.services.commits import review_commit
from annotations.reading.services.reviews import review_amend, review_open
from annotations.reports.services import report_sign
from annotations.selectors import committed_read, model_is_hidden
from cases.models import Case
from cxrportal.accounts.models import Department
from tests.support.cases import make_readable_case
from tests.support.people import make_user
from tests.support.readings import decide, read_case, sign
from tests.support.reads import begin, commit

pytestmark = pytest.mark.django_db
BOX = (10.0, 10.0, 30.0, 30.0)


@pytest.fixture
def case(blind: Department) -> Case:
    return make_readable_case(blind)


def test_a_commit_keeps_the_read_and_shows_the_model(case, reader) -> None:
    review = begin(case, reader, ("nodule", BOX), ("effusion", None))
    assert model_is_hidden(reader, case)
    commit(review)
    assert not model_is_hidden(reader, case)
    kept = committed_read(Review.objects.get(pk=review.pk))
    assert kept is not None
    assert [(f.label, f.box) for f in kept.findings] == [("nodule", BOX), ("effusion", None)]
    case.refresh_from_db()
    assert case.status == Case.Status.IN_REVIEW
    assert case.events.last().reason == "read_committed"


def test_what_changes_later_does_not_reach_the_committed_read(case, reader) -> None:
    review = begin(case, reader, ("nodule", BOX))
    commit(review)
    Finding.objects.filter(review=review).update(label="mass", x_max=20.0)
    decide(review, proposal=Finding.objects.proposed().get(label="effusion"), decision="ACCEPTED")
    fresh = Review.objects.get(pk=review.pk)
    kept = committed_read(fresh)
    assert kept is not None
    assert [(f.label, f.box) for f in kept.findings] == [("nodule", BOX)]
    changes = changes_json(fresh)
    assert changes is not None
    assert [change["kind"] for change in changes["findings"]] == ["label", "box", "added"]
    assert changes["findings"][1]["iou"] == 0.5  # 10 x 20 of 20 x 20


def test_an_empty_read_is_not_committed_without_no_finding(case, reader) -> None:
    review = review_open(case=case, reader=reader)
    with pytest.raises(NotCommittable, match="State a finding or tick") as refused:
        commit(review)
    assert refused.value.code == "nothing_stated"
    Review.objects.filter(pk=review.pk).update(no_finding=True)
    assert commit(review).no_finding


def test_a_second_commit_keeps_the_first(case, reader) -> None:
    review = begin(case, reader, ("nodule", BOX))
    first = commit(review)
    decide(review, label="mass")
    assert commit(review).at == first.at
    assert CommittedRead.objects.count() == 1
    assert len(CommittedRead.objects.get().findings) == 1


def test_a_commit_of_an_older_version_is_a_conflict(case, reader) -> None:
    review = begin(case, reader)
    with pytest.raises(VersionConflict):
        review_commit(review=review, reader=reader, version=review.version - 1)
    assert not CommittedRead.objects.exists()


def test_only_the_reader_commits(case, reader, blind) -> None:
    review = begin(case, reader)
    with pytest.raises(NotYourReview):
        review_commit(review=review, reader=make_user("clinician", blind), version=review.version)


def test_what_is_not_read_blind_is_not_committed(department, clinician) -> None:
    review = begin(make_readable_case(department), clinician)
    with pytest.raises(NotCommittable) as refused:
        commit(review)
    assert refused.value.code == "not_blind"


def test_a_blind_read_is_signed_only_after_its_commit(blind, reader) -> None:
    case = read_case(blind, reader)
    review = begin(case, reader, ("nodule", BOX))
    with pytest.raises(NotSignable) as refused:
        report_sign(review=review, reader=reader, version=review.version)
    assert refused.value.code == "not_committed"
    commit(review)
    report = sign(case, reader)
    with pytest.raises(ReviewCompleted):
        commit(Review.objects.get(pk=review.pk))
    amendment = review_amend(case=case, reader=reader, reason="Side.")
    with pytest.raises(NotCommittable):
        commit(amendment)
    assert report.version == 1
