"""Uploading, and cases made or edited by hand."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from cases.forms import CaseForm
from cases.models import Case
from cases.services.cases import case_archive, case_create, case_restore, case_update
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import CLINICIAN, ClinicianPageMixin, department_ids
from cxrportal.common.errors import PortalError
from patients.models import Patient

SHOWN = 100


class UploadPageView(ClinicianPageMixin, View):
    """Drop files here. Each one goes to the API by itself and gets its own answer."""

    def get(self, request: HttpRequest) -> HttpResponse:
        patient = case = None
        if request.GET.get("patient"):
            patient = _visible(
                Patient.objects.visible_to(request.user).active(), request.GET["patient"]
            )
        if request.GET.get("case"):
            case = _visible(Case.objects.visible_to(request.user), request.GET["case"])
        mine = department_ids(request.user, CLINICIAN)
        context = {
            "patient": patient,
            "case": case,
            "departments": Department.objects.filter(pk__in=mine),
        }
        return render(request, "cases/upload.html", context)


def _visible(rows, pk: str):
    try:
        return get_object_or_404(rows, pk=pk)
    except ValidationError as error:
        raise Http404 from error


@method_decorator(never_cache, name="dispatch")
class CaseFormView(ClinicianPageMixin, View):
    """The form, for a new case and for an edit."""

    def page(self, request, form, patient, case=None, status=200) -> HttpResponse:
        context = {"form": form, "patient": patient, "case": case}
        return render(request, "cases/form.html", context, status=status)


class CaseCreateView(CaseFormView):
    def patient(self, request: HttpRequest, pk) -> Patient:
        return get_object_or_404(Patient.objects.visible_to(request.user).active(), pk=pk)

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        return self.page(request, CaseForm(department=patient.department), patient)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        form = CaseForm(request.POST, department=patient.department)
        if not form.is_valid():
            return self.page(request, form, patient, status=400)
        try:
            case = case_create(patient=patient, actor=request.user, **form.stated())
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, form, patient, status=error.http_status)
        record_access(request.user, Verb.CREATE, case, request=request)
        messages.success(request, "The case is made. Upload its images next.")
        return redirect(f"/cases/upload/?case={case.pk}")


class CasePage(CaseFormView):
    """A page of one visible case."""

    def case(self, request: HttpRequest, pk) -> Case:
        visible = Case.objects.visible_to(request.user).select_related("patient", "department")
        return get_object_or_404(visible, pk=pk)


class CaseEditView(CasePage):
    def get(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        record_access(request.user, Verb.VIEW, case, detail="edit", request=request)
        form = CaseForm(instance=case, department=case.department)
        return self.page(request, form, case.patient, case)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        form = CaseForm(request.POST, instance=case, department=case.department)
        if not form.is_valid():
            return self.page(request, form, case.patient, case, status=400)
        version = form.cleaned_data["version"] or 0
        try:
            case_update(case=case, actor=request.user, version=version, **form.stated())
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, form, case.patient, case, status=error.http_status)
        record_access(request.user, Verb.CHANGE, case, request=request)
        messages.success(request, "Saved.")
        return redirect("reading:room", case.pk)


class CaseArchiveView(CasePage):
    """Archive or restore; nothing is deleted."""

    def post(self, request: HttpRequest, pk, act: str) -> HttpResponse:
        case = self.case(request, pk)
        acts = {"archive": case_archive, "restore": case_restore}
        if act not in acts:
            raise Http404
        acts[act](case=case, actor=request.user)
        record_access(request.user, Verb.CHANGE, case, detail=act, request=request)
        messages.success(request, "Archived." if act == "archive" else "Restored.")
        return redirect("cases:edit", case.pk)
