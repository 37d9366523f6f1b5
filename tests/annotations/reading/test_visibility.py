"""Who sees which findings: one rule, also where reads are blind."""

from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotations.models import Finding, Review
from annotations.selectors import model_is_hidden, visible_findings
from cases.models import Case
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_readable_case, make_review
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(blind: Department) -> Case:
    return make_readable_case(blind)


def draw(review: Review) -> Finding:
    return Finding.objects.create(
        case=review.case, image=review.case.images.get(), review=review,
        decision="DRAWN", label="nodule",
    )  # fmt: skip


def complete(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(state="COMPLETED", completed_at=timezone.now())


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def test_proposals_are_seen_where_reads_are_open(department, clinician) -> None:
    case = make_readable_case(department)
    assert visible_findings(clinician, case).count() == 2


def test_an_open_review_of_a_colleague_is_not_seen(department, clinician) -> None:
    case = make_readable_case(department)
    draw(make_review(case, make_user("clinician", department)))
    assert visible_findings(clinician, case).filter(review__isnull=False).count() == 0


def test_a_stranger_sees_nothing(department, stranger) -> None:
    assert not visible_findings(stranger, make_readable_case(department)).exists()


def test_a_blind_reader_sees_only_their_own_until_they_complete(case, blind, reader) -> None:
    colleague = make_review(case, make_user("clinician", blind))
    theirs = draw(colleague)
    complete(colleague)
    own = draw(make_review(case, reader))
    assert list(visible_findings(reader, case)) == [own]
    complete(own.review)
    assert theirs in visible_findings(reader, case)
    assert visible_findings(reader, case).proposed().count() == 2


def test_no_answer_of_the_api_leaks_the_model_to_a_blind_reader(case, reader) -> None:
    assert model_is_hidden(reader, case)
    client = api(reader)
    run = case.images.get().runs.get()
    reading = client.get(f"/api/v1/cases/{case.pk}/reading/").json()
    assert reading["model_findings"] == []
    analysis = reading["images"][0]["analysis"]
    assert (analysis["hidden"], analysis["scores"], analysis["heatmaps"]) == (True, [], None)
    assert analysis["lungs"] is None
    single = client.get(f"/api/v1/analyses/{run.pk}/").json()
    assert single["scores"] == []
    assert client.get("/api/v1/analyses/").json()["results"][0]["scores"] == []
    assert client.get(f"/api/v1/analyses/{run.pk}/heatmaps/").status_code == 404
    assert client.get(f"/api/v1/analyses/{run.pk}/lungs/").status_code == 404
    assert client.get("/api/v1/findings/").json()["results"] == []
    proposal = Finding.objects.proposed().first()
    assert proposal is not None
    assert client.get(f"/api/v1/findings/{proposal.pk}/").status_code == 404


def test_a_blind_reader_cannot_decide_on_a_hidden_proposal(case, reader) -> None:
    review = make_review(case, reader)
    proposal = Finding.objects.proposed().first()
    assert proposal is not None
    answer = api(reader).post(
        "/api/v1/findings/",
        {
            "client_id": "0b3d2f0e-8f53-4d55-9a51-2f6a3b8e3a10",
            "review": str(review.pk),
            "image": str(proposal.image_id),
            "proposal": str(proposal.pk),
            "decision": "ACCEPTED",
        },
    )
    assert answer.status_code == 404


def test_the_completed_blind_reader_sees_the_scores(case, reader) -> None:
    complete(make_review(case, reader))
    reading = api(reader).get(f"/api/v1/cases/{case.pk}/reading/").json()
    assert len(reading["model_findings"]) == 2
    assert reading["images"][0]["analysis"]["scores"]
