"""Pages of imports: ask, follow, mend, import for good."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.importing.downloads import problems_table
from annotations.importing.forms import ImportForm
from annotations.importing.services.request import (
    ImportRequest,
    dataset_import_request,
    dataset_import_start,
)
from annotations.models import DatasetImport
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ClinicianPageMixin
from cxrportal.common.errors import PortalError

SHOWN = 100


class ImportsView(ClinicianPageMixin, View):
    """What was brought in, and the form for more. It always begins with a dry run."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, ImportForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.page(request, form, status=400)
        values, sent = form.cleaned_data, form.cleaned_data["archive"]
        try:
            job = dataset_import_request(
                ImportRequest(
                    actor=request.user,
                    department=values["department"],
                    source=values["source"],
                    format=form.wanted(),
                    dry_run=True,
                    options=form.options(),
                ),
                archive=sent.file,
                file_name=sent.name,
                size_bytes=sent.size,
            )
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, form, status=error.http_status)
        record_access(request.user, Verb.CREATE, job, detail="dry run", request=request)
        return redirect("imports:detail", job.pk)

    def page(self, request: HttpRequest, form: ImportForm, status: int = 200) -> HttpResponse:
        jobs = DatasetImport.objects.visible_to(request.user)
        jobs = jobs.select_related("created_by", "department")[:SHOWN]
        return render(request, "importing/list.html", {"form": form, "jobs": jobs}, status=status)


class ImportPage(ClinicianPageMixin, View):
    """A page of one visible import."""

    def job(self, request: HttpRequest, pk) -> DatasetImport:
        visible = DatasetImport.objects.visible_to(request.user)
        return get_object_or_404(visible.select_related("department", "created_by"), pk=pk)


class ImportView(ImportPage):
    """Progress, counts, what is wrong."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        job = self.job(request, pk)
        record_access(request.user, Verb.VIEW, job, request=request)
        return render(request, "importing/detail.html", {"job": job})


class ImportStartView(ImportPage):
    """Import for good what a dry run looked at."""

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        job = dataset_import_start(dry_run=self.job(request, pk), actor=request.user)
        record_access(request.user, Verb.CREATE, job, detail="import", request=request)
        messages.success(request, f"{job} is being imported.")
        return redirect("imports:detail", job.pk)


class ImportProblemsView(ImportPage):
    """The rows that need mending, as CSV."""

    def get(self, request: HttpRequest, pk) -> HttpResponseBase:
        return problems_table(request, self.job(request, pk))
