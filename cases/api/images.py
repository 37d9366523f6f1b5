"""Images and their files. Each goes through the rule of its case; none has a public address."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseNotModified
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import Image
from cases.presentation import image_json
from cases.services.ingest import image_retry_ingest
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.storage import open_file

_YEAR_S = 31_536_000
_FOR_A_YEAR = f"private, max-age={_YEAR_S}, immutable"


class ImageSerializer(serializers.Serializer[Image]):
    """How stored values become grey levels, and where the files are."""

    def to_representation(self, instance: Image) -> dict[str, Any]:
        return image_json(instance)


class ImageViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Image]):
    """One image: facts, pixels, pictures, and another try at preparing it."""

    permission_classes = [IsClinician]
    serializer_class = ImageSerializer
    queryset = Image.objects.none()

    def get_queryset(self) -> QuerySet[Image]:
        return Image.objects.visible_to(self.request.user).select_related("case")

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def pixels(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Stored values as little-endian uint16, row by row, gzip-encoded."""
        return _file(request, self.get_object(), "pixels_key", "application/octet-stream")

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def display(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The 8-bit picture as the file's own default window shows it."""
        return _file(request, self.get_object(), "display_key", "image/png")

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def thumbnail(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        return _file(request, self.get_object(), "thumbnail_key", "image/jpeg")

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def original(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The file as it was uploaded, byte for byte."""
        image = self.get_object()
        record_access(request.user, Verb.EXPORT, image, detail="original", request=request)
        response = _file(request, image, "original_key", "application/octet-stream")
        suffix = {"dicom": "dcm", "png": "png", "jpeg": "jpg"}[image.kind]
        response["Content-Disposition"] = f'attachment; filename="{image.pk}.{suffix}"'
        return response

    @extend_schema(request=None, responses={202: None})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Prepare the image again after a failure."""
        image_retry_ingest(image=self.get_object())
        return Response(status=status.HTTP_202_ACCEPTED)


def _file(request: Request, image: Image, field: str, content_type: str) -> HttpResponseBase:
    """The stored file with an ETag; it never changes under its key."""
    key = getattr(image, field)
    if not key:
        raise Http404
    etag = f'"{image.pk}-{field}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    response = FileResponse(open_file(key), content_type=content_type)
    if field == "pixels_key":
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    always = field == "pixels_key"  # kept, but each use asks again, so that it is allowed again
    response["Cache-Control"] = "private, no-cache" if always else _FOR_A_YEAR
    response["X-Content-Type-Options"] = "nosniff"
    return response
