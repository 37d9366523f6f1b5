"""Text in the pixels: the list, one image, and many at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.generic import View

from cases.models import Image
from cases.selectors import latest_text_review
from cases.services.burned_in import (
    QUICK_REGIONS,
    box_of,
    burned_in_review,
    burned_in_review_markers,
    region_crop,
    text_check_make,
)
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import ClinicianPageMixin

SHOWN = 100
QUICK = 24


class BurnedInListView(ClinicianPageMixin, View):
    """Images in whose pixels text is suspected, those that nobody has looked at first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        doubtful = Image.objects.visible_to(request.user).with_doubtful_pixels()
        doubtful = doubtful.select_related("case__patient", "text_check")
        waiting = doubtful.filter(text_reviews=None).order_by("created_at", "id")
        seen = doubtful.exclude(text_reviews=None).prefetch_related("text_reviews__reviewer")
        context = {
            "waiting": waiting[:SHOWN],
            "waiting_count": waiting.count(),
            "seen": seen.order_by("-created_at")[:SHOWN],
        }
        return render(request, "cases/burned_in_list.html", context)


class BurnedInView(ClinicianPageMixin, View):
    """One image: the suspected regions, and masks to keep, to drop or to draw."""

    def image(self, request: HttpRequest, pk) -> Image:
        visible = Image.objects.visible_to(request.user).select_related("case__patient")
        return get_object_or_404(visible, pk=pk)

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        image = self.image(request, pk)
        record_access(request.user, Verb.VIEW, image, detail="burned-in text", request=request)
        review = latest_text_review(image)
        suggested = review.masks if review else text_check_make(image=image).regions
        context = {"image": image, "review": review, "suggested": suggested}
        return render(request, "cases/burned_in.html", context)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        image = self.image(request, pk)
        outcome = request.POST.get("outcome", "")
        masks = request.POST.getlist("mask") if outcome == "masked" else []
        burned_in_review(
            image=image, actor=request.user, outcome=outcome, masks=[box_of(m) for m in masks]
        )
        record_access(request.user, Verb.CHANGE, image, detail="burned-in text", request=request)
        messages.success(request, "Noted. The next release heeds it.")
        return redirect("cases:burned-in-list")


class BurnedInQuickView(ClinicianPageMixin, View):
    """What is suspected in many images, side by side; most of it is a side marker."""

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = Image.objects.visible_to(request.user)
        waiting = mine.awaiting_quick_text_review(QUICK_REGIONS)
        shown = waiting.select_related("case__patient", "text_check").order_by("created_at", "id")
        context = {
            "images": shown[:QUICK],
            "waiting_count": waiting.count(),
            "alone_count": mine.awaiting_text_review().count() - waiting.count(),
        }
        return render(request, "cases/burned_in_quick.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.getlist("image")[:QUICK]
        visible = Image.objects.visible_to(request.user).select_related("case")
        try:
            images = list(visible.filter(pk__in=chosen))
        except ValidationError:
            images = []
        said = burned_in_review_markers(images=images, actor=request.user)
        for image in images:
            record_access(
                request.user, Verb.CHANGE, image, detail="burned-in text", request=request
            )
        left = len(chosen) - said
        words = f" {left} had been looked at meanwhile." if left else ""
        messages.success(request, f"{said} noted: side marker only.{words}")
        return redirect("cases:burned-in-quick")


@method_decorator(cache_control(private=True, max_age=600), name="dispatch")
class BurnedInCropView(ClinicianPageMixin, View):
    """One suspected region, with something around it."""

    def get(self, request: HttpRequest, pk, number: int) -> HttpResponse:
        image = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
        return HttpResponse(region_crop(image, number), content_type="image/png")
