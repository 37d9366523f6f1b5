"""Committing a blind read, and completing one of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.adjudication.services import review_complete
from annotations.errors import VersionConflict
from annotations.models import Review
from annotations.reading.api.cases import CaseView
from annotations.reading.reads import changes_json
from annotations.reading.selectors import review_json
from annotations.reading.services.commits import review_commit
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.api import conflict


class SeenInput(serializers.Serializer[Any]):
    """The version of the review that the reader saw."""

    version = serializers.IntegerField(min_value=1)


class ReadActView(CaseView):
    """An act on the reader's open read of a case."""

    def answer(
        self, request: Request, pk: Any, act: Callable[[Review, int], dict[str, Any]], detail: str
    ) -> Response:
        case = self.case(request, pk)
        form = SeenInput(data=request.data)
        form.is_valid(raise_exception=True)
        mine = Review.objects.filter(case=case, reader=request.user, state=Review.State.OPEN)
        review = get_object_or_404(mine.select_related("case__department"))
        try:
            body = act(review, form.validated_data["version"])
        except VersionConflict as error:
            current = review_json(error.current)  # type: ignore[arg-type]
            return conflict({"code": error.code, "message": error.message, "current": current})
        record_access(request.user, Verb.CHANGE, review, detail=detail, request=request)
        return Response(body)


class ReadCommitView(ReadActView):
    """Keep the blind read as it stands; from then on the model is shown. It cannot be undone."""

    @extend_schema(request=SeenInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: Any) -> Response:
        def act(review: Review, version: int) -> dict[str, Any]:
            committed = review_commit(review=review, reader=request.user, version=version)
            fresh = Review.objects.get(pk=review.pk)
            return {
                "review": review_json(fresh),
                "committed_at": committed.at.isoformat(),
                "changes": changes_json(fresh),
            }

        return self.answer(request, pk, act, "committed")


class ReadCompleteView(ReadActView):
    """End one of several reads without a signature."""

    @extend_schema(request=SeenInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: Any) -> Response:
        def act(review: Review, version: int) -> dict[str, Any]:
            completed = review_complete(review=review, reader=request.user, version=version)
            return {
                "review": review_json(completed.review),
                "waits_for": completed.waits_for,
                "agreed": completed.agreed if not completed.waits_for else None,
            }

        return self.answer(request, pk, act, "completed")
