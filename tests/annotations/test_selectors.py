"""Who has to read what, who settles differences, and what several reads came to."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from annotations.models import CommittedRead, Finding, Review
from annotations.selectors import (
    consensus_findings,
    consensus_review,
    model_is_hidden,
    needs_adjudication_by,
    needs_read_of,
    visible_findings,
    with_consensus,
)
from cases.models import Case
from cxrportal.accounts.models import Department, Membership, User
from tests.support.cases import make_readable_case, make_review
from tests.support.people import make_department, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def twice(db: None) -> Department:
    return make_department("Read twice", reads_per_case=2)


@pytest.fixture
def first(twice: Department) -> User:
    return make_user("clinician", twice)


@pytest.fixture
def second(twice: Department) -> User:
    return make_user("clinician", twice)


def adjudicator_of(department: Department) -> User:
    user = make_user("clinician", department)
    Membership.objects.filter(user=user).update(adjudicator=True)
    return user


def read(case: Case, reader: User, label: str = "nodule", **fields: Any) -> Review:
    """A completed read with one finding."""
    fields = {"state": "COMPLETED", "completed_at": timezone.now()} | fields
    review = make_review(case, reader, **fields)
    state(review, label)
    return review


def state(review: Review, label: str = "nodule") -> Finding:
    image = review.case.images.get()
    return Finding.objects.create(
        case=review.case, image=image, review=review, decision="DRAWN", label=label
    )


def commit(review: Review) -> None:
    CommittedRead.objects.create(review=review, findings=[], no_finding=True)


def test_a_case_with_two_reads_waits_for_each_reader_until_it_has_two(twice, first, second) -> None:
    case = make_readable_case(twice)
    third = make_user("clinician", twice)
    assert case in needs_read_of(first)
    assert case in needs_read_of(second)
    read(case, first)
    assert case not in needs_read_of(first)
    assert case in needs_read_of(second)
    read(case, second)
    assert case not in needs_read_of(third)


def test_a_case_of_its_own_number_of_reads_overrides_the_department(twice, first, second) -> None:
    case = make_readable_case(twice, reads_needed=1)
    read(case, first)
    assert case not in needs_read_of(second)


def test_a_case_waits_for_nobody_who_may_not_read_or_not_see_it(twice, first, stranger) -> None:
    Membership.objects.filter(user=first).update(may_read=False)
    make_readable_case(twice)
    assert not needs_read_of(first).exists()
    assert not needs_read_of(stranger).exists()


def test_an_open_read_of_mine_still_waits_for_me(twice, first) -> None:
    case = make_readable_case(twice)
    make_review(case, first)
    assert case in needs_read_of(first)


def test_differing_reads_wait_for_an_adjudicator_who_read_neither(twice, first, second) -> None:
    case = make_readable_case(twice)
    settles = adjudicator_of(twice)
    Membership.objects.filter(user=second).update(adjudicator=True)
    read(case, first)
    assert not needs_adjudication_by(settles).exists()
    read(case, second, "effusion")
    assert list(needs_adjudication_by(settles)) == [case]
    assert not needs_adjudication_by(second).exists()
    assert not needs_adjudication_by(make_user("clinician", twice)).exists()
    assert not needs_adjudication_by(adjudicator_of(make_department())).exists()


def test_the_consensus_is_the_newest_fixed_one(twice, first, second) -> None:
    case = make_readable_case(twice)
    read(case, first)
    read(case, second, "effusion")
    settles = adjudicator_of(twice)
    opened = make_review(case, settles, kind=Review.Kind.CONSENSUS)
    state(opened, "mass")
    assert consensus_review(case) is None
    assert not consensus_findings(case).exists()
    assert not with_consensus(Case.objects.all()).exists()
    Review.objects.filter(pk=opened.pk).update(state="COMPLETED", completed_at=timezone.now())
    assert [f.label for f in consensus_findings(case)] == ["mass"]
    later = read(case, settles, "consolidation", kind=Review.Kind.CONSENSUS)
    assert consensus_review(case) == later
    assert [f.label for f in consensus_findings(case)] == ["consolidation"]
    assert list(with_consensus(Case.objects.all())) == [case]
    assert not needs_adjudication_by(settles).exists()


def test_what_was_rejected_is_no_part_of_the_consensus(twice, first) -> None:
    case = make_readable_case(twice)
    fixed = read(case, first, kind=Review.Kind.CONSENSUS)
    proposal = Finding.objects.proposed().first()
    Finding.objects.create(
        case=case, image=case.images.get(), review=fixed, decision="REJECTED",
        proposal=proposal, label="effusion",
    )  # fmt: skip
    assert [f.label for f in consensus_findings(case)] == ["nodule"]


def test_a_second_read_is_blind_to_the_first_where_the_model_is_shown(twice, first, second) -> None:
    case = make_readable_case(twice)
    theirs = read(case, first).findings.get()
    outsider = make_user("clinician", twice)
    mine = make_review(case, second)
    for user in (second, outsider):
        assert theirs not in visible_findings(user, case)
        assert visible_findings(user, case).proposed().count() == 2
    Review.objects.filter(pk=mine.pk).update(state="COMPLETED", completed_at=timezone.now())
    assert theirs in visible_findings(second, case)


def test_a_signed_case_shows_its_reads_but_not_to_someone_still_reading(twice, first) -> None:
    case = make_readable_case(twice)
    theirs = read(case, first).findings.get()
    still, outsider = make_user("clinician", twice), make_user("clinician", twice)
    make_review(case, still)
    Case.objects.filter(pk=case.pk).update(status="SIGNED")
    assert theirs in visible_findings(outsider, case)
    assert theirs not in visible_findings(still, case)


def test_a_committed_read_shows_the_model_and_of_one_read_cases_the_others() -> None:
    blind = make_department("Blind", blind_reads=True)
    reader, colleague = make_user("clinician", blind), make_user("clinician", blind)
    for reads, others_shown in ((1, True), (2, False)):
        case = make_readable_case(blind, reads_needed=reads)
        theirs = read(case, colleague).findings.get()
        review = make_review(case, reader)
        assert model_is_hidden(reader, case)
        assert not visible_findings(reader, case).exists()
        commit(review)
        assert not model_is_hidden(reader, case)
        assert visible_findings(reader, case).proposed().count() == 2
        assert (theirs in visible_findings(reader, case)) is others_shown


def test_a_case_may_be_read_blind_in_an_open_department(department, clinician) -> None:
    case = make_readable_case(department, read_blind=True)
    assert model_is_hidden(clinician, case)
    assert not visible_findings(clinician, case).exists()


def test_an_adjudicator_sees_the_model_and_both_reads_from_the_start() -> None:
    blind = make_department("Blind", blind_reads=True, reads_per_case=2)
    case = make_readable_case(blind)
    theirs = {
        read(case, make_user("clinician", blind), label).findings.get()
        for label in ("nodule", "mass")
    }
    settles = adjudicator_of(blind)
    assert not visible_findings(settles, case).exists()
    make_review(case, settles, kind=Review.Kind.CONSENSUS)
    assert not model_is_hidden(settles, case)
    assert theirs <= set(visible_findings(settles, case))
