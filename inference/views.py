"""Models in the browser: which there are, what is known of them, and trying the active one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import View

from cxrportal.accounts.permissions import ApprovedPageMixin, ModelWorkPageMixin, works_on_models
from inference.models import ModelVersion
from inference.selectors import active_model
from inference.services.card import card_blocks
from inference.services.evidence import figure_bytes, model_evidence
from inference.services.tryit import MAX_BYTES, MEBIBYTE


class ModelsView(ModelWorkPageMixin, View):
    """Every registered model, the active one first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        models = sorted(
            ModelVersion.objects.all(), key=lambda model: model.stage != ModelVersion.Stage.ACTIVE
        )
        return render(request, "inference/models.html", {"models": models})


class ModelView(ApprovedPageMixin, View):
    """One model's evidence: everyone who reads its findings may know how good they are."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        model = get_object_or_404(ModelVersion, pk=pk)
        evidence = model_evidence(model)
        context = {
            "model": model,
            "evidence": evidence,
            "card": card_blocks(evidence.card),
            "works_on_models": works_on_models(request.user),
        }
        return render(request, "inference/model.html", context)


class FigureView(ApprovedPageMixin, View):
    """One picture out of a checkpoint's folder."""

    def get(self, request: HttpRequest, pk, name: str) -> HttpResponse:
        model = get_object_or_404(ModelVersion, pk=pk)
        return HttpResponse(figure_bytes(model=model, name=name), content_type="image/png")


class TryPageView(ModelWorkPageMixin, View):
    """The page; the work is done by ``api.TryView``."""

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {"model": active_model(), "max_mb": MAX_BYTES // MEBIBYTE}
        return render(request, "inference/try.html", context)
