"""Extractions for programs: ask, follow, download, delete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.extracting.downloads import extraction_file
from annotations.extracting.options import BITS, SIZES, ExtractionOptions
from annotations.extracting.services.request import extraction_delete, extraction_request
from annotations.models import Extraction, Release
from cases.dicom.extraction.fit import Fit
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import ApiToken
from cxrportal.accounts.permissions import IsResearcher
from cxrportal.common.api import AsksForWork


class ExtractionSerializer(serializers.ModelSerializer[Extraction]):
    """An extraction and how far it is; ``result`` counts images and the codes of refusals."""

    class Meta:
        model = Extraction
        fields = (
            "id", "release", "options", "state", "code", "message", "images_total", "images_done",
            "result", "archive_sha256", "archive_bytes", "expires_at", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class ExtractionInput(serializers.Serializer[Any]):
    """Of which release, and what: at least one output."""

    release = serializers.UUIDField()
    metadata = serializers.BooleanField(default=False, help_text="metadata.csv")
    pixels = serializers.BooleanField(default=False, help_text="pixels.h5")
    features = serializers.BooleanField(default=False, help_text="features.csv")
    png = serializers.BooleanField(default=False, help_text="one PNG an image")
    bits = serializers.ChoiceField(BITS, default=8)
    size_px = serializers.ChoiceField(SIZES, default=None, allow_null=True)
    fit = serializers.ChoiceField([fit.value for fit in Fit], default=Fit.LETTERBOX.value)


class ExtractionViewSet(
    AsksForWork,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Extraction],
):
    """Tables, arrays, pictures and features of sealed releases."""

    permission_classes = [IsResearcher]
    serializer_class = ExtractionSerializer
    token_scope = ApiToken.Scope.EXPORT
    queryset = Extraction.objects.none()
    throttle_scope = "extraction"

    def get_queryset(self) -> QuerySet[Extraction]:
        return Extraction.objects.visible_to(self.request.user).select_related("release")

    @extend_schema(request=ExtractionInput, responses={202: ExtractionSerializer})
    def create(self, request: Request) -> Response:
        """Ask for an extraction of a sealed release; it is made in the background."""
        form = ExtractionInput(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        releases = Release.objects.visible_to(request.user)
        release = get_object_or_404(releases, pk=values.pop("release"))
        extraction = extraction_request(
            release=release, options=ExtractionOptions(**values), actor=request.user
        )
        record_access(
            request.user, Verb.EXPORT, extraction, detail=f"requested, of {release}",
            request=request,
        )  # fmt: skip
        return Response(self.get_serializer(extraction).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Delete its file and its row; one that is being made ends."""
        extraction = self.get_object()
        record_access(
            request.user, Verb.CHANGE, extraction, detail=f"deleted, of {extraction.release}",
            request=request,
        )  # fmt: skip
        extraction_delete(extraction=extraction)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def download(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The ZIP: the files asked for, errors.csv and extraction.json."""
        return extraction_file(request, self.get_object())
