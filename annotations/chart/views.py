"""A patient's chart; confirming who a patient is; merging duplicates."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.chart.selectors import candidates, timeline
from annotations.chart.services import patient_merge
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.errors import PortalError
from patients.models import Patient
from patients.services import patient_confirm
from patients.views import PatientPageView


class ConfirmForm(forms.Form):
    mrn = forms.CharField(max_length=64, label="MRN of the new patient")


class MergeForm(forms.Form):
    """Which patient is kept, found by MRN."""

    kept_mrn = forms.CharField(max_length=64, label="MRN of the patient to keep")
    despite_conflict = forms.BooleanField(
        required=False, label="I know that they are the same person although the data differ"
    )


class ChartView(PatientPageView):
    """Who it is and the history. A merged patient leads to the one that was kept."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if patient.merged_into_id:
            return redirect("chart:detail", patient.merged_into_id)
        record_access(request.user, Verb.VIEW, patient, request=request)
        context = {"patient": patient, "timeline": timeline(request.user, patient)}
        return render(request, "chart/detail.html", context)


class ConfirmView(PatientPageView):
    """The identity that came with a file: a new patient, or one we know."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if patient.confirmed or patient.merged_into_id:
            return redirect("chart:detail", patient.merged_into_id or patient.pk)
        form = ConfirmForm(initial={"mrn": patient.claimed_mrn})
        return self.page(request, patient, form)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        if request.POST.get("candidate"):
            return self.link(request, patient)
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            return self.page(request, patient, form, status=400)
        try:
            patient_confirm(patient=patient, actor=request.user, mrn=form.cleaned_data["mrn"])
        except PortalError as error:
            form.add_error("mrn", error.message)
            return self.page(request, patient, form, status=error.http_status)
        record_access(request.user, Verb.CHANGE, patient, detail="confirmed", request=request)
        messages.success(request, "Confirmed.")
        return redirect("chart:detail", patient.pk)

    def link(self, request: HttpRequest, patient: Patient) -> HttpResponse:
        """It is somebody we know: the cases move there."""
        known = candidates(request.user, patient)
        kept = next((p for p in known if str(p.pk) == request.POST["candidate"]), None)
        if kept is None:
            return self.page(request, patient, ConfirmForm(), status=400)
        kept = patient_merge(
            duplicate=patient,
            kept=kept,
            actor=request.user,
            despite_conflict=request.POST.get("despite_conflict") == "on",
        )
        record_access(request.user, Verb.CHANGE, kept, detail="confirmed as", request=request)
        messages.success(request, f"The images belong to {kept} now.")
        return redirect("chart:detail", kept.pk)

    def page(
        self, request: HttpRequest, patient: Patient, form: ConfirmForm, status: int = 200
    ) -> HttpResponse:
        known = candidates(request.user, patient)
        context = {"patient": patient, "form": form, "candidates": known}
        return render(request, "chart/confirm.html", context, status=status)


class MergeView(PatientPageView):
    """Merge this patient into another one of the department."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return self.page(request, self.patient(request, pk), MergeForm())

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        patient = self.patient(request, pk)
        form = MergeForm(request.POST)
        if not form.is_valid():
            return self.page(request, patient, form, status=400)
        visible = Patient.objects.visible_to(request.user).filter(department=patient.department)
        kept = visible.filter(mrn=form.cleaned_data["kept_mrn"], merged_into=None).first()
        if kept is None:
            form.add_error("kept_mrn", "No patient of this department has this MRN.")
            return self.page(request, patient, form, status=400)
        try:
            patient_merge(
                duplicate=patient,
                kept=kept,
                actor=request.user,
                despite_conflict=form.cleaned_data["despite_conflict"],
            )
        except PortalError as error:
            form.add_error(None, error.message)
            return self.page(request, patient, form, status=error.http_status)
        record_access(request.user, Verb.CHANGE, kept, detail=f"merged {pk}", request=request)
        messages.success(request, "Merged.")
        return redirect("chart:detail", kept.pk)

    def page(
        self, request: HttpRequest, patient: Patient, form: MergeForm, status: int = 200
    ) -> HttpResponse:
        context = {"patient": patient, "form": form}
        return render(request, "chart/merge.html", context, status=status)
