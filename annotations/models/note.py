"""Notes on a case: what colleagues tell each other about it, beside the reads and the report."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.querysets import NoteQuerySet, NotificationQuerySet


class CaseNote(models.Model):
    """Plain text as it stands now. A reply has a parent; a reply to a reply is refused."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="case_notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_notes"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replies"
    )
    client_id = models.UUIDField(default=uuid.uuid4)
    text = models.TextField(max_length=5_000)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    written_at = models.DateTimeField(help_text="When the present text was written.")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("author", "client_id"), name="note_client_id_once_per_author"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="note_is_not_its_own_reply"
            ),
        )
        indexes = (models.Index(fields=("case", "created_at", "id"), name="note_of_case"),)

    def __str__(self) -> str:
        return f"Note {str(self.pk)[:8]} by {self.author}"


class CaseNoteVersion(models.Model):
    """A text that a note had before it was changed. Never changed, never removed."""

    note = models.ForeignKey(CaseNote, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=5_000)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("note", "number"), name="note_version_once"),
        )

    def __str__(self) -> str:
        return f"Version {self.number}"


class Notification(models.Model):
    """Somebody was mentioned in a note, or a note replies to theirs. It says who and in which case,
    never what was written.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    note = models.ForeignKey(CaseNote, on_delete=models.CASCADE, related_name="notifications")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("recipient", "note"), name="notification_once"),
        )
        indexes = (
            models.Index(
                fields=("recipient", "-created_at"),
                condition=Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(fields=("recipient", "-created_at", "-id"), name="notification_newest"),
        )

    def __str__(self) -> str:
        return f"Notification of {self.recipient}"
