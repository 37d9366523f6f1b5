"""Names are found by an index where PostgreSQL has its trigrams, and without it as before."""

from __future__ import annotations

import pytest
from django.db import connection

from cxrportal.accounts.models import Department, User
from cxrportal.common.trigram_index import trigram_index
from patients.models import Patient
from patients.selectors import patient_suggestions
from tests.support.people import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.services]
INDEX = "patient_name_trigram"
postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="trigrams are PostgreSQL's")


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, Patient._meta.db_table))


def plan_of(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return Patient.objects.matching(text).order_by().explain()


def test_a_database_has_the_index_when_it_has_trigrams() -> None:
    assert (INDEX in indexes()) == (connection.vendor == "postgresql")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("thi", ["Nguyễn Thị Ánh", "Thi Van"]),
        ("anh ng", ["Nguyễn Thị Ánh"]),
        ("ng", ["Nguyễn Thị Ánh"]),
        ("n", ["Nguyễn Thị Ánh"]),
        ("guyen", []),
        ("100%", []),
        ("mrn-1", ["Thi Van"]),
    ],
)
def test_the_same_patients_are_found_on_every_database(
    department: Department, clinician: User, typed: str, found: list[str]
) -> None:
    make_patient(department, name="Nguyễn Thị Ánh", mrn="X-1")
    make_patient(department, name="Thi Van", mrn="MRN-1")
    assert [p.name for p in patient_suggestions(clinician, typed)] == found


@postgres
@pytest.mark.parametrize("typed", ["nguyen", "thi anh", "mrn-12"])
def test_a_search_uses_the_index(typed: str) -> None:
    plan = plan_of(typed)
    assert INDEX in plan, plan
    assert "Seq Scan" not in plan, plan


@postgres
def test_without_the_right_to_make_the_extension_the_migration_goes_on(
    department: Department, clinician: User, capsys: pytest.CaptureFixture[str]
) -> None:
    make_patient(department, name="Thi Van")
    operation = trigram_index(table="patients_patient", column="search_name", name=INDEX)
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE cxr_no_rights")
        cursor.execute("SET LOCAL ROLE cxr_no_rights")
    with connection.schema_editor() as editor:
        operation.code(None, editor)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert "CREATE EXTENSION IF NOT EXISTS pg_trgm" in capsys.readouterr().err
    assert INDEX not in indexes()
    assert [p.name for p in patient_suggestions(clinician, "van")] == ["Thi Van"]
