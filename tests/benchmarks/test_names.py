"""Finding a patient by name among 100,000, with the index of trigrams and without it."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from cxrportal.accounts.models import Department, User
from patients.models import Patient
from patients.names import searchable
from patients.selectors import patient_suggestions
from tests.benchmarks.measure import median_ms, print_table

pytestmark = pytest.mark.django_db
PATIENTS = 100_000
REPEATS = 15
SYLLABLES = (
    "an",
    "bo",
    "chi",
    "da",
    "el",
    "fo",
    "gia",
    "ho",
    "in",
    "jo",
    "kim",
    "lan",
    "mai",
    "no",
)
TYPED = {"rare name": "zyxwa", "part of some": "kimlan", "two words": "gia zyx", "nobody": "qqqq"}


def _names(number: int) -> list[str]:
    """The same names each time; one in a thousand begins with Zyxwa."""
    draw = random.Random(361)
    names = []
    for n in range(number):
        words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 3))) for _ in range(3)]
        names.append(" ".join(["zyxwa", *words[1:]] if n % 1_000 == 0 else words))
    return names


def _times(user: User) -> dict[str, float]:
    return {
        key: median_ms(lambda text=text: patient_suggestions(user, text), REPEATS)
        for key, text in TYPED.items()
    }


def test_a_name_among_many(department: Department, clinician: User) -> None:
    Patient.objects.bulk_create(
        [
            Patient(department=department, mrn=f"N{n:06d}", name=name, search_name=searchable(name))
            for n, name in enumerate(_names(PATIENTS))
        ],
        batch_size=5_000,
    )
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patients_patient")
    found = {key: [p.pk for p in patient_suggestions(clinician, t)] for key, t in TYPED.items()}
    with_index = _times(clinician)
    if postgres:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX patient_name_trigram")
    without = _times(clinician)
    rows = []
    for key in TYPED:
        slow, fast = without[key], with_index[key]
        rows.append((key, f"{slow:.1f}", f"{fast:.1f}", f"{slow / fast:.1f}"))
    head = ("search", "ms without", "ms with", "ratio")
    print_table(f"Suggestions among {PATIENTS:,} patients, {connection.vendor}", head, rows)
    same = {key: [p.pk for p in patient_suggestions(clinician, t)] for key, t in TYPED.items()}
    assert found == same
    assert not postgres or with_index["rare name"] < without["rare name"]
