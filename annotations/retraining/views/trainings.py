"""Trainings in the browser, for researchers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.retraining.forms import TrainingForm
from annotations.retraining.selectors import LEAST_PATIENTS, training_progress
from annotations.retraining.services.request import (
    Wanted,
    training_cancel,
    training_request,
    training_resume,
)
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ResearcherPageMixin
from cxrportal.common.errors import PortalError
from inference.models import TrainingRun

SHOWN = 100


class TrainingsView(ResearcherPageMixin, View):
    """Every training, and the form for another."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, TrainingForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TrainingForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(request, form, status=400)
        values = form.cleaned_data
        wanted = Wanted(
            base=values["base"],
            config=values["config"],
            epochs=values["epochs"] or 0,
            seed=values["seed"],
        )
        try:
            run = training_request(release=values["release"], actor=request.user, wanted=wanted)
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, form, status=error.http_status)
        record_access(request.user, Verb.CREATE, run, detail=run.release, request=request)
        messages.success(request, f"{run} waits for the training worker.")
        return redirect("retraining:detail", run.pk)

    def page(self, request: HttpRequest, form: TrainingForm, status: int = 200) -> HttpResponse:
        runs = TrainingRun.objects.visible_to(request.user).select_related("base", "requested_by")
        context = {"form": form, "runs": runs[:SHOWN], "least": LEAST_PATIENTS}
        return render(request, "retraining/list.html", context, status=status)


class TrainingView(ResearcherPageMixin, View):
    """One training: progress while it runs, its candidate afterwards."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        run = _visible(request, pk)
        record_access(request.user, Verb.VIEW, run, request=request)
        return render(request, "retraining/detail.html", {"run": run})


class TrainingProgressView(ResearcherPageMixin, View):
    """Where it stands, as JSON; asked for every second or two."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        run = _visible(request, pk)
        return JsonResponse(training_progress(run), headers={"Cache-Control": "no-store"})


class TrainingActView(ResearcherPageMixin, View):
    """Cancel, or resume after a cancellation or a failure."""

    def post(self, request: HttpRequest, pk, act: str) -> HttpResponse:
        run = _visible(request, pk)
        try:
            {"cancel": training_cancel, "resume": training_resume}[act](run=run)
        except PortalError as error:
            messages.error(request, f"{error.message} ({error.code})")
        else:
            record_access(request.user, Verb.CHANGE, run, detail=act, request=request)
        return redirect("retraining:detail", pk)


def _visible(request: HttpRequest, pk) -> TrainingRun:
    runs = TrainingRun.objects.visible_to(request.user)
    return get_object_or_404(runs.select_related("base", "result", "requested_by"), pk=pk)
