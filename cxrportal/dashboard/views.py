"""The home page: a panel set for each role of the person."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, RESEARCHER, has_role, is_administrator
from cxrportal.dashboard.queue import all_queues, queues_of
from cxrportal.dashboard.selectors import (
    FINDINGS_DAYS,
    frequent_findings,
    latest_releases,
    opened_patients,
    recent_cases,
    registrations,
    states_of,
)
from cxrportal.dashboard.trends import override_trend, unread_by_age
from inference.selectors import active_model


@method_decorator(never_cache, name="dispatch")
class HomeView(LoginRequiredMixin, View):
    """What waits, what was found lately, and whether the machinery runs."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        context: dict[str, Any] = {}
        if has_role(user, CLINICIAN):
            context["clinician"] = _clinician(user, request.GET.get("days", ""))
        if has_role(user, RESEARCHER):
            context["researcher"] = {"releases": latest_releases(user)}
        if is_administrator(user):
            number, first = registrations()
            context["admin"] = {"number": number, "first": first}
            context["queues"] = all_queues()
        elif "clinician" in context:
            context["queues"] = queues_of(user)
        if context:
            context["model"] = active_model()
        return render(request, "dashboard/home.html", context)


def _clinician(user: User, days: str) -> dict[str, Any]:
    asked = next((n for n in FINDINGS_DAYS if str(n) == days), FINDINGS_DAYS[1])
    waiting, judged = unread_by_age(user), override_trend(user)
    return {
        "states": states_of(user),
        "waiting": {"columns": waiting, "total": sum(column.number for column in waiting)},
        "judged": {"columns": judged, "total": sum(column.number for column in judged)},
        "findings": frequent_findings(user, asked),
        "cases": recent_cases(user),
        "patients": opened_patients(user),
    }
