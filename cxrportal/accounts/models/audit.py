"""Who opened, changed, exported or signed what. Append-only, also for SQL (see the migration)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AccessEvent(models.Model):
    """One act on one target. Targets are text keys: nothing below depends on what is above."""

    class Verb(models.TextChoices):
        VIEW = "view", "View"
        CREATE = "create", "Create"
        CHANGE = "change", "Change"
        EXPORT = "export", "Export"
        SIGN = "sign", "Sign"
        SIGN_IN = "sign_in", "Sign in"
        SIGN_OUT = "sign_out", "Sign out"
        REFUSE = "refuse", "Refused sign-in"
        SECURE = "secure", "Security"
        ADMINISTER = "administer", "Administer"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    actor_email = models.CharField(max_length=254, blank=True)
    verb = models.CharField(max_length=16, choices=Verb)
    target_type = models.CharField(max_length=40)
    target_key = models.CharField(max_length=64)
    department_key = models.CharField(max_length=36, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("target_type", "target_key", "-id"), name="access_target"),
            models.Index(fields=("actor", "verb", "-id"), name="access_actor"),
        )

    def __str__(self) -> str:
        return f"{self.actor_email} {self.verb} {self.target_type} {self.target_key}"
