"""The worklist for programs, and a reader's flag."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.reading.api.cases import CaseView
from annotations.worklist.forms import WorklistForm
from annotations.worklist.selectors import WorklistRow, worklist_page
from annotations.worklist.services import case_flag
from cases.api.cases import CaseSerializer
from cxrportal.accounts.permissions import IsClinician

_FILTERS = [
    OpenApiParameter(name, OpenApiTypes.STR, description=str(field.label or name))
    for name, field in WorklistForm.base_fields.items()
]


class WorklistApi(APIView):
    """The same filters, orders and pages as the worklist's page."""

    permission_classes = [IsClinician]

    @extend_schema(
        parameters=[*_FILTERS, OpenApiParameter("after", OpenApiTypes.STR)],
        responses=OpenApiTypes.OBJECT,
        description="50 cases a page; `after` of one answer asks for the page behind it.",
    )
    def get(self, request: Request) -> Response:
        form = WorklistForm(request.query_params, user=request.user)
        query = form.query()
        if form.errors:
            raise serializers.ValidationError(form.errors)
        page = worklist_page(request.user, query, request.query_params.get("after", ""))
        rows = [_row(row) for row in page.rows]
        return Response({"order": query.order, "results": rows, "after": page.after})


def _row(row: WorklistRow) -> dict[str, Any]:
    return {
        **CaseSerializer(row.case).data,
        "age_years": row.age_years,
        "analysis": row.analysis.words,
        "flagged": row.flagged,
    }


class FlagApi(CaseView):
    """PUT flags the case for oneself, DELETE takes the flag away."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, pk: Any) -> Response:
        return self.flag(request, pk, on=True)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: Any) -> Response:
        return self.flag(request, pk, on=False)

    def flag(self, request: Request, pk: Any, *, on: bool) -> Response:
        case_flag(case=self.case(request, pk), user=request.user, on=on)
        return Response(status=status.HTTP_204_NO_CONTENT)
