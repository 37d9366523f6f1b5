"""Beside the database of a demo portal: some of its cases read, as two clinicians would."""

from __future__ import annotations

import json
import uuid

from annotations.models import Finding, Review
from annotations.notes.services import NewNote, note_create
from annotations.reading.services.findings import FindingValues, finding_create
from annotations.reading.services.reviews import review_open, review_update
from annotations.reports.services import report_sign
from cases.models import Case
from cxrportal.accounts.models import Department, Membership, User
from cxrportal.demo.cases import demo_cases

FIRST = "clinician@example.org"
SECOND = "lee@example.org"
OPEN, BEGUN, SHOWN = "DEMO-73-2", "DEMO-37-1", "DEMO-75-2"
SIGNED = ("DEMO-73-1", "DEMO-23-1", "DEMO-41-1", SHOWN)
SIGNED_BY_SECOND = ("DEMO-75-1",)
IMPRESSION = "Enlarged heart, small effusion on the left. No pneumothorax."
QUESTION = "Is the blunted left costophrenic angle new since the last study?"


def seed() -> int:
    """The demo's studies, sent through the same door as every file. Returns how many."""
    return demo_cases(department=Department.objects.get(), clinician=_person(FIRST))


def read() -> str:
    """Five cases signed, two begun, one discussed. JSON: which case to look at for what."""
    department = Department.objects.get()
    colleague = User.objects.create_user(SECOND, is_approved=True, full_name="Dr Ann Lee")
    Membership.objects.create(user=colleague, department=department, role="clinician")
    reader = _person(FIRST)
    for accession in SIGNED:
        _sign(_case(accession), reader)
    for accession in SIGNED_BY_SECOND:
        _sign(_case(accession), colleague)
    review_open(case=_case(BEGUN), reader=colleague)
    case = _case(OPEN)
    review = review_open(case=case, reader=reader)
    _accept_proposals(review)
    review.refresh_from_db()
    review_update(review=review, reader=reader, version=review.version, impression=IMPRESSION)
    _state(review, FindingValues("DRAWN", "effusion", _left_base(case)))
    note_create(case=case, author=colleague, new=NewNote(uuid.uuid4(), QUESTION))
    return json.dumps({"open": str(case.pk), "signed": str(_case(SHOWN).pk)})


def _person(email: str) -> User:
    return User.objects.get(email=email)


def _case(accession: str) -> Case:
    return Case.objects.get(accession_number=accession)


def _sign(case: Case, reader: User) -> None:
    """Accepts what is proposed, or says that there is no finding, and signs."""
    review = review_open(case=case, reader=reader)
    found = _accept_proposals(review)
    review.refresh_from_db()
    review = review_update(
        review=review,
        reader=reader,
        version=review.version,
        no_finding=not found,
        impression="As described under findings." if found else "No finding.",
    )
    report_sign(review=review, reader=reader, version=review.version)


def _accept_proposals(review: Review) -> int:
    proposals = Finding.objects.filter(case=review.case, review=None)
    for proposal in proposals:
        _state(review, FindingValues("ACCEPTED"), proposal)
    return len(proposals)


def _state(review: Review, values: FindingValues, proposal: Finding | None = None) -> None:
    finding_create(
        review=review,
        reader=review.reader,
        client_id=uuid.uuid4(),
        image=proposal.image if proposal else review.case.images.get(),
        proposal=proposal,
        values=values,
    )


def _left_base(case: Case) -> tuple[float, float, float, float]:
    """xyxy in pixels: where the phantom's effusion is, on the patient's left."""
    image = case.images.get()
    return (image.columns * 0.76, image.rows * 0.58, image.columns * 0.89, image.rows * 0.73)
