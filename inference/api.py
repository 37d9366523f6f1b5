"""Which models there are and what they are worth; one image in, what a model says out."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsApproved, MayWorkOnModels
from inference.models import ModelVersion
from inference.services.facts import model_facts
from inference.services.tryit import MAX_BYTES, Sample, TryTooLarge, image_try, sample_draw


class TrySerializer(serializers.Serializer[Any]):
    """What comes in: a file, or the wish for a synthetic one."""

    file = serializers.FileField(required=False, allow_empty_file=True)
    sample = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs):
        if bool(attrs.get("file")) == bool(attrs["sample"]):
            raise serializers.ValidationError("Send either a file or sample=true.")
        return attrs


class ModelSerializer(serializers.ModelSerializer[ModelVersion]):
    """A checkpoint: which it is, where it stands, what it knows."""

    labels = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelVersion
        fields = (
            "id", "name", "version", "sha256", "stage", "labels", "calibrated", "shadow",
            "shadow_since", "created_at", "activated_at",
        )  # fmt: skip
        read_only_fields = fields


class ModelViewSet(viewsets.ReadOnlyModelViewSet[ModelVersion]):
    """Every registered model; the active one proposes findings, the others nothing."""

    permission_classes = [MayWorkOnModels]
    serializer_class = ModelSerializer
    queryset = ModelVersion.objects.all()
    filterset_fields = ("stage",)


class ModelFactsView(APIView):
    """What a model's numbers are worth: everyone who reads its findings may know."""

    permission_classes = [IsApproved]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any) -> Response:
        return Response(model_facts(get_object_or_404(ModelVersion, pk=pk)))


class TryView(APIView):
    """Analyse one DICOM, PNG or JPEG file with the active model. Nothing is stored."""

    permission_classes = [MayWorkOnModels]
    parser_classes = [MultiPartParser]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "try"

    @extend_schema(
        request={"multipart/form-data": TrySerializer},
        responses={
            200: OpenApiResponse(description="Scores, boxes, heat maps, warnings, a picture"),
            400: OpenApiResponse(description="Refused: {code, message}"),
        },
    )
    def post(self, request: Request) -> Response:
        form = TrySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data.get("file")
        if sent is not None and sent.size > MAX_BYTES:
            raise TryTooLarge
        sample = None if sent is not None else sample_draw()
        with tempfile.TemporaryDirectory(prefix="try-", dir=settings.FILE_UPLOAD_TEMP_DIR) as place:
            path = Path(place, "received")
            with path.open("wb") as out:
                if sample is None:
                    shutil.copyfileobj(sent.file, out, 1024 * 1024)
                else:
                    out.write(sample.content)
            found = image_try(path=path)
        detail = "tried an image" if sample is None else "tried a synthetic image"
        target = ("modelversion", found["model"]["id"])
        record_access(request.user, Verb.VIEW, target, detail=detail, request=request)
        answer = found | {"synthetic": sample is not None, "drawn": _drawn(sample)}
        return Response(answer, headers={"Cache-Control": "no-store"})


def _drawn(sample: Sample | None) -> list[dict[str, Any]]:
    """What was drawn into a synthetic image: the truth to compare with."""
    if sample is None:
        return []
    return [{"label": label, "xyxy": box.as_xyxy()} for label, box in sample.phantom.boxes]
