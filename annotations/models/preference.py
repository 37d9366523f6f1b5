"""How a reader likes to work."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ReadingKeys(models.Model):
    """A reader's own keys of the reading room; actions that are not named keep their usual key."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="reading_keys",
    )
    keys = models.JSONField(default=dict, blank=True, help_text='Action to key: {"fit": "Ctrl+F"}.')
    single_keys = models.BooleanField(
        default=True, help_text="Keys that are one character act (WCAG 2.1.4 asks for a switch)."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "reading keys"

    def __str__(self) -> str:
        return f"Keys of {self.user}"
