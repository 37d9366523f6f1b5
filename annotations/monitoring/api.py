"""Monitoring for programs: the numbers of the pages. Sums alone, no case can be told from them."""

from __future__ import annotations

import math
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.monitoring.selectors import departments_of, drifts, summed, tallies
from annotations.monitoring.shadow import compare_shadow
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import MayWorkOnModels
from inference.evaluation.drift import read_reference
from inference.models import ModelVersion
from inference.services.registry import model_folder


class NumberField(serializers.FloatField):
    """A number, or null where there is none: JSON has no NaN."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"allow_null": True} | options))

    def to_representation(self, value: float) -> Any:
        return None if math.isnan(value) else super().to_representation(value)


class TallySerializer(serializers.Serializer[Any]):
    """Analyses, and proposals as valid signed reports have them. Rates are null without any."""

    analyses = serializers.IntegerField(source="volume")
    failed = serializers.IntegerField()
    failure_rate = NumberField()
    accepted = serializers.IntegerField()
    corrected = serializers.IntegerField()
    rejected = serializers.IntegerField()
    override_rate = NumberField()


class MonthSerializer(serializers.Serializer[Any]):
    """Of one month (YYYY-MM) in one department."""

    month = serializers.CharField()
    department = serializers.CharField()
    numbers = TallySerializer()


class DriftSerializer(serializers.Serializer[Any]):
    """A finding's scores against the reference: shares in ten equal bins, and their index.

    ``index`` is null without a reference or with fewer than 50 scores; ``word``: stable, moved,
    shifted, or nothing.
    """

    label = serializers.CharField()
    images = serializers.IntegerField()
    index = NumberField()
    word = serializers.CharField(allow_blank=True)
    before = serializers.ListField(child=serializers.FloatField())
    now = serializers.ListField(child=serializers.FloatField())


class MonitoringSerializer(serializers.Serializer[Any]):
    """How one model fares in the departments that the user works for."""

    model = serializers.UUIDField()
    departments = serializers.ListField(child=serializers.CharField())
    reference = serializers.CharField(allow_null=True)
    total = TallySerializer()
    months = MonthSerializer(many=True)
    drift = DriftSerializer(many=True)


class IntervalSerializer(serializers.Serializer[Any]):
    """A number with its 95 % interval by patient."""

    value = NumberField()
    low = NumberField()
    high = NumberField()


class ComparedSerializer(serializers.Serializer[Any]):
    """One finding. ``difference``: mean of shadow minus shown, with its ``spread``.

    ``disagreement``: share of images where one calls it and the other does not. AUROC on ``signed``
    images, ``positives`` of which have it; null where too few were signed.
    """

    name = serializers.CharField()
    images = serializers.IntegerField()
    difference = serializers.FloatField()
    spread = serializers.FloatField()
    disagreement = serializers.FloatField()
    signed = serializers.IntegerField()
    positives = serializers.IntegerField()
    shown_auroc = IntervalSerializer(allow_null=True)
    shadow_auroc = IntervalSerializer(allow_null=True)


class ShadowSerializer(serializers.Serializer[Any]):
    """A model in shadow beside the shown one, on the same images."""

    model = serializers.UUIDField()
    shadow = serializers.BooleanField()
    images = serializers.IntegerField()
    findings = ComparedSerializer(many=True)


class MonitoringApi(APIView):
    """Volume, failures, overrides and drift of one model version."""

    permission_classes = [MayWorkOnModels]

    @extend_schema(responses=MonitoringSerializer)
    def get(self, request: Request, pk: Any) -> Response:
        """By month and department, newest first; the same as the page's CSV, and the drift."""
        model = get_object_or_404(ModelVersion, pk=pk)
        departments = departments_of(request.user)
        found = tallies(model, departments)
        reference = read_reference(model_folder(model))
        total = summed(found.values())
        told = {
            "model": model.pk,
            "departments": [department.name for department in departments],
            "reference": reference.data if reference else None,
            "total": total,
            "months": [
                {"month": month, "department": department, "numbers": tally}
                for (month, department), tally in found.items()
            ],
            "drift": drifts(total, reference),
        }
        record_access(request.user, Verb.EXPORT, model, detail="monitoring", request=request)
        return Response(MonitoringSerializer(told).data)


class ShadowApi(APIView):
    """A candidate in shadow beside the model that was shown."""

    permission_classes = [MayWorkOnModels]

    @extend_schema(responses=ShadowSerializer)
    def get(self, request: Request, pk: Any) -> Response:
        """The newest 3,000 images that both read. Readers of signed cases saw the shown one."""
        model = get_object_or_404(ModelVersion, pk=pk)
        images, rows = compare_shadow(model, departments_of(request.user))
        told = {"model": model.pk, "shadow": model.shadow, "images": images, "findings": rows}
        return Response(ShadowSerializer(told).data)
