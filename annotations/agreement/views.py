"""How readers agree with each other and with the model."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.agreement.figures import TICKS, on_axis
from annotations.agreement.forms import AgreementForm, PairForm
from annotations.agreement.report import csv_rows, report_of
from annotations.agreement.selectors import agreement_data, scope_of
from annotations.comparison.statistics import MIN_CASES, RESAMPLES
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import AgreementPageMixin
from cxrportal.common.rows import neutralise


@method_decorator(never_cache, name="dispatch")
class AgreementPage(AgreementPageMixin, View):
    def asked(self, request: HttpRequest):
        """The forms, the reads they ask for, and the report of them."""
        scope = scope_of(request.user)
        form = AgreementForm(request.GET, scope=scope, label_suffix="")
        data = agreement_data(scope, form.query())
        pair = PairForm(request.GET, names=data.names, label_suffix="")
        return form, pair, data, report_of(data, pair.pair())


class AgreementView(AgreementPage):
    """Kappas, boxes, counts, the model and its overrides."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form, pair, data, report = self.asked(request)
        context = {
            "form": form,
            "pair": pair,
            "data": data,
            "report": report,
            "ticks": [(on_axis(tick), f"{tick:.1f}") for tick in TICKS],
            "least": MIN_CASES,
            "resamples": RESAMPLES,
            "here": request.GET.urlencode(),
        }
        return render(request, "agreement/page.html", context)


class AgreementCsvView(AgreementPage):
    """The same numbers as CSV, safe in spreadsheets."""

    def get(self, request: HttpRequest) -> HttpResponse:
        _, _, _, report = self.asked(request)
        record_access(request.user, Verb.EXPORT, ("agreement", "csv"), request=request)
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="agreement.csv"'
        writer = csv.writer(response)
        for row in csv_rows(report):
            writer.writerow([neutralise(cell) if isinstance(cell, str) else cell for cell in row])
        return response
