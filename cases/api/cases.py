"""Cases: the study of one patient that is being read."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import Case
from cases.services.cases import case_archive, case_create, case_restore, case_update
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from patients.models import Patient


class CaseSerializer(serializers.ModelSerializer[Case]):
    """A case without anything a model or another reader said of it."""

    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    version = serializers.IntegerField(required=False)

    class Meta:
        model = Case
        fields = (
            "id", "department", "patient", "patient_name", "accession_number", "study_date",
            "study_description", "clinical_question", "priority", "status", "assignee",
            "is_archived", "is_synthetic", "version", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "department", "status", "is_archived", "is_synthetic")


class CaseFilter(django_filters.FilterSet):
    """Filters of the list."""

    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Case
        fields = ("status", "patient", "department", "assignee", "is_archived", "accession_number")


class CaseViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    viewsets.GenericViewSet[Case],
):
    """List, open, make, edit, archive and restore cases."""

    permission_classes = [IsClinician]
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user).select_related("patient", "department")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = self.get_object()
        record_access(request.user, Verb.VIEW, case, request=request)
        return Response(self.get_serializer(case).data)

    def perform_create(self, serializer: serializers.BaseSerializer[Case]) -> None:
        values = dict(serializer.validated_data)
        values.pop("version", None)
        patient = values.pop("patient")
        self.check_patient(patient)
        serializer.instance = case_create(patient=patient, actor=self.request.user, **values)
        record_access(self.request.user, Verb.CREATE, serializer.instance, request=self.request)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = self.get_object()
        form = self.get_serializer(case, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        version = values.pop("version", None)
        if version is None:
            raise serializers.ValidationError({"version": "The version you edited is needed."})
        values.pop("patient", None)
        case = case_update(case=case, actor=request.user, version=version, **values)
        record_access(request.user, Verb.CHANGE, case, request=request)
        return Response(self.get_serializer(case).data)

    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str | None = None) -> Response:
        case = case_archive(case=self.get_object(), actor=request.user)
        record_access(request.user, Verb.CHANGE, case, detail="archived", request=request)
        return Response(self.get_serializer(case).data)

    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str | None = None) -> Response:
        case = case_restore(case=self.get_object(), actor=request.user)
        record_access(request.user, Verb.CHANGE, case, detail="restored", request=request)
        return Response(self.get_serializer(case).data)

    def check_patient(self, patient: Patient) -> None:
        visible = Patient.objects.visible_to(self.request.user).active()
        if not visible.filter(pk=patient.pk).exists():
            raise serializers.ValidationError({"patient": "There is no such patient."})
