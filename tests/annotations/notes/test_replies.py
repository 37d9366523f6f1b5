"""A reply tells the author of the note that it replies to: who and where, never what."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from annotations.models import Notification
from annotations.notes.selectors import notes_json, unread_number
from annotations.notes.services import note_edit
from cases.models import Case
from cxrportal.accounts.models import Department, Membership, User
from tests.annotations.notes.test_notes import api, write
from tests.support.cases import make_review
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


def test_a_reply_tells_the_author_of_the_note_once_even_when_it_mentions_them(
    case: Case, clinician: User, colleague: User, client: Client
) -> None:
    note = write(case, colleague, "Is this a nodule?")
    for text in ("No.", "No, @Ann Lee."):
        reply = write(case, clinician, text, parent=note)
        assert [row.recipient for row in Notification.objects.filter(note=reply)] == [colleague]
    note_edit(note=reply, author=clinician, version=1, text="No, look again, @Ann Lee.")
    assert unread_number(colleague) == 2
    told = api(colleague).get("/api/v1/notifications/").json()["results"]
    assert {row["reason"] for row in told} == {"reply"}
    client.force_login(colleague)
    assert "replied to you" in client.get("/notifications/").content.decode()


def test_a_reply_to_oneself_tells_nobody_and_a_mention_in_a_reply_the_mentioned(
    case: Case, department: Department, clinician: User, colleague: User
) -> None:
    note = write(case, clinician, "Seen.")
    write(case, clinician, "Once more.", parent=note)
    assert not Notification.objects.exists()
    third = make_user("clinician", department, full_name="Bo Chen")
    write(case, colleague, "What says @Bo Chen?", parent=note)
    assert {unread_number(user) for user in (clinician, third)} == {1}
    (told,) = api(third).get("/api/v1/notifications/").json()["results"]
    assert told["reason"] == "mention"


def test_who_left_the_department_is_not_told_of_a_reply(
    case: Case, clinician: User, colleague: User
) -> None:
    note = write(case, colleague, "Seen.")
    Membership.objects.filter(user=colleague).delete()
    write(case, clinician, "By me too.", parent=note)
    assert not Notification.objects.exists()


def test_a_reply_to_a_blind_reader_holds_no_word_of_it(
    case: Case, department: Department, clinician: User, colleague: User, client: Client
) -> None:
    Department.objects.filter(pk=department.pk).update(blind_reads=True)
    note = write(case, colleague, "The lower zones?")
    make_review(case, clinician, state="COMPLETED", completed_at=timezone.now())
    write(case, clinician, "Large pneumothorax.", parent=note)
    client.force_login(colleague)
    page = client.get("/notifications/").content.decode()
    assert "replied to you" in page
    told = api(colleague).get("/api/v1/notifications/").content.decode()
    assert "pneumothorax" not in page + told
    assert [n["text"] for n in notes_json(colleague, case)["notes"]] == ["The lower zones?"]
