"""Sign, preview, and the versions of a report."""

from __future__ import annotations

from itertools import pairwise

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from annotations.errors import SignedMeanwhile, VersionConflict
from annotations.models import SignedReport
from annotations.reports.changes import ReportChange, report_changes
from annotations.reports.content import report_content, report_draft
from annotations.reports.services import draft_pdf, report_sign, signed_pdf
from annotations.reports.signable import signable_review
from annotations.reports.structured import StructuredKind, structured_file
from annotations.selectors import open_review, signed_meanwhile
from cases.models import Case
from cases.reports.content import ReportContent
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ClinicianPageMixin
from cxrportal.accounts.reauthentication import verify_password
from cxrportal.common.errors import PortalError


class SignForm(forms.Form):
    """The reader's password, again."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )


@method_decorator(never_cache, name="dispatch")
class CasePage(ClinicianPageMixin, View):
    """A page of one visible case."""

    def case(self, request: HttpRequest, pk) -> Case:
        visible = Case.objects.visible_to(request.user).select_related("patient", "department")
        return get_object_or_404(visible, pk=pk)


class SignView(CasePage):
    """What will be signed, and the password."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return self.page(request, self.case(request, pk))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        form = SignForm(request.POST)
        if not form.is_valid():
            return self.page(request, case, form, status=400)
        if not verify_password(request, form.cleaned_data["password"]):
            form.add_error("password", "This is not your password. Nothing was signed.")
            return self.page(request, case, form, status=403)
        review = signable_review(request.user, case)
        if review is None:
            raise Http404
        try:
            report = report_sign(
                review=review,
                reader=request.user,
                version=form.cleaned_data["version"],
                seen=form.cleaned_data["seen"] or None,
            )
        except VersionConflict:
            message = (
                "The read was changed meanwhile. This is what it says now: look again, then sign."
            )
            messages.warning(request, message)
            return self.page(request, case, status=409)
        except SignedMeanwhile as error:
            messages.warning(request, error.message)
            return redirect("reports:amend", case.pk)
        except PortalError as error:
            form.add_error(None, f"{error.message} ({error.code})")
            return self.page(request, case, form, status=error.http_status)
        record_access(request.user, Verb.SIGN, report, request=request)
        messages.success(request, f"Report {report.version} is signed.")
        return redirect("reports:latest", case.pk)

    def page(
        self, request: HttpRequest, case: Case, form: SignForm | None = None, status: int = 200
    ) -> HttpResponse:
        review = signable_review(request.user, case)
        if review is None:
            messages.warning(request, "You have no open read of this case: nothing to sign yet.")
            return redirect("reports:latest", case.pk)
        if signed_meanwhile(review):
            return redirect("reports:amend", case.pk)
        content = report_content(review, signed_at=None)
        seen = {"version": review.version, "seen": content.content_sha256}
        shown = SignForm(initial=seen)
        if form is not None:
            shown = SignForm(seen | {"password": ""})
            shown._errors = form.errors
        context = {
            "case": case,
            "review": review,
            "content": content,
            "form": shown,
            "draft": report_draft(review),
            "changes": changes_of(review.amends, content) if review.amends else None,
            "editable": review == open_review(request.user, case),
        }
        return render(request, "reports/sign.html", context, status=status)


class PreviewView(CasePage):
    """The draft as a PDF."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        review = signable_review(request.user, case)
        if review is None:
            raise Http404
        record_access(request.user, Verb.VIEW, review, detail="draft pdf", request=request)
        return _pdf(draft_pdf(review), f"draft-{case.pk}.pdf", inline=True)


class ReportsOfCaseView(CasePage):
    """Every version of the report, the valid one first."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        visible = SignedReport.objects.readable_by(request.user).filter(case=case)
        reports = list(visible.select_related("signed_by", "superseded_by", "review"))
        for later, earlier in pairwise(reports):  # the newest first
            content = ReportContent.from_json(later.content)
            later.changes = changes_of(earlier, content)  # type: ignore[attr-defined]
        record_access(request.user, Verb.VIEW, case, detail="reports", request=request)
        review = open_review(request.user, case)
        context = {"case": case, "reports": reports, "review": review}
        return render(request, "reports/list.html", context)


def changes_of(report: SignedReport, content: ReportContent) -> tuple[ReportChange, ...]:
    """What ``content`` says that the signed version does not, or otherwise."""
    return report_changes(ReportContent.from_json(report.content), content)


@method_decorator(never_cache, name="dispatch")
class ReportPdfView(ClinicianPageMixin, View):
    """One signed version, byte for byte."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        report = get_object_or_404(SignedReport.objects.readable_by(request.user), pk=pk)
        record_access(request.user, Verb.EXPORT, report, detail="pdf", request=request)
        name = f"report-{report.case_id}-v{report.version}.pdf"
        return _pdf(signed_pdf(report), name, inline="inline" in request.GET)


@method_decorator(never_cache, name="dispatch")
class ReportStructuredView(ClinicianPageMixin, View):
    """DICOM SR, Secondary Captures or FHIR of one signed version."""

    def get(self, request: HttpRequest, pk, kind: str) -> HttpResponse:
        report = get_object_or_404(SignedReport.objects.readable_by(request.user), pk=pk)
        made = structured_file(report, StructuredKind(kind))
        record_access(request.user, Verb.EXPORT, report, detail=kind, request=request)
        response = HttpResponse(made.data, content_type=made.media_type)
        response["Content-Disposition"] = f'attachment; filename="{made.name}"'
        return response


def _pdf(content: bytes, name: str, *, inline: bool) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    kind = "inline" if inline else "attachment"
    response["Content-Disposition"] = f'{kind}; filename="{name}"'
    return response
