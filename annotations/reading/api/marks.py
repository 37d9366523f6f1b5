"""Words of comparison on findings, saved one by one."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.errors import VersionConflict
from annotations.models import PriorMark, Review
from annotations.reading.prior_views import mark_json
from annotations.reading.services.priors import (
    prior_mark_create,
    prior_mark_delete,
    prior_mark_update,
)
from annotations.selectors import findings_visible_to
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.api import conflict, version_seen


class MarkInput(serializers.Serializer[Any]):
    """A word on one finding: its id, or the client id of one of this read."""

    client_id = serializers.UUIDField()
    review = serializers.UUIDField()
    finding = serializers.UUIDField()
    mark = serializers.ChoiceField(choices=PriorMark.Mark.choices)


class MarkChange(serializers.Serializer[Any]):
    """Another word, and the version that was seen."""

    version = serializers.IntegerField(min_value=1)
    mark = serializers.ChoiceField(choices=PriorMark.Mark.choices)


class PriorMarkViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[PriorMark]):
    """How one's own read compares findings with a prior study."""

    permission_classes = [IsClinician]
    serializer_class = MarkInput
    queryset = PriorMark.objects.none()

    def get_queryset(self) -> QuerySet[PriorMark]:
        mine = Review.objects.visible_to(self.request.user).filter(reader=self.request.user)
        rows = PriorMark.objects.filter(review__in=mine)
        return rows.select_related("review__case__department", "finding__case", "finding__review")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(mark_json(self.get_object()))

    def create(self, request: Request) -> Response:
        form = MarkInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        visible = Review.objects.visible_to(request.user).select_related("case__department")
        review = get_object_or_404(visible, pk=given["review"])
        findings = findings_visible_to(request.user).select_related("case", "review")
        own = Q(client_id=given["finding"], review=review)
        try:
            made, created = prior_mark_create(
                review=review,
                reader=request.user,
                client_id=given["client_id"],
                finding=get_object_or_404(findings.filter(Q(pk=given["finding"]) | own)),
                mark=given["mark"],
            )
        except VersionConflict as error:
            return self.conflicting(error)
        if created:
            self.recorded(request, review)
        answer = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(mark_json(made), status=answer)

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        mark = self.get_object()
        form = MarkChange(data=request.data)
        form.is_valid(raise_exception=True)
        version, word = form.validated_data["version"], form.validated_data["mark"]
        try:
            changed = prior_mark_update(mark=mark, reader=request.user, version=version, word=word)
        except VersionConflict as error:
            return self.conflicting(error)
        self.recorded(request, changed.review)
        return Response(mark_json(changed))

    @extend_schema(parameters=[OpenApiParameter("version", int, required=True)])
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        mark = self.get_object()
        version = version_seen(request)
        try:
            prior_mark_delete(mark=mark, reader=request.user, version=version)
        except VersionConflict as error:
            return self.conflicting(error)
        self.recorded(request, mark.review)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def recorded(self, request: Request, review: Review) -> None:
        record_access(request.user, Verb.CHANGE, review, detail="prior mark", request=request)

    def conflicting(self, error: VersionConflict) -> Response:
        current = mark_json(error.current)  # type: ignore[arg-type]
        return conflict({"code": error.code, "message": error.message, "current": current})
