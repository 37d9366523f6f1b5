"""What becomes of a model: comparison, promotion, shadow, roll back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.retraining.forms import CheckForm
from annotations.retraining.selectors import LEAST_TO_COMPARE, check_tables, release_named
from annotations.retraining.services.request import check_request
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import (
    AdministratorPageMixin,
    ModelWorkPageMixin,
    is_administrator,
)
from cxrportal.accounts.reauthentication import ask_unless_recent, authenticated_recently
from cxrportal.common.errors import PortalError
from inference.models import ModelActivation, ModelVersion, PromotionCheck
from inference.selectors import active_model, ended_check, previous_model
from inference.services.promotion import model_promote, model_rollback, why_refused
from inference.services.shadow import shadow_switch


class ModelView(ModelWorkPageMixin, View):
    """One model's way: its comparisons, and what an administrator may do with it."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return self.page(request, _model(pk), CheckForm(user=request.user))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        """Ask for a comparison."""
        model = _model(pk)
        form = CheckForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(request, model, form, status=400)
        try:
            check = check_request(
                candidate=model,
                release=release_named(form.cleaned_data["release"]),
                actor=request.user,
                margin=form.cleaned_data["margin"],
            )
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, model, form, status=error.http_status)
        record_access(request.user, Verb.CREATE, check, detail=check.release, request=request)
        return redirect("retraining:check", check.pk)

    def page(self, request: HttpRequest, model, form, status: int = 200) -> HttpResponse:
        active = active_model()
        ended = ended_check(model, active) if active else None
        context = {
            "model": model,
            "form": form,
            "active": active,
            "is_active": active is not None and active.pk == model.pk,
            "ended": ended,
            "refused": why_refused(ended) if ended and not ended.passed else [],
            "checks": model.promotion_checks.select_related("active", "requested_by")[:20],
            "activations": ModelActivation.objects.select_related("model", "previous", "actor")[
                :20
            ],
            "previous": previous_model(model),
            "may_decide": is_administrator(request.user),
            "fresh": authenticated_recently(request),
            "least": LEAST_TO_COMPARE,
        }
        return render(request, "retraining/model.html", context, status=status)


class CheckView(ModelWorkPageMixin, View):
    """One comparison: while it runs, and what came out."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        check = _check(pk)
        context = {"check": check, "tables": check_tables(check)}
        return render(request, "retraining/check.html", context)


class CheckProgressView(ModelWorkPageMixin, View):
    """Where it stands, as JSON; asked for every second or two."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        check = _check(pk)
        answer = {"state": check.state, "progress": {"done": 0, "total": 0} | check.progress}
        return JsonResponse(answer, headers={"Cache-Control": "no-store"})


class DecisionView(AdministratorPageMixin, View):
    """What only an administrator does with a model: promote, roll back to it, shadow on and off.

    What changes the model that everyone sees asks once more who it is, as a token does.
    """

    def post(self, request: HttpRequest, pk, act: str) -> HttpResponse:
        model = _model(pk)
        if act in ("promote", "rollback"):
            ask_unless_recent(request)
        reason = request.POST.get("reason", "")[:2000]
        try:
            said = _decide(request, model, act, reason)
        except PortalError as error:
            messages.error(request, f"{error.message} ({error.code})")
        else:
            detail = f"{act}: {reason}" if reason else act
            record_access(request.user, Verb.ADMINISTER, model, detail=detail, request=request)
            messages.success(request, said)
        return redirect("retraining:model", pk)


def _decide(request: HttpRequest, model: ModelVersion, act: str, reason: str) -> str:
    if act == "promote":
        return f"{model_promote(model=model, actor=request.user, reason=reason)} is active."
    if act == "rollback":
        return f"{model_rollback(actor=request.user, reason=reason)} is active again."
    shadow_switch(model=model, actor=request.user, on=act == "shadow-on")
    return (
        f"{model} {'looks' if act == 'shadow-on' else 'no longer looks'} at new images in shadow."
    )


def _model(pk) -> ModelVersion:
    return get_object_or_404(ModelVersion, pk=pk)


def _check(pk) -> PromotionCheck:
    checks = PromotionCheck.objects.select_related("candidate", "active", "requested_by")
    return get_object_or_404(checks, pk=pk)
