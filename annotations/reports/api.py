"""Signed reports: read and download; signing asks for the password and is a page."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import SignedReport
from annotations.reports.services import signed_pdf
from annotations.reports.structured import StructuredKind, structured_file
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.api import KeysetPagination


class ReportSerializer(serializers.ModelSerializer[SignedReport]):
    """One signed version with its frozen content."""

    signed_by = serializers.CharField(source="signed_by.__str__", read_only=True)
    superseded_by = serializers.SerializerMethodField()

    class Meta:
        model = SignedReport
        fields = (
            "id", "case", "version", "content", "content_sha256", "pdf_sha256", "signed_by",
            "signed_at", "supersedes", "superseded_by",
        )  # fmt: skip

    def get_superseded_by(self, report: SignedReport) -> str | None:
        later = getattr(report, "superseded_by", None)
        return str(later.pk) if later else None


class ReportPagination(KeysetPagination):
    ordering = ("-signed_at", "-id")


class ReportFilter(django_filters.FilterSet):
    class Meta:
        model = SignedReport
        fields = ("case",)


class ReportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SignedReport]
):
    """Signed reports of the cases that the user may see."""

    permission_classes = [IsClinician]
    serializer_class = ReportSerializer
    pagination_class: type[CursorPagination] = ReportPagination
    filterset_class = ReportFilter
    queryset = SignedReport.objects.none()

    def get_queryset(self) -> QuerySet[SignedReport]:
        """In a blind department a report stays closed to a reader with an open read of the case."""
        visible = SignedReport.objects.readable_by(self.request.user)
        return visible.select_related("signed_by", "superseded_by")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        report = self.get_object()
        record_access(request.user, Verb.VIEW, report, request=request)
        return Response(self.get_serializer(report).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str | None = None) -> HttpResponse:
        """The PDF, byte for byte as it was signed."""
        report = self.get_object()
        record_access(request.user, Verb.EXPORT, report, detail="pdf", request=request)
        response = HttpResponse(signed_pdf(report), content_type="application/pdf")
        name = f"report-{report.case_id}-v{report.version}.pdf"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    @extend_schema(responses={(200, "application/dicom"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def sr(self, request: Request, pk: str | None = None) -> HttpResponse:
        """The version as a DICOM Structured Report (TID 1500)."""
        return self._structured(request, StructuredKind.SR)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def captures(self, request: Request, pk: str | None = None) -> HttpResponse:
        """A ZIP of DICOM Secondary Captures: marked images, and plain ones of PNG and JPEG."""
        return self._structured(request, StructuredKind.CAPTURES)

    @extend_schema(responses={(200, "application/fhir+json"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def fhir(self, request: Request, pk: str | None = None) -> HttpResponse:
        """The version as a FHIR R4B bundle, with its PDF."""
        return self._structured(request, StructuredKind.FHIR)

    def _structured(self, request: Request, kind: StructuredKind) -> HttpResponse:
        report = self.get_object()
        made = structured_file(report, kind)
        record_access(request.user, Verb.EXPORT, report, detail=kind.value, request=request)
        response = HttpResponse(made.data, content_type=made.media_type)
        response["Content-Disposition"] = f'attachment; filename="{made.name}"'
        return response
