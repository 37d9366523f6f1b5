"""Comparing with a prior study, and what comes next."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import PriorMark, Review
from annotations.priors import priors_of
from annotations.reading.api.cases import CaseView
from annotations.reading.prior_views import marks_json, prior_json
from annotations.reading.selectors import next_json
from annotations.reading.services.priors import prior_mark_set
from annotations.selectors import findings_visible_to
from annotations.worklist.forms import WorklistForm
from annotations.worklist.neighbours import next_to_read
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician


class PriorView(CaseView):
    """One prior study of the patient, to stand beside the case."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any, prior: Any) -> Response:
        case = self.case(request, pk)
        found = get_object_or_404(priors_of(case, request.user), pk=prior)
        record_access(request.user, Verb.VIEW, found, detail="compared", request=request)
        return Response(prior_json(request.user, case, found))


class NextView(CaseView):
    """Which case comes next in the list of the query, and the addresses of its pixels.

    Nothing is opened or claimed by it.
    """

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any) -> Response:
        query = WorklistForm(request.query_params, user=request.user).query()
        return Response(next_json(next_to_read(request.user, query, self.case(request, pk))))


class MarkInput(serializers.Serializer[Any]):
    """One word on one finding: its id, or the client id of one of this read."""

    finding = serializers.UUIDField()
    mark = serializers.ChoiceField(choices=PriorMark.Mark.choices, allow_blank=True)


class MarksView(APIView):
    """Marks of a read on findings of prior studies and on its own."""

    permission_classes = [IsClinician]

    @extend_schema(request=MarkInput, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, pk: Any) -> Response:
        visible = Review.objects.visible_to(request.user).select_related("case__department")
        review = get_object_or_404(visible, pk=pk)
        form = MarkInput(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data["finding"]
        mine = Q(client_id=wanted, review=review)
        findings = findings_visible_to(request.user).select_related("case", "review")
        finding = get_object_or_404(findings.filter(Q(pk=wanted) | mine))
        mark = form.validated_data["mark"]
        prior_mark_set(review=review, reader=request.user, finding=finding, mark=mark)
        record_access(request.user, Verb.CHANGE, review, detail="prior mark", request=request)
        return Response({"marks": marks_json(review)})
