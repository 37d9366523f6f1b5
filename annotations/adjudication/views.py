"""The queue of differences, the reads of a case side by side, and a reader's own reads."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.adjudication.forms import ReadSettingForm, RulingForm, TakeForm
from annotations.adjudication.presentation import own_line, side_by_side
from annotations.adjudication.selectors import (
    comparison_of,
    may_compare,
    own_reads,
    queue_rows,
)
from annotations.adjudication.services import (
    adjudication_open,
    case_set_reads,
    measurement_take,
    ruling_make,
)
from annotations.models import Review
from annotations.selectors import consensus_review, is_adjudicator, may_settle, open_review
from cases.models import Case
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import AdjudicatorPageMixin, ClinicianPageMixin
from cxrportal.common.errors import PortalError

PAGE_SIZE = 50


@method_decorator(never_cache, name="dispatch")
class QueueView(AdjudicatorPageMixin, View):
    """Cases whose reads differ, and those that agree and wait for a signature."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "adjudication/queue.html", {"rows": queue_rows(request.user)})


@method_decorator(never_cache, name="dispatch")
class OwnReadsView(ClinicianPageMixin, View):
    """The reads that one has committed or completed, and what changed in between."""

    def get(self, request: HttpRequest) -> HttpResponse:
        pages = Paginator(own_reads(request.user), PAGE_SIZE)
        page = pages.get_page(request.GET.get("page"))
        lines = [own_line(own) for own in page.object_list]
        return render(request, "adjudication/mine.html", {"page": page, "lines": lines})


@method_decorator(never_cache, name="dispatch")
class CaseReadsPage(ClinicianPageMixin, View):
    def case(self, request: HttpRequest, pk: UUID) -> Case:
        visible = Case.objects.visible_to(request.user).select_related("patient", "department")
        return get_object_or_404(visible, pk=pk)


class CaseReadsView(CaseReadsPage):
    """The reads side by side. ``POST`` opens the adjudication."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self.case(request, pk)
        if not may_compare(request.user, case):
            raise Http404
        record_access(request.user, Verb.VIEW, case, detail="reads side by side", request=request)
        mine = open_review(request.user, case)
        settling = mine if mine and mine.kind == Review.Kind.CONSENSUS else None
        compared = comparison_of(case)
        shown = settling or consensus_review(case)
        context = {
            "case": case,
            "settling": settling,
            "may_settle": settling is None and may_settle(request.user, case),
            "fixed": None if settling else shown,
            "side": side_by_side(case, compared, shown),
        }
        return render(request, "adjudication/case.html", context)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self.case(request, pk)
        if not may_compare(request.user, case):
            raise Http404
        try:
            review = adjudication_open(case=case, reader=request.user)
            record_access(request.user, Verb.CREATE, review, detail="adjudication", request=request)
        except PortalError as error:
            messages.warning(request, error.message)
        return redirect("adjudication:case", case.pk)


class SettlingPage(CaseReadsPage):
    """One act in an adjudication that is open; ``service`` takes the fields of the form."""

    form_class: type[Form]
    service: Callable[..., object]
    detail: str

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self.case(request, pk)
        review = open_review(request.user, case)
        form = self.form_class(request.POST)
        if review is None or review.kind != Review.Kind.CONSENSUS or not form.is_valid():
            raise Http404
        try:
            self.service(review=review, reader=request.user, **form.cleaned_data)
        except PortalError as error:
            messages.warning(request, error.message)
        else:
            record_access(request.user, Verb.CHANGE, review, detail=self.detail, request=request)
        return redirect("adjudication:case", case.pk)


class RuleView(SettlingPage):
    """One difference settled."""

    form_class = RulingForm
    service = staticmethod(ruling_make)
    detail = "difference settled"


class TakeView(SettlingPage):
    """One measurement of a reader taken over, or out again."""

    form_class = TakeForm
    service = staticmethod(measurement_take)
    detail = "measurement taken over"


class ReadSettingView(CaseReadsPage):
    """How often and how one case is read; fixed with its first read."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self.page(request, self.settable(request, pk))

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self.settable(request, pk)
        form = ReadSettingForm(request.POST, instance=case)
        if not form.is_valid():
            return self.page(request, case, form, status=400)
        try:
            case_set_reads(case=case, actor=request.user, **form.cleaned_data)
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, case, form, status=error.http_status)
        record_access(request.user, Verb.CHANGE, case, detail="reads", request=request)
        messages.success(request, "Saved.")
        return redirect("reading:room", case.pk)

    def settable(self, request: HttpRequest, pk: UUID) -> Case:
        case = self.case(request, pk)
        if not is_adjudicator(request.user, case):
            raise Http404
        return case

    def page(
        self,
        request: HttpRequest,
        case: Case,
        form: ReadSettingForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {"case": case, "form": form or ReadSettingForm(instance=case)}
        return render(request, "adjudication/setting.html", context, status=status)
