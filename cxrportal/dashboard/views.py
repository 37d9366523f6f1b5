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
    frequent_findings,
    latest_releases,
    opened_patients,
    recent_cases,
    registrations,
    states_of,
)
from inference.selectors import active_model


@method_decorator(never_cache, name="dispatch")
class HomeView(LoginRequiredMixin, View):
    """What waits, what was found lately, and whether the machinery runs."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        context: dict[str, Any] = {}
        if has_role(user, CLINICIAN):
            context["clinician"] = _clinician(user)
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


def _clinician(user: User) -> dict[str, Any]:
    return {
        "states": states_of(user),
        "findings": frequent_findings(user),
        "cases": recent_cases(user),
        "patients": opened_patients(user),
    }
