"""Explorations for programs: ask, follow, fetch the figures."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.exploring.downloads import exploration_file
from annotations.exploring.services.request import exploration_of_database, exploration_of_release
from annotations.models import Exploration, Release
from annotations.releases.api import FilterInput, filter_of
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import ApiToken
from cxrportal.accounts.permissions import IsResearcher
from cxrportal.common.api import AsksForWork


class ExplorationSerializer(serializers.ModelSerializer[Exploration]):
    """An exploration; ``result`` names its files once it is done."""

    class Meta:
        model = Exploration
        fields = (
            "id", "release", "filters", "state", "code", "message", "result", "created_at",
            "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class ExplorationInput(FilterInput):
    """A release, or else the filter of reads in the database."""

    release = serializers.UUIDField(required=False)


class ExplorationViewSet(
    AsksForWork,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Exploration],
):
    """Counts and figures on annotations, without anybody in them."""

    permission_classes = [IsResearcher]
    serializer_class = ExplorationSerializer
    token_scope = ApiToken.Scope.EXPORT
    queryset = Exploration.objects.none()
    throttle_scope = "exploration"

    def get_queryset(self) -> QuerySet[Exploration]:
        return Exploration.objects.visible_to(self.request.user).select_related("release")

    @extend_schema(request=ExplorationInput, responses={202: ExplorationSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a look at a release, or at the database; it is drawn in the background."""
        form = ExplorationInput(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        if values.get("release"):
            releases = Release.objects.visible_to(request.user)
            release = get_object_or_404(releases, pk=values["release"])
            exploration = exploration_of_release(release=release, actor=request.user)
        else:
            departments, filters = filter_of(request.user, values)
            exploration = exploration_of_database(
                departments=departments, filters=filters, actor=request.user
            )
        record_access(request.user, Verb.CREATE, exploration, request=request)
        return Response(self.get_serializer(exploration).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="files/(?P<name>[a-z_./]+)")
    def file(
        self, request: Request, pk: str | None = None, name: str | None = None
    ) -> HttpResponseBase:
        """One file that ``result`` names: PNG, SVG, CSV or the report in HTML."""
        return exploration_file(self.get_object(), name)
