"""Several reads, what they come to by themselves, and who signs it."""

from __future__ import annotations

import pytest

from annotations.adjudication.services import (
    case_set_reads,
    review_complete,
)
from annotations.errors import (
    NotAmendable,
    NotCommittable,
    NotSettled,
    NotSignable,
    NotYourReview,
    ReaderRefused,
    ReadsComplete,
    ReviewCompleted,
)
from annotations.models import Finding, Review, SignedReport
from annotations.reading.services.reviews import review_amend, review_open
from annotations.reports.services import report_sign
from annotations.selectors import consensus_findings, consensus_review
from cases.models import Case
from cxrportal.accounts.models import Department, Membership
from cxrportal.accounts.permissions import NotAllowed
from tests.support.cases import make_readable_case
from tests.support.people import make_department, make_user
from tests.support.readings import decide, read_case
from tests.support.reads import BOX, FAR, NEAR, begin, commit, complete, make_adjudicator

pytestmark = pytest.mark.django_db


def test_the_first_of_two_reads_is_completed_without_a_report(case, readers) -> None:
    completed = complete(case, readers[0], ("nodule", BOX))
    assert (completed.waits_for, completed.agreed) == (1, False)
    case.refresh_from_db()
    assert case.status == Case.Status.IN_REVIEW
    assert case.events.last().reason == "read_completed"
    assert consensus_review(case) is None
    assert not SignedReport.objects.exists()


def test_reads_that_agree_make_the_consensus_by_themselves(case, readers) -> None:
    complete(case, readers[0], ("nodule", BOX))
    assert complete(case, readers[1], ("nodule", NEAR)).agreed
    consensus = consensus_review(case)
    assert consensus is not None
    assert (consensus.reader, consensus.state) == (readers[1], Review.State.COMPLETED)
    stated = consensus_findings(case).get()
    assert (stated.label, stated.decision) == ("nodule", "DRAWN")
    assert (stated.x_min, stated.x_max) == (11.0, 31.0)  # the mean of both boxes
    assert case.events.last().reason == "reads_agree"


def test_two_reads_of_no_finding_agree(case, readers) -> None:
    for reader in readers:
        complete(case, reader)
    consensus = consensus_review(case)
    assert consensus is not None
    assert consensus.no_finding
    assert not consensus_findings(case).exists()


def test_an_accepted_proposal_stays_accepted_in_the_consensus(case, readers) -> None:
    proposal = Finding.objects.proposed().get(label="effusion")
    for reader in readers:
        review = review_open(case=case, reader=reader)
        decide(review, proposal=proposal, decision="ACCEPTED")
        review_complete(review=review, reader=reader, version=review.version)
    stated = consensus_findings(case).get()
    assert (stated.decision, stated.proposal) == ("ACCEPTED", proposal)


def test_the_number_of_reads_is_fixed_with_the_first(case, readers, twice) -> None:
    begin(case, readers[0], ("nodule", BOX))
    Department.objects.filter(pk=twice.pk).update(reads_per_case=1)
    case.refresh_from_db()
    assert case.reads_needed == 2
    assert complete(case, readers[0]).waits_for == 1


def test_nobody_reads_twice_or_once_all_reads_are_there(case, readers, twice) -> None:
    complete(case, readers[0], ("nodule", BOX))
    with pytest.raises(ReviewCompleted):
        review_open(case=case, reader=readers[0])
    complete(case, readers[1], ("mass", FAR))
    with pytest.raises(ReadsComplete):
        review_open(case=case, reader=make_user("clinician", twice))


def test_who_may_not_read_opens_no_read(case, readers) -> None:
    Membership.objects.filter(user=readers[0]).update(may_read=False)
    with pytest.raises(ReaderRefused):
        review_open(case=case, reader=readers[0])


def test_a_single_read_is_signed_and_not_completed(department, clinician) -> None:
    review = begin(make_readable_case(department), clinician)
    with pytest.raises(NotCommittable) as refused:
        review_complete(review=review, reader=clinician, version=review.version)
    assert refused.value.code == "one_read"


