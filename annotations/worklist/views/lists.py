"""The worklist, and the page at its end."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.models import SavedFilter
from annotations.worklist.filters import Candidates, candidates
from annotations.worklist.forms import FILTERS, FOLDED, BulkForm, WorklistForm
from annotations.worklist.neighbours import read_today, waiting_for
from annotations.worklist.query import TAB_NAMES, Order, Tab, WorklistQuery
from annotations.worklist.selectors import counts, worklist_page
from annotations.worklist.services import order_remember
from cases.models import Case
from cxrportal.accounts.permissions import ClinicianPageMixin


@method_decorator(never_cache, name="dispatch")
class WorklistView(ClinicianPageMixin, View):
    """Cases to read."""

    def get(self, request: HttpRequest) -> HttpResponse:
        saved = list(SavedFilter.objects.filter(user=request.user))
        opens = next((one for one in saved if one.is_default), None)
        if opens is not None and not request.GET:
            return redirect(f"{request.path}?{opens.query or 'tab=open'}")
        form = WorklistForm(request.GET, user=request.user)
        query = form.query()
        if request.GET.get("order") == query.order:
            order_remember(user=request.user, order=query.order)
        after = request.GET.get("after", "")
        found = candidates(request.user, query)
        page = worklist_page(request.user, query, after, found)
        here = list_address(request)
        context = {
            "form": form,
            "bulk": BulkForm(None, colleagues=form.colleagues),
            "query": query,
            "page": page,
            "next": _address(request, after=page.after) if page.after else "",
            "first": _address(request) if after else "",
            "here": request.GET.urlencode(),
            "list": here,
            "tabs": _tabs(request, query, found),
            "saved": [{"filter": one, "current": one.query == here} for one in saved],
            "filtered": any(request.GET.get(name) for name in FILTERS),
            "unfolded": any(request.GET.get(name) for name in FOLDED),
            "by_model": query.order is Order.TRIAGE,
            "no_cases": lambda: not Case.objects.visible_to(request.user).exists(),
        }
        return render(request, "worklist/list.html", context)


@method_decorator(never_cache, name="dispatch")
class DoneView(ClinicianPageMixin, View):
    """Nothing in the list waits for this reader any more."""

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            "list": list_address(request),
            "read": read_today(request.user),
            "waiting": waiting_for(request.user),
        }
        return render(request, "worklist/done.html", context)


def list_address(request: HttpRequest) -> str:
    """The list that was asked for, without the page of it, as it goes with a reader."""
    kept = request.GET.copy()
    kept.pop("after", None)
    for name in [name for name, value in kept.items() if not value]:
        kept.pop(name)
    return kept.urlencode()


def _tabs(request: HttpRequest, query: WorklistQuery, found: Candidates) -> list[dict[str, object]]:
    """Each tab with its number and its address under the present filters."""
    number = counts(request.user, query, found)
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
