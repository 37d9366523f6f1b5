"""Report templates and letterheads in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from annotations.models import Letterhead, ReportTemplate
from annotations.reports.letterhead import MAX_LOGO_BYTES, letterhead_set_logo, logo_made
from cxrportal.accounts.administration import AuditedAdmin
from cxrportal.common.errors import PortalError


@admin.register(ReportTemplate)
class ReportTemplateAdmin(AuditedAdmin):
    """Placeholders: {findings}, {measurements}, {views}."""

    list_display = ("department", "for_no_finding", "updated_at")
    list_filter = ("department",)
    list_select_related = ("department",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class LetterheadForm(forms.ModelForm):
    """The logo goes through the sandbox before anything is stored."""

    logo = forms.FileField(
        required=False,
        help_text=f"PNG or JPEG up to {MAX_LOGO_BYTES // 1024} KiB; printed in grey, 42 mm wide.",
    )
    without_logo = forms.BooleanField(required=False, label="Remove the logo")

    class Meta:
        model = Letterhead
        fields = ("department", "address", "paper")

    def clean_logo(self) -> bytes | None:
        sent = self.cleaned_data["logo"]
        if not sent:
            return None
        if sent.size > MAX_LOGO_BYTES:
            raise forms.ValidationError("The logo is too large.")
        try:
            return logo_made(sent.read())
        except PortalError as error:
            raise forms.ValidationError(f"{error.message} ({error.code})") from error


@admin.register(Letterhead)
class LetterheadAdmin(AuditedAdmin):
    form = LetterheadForm
    list_display = ("department", "address", "paper", "has_logo")
    list_select_related = ("department",)

    @admin.display(description="Logo", boolean=True)
    def has_logo(self, letterhead: Letterhead) -> bool:
        return bool(letterhead.logo_sha256)

    def save_model(self, request: HttpRequest, obj: Letterhead, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        logo = form.cleaned_data["logo"]
        if logo or form.cleaned_data["without_logo"]:
            letterhead_set_logo(letterhead=obj, png=logo)
