"""SR, Secondary Capture and FHIR of one report, checked by reading them back and by validators."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pydicom
import pytest

from cases.reports.content import ModelBlock, PatientBlock, Sex
from cases.reports.errors import ReportImageInvalid, ReportNotStructured
from cases.reports.fhir import render_fhir
from cases.reports.identifiers import derived_uid
from cases.reports.secondary_capture import annotated_capture, source_capture
from cases.reports.sr import render_sr
from tests.cases.reports.samples import (
    MEASURED,
    WRITTEN,
    make_content,
    make_pictures,
    make_structured,
)

FAR = PatientBlock(
    "Nguyễn Thị Ánh Παπαδόπουλος Дмитрий", "M^7\\8", date(1957, 3, 2), 68, Sex.FEMALE
)


def read(data: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(data))


def items(dataset: Any, meaning: str) -> list[Any]:
    """All content items of that concept name, at any depth."""
    found = []
    for item in dataset.get("ContentSequence", []):
        names = item.get("ConceptNameCodeSequence", [])
        found += [item] if any(n.CodeMeaning == meaning for n in names) else []
        found += items(item, meaning)
    return found


def files_of(*, dicom: bool, **changes: Any) -> dict[str, bytes]:
    content, pixels = make_structured(dicom=dicom, **changes), make_pictures()["pa"]
    (image,) = content.images
    files = {"sr": render_sr(content), "marked": annotated_capture(content, image, pixels)}
    return files if dicom else files | {"plain": source_capture(content, image, pixels)}


@pytest.mark.parametrize("dicom", [True, False])
def test_equal_contents_give_equal_bytes(dicom: bool) -> None:
    assert files_of(dicom=dicom) == files_of(dicom=dicom)
    content = make_structured(dicom=dicom)
    assert render_fhir(content, b"%PDF") == render_fhir(content, b"%PDF")


def test_another_content_has_another_uid() -> None:
    one, other = (read(render_sr(make_structured(impression=text))) for text in ("a", "b"))
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert derived_uid("ab", "c") != derived_uid("a", "bc")


def test_a_box_is_a_closed_line_in_pixels_of_the_original() -> None:
    report = read(render_sr(make_structured()))
    (region,) = items(report, "Image Region")
    assert region.GraphicData == [40, 50, 120, 50, 120, 150, 40, 150, 40, 50]
    source = region.ContentSequence[0].ReferencedSOPSequence[0]
    assert source.ReferencedSOPInstanceUID == "1.2.3.4"
    assert len(items(report, "Source of Measurement")) == 2


def test_findings_are_coded_by_standards_only() -> None:
    report = read(render_sr(make_structured()))
    codes = [
        item.ConceptCodeSequence[0]
        for item in items(report, "Finding")
        if "ConceptCodeSequence" in item
    ]
    said = [(code.CodingSchemeDesignator, code.CodeValue) for code in codes]
    assert said == [("SCT", "60046008"), ("RADLEX", "RID4866"), ("SCT", "404684003")]
    texts = [item.TextValue for item in items(report, "Tracking Identifier")]
    assert texts[2] == "Finding 3: Hernia (certain, drawn)"
    assert len({item.UID for item in items(report, "Tracking Unique Identifier")}) == 3


def test_only_a_calibrated_score_is_called_a_probability() -> None:
    plain = read(render_sr(make_structured()))
    (score,) = items(plain, "Certainty of Finding")
    assert float(score.MeasuredValueSequence[0].NumericValue) == 87.5
    assert items(plain, "Probability") == []
    model = ModelBlock("m", "1", "ab" * 32, calibrated=True)
    (chance,) = items(read(render_sr(make_structured(model=model))), "Probability")
    assert float(chance.MeasuredValueSequence[0].NumericValue) == 0.875


def test_the_algorithm_stands_only_with_what_it_proposed() -> None:
    names = items(read(render_sr(make_structured())), "Algorithm Name")
    assert [name.TextValue for name in names] == ["cxr-multitask"]


def test_a_picture_is_referred_to_through_its_capture() -> None:
    files = files_of(dicom=False)
    plain = read(files["plain"])
    (region,) = items(read(files["sr"]), "Image Region")
    source = region.ContentSequence[0].ReferencedSOPSequence[0]
    assert source.ReferencedSOPInstanceUID == plain.SOPInstanceUID
    assert (plain.pixel_array == make_pictures()["pa"]).all()
    assert read(files["sr"]).StudyInstanceUID == plain.StudyInstanceUID


def test_a_marked_capture_says_so_and_holds_the_box() -> None:
    marked = read(files_of(dicom=True)["marked"])
    assert marked.BurnedInAnnotation == "YES"
    assert marked.SourceImageSequence[0].ReferencedSOPInstanceUID == "1.2.3.4"
    pixels = marked.pixel_array
    assert tuple(pixels[100, 40]) == (255, 214, 10)  # left side of the box
    red, green, blue = pixels[100, 80]  # inside: grey as it was
    assert red == green == blue == make_pictures()["pa"][100, 80]


def test_synthetic_data_are_marked_in_each_file() -> None:
    content = make_structured(synthetic=True)
    assert b"SYNTHETIC" in render_sr(content)
    assert b"SYNTHETIC" in files_of(dicom=True, synthetic=True)["marked"]
    assert json.loads(render_fhir(content, b""))["meta"]["tag"][0]["code"] == "HTEST"


def test_other_pixels_than_the_signed_ones_are_refused() -> None:
    content, pixels = make_structured(), make_pictures()["pa"].copy()
    pixels[0, 0] += 1
    with pytest.raises(ReportImageInvalid):
        annotated_capture(content, content.images[0], pixels)


@pytest.mark.parametrize("content", [make_content(), make_structured(signed_at=None)])
def test_drafts_and_versions_without_frozen_pixels_have_none(content: Any) -> None:
    with pytest.raises(ReportNotStructured):
        render_sr(content)
    with pytest.raises(ReportNotStructured):
        render_fhir(content, b"")


def test_the_bundle_refers_to_nothing_outside_itself() -> None:
    content = make_structured(version=2, supersedes=1, amendment_reason="Overlooked.")
    bundle = json.loads(render_fhir(content, b"%PDF"))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == ["DiagnosticReport", "Patient", "Practitioner", "ImagingStudy"] + 5 * [
        "Observation"
    ]
    report = bundle["entry"][0]["resource"]
    assert report["status"] == "amended"
    referred = [
        r["reference"] for key in ("result", "imagingStudy", "performer") for r in report[key]
    ]
    assert {*referred, report["subject"]["reference"]} <= {e["fullUrl"] for e in bundle["entry"]}
    study = bundle["entry"][3]["resource"]
    assert study["identifier"][0]["value"] == "urn:oid:1.2.3"


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dicom3tools is not installed")
@pytest.mark.parametrize("dicom", [True, False])
@pytest.mark.parametrize("changes", [{}, {"findings": (), "no_finding": True}, WRITTEN])
def test_a_validator_finds_no_error(dicom: bool, changes: dict[str, Any], tmp_path: Path) -> None:
    files = files_of(dicom=dicom, patient=FAR, synthetic=not dicom, **changes)
    for name, data in files.items():
        path = tmp_path / f"{name}.dcm"
        path.write_bytes(data)
        done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert "Error" not in said, said
        assert "SCImage" in said or "ComprehensiveSR" in said


def test_a_measurement_has_the_lines_it_was_inferred_from() -> None:
    report = read(render_sr(make_structured(measurements=MEASURED)))
    length, _, old = items(report, "Length")
    (path,) = length.ContentSequence
    assert (path.ValueType, path.GraphicType, path.RelationshipType) == (
        "SCOORD", "POLYLINE", "INFERRED FROM",
    )  # fmt: skip
    assert path.GraphicData == [1, 2, 30, 40.5]
    source = path.ContentSequence[0]
    assert source.RelationshipType == "SELECTED FROM"
    assert source.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.2.3.4"
    assert "ContentSequence" not in old
    (angle,) = items(report, "Angle")
    assert angle.ContentSequence[0].GraphicData == [10, 10, 50, 90, 10, 90]
    (ratio,) = items(report, "Ratio")
    heart, thorax = (line.GraphicData for line in ratio.ContentSequence)
    assert (heart, thorax) == ([40, 99, 92, 99], [20, 120, 119, 120])


@pytest.mark.skipif(not shutil.which("dsrdump"), reason="dcmtk is not installed")
def test_another_toolkit_reads_the_lines_of_measurements(tmp_path: Path) -> None:
    path = tmp_path / "report.dcm"
    path.write_bytes(render_sr(make_structured(measurements=MEASURED)))
    done = subprocess.run(["dsrdump", str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.count("<inferred from SCOORD") == 5, done.stdout
    assert "E:" not in done.stderr, done.stderr


@pytest.mark.skipif(not shutil.which("dsrdump"), reason="dcmtk is not installed")
def test_another_toolkit_reads_the_report(tmp_path: Path) -> None:
    path = tmp_path / "report.dcm"
    path.write_bytes(render_sr(make_structured(findings=(), no_finding=True)))
    done = subprocess.run(["dsrdump", str(path)], capture_output=True, text=True, check=True)
    assert "The reader stated: no finding" in done.stdout


@pytest.mark.parametrize(("no_finding", "said"), [(True, "stated by"), (False, "listed")])
def test_a_report_without_findings_claims_no_more_than_was_said(
    no_finding: bool, said: str
) -> None:
    report = read(render_sr(make_structured(findings=(), no_finding=no_finding)))
    (name,) = items(report, "Tracking Identifier")
    assert said in name.TextValue
    assert [item for item in items(report, "Finding") if "ConceptCodeSequence" in item] == []


def test_a_hash_covers_the_pixels() -> None:
    content = make_structured()
    other = replace(content, images=(replace(content.images[0], picture_sha256="0" * 64),))
    assert other.content_sha256 != content.content_sha256


def test_measurements_have_a_code_a_value_and_a_unit_and_say_how_to_read_it() -> None:
    report = read(render_sr(make_structured(measurements=MEASURED)))
    said = {
        (name, item.MeasuredValueSequence[0].NumericValue, unit.CodeValue)
        for name in ("Length", "Angle", "Ratio")
        for item in items(report, name)
        for unit in item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence
    }
    assert said == {
        ("Length", 123.44, "mm"),
        ("Length", 40, "mm"),
        ("Length", 88, "{pixels}"),
        ("Angle", 37.5, "deg"),
        ("Ratio", 0.5249, "{ratio}"),
    }
    names = [item.TextValue for item in items(report, "Tracking Identifier")]
    assert "Measurement 1: Length, 123.4 mm at detector" in names
    assert "Measurement 5: Cardiothoracic ratio, 0.52" in names


def test_the_sections_stand_in_the_report_and_in_the_bundle() -> None:
    content = make_structured(**WRITTEN)
    report = read(render_sr(content))
    texts = {
        meaning: [i.TextValue for i in items(report, meaning) if "TextValue" in i]
        for meaning in ("Procedure Description", "Recommendation", "Comment", "Finding")
    }
    assert texts["Procedure Description"] == ["PA, erect."]
    assert texts["Recommendation"] == ["Follow-up in six weeks."]
    assert "Nodule, left, 2025-01-02: Stable" in texts["Comment"][0]
    assert texts["Finding"][0].startswith("Small left pleural effusion.")
    bundle = json.loads(render_fhir(content, b"%PDF"))
    found = [e["resource"] for e in bundle["entry"] if "valueString" in e["resource"]]
    assert [o["code"]["coding"][0]["code"] for o in found] == [
        "55111-9", "59776-5", "18834-2", "19005-8", "18783-1",
    ]  # fmt: skip
    sized = [e["resource"] for e in bundle["entry"] if "valueQuantity" in e["resource"]]
    assert sized[0]["valueQuantity"]["unit"] == "mm at detector"
    assert sized[0]["valueQuantity"]["code"] == "mm"


def test_a_version_of_the_first_format_gives_the_bundle_it_always_gave() -> None:
    bundle = json.loads(render_fhir(make_structured(format=1), b"%PDF"))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds.count("Observation") == 3
