"""From rows to the frozen content of a report."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.conf import settings

from annotations.models import Finding, Review, SignedReport
from annotations.priors import prior_marks
from annotations.reports.drafts import DraftState, draft_state, letterhead_of
from annotations.reports.prefill import Facts
from annotations.selectors import box_of, measurements_of, visible_findings
from cases.models import Case, Image
from cases.reports.content import (
    Certainty,
    Decision,
    Laterality,
    ModelBlock,
    PatientBlock,
    ProposalCounts,
    ReaderBlock,
    ReportBox,
    ReportContent,
    ReportFinding,
    ReportImage,
    ReportMeasurement,
    ReportPriorMark,
    Sex,
    StudyBlock,
)
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from inference.predict.labels import term
from inference.presentation import NAMES
from patients.age import age_on

_ORDER = {Certainty.CERTAIN: 0, Certainty.PROBABLE: 1, Certainty.POSSIBLE: 2}


def report_content(review: Review, *, signed_at: datetime | None) -> ReportContent:
    """What the report of this review says now; a draft when ``signed_at`` is none."""
    case = review.case
    images = list(
        Image.objects.filter(case=case, state=Image.State.DONE).order_by("created_at", "id")
    )
    findings = list(review.findings.select_related("detection", "proposal__detection"))
    before = SignedReport.objects.filter(case=case).order_by("-version").first()
    stated = [f for f in findings if f.decision != Finding.Decision.REJECTED]
    letterhead = letterhead_of(review)
    said = report_draft(review).sections
    return ReportContent(
        address=letterhead.address,
        logo_sha256=letterhead.logo_sha256,
        technique=said.technique.strip(),
        comparison=said.comparison.strip(),
        findings_text=said.findings.strip(),
        recommendation=said.recommendation.strip(),
        measurements=_measurements(review, images),
        priors=tuple(
            ReportPriorMark(NAMES[m.label], m.text, Laterality(m.laterality), m.study_date)
            for m in prior_marks(review)
        ),
        institution=settings.INSTITUTION_NAME,
        department=case.department.name,
        patient=_patient(case),
        study=_study(case, images),
        model=_model(case, images),
        reader=_reader(review.reader),
        images=tuple(_image(image, number) for number, image in enumerate(images, start=1)),
        findings=_findings(stated, {image.pk for image in images}),
        no_finding=review.no_finding and not stated,
        proposals=_counts(case, review.reader, findings),
        clinical_question=case.clinical_question,
        notes=review.notes.strip(),
        impression=review.impression.strip(),
        signed_at=signed_at,
        version=before.version + 1 if before else 1,
        supersedes=before.version if before else None,
        amendment_reason=review.amendment_reason,
        synthetic=case.is_synthetic,
    )


def report_draft(review: Review) -> DraftState:
    """The text as the editor shows it, prefilled where nobody wrote."""
    images = list(
        Image.objects.filter(case=review.case_id, state=Image.State.DONE).order_by(
            "created_at", "id"
        )
    )
    rows = review.findings.select_related("detection", "proposal__detection")
    stated = [f for f in rows if f.decision != Finding.Decision.REJECTED]
    facts = Facts(
        findings=_findings(stated, {image.pk for image in images}),
        measurements=_measurements(review, images),
        views=", ".join(sorted({i.view_position for i in images if i.view_position})),
        rows=tuple((str(image.pk), image.rows) for image in images),
    )
    return draft_state(review, facts)


def _measurements(review: Review, images: list[Image]) -> tuple[ReportMeasurement, ...]:
    shown = {str(image.pk) for image in images}
    return tuple(
        ReportMeasurement(m.image_id, m.kind, m.name, m.value, m.unit, m.text, m.points)
        for m in measurements_of(review)
        if m.image_id in shown
    )


def _patient(case: Case) -> PatientBlock:
    patient = case.patient
    return PatientBlock(
        name=patient.name,
        mrn=patient.mrn or patient.claimed_mrn,
        birth_date=patient.birth_date,
        age_years=age_on(patient.birth_date, case.study_date),
        sex=Sex(patient.sex),
    )


def _study(case: Case, images: list[Image]) -> StudyBlock:
    facts = images[0].facts["study"] if images else {}
    views = {image.view_position for image in images if image.view_position}
    return StudyBlock(
        accession_number=case.accession_number,
        study_date=case.study_date,
        view=", ".join(sorted(views)),
        modality=facts.get("modality", ""),
        sop_instance_uid=images[0].sop_instance_uid if images else "",
    )


def _image(image: Image, number: int) -> ReportImage:
    view = f", {image.view_position}" if image.view_position else ""
    stated = image.facts["study"] if image.kind == Image.Kind.DICOM else {}
    return ReportImage(
        image_id=str(image.pk),
        caption=f"Image {number}{view}",
        rows=image.rows,
        columns=image.columns,
        study_instance_uid=stated.get("study_instance_uid", ""),
        series_instance_uid=stated.get("series_instance_uid", ""),
        sop_instance_uid=stated.get("sop_instance_uid", ""),
        sop_class_uid=stated.get("sop_class_uid", ""),
    )


def _findings(stated: list[Finding], shown: set[object]) -> tuple[ReportFinding, ...]:
    """Numbered from 1: the certain ones first, then in the order of reading."""
    ordered = sorted(
        (f for f in stated if f.image_id in shown),
        key=lambda f: (_ORDER[Certainty(f.certainty)], f.created_at),
    )
    return tuple(_finding(f, number) for number, f in enumerate(ordered, start=1))


def _finding(finding: Finding, number: int) -> ReportFinding:
    box = box_of(finding)
    detection = finding.proposal.detection if finding.proposal else None
    return ReportFinding(
        number=number,
        image_id=str(finding.image_id),
        label=NAMES[finding.label],
        code=finding.label,
        decision=Decision(finding.decision),
        certainty=Certainty(finding.certainty),
        laterality=Laterality(finding.laterality),
        box=ReportBox(*box) if box else None,
        comment=finding.comment,
        model_score=detection.score if detection else None,
        radlex=term(finding.label).radlex,
        snomed_ct=term(finding.label).snomed_ct,
    )


def _counts(case: Case, reader: User, findings: list[Finding]) -> ProposalCounts:
    proposed = visible_findings(reader, case).filter(review=None).count()
    made = Counter(f.decision for f in findings if f.proposal_id)
    return ProposalCounts(
        accepted=made[Finding.Decision.ACCEPTED],
        corrected=made[Finding.Decision.CORRECTED],
        rejected=made[Finding.Decision.REJECTED],
        undecided=max(0, proposed - sum(made.values())),
    )


def _model(case: Case, images: list[Image]) -> ModelBlock:
    """The model that looked at the images, and why it could not where it could not."""
    runs = list(
        InferenceRun.objects.filter(image__case=case)
        .select_related("model_version")
        .order_by("-created_at")
    )
    done = next((r for r in runs if r.state == InferenceRun.State.DONE and r.model_version), None)
    model = done.model_version if done else None
    reason = _why_not(runs, images)
    if model is None:
        return ModelBlock(unavailable_reason=reason or "no analysis was made")
    return ModelBlock(
        name=model.name,
        version=model.version,
        sha256=model.sha256,
        calibrated=model.calibrated,
        unavailable_reason=reason,
    )


def _why_not(runs: list[InferenceRun], images: list[Image]) -> str:
    failed = next((r for r in runs if r.state == InferenceRun.State.FAILED), None)
    if failed is not None:
        return f"{failed.message.rstrip('.')} ({failed.code})"
    unfinished = any(r.state != InferenceRun.State.DONE for r in runs) or len(runs) < len(images)
    return "the analysis was not finished when this was written" if unfinished else ""


def _reader(user: User) -> ReaderBlock:
    return ReaderBlock(name=str(user), role=user.title or "Clinician")
