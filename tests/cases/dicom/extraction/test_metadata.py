"""One row a file: which columns, what stands in them, with identity and without."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pydicom.datadict import tag_for_keyword

from cases.dicom.extraction.attributes import ATTRIBUTES, Treatment
from cases.dicom.extraction.metadata import OWN_COLUMNS, metadata_columns
from cases.dicom.extraction.run import Plan, run_extraction
from cases.dicom.extraction.tables import write_table
from cases.dicom.extraction.types import Wanted
from tests.cases.dicom.factories import dicom_bytes, png_bytes


def row_of(tmp_path: Path, content: bytes, *, with_identity: bool = True) -> dict[str, str]:
    source = tmp_path / "a"
    source.write_bytes(content)
    plan = Plan(
        sources=(source,),
        wanted=Wanted(metadata=True),
        errors_csv=tmp_path / "errors.csv",
        metadata_csv=tmp_path / "metadata.csv",
        with_identity=with_identity,
    )
    summary = run_extraction(plan, lambda outcome: None)
    assert summary.failed == 0
    with (tmp_path / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    return row


def test_the_table_names_each_attribute_of_the_standard_once() -> None:
    words = [row.keyword for row in ATTRIBUTES]
    assert len(words) == len(set(words))
    assert not [word for word in words if tag_for_keyword(word) is None]


def test_columns_that_would_be_empty_without_identity_are_not_there() -> None:
    kept = metadata_columns(with_identity=False)
    assert kept[: len(OWN_COLUMNS)] == OWN_COLUMNS
    gone = {row.keyword for row in ATTRIBUTES if row.treatment is Treatment.REMOVED}
    assert not gone & set(kept)
    assert gone <= set(metadata_columns(with_identity=True))


def test_with_identity_the_row_says_what_the_file_says(tmp_path: Path) -> None:
    content = dicom_bytes(
        InstitutionName="Klinik Süd",
        SpecificCharacterSet="ISO_IR 100",
        ImageType=["ORIGINAL", "PRIMARY"],
        PixelSpacing=["0.14", "0.15"],
        KVP="125",
        ImageComments="=cmd()",
    )
    row = row_of(tmp_path, content)
    assert row["PatientName"] == "Muster^Erika"
    assert row["InstitutionName"] == "Klinik Süd"
    assert row["ImageType"] == "ORIGINAL\\PRIMARY"
    assert row["PixelSpacing"] == "0.14\\0.15"
    assert (row["row_spacing_mm"], row["column_spacing_mm"]) == ("0.14", "0.15")
    assert row["spacing_kind"] == "detector"
    assert row["KVP"] == "125"
    assert row["ImageComments"] == "'=cmd()"
    assert (row["age_years"], row["view"], row["bits_stored"]) == ("59", "PA", "12")
    assert (row["StudyDate"], row["suspected_text"]) == ("20240229", "")


def test_without_identity_the_facts_stay_and_the_names_go(tmp_path: Path) -> None:
    row = row_of(tmp_path, dicom_bytes(KVP="125", InstitutionName="X"), with_identity=False)
    assert "InstitutionName" not in row
    assert row["PatientName"] == row["PatientID"] != "MRN-1"
    assert (row["KVP"], row["ViewPosition"], row["PatientSex"]) == ("125", "PA", "F")
    assert row["PatientIdentityRemoved"] == "YES"
    assert row["DeidentificationMethodCodeSequence"] == "113100\\113107\\113108"


def test_a_private_element_has_no_column_whatever_is_asked(tmp_path: Path) -> None:
    assert not [name for name in metadata_columns(with_identity=True) if "Private" in name]


def test_a_picture_has_its_size_and_nothing_else(tmp_path: Path) -> None:
    row = row_of(tmp_path, png_bytes())
    assert (row["key"], row["kind"], row["rows_px"], row["columns_px"]) == ("a", "png", "48", "40")
    assert not any(row[attribute.keyword] for attribute in ATTRIBUTES)


def test_a_negative_number_stays_a_number_and_several_values_are_text(tmp_path: Path) -> None:
    content = dicom_bytes(RescaleIntercept="-100", DetectorActiveOrigin=["-1", "2"])
    row = row_of(tmp_path, content)
    assert row["RescaleIntercept"] == "-100"
    assert row["DetectorActiveOrigin"] == "'-1\\2"


def test_a_row_of_another_length_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 cells"):
        write_table(("a", "b"), [(1, 2), (1, 2, 3)], tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())
