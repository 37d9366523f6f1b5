"""What is done to cases from the worklist: claim, flag, change many at once."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import View

from annotations.worklist.forms import BulkForm, colleagues_of
from annotations.worklist.services import (
    Changed,
    case_flag,
    cases_change,
)
from cases.models import Case
from cases.services.cases import CaseChanged, case_assign
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import CLINICIAN, ClinicianPageMixin, departments_of
from cxrportal.common.errors import PortalError


def back_to_list(request: HttpRequest) -> HttpResponse:
    """To the list as it was."""
    back = QueryDict(request.POST.get("back", "")[:2_000]).urlencode()
    return redirect(f"{reverse('worklist:list')}?{back}")


class ClaimView(ClinicianPageMixin, View):
    """Take a case that nobody has."""

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
        if case.assignee_id is None:
            self.take(request, case)
        elif case.assignee_id != request.user.pk:
            messages.warning(request, f"{case.assignee} has this case already.")
        return back_to_list(request)

    def take(self, request: HttpRequest, case: Case) -> None:
        try:
            case_assign(case=case, actor=request.user, assignee=request.user)
        except CaseChanged as error:
            messages.warning(request, error.message)
            return
        record_access(request.user, Verb.CHANGE, case, detail="claimed", request=request)


class FlagView(ClinicianPageMixin, View):
    """Set or take away one's own mark."""

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
        case_flag(case=case, user=request.user, on=request.POST.get("on") == "1")
        return back_to_list(request)


class BulkView(ClinicianPageMixin, View):
    """Assign or prioritise the chosen cases; what was refused is told case by case."""

    def post(self, request: HttpRequest) -> HttpResponse:
        mine = departments_of(request.user, CLINICIAN)
        form = BulkForm(request.POST, colleagues=colleagues_of(mine))
        seen = chosen_versions(request.POST.getlist("case"))
        if not seen:
            messages.warning(request, "No case was chosen.")
        elif not form.is_valid():
            told = [text for texts in form.errors.values() for text in texts]
            messages.warning(request, " ".join(told))
        else:
            self.change(request, form, seen)
        return back_to_list(request)

    def change(self, request: HttpRequest, form: BulkForm, seen: dict[UUID, int]) -> None:
        visible = Case.objects.visible_to(request.user).filter(pk__in=seen).order_by("created_at")
        values = form.values()
        detail = f"{form.cleaned_data['act']}, with others"
        try:
            changed = cases_change(
                cases=list(visible.select_related("patient")),
                seen=seen,
                actor=request.user,
                values=values,
                on_change=lambda case: record_access(
                    request.user, Verb.CHANGE, case, detail=detail, request=request
                ),
            )
        except PortalError as error:
            messages.warning(request, error.message)
            return
        _tell(request, changed, values)


def chosen_versions(texts: list[str]) -> dict[UUID, int]:
    """``key:version`` as the list writes them; anything else is no choice."""
    seen: dict[UUID, int] = {}
    for text in texts:
        key, _, version = text.partition(":")
        try:
            seen[UUID(key)] = int(version)
        except ValueError:
            continue
    return seen


def _tell(request: HttpRequest, changed: Changed, values: dict[str, object]) -> None:
    number = len(changed.done)
    if number:
        cases = "1 case" if number == 1 else f"{number} cases"
        messages.success(request, f"{cases} {_done_to(values)}.")
    for refused in changed.refused:
        messages.warning(request, f"{refused.case.patient}, {refused.case}: {refused.message}")


def _done_to(values: dict[str, object]) -> str:
    priority = values.get("priority")
    if isinstance(priority, int):
        return f"made {Case.Priority(priority).label.lower()}"
    return f"given to {values['assignee']}" if values["assignee"] else "given to nobody"
