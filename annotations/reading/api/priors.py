"""Comparing with a prior study, and what comes next."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.priors import priors_of
from annotations.reading.api.cases import CaseView
from annotations.reading.prior_views import prior_json
from annotations.reading.selectors import next_json
from annotations.worklist.forms import WorklistForm
from annotations.worklist.neighbours import next_to_read
from cxrportal.accounts.audit import Verb, record_access


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
