"""Pseudonyms, dates, ages, and identity planted wherever a text can stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from annotations.exports.archive import write_archive
from annotations.exports.deidentify import (
    Dates,
    Deidentifier,
    Policy,
    SourceImage,
    SourceStatement,
    age_band,
    new_release_key,
)
from annotations.exports.errors import ExportInvalid, ReleaseKeyTooShort
from annotations.exports.types import Sex, View
from tests.annotations.exports.records import KEY, PLANTED, planted_record, write

SOURCE = SourceImage("17", "4", 40, 30, 93, "F", "PA", date(2025, 3, 4))
SAYS = SourceStatement("mass", "9", date(2025, 3, 6), "DRAWN", "CERTAIN")


def test_a_pseudonym_is_the_same_within_a_release_and_another_in_the_next() -> None:
    one, other = Deidentifier(KEY), Deidentifier(KEY[::-1])
    assert one.patient("MRN1") == Deidentifier(KEY).patient("MRN1")
    assert one.patient("MRN1") != one.patient("MRN2")
    assert one.patient("MRN1") != other.patient("MRN1")


def test_a_pseudonym_is_the_keyed_hash_of_kind_and_id() -> None:
    # printf 'patient\0MRN1' | openssl dgst -sha256 -mac hmac -macopt hexkey:000102..1f -binary
    # | head -c 10 | base32, in small letters
    assert Deidentifier(KEY).patient("MRN1") == "Pv5cdicouhoeiqrno"


def test_patient_image_and_reader_of_one_number_share_nothing() -> None:
    names = Deidentifier(KEY)
    keys = {names.patient("7")[1:], names.image("7")[1:], names.reader("7")[1:]}
    assert len(keys) == 3
    assert (names.patient("7")[0], names.image("7")[0], names.reader("7")[0]) == ("P", "I", "R")


def test_the_order_of_a_release_is_not_that_of_time() -> None:
    names = Deidentifier(KEY)
    ids = [str(number) for number in range(30)]
    order = names.in_release_order(ids)
    assert sorted(order) == sorted(ids)
    assert order != ids
    assert order == names.in_release_order(reversed(ids))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ReleaseKeyTooShort):
        Deidentifier(b"x" * 31)
    assert len(new_release_key()) == 32
    assert new_release_key() != new_release_key()


def test_all_dates_of_a_patient_move_by_the_same_days() -> None:
    names = Deidentifier(KEY)
    moved = [date.fromisoformat(names.shifted(date(2025, 3, d), "4")) for d in (1, 9)]
    assert moved[1] - moved[0] == timedelta(days=8)
    assert 1 <= (date(2025, 3, 1) - moved[0]).days <= 365
    assert len({names.days_back(str(n)) for n in range(60)}) > 40
    assert names.shifted(None, "4") == ""
    assert names.shifted(date.min, "4") == ""


def test_dates_can_be_years_or_nothing() -> None:
    year = Deidentifier(KEY, Policy(dates=Dates.YEAR)).shifted(date(2025, 12, 31), "4")
    assert year in ("2024", "2025")
    assert Deidentifier(KEY, Policy(dates=Dates.NONE)).shifted(date(2025, 1, 1), "4") == ""


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0, "0-4"),
        (57, "55-59"),
        (89, "85-89"),
        (90, "90+"),
        (104, "90+"),
        (None, ""),
        (-1, ""),
        (411, ""),
    ],
)
def test_ages_are_pooled_and_the_very_old_together(years: int | None, band: str) -> None:
    assert age_band(years) == band


def test_header_texts_pass_only_where_they_are_on_the_list() -> None:
    names = Deidentifier(KEY)
    record = names.record(replace(SOURCE, view=" pa ", sex="f"), (SAYS,))
    assert (record.image.view, record.image.sex) == (View.PA, Sex.FEMALE)
    record = names.record(replace(SOURCE, view="PA Smith", sex="Smith"), (SAYS,))
    assert (record.image.view, record.image.sex) == (View.UNKNOWN, Sex.UNKNOWN)
    assert record.image.age_band == "90+"


def test_a_strange_code_is_refused_without_repeating_it() -> None:
    with pytest.raises(ExportInvalid) as refused:
        Deidentifier(KEY).record(SOURCE, (replace(SAYS, laterality="Smith"),))
    assert "Smith" not in str(refused.value)
    with pytest.raises(ExportInvalid):
        Deidentifier(KEY).record(SOURCE, (replace(SAYS, decided="REJECTED"),))


def test_the_file_name_is_the_pseudonym() -> None:
    record = Deidentifier(KEY).record(SOURCE, (SAYS,))
    assert record.image.file_name == f"images/{record.image.key}.png"
    assert record.statements[0].image_key == record.image.key


def test_planted_identity_is_in_no_byte_of_the_release(tmp_path: Path) -> None:
    folder = tmp_path / "release"
    write(folder, (planted_record(),))
    write_archive(folder, tmp_path / "release.zip")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        data = (path.name.encode() + path.read_bytes()).lower()
        for text in PLANTED:
            for code in ("utf-8", "utf-16-le", "ascii"):
                assert text.encode(code, "backslashreplace").lower() not in data, path.name


def test_comments_are_written_only_when_asked_for() -> None:
    assert planted_record().statements[0].comment == ""
    assert PLANTED[0] in planted_record(Policy(comments=True)).statements[0].comment
