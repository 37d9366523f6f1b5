"""The filters that a reader keeps."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.generic import View

from annotations.models import SavedFilter
from annotations.worklist.forms import FilterForm
from annotations.worklist.services import filter_change, filter_delete, filter_save
from annotations.worklist.views.acts import back_to_list
from cxrportal.accounts.permissions import ClinicianPageMixin
from cxrportal.common.errors import PortalError

NAMELESS = "A filter needs a name of at most 60 characters."


class SaveFilterView(ClinicianPageMixin, View):
    """Keep the present filters under a name."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FilterForm(request.POST)
        if not form.is_valid():
            messages.warning(request, NAMELESS)
            return back_to_list(request)
        query = QueryDict(form.cleaned_data["query"]).urlencode()
        try:
            filter_save(
                user=request.user,
                name=form.cleaned_data["name"],
                query=query,
                is_default=form.cleaned_data["is_default"],
            )
        except PortalError as error:
            messages.warning(request, error.message)
        return back_to_list(request)


class ChangeFilterView(ClinicianPageMixin, View):
    """Rename a filter, open the list with it, or delete it."""

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        saved = get_object_or_404(SavedFilter, pk=pk, user=request.user)
        if request.POST.get("act") == "delete":
            filter_delete(saved=saved)
            return back_to_list(request)
        form = FilterForm(request.POST)
        if not form.is_valid():
            messages.warning(request, NAMELESS)
            return back_to_list(request)
        values = form.cleaned_data
        try:
            filter_change(saved=saved, name=values["name"], is_default=values["is_default"])
        except PortalError as error:
            messages.warning(request, error.message)
        return back_to_list(request)
