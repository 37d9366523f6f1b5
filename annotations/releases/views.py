"""Releases in the browser, for researchers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.extracting.forms import ExtractionForm
from annotations.models import Release
from annotations.releases.downloads import release_file
from annotations.releases.forms import ReleaseForm
from annotations.releases.selectors import consent_is_withdrawn
from annotations.releases.services.request import release_request
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ResearcherPageMixin
from cxrportal.common.errors import PortalError

SHOWN = 100
EXTRACTIONS_SHOWN = 20


class ReleasesView(ResearcherPageMixin, View):
    """Every release, and the form for another."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, ReleaseForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReleaseForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(request, form, status=400)
        values = form.cleaned_data
        try:
            release = release_request(
                name=values["name"],
                departments=list(values["departments"]),
                actor=request.user,
                filters=form.filters(),
            )
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, form, status=error.http_status)
        record_access(request.user, Verb.EXPORT, release, detail="requested", request=request)
        messages.success(request, f"{release} is being built.")
        return redirect("releases:detail", release.pk)

    def page(self, request: HttpRequest, form: ReleaseForm, status: int = 200) -> HttpResponse:
        releases = Release.objects.visible_to(request.user).select_related("created_by")[:SHOWN]
        context = {"form": form, "releases": releases}
        return render(request, "releases/list.html", context, status=status)


class ReleaseView(ResearcherPageMixin, View):
    """One release: progress, manifest, download."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        release = get_object_or_404(Release.objects.visible_to(request.user), pk=pk)
        record_access(request.user, Verb.VIEW, release, request=request)
        context = {
            "release": release,
            "withdrawn": consent_is_withdrawn(release),
            "form": ExtractionForm(),
            "extractions": release.extractions.select_related("created_by")[:EXTRACTIONS_SHOWN],
        }
        return render(request, "releases/detail.html", context)


class ReleaseDownloadView(ResearcherPageMixin, View):
    """The sealed archive."""

    def get(self, request: HttpRequest, pk) -> HttpResponseBase:
        release = get_object_or_404(Release.objects.visible_to(request.user), pk=pk)
        return release_file(request, release)
