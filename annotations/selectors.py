"""Who sees which findings, and what is still to be proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from annotations.comparison.types import StatedFinding, StatedRead
from annotations.models import CommittedRead, Finding, Measurement, Review, SignedReport
from cases.dicom.measure import NAMES, MeasureKind, measure
from cases.dicom.types import SpacingKind
from cases.models import Case
from cases.querysets import CaseQuerySet, read_by_one, read_by_several, read_openly
from cxrportal.accounts.models import Membership, User
from cxrportal.accounts.permissions import CLINICIAN
from inference.models import InferenceRun
from inference.selectors import case_is_analysed

SIGNED = (Case.Status.SIGNED, Case.Status.AMENDED)
ENDED = (InferenceRun.State.DONE, InferenceRun.State.FAILED)


def runs_to_propose(case_id: UUID | None) -> Any:
    """Analyses that ended and whose findings were not yet put before a reader."""
    runs = InferenceRun.objects.filter(state__in=ENDED, proposed_at__isnull=True)
    return runs.filter(image__case_id=case_id) if case_id else runs


def case_is_proposed(case: Case) -> bool:
    return case_is_analysed(case) and not runs_to_propose(case.pk).exists()


def reads_blind(case: Case) -> bool:
    """The case's own rule, else its department's."""
    return case.department.blind_reads if case.read_blind is None else case.read_blind


def reads_needed(case: Case) -> int:
    """How many reads the case gets before it is signed; 1 to 3."""
    return case.reads_needed or case.department.reads_per_case


def model_is_hidden(user: User, case: Case) -> bool:
    """Blind reads: nothing of the model is shown before one's own read is committed."""
    if not reads_blind(case):
        return False
    mine = Review.objects.filter(case=case, reader=user)
    return not mine.that_show_the_model().exists()


def findings_visible_to(user: User) -> QuerySet[Finding]:
    """Which findings exist for ``user``: pages, lists, sort orders and API ask here.

    One's own always. The model's proposals where reads are open, or once one's own read is
    committed. Completed reads of others at the same moment where a case has one read; where it has
    several, once one's own is completed, or once it is signed and one has no read of it open.
    """
    proposed = Q(review__isnull=True) & _model_is_open_to(user)
    return Finding.objects.visible_to(user).filter(
        Q(review__reader=user) | proposed | _reads_are_open_to(user)
    )


def measurements_visible_to(user: User) -> QuerySet[Measurement]:
    """The same rule for what readers measured."""
    return Measurement.objects.visible_to(user).filter(
        Q(review__reader=user) | _reads_are_open_to(user)
    )


def _model_is_open_to(user: User) -> Q:
    """Rows of cases where the model's findings may be seen."""
    shown = Review.objects.filter(reader=user).that_show_the_model()
    return read_openly("case__") | Q(_same_case(shown))


def _reads_are_open_to(user: User) -> Q:
    """Rows of completed reads that may be seen."""
    return Q(review__state=Review.State.COMPLETED) & others_are_open_to(user)


def others_are_open_to(user: User) -> Q:
    """Rows of cases where what others wrote biases no read of ``user`` any more."""
    mine = Review.objects.filter(reader=user)
    done = Q(_same_case(mine.that_show_others()))
    reading = mine.reads().filter(state=Review.State.OPEN)
    settled = read_openly("case__") & Q(case__status__in=SIGNED) & ~Q(_same_case(reading))
    return done | (read_by_one("case__") & _model_is_open_to(user)) | settled


def _same_case(reviews: QuerySet[Review]) -> Exists:
    """Whether a row's case has one of these; by the case, as all reviews of a reader are many."""
    return Exists(reviews.filter(case=OuterRef("case")))


def visible_findings(user: User, case: Case) -> QuerySet[Finding]:
    """What ``user`` may see of one case."""
    return findings_visible_to(user).filter(case=case)


def open_review(user: User, case: Case) -> Review | None:
    return Review.objects.filter(case=case, reader=user, state=Review.State.OPEN).first()


def latest_review(user: User, case: Case) -> Review | None:
    """The user's open review, else the last completed one."""
    return open_review(user, case) or Review.objects.filter(case=case, reader=user).first()


def stated_finding(finding: Finding) -> StatedFinding:
    """The row for comparison with others."""
    return StatedFinding(
        key=str(finding.pk),
        image=str(finding.image_id),
        label=finding.label,
        box=box_of(finding),
        proposal=str(finding.proposal_id or ""),
        certainty=finding.certainty,
        laterality=finding.laterality,
        comment=finding.comment,
    )


def stated_read(review: Review) -> StatedRead:
    """What the review states now: what it rejects is no part of it."""
    rows = [f for f in review.findings.all() if f.decision != Finding.Decision.REJECTED]
    rows.sort(key=lambda f: (f.created_at, f.pk))
    findings = tuple(stated_finding(finding) for finding in rows)
    return StatedRead(findings, review.no_finding and not findings, review.impression)


def committed_read(review: Review) -> StatedRead | None:
    """The read as it was committed, before its reader saw the model."""
    before: CommittedRead | None = getattr(review, "committed", None)
    if before is None:
        return None
    findings = tuple(StatedFinding.from_json(stored) for stored in before.findings)
    return StatedRead(findings, before.no_finding, before.impression)


def unsigned_consensus(user: User, case: Case) -> Review | None:
    """The consensus that the reads came to by themselves when ``user`` completed the last one."""
    fixed = Review.objects.consensus().filter(case=case, reader=user, report=None, amends=None)
    return fixed.exclude(case__status__in=SIGNED).order_by("-completed_at", "-id").first()


