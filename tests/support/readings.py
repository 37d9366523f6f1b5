"""Cases with real files: uploaded, prepared, proposals made. For reports and releases."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from annotations.models import Finding, Review, SignedReport
from annotations.reading.services.findings import FindingValues, finding_create
from annotations.reading.services.proposals import findings_propose
from annotations.reading.services.reviews import review_open, review_update
from annotations.reports.services import report_sign
from cases.models import Case
from cases.services.burned_in import burned_in_review
from cases.services.ingest import image_ingest
from cases.services.upload import UploadRequest, upload_accept
from cxrportal.accounts.models import Department, User
from patients.models import Patient
from tests.support.cases import make_run
from tests.support.people import make_patient
from tests.support.phantoms import phantom_bytes


def read_case(
    department: Department,
    reader: User,
    *,
    seed: int = 1,
    patient: Patient | None = None,
    analysed: bool = True,
    content: bytes = b"",
) -> Case:
    """A phantom (or the file ``content`` of ``patient``) that went through upload and ingest, with
    proposals when ``analysed``. The reader has looked at its side marker and found that it names
    nobody.
    """
    patient = patient or make_patient(
        department, mrn=f"PHANTOM-{seed}", sex="", research_consent=True
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "phantom.dcm")
        path.write_bytes(content or phantom_bytes(seed, mrn=patient.mrn))
        request = UploadRequest(
            user=reader, department=department, path=path, file_name="phantom.dcm", patient=patient
        )
        image = upload_accept(request).image
    image_ingest(image_id=image.pk)
    image.refresh_from_db()
    burned_in_review(image=image, actor=reader, outcome="clean")
    state = {} if analysed else {"state": "FAILED", "code": "model_unavailable", "message": "Gone."}
    run = make_run(image, **state)
    Case.objects.filter(pk=image.case_id).update(status=Case.Status.ANALYSED)
    findings_propose(run_id=run.pk)
    return Case.objects.get(pk=image.case_id)


def decide(review: Review, **values: object) -> Finding:
    """An own finding, or a decision on ``proposal``."""
    proposal = values.pop("proposal", None)
    image = proposal.image if proposal else review.case.images.get()
    stated = {"decision": "DRAWN", "label": "nodule"} | values
    finding, _ = finding_create(
        review=review,
        reader=review.reader,
        client_id=uuid.uuid4(),
        image=image,
        proposal=proposal,
        values=FindingValues(**stated),
    )
    return finding


def sign(case: Case, reader: User, *, no_finding: bool = False) -> SignedReport:
    """Sign what the review says, or "no finding"."""
    review = review_open(case=case, reader=reader)
    if no_finding:
        review = review_update(
            review=review, reader=reader, version=review.version, no_finding=True
        )
    return report_sign(review=review, reader=reader, version=review.version)
