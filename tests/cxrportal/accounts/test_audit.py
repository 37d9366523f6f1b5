"""The audit trail can only grow: through Django, through SQL, on every database."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from cxrportal.accounts.append_only import TABLE
from cxrportal.accounts.audit import client_ip, record_access
from cxrportal.accounts.models import AccessEvent, User

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def event(clinician: User) -> AccessEvent:
    record_access(clinician, "view", ("case", "k" * 100), detail="d" * 300)
    return AccessEvent.objects.get()


def test_an_event_holds_who_did_what_to_what(event: AccessEvent, clinician: User) -> None:
    assert (event.actor, event.actor_email) == (clinician, clinician.email)
    assert (event.target_key, event.detail) == ("k" * 64, "d" * 200)


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {TABLE} SET actor_email = 'someone@else'",
        f"DELETE FROM {TABLE}",
    ],
)
def test_sql_cannot_change_or_delete_an_event(event: AccessEvent, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert AccessEvent.objects.get() == event


def test_truncate_is_refused_where_there_is_one(event: AccessEvent) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"TRUNCATE {TABLE}")


def test_django_cannot_change_or_delete_an_event(event: AccessEvent) -> None:
    event.detail = "something else"
    for change in (event.save, event.delete, AccessEvent.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_deleting_a_user_keeps_the_events(event: AccessEvent, clinician: User) -> None:
    email = clinician.email
    clinician.delete()
    event.refresh_from_db()
    assert event.actor_email == email


@pytest.mark.django_db(transaction=True)
def test_the_test_runner_alone_can_empty_the_table() -> None:
    """Ends with a flush; the triggers are back afterwards, as the next test sees."""
    record_access(None, "view", ("case", "1"))
    assert AccessEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_back_after_a_flush() -> None:
    assert not AccessEvent.objects.exists()
    record_access(None, "view", ("case", "1"))
    with pytest.raises(DatabaseError, match="append-only"):
        AccessEvent.objects.all().delete()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        (2, "9.9.9.9, 8.8.8.8", "9.9.9.9"),
        (3, "9.9.9.9, 8.8.8.8", "127.0.0.1"),
        (1, "nonsense", None),
    ],
)
def test_the_address_is_believed_only_from_known_proxies(
    settings, proxies: int, forwarded: str, seen: str | None
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    assert client_ip(request) == seen
