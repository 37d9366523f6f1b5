"""Patients over the REST API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import CLINICIAN, IsClinician, department_ids
from patients.models import Patient
from patients.services import (
    patient_archive,
    patient_create,
    patient_restore,
    patient_update,
)


class PatientSerializer(serializers.ModelSerializer[Patient]):
    """A patient of one department."""

    version = serializers.IntegerField(required=False)

    class Meta:
        model = Patient
        fields = (
            "id", "department", "mrn", "name", "birth_date", "sex", "phone", "email",
            "medical_history", "allergies", "notes", "research_consent", "confirmed",
            "claimed_mrn", "is_synthetic", "is_archived", "version", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "confirmed", "claimed_mrn", "is_synthetic", "is_archived")
        validators: list[Any] = []  # uniqueness is the service's, with its own code


class PatientViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    viewsets.GenericViewSet[Patient],
):
    """List and search, open, make, edit, archive and restore patients."""

    permission_classes = [IsClinician]
    serializer_class = PatientSerializer
    queryset = Patient.objects.none()

    def get_queryset(self) -> QuerySet[Patient]:
        visible = Patient.objects.visible_to(self.request.user).filter(merged_into=None)
        return visible.matching(self.request.query_params.get("search", ""))

    @extend_schema(parameters=[OpenApiParameter("search", str, description="Name or MRN")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        patient = self.get_object()
        record_access(request.user, Verb.VIEW, patient, request=request)
        return Response(self.get_serializer(patient).data)

    def perform_create(self, serializer: serializers.BaseSerializer[Patient]) -> None:
        values = dict(serializer.validated_data)
        values.pop("version", None)
        department: Department = values.pop("department")
        if department.pk not in department_ids(self.request.user, CLINICIAN):
            raise serializers.ValidationError({"department": "There is no such department."})
        patient = patient_create(department=department, actor=self.request.user, **values)
        serializer.instance = patient
        record_access(self.request.user, Verb.CREATE, patient, request=self.request)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        patient = self.get_object()
        form = self.get_serializer(patient, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        values.pop("department", None)
        version = values.pop("version", None)
        if version is None:
            raise serializers.ValidationError({"version": "The version you edited is needed."})
        patient = patient_update(patient=patient, actor=request.user, version=version, **values)
        record_access(request.user, Verb.CHANGE, patient, request=request)
        return Response(self.get_serializer(patient).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str | None = None) -> Response:
        patient = patient_archive(patient=self.get_object(), actor=request.user)
        record_access(request.user, Verb.CHANGE, patient, detail="archived", request=request)
        return Response(self.get_serializer(patient).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str | None = None) -> Response:
        patient = patient_restore(patient=self.get_object(), actor=request.user)
        record_access(request.user, Verb.CHANGE, patient, detail="restored", request=request)
        return Response(self.get_serializer(patient).data)
