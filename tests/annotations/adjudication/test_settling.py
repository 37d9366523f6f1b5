"""Differing reads: who settles them, how, and what is signed."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from annotations.adjudication.selectors import comparison_of, unsettled
from annotations.adjudication.services import (
    adjudication_open,
    ruling_make,
)
from annotations.errors import (
    NotSettled,
    NotSignable,
    NotYourReview,
    ReviewCompleted,
)
from annotations.reports.services import report_sign
from annotations.selectors import consensus_findings, consensus_review, needs_adjudication_by
from cases.models import Case
from cxrportal.accounts.models import Membership, User
from cxrportal.accounts.permissions import NotAllowed
from tests.support.people import make_user
from tests.support.readings import read_case
from tests.support.reads import BOX, FAR, NEAR, complete, make_adjudicator

pytestmark = pytest.mark.django_db


def differing(case: Case, readers: tuple[User, User]) -> None:
    """Both state the nodule; one adds a mass, the other an effusion."""
    complete(case, readers[0], ("nodule", BOX), ("mass", FAR))
    complete(case, readers[1], ("nodule", NEAR), ("effusion", None))


def test_differing_reads_wait_and_make_no_consensus(case, readers) -> None:
    differing(case, readers)
    assert consensus_review(case) is None
    compared = comparison_of(case)
    assert [group.first.label for group in compared.agreed] == ["nodule"]
    assert [group.first.label for group in compared.differences] == ["mass", "effusion"]
    assert case.events.last().reason == "reads_differ"


def test_an_adjudicator_starts_from_what_agrees(case, readers, twice) -> None:
    differing(case, readers)
    settles = make_adjudicator(twice)
    review = adjudication_open(case=case, reader=settles)
    assert adjudication_open(case=case, reader=settles) == review
    assert [finding.label for finding in review.findings.all()] == ["nodule"]
    assert unsettled(review) == 2
    with pytest.raises(NotSettled) as refused:
        adjudication_open(case=case, reader=make_adjudicator(twice))
    assert refused.value.code == "being_settled"


def test_readers_and_those_without_the_flag_settle_nothing(case, readers, twice, stranger) -> None:
    differing(case, readers)
    Membership.objects.filter(user=readers[0]).update(adjudicator=True)
    for user in (readers[0], make_user("clinician", twice)):
        with pytest.raises(NotSettled):
            adjudication_open(case=case, reader=user)
    with pytest.raises(NotAllowed):
        adjudication_open(case=case, reader=stranger)


def test_rulings_make_the_consensus_and_may_be_changed(case, readers, twice) -> None:
    differing(case, readers)
    settles = make_adjudicator(twice)
    review = adjudication_open(case=case, reader=settles)
    mass, effusion = (UUID(g.first.key) for g in comparison_of(case).differences)
    ruling_make(review=review, reader=settles, difference=mass, taken=mass)
    ruling_make(review=review, reader=settles, difference=mass, taken=mass)
    ruling_make(review=review, reader=settles, difference=effusion, taken=None)
    assert unsettled(review) == 0
    assert sorted(f.label for f in review.findings.all()) == ["mass", "nodule"]
    ruling_make(review=review, reader=settles, difference=mass, taken=None)
    ruling_make(review=review, reader=settles, difference=effusion, taken=effusion)
    assert sorted(f.label for f in review.findings.all()) == ["effusion", "nodule"]
    assert review.rulings.count() == 2


def test_a_ruling_is_on_a_difference_and_on_what_was_stated(case, readers, twice) -> None:
    differing(case, readers)
    settles = make_adjudicator(twice)
    review = adjudication_open(case=case, reader=settles)
    agreed = UUID(comparison_of(case).agreed[0].first.key)
    mass = UUID(comparison_of(case).differences[0].first.key)
    with pytest.raises(NotSettled):
        ruling_make(review=review, reader=settles, difference=agreed, taken=None)
    with pytest.raises(NotSettled):
        ruling_make(review=review, reader=settles, difference=mass, taken=uuid4())
    with pytest.raises(NotYourReview):
        ruling_make(review=review, reader=readers[0], difference=mass, taken=None)


def test_where_nothing_is_taken_the_consensus_is_no_finding(case, readers, twice) -> None:
    complete(case, readers[0], ("mass", FAR))
    complete(case, readers[1])
    settles = make_adjudicator(twice)
    review = adjudication_open(case=case, reader=settles)
    mass = UUID(comparison_of(case).differences[0].first.key)
    ruling_make(review=review, reader=settles, difference=mass, taken=None)
    review.refresh_from_db()
    assert review.no_finding
    ruling_make(review=review, reader=settles, difference=mass, taken=mass)
    review.refresh_from_db()
    assert not review.no_finding


def test_the_adjudicator_signs_once_all_is_settled_and_it_is_frozen(twice, readers) -> None:
    case = read_case(twice, readers[0])
    differing(case, readers)
    settles = make_adjudicator(twice)
    assert list(needs_adjudication_by(settles)) == [case]
    review = adjudication_open(case=case, reader=settles)
    with pytest.raises(NotSignable) as refused:
        report_sign(review=review, reader=settles, version=review.version)
    assert refused.value.code == "differences_open"
    for group in comparison_of(case).differences:
        key = UUID(group.first.key)
        ruling_make(review=review, reader=settles, difference=key, taken=key)
    review.refresh_from_db()
    report = report_sign(review=review, reader=settles, version=review.version)
    assert report.signed_by == settles
    assert consensus_review(case) == review
    assert sorted(f.label for f in consensus_findings(case)) == ["effusion", "mass", "nodule"]
    assert not needs_adjudication_by(settles).exists()
    review.refresh_from_db()
    with pytest.raises(ReviewCompleted):
        ruling_make(review=review, reader=settles, difference=key, taken=None)
