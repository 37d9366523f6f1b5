"""Comparisons with the active model, and which model was active when, for programs.

Promotion and roll back are not here: they ask for a fresh proof of who it is, which a token cannot
give (``docs/api.md``).
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.retraining.forms import MARGIN, MARGIN_LEAST, MARGIN_MOST
from annotations.retraining.selectors import release_named, releases_to_compare_on
from annotations.retraining.services.request import check_request
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import MayWorkOnModels
from cxrportal.common.api import AsksForWork
from inference.models import ModelActivation, ModelVersion, PromotionCheck

BRIEF = (
    "id", "candidate", "active", "release", "margin", "least_cases", "state", "code", "message",
    "passed", "requested_by", "created_at", "finished_at",
)  # fmt: skip


class TestedSerializer(serializers.Serializer[Any]):
    """One number of both models: a finding, or the mean over them, of everybody or a subgroup.

    ``difference``: candidate minus active, with its 95 % interval. ``verdict``: "as good",
    "not shown", "inferior" or "too few cases"; the last has no interval and decides nothing.
    """

    measure = serializers.ChoiceField(["auroc", "ap40"])
    finding = serializers.CharField()
    group = serializers.CharField()
    cases = serializers.IntegerField()
    others = serializers.IntegerField()
    active = serializers.FloatField(allow_null=True)
    candidate = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p_inferior = serializers.FloatField(allow_null=True)
    p_as_good = serializers.FloatField(allow_null=True)
    p_adjusted = serializers.FloatField(allow_null=True)
    verdict = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """What came out. ``reasons``: why promotion is refused; none: it may go ahead.

    ``active_alone``, ``candidate_alone``: what only one of the two models knows; not comparable.
    """

    images = serializers.IntegerField()
    patients = serializers.IntegerField()
    rule = serializers.DictField()
    tests = TestedSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())
    active_alone = serializers.ListField(child=serializers.CharField(), required=False)
    candidate_alone = serializers.ListField(child=serializers.CharField(), required=False)
    passed = serializers.BooleanField()


class ProofSerializer(serializers.Serializer[Any]):
    """Why no patient of the release trained the candidate, and what of it is not proven."""

    trained_on = serializers.ListField(child=serializers.CharField())
    outside = serializers.ListField(child=serializers.CharField())
    patients_in_both = serializers.IntegerField()
    pictures_in_both = serializers.IntegerField()
    unproven = serializers.ListField(child=serializers.CharField())


class DoneSerializer(serializers.Serializer[Any]):
    """Images read, of those that both models have to read."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()


class CheckBriefSerializer(serializers.ModelSerializer[PromotionCheck]):
    """A comparison; ``passed`` is null until it is done."""

    release = serializers.CharField(read_only=True)
    requested_by = serializers.CharField(source="requested_by.__str__", read_only=True)

    class Meta:
        model = PromotionCheck
        fields = BRIEF
        read_only_fields = fields


class CheckSerializer(CheckBriefSerializer):
    """The same with its progress, and the outcome (null until there is one)."""

    progress = serializers.SerializerMethodField()
    proof = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    class Meta(CheckBriefSerializer.Meta):
        fields = (*BRIEF, "progress", "proof", "outcome")
        read_only_fields = fields

    @extend_schema_field(DoneSerializer)
    def get_progress(self, check: PromotionCheck) -> dict[str, Any]:
        return {"done": 0, "total": 0} | check.progress

    @extend_schema_field(ProofSerializer)
    def get_proof(self, check: PromotionCheck) -> dict[str, Any]:
        return check.proof

    @extend_schema_field(OutcomeSerializer(allow_null=True))
    def get_outcome(self, check: PromotionCheck) -> dict[str, Any] | None:
        return check.outcome or None


class CheckInput(serializers.Serializer[Any]):
    """``release``: NAME@NUMBER, frozen, of patients who did not train the candidate."""

    candidate = serializers.UUIDField()
    release = serializers.CharField(max_length=100)
    margin = serializers.FloatField(min_value=MARGIN_LEAST, max_value=MARGIN_MOST, default=MARGIN)


class PromotionCheckViewSet(
    AsksForWork,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[PromotionCheck],
):
    """Candidates compared with the active model, by finding and by subgroup."""

    permission_classes = [MayWorkOnModels]
    queryset = PromotionCheck.objects.none()
    throttle_scope = "training"
    expensive = ("create",)

    def get_queryset(self) -> QuerySet[PromotionCheck]:
        return PromotionCheck.objects.select_related("requested_by")

    def get_serializer_class(self) -> type[CheckBriefSerializer]:
        return CheckBriefSerializer if self.action == "list" else CheckSerializer

    @extend_schema(request=CheckInput, responses={202: CheckSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a comparison; it waits for the worker of the training queue."""
        form = CheckInput(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        check = check_request(
            candidate=get_object_or_404(ModelVersion, pk=values["candidate"]),
            release=release_named(values["release"], releases_to_compare_on(request.user)),
            actor=request.user,
            margin=values["margin"],
        )
        record_access(request.user, Verb.CREATE, check, detail=check.release, request=request)
        return Response(CheckSerializer(check).data, status=status.HTTP_202_ACCEPTED)


class ActivationSerializer(serializers.ModelSerializer[ModelActivation]):
    """When which model became the active one. ``check_row``: the comparison that counted."""

    actor = serializers.CharField(source="actor.__str__", read_only=True, allow_null=True)

    class Meta:
        model = ModelActivation
        fields = ("id", "model", "previous", "kind", "check_row", "actor", "reason", "created_at")
        read_only_fields = fields


class ActivationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ModelActivation]):
    """Promotions, overrides and roll backs, the newest first. They happen in the browser."""

    permission_classes = [MayWorkOnModels]
    serializer_class = ActivationSerializer
    queryset = ModelActivation.objects.none()

    def get_queryset(self) -> QuerySet[ModelActivation]:
        return ModelActivation.objects.select_related("actor")