def test_a_blind_read_is_committed_before_it_is_completed() -> None:
    both = make_department("Both", reads_per_case=2, blind_reads=True)
    reader = make_user("clinician", both)
    review = begin(make_readable_case(both), reader)
    with pytest.raises(NotCommittable) as refused:
        review_complete(review=review, reader=reader, version=review.version)
    assert refused.value.code == "not_committed"
    commit(review)
    assert review_complete(review=review, reader=reader, version=review.version).waits_for == 1


def test_an_empty_read_is_not_completed(case, readers) -> None:
    review = review_open(case=case, reader=readers[0])
    with pytest.raises(NotCommittable) as refused:
        review_complete(review=review, reader=readers[0], version=review.version)
    assert refused.value.code == "nothing_stated"


def test_one_of_two_reads_is_not_signed(twice, readers) -> None:
    case = read_case(twice, readers[0])
    review = begin(case, readers[0], ("nodule", BOX))
    with pytest.raises(NotSignable) as refused:
        report_sign(review=review, reader=readers[0], version=review.version)
    assert refused.value.code == "needs_more_reads"


def test_the_last_reader_signs_what_agrees_and_nobody_else(twice, readers) -> None:
    case = read_case(twice, readers[0])
    for reader in readers:
        complete(case, reader, ("nodule", BOX))
    consensus = consensus_review(case)
    assert consensus is not None
    with pytest.raises(NotYourReview):
        report_sign(review=consensus, reader=readers[0], version=consensus.version)
    report = report_sign(review=consensus, reader=readers[1], version=consensus.version)
    case.refresh_from_db()
    assert (report.version, report.review, case.status) == (1, consensus, Case.Status.SIGNED)
    with pytest.raises(ReviewCompleted):
        report_sign(review=consensus, reader=readers[1], version=consensus.version)


def test_an_amended_consensus_is_its_next_version(twice, readers) -> None:
    case = read_case(twice, readers[0])
    for reader in readers:
        complete(case, reader, ("nodule", BOX))
    consensus = consensus_review(case)
    assert consensus is not None
    report_sign(review=consensus, reader=readers[1], version=consensus.version)
    amendment = review_amend(case=case, reader=readers[0], reason="A second nodule.")
    decide(amendment, label="nodule", box=FAR)
    report = report_sign(review=amendment, reader=readers[0], version=amendment.version)
    assert report.version == 2
    assert consensus_review(case) == amendment
    assert consensus_findings(case).count() == 2


def test_a_read_that_comes_late_changes_no_consensus(case, readers, twice) -> None:
    late = make_user("clinician", twice)
    begin(case, late, ("mass", FAR))
    for reader in readers:
        complete(case, reader, ("nodule", BOX))
    consensus = consensus_review(case)
    assert complete(case, late).waits_for == 0
    assert consensus_review(case) == consensus
    assert Review.objects.filter(kind=Review.Kind.CONSENSUS).count() == 1


def test_an_adjudicator_sets_how_a_case_is_read_until_it_is_read(case, readers, twice) -> None:
    settles = make_adjudicator(twice)
    case_set_reads(case=case, actor=settles, reads_needed=1, read_blind=True)
    assert (case.reads_needed, case.read_blind) == (1, True)
    with pytest.raises(NotAllowed):
        case_set_reads(case=case, actor=readers[0], reads_needed=2, read_blind=None)
    begin(case, readers[0])
    with pytest.raises(NotSettled) as refused:
        case_set_reads(case=case, actor=settles, reads_needed=2, read_blind=None)
    assert refused.value.code == "reads_fixed"


def test_who_still_reads_a_signed_case_opens_no_amendment(twice, readers) -> None:
    case = read_case(twice, readers[0])
    late = make_user("clinician", twice)
    begin(case, late, ("mass", FAR))
    for reader in readers:
        complete(case, reader, ("nodule", BOX))
    consensus = consensus_review(case)
    assert consensus is not None
    report_sign(review=consensus, reader=readers[1], version=consensus.version)
    with pytest.raises(NotAmendable):
        review_amend(case=case, reader=late, reason="To see what they found.")
    assert review_amend(case=case, reader=readers[0], reason="Side.").amends is not None
