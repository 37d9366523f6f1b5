"""The editor's addresses: what they give, keep and refuse."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.models import ReportDraft
from annotations.reading.services.reviews import review_open
from cases.models import Case
from cxrportal.accounts.models import AccessEvent
from tests.support.people import PASSWORD, make_user
from tests.support.readings import decide, read_case

pytestmark = pytest.mark.django_db
TEXT = {"technique": "PA.", "findings": "Line one.\r\nLine two.", "impression": "Normal."}


@pytest.fixture
def case(department, clinician) -> Case:
    case = read_case(department, clinician)
    decide(review_open(case=case, reader=clinician))
    return case


@pytest.fixture
def page(client, clinician):
    client.force_login(clinician)
    return client


def test_what_is_sent_is_kept_and_given_back(page, case) -> None:
    address = reverse("reports:draft", args=[case.pk])
    answer = page.post(address, TEXT | {"version": 0})
    assert answer.status_code == 200
    assert answer.json()["version"] == 1
    assert answer.json()["sections"]["findings"] == "Line one.\nLine two."
    assert page.get(address).json() == answer.json()
    assert AccessEvent.objects.filter(verb="change", detail="report draft").exists()


def test_a_stale_save_gets_what_stands_now(page, case) -> None:
    address = reverse("reports:draft", args=[case.pk])
    page.post(address, TEXT | {"version": 0})
    answer = page.post(address, {"version": 0, "technique": "Other."})
    assert answer.status_code == 409
    assert answer.json()["current"]["sections"]["technique"] == "PA."
    assert ReportDraft.objects.get().technique == "PA."


def test_too_long_a_text_is_refused_with_a_code(page, case) -> None:
    answer = page.post(
        reverse("reports:draft", args=[case.pk]), {"version": 0, "technique": "x" * 5_001}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_the_preview_is_a_picture_of_each_page(page, case) -> None:
    answer = page.get(reverse("reports:preview-page", args=[case.pk, 0]))
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["X-Pages"] == "1"
    assert page.get(reverse("reports:preview-page", args=[case.pk, 1])).status_code == 404


def test_a_page_that_showed_another_text_signs_nothing(page, case) -> None:
    shown = page.get(reverse("reports:sign", args=[case.pk])).context["form"].initial
    page.post(reverse("reports:draft", args=[case.pk]), {"version": 0, "findings": "Other."})
    answer = page.post(reverse("reports:sign", args=[case.pk]), {**shown, "password": PASSWORD})
    assert answer.status_code == 409
    assert not case.reports.exists()


def test_confirming_the_patient_leads_back_to_signing(page, case) -> None:
    type(case.patient).objects.update(confirmed=False)
    shown = page.get(reverse("reports:sign", args=[case.pk])).content.decode()
    back = reverse("chart:confirm", args=[case.patient_id])
    back += "?next=" + reverse("reports:sign", args=[case.pk])
    assert back in shown


def test_a_draft_is_its_readers_alone(client, department, case) -> None:
    client.force_login(make_user("clinician", department))
    for name, more in (("reports:draft", []), ("reports:preview-page", [0])):
        assert client.get(reverse(name, args=[case.pk, *more])).status_code == 404
    answer = client.post(reverse("reports:draft", args=[case.pk]), {"version": 0})
    assert answer.status_code == 404
    edit = client.get(reverse("reports:edit", args=[case.pk]))
    assert edit.headers["Location"] == reverse("reports:latest", args=[case.pk])
