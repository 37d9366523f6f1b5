"""Pages of extractions, for researchers: ask, follow, download, delete."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.extracting.downloads import extraction_file, extraction_is_expired
from annotations.extracting.forms import ExtractionForm
from annotations.extracting.services.request import extraction_delete, extraction_request
from annotations.models import Extraction, Release
from annotations.releases.downloads import release_is_readable
from annotations.releases.selectors import consent_is_withdrawn
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ResearcherPageMixin
from cxrportal.common.errors import PortalError

SHOWN = 50


class ExtractReleaseView(ResearcherPageMixin, View):
    """Ask for an extraction of one release; those that there are."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return self.page(request, self.release(request, pk), ExtractionForm())

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        release = self.release(request, pk)
        form = ExtractionForm(request.POST)
        if not form.is_valid():
            return self.page(request, release, form, status=400)
        try:
            extraction = extraction_request(
                release=release, options=form.options(), actor=request.user
            )
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, release, form, status=error.http_status)
        record_access(
            request.user, Verb.EXPORT, extraction, detail=f"requested, of {release}",
            request=request,
        )  # fmt: skip
        return redirect("extracting:detail", extraction.pk)

    def release(self, request: HttpRequest, pk) -> Release:
        release = get_object_or_404(Release.objects.visible_to(request.user), pk=pk)
        release_is_readable(release)
        return release

    def page(
        self, request: HttpRequest, release: Release, form: ExtractionForm, status: int = 200
    ) -> HttpResponse:
        made = release.extractions.select_related("created_by")[:SHOWN]
        context = {"release": release, "form": form, "extractions": made}
        return render(request, "extracting/release.html", context, status=status)


class ExtractionPage(ResearcherPageMixin, View):
    """A page of one visible extraction."""

    def extraction(self, request: HttpRequest, pk) -> Extraction:
        mine = Extraction.objects.visible_to(request.user).select_related("release", "created_by")
        return get_object_or_404(mine, pk=pk)


class ExtractionView(ExtractionPage):
    """How far it is, what is in it, download."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        extraction = self.extraction(request, pk)
        record_access(request.user, Verb.VIEW, extraction, request=request)
        context = {
            "extraction": extraction,
            "withdrawn": consent_is_withdrawn(extraction.release),
            "expired": extraction_is_expired(extraction),
        }
        return render(request, "extracting/detail.html", context)


class ExtractionDownloadView(ExtractionPage):
    """The file."""

    def get(self, request: HttpRequest, pk) -> HttpResponseBase:
        return extraction_file(request, self.extraction(request, pk))


class ExtractionDeleteView(ExtractionPage):
    """Its file and its row go."""

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        extraction = self.extraction(request, pk)
        release = extraction.release
        record_access(
            request.user, Verb.CHANGE, extraction, detail=f"deleted, of {release}", request=request
        )
        extraction_delete(extraction=extraction)
        messages.success(request, "The extraction is deleted.")
        return redirect("releases:detail", release.pk)
