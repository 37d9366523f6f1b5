"""The reading room."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import DetailView, View

from annotations.reading.presentation import keys_json
from annotations.reports.amending import late_read
from annotations.selectors import SIGNED, open_review, signed_meanwhile
from annotations.worklist.forms import WorklistForm
from annotations.worklist.neighbours import next_to_read, previous_in_list
from annotations.worklist.views.lists import list_address
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
        keys = json.dumps(keys_json(self.request.user))
        late = late_read(self.request.user, case)
        shown = {
            "patient": case.patient,
            "keys": keys,
            "late": signed_meanwhile(late) if late else None,
            "mine": late is None and open_review(self.request.user, case),
            "signed": case.status in SIGNED,
        }
        return super().get_context_data(**shown, **kwargs)


class NextCaseView(ClinicianPageMixin, View):
    """The next case to read, in the list that the reader came from: its filters are the query."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
        query = WorklistForm(request.GET, user=request.user).query()
        upcoming = next_to_read(request.user, query, case)
        if upcoming is None:
            return _along(request, reverse("worklist:done"))
        return _along(request, reverse("reading:room", args=[upcoming.pk]))


class PreviousCaseView(ClinicianPageMixin, View):
    """The case before it in that list; from the first one back to the list."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
        query = WorklistForm(request.GET, user=request.user).query()
        before = previous_in_list(request.user, query, case)
        if before is None:
            return _along(request, reverse("worklist:list"))
        return _along(request, reverse("reading:room", args=[before.pk]))


def _along(request: HttpRequest, address: str) -> HttpResponse:
    """To ``address``, the list's filters with it."""
    filters = list_address(request)
    return redirect(f"{address}?{filters}" if filters else address)
