"""Releases in the browser, for researchers."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.models import Release
from annotations.releases.downloads import release_file
from annotations.releases.services.request import release_request
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import RESEARCHER, ResearcherPageMixin, department_ids
from cxrportal.common.errors import PortalError

SHOWN = 100


class ReleaseForm(forms.Form):
    """What a release is made of."""

    name = forms.CharField(max_length=80, help_text="Small letters, digits, hyphens.")
    departments = forms.ModelMultipleChoiceField(
        queryset=Department.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    study_date_from = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    study_date_to = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    include_synthetic = forms.BooleanField(
        required=False, help_text="Demo cases and phantoms; marked as such in the release."
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        mine = Department.objects.filter(pk__in=department_ids(user, RESEARCHER))
        self.fields["departments"].queryset = mine
        self.fields["departments"].initial = [department.pk for department in mine]

    def clean(self):
        values = super().clean() or {}
        first, last = values.get("study_date_from"), values.get("study_date_to")
        if first and last and last < first:
            self.add_error("study_date_to", "The last date is before the first.")
        return values


class ReleasesView(ResearcherPageMixin, View):
    """Every release, and the form for another."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, ReleaseForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReleaseForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(request, form, status=400)
        values = dict(form.cleaned_data)
        try:
            release = release_request(
                departments=list(values.pop("departments")), actor=request.user, **values
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
        return render(request, "releases/detail.html", {"release": release})


class ReleaseDownloadView(ResearcherPageMixin, View):
    """The sealed archive."""

    def get(self, request: HttpRequest, pk) -> HttpResponseBase:
        release = get_object_or_404(Release.objects.visible_to(request.user), pk=pk)
        return release_file(request, release)
