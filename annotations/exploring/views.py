"""Pages of exploring: ask, look, take the figures along."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import View

from annotations.exploring.downloads import exploration_file
from annotations.exploring.forms import ExplorationForm
from annotations.exploring.services.request import exploration_of_database, exploration_of_release
from annotations.models import Exploration, Release
from annotations.releases.downloads import release_is_readable
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ResearcherPageMixin
from cxrportal.common.errors import PortalError

SHOWN = 100


class ExplorationsView(ResearcherPageMixin, View):
    """What was looked at, and the form for another look at the database."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, ExplorationForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ExplorationForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(request, form, status=400)
        try:
            exploration = exploration_of_database(
                departments=list(form.cleaned_data["departments"]),
                filters=form.filters(),
                actor=request.user,
            )
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, form, status=error.http_status)
        record_access(request.user, Verb.CREATE, exploration, request=request)
        return redirect("exploring:detail", exploration.pk)

    def page(self, request: HttpRequest, form: ExplorationForm, status: int = 200) -> HttpResponse:
        mine = Exploration.objects.visible_to(request.user)
        context = {
            "form": form,
            "explorations": mine.select_related("release", "created_by")[:SHOWN],
        }
        return render(request, "exploring/list.html", context, status=status)


class ExploreReleaseView(ResearcherPageMixin, View):
    """A look at one release."""

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        release = get_object_or_404(Release.objects.visible_to(request.user), pk=pk)
        exploration = exploration_of_release(release=release, actor=request.user)
        record_access(request.user, Verb.CREATE, exploration, request=request)
        return redirect("exploring:detail", exploration.pk)


class ExplorationPage(ResearcherPageMixin, View):
    """A page of one visible exploration; of a release only while that can be downloaded."""

    def exploration(self, request: HttpRequest, pk) -> Exploration:
        mine = Exploration.objects.visible_to(request.user).select_related("release", "created_by")
        found = get_object_or_404(mine, pk=pk)
        if found.release is not None:
            release_is_readable(found.release)
        return found


class ExplorationView(ExplorationPage):
    """Counts, tables, figures."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        exploration = self.exploration(request, pk)
        record_access(request.user, Verb.VIEW, exploration, request=request)
        figures = [
            {"name": name, "words": name[8:-4].replace("_", " "), "svg": f"{name[:-4]}.svg"}
            for name in exploration.result.get("figures", ())
        ]
        context = {"exploration": exploration, "figures": figures}
        return render(request, "exploring/detail.html", context)


class ExplorationFileView(ExplorationPage):
    """One file of it. Pictures are shown, the others are saved."""

    def get(self, request: HttpRequest, pk, name: str) -> HttpResponseBase:
        return exploration_file(self.exploration(request, pk), name)
