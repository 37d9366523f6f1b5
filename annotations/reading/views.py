"""The reading room."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import DetailView, View

from cases.models import Case
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ClinicianPageMixin


@method_decorator(never_cache, name="dispatch")
class ReadingRoomView(ClinicianPageMixin, DetailView):
    """One case on the canvas. What it shows comes from the API."""

    template_name = "annotations/reading_room.html"
    context_object_name = "case"

    def get_queryset(self):
        return Case.objects.visible_to(self.request.user).select_related("patient", "department")

    def get_context_data(self, **kwargs):
        case = self.object
        record_access(self.request.user, Verb.VIEW, case, request=self.request)
        return super().get_context_data(patient=case.patient, **kwargs)


class NextCaseView(ClinicianPageMixin, View):
    """The next case to read: the oldest that waits, most urgent first, after this one."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        visible = Case.objects.visible_to(request.user)
        get_object_or_404(visible, pk=pk)
        waiting = visible.active().awaiting_review().exclude(pk=pk)
        upcoming = waiting.order_by("priority", "created_at", "id").first()
        return redirect("reading:room", upcoming.pk) if upcoming else redirect("worklist:list")
