"""Decisions, own findings and the text of a review, saved one by one."""

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
from annotations.models import Finding, Review
from annotations.reading.selectors import finding_json, review_json
from annotations.reading.services.findings import (
    FindingValues,
    finding_create,
    finding_delete,
    finding_update,
)
from annotations.reading.services.reviews import review_update
from annotations.selectors import box_of, findings_visible_to
from cases.models import Image
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.api import conflict, version_seen

_DECISIONS = [c for c in Finding.Decision.choices if c[0] != Finding.Decision.PROPOSED]


class FindingInput(serializers.Serializer[Any]):
    """What a reader states."""

    client_id = serializers.UUIDField(required=False)
    review = serializers.UUIDField(required=False)
    image = serializers.UUIDField(required=False)
    proposal = serializers.UUIDField(required=False, allow_null=True)
    version = serializers.IntegerField(required=False, min_value=1)
    decision = serializers.ChoiceField(choices=_DECISIONS, required=False)
    label = serializers.CharField(max_length=64, required=False, allow_blank=True)
    box = serializers.ListField(
        child=serializers.FloatField(min_value=-1e6, max_value=1e6),
        min_length=4,
        max_length=4,
        required=False,
        allow_null=True,
    )
    laterality = serializers.ChoiceField(
        choices=Finding.Laterality.choices, required=False, allow_blank=True
    )
    certainty = serializers.ChoiceField(choices=Finding.Certainty.choices, required=False)
    comment = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    reject_reason = serializers.ChoiceField(
        choices=Finding.RejectReason.choices, required=False, allow_blank=True
    )


_STATED = ("decision", "label", "laterality", "certainty", "comment", "reject_reason")


def _values(given: dict[str, Any], before: Finding | None = None) -> FindingValues:
    """The stated values: what was sent, over what stood before."""
    stated = {name: getattr(before, name) for name in _STATED} if before else {}
    box = box_of(before) if before else None
    stated |= {name: given[name] for name in _STATED if name in given}
    if "box" in given:
        box = tuple(given["box"]) if given["box"] is not None else None
    return FindingValues(box=box, **stated)


class FindingFilter(django_filters.FilterSet):
    class Meta:
        model = Finding
        fields = ("case", "image", "review", "decision", "label")


class FindingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Finding]
):
    """Findings that the user may see; a reader's own may be written."""

    permission_classes = [IsClinician]
    serializer_class = FindingInput
    filterset_class = FindingFilter
    queryset = Finding.objects.none()

    def get_queryset(self) -> QuerySet[Finding]:
        visible = findings_visible_to(self.request.user)
        return visible.select_related("review__reader", "review__case", "image", "proposal")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([finding_json(f, request.user) for f in page or []])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(finding_json(self.get_object(), request.user))

    def create(self, request: Request) -> Response:
        given = self.checked(request, "client_id", "review", "image", "decision")
        visible = Review.objects.visible_to(request.user).select_related("case__department")
        review = get_object_or_404(visible, pk=given["review"])
        image = get_object_or_404(Image.objects.visible_to(request.user), pk=given["image"])
        proposal = None
        if given.get("proposal"):
            proposal = get_object_or_404(
                self.get_queryset().filter(review=None), pk=given["proposal"]
            )
        try:
            finding, created = finding_create(
                review=review,
                reader=request.user,
                client_id=given["client_id"],
                image=image,
                proposal=proposal,
                values=_values(given),
            )
        except VersionConflict as error:
            return self.conflicting(error, request)
        if created:
            record_access(request.user, Verb.CREATE, finding, request=request)
        answer = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(finding_json(finding, request.user), status=answer)

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        given = self.checked(request, "version")
        finding = self.get_object()
        try:
            finding = finding_update(
                finding=finding,
                reader=request.user,
                version=given["version"],
                values=_values(given, finding),
            )
        except VersionConflict as error:
            return self.conflicting(error, request)
        record_access(request.user, Verb.CHANGE, finding, request=request)
        return Response(finding_json(finding, request.user))

    @extend_schema(parameters=[OpenApiParameter("version", int, required=True)])
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        version = version_seen(request)
        finding = self.get_object()
        try:
            finding_delete(finding=finding, reader=request.user, version=version)
        except VersionConflict as error:
            return self.conflicting(error, request)
        target = ("finding", str(pk))
        record_access(request.user, Verb.CHANGE, target, detail="taken back", request=request)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def checked(self, request: Request, *needed: str) -> dict[str, Any]:
        form = FindingInput(data=request.data)
        form.is_valid(raise_exception=True)
        missing = [name for name in needed if name not in form.validated_data]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "This field is needed."))
        return form.validated_data

    def conflicting(self, error: VersionConflict, request: Request) -> Response:
        current = finding_json(error.current, request.user)  # type: ignore[arg-type]
        return conflict({"code": error.code, "message": error.message, "current": current})


class ReviewInput(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)
    notes = serializers.CharField(
        required=False, allow_blank=True, max_length=50_000, trim_whitespace=False
    )
    impression = serializers.CharField(
        required=False, allow_blank=True, max_length=20_000, trim_whitespace=False
    )
    no_finding = serializers.BooleanField(required=False)


class ReviewViewSet(viewsets.GenericViewSet[Review]):
    """The text of a review."""

    permission_classes = [IsClinician]
    serializer_class = ReviewInput
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        """Only one's own: another reader's words are read in the report."""
        visible = Review.objects.visible_to(self.request.user)
        return visible.filter(reader=self.request.user).select_related("case__department")

    def retrieve(self, request: Request, pk: str | None = None) -> Response:
        return Response(review_json(self.get_object()))

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        form = ReviewInput(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            review = review_update(
                review=self.get_object(), reader=request.user, **form.validated_data
            )
        except VersionConflict as error:
            current = review_json(error.current)  # type: ignore[arg-type]
            return conflict({"code": error.code, "message": error.message, "current": current})
        return Response(review_json(review))