def signed_meanwhile(review: Review) -> SignedReport | None:
    """The version that stands, where this review does not amend it: its reader has not seen it."""
    last = SignedReport.objects.filter(case=review.case_id).order_by("-version").first()
    return last if last is not None and last.pk != review.amends_id else None


def may_read(user: User, case: Case) -> bool:
    """A clinician of the department whose reads count."""
    member = Membership.objects.filter(user=user, role=CLINICIAN, may_read=True)
    return member.filter(department_id=case.department_id).exists()


def is_adjudicator(user: User, case: Case) -> bool:
    member = Membership.objects.filter(user=user, role=CLINICIAN, adjudicator=True)
    return member.filter(department_id=case.department_id).exists()


def completed_reads(case: Case) -> QuerySet[Review]:
    """The reads that count, in the order in which they were completed."""
    done = Review.objects.reads().filter(case=case, state=Review.State.COMPLETED)
    return done.select_related("reader").order_by("completed_at", "id")


def needs_read_of(user: User) -> CaseQuerySet:
    """Cases that wait for a read by ``user``: theirs to read, not yet read by them or by enough
    others. One that they have opened is among them until it is completed.
    """
    member = Membership.objects.filter(user=user, role=CLINICIAN, may_read=True)
    mine = Review.objects.reads().filter(reader=user, state=Review.State.COMPLETED)
    waiting = Case.objects.visible_to(user).active().awaiting_review()
    waiting = waiting.filter(department__in=member.values("department"))
    fewer = LessThan(_reads_done(), _reads_wanted())
    return waiting.filter(~Exists(mine.filter(case=OuterRef("pk"))), fewer)


def needs_adjudication_by(user: User) -> CaseQuerySet:
    """Cases whose reads are all completed and differ, that ``user`` may settle: adjudicator of the
    department, and not one of the readers.
    """
    return settled_by(user).exclude(pk__in=Review.objects.consensus().values("case"))


def may_settle(user: User, case: Case) -> bool:
    """Such a case, or one whose reads agree and which nobody has signed."""
    return settled_by(user).filter(pk=case.pk).exists()


def settled_by(user: User) -> CaseQuerySet:
    """Unsigned cases with all their reads, none of them by ``user``, an adjudicator there."""
    member = Membership.objects.filter(user=user, role=CLINICIAN, adjudicator=True)
    read = Review.objects.reads().filter(reader=user)
    waiting = Case.objects.visible_to(user).active().filter(status=Case.Status.IN_REVIEW)
    waiting = waiting.filter(read_by_several(), department__in=member.values("department"))
    enough = GreaterThanOrEqual(_reads_done(), _reads_wanted())
    return waiting.filter(enough).exclude(pk__in=read.values("case"))


def _reads_done() -> Coalesce:
    """Of a row of cases: how many reads are completed."""
    done = Review.objects.reads().filter(case=OuterRef("pk"), state=Review.State.COMPLETED)
    counted = done.order_by().values("case").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _reads_wanted() -> Coalesce:
    return Coalesce("reads_needed", "department__reads_per_case")


def consensus_review(case: Case) -> Review | None:
    """What the reads of a case came to, the newest version; none before it is fixed."""
    fixed = Review.objects.consensus().filter(case=case)
    return fixed.select_related("reader").order_by("-completed_at", "-id").first()


def consensus_findings(case: Case) -> QuerySet[Finding]:
    """What the consensus of several reads states; nothing where there is none. A consensus that
    states nothing has ``no_finding`` on its review: ask ``consensus_review`` to tell the two apart.
    """
    review = consensus_review(case)
    return Finding.objects.stated().filter(review=review) if review else Finding.objects.none()


def with_consensus(cases: CaseQuerySet) -> CaseQuerySet:
    """The cases whose several reads came to a fixed consensus, by agreement or adjudication."""
    return cases.filter(pk__in=Review.objects.consensus().values("case"))


def box_of(finding: Finding) -> tuple[float, float, float, float] | None:
    """xyxy in original image pixels, or none for a finding of the whole image."""
    x_min, y_min, x_max, y_max = finding.x_min, finding.y_min, finding.x_max, finding.y_max
    if x_min is None or y_min is None or x_max is None or y_max is None:
        return None
    return x_min, y_min, x_max, y_max


@dataclass(frozen=True, slots=True)
class MeasuredFact:
    """One measurement with its value: ``text`` is "123.4 mm at detector", "37.5°" or "0.52".

    ``points``: x, y, x, y... in original image pixels.
    """

    image_id: str
    kind: str
    name: str
    value: float
    unit: str
    text: str
    points: tuple[float, ...]


def measured(measurement: Measurement) -> MeasuredFact:
    """What the points amount to with the spacing of their image."""
    grid = measurement.image.facts["grid"]
    kind = MeasureKind(measurement.kind)
    spacing = grid["spacing_mm"]
    found = measure(
        kind,
        tuple((x, y) for x, y in measurement.points),
        spacing_mm=(spacing[0], spacing[1]) if spacing else None,
        spacing_kind=SpacingKind(grid["spacing_kind"]),
    )
    return MeasuredFact(
        image_id=str(measurement.image_id),
        kind=measurement.kind,
        name=NAMES[kind],
        value=found.value,
        unit=found.unit,
        text=found.text,
        points=tuple(float(n) for point in measurement.points for n in point),
    )


def measurements_of(review: Review) -> tuple[MeasuredFact, ...]:
    """What was measured in this read, oldest first."""
    rows = Measurement.objects.filter(review=review).select_related("image")
    return tuple(measured(row) for row in rows)
