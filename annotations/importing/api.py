"""Imports for programs: send an archive, follow it, fetch what is wrong."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.importing.downloads import problems_table
from annotations.importing.options import ImportOptions, label_map_of
from annotations.importing.services.request import (
    ImportRequest,
    dataset_import_request,
    dataset_import_start,
)
from annotations.imports.types import Format
from annotations.models import DatasetImport
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import CLINICIAN, IsClinician, department_ids
from cxrportal.common.api import AsksForWork


class DatasetImportSerializer(serializers.ModelSerializer[DatasetImport]):
    """An import, how far it is and what it found."""

    created_by = serializers.CharField(source="created_by.__str__", read_only=True)

    class Meta:
        model = DatasetImport
        fields = (
            "id", "source", "department", "format", "dry_run", "options", "state", "code",
            "message", "images_total", "images_done", "counts", "problems_total", "created_by",
            "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class DatasetImportInput(serializers.Serializer[Any]):
    """A ZIP archive with tables and images. ``label_map``: lines "their label = our finding"."""

    archive = serializers.FileField()
    source = serializers.SlugField(max_length=40)
    department = serializers.UUIDField(required=False)
    format = serializers.ChoiceField([item.value for item in Format], required=False)
    dry_run = serializers.BooleanField(default=True)
    reader = serializers.CharField(max_length=80, default="annotator")
    empty_is_normal = serializers.BooleanField(default=False)
    research_consent = serializers.BooleanField(default=False)
    label_map = serializers.CharField(required=False, allow_blank=True, default="")


class DatasetImportViewSet(
    AsksForWork,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[DatasetImport],
):
    """Data sets brought into the departments in which the user is a clinician."""

    permission_classes = [IsClinician]
    serializer_class = DatasetImportSerializer
    queryset = DatasetImport.objects.none()
    throttle_scope = "import"
    expensive = ("create", "start")

    def get_queryset(self) -> QuerySet[DatasetImport]:
        visible = DatasetImport.objects.visible_to(self.request.user)
        return visible.select_related("created_by")

    def get_parsers(self) -> list[Any]:
        # The schema asks without a request, and starting an import sends nothing.
        sends = self.request is None or self.action_map.get("post") == "create"
        return [MultiPartParser()] if sends else super().get_parsers()

    @extend_schema(
        request={"multipart/form-data": DatasetImportInput},
        responses={202: DatasetImportSerializer},
    )
    def create(self, request: Request) -> Response:
        """Send a data set. It is looked at in the background; by default as a dry run."""
        form = DatasetImportInput(data=request.data)
        form.is_valid(raise_exception=True)
        values, sent = form.validated_data, form.validated_data["archive"]
        job = dataset_import_request(
            ImportRequest(
                actor=request.user,
                department=self._department(request, values),
                source=values["source"],
                format=Format(values["format"]) if values.get("format") else None,
                dry_run=values["dry_run"],
                options=ImportOptions(
                    reader=values["reader"],
                    empty_is_normal=values["empty_is_normal"],
                    research_consent=values["research_consent"],
                    label_map=label_map_of(values["label_map"]),
                ),
            ),
            archive=sent.file,
            file_name=sent.name,
            size_bytes=sent.size,
        )
        detail = "dry run" if job.dry_run else "import"
        record_access(request.user, Verb.CREATE, job, detail=detail, request=request)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    def _department(self, request: Request, values: dict[str, Any]) -> Department:
        mine = department_ids(request.user, CLINICIAN)
        wanted = values.get("department") or (mine[0] if len(mine) == 1 else None)
        if wanted not in mine:
            raise serializers.ValidationError({"department": "Name one of your departments."})
        return Department.objects.get(pk=wanted)

    @extend_schema(request=None, responses={202: DatasetImportSerializer})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str | None = None) -> Response:
        """Import for good what a dry run looked at."""
        job = dataset_import_start(dry_run=self.get_object(), actor=request.user)
        record_access(request.user, Verb.CREATE, job, detail="import", request=request)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def problems(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The rows that were not taken as they stand, with file, row, image, code and message."""
        return problems_table(request, self.get_object())
