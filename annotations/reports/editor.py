"""The report's editor: its page, what it saves, and the draft's pages as pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from annotations.errors import VersionConflict
from annotations.models import Review
from annotations.reports.content import report_draft
from annotations.reports.drafts import Saving, Sections, draft_save
from annotations.reports.pages import page_count, page_png
from annotations.reports.services import draft_pdf
from annotations.reports.views import CasePage
from annotations.selectors import open_review
from cases.models import Case
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.errors import PortalError

FIELDS = ("technique", "comparison", "findings", "impression", "recommendation")
TITLES = {
    "technique": "Technique",
    "comparison": "Comparison",
    "findings": "Findings",
    "impression": "Impression",
    "recommendation": "Recommendation",
}
HEIGHTS = {"findings": 8, "impression": 4}  # rows of text


class DraftForm(forms.Form):
    """What the editor sends; blank sections are as good as others."""

    version = forms.IntegerField(min_value=0)
    impression_before = forms.CharField(required=False, max_length=20_000, strip=False)
    prefilled = forms.CharField(required=False, max_length=20_000, strip=False)
    technique = forms.CharField(required=False, max_length=5_000, strip=False)
    comparison = forms.CharField(required=False, max_length=5_000, strip=False)
    findings = forms.CharField(required=False, max_length=20_000, strip=False)
    impression = forms.CharField(required=False, max_length=20_000, strip=False)
    recommendation = forms.CharField(required=False, max_length=5_000, strip=False)


def state_json(review: Review) -> dict[str, Any]:
    """What stands on the server, as the editor takes it in."""
    state = report_draft(review)
    return {
        "version": state.version,
        "sections": asdict(state.sections),
        "fresh": state.fresh,
        "offered": state.offered,
    }


class OwnReviewPage(CasePage):
    """A page of the user's own open review."""

    def review(self, request: HttpRequest, case: Case) -> Review:
        review = open_review(request.user, case)
        if review is None:
            raise Http404
        return review


class EditorView(OwnReviewPage):
    """The sections beside the draft's pages."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        case = self.case(request, pk)
        review = open_review(request.user, case)
        if review is None:
            return redirect("reports:latest", case.pk)
        record_access(request.user, Verb.VIEW, review, detail="report editor", request=request)
        state = state_json(review)
        sections = [
            {"name": n, "title": TITLES[n], "text": state["sections"][n], "rows": HEIGHTS.get(n, 2)}
            for n in FIELDS
        ]
        urls = {
            "save": reverse("reports:draft", args=[case.pk]),
            "page": reverse("reports:preview-page", args=[case.pk, 0]),
        }
        data = state | {"urls": urls, "user": str(request.user.pk), "review": str(review.pk)}
        context = {"case": case, "review": review, "sections": sections, "data": data}
        return render(request, "reports/edit.html", context)


class DraftView(OwnReviewPage):
    """The draft as JSON: read it, save it against the version that was seen."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        review = self.review(request, self.case(request, pk))
        record_access(request.user, Verb.VIEW, review, detail="report draft", request=request)
        return JsonResponse(state_json(review))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        review = self.review(request, self.case(request, pk))
        form = DraftForm(request.POST)
        if not form.is_valid():
            return JsonResponse({"code": "invalid", "message": form.errors.as_text()}, status=400)
        given = {n: form.cleaned_data[n].replace("\r\n", "\n") for n in FIELDS}
        saving = Saving(
            version=form.cleaned_data["version"],
            impression_before=form.cleaned_data["impression_before"].replace("\r\n", "\n"),
            prefilled=form.cleaned_data["prefilled"].replace("\r\n", "\n"),
            sections=Sections(**given),
        )
        try:
            draft_save(review=review, reader=request.user, saving=saving)
        except PortalError as error:
            body: dict[str, Any] = {"code": error.code, "message": error.message}
            if isinstance(error, VersionConflict):
                body["current"] = state_json(Review.objects.get(pk=review.pk))
            return JsonResponse(body, status=error.http_status)
        record_access(request.user, Verb.CHANGE, review, detail="report draft", request=request)
        return JsonResponse(state_json(Review.objects.get(pk=review.pk)))


class PreviewPageView(OwnReviewPage):
    """One page of the draft as a picture; X-Pages says how many there are."""

    def get(self, request: HttpRequest, pk, page: int) -> HttpResponse:
        review = self.review(request, self.case(request, pk))
        pdf = draft_pdf(review)
        pages = page_count(pdf)
        if page >= pages:
            raise Http404
        if page == 0:
            record_access(request.user, Verb.VIEW, review, detail="draft page", request=request)
        response = HttpResponse(page_png(pdf, page), content_type="image/png")
        response["X-Pages"] = str(pages)
        return response
