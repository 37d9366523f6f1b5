"""Monitoring in the browser, for researchers and administrators."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import View

from annotations.monitoring.figures import bars_of, columns_of
from annotations.monitoring.selectors import (
    LEAST_SCORES,
    departments_of,
    drifts,
    grouped,
    summed,
    tallies,
    worst,
)
from annotations.monitoring.shadow import compare_shadow
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ModelWorkPageMixin
from cxrportal.common.rows import neutralise
from inference.evaluation.drift import read_reference
from inference.models import ModelVersion
from inference.services.registry import model_folder

MONTHS = 24
COLUMNS = (
    "model", "version", "sha256", "month", "department", "analyses", "failed", "failure_rate",
    "accepted", "corrected", "rejected", "override_rate", "worst_psi", "worst_psi_label",
)  # fmt: skip


class MonitoringView(ModelWorkPageMixin, View):
    """Every model version in one table."""

    def get(self, request: HttpRequest) -> HttpResponse:
        departments = departments_of(request.user)
        rows = []
        for model in ModelVersion.objects.order_by("stage", "-created_at"):
            total = summed(tallies(model, departments).values())
            reference = read_reference(model_folder(model))
            rows.append((model, total, worst(total, reference), reference))
        return render(request, "monitoring/list.html", {"rows": rows, "departments": departments})


class ModelMonitoringView(ModelWorkPageMixin, View):
    """One model version: by month, by department, by finding."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        model = get_object_or_404(ModelVersion, pk=pk)
        found = tallies(model, departments_of(request.user))
        reference = read_reference(model_folder(model))
        months = grouped(found, 0)
        recent = sorted(months.items())[-MONTHS:]
        total = summed(found.values())
        context = {
            "model": model,
            "total": total,
            "reference": reference,
            "least": LEAST_SCORES,
            "tables": (
                ("By month", "Month", _rows(dict(reversed(recent)), reference)),
                ("By department", "Department", _rows(grouped(found, 1), reference)),
            ),
            "drifts": [(row, columns_of(row.before, row.now)) for row in drifts(total, reference)],
            "figure": bars_of([(name, tally.volume, tally.failed) for name, tally in recent]),
        }
        return render(request, "monitoring/model.html", context)


def _rows(groups, reference):
    return [(name, tally, worst(tally, reference)) for name, tally in groups.items()]


class MonitoringCsvView(ModelWorkPageMixin, View):
    """The same by month and department, as CSV."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        model = get_object_or_404(ModelVersion, pk=pk)
        reference = read_reference(model_folder(model))
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="monitoring-{model.sha256[:12]}.csv"'
        writer = csv.writer(answer)
        writer.writerow(COLUMNS)
        for (month, department), tally in tallies(model, departments_of(request.user)).items():
            moved = worst(tally, reference)
            names = (model.name, model.version, model.sha256, month, department)
            writer.writerow(
                [
                    *map(neutralise, names),
                    *(tally.volume, tally.failed, _number(tally.failure_rate)),
                    *(tally.accepted, tally.corrected, tally.rejected),
                    _number(tally.override_rate),
                    _number(moved.index if moved else None),
                    neutralise(moved.label) if moved else "",
                ]
            )
        record_access(request.user, Verb.EXPORT, model, detail="monitoring CSV", request=request)
        return answer


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


class ShadowView(ModelWorkPageMixin, View):
    """A model in shadow beside the shown one, on new images."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        model = get_object_or_404(ModelVersion, pk=pk)
        images, rows = compare_shadow(model, departments_of(request.user))
        context = {"model": model, "images": images, "rows": rows}
        return render(request, "monitoring/shadow.html", context)
