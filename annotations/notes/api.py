"""Notes of a case, and what one was told."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.errors import VersionConflict
from annotations.models import CaseNote, Notification
from annotations.notes.selectors import (
    colleague_suggestions,
    note_json,
    notes_json,
    notes_visible_to,
    notification_json,
    notifications_of,
    versions_json,
)
from annotations.notes.services import (
    LONGEST,
    NewNote,
    note_create,
    note_delete,
    note_edit,
    notifications_read,
)
from cases.models import Case
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician
from cxrportal.common.api import conflict, version_seen


class NoteInput(serializers.Serializer[Any]):
    """A new note; ``parent`` makes it a reply."""

    client_id = serializers.UUIDField()
    text = serializers.CharField(max_length=LONGEST)
    parent = serializers.UUIDField(required=False, allow_null=True)


class NoteEdit(serializers.Serializer[Any]):
    """Another text, and the version that was seen."""

    version = serializers.IntegerField(min_value=1)
    text = serializers.CharField(max_length=LONGEST)


def _case(request: Request, pk: Any) -> Case:
    visible = Case.objects.visible_to(request.user).select_related("department")
    return get_object_or_404(visible, pk=pk)


class CaseNotesView(APIView):
    """The notes of one case."""

    permission_classes = [IsClinician]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any) -> Response:
        return Response(notes_json(request.user, _case(request, pk)))

    @extend_schema(request=NoteInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: Any) -> Response:
        case = _case(request, pk)
        form = NoteInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        parent = None
        if given.get("parent"):
            parent = get_object_or_404(notes_visible_to(request.user), pk=given["parent"])
        new = NewNote(given["client_id"], given["text"], parent)
        note, created = note_create(case=case, author=request.user, new=new)
        if created:
            record_access(request.user, Verb.CREATE, note, request=request)
        answer = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(note_json(note, request.user), status=answer)


class ColleaguesView(APIView):
    """Who of the case's department may be mentioned, as one types."""

    permission_classes = [IsClinician]

    @extend_schema(parameters=[OpenApiParameter("q", str)], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: Any) -> Response:
        typed = request.query_params.get("q", "")[:100]
        found = colleague_suggestions(request.user, _case(request, pk), typed)
        return Response({"colleagues": found})


class NoteViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[CaseNote]):
    """One note: read by the department, changed by its author."""

    permission_classes = [IsClinician]
    serializer_class = NoteEdit
    queryset = CaseNote.objects.none()

    def get_queryset(self) -> QuerySet[CaseNote]:
        return notes_visible_to(self.request.user).select_related("author", "case")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(note_json(self.get_object(), request.user))

    @action(detail=True)
    def versions(self, request: Request, pk: str | None = None) -> Response:
        return Response({"versions": versions_json(self.get_object())})

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        note = self.get_object()
        form = NoteEdit(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        try:
            note = note_edit(
                note=note, author=request.user, version=given["version"], text=given["text"]
            )
        except VersionConflict as error:
            return self.conflicting(error, request)
        record_access(request.user, Verb.CHANGE, note, request=request)
        return Response(note_json(note, request.user))

    @extend_schema(parameters=[OpenApiParameter("version", int, required=True)])
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        note = self.get_object()
        version = version_seen(request)
        try:
            note = note_delete(note=note, author=request.user, version=version)
        except VersionConflict as error:
            return self.conflicting(error, request)
        record_access(request.user, Verb.CHANGE, note, detail="deleted", request=request)
        return Response(note_json(note, request.user))

    def conflicting(self, error: VersionConflict, request: Request) -> Response:
        current = note_json(error.current, request.user)  # type: ignore[arg-type]
        return conflict({"code": error.code, "message": error.message, "current": current})


class NotificationAnswer(serializers.Serializer[Any]):
    """Who mentioned the user, and in which case; nothing of what was written."""

    id = serializers.UUIDField()
    author = serializers.CharField()
    case = serializers.UUIDField()
    patient = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NotificationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Notification]):
    """Who mentioned the user, and in which case."""

    permission_classes = [IsClinician]
    serializer_class = NotificationAnswer
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        return notifications_of(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([notification_json(row) for row in page or []])

    @extend_schema(request=None, responses=NotificationAnswer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str | None = None) -> Response:
        row = self.get_object()
        notifications_read(user=request.user, notification_id=row.pk)
        row.refresh_from_db()
        return Response(notification_json(row))
