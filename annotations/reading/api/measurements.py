"""Measurements of a read, saved one by one."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.errors import VersionConflict
from annotations.models import Measurement, Review
from annotations.reading.presentation import measurement_json
from annotations.reading.services.measurements import (
    measurement_create,
    measurement_delete,
    measurement_update,
)
from annotations.selectors import measurements_visible_to
from cases.dicom.measure import MeasureKind, Point
from cases.models import Image
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.api import conflict, version_seen


class PointsField(serializers.ListField):
    """[x, y] pairs in image pixels."""

    child = serializers.ListField(
        child=serializers.FloatField(min_value=-1e6, max_value=1e6), min_length=2, max_length=2
    )


class MeasurementInput(serializers.Serializer[Any]):
    """A new measurement."""

    client_id = serializers.UUIDField()
    review = serializers.UUIDField()
    image = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Measurement.Kind.choices)
    points = PointsField(min_length=2, max_length=4)


class MeasurementMove(serializers.Serializer[Any]):
    """The points of a measurement, and the version that was seen."""

    version = serializers.IntegerField(min_value=1)
    points = PointsField(min_length=2, max_length=4)


def _points(given: dict[str, Any]) -> tuple[Point, ...]:
    return tuple((x, y) for x, y in given["points"])


class MeasurementFilter(django_filters.FilterSet):
    class Meta:
        model = Measurement
        fields = ("case", "image", "review", "kind")


class MeasurementViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Measurement]
):
    """Measurements that the user may see; a reader's own may be written."""

    permission_classes = [IsClinician]
    serializer_class = MeasurementInput
    filterset_class = MeasurementFilter
    queryset = Measurement.objects.none()

    def get_queryset(self) -> QuerySet[Measurement]:
        visible = measurements_visible_to(self.request.user)
        return visible.select_related("review__reader", "review__case", "image")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([measurement_json(m, request.user) for m in page or []])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(measurement_json(self.get_object(), request.user))

    def create(self, request: Request) -> Response:
        form = MeasurementInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        visible = Review.objects.visible_to(request.user).select_related("case__department")
        made, created = measurement_create(
            review=get_object_or_404(visible, pk=given["review"]),
            reader=request.user,
            client_id=given["client_id"],
            image=get_object_or_404(Image.objects.visible_to(request.user), pk=given["image"]),
            kind=MeasureKind(given["kind"]),
            points=_points(given),
        )
        if created:
            record_access(request.user, Verb.CREATE, made, request=request)
        answer = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(measurement_json(made, request.user), status=answer)

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        measurement = self.get_object()
        form = MeasurementMove(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            moved = measurement_update(
                measurement=measurement,
                reader=request.user,
                version=form.validated_data["version"],
                points=_points(form.validated_data),
            )
        except VersionConflict as error:
            return self.conflicting(error, request)
        record_access(request.user, Verb.CHANGE, moved, request=request)
        return Response(measurement_json(moved, request.user))

    @extend_schema(parameters=[OpenApiParameter("version", int, required=True)])
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        measurement = self.get_object()
        version = version_seen(request)
        try:
            measurement_delete(measurement=measurement, reader=request.user, version=version)
        except VersionConflict as error:
            return self.conflicting(error, request)
        target = ("measurement", str(pk))
        record_access(request.user, Verb.CHANGE, target, detail="taken back", request=request)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def conflicting(self, error: VersionConflict, request: Request) -> Response:
        current = measurement_json(error.current, request.user)  # type: ignore[arg-type]
        return conflict({"code": error.code, "message": error.message, "current": current})
