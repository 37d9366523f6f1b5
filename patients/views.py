"""Finding, making and editing patients. The chart stands in annotations, with the cases."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import CLINICIAN, ClinicianPageMixin, department_ids
from cxrportal.common.errors import PortalError
from patients.forms import PatientForm
from patients.models import Patient
from patients.selectors import patient_suggestions, patients_page
from patients.services import (
    patient_archive,
    patient_create,
    patient_restore,
    patient_update,
)


def my_departments(request: HttpRequest):
    return Department.objects.filter(pk__in=department_ids(request.user, CLINICIAN))


@method_decorator(never_cache, name="dispatch")
class PatientPageView(ClinicianPageMixin, View):
    """A page about one visible patient."""

    def patient(self, request: HttpRequest, pk) -> Patient:
        visible = Patient.objects.visible_to(request.user).select_related("department")
        return get_object_or_404(visible, pk=pk)


class PatientListView(PatientPageView):
    """All patients, or those who fit what was typed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:200]
        archived = request.GET.get("archived") == "1"
        page = patients_page(
            request.user, text=text, archived=archived, after=request.GET.get("after", "")
        )
        context = {"page": page, "q": text, "archived": archived}
        return render(request, "patients/list.html", context)


class PatientSuggestView(PatientPageView):
    """Search as you type: a few names as JSON."""

    def get(self, request: HttpRequest) -> JsonResponse:
        found = patient_suggestions(request.user, request.GET.get("q", "")[:200])
        rows = [
            {
                "id": str(p.pk),
                "name": p.name or "No name",
                "mrn": p.mrn,
                "claimed_mrn": p.claimed_mrn,
                "birth_date": p.birth_date.isoformat() if p.birth_date else "",
                "confirmed": p.confirmed,
            }
            for p in found
        ]
        return JsonResponse({"patients": rows})


class PatientCreateView(PatientPageView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, PatientForm(departments=my_departments(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PatientForm(request.POST, departments=my_departments(request))
        if not form.is_valid():
            return self.page(request, form, status=400)
        department = form.cleaned_data["department"]
        try:
            patient = patient_create(department=department, actor=request.user, **form.stated())
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, form, status=error.http_status)
        record_access(request.user, Verb.CREATE, patient, request=request)
        return redirect("chart:detail", patient.pk)

    def page(self, request: HttpRequest, form: PatientForm, status: int = 200) -> HttpResponse:
        return render(request, "patients/form.html", {"form": form}, status=status)


class PatientEditView(PatientPageView):
    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if patient.merged_into_id:
            return redirect("chart:detail", patient.merged_into_id)
        record_access(request.user, Verb.VIEW, patient, detail="edit", request=request)
        form = PatientForm(instance=patient, departments=my_departments(request))
        return self.page(request, patient, form)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        form = PatientForm(request.POST, instance=patient, departments=my_departments(request))
        if not form.is_valid():
            return self.page(request, patient, form, status=400)
        version = form.cleaned_data["version"] or 0
        try:
            patient_update(patient=patient, actor=request.user, version=version, **form.stated())
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, patient, form, status=error.http_status)
        record_access(request.user, Verb.CHANGE, patient, request=request)
        messages.success(request, "Saved.")
        return redirect("chart:detail", patient.pk)

    def page(
        self, request: HttpRequest, patient: Patient, form: PatientForm, status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "patient": patient}
        return render(request, "patients/form.html", context, status=status)


class PatientArchiveView(PatientPageView):
    """Archive or restore; nothing is deleted."""

    def post(self, request: HttpRequest, pk, act: str) -> HttpResponse:
        patient = self.patient(request, pk)
        acts = {"archive": patient_archive, "restore": patient_restore}
        if act not in acts:
            raise Http404
        acts[act](patient=patient, actor=request.user)
        record_access(request.user, Verb.CHANGE, patient, detail=act, request=request)
        messages.success(request, "Archived." if act == "archive" else "Restored.")
        return redirect("chart:detail", patient.pk)
