"""What people did with some of the demo's cases, so that every page has something to show.

The cases of a story are prepared and analysed here, by the services that the workers use; all
others wait for the workers.
"""

from __future__ import annotations

import uuid

from annotations.adjudication.services import case_set_reads, review_complete
from annotations.models import Finding, PriorMark, Review, SignedReport
from annotations.notes.services import NewNote, note_create
from annotations.reading.services.findings import FindingValues, finding_create
from annotations.reading.services.measurements import measurement_create
from annotations.reading.services.priors import prior_mark_create
from annotations.reading.services.proposals import findings_propose
from annotations.reading.services.reviews import review_open, review_update
from annotations.reports.amending import report_amend
from annotations.reports.services import report_sign
from cases.dicom.measure import MeasureKind
from cases.models import Case, Image
from cases.services.ingest import image_ingest
from cxrportal.accounts.models import Department, User
from cxrportal.demo.people import ADJUDICATOR_EMAIL, CLINICIAN_EMAIL, SECOND_EMAIL
from inference.models import InferenceRun
from inference.services.infer import run_infer
from inference.services.runs import runs_ensure

SIGNED, AMENDED, PRIOR, FOLLOWED, DISPUTED, DISCUSSED = (
    "DEMO-73-1", "DEMO-23-1", "DEMO-41-1", "DEMO-41-2", "DEMO-75-2", "DEMO-73-2",
)  # fmt: skip
# Where the phantom has its nodule, in shares of width and height: x_min, y_min, x_max, y_max.
NODULE = (0.331, 0.384, 0.381, 0.427)


def demo_stories(department: Department) -> int:
    """Signed, amended, compared, disputed and discussed cases; none where somebody has read here.

    Returns how many cases were read.
    """
    if Review.objects.filter(case__department=department).exists():
        return 0
    people = (CLINICIAN_EMAIL, SECOND_EMAIL, ADJUDICATOR_EMAIL)
    first, second, settles = (User.objects.get(email=email) for email in people)
    told = (SIGNED, AMENDED, PRIOR, FOLLOWED, DISPUTED)
    cases = {accession: _prepared(department, accession) for accession in told}
    _sign(_read(cases[SIGNED], first), "Normal heart and lungs.")
    _amended(cases[AMENDED], first, second)
    _followed(cases[PRIOR], cases[FOLLOWED], first, second)
    _disputed(cases[DISPUTED], first, second, settles)
    _discussed(Case.objects.get(department=department, accession_number=DISCUSSED), first, second)
    return len(told)


def _prepared(department: Department, accession: str) -> Case:
    """The case, ready to be read, with what the model proposes."""
    case = Case.objects.get(department=department, accession_number=accession)
    for image in case.images.all():
        image_ingest(image_id=image.pk)
    runs_ensure(case_id=case.pk)
    for run in InferenceRun.objects.filter(image__case=case):
        run_infer(run_id=run.pk)
        findings_propose(run_id=run.pk)
    return Case.objects.select_related("department").get(pk=case.pk)


def _read(case: Case, reader: User) -> Review:
    """Accepts what the model proposes, else states that there is nothing."""
    review = review_open(case=case, reader=reader)
    proposals = list(Finding.objects.proposed().filter(case=case))
    for proposal in proposals:
        _state(review, FindingValues("ACCEPTED"), proposal)
    if not proposals:
        review = review_update(
            review=review, reader=reader, version=review.version, no_finding=True
        )
    return review


def _state(review: Review, values: FindingValues, proposal: Finding | None = None) -> Finding:
    finding, _ = finding_create(
        review=review,
        reader=review.reader,
        client_id=uuid.uuid4(),
        image=proposal.image if proposal else _image(review.case),
        proposal=proposal,
        values=values,
    )
    return finding


def _image(case: Case) -> Image:
    return Image.objects.filter(case=case).order_by("created_at")[0]


def _sign(review: Review, impression: str) -> SignedReport:
    review = review_update(
        review=review, reader=review.reader, version=review.version, impression=impression
    )
    return report_sign(review=review, reader=review.reader, version=review.version)


def _amended(case: Case, first: User, second: User) -> None:
    """Signed by one reader, amended by the other: a nodule, measured."""
    _sign(_read(case, first), "As described.")
    reason = "Nodule in the right mid zone, overlooked at first."
    review = report_amend(case=case, reader=second, reason=reason)
    image = _image(case)
    wide, high = image.columns, image.rows
    box = (NODULE[0] * wide, NODULE[1] * high, NODULE[2] * wide, NODULE[3] * high)
    middle = (box[1] + box[3]) / 2
    if review.no_finding:
        review = review_update(
            review=review, reader=second, version=review.version, no_finding=False
        )
    _state(review, FindingValues("DRAWN", "nodule", box, laterality="R", comment="Round."))
    measurement_create(
        review=review,
        reader=second,
        client_id=uuid.uuid4(),
        image=image,
        kind=MeasureKind.LENGTH,
        points=((box[0], middle), (box[2], middle)),
    )
    _sign(review, "Nodule in the right mid zone. CT is advised.")


def _followed(prior: Case, case: Case, first: User, second: User) -> None:
    """A consolidation, and the control in which it has resolved."""
    before = _read(prior, first)
    if not before.findings.exists():
        before = review_update(
            review=before, reader=first, version=before.version, no_finding=False
        )
        _state(before, FindingValues("DRAWN", "consolidation", laterality="R"))
    _sign(before, "Consolidation, pneumonia is likely.")
    review = _read(case, second)
    for finding in Finding.objects.stated().filter(review=before):
        prior_mark_create(
            review=review,
            reader=second,
            client_id=uuid.uuid4(),
            finding=finding,
            mark=PriorMark.Mark.RESOLVED,
        )
    _sign(review, "The consolidation has resolved.")


def _disputed(case: Case, first: User, second: User, settles: User) -> None:
    """Two reads that differ: they wait for the adjudicator."""
    case_set_reads(case=case, actor=settles, reads_needed=2, read_blind=None)
    fresh = Case.objects.select_related("department").get(pk=case.pk)
    one = review_open(case=fresh, reader=first)
    _state(one, FindingValues("DRAWN", "cardiomegaly", comment="Ratio above one half."))
    other = review_open(case=fresh, reader=second)
    other = review_update(review=other, reader=second, version=other.version, no_finding=True)
    for review in (one, other):
        review_complete(review=review, reader=review.reader, version=review.version)


def _discussed(case: Case, first: User, second: User) -> None:
    """A question with a mention, and a reply."""
    question = f"@{first.full_name}, is the left effusion new since the last study?"
    note, _ = note_create(case=case, author=second, new=NewNote(uuid.uuid4(), question))
    answer = NewNote(uuid.uuid4(), "I shall compare it with the study of last year.", note)
    note_create(case=case, author=first, new=answer)
