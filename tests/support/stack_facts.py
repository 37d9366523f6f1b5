"""What a test asks beside the database of a running stack, and the stack's first people."""

from __future__ import annotations

import json
from datetime import timedelta

from annotations.models import Finding
from annotations.reading.services.reviews import review_open
from annotations.reports.services import report_sign
from cases.models import Case, Image
from cxrportal.accounts.models import Department, Membership, User
from cxrportal.accounts.tokens import token_issue
from inference.models import InferenceRun
from inference.predict.labels import vocabulary_code
from inference.services.registry import SHIPPED_MODEL, model_activate, model_add
from patients.services import patient_confirm, patient_update
from tests.support.readings import decide
from tests.support.releases import make_sealed_release

PASSWORD = "correct horse battery staple"  # noqa: S105


def set_up() -> str:
    """A department, a clinician and a researcher with tokens, the shipped model active. JSON."""
    department = Department.objects.create(name="Radiology")
    tokens = {}
    for role in ("clinician", "researcher"):
        user = User.objects.create_user(
            f"{role}@example.org", PASSWORD, is_approved=True, full_name=f"Dr {role.title()}"
        )
        Membership.objects.create(user=user, department=department, role=role)
        scopes = ["read", "upload", "write", "export"]
        _, tokens[role] = token_issue(
            user=user, name="test", scopes=scopes, lifetime=timedelta(hours=1)
        )
    model_activate(model=model_add(path=SHIPPED_MODEL))
    return json.dumps({"department": str(department.pk), "tokens": tokens, "password": PASSWORD})


def counts() -> dict[str, int]:
    """How much there is of everything that an upload leads to."""
    return {
        "cases": Case.objects.count(),
        "images": Image.objects.count(),
        "runs": InferenceRun.objects.count(),
        "done": InferenceRun.objects.filter(state="DONE").count(),
        "proposed": InferenceRun.objects.filter(proposed_at__isnull=False).count(),
        "findings": Finding.objects.count(),
        "distinct_findings": Finding.objects.values("detection").distinct().count(),
    }


def statuses() -> list[str]:
    return sorted(Case.objects.values_list("status", flat=True))


def read_and_sign(case_id: str) -> str:
    """As the clinician would: confirm the patient, accept what is proposed, draw a box, sign."""
    reader = User.objects.get(email="clinician@example.org")
    case = Case.objects.select_related("patient", "department").get(pk=case_id)
    patient = patient_confirm(patient=case.patient, actor=reader, mrn=case.patient.claimed_mrn)
    patient_update(patient=patient, actor=reader, version=patient.version, research_consent=True)
    review = review_open(case=case, reader=reader)
    for proposal in Finding.objects.filter(case=case, review=None):
        decide(review, proposal=proposal, decision="ACCEPTED")
    decide(review, label="nodule", box=(100.0, 120.0, 160.0, 190.0))
    review.refresh_from_db()
    return str(report_sign(review=review, reader=reader, version=review.version).pk)


def propose_best(case_id: str, count: int) -> int:
    """Proposals for the best whole-image scores of the case's analysis, over threshold or not: a
    phantom rarely has several.
    """
    run = InferenceRun.objects.get(image__case=case_id)
    scores = run.detections.filter(x_min=None, finding=None).order_by("-score")
    for found in scores[:count]:
        Finding.objects.create(
            case_id=case_id,
            image_id=run.image_id,
            detection=found,
            decision=Finding.Decision.PROPOSED,
            label=vocabulary_code(found.label),
        )
    return Finding.objects.filter(case=case_id, review=None).count()


def ask_for_reads(case_id: str, needed: int, blind: bool) -> None:
    """This case is read so often, by these more people: second@, third@ and judge@example.org."""
    Case.objects.filter(pk=case_id).update(reads_needed=needed, read_blind=blind)
    department = Case.objects.get(pk=case_id).department
    for name in ("second", "third", "judge"):
        email = f"{name}@example.org"
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, PASSWORD, is_approved=True, full_name=f"Dr {name.title()}"
        )
        Membership.objects.get_or_create(
            user=user, department=department, role="clinician", adjudicator=name == "judge"
        )


def model_lab(*releases: str) -> None:
    """A department apart with trainer@example.org and these sealed releases of drawn pictures."""
    lab = Department.objects.create(name="Model lab")
    trainer = User.objects.create_user(
        "trainer@example.org", PASSWORD, is_approved=True, full_name="Dr Trainer"
    )
    Membership.objects.create(user=trainer, department=lab, role="researcher")
    for name in releases:
        make_sealed_release(lab, trainer, name=name)
