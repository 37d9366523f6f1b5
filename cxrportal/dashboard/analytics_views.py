"""The system-wide numbers: a page and its tables as CSV. For administrators; nobody is named."""

from __future__ import annotations

import csv

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import AdministratorPageMixin
from cxrportal.common.rows import neutralise
from cxrportal.dashboard.analytics import Analytics, DepartmentLine, Turnaround, analytics_of
from cxrportal.dashboard.forms import SpanForm

DEPARTMENT_COLUMNS = (
    "department", "first_day", "last_day", "cases_received", "cases_signed",
    "proposed_n", "proposed_median_h", "proposed_p90_h",
    "signed_after_proposed_n", "signed_after_proposed_median_h", "signed_after_proposed_p90_h",
    "signed_n", "signed_median_h", "signed_p90_h", "images_stored", "original_bytes_stored",
)  # fmt: skip
VOLUME_COLUMNS = ("start", "span", "cases_received", "cases_signed")


@method_decorator(never_cache, name="dispatch")
class AnalyticsView(AdministratorPageMixin, View):
    """Volumes, turnaround, models and storage over a span of days."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = SpanForm(request.GET, label_suffix="")
        found = analytics_of(form.span())
        context = {"form": form, "found": found, "lines": (*found.departments, found.total)}
        return render(request, "dashboard/analytics.html", context)


class AnalyticsCsvView(AdministratorPageMixin, View):
    """``departments`` or ``volumes`` of the same span."""

    def get(self, request: HttpRequest, table: str) -> HttpResponse:
        if table not in {"departments", "volumes"}:
            raise Http404
        found = analytics_of(SpanForm(request.GET).span())
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        span = f"{found.span.first}-{found.span.last}"
        answer["Content-Disposition"] = f'attachment; filename="analytics-{table}-{span}.csv"'
        rows = department_rows(found) if table == "departments" else volume_rows(found)
        csv.writer(answer).writerows(rows)
        target = ("analytics", table)
        record_access(request.user, Verb.EXPORT, target, detail=span, request=request)
        return answer


def department_rows(found: Analytics) -> list[tuple[object, ...]]:
    span = (found.span.first, found.span.last)
    return [DEPARTMENT_COLUMNS, *(_department(line, *span) for line in found.departments)]


def _department(line: DepartmentLine, *span: object) -> tuple[object, ...]:
    times = (line.to_proposed, line.to_signed, line.overall)
    return (
        *(neutralise(line.name), *span, line.received, line.signed),
        *(cell for time in times for cell in _cells(time)),
        *(line.images, line.stored_bytes),
    )


def _cells(time: Turnaround) -> tuple[object, ...]:
    return (time.n, *("" if h is None else f"{h:.3f}" for h in (time.median_h, time.p90_h)))


def volume_rows(found: Analytics) -> list[tuple[object, ...]]:
    span = "day" if found.span.by_day else "week"
    rows = [(row.start, span, row.received, row.signed) for row in found.volumes]
    return [VOLUME_COLUMNS, *rows]
