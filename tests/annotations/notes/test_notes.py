"""Notes: written once, kept for ever, seen by the right people; a mention says who and where."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from annotations.errors import VersionConflict
from annotations.models import CaseNote, Notification
from annotations.notes.errors import InvalidNote, NoteDeleted, NotYourNote
from annotations.notes.selectors import (
    colleague_suggestions,
    notes_json,
    notes_visible_to,
    unread_number,
    versions_json,
)
from annotations.notes.services import NewNote, note_create, note_delete, note_edit
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, Department, Membership, User
from cxrportal.accounts.permissions import NotAllowed
from tests.support.cases import make_note, make_readable_case, make_review
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


def write(case: Case, author: User, text: str, **more: object) -> CaseNote:
    return note_create(case=case, author=author, new=NewNote(uuid.uuid4(), text, **more))[0]


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


# --- writing ------------------------------------------------------------------------------------
def test_the_same_client_id_twice_makes_one_note(case: Case, clinician: User) -> None:
    new = NewNote(uuid.uuid4(), "Seen.")
    first, created = note_create(case=case, author=clinician, new=new)
    second, again = note_create(case=case, author=clinician, new=new)
    assert (first.pk, created, again) == (second.pk, True, False)


def test_a_reply_hangs_on_its_note_and_cannot_be_replied_to(case: Case, clinician: User) -> None:
    root = write(case, clinician, "Question?")
    reply = write(case, clinician, "Answer.", parent=root)
    assert reply.parent == root
    with pytest.raises(InvalidNote):
        write(case, clinician, "And more.", parent=reply)


def test_a_reply_to_a_note_of_another_case_or_a_deleted_one_is_refused(
    case: Case, clinician: User, department: Department
) -> None:
    elsewhere = make_note(make_readable_case(department), clinician)
    gone = make_note(case, clinician, deleted_at=timezone.now())
    with pytest.raises(InvalidNote):
        write(case, clinician, "x", parent=elsewhere)
    with pytest.raises(NoteDeleted):
        write(case, clinician, "x", parent=gone)


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 5_001])
def test_a_note_says_something_and_not_too_much(case: Case, clinician: User, text: str) -> None:
    with pytest.raises(InvalidNote):
        write(case, clinician, text)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_note(case, clinician, "")


def test_a_stranger_writes_nothing(case: Case, stranger: User) -> None:
    with pytest.raises(NotAllowed):
        write(case, stranger, "Seen.")


def test_an_edit_keeps_every_text_before(case: Case, clinician: User) -> None:
    note = write(case, clinician, "one")
    note = note_edit(note=note, author=clinician, version=1, text="two")
    note = note_edit(note=note, author=clinician, version=2, text="three")
    read = [(row["number"], row["text"]) for row in versions_json(note)]
    assert read == [(1, "one"), (2, "two"), (3, "three")]


def test_the_same_text_again_is_no_edit(case: Case, clinician: User) -> None:
    note = write(case, clinician, "one")
    assert note_edit(note=note, author=clinician, version=1, text=" one ").version == 1
    assert not note.versions.exists()


def test_a_stale_edit_is_refused_and_shows_what_stands(case: Case, clinician: User) -> None:
    note = write(case, clinician, "one")
    note_edit(note=note, author=clinician, version=1, text="two")
    with pytest.raises(VersionConflict):
        note_edit(note=note, author=clinician, version=1, text="other")
    body = {"version": 1, "text": "other"}
    answer = api(clinician).patch(f"/api/v1/notes/{note.pk}/", body, format="json")
    assert answer.status_code == 409
    assert answer.json()["current"]["text"] == "two"


def test_only_the_author_changes_or_deletes(case: Case, clinician: User, colleague: User) -> None:
    note = write(case, clinician, "one")
    with pytest.raises(NotYourNote):
        note_edit(note=note, author=colleague, version=1, text="two")
    with pytest.raises(NotYourNote):
        note_delete(note=note, author=colleague, version=1)


def test_a_deletion_is_a_mark_and_the_text_stays_readable(case: Case, clinician: User) -> None:
    note = write(case, clinician, "one")
    note = note_delete(note=note, author=clinician, version=1)
    assert CaseNote.objects.get(pk=note.pk).text == "one"
    [shown] = notes_json(clinician, case)["notes"]
    assert (shown["text"], shown["deleted_at"] is None) == ("", False)
    assert [row["text"] for row in versions_json(note)] == ["one"]
    with pytest.raises(NoteDeleted):
        note_edit(note=note, author=clinician, version=1, text="two")
    with pytest.raises(NoteDeleted):
        note_delete(note=note, author=clinician, version=1)


# --- who sees -----------------------------------------------------------------------------------
def test_the_department_sees_a_note_and_nobody_else(
    case: Case, clinician: User, colleague: User, stranger: User, researcher: User, admin: User
) -> None:
    note = write(case, clinician, "Seen.")
    assert list(notes_visible_to(colleague)) == [note]
    for other in (stranger, researcher, admin):
        assert not notes_visible_to(other).exists()


def test_a_blind_reader_sees_notes_of_others_once_the_read_is_completed(
    case: Case, department: Department, clinician: User, colleague: User
) -> None:
    Department.objects.filter(pk=department.pk).update(blind_reads=True)
    theirs = write(case, colleague, "Nodule on the left.")
    mine = write(case, clinician, "Mine.")
    answer = notes_json(clinician, case)
    assert [note["id"] for note in answer["notes"]] == [str(mine.pk)]
    assert answer["withheld"] is True
    for path in ("", "versions/"):
        assert api(clinician).get(f"/api/v1/notes/{theirs.pk}/{path}").status_code == 404
    make_review(case, clinician, state="COMPLETED", completed_at=timezone.now())
    answer = notes_json(clinician, case)
    assert [note["text"] for note in answer["notes"]] == ["Nodule on the left.", "Mine."]
    assert answer["withheld"] is False


def test_a_second_reader_sees_no_note_of_the_first(
    department: Department, clinician: User, colleague: User
) -> None:
    case = make_readable_case(department, reads_needed=2)
    make_review(case, colleague, state="COMPLETED", completed_at=timezone.now())
    write(case, colleague, "Nodule on the left.")
    make_review(case, clinician)
    assert notes_json(clinician, case) == {"notes": [], "withheld": True}


# --- mentions -----------------------------------------------------------------------------------
def test_a_mention_tells_the_colleague_once_and_never_the_author(
    case: Case, clinician: User, colleague: User
) -> None:
    note = write(case, clinician, f"@Ann Lee and @{clinician.email}, look.")
    note = note_edit(note=note, author=clinician, version=1, text="@Ann Lee, look again.")
    assert [row.recipient for row in Notification.objects.filter(note=note)] == [colleague]
    assert (unread_number(colleague), unread_number(clinician)) == (1, 0)


def test_an_edit_tells_who_was_not_mentioned_before(
    case: Case, clinician: User, colleague: User
) -> None:
    note = write(case, clinician, "Look.")
    note_edit(note=note, author=clinician, version=1, text="Look, @ann@example.org.")
    assert unread_number(colleague) == 1


def test_somebody_of_another_department_is_not_told(
    case: Case, clinician: User, stranger: User
) -> None:
    write(case, clinician, f"@{stranger.email} @{stranger.full_name}")
    assert not Notification.objects.exists()


def test_who_left_the_department_is_told_nothing_any_more(
    case: Case, clinician: User, colleague: User
) -> None:
    write(case, clinician, "@Ann Lee")
    Membership.objects.filter(user=colleague).delete()
    assert unread_number(colleague) == 0


def test_a_notification_of_a_blind_case_holds_no_word_of_the_note(
    case: Case, department: Department, clinician: User, colleague: User, client: Client
) -> None:
    Department.objects.filter(pk=department.pk).update(blind_reads=True)
    write(case, clinician, "@Ann Lee large pneumothorax")
    client.force_login(colleague)
    page = client.get("/notifications/").content.decode()
    told = api(colleague).get("/api/v1/notifications/").content.decode()
    for text in (page, told):
        assert case.patient.name in text
        assert "pneumothorax" not in text
    assert notes_json(colleague, case)["notes"] == []


def test_following_a_notification_reads_it_and_leads_to_the_case(
    case: Case, clinician: User, colleague: User, client: Client
) -> None:
    note = write(case, clinician, "@Ann Lee")
    row = Notification.objects.get(note=note)
    client.force_login(colleague)
    assert 'aria-label="Notifications, 1 not read"' in client.get("/worklist/").content.decode()
    answer = client.post(f"/notifications/{row.pk}/")
    assert answer["Location"] == f"/reading/{case.pk}/"
    assert unread_number(colleague) == 0


def test_all_are_marked_as_read_at_once_and_only_ones_own(
    case: Case, clinician: User, colleague: User, client: Client
) -> None:
    write(case, clinician, "@Ann Lee")
    write(case, colleague, f"@{clinician.email}")
    client.force_login(colleague)
    client.post("/notifications/")
    assert (unread_number(colleague), unread_number(clinician)) == (0, 1)


def test_colleagues_are_found_by_the_start_of_a_word_or_address(
    case: Case, department: Department, clinician: User, colleague: User
) -> None:
    twin = make_user("clinician", department, full_name="Bo Li", email="bo1@example.org")
    make_user("clinician", department, full_name="Bo Li", email="bo2@example.org")
    make_user("researcher", department, full_name="Bo Researcher")
    found = [one["insert"] for one in colleague_suggestions(clinician, case, "le")]
    assert found == ["@Ann Lee"]
    found = [one["insert"] for one in colleague_suggestions(clinician, case, "bo")]
    assert found == [f"@{twin.email}", "@bo2@example.org"]
    assert colleague_suggestions(clinician, case, "nn") == []
    mine = colleague_suggestions(clinician, case, clinician.email[:5])
    assert clinician.email not in [one["email"] for one in mine]


# --- API ----------------------------------------------------------------------------------------
def test_notes_over_the_api_leave_a_trace(case: Case, clinician: User) -> None:
    client = api(clinician)
    body = {"client_id": str(uuid.uuid4()), "text": "Seen."}
    made = client.post(f"/api/v1/cases/{case.pk}/notes/", body, format="json")
    again = client.post(f"/api/v1/cases/{case.pk}/notes/", body, format="json")
    assert (made.status_code, again.status_code) == (201, 200)
    note = made.json()["id"]
    client.patch(f"/api/v1/notes/{note}/", {"version": 1, "text": "More."}, format="json")
    gone = client.delete(f"/api/v1/notes/{note}/?version=2").json()
    assert (gone["text"], bool(gone["deleted_at"])) == ("", True)
    events = AccessEvent.objects.filter(target_type="casenote", target_key=note).order_by("id")
    assert list(events.values_list("verb", flat=True)) == ["create", "change", "change"]
