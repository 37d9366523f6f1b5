"""The pages of a department's report templates: who may reads them, adjudicators change them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.errors import VersionConflict
from annotations.models import ReportTemplate, ReportTemplateVersion
from annotations.reports.prefill import EXAMPLES, NORMAL, PLACEHOLDERS, Template, filled
from annotations.reports.templates import TEXTS, template_retire, template_save, text_of
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import (
    CLINICIAN,
    ClinicianPageMixin,
    departments_of,
    edits_report_templates,
)
from cxrportal.common.errors import PortalError

KINDS = {"findings": False, "no-finding": True}  # as in the address -> for_no_finding
TITLES = {"findings": "Reads with findings", "no-finding": "Reads without a finding"}
DEFAULTS = {"findings": Template(), "no-finding": NORMAL}


class TemplateForm(forms.ModelForm):
    """``seen``: the version that the page showed, 0 where there was none."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = ReportTemplate
        fields = TEXTS
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in TEXTS}

    def text(self) -> Template:
        return Template(**{n: self.cleaned_data[n].replace("\r\n", "\n") for n in TEXTS})


class RetireForm(forms.Form):
    seen = forms.IntegerField(min_value=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two templates that a department may have."""

    slug: str
    title: str
    row: ReportTemplate | None


@method_decorator(never_cache, name="dispatch")
class TemplatesView(ClinicianPageMixin, View):
    """The templates of the user's departments."""

    def get(self, request: HttpRequest) -> HttpResponse:
        departments = [
            {
                "department": department,
                "may_edit": edits_report_templates(request.user, department.pk),
                "kinds": [_kind(department, slug) for slug in KINDS],
            }
            for department in departments_of(request.user, CLINICIAN)
        ]
        return render(request, "reports/templates.html", {"departments": departments})


@method_decorator(never_cache, name="dispatch")
class TemplateView(ClinicianPageMixin, View):
    """One template, how it reads, and what it was before. POST saves it, or shows how it reads."""

    def get(self, request: HttpRequest, department: UUID, kind: str) -> HttpResponse:
        one = _own(request, department)
        shown = _kind(one, kind)
        number = request.GET.get("take", "")
        text = _earlier(shown, number) or (text_of(shown.row) if shown.row else DEFAULTS[kind])
        return self.page(request, one, shown, text)

    def post(self, request: HttpRequest, department: UUID, kind: str) -> HttpResponse:
        one = _own(request, department)
        shown = _kind(one, kind)
        form = TemplateForm(request.POST)
        if not form.is_valid():
            return self.page(request, one, shown, DEFAULTS[kind], form, status=400)
        text = form.text()
        if "preview" in request.POST:
            return self.page(request, one, shown, text, form)
        try:
            row = template_save(
                department=one,
                actor=request.user,
                for_no_finding=KINDS[kind],
                text=text,
                version=form.cleaned_data["seen"],
            )
        except VersionConflict:
            form.add_error(None, "A colleague changed this template meanwhile: see its history.")
            return self.page(request, one, _kind(one, kind), text, form, status=409)
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, one, shown, text, form, status=error.http_status)
        record_access(request.user, Verb.CHANGE, row, detail="report template", request=request)
        messages.success(request, "Saved. Reports that are opened from now on begin with it.")
        return redirect("reports:template", one.pk, kind)

    def page(
        self,
        request: HttpRequest,
        department: Department,
        kind: Kind,
        text: Template,
        form: TemplateForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        seen = {name: getattr(text, name) for name in TEXTS}
        seen["seen"] = kind.row.version if kind.row else 0
        facts = EXAMPLES[KINDS[kind.slug]]
        context = {
            "department": department,
            "kind": kind,
            "form": form or TemplateForm(initial=seen),
            "may_edit": edits_report_templates(request.user, department.pk),
            "placeholders": PLACEHOLDERS,
            "reads": _sections(filled(text, facts)),
            "versions": kind.row.versions.select_related("written_by") if kind.row else [],
        }
        return render(request, "reports/template.html", context, status=status)


@method_decorator(never_cache, name="dispatch")
class TemplateRetireView(ClinicianPageMixin, View):
    def post(self, request: HttpRequest, department: UUID, kind: str) -> HttpResponse:
        row = _kind(_own(request, department), kind).row
        form = RetireForm(request.POST)
        if row is None or not form.is_valid():
            raise Http404
        try:
            template_retire(template=row, actor=request.user, version=form.cleaned_data["seen"])
        except VersionConflict:
            messages.warning(request, "A colleague changed this template meanwhile: look again.")
            return redirect("reports:template", department, kind)
        record_access(request.user, Verb.CHANGE, row, detail="template retired", request=request)
        messages.success(request, "Retired. Its texts stay in the history.")
        return redirect("reports:templates")


def _own(request: HttpRequest, department: UUID) -> Department:
    """A department in which the user is a clinician; others do not exist for them."""
    own = departments_of(request.user, CLINICIAN)
    found = next((one for one in own if one.pk == department), None)
    if found is None:
        raise Http404
    return found


def _kind(department: Department, slug: str) -> Kind:
    if slug not in KINDS:
        raise Http404
    rows = ReportTemplate.objects.filter(department=department, for_no_finding=KINDS[slug])
    return Kind(slug, TITLES[slug], rows.select_related("changed_by", "department").first())


def _earlier(kind: Kind, number: str) -> Template | None:
    """An earlier text to begin from."""
    if kind.row is None or not number.isdecimal():
        return None
    found = ReportTemplateVersion.objects.filter(template=kind.row, number=number[:9]).first()
    return text_of(found) if found else None


def _sections(text: Template) -> list[tuple[str, str]]:
    return [(name.capitalize(), getattr(text, name)) for name in TEXTS if getattr(text, name)]
