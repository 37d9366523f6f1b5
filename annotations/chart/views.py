"""A patient's chart; confirming who a patient is; merging duplicates."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from annotations.chart.forms import ConfirmForm, LinkForm, MergeForm
from annotations.chart.selectors import candidates, compared, known_by_mrn, timeline
from annotations.chart.services import patient_merge
from cases.models import Case
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.errors import PortalError
from patients.age import age_on
from patients.models import Patient
from patients.services import patient_confirm
from patients.views import PatientPageView


class ChartView(PatientPageView):
    """Who it is and the history. A merged patient leads to the one that was kept."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if patient.merged_into_id:
            return redirect("chart:detail", patient.merged_into_id)
        record_access(request.user, Verb.VIEW, patient, request=request)
        context = {
            "patient": patient,
            "age_years": age_on(patient.birth_date, timezone.localdate()),
            "timeline": timeline(request.user, patient),
        }
        return render(request, "chart/detail.html", context)


class ConfirmView(PatientPageView):
    """The identity that came with a file: a new patient, or one we know."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if patient.confirmed or patient.merged_into_id:
            return redirect("chart:detail", patient.merged_into_id or patient.pk)
        record_access(request.user, Verb.VIEW, patient, detail="confirm", request=request)
        return self.page(request, patient, _claim(patient))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if "candidate" in request.POST:
            return self.link(request, patient)
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            return self.page(request, patient, form, status=400)
        try:
            patient_confirm(patient=patient, actor=request.user, **form.cleaned_data)
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, patient, form, status=error.http_status)
        record_access(request.user, Verb.CHANGE, patient, detail="confirmed", request=request)
        messages.success(request, f"{patient} is confirmed.")
        return _onward(request, patient)

    def link(self, request: HttpRequest, patient: Patient) -> HttpResponse:
        """It is somebody we know: the cases move there."""
        form = LinkForm(request.POST)
        known = self.known(request, patient)
        chosen = form.cleaned_data["candidate"] if form.is_valid() else None
        kept = next((one for one in known if one.pk == chosen), None)
        if kept is None:
            return self.page(request, patient, _claim(patient), status=400)
        despite = form.cleaned_data["despite_conflict"]
        kept = patient_merge(
            duplicate=patient, kept=kept, actor=request.user, despite_conflict=despite
        )
        record_access(request.user, Verb.CHANGE, kept, detail=f"is {patient.pk}", request=request)
        messages.success(request, f"The images belong to {kept} now.")
        return _onward(request, kept)

    def known(self, request: HttpRequest, patient: Patient) -> list[Patient]:
        return candidates(request.user, patient, request.GET.get("mrn", "")[:64])

    def page(
        self, request: HttpRequest, patient: Patient, form: Form, status: int = 200
    ) -> HttpResponse:
        known = self.known(request, patient)
        context = {
            "patient": patient,
            "form": form,
            "candidates": [compared(patient, one) for one in known],
            "typed": request.GET.get("mrn", ""),
            "next": request.GET.get("next", ""),
        }
        return render(request, "chart/confirm.html", context, status=status)


class MergeView(PatientPageView):
    """Merge this patient into another one of the department: look at both, then do it."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if patient.merged_into_id:
            return redirect("chart:detail", patient.merged_into_id)
        form = MergeForm(request.GET if "kept_mrn" in request.GET else None)
        kept = self.kept(request, patient, form) if form.is_bound else None
        for shown in (patient, kept) if kept else (patient,):
            record_access(request.user, Verb.VIEW, shown, detail="merge", request=request)
        return self.page(request, patient, form, kept)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        form = MergeForm(request.POST)
        kept = self.kept(request, patient, form)
        if kept is None:
            return self.page(request, patient, form, status=400)
        despite = form.cleaned_data["despite_conflict"]
        try:
            patient_merge(
                duplicate=patient, kept=kept, actor=request.user, despite_conflict=despite
            )
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, patient, form, kept, status=error.http_status)
        record_access(request.user, Verb.CHANGE, kept, detail=f"merged {pk}", request=request)
        messages.success(request, f"Merged into {kept}.")
        return redirect("chart:detail", kept.pk)

    def kept(self, request: HttpRequest, patient: Patient, form: MergeForm) -> Patient | None:
        """Who is kept. None leaves the reason in the form."""
        if not form.is_valid():
            return None
        kept = known_by_mrn(request.user, patient, form.cleaned_data["kept_mrn"])
        if kept is None:
            form.add_error("kept_mrn", "No other patient of this department has this MRN.")
        return kept

    def page(
        self,
        request: HttpRequest,
        patient: Patient,
        form: MergeForm,
        kept: Patient | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "patient": patient,
            "form": form,
            "kept": compared(patient, kept) if kept else None,
            "cases": Case.objects.filter(patient=patient).count(),
        }
        return render(request, "chart/merge.html", context, status=status)


def _claim(patient: Patient) -> ConfirmForm:
    """What the file said, to be confirmed or put right."""
    said = {"mrn": patient.claimed_mrn, "name": patient.name}
    return ConfirmForm(initial=said | {"birth_date": patient.birth_date, "sex": patient.sex})


def _onward(request: HttpRequest, patient: Patient) -> HttpResponse:
    """Back to the page that asked (a case, mostly), else to the chart."""
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return redirect(wanted)
    return redirect("chart:detail", patient.pk)
