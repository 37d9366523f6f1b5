"""Completing one of several reads, and what they come to: by agreement, or by an adjudicator."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotations.adjudication.measured import taken_id
from annotations.adjudication.selectors import (
    Comparison,
    comparison_of,
    difference_of,
    open_adjudication,
    unsettled,
)
from annotations.comparison.merging import merged
from annotations.comparison.types import StatedFinding
from annotations.errors import NotCommittable, NotSettled
from annotations.models import CommittedRead, Finding, Measurement, Review, Ruling
from annotations.reading.services.commits import lock_read, require_stated
from annotations.reading.services.guarded import lock_open
from annotations.reading.services.reviews import require_writable
from annotations.selectors import (
    SIGNED,
    box_of,
    completed_reads,
    consensus_review,
    is_adjudicator,
    may_settle,
    open_review,
    reads_blind,
    reads_needed,
)
from cases.models import Case
from cases.workflow import advance
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, NotAllowed, require_role


@dataclass(frozen=True, slots=True)
class Completed:
    """``waits_for``: reads still to be made; ``agreed`` is known once that is 0."""

    review: Review
    waits_for: int
    agreed: bool = False


def review_complete(*, review: Review, reader: User, version: int) -> Completed:
    """End a read of a case that needs several, or that another has signed; nothing is signed.

    The last one is followed by the comparison: agreeing reads make the consensus. Raises
    NotCommittable, VersionConflict, ReviewCompleted, NotYourReview.
    """
    require_writable(review, reader)
    with transaction.atomic():
        case, locked = lock_read(review, reader)
        if reads_needed(case) < 2 and case.status not in SIGNED:
            raise NotCommittable("This case has one read: sign it.", code="one_read")
        if reads_blind(case) and not CommittedRead.objects.filter(review=locked).exists():
            raise NotCommittable("Commit your read first.", code="not_committed")
        require_stated(locked, version, act="complete")
        Review.objects.filter(pk=locked.pk).update(
            state=Review.State.COMPLETED, completed_at=timezone.now()
        )
        locked.refresh_from_db()
        advance(case_id=case.pk, to=case.status, actor=reader, reason="read_completed")
        return _compare(case, locked)


def _compare(case: Case, last: Review) -> Completed:
    """What the reads come to when ``last`` is completed; one that comes late changes nothing."""
    compared = comparison_of(case)
    waits_for = max(0, reads_needed(case) - len(compared.reviews))
    if waits_for:
        return Completed(last, waits_for)
    late = case.status != Case.Status.IN_REVIEW or consensus_review(case) or open_adjudication(case)
    agreed = not compared.differences
    if agreed and not late:
        consensus = Review.objects.create(
            case=case,
            reader=last.reader,
            kind=Review.Kind.CONSENSUS,
            state=Review.State.COMPLETED,
            completed_at=timezone.now(),
            notes=last.notes,
            impression=last.impression,
            no_finding=not compared.groups,
        )
        _add_agreed(consensus, compared)
    if not late:
        reason = "reads_agree" if agreed else "reads_differ"
        advance(case_id=case.pk, to=case.status, actor=last.reader, reason=reason)
    return Completed(last, 0, agreed)


def adjudication_open(*, case: Case, reader: User) -> Review:
    """The adjudicator's open consensus, which starts from what all reads agree in.

    Raises NotAllowed, NotSettled.
    """
    require_role(reader, CLINICIAN, case.department_id)
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        mine = open_review(reader, locked)
        if mine is not None and mine.kind == Review.Kind.CONSENSUS:
            return mine
        if not may_settle(reader, locked):
            raise NotSettled
        other = open_adjudication(locked)
        if other is not None:
            raise NotSettled(f"{other.reader} is settling this case.", code="being_settled")
        compared = comparison_of(locked)
        review = Review.objects.create(
            case=locked,
            reader=reader,
            kind=Review.Kind.CONSENSUS,
            no_finding=not compared.groups,
        )
        _add_agreed(review, compared)
        advance(case_id=locked.pk, to=locked.status, actor=reader, reason="adjudication_opened")
    return review


def _add_agreed(review: Review, compared: Comparison) -> None:
    for group in compared.agreed:
        _add(review, merged(group), group.first.key)


def _add(review: Review, finding: StatedFinding, key: str) -> None:
    """One finding of the consensus, ``key`` being the first of its group. It keeps its link to the
    model's proposal unless another finding of the consensus has decided that already.
    """
    source = Finding.objects.get(pk=finding.key)
    proposal = UUID(finding.proposal) if finding.proposal else None
    if proposal and Finding.objects.filter(review=review, proposal_id=proposal).exists():
        proposal = None
    decision = Finding.Decision.DRAWN
    if proposal:
        accepted = source.decision == Finding.Decision.ACCEPTED and finding.box == box_of(source)
        decision = Finding.Decision.ACCEPTED if accepted else Finding.Decision.CORRECTED
    x_min, y_min, x_max, y_max = finding.box or (None,) * 4
    Finding.objects.create(
        case_id=review.case_id,
        image_id=source.image_id,
        review=review,
        client_id=uuid5(review.pk, key),
        proposal_id=proposal,
        decision=decision,
        label=finding.label,
        x_min=x_min,
        y_min=y_min,
        x_max=x_max,
        y_max=y_max,
        laterality=finding.laterality,
        certainty=finding.certainty,
        comment=finding.comment,
    )


def ruling_make(*, review: Review, reader: User, difference: UUID, taken: UUID | None) -> Ruling:
    """Settle one difference: one reader's finding stands, or none does. It may be changed until
    the consensus is signed. Raises NotSettled, ReviewCompleted, NotYourReview.
    """
    require_writable(review, reader)
    with transaction.atomic():
        lock_open(review)
        group = difference_of(comparison_of(review.case), difference)
        if review.kind != Review.Kind.CONSENSUS or review.amends_id or group is None:
            raise NotSettled("The reads do not differ there.", code="no_such_difference")
        chosen = next((one for one in group.stated if taken and one.key == str(taken)), None)
        if taken is not None and chosen is None:
            raise NotSettled("No reader states that.", code="no_such_finding")
        Finding.objects.filter(review=review, client_id=uuid5(review.pk, group.first.key)).delete()
        if chosen is not None:
            _add(review, chosen, group.first.key)
        ruling, _ = Ruling.objects.update_or_create(
            review=review, difference_id=difference, defaults={"taken_id": taken}
        )
        nothing = not unsettled(review) and not Finding.objects.stated().filter(review=review)
        Review.objects.filter(pk=review.pk).update(no_finding=nothing, version=F("version") + 1)
    return ruling


def measurement_take(*, review: Review, reader: User, measurement: UUID, take: bool) -> None:
    """Take what a reader measured over into the consensus as it is, or out of it again; the same
    again changes nothing. Raises NotSettled, ReviewCompleted, NotYourReview.
    """
    require_writable(review, reader)
    with transaction.atomic():
        lock_open(review)
        if review.kind != Review.Kind.CONSENSUS or review.amends_id:
            raise NotSettled("This is no consensus of several reads.", code="no_consensus")
        of_readers = Measurement.objects.filter(review__in=completed_reads(review.case))
        source = of_readers.filter(pk=measurement).first()
        if source is None:
            raise NotSettled("No reader measured that.", code="no_such_measurement")
        client_id = taken_id(review, source.pk)
        if take:
            Measurement.objects.get_or_create(
                review=review,
                client_id=client_id,
                defaults={
                    "case_id": source.case_id,
                    "image_id": source.image_id,
                    "kind": source.kind,
                    "points": source.points,
                },
            )
        else:
            Measurement.objects.filter(review=review, client_id=client_id).delete()
        Review.objects.filter(pk=review.pk).update(version=F("version") + 1)


def case_set_reads(
    *, case: Case, actor: User, reads_needed: int | None, read_blind: bool | None
) -> Case:
    """How one case is read, before anybody reads it. Raises NotAllowed, NotSettled."""
    require_role(actor, CLINICIAN, case.department_id)
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        if not is_adjudicator(actor, locked):
            raise NotAllowed
        if Review.objects.filter(case=locked).exists():
            raise NotSettled("The case is being read: this is fixed now.", code="reads_fixed")
        Case.objects.filter(pk=case.pk).update(
            reads_needed=reads_needed, read_blind=read_blind, version=F("version") + 1
        )
        advance(case_id=case.pk, to=locked.status, actor=actor, reason="reads_set")
    case.refresh_from_db()
    return case
