"""Models in the admin: read, promote; a checkpoint is registered from a shell."""

from __future__ import annotations

from django.contrib import admin, messages

from cxrportal.accounts.administration import ReadOnlyAdmin
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.reauthentication import ask_unless_recent
from cxrportal.common.errors import PortalError
from inference.models import ModelActivation, ModelVersion, PromotionCheck, TrainingRun
from inference.services.promotion import model_promote
from inference.services.registry import model_verify


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    """Which checkpoints there are; activating and verifying are actions."""

    list_display = (
        "name", "version", "stage", "short_hash", "calibrated", "computed_by", "activated_at",
    )  # fmt: skip
    list_filter = ("stage",)
    actions = ("activate", "verify")

    @admin.display(description="SHA-256")
    def short_hash(self, model):
        return model.sha256[:12]

    @admin.display(description="Computed by")
    def computed_by(self, model):
        return model.runtime_note or "not checked yet"

    @admin.action(description="Promote the selected model (it has to have passed its comparison)")
    def activate(self, request, queryset):
        if queryset.count() != 1:
            self.message_user(request, "Select exactly one model.", messages.ERROR)
            return
        model = queryset.get()
        ask_unless_recent(request)
        try:
            model_promote(model=model, actor=request.user)
        except PortalError as error:
            self.message_user(request, f"{error.message} ({error.code})", messages.ERROR)
            return
        record_access(request.user, Verb.ADMINISTER, model, detail="activated", request=request)
        self.message_user(request, f"{model} is active.")

    @admin.action(description="Compare the files with their hashes")
    def verify(self, request, queryset):
        for model in queryset:
            problem = model_verify(model=model)
            level = messages.ERROR if problem else messages.SUCCESS
            self.message_user(request, f"{model}: {problem or 'files are intact'}", level)


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    """Which trainings were asked for, and how they ended."""

    list_display = ("__str__", "release", "base", "state", "code", "requested_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("base", "requested_by")


@admin.register(PromotionCheck)
class PromotionCheckAdmin(ReadOnlyAdmin):
    """Which candidates were compared, on what, with which outcome."""

    list_display = ("__str__", "state", "passed", "margin", "requested_by", "created_at")
    list_filter = ("state", "passed")
    list_select_related = ("candidate", "active", "requested_by")


@admin.register(ModelActivation)
class ModelActivationAdmin(ReadOnlyAdmin):
    """When which model became active, by whom and why."""

    list_display = ("model", "kind", "previous", "actor", "reason", "created_at")
    list_filter = ("kind",)
    list_select_related = ("model", "previous", "actor")
