from __future__ import annotations

import re

import pytest

from inference.predict.errors import LabelUnknown
from inference.predict.labels import (
    CHESTXRAY14,
    CHESTXRAY14_BOXED,
    LABEL_SETS,
    VINDR14,
    VOCABULARY,
    Mapped,
    term,
    to_label_set,
    vocabulary_code,
)


@pytest.mark.parametrize("label_set", sorted(LABEL_SETS))
def test_every_label_has_a_term_and_comes_back_from_it(label_set: str) -> None:
    labels = LABEL_SETS[label_set]
    assert len(set(labels)) == 14
    codes = [vocabulary_code(label) for label in labels]
    assert to_label_set(codes, label_set) == Mapped(labels, ())


def test_the_eight_boxed_labels_belong_to_the_set() -> None:
    assert set(CHESTXRAY14_BOXED) < set(CHESTXRAY14)
    assert len(CHESTXRAY14_BOXED) == 8


def test_a_nodule_is_a_nodule_or_mass_elsewhere_but_not_the_other_way_round() -> None:
    assert to_label_set(["nodule", "mass"], "vindr14") == Mapped(("Nodule/Mass",), ())
    assert to_label_set(["nodule_or_mass"], "chestxray14") == Mapped((), ("nodule_or_mass",))


def test_what_a_set_cannot_say_is_dropped_and_returned() -> None:
    mapped = to_label_set(["hernia", "effusion", "edema", "emphysema"], "vindr14")
    assert mapped.labels == ("Lung Opacity", "Pleural effusion")
    assert mapped.dropped == ("hernia", "emphysema")


def test_the_vocabulary_holds_together() -> None:
    codes = [item.code for item in VOCABULARY]
    assert len(set(codes)) == len(codes)
    for item in VOCABULARY:
        assert re.fullmatch(r"[a-z_]{1,64}", item.code)
        assert item.name
        assert re.fullmatch(r"(RID\d+)?", item.radlex)
        assert re.fullmatch(r"\d*", item.snomed_ct)
        assert item.parent == "" or term(item.parent).parent == ""
        assert item.chestxray14 in ("", *CHESTXRAY14)
        assert item.vindr14 in ("", *VINDR14)


def test_strange_names_are_refused() -> None:
    with pytest.raises(LabelUnknown):
        vocabulary_code("No Finding")
    with pytest.raises(LabelUnknown):
        term("dragon")
    with pytest.raises(LabelUnknown):
        to_label_set(["nodule"], "chexpert")
    with pytest.raises(LabelUnknown):
        to_label_set(["dragon"], "vindr14")


# The last digit of a SNOMED CT identifier is a Verhoeff check digit (SNOMED CT TIG, SCTID).
MULTIPLY = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
PERMUTE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def verhoeff(number: str) -> int:
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = int(MULTIPLY[check][int(PERMUTE[place % 8][int(digit)])])
    return check


def test_snomed_identifiers_pass_their_check_digit() -> None:
    assert verhoeff("46621007") == 0
    assert verhoeff("46621008") != 0
    assert all(verhoeff(item.snomed_ct) == 0 for item in VOCABULARY)
