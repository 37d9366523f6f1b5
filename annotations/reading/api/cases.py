"""The reading room's view of a case."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.reading.selectors import progress_json, reading_json, review_json
from annotations.reading.services.reviews import review_open
from cases.models import Case
from cxrportal.accounts.permissions import IsClinician


class CaseView(APIView):
    """A view of one visible case."""

    permission_classes = [IsClinician]

    def case(self, request: Request, pk: Any) -> Case:
        visible = Case.objects.visible_to(request.user).select_related("department", "patient")
        return get_object_or_404(visible, pk=pk)


class ReadingView(CaseView):
    """Images, findings, review, vocabulary and rights: all that the reading room shows."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any) -> Response:
        return Response(reading_json(request.user, self.case(request, pk)))


class ProgressView(CaseView):
    """Where ingest and analysis stand."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any) -> Response:
        return Response(progress_json(self.case(request, pk)))


class ReviewOpenView(CaseView):
    """Open one's read of the case, or get the open one."""

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: Any) -> Response:
        case = self.case(request, pk)
        review = review_open(case=case, reader=request.user)
        created = review.version == 1
        answer = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(review_json(review), status=answer)
