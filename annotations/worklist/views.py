"""The worklist, and taking a case from it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.worklist.forms import WorklistForm
from annotations.worklist.query import TAB_NAMES, Tab, WorklistQuery
from annotations.worklist.selectors import counts, worklist_page
from cases.models import Case
from cases.services.cases import CaseChanged, case_assign
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ClinicianPageMixin

FILTERS = ("q", "assignee", "priority", "study_from", "study_to", "failed", "archived")


@method_decorator(never_cache, name="dispatch")
class WorklistView(ClinicianPageMixin, View):
    """Cases to read."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = WorklistForm(request.GET)
        query = form.query()
        after = request.GET.get("after", "")
        page = worklist_page(request.user, query, after)
        context = {
            "form": form,
            "query": query,
            "page": page,
            "next": _address(request, after=page.after) if page.after else "",
            "first": _address(request) if after else "",
            "here": request.GET.urlencode(),
            "tabs": _tabs(request, query),
            "filtered": any(request.GET.get(name) for name in FILTERS),
            "no_cases": lambda: not Case.objects.visible_to(request.user).exists(),
        }
        return render(request, "worklist/list.html", context)


class ClaimView(ClinicianPageMixin, View):
    """Take a case that nobody has; back to the list as it was."""

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
        back = QueryDict(request.POST.get("back", "")[:2_000]).urlencode()
        if case.assignee_id is None:
            self.take(request, case)
        elif case.assignee_id != request.user.pk:
            messages.warning(request, f"{case.assignee} has this case already.")
        return redirect(f"{reverse('worklist:list')}?{back}")

    def take(self, request: HttpRequest, case: Case) -> None:
        try:
            case_assign(case=case, actor=request.user, assignee=request.user)
        except CaseChanged as error:
            messages.warning(request, error.message)
            return
        record_access(request.user, Verb.CHANGE, case, detail="claimed", request=request)


def _tabs(request: HttpRequest, query: WorklistQuery) -> list[dict[str, object]]:
    """Each tab with its number and its address under the present filters."""
    number = counts(request.user, query)
    return [
        {
            "name": TAB_NAMES[tab],
            "count": number[tab],
            "current": tab is query.tab,
            "address": _address(request, tab=tab.value),
        }
        for tab in Tab
    ]


def _address(request: HttpRequest, **changed: str) -> str:
    """The present filters with ``changed``, from the first page on unless it says otherwise."""
    kept = request.GET.copy()
    kept.pop("after", None)
    for name, value in changed.items():
        kept[name] = value
    return f"?{kept.urlencode()}"
