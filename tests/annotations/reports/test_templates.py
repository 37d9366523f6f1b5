"""Adjudicators write their department's report templates; nothing that was written is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models import ProtectedError
from django.urls import reverse

from annotations.errors import InvalidTemplate, VersionConflict
from annotations.models import ReportTemplate
from annotations.reading.services.reviews import review_open
from annotations.reports.content import report_draft
from annotations.reports.prefill import Template
from annotations.reports.templates import template_retire, template_save, text_of
from cxrportal.accounts.models import AccessEvent, Department, User
from cxrportal.accounts.permissions import NotAllowed
from tests.support.readings import decide, read_case
from tests.support.reads import make_adjudicator
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db
TEXT = Template(technique="PA, erect ({views}).", findings="Heart and lungs. {findings}")


@pytest.fixture
def senior(department: Department) -> User:
    return make_adjudicator(department, full_name="Dr Senior")


def save(department: Department, actor: User, text: Template = TEXT, version: int = 0):
    return template_save(
        department=department, actor=actor, for_no_finding=False, text=text, version=version
    )


def test_a_report_begins_with_the_template_until_it_is_retired(department, senior) -> None:
    row = save(department, senior)
    review = review_open(case=read_case(department, senior), reader=senior)
    decide(review)
    assert report_draft(review).sections.findings.startswith("Heart and lungs. Nodule")
    template_retire(template=row, actor=senior, version=row.version)
    assert report_draft(review).sections.findings.startswith("Nodule")
    row = save(department, senior, version=2)
    assert (row.version, row.retired_at) == (3, None)
    assert report_draft(review).sections.findings.startswith("Heart and lungs.")


def test_every_earlier_text_is_kept_with_who_wrote_it(department, senior) -> None:
    other = make_adjudicator(department)
    row = save(department, senior)
    changed = save(department, other, replace(TEXT, technique="PA."), version=1)
    assert (changed.pk, changed.version, changed.changed_by) == (row.pk, 2, other)
    before = row.versions.get()
    assert (before.number, before.written_by, text_of(before)) == (1, senior, TEXT)
    with pytest.raises(ProtectedError):
        changed.delete()


def test_the_same_text_again_is_no_new_version(department, senior) -> None:
    save(department, senior)
    assert save(department, senior, version=1).version == 1


@pytest.mark.parametrize("seen", [0, 2])
def test_a_template_that_changed_meanwhile_is_not_overwritten(department, senior, seen) -> None:
    row = save(department, senior)
    with pytest.raises(VersionConflict):
        save(department, senior, Template(), version=seen)
    with pytest.raises(VersionConflict):
        template_retire(template=row, actor=senior, version=seen)
    row.refresh_from_db()
    assert text_of(row) == TEXT


@pytest.mark.parametrize("wrong", ["{finding}", "{}", "{Findings}"])
def test_a_misspelt_placeholder_is_refused(department, senior, wrong) -> None:
    with pytest.raises(InvalidTemplate) as refused:
        save(department, senior, Template(impression=f"See {wrong}."))
    assert wrong in refused.value.message
    assert not ReportTemplate.objects.exists()


def test_only_adjudicators_of_the_department_and_administrators_write(
    department, other_department, senior, clinician, admin
) -> None:
    for actor in (clinician, make_adjudicator(other_department)):
        with pytest.raises(NotAllowed):
            save(department, actor)
    row = save(department, admin)
    with pytest.raises(NotAllowed):
        template_retire(template=row, actor=clinician, version=1)
    template_retire(template=row, actor=senior, version=1)


class TestPages:
    @pytest.fixture
    def address(self, department) -> str:
        return reverse("reports:template", args=[department.pk, "findings"])

    def test_make_look_change_and_retire(self, client, department, senior, address) -> None:
        client.force_login(senior)
        shown = client.post(address, {"seen": 0, "findings": "All: {findings}", "preview": "1"})
        assert "All: Nodule, right, upper third of the image (1)." in shown.content.decode()
        assert not ReportTemplate.objects.exists()
        for seen, text in enumerate(("First. {findings}", "Second. {findings}")):
            assert client.post(address, {"seen": seen, "findings": text}).status_code == 302
        page = client.get(address).content.decode()
        assert "Second. {findings}" in page
        assert "First. {findings}" in page
        assert "First. {findings}</textarea>" in client.get(f"{address}?take=1").content.decode()
        assert client.post(f"{address}retire/", {"seen": 2}).status_code == 302
        assert "Retired" in client.get(reverse("reports:templates")).content.decode()
        assert ReportTemplate.objects.get().retired_at
        assert AccessEvent.objects.filter(actor=senior, detail="template retired").exists()

    def test_what_was_written_stays_in_the_form_when_it_is_refused(
        self, client, department, senior, address
    ) -> None:
        client.force_login(senior)
        answer = client.post(address, {"seen": 0, "findings": "Mine {finding}"})
        assert answer.status_code == 400
        assert "Mine {finding}</textarea>" in answer.content.decode()
        assert "invalid_template" in answer.content.decode()
        save(department, senior)
        answer = client.post(address, {"seen": 0, "findings": "Mine"})
        assert (answer.status_code, ReportTemplate.objects.get().version) == (409, 1)
        assert "Mine</textarea>" in answer.content.decode()

    def test_others_of_the_department_look_and_strangers_find_nothing(
        self, client, department, clinician, stranger, senior, address
    ) -> None:
        save(department, senior)
        client.force_login(clinician)
        page = client.get(address).content.decode()
        assert "Heart and lungs. Nodule" in page
        assert "<textarea" not in page
        assert client.post(address, {"seen": 1, "findings": "x"}).status_code == 403
        client.force_login(stranger)
        assert client.get(address).status_code == 404
        assert client.post(f"{address}retire/", {"seen": 1}).status_code == 404

    def test_the_admin_writes_through_the_same_door(self, client, department, admin) -> None:
        signed_in(client, admin)
        fields = {"department": department.pk, "findings": "A. {findings}"}
        add = reverse("admin:annotations_reporttemplate_add")
        assert client.post(add, fields | {"findings": "{oops}"}).status_code == 200
        assert client.post(add, fields).status_code == 302
        row = ReportTemplate.objects.get()
        change = reverse("admin:annotations_reporttemplate_change", args=[row.pk])
        assert client.post(change, {"findings": "B. {findings}"}).status_code == 302
        row.refresh_from_db()
        assert (row.findings, row.version, row.changed_by) == ("B. {findings}", 2, admin)
        assert row.versions.get().findings == "A. {findings}"
        listed = reverse("admin:annotations_reporttemplate_changelist")
        client.post(listed, {"action": "retire", "_selected_action": [row.pk]})
        row.refresh_from_db()
        assert row.retired_at
