"""Nothing that a reader could open tells what the model or another reader found, before the commit.

One case of a blind department: analysed, read and signed by a colleague, and open in a reader's own
read. The colleague's words and the numbers of the model are looked for in every answer.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from rest_framework.test import APIClient

from annotations.models import Finding, Review, SignedReport
from annotations.reading.services.reviews import review_open, review_update
from annotations.reports.content import report_content
from cases.models import Case
from cxrportal.accounts.models import Department, User
from inference.models import HeatMap, LungMask
from tests.support.people import make_department, make_user
from tests.support.readings import decide, read_case, sign
from tests.support.reads import begin, commit, complete
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db
WORDS = "Seen by the colleague alone"
SCORE = "0.8642"


@pytest.fixture
def colleague(blind: Department) -> User:
    return make_user("clinician", blind)


@pytest.fixture
def case(blind: Department, reader: User, colleague: User) -> Case:
    """Both reads are open; then the colleague's is signed. The colleague measured the ratio 0.8642
    of the lungs, and so does the model.
    """
    case = read_case(blind, colleague)
    run = case.images.get().runs.get()
    run.detections.update(score=float(SCORE))
    HeatMap.objects.create(run=run, key="none", labels=["Effusion"], rows=1, columns=1)
    LungMask.objects.create(
        run=run, key="none", rows=1, columns=1, left_area_px=1, right_area_px=1,
        ratio=float(SCORE), ratio_lines=[],
    )  # fmt: skip
    own = review_open(case=case, reader=reader)
    review_update(review=own, reader=reader, version=own.version, impression="Nothing so far.")
    theirs = begin(case, colleague, ("pneumothorax", None))
    decide(theirs, label="mass", comment=WORDS)
    review_update(review=theirs, reader=colleague, version=theirs.version, impression=WORDS)
    commit(Review.objects.get(pk=theirs.pk))
    sign(case, colleague)
    return case


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def addresses(case: Case) -> list[str]:
    image = case.images.get()
    run = image.runs.get()
    return [
        "/",
        "/worklist/",
        "/worklist/?tab=all",
        "/worklist/?tab=signed",
        f"/reading/{case.pk}/",
        reverse("reports:latest", args=[case.pk]),
        reverse("reports:sign", args=[case.pk]),
        f"/chart/{case.patient_id}/",
        "/adjudication/mine/",
        f"/api/v1/cases/{case.pk}/",
        f"/api/v1/cases/{case.pk}/reading/",
        f"/api/v1/cases/{case.pk}/progress/",
        "/api/v1/cases/",
        f"/api/v1/images/{image.pk}/",
        "/api/v1/analyses/",
        f"/api/v1/analyses/{run.pk}/",
        "/api/v1/findings/",
        f"/api/v1/findings/?case={case.pk}",
        "/api/v1/reports/",
        reverse("reports:amend", args=[case.pk]),
        reverse("notes:notifications"),
        reverse("api:notification-list"),
        reverse("api:case-notes", args=[case.pk]),
        f"{reverse('api:worklist')}?tab=all",
        f"/api/v1/measurements/?case={case.pk}",
    ]


def closed(case: Case) -> list[str]:
    """Files and rows that are nothing but what the model or the colleague found."""
    run = case.images.get().runs.get()
    report = SignedReport.objects.get(case=case)
    finding = Finding.objects.filter(case=case, review__reader=report.signed_by).first()
    proposal = Finding.objects.proposed().filter(case=case).first()
    assert finding is not None
    assert proposal is not None
    kinds = ("", "pdf/", "sr/", "captures/", "fhir/")
    return [
        f"/api/v1/analyses/{run.pk}/heatmaps/",
        f"/api/v1/analyses/{run.pk}/lungs/",
        f"/api/v1/findings/{finding.pk}/",
        f"/api/v1/findings/{proposal.pk}/",
        f"/api/v1/reviews/{report.review_id}/",
        *(f"/api/v1/reports/{report.pk}/{kind}" for kind in kinds),
        f"/adjudication/{case.pk}/",
        "/adjudication/",
    ]


def test_no_page_and_no_answer_tells_before_the_commit(case, reader) -> None:
    client = signed_in(Client(), reader)
    for address in addresses(case):
        answer = client.get(address, follow=True)  # signing leads to who has signed meanwhile
        assert answer.status_code == 200, address
        said = answer.content.decode()
        assert WORDS not in said, address
        assert SCORE not in said, address


def test_no_filter_of_the_worklist_tells_before_the_commit(case, reader) -> None:
    client = signed_in(Client(), reader)
    room = reverse("reading:room", args=[case.pk])
    assert room in client.get("/worklist/?tab=all").content.decode()
    for finding in ("pneumothorax", "mass", "effusion", "cardiomegaly"):
        listed = client.get(f"/worklist/?tab=all&finding={finding}").content.decode()
        assert room not in listed, finding
    commit(begin(case, reader, ("nodule", None)))
    assert room in client.get("/worklist/?tab=all&finding=pneumothorax").content.decode()


def test_what_is_only_findings_is_not_there_before_the_commit(case, reader) -> None:
    client = signed_in(Client(), reader)
    assert [a for a in closed(case) if client.get(a).status_code != 404] == []
    report = SignedReport.objects.get(case=case)
    for page in ("pdf", "sr", "captures", "fhir"):
        assert client.get(reverse(f"reports:{page}", args=[report.pk])).status_code == 404


def test_reading_json_holds_nothing_of_others_before_the_commit(case, reader) -> None:
    reading = api(reader).get(f"/api/v1/cases/{case.pk}/reading/").json()
    analysis = reading["images"][0]["analysis"]
    assert (reading["model_findings"], reading["findings"]) == ([], [])
    assert (analysis["scores"], analysis["heatmaps"], analysis["lungs"]) == ([], None, None)
    assert reading["read"]["changes"] is None
    assert (reading["read"]["hidden"], reading["read"]["may_commit"]) == (True, True)


def test_the_draft_does_not_count_the_hidden_proposals(case, reader) -> None:
    draft = report_content(Review.objects.get(reader=reader), signed_at=None)
    assert (draft.proposals.undecided, draft.proposals.accepted) == (0, 0)
    answer = signed_in(Client(), reader).get(reverse("reports:preview", args=[case.pk]))
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "Nothing so far." in said
    assert WORDS not in said


def test_the_commit_opens_the_model_the_colleague_and_the_report(case, reader) -> None:
    review = Review.objects.get(reader=reader)
    decide(review, label="nodule")
    client = api(reader)
    answer = client.post(
        f"/api/v1/cases/{case.pk}/commit/", {"version": review.version}, format="json"
    )
    assert answer.status_code == 200, answer.content
    reading = client.get(f"/api/v1/cases/{case.pk}/reading/").json()
    assert len(reading["model_findings"]) == 2
    assert WORDS in str(reading["findings"])
    assert reading["images"][0]["analysis"]["scores"]
    report = SignedReport.objects.get(case=case)
    assert client.get(f"/api/v1/reports/{report.pk}/").status_code == 200


def test_a_second_reader_gets_nothing_of_the_first_where_the_model_is_shown() -> None:
    twice = make_department("Twice", reads_per_case=2)
    first, second = make_user("clinician", twice), make_user("clinician", twice)
    case = read_case(twice, first)
    complete(case, first, ("pneumothorax", None))
    Finding.objects.filter(review__reader=first).update(comment=WORDS)
    Review.objects.filter(reader=first).update(impression=WORDS, notes=WORDS)
    review_open(case=case, reader=second)
    client = signed_in(Client(), second)
    for address in addresses(case):
        answer = client.get(address)
        assert answer.status_code in (200, 302), address
        assert WORDS not in answer.content.decode(), address
    reading = client.get(f"/api/v1/cases/{case.pk}/reading/").json()
    assert reading["findings"] == []
    assert len(reading["model_findings"]) == 2
    theirs = Finding.objects.get(review__reader=first)
    assert client.get(f"/api/v1/findings/{theirs.pk}/").status_code == 404
    assert client.get(f"/adjudication/{case.pk}/").status_code == 404
    assert WORDS not in client.get(reverse("reports:preview", args=[case.pk])).content.decode(
        "latin-1"
    )
