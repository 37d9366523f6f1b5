"""Report templates and letterheads in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotations.errors import InvalidTemplate
from annotations.models import Letterhead, ReportTemplate
from annotations.reports.letterhead import MAX_LOGO_BYTES, letterhead_set_logo, logo_made
from annotations.reports.prefill import Template
from annotations.reports.templates import (
    TEXTS,
    require_known,
    template_retire,
    template_save,
    text_of,
)
from cxrportal.accounts.administration import AuditedAdmin
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.errors import PortalError


class ReportTemplateForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            require_known(Template(**{name: values.get(name, "") for name in TEXTS}))
        except InvalidTemplate as error:
            raise forms.ValidationError(f"{error.message} ({error.code})") from error
        return values


@admin.register(ReportTemplate)
class ReportTemplateAdmin(AuditedAdmin):
    """Placeholders: {findings}, {measurements}, {views}. Earlier texts are kept; saving a retired
    template puts it in use again.
    """

    form = ReportTemplateForm
    list_display = ("department", "for_no_finding", "version", "retired_at", "updated_at")
    list_filter = ("department",)
    list_select_related = ("department",)
    actions = ("retire",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("department", "for_no_finding") if obj else ()

    def save_model(
        self, request: HttpRequest, obj: ReportTemplate, form: Any, change: bool
    ) -> None:
        saved = template_save(
            department=obj.department,
            actor=request.user,
            for_no_finding=obj.for_no_finding,
            text=text_of(obj),
            version=ReportTemplate.objects.get(pk=obj.pk).version if change else 0,
        )
        obj.pk = saved.pk

    @admin.action(description="Retire the chosen templates", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[ReportTemplate]) -> None:
        for row in queryset.select_related("department"):
            template_retire(template=row, actor=request.user, version=row.version)
            record_access(request.user, Verb.CHANGE, row, detail="retired", request=request)


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
