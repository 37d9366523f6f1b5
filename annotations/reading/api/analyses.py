"""Analyses: state, scores and heat maps of one model on one image."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseNotModified
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.selectors import model_is_hidden
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.storage import open_file
from inference.models import InferenceRun
from inference.presentation import run_json
from inference.services.runs import run_retry


class AnalysisSerializer(serializers.Serializer[InferenceRun]):
    """One analysis; a blind read shows its state and nothing else."""

    def to_representation(self, instance: InferenceRun) -> dict[str, Any]:
        hidden = model_is_hidden(self.context["request"].user, instance.image.case)
        return run_json(instance, hidden=hidden)


class AnalysisFilter(django_filters.FilterSet):
    case = django_filters.UUIDFilter(field_name="image__case")

    class Meta:
        model = InferenceRun
        fields = ("state", "image", "case")


class AnalysisViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[InferenceRun]
):
    """State, scores, boxes and heat maps; and another try after a failure."""

    permission_classes = [IsClinician]
    serializer_class = AnalysisSerializer
    filterset_class = AnalysisFilter
    queryset = InferenceRun.objects.none()

    def get_queryset(self) -> QuerySet[InferenceRun]:
        return (
            InferenceRun.objects.visible_to(self.request.user)
            .select_related("image__case__department", "model_version", "heatmap", "lungmask")
            .prefetch_related("detections")
        )

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def heatmaps(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """All heat maps as packed uint8, label by label; each stretches over the whole image."""
        return self._packed(request, "heatmap")

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def lungs(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The lungs as packed uint8 over the whole image: 0 none, 1 left, 2 right lung."""
        return self._packed(request, "lungmask")

    def _packed(self, request: Request, kind: str) -> HttpResponseBase:
        """The packed file of this kind; a run never changes it, so the run is its ETag."""
        run = self.get_object()
        packed = getattr(run, kind, None)
        if packed is None or model_is_hidden(request.user, run.image.case):
            raise Http404
        etag = f'"{run.pk}"'
        if request.headers.get("If-None-Match") == etag:
            return HttpResponseNotModified()
        response = FileResponse(open_file(packed.key), content_type="application/octet-stream")
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        return response

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Analyse again after a failure, with the model that is active now."""
        run = run_retry(run=self.get_object(), actor=request.user)
        return Response(self.get_serializer(run).data, status=status.HTTP_202_ACCEPTED)
