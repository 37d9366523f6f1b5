from __future__ import annotations

import hashlib

import pytest

from inference.training.errors import DataRefused
from inference.training.splits import (
    PARTS,
    Split,
    check_parts,
    given_split,
    listed_split,
    load_split,
    split_patients,
    stated_split,
)

# 200 patients with two images each; every tenth has a rare finding in the second one.
FINDINGS = [
    (f"p{number:03d}", ("Hernia",) if image and number % 10 == 0 else ("Mass",))
    for number in range(200)
    for image in range(2)
]


def split(seed: int = 1) -> Split:
    return split_patients(FINDINGS, validation_share=0.15, test_share=0.2, seed=seed)


def test_a_patient_is_in_one_part_and_none_is_lost() -> None:
    parts = [split().patients(part) for part in PARTS]
    assert sum(len(part) for part in parts) == len(frozenset.union(*parts)) == 200


def test_the_shares_hold_for_the_rare_finding_too() -> None:
    rare = {f"p{number:03d}" for number in range(0, 200, 10)}
    sizes = [len(split().patients(part)) for part in PARTS]
    assert sizes == pytest.approx([130, 30, 40], abs=2)
    rare_sizes = [len(split().patients(part) & rare) for part in PARTS]
    assert rare_sizes == pytest.approx([13, 3, 4], abs=1)


def test_the_same_seed_gives_the_same_split_whatever_the_order() -> None:
    shuffled = split_patients(FINDINGS[::-1], validation_share=0.15, test_share=0.2, seed=1)
    assert shuffled == split(seed=1) != split(seed=2)


def test_a_split_is_saved_with_the_hash_of_its_text(tmp_path) -> None:
    split().save(tmp_path / "split.csv")
    assert load_split(tmp_path / "split.csv") == split()
    assert split().sha256 == hashlib.sha256((tmp_path / "split.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize("rows", ["a,train\na,test", "a,dev"])
def test_a_patient_in_two_parts_or_an_unknown_part_is_refused(tmp_path, rows: str) -> None:
    (tmp_path / "split.csv").write_text(f"patient_id,part\n{rows}\n")
    with pytest.raises(DataRefused):
        load_split(tmp_path / "split.csv")


def test_a_given_split_is_honoured_with_its_hash(tmp_path) -> None:
    split().save(tmp_path / "s.csv")
    given = given_split(tmp_path / "s.csv", ["p000", "p001"])
    assert given.sha256 == split().sha256


def test_a_given_split_that_forgets_a_patient_is_refused(tmp_path) -> None:
    split().save(tmp_path / "s.csv")
    with pytest.raises(DataRefused, match=r"s\.csv has no part for 1 patients, such as new"):
        given_split(tmp_path / "s.csv", ["p000", "new"])


def test_the_row_that_is_wrong_is_named(tmp_path) -> None:
    (tmp_path / "s.csv").write_text("patient_id,part\na,train\na,test\n")
    with pytest.raises(DataRefused, match=r"s\.csv, row 3: the patient a stands twice"):
        load_split(tmp_path / "s.csv")
    (tmp_path / "s.csv").write_text("patient,part\na,train\n")
    with pytest.raises(DataRefused, match="no column patient_id"):
        load_split(tmp_path / "s.csv")


def test_parts_that_the_data_states_become_the_split() -> None:
    stated = stated_split([("i1", "a", "train"), ("i2", "a", "train"), ("i3", "b", "test")])
    assert stated == Split((("a", "train"), ("b", "test")))
    assert stated_split([("i1", "a", ""), ("i2", "b", "")]) is None


@pytest.mark.parametrize(
    ("second", "complaint"),
    [(("i2", "a", "test"), "both in train and in test"), (("i2", "b", ""), "i2 has no part")],
)
def test_a_stated_split_that_contradicts_itself_is_refused(
    second: tuple[str, str, str], complaint: str
) -> None:
    with pytest.raises(DataRefused, match=complaint):
        stated_split([("i1", "a", "train"), second])


@pytest.mark.parametrize("missing", ["train", "validation"])
def test_a_split_needs_patients_to_train_and_to_validate_on(missing: str) -> None:
    parts = {"a": "train", "b": "validation", "c": "test"}
    there = [patient for patient, part in parts.items() if part != missing]
    with pytest.raises(DataRefused, match=f"no patient for {missing}"):
        check_parts(Split(tuple(parts.items())), there)
    check_parts(Split(tuple(parts.items())), parts)


def test_a_list_of_test_images_is_honoured_and_the_rest_divided(tmp_path) -> None:
    (tmp_path / "test_list.txt").write_text("a0.png\na1.png\nnot_here.png\n")
    images = [(f"images/a{n}.png", "a", ()) for n in range(2)]
    images += [(f"images/{n}.png", f"p{n}", ("Mass",)) for n in range(20)]
    made = listed_split(images, tmp_path / "test_list.txt", validation_share=0.2, seed=1)
    assert made.patients("test") == {"a"}
    assert len(made.patients("validation")) == 4
    assert len(made.patients("train")) == 16


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("a0.png\n", "only some images of patient a"), ("b.png\n", "names no image")],
)
def test_a_list_that_divides_a_patient_or_knows_none_is_refused(
    tmp_path, text: str, complaint: str
) -> None:
    (tmp_path / "t.txt").write_text(text)
    images = [(f"a{n}.png", "a", ()) for n in range(2)]
    with pytest.raises(DataRefused, match=complaint):
        listed_split(images, tmp_path / "t.txt", validation_share=0.2, seed=1)
    with pytest.raises(DataRefused, match=r"none\.txt cannot be read"):
        listed_split(images, tmp_path / "none.txt", validation_share=0.2, seed=1)
