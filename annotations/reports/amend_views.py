"""Amend what is signed, or keep one's own read beside it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.models import Review, SignedReport
from annotations.reports.amending import holds_nothing, late_read, late_read_end, report_amend
from annotations.reports.content import report_content
from annotations.reports.views import CasePage, changes_of
from cases.models import Case
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.errors import PortalError


class AmendForm(forms.Form):
    """``version``: that of the reader's own late read, where there is one."""

    START = (
        ("signed", "From the signed report"),
        ("own", "From my read: what it says replaces the signed findings and text"),
    )

    start = forms.ChoiceField(choices=START, widget=forms.RadioSelect, required=False)
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class KeepForm(forms.Form):
    version = forms.IntegerField(min_value=1)


class AmendView(CasePage):
    """Why a signed report is amended; then back to the reading room."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return self.page(request, self.case(request, pk))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        form = AmendForm(request.POST)
        if not form.is_valid():
            return self.page(request, case, form, status=400)
        try:
            review = report_amend(
                case=case,
                reader=request.user,
                reason=form.cleaned_data["reason"],
                from_own=form.cleaned_data["start"] == "own",
                version=form.cleaned_data["version"],
            )
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, case, form, status=error.http_status)
        record_access(request.user, Verb.CREATE, review, detail="amendment", request=request)
        return redirect("reading:room", case.pk)

    def page(
        self, request: HttpRequest, case: Case, form: AmendForm | None = None, status: int = 200
    ) -> HttpResponse:
        late = late_read(request.user, case)
        signed = SignedReport.objects.filter(case=case).select_related("signed_by")
        last = signed.order_by("-version").first()
        readable = SignedReport.objects.readable_by(request.user).filter(case=case).exists()
        start = {"start": "signed", "version": late.version if late else None}
        context = {
            "case": case,
            "form": form or AmendForm(initial=start),
            "late": late,
            "last": last,
            "readable": readable,
            "empty": late is not None and holds_nothing(late),
            "changes": _against(late, last) if late and last and readable else None,
        }
        return render(request, "reports/amend.html", context, status=status)


def _against(late: Review, last: SignedReport) -> object:
    fresh = Review.objects.select_related("case__department", "case__patient", "reader")
    return changes_of(last, report_content(fresh.get(pk=late.pk), signed_at=None))


class KeepReadView(CasePage):
    """A read that comes too late stays as it is, unsigned."""

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        form = KeepForm(request.POST)
        late = late_read(request.user, case)
        if late is None or not form.is_valid():
            raise Http404
        try:
            late_read_end(review=late, reader=request.user, version=form.cleaned_data["version"])
        except PortalError as error:
            messages.warning(request, f"{error.message} ({error.code})")
            return redirect("reports:amend", case.pk)
        record_access(request.user, Verb.CHANGE, case, detail="late read kept", request=request)
        messages.success(request, "Your read is closed. Nothing was signed.")
        return redirect("reports:latest", case.pk)
