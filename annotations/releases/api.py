"""Releases for researchers: ask, follow, download."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.exports.splits import DEFAULT_RULE
from annotations.exports.types import Sex, View
from annotations.models import Release
from annotations.releases.downloads import release_file
from annotations.releases.filters import Images, Reads, ReleaseFilters
from annotations.releases.formats import LABEL_SET_CHOICES, UNION
from annotations.releases.services.request import release_request
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import ApiToken, Department, User
from cxrportal.accounts.permissions import RESEARCHER, IsResearcher, department_ids
from cxrportal.common.api import AsksForWork
from inference.predict.labels import VOCABULARY


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A release and how far it is."""

    created_by = serializers.CharField(source="created_by.__str__", read_only=True)

    class Meta:
        model = Release
        fields = (
            "id", "name", "number", "filters", "state", "code", "message", "images_total",
            "images_done", "annotations_total", "archive_sha256", "archive_bytes", "manifest",
            "created_by", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


def _codes(choices: list[str]) -> serializers.ListField:
    child = serializers.ChoiceField([str(choice) for choice in choices])
    return serializers.ListField(child=child, required=False)


class FilterInput(serializers.Serializer[Any]):
    """Which reads of which images."""

    departments = serializers.ListField(child=serializers.UUIDField(), required=False)
    include_synthetic = serializers.BooleanField(default=False)
    study_date_from = serializers.DateField(required=False, allow_null=True)
    study_date_to = serializers.DateField(required=False, allow_null=True)
    findings = _codes([term.code for term in VOCABULARY])
    views = _codes([view for view in View if view])
    sexes = _codes([sex for sex in Sex if sex])
    age_from = serializers.IntegerField(required=False, allow_null=True)
    age_to = serializers.IntegerField(required=False, allow_null=True)
    reads = serializers.ChoiceField([str(item) for item in Reads], default=Reads.SIGNED.value)
    readers = serializers.ListField(child=serializers.CharField(max_length=8), required=False)
    models = serializers.ListField(child=serializers.CharField(max_length=64), required=False)


class ReleaseInput(FilterInput):
    """What a release is made of."""

    name = serializers.CharField(max_length=80)
    images = serializers.ChoiceField([str(item) for item in Images], default=Images.PNG8.value)
    label_set = serializers.ChoiceField(LABEL_SET_CHOICES, default=UNION)
    validation_share = serializers.FloatField(default=DEFAULT_RULE.validation)
    test_share = serializers.FloatField(default=DEFAULT_RULE.test)
    split_seed = serializers.IntegerField(default=DEFAULT_RULE.seed)


def filter_of(user: User, values: dict[str, Any]) -> tuple[list[Department], ReleaseFilters]:
    """The departments (all of the user's where none is named) and the filter of a valid input."""
    mine = department_ids(user, RESEARCHER)
    wanted = values.get("departments") or mine
    departments = list(Department.objects.filter(pk__in=set(wanted) & set(mine)))
    if len(departments) != len(set(wanted)):
        raise serializers.ValidationError({"departments": "There is no such department."})
    chosen = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
        if key not in ("name", "departments", "release")
    }
    return departments, ReleaseFilters(**chosen)


class ReleaseViewSet(
    AsksForWork,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Release],
):
    """Sealed datasets of the departments in which the user is a researcher."""

    permission_classes = [IsResearcher]
    serializer_class = ReleaseSerializer
    token_scope = ApiToken.Scope.EXPORT
    queryset = Release.objects.none()
    throttle_scope = "release"

    def get_queryset(self) -> QuerySet[Release]:
        return Release.objects.visible_to(self.request.user).select_related("created_by")

    @extend_schema(request=ReleaseInput, responses={202: ReleaseSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a release; it is built in the background."""
        form = ReleaseInput(data=request.data)
        form.is_valid(raise_exception=True)
        departments, filters = filter_of(request.user, form.validated_data)
        release = release_request(
            name=form.validated_data["name"],
            departments=departments,
            actor=request.user,
            filters=filters,
        )
        record_access(request.user, Verb.EXPORT, release, detail="requested", request=request)
        return Response(self.get_serializer(release).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def download(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The sealed ZIP archive."""
        return release_file(request, self.get_object())
