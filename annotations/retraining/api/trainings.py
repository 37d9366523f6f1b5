"""Trainings for programs: ask, follow, call off, go on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import Release
from annotations.retraining.selectors import release_named, training_progress
from annotations.retraining.services.request import (
    Wanted,
    training_cancel,
    training_request,
    training_resume,
)
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsResearcher
from cxrportal.common.api import AsksForWork
from inference.models import ModelVersion, TrainingRun

BRIEF = (
    "id", "name", "version", "release", "base", "epochs", "seed", "state", "code", "message",
    "result", "requested_by", "created_at", "started_at", "finished_at",
)  # fmt: skip


class EpochSerializer(serializers.Serializer[Any]):
    """One whole epoch; a number that was not measured is null."""

    epoch = serializers.IntegerField()
    loss = serializers.FloatField(allow_null=True)
    classification = serializers.FloatField(allow_null=True)
    detection = serializers.FloatField(allow_null=True)
    validation_loss = serializers.FloatField(allow_null=True)
    auroc = serializers.FloatField(allow_null=True)
    ap40 = serializers.FloatField(allow_null=True)
    rate = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)


class ProgressSerializer(serializers.Serializer[Any]):
    """``phase``: "" before it began, training, evaluating. ``rows``: the epochs so far."""

    phase = serializers.CharField(allow_blank=True)
    epochs = serializers.IntegerField()
    best_epoch = serializers.IntegerField()
    rows = EpochSerializer(many=True)


class TrainingBriefSerializer(serializers.ModelSerializer[TrainingRun]):
    """A training and how far it is; ``result`` is the candidate."""

    release = serializers.CharField(read_only=True)
    requested_by = serializers.CharField(source="requested_by.__str__", read_only=True)

    class Meta:
        model = TrainingRun
        fields = BRIEF
        read_only_fields = fields


class TrainingSerializer(TrainingBriefSerializer):
    """The same with its live progress and the configuration that is really used."""

    cancelling = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()

    class Meta(TrainingBriefSerializer.Meta):
        fields = (*BRIEF, "release_sha256", "config", "cancelling", "progress")
        read_only_fields = fields

    def get_cancelling(self, run: TrainingRun) -> bool:
        return bool(training_progress(run)["cancelling"])

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, run: TrainingRun) -> dict[str, Any]:
        found: dict[str, Any] = training_progress(run)["progress"]
        return found


class TrainingInput(serializers.Serializer[Any]):
    """``release``: NAME@NUMBER. ``config``: TOML, empty for the standard one. ``epochs`` 0: its."""

    release = serializers.CharField(max_length=100)
    base = serializers.UUIDField(required=False, allow_null=True)
    epochs = serializers.IntegerField(min_value=0, max_value=500, default=0)
    seed = serializers.IntegerField(min_value=0, max_value=2_000_000, default=7)
    config = serializers.CharField(required=False, allow_blank=True, default="")


class TrainingViewSet(
    AsksForWork,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[TrainingRun],
):
    """Trainings on releases of the departments in which the user is a researcher."""

    permission_classes = [IsResearcher]
    queryset = TrainingRun.objects.none()
    throttle_scope = "training"
    expensive = ("create", "resume")

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return TrainingRun.objects.visible_to(self.request.user).select_related("requested_by")

    def get_serializer_class(self) -> type[TrainingBriefSerializer]:
        return TrainingBriefSerializer if self.action == "list" else TrainingSerializer

    @extend_schema(request=TrainingInput, responses={202: TrainingSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a training; it waits for the worker of the training queue."""
        form = TrainingInput(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        release = release_named(values["release"], Release.objects.visible_to(request.user))
        base = values.get("base")
        wanted = Wanted(
            base=get_object_or_404(ModelVersion, pk=base) if base else None,
            config=values["config"],
            epochs=values["epochs"],
            seed=values["seed"],
        )
        run = training_request(release=release, actor=request.user, wanted=wanted)
        record_access(request.user, Verb.CREATE, run, detail=run.release, request=request)
        return self._said(run, status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: TrainingSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """At once where no worker has it, else within seconds; one that ended stays as it is."""
        return self._changed(request, training_cancel)

    @extend_schema(request=None, responses={202: TrainingSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str | None = None) -> Response:
        """Go on from the last whole epoch after a cancellation or a failure."""
        return self._changed(request, training_resume)

    def _changed(self, request: Request, act: Any) -> Response:
        run = self.get_object()
        act(run=run)
        record_access(request.user, Verb.CHANGE, run, detail=self.action, request=request)
        run.refresh_from_db()
        return self._said(run, status.HTTP_202_ACCEPTED)

    def _said(self, run: TrainingRun, code: int) -> Response:
        return Response(TrainingSerializer(run).data, status=code)
