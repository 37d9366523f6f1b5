"""The reader's draft of a report: prefilled, saved by itself, immutable once signed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction

from annotations.errors import VersionConflict
from annotations.models import Finding, Letterhead, ReportDraft, ReportTemplate, Review
from annotations.reading.services.reviews import require_writable
from annotations.reports.prefill import NORMAL, Facts, Template, filled, follows
from cxrportal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Sections:
    """The text of a report as the editor shows it; ``version`` 0: never saved."""

    technique: str = ""
    comparison: str = ""
    findings: str = ""
    impression: str = ""
    recommendation: str = ""


@dataclass(frozen=True, slots=True)
class DraftState:
    """``fresh`` is what the findings would be prefilled with now; ``offered`` an impression."""

    version: int
    sections: Sections
    fresh: str
    offered: str

    @property
    def stale(self) -> bool:
        """The findings' text was edited and no longer is what the findings would give."""
        return self.version > 0 and self.sections.findings != self.fresh


def draft_state(review: Review, facts: Facts) -> DraftState:
    """What the editor shows and what would be signed now."""
    start = filled(_template(review, has_findings=bool(facts.findings)), facts)
    draft = ReportDraft.objects.filter(review=review).first()
    if draft is None:
        sections = Sections(
            technique=start.technique,
            comparison=start.comparison,
            findings=start.findings,
            impression=review.impression,
            recommendation=start.recommendation,
        )
        return DraftState(0, sections, start.findings, start.impression)
    sections = Sections(
        technique=draft.technique,
        comparison=draft.comparison,
        findings=follows(draft.findings, draft.findings_prefilled, start.findings),
        impression=review.impression,
        recommendation=draft.recommendation,
    )
    return DraftState(draft.version, sections, start.findings, start.impression)


def _template(review: Review, *, has_findings: bool) -> Template:
    """The department's own, else a plain one. A read that states nothing gets no normal text."""
    normal = review.no_finding and not has_findings
    rows = ReportTemplate.objects.filter(department=review.case.department_id, retired_at=None)
    own = rows.filter(for_no_finding=normal).first()
    if own is None:
        return NORMAL if normal else Template()
    return Template(
        technique=own.technique,
        comparison=own.comparison,
        findings=own.findings,
        impression=own.impression,
        recommendation=own.recommendation,
    )


@dataclass(frozen=True, slots=True)
class Saving:
    """One save: the version and the impression that the editor had, and what it shows now."""

    version: int
    impression_before: str
    prefilled: str
    sections: Sections


def draft_save(*, review: Review, reader: User, saving: Saving) -> ReportDraft:
    """Store what the editor shows. Raises VersionConflict, ReviewCompleted, NotYourReview."""
    with transaction.atomic():
        locked = Review.objects.select_for_update().select_related("case").get(pk=review.pk)
        require_writable(locked, reader)
        draft = ReportDraft.objects.filter(review=locked).first()
        if (draft.version if draft else 0) != saving.version:
            raise VersionConflict(locked)
        said = saving.sections
        if said.impression != locked.impression:
            if locked.impression != saving.impression_before:
                raise VersionConflict(locked)
            locked.impression = said.impression
            locked.version += 1
            Review.objects.filter(pk=locked.pk).update(
                impression=locked.impression, version=locked.version
            )
        values = asdict(said) | {"findings_prefilled": saving.prefilled}
        del values["impression"]
        values["version"] = saving.version + 1
        draft, _ = ReportDraft.objects.update_or_create(review=locked, defaults=values)
    return draft


def letterhead_of(review: Review) -> Letterhead:
    """The department's, or an empty one."""
    found = Letterhead.objects.filter(department=review.case.department_id).first()
    return found or Letterhead(department_id=review.case.department_id)


def edited_findings(review: Review) -> bool:
    """The reader wrote findings of their own, though none is marked on the image."""
    draft = ReportDraft.objects.filter(review=review).first()
    marked = Finding.objects.stated().filter(review=review).exists()
    return bool(draft and not marked and draft.findings.strip() != draft.findings_prefilled.strip())
