"""The list behind the bell."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.notes.selectors import notifications_of
from annotations.notes.services import notifications_read
from cxrportal.accounts.permissions import ClinicianPageMixin

SHOWN = 100


@method_decorator(never_cache, name="dispatch")
class NotificationsView(ClinicianPageMixin, View):
    """The newest first; POST marks all as read."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(notifications_of(request.user)[: SHOWN + 1])
        context = {
            "rows": rows[:SHOWN],
            "more": len(rows) > SHOWN,
            "unread": any(row.read_at is None for row in rows),
        }
        return render(request, "notes/notifications.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        notifications_read(user=request.user)
        return redirect("notes:notifications")


class FollowView(ClinicianPageMixin, View):
    """Mark one as read and go to its case."""

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row = get_object_or_404(notifications_of(request.user), pk=pk)
        notifications_read(user=request.user, notification_id=row.pk)
        return redirect("reading:room", row.note.case_id)
