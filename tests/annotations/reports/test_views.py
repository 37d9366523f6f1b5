"""Sign, download and amend in the browser."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.models import SignedReport
from annotations.reading.services.reviews import review_open
from cases.models import Case
from cxrportal.accounts.models import AccessEvent
from tests.support.people import PASSWORD, make_user
from tests.support.readings import decide, read_case, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(department, clinician) -> Case:
    return read_case(department, clinician)


@pytest.fixture
def page(client, clinician):
    client.force_login(clinician)
    return client


def post_signature(page, case: Case, **fields: object):
    return page.post(reverse("reports:sign", args=[case.pk]), fields)


def test_the_right_password_signs_and_is_audited(page, case, clinician) -> None:
    review = review_open(case=case, reader=clinician)
    decide(review)
    shown = page.get(reverse("reports:sign", args=[case.pk]))
    assert "Nodule" in shown.content.decode()
    answer = post_signature(page, case, password=PASSWORD, version=review.version)
    assert answer.headers["Location"] == reverse("reports:latest", args=[case.pk])
    report = SignedReport.objects.get()
    assert AccessEvent.objects.filter(verb="sign", target_key=str(report.pk)).exists()


def test_a_wrong_password_signs_nothing(page, case, clinician) -> None:
    review = review_open(case=case, reader=clinician)
    decide(review)
    answer = post_signature(page, case, password="wrong", version=review.version)
    assert answer.status_code == 403
    assert "not your password" in answer.content.decode()
    assert not SignedReport.objects.exists()


def test_a_read_that_changed_meanwhile_is_shown_again(page, case, clinician) -> None:
    review = review_open(case=case, reader=clinician)
    decide(review)
    answer = post_signature(page, case, password=PASSWORD, version=review.version + 5)
    assert answer.status_code == 409
    assert not SignedReport.objects.exists()


def test_nothing_stated_says_what_to_do(page, case, clinician) -> None:
    review_open(case=case, reader=clinician)
    answer = post_signature(page, case, password=PASSWORD, version=1)
    assert answer.status_code == 409
    assert "nothing_stated" in answer.content.decode()


def test_the_pdf_is_downloaded_byte_for_byte_and_audited(page, case, clinician) -> None:
    report = sign(case, clinician, no_finding=True)
    answer = page.get(reverse("reports:pdf", args=[report.pk]))
    assert answer.content.startswith(b"%PDF")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert AccessEvent.objects.filter(verb="export", target_key=str(report.pk)).exists()


def test_both_versions_stay_readable_and_one_is_valid(page, case, clinician) -> None:
    first = sign(case, clinician, no_finding=True)
    page.post(reverse("reports:amend", args=[case.pk]), {"reason": "Overlooked a nodule."})
    review = case.reviews.get(state="OPEN")
    decide(review)
    review.refresh_from_db()
    assert post_signature(page, case, password=PASSWORD, version=review.version).status_code in (
        302,
        409,
    )
    shown = page.get(reverse("reports:latest", args=[case.pk])).content.decode()
    assert "Version 1" in shown
    assert page.get(reverse("reports:pdf", args=[first.pk])).status_code == 200


def test_a_stranger_finds_no_report(client, stranger, case, clinician) -> None:
    report = sign(case, clinician, no_finding=True)
    client.force_login(stranger)
    assert client.get(reverse("reports:pdf", args=[report.pk])).status_code == 404
    for name in ("reports:latest", "reports:sign", "reports:preview", "reports:amend"):
        assert client.get(reverse(name, args=[case.pk])).status_code == 404


def test_a_draft_is_its_readers_alone(client, department, case, clinician) -> None:
    review_open(case=case, reader=clinician)
    client.force_login(make_user("clinician", department))
    assert client.get(reverse("reports:preview", args=[case.pk])).status_code == 404
