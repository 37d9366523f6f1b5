"""The report as a FHIR R4B bundle. Source: HL7 FHIR 4.3.0, DiagnosticReport and ImagingStudy.

``fhir.resources`` checks shape, not value sets: bound codes come from the enums of fhir_codes.
"""

from __future__ import annotations

import base64

from cases.reports.content import (
    ReportContent,
    ReportFinding,
    ReportMeasurement,
)
from cases.reports.dicom_header import signed_at
from cases.reports.fhir_codes import (
    CATEGORY,
    DICOM_UID,
    GENDERS,
    LOINC,
    MEASURED,
    MODALITY,
    RADLEX,
    ROLE,
    SECTIONS,
    SIDES,
    SNOMED,
    TAGS,
    UCUM,
    UNITS,
    ObservationStatus,
    ReportStatus,
    StudyStatus,
)
from cases.reports.identifiers import (
    Reference,
    derived_urn,
    reference_of,
    require_structured,
    study_uid,
)
from cases.reports.words import comparison

Json = dict[str, object]


def render_fhir(content: ReportContent, pdf: bytes) -> bytes:
    """UTF-8 JSON of a Bundle (collection) with ``pdf`` attached; equal arguments, equal bytes.

    Raises ReportNotStructured.
    """
    # heavy: pydantic models of all of FHIR
    from fhir.resources.R4B.bundle import Bundle

    require_structured(content)
    said = content.content_sha256
    observations = _observations(content)
    resources = [
        ("report", _report(content, pdf)),
        ("patient", _patient(content)),
        ("reader", _practitioner(content)),
        *[(f"study {uid}", _study(content, uid)) for uid in _studies(content)],
        *observations,
    ]
    bundle = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": signed_at(content).isoformat(timespec="seconds"),
            **_meta(content),
            "entry": [
                {"fullUrl": derived_urn(name, said), "resource": resource}
                for name, resource in resources
            ],
        }
    )
    return bundle.model_dump_json(indent=1).encode()


def _ref(content: ReportContent, name: str) -> Json:
    return {"reference": derived_urn(name, content.content_sha256)}


def _meta(content: ReportContent) -> Json:
    """Synthetic data are marked as test data; others carry no tag (FHIR has no empty lists)."""
    tag = {"system": TAGS, "code": "HTEST", "display": "test health data"}
    return {"meta": {"tag": [tag]}} if content.synthetic else {}


def _codeable(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def _report(content: ReportContent, pdf: bytes) -> Json:
    final = content.supersedes is None
    lines = (content.impression, "No finding, stated by the reader." * content.no_finding)
    report: Json = {
        "resourceType": "DiagnosticReport",
        "status": (ReportStatus.FINAL if final else ReportStatus.AMENDED).value,
        "identifier": [
            {
                "system": "urn:ietf:rfc:3986",
                "value": derived_urn("report", content.content_sha256),
            }
        ],
        "category": [_codeable(ROLE, "RAD", "Radiology")],
        "code": _codeable(LOINC, "18748-4", "Diagnostic imaging study"),
        "subject": _ref(content, "patient"),
        "issued": signed_at(content).isoformat(timespec="seconds"),
        "performer": [_ref(content, "reader")],
        "resultsInterpreter": [_ref(content, "reader")],
        "imagingStudy": [_ref(content, f"study {uid}") for uid in _studies(content)],
        "presentedForm": [
            {
                "contentType": "application/pdf",
                "title": f"Report version {content.version}",
                "data": base64.b64encode(pdf).decode(),
            }
        ],
    }
    if content.study.study_date:
        report["effectiveDateTime"] = content.study.study_date.isoformat()
    if results := _observations(content):
        report["result"] = [_ref(content, name) for name, _ in results]
    if conclusion := "\n".join(filter(None, lines)):
        report["conclusion"] = conclusion
    return report


def _patient(content: ReportContent) -> Json:
    patient = content.patient
    resource: Json = {
        "resourceType": "Patient",
        "gender": GENDERS[patient.sex].value,
    }
    if patient.mrn.strip():
        kind = _codeable("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record")
        resource["identifier"] = [{"type": kind, "value": patient.mrn.strip()}]
    if patient.name.strip():
        resource["name"] = [{"text": patient.name.strip()}]
    if patient.birth_date:
        resource["birthDate"] = patient.birth_date.isoformat()
    return resource


def _practitioner(content: ReportContent) -> Json:
    return {
        "resourceType": "Practitioner",
        "name": [{"text": content.reader.name.strip() or "Not stated"}],
    }


def _studies(content: ReportContent) -> dict[str, list[Reference]]:
    """Study Instance UID -> the instances of it that the report refers to."""
    studies: dict[str, list[Reference]] = {}
    for image in content.images:
        reference = reference_of(content, image)
        studies.setdefault(reference.study_instance_uid, []).append(reference)
    return studies


def _study(content: ReportContent, uid: str) -> Json:
    series: dict[str, list[Json]] = {}
    for one in _studies(content)[uid]:
        sop_class = {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{one.sop_class_uid}"}
        series.setdefault(one.series_instance_uid, []).append(
            {"uid": one.sop_instance_uid, "sopClass": sop_class}
        )
    modality = {"system": MODALITY, "code": content.study.modality or "OT"}
    study: Json = {
        "resourceType": "ImagingStudy",
        "status": StudyStatus.AVAILABLE.value,
        "identifier": [{"system": DICOM_UID, "value": f"urn:oid:{uid}"}],
        "subject": _ref(content, "patient"),
        "series": [
            {"uid": name, "modality": modality, "instance": instances}
            for name, instances in series.items()
        ],
    }
    if content.study.study_date and uid == study_uid(content):
        study["started"] = content.study.study_date.isoformat()
    return study


def _observations(content: ReportContent) -> list[tuple[str, Json]]:
    """Findings, then measurements, then the sections of the text, each under its name."""
    texts = {
        "technique": content.technique,
        "findings": content.findings_text,
        "comparison": comparison(content),
        "impression": content.impression,
        "recommendation": content.recommendation,
    }
    if content.format == 1:  # such a bundle had its findings alone
        texts = {}
    sections = [
        (
            f"section {name}",
            _stated(content, _codeable(LOINC, *SECTIONS[name])) | {"valueString": t},
        )
        for name, t in texts.items()
        if t.strip()
    ]
    measured = [
        (f"measurement {number}", _measurement(content, m))
        for number, m in enumerate(content.measurements, start=1)
    ]
    found = [(f"finding {f.number}", _observation(content, f)) for f in content.findings]
    return [*found, *measured, *sections]


def _stated(content: ReportContent, code: Json) -> Json:
    """What every observation of the report has."""
    return {
        "resourceType": "Observation",
        "status": ObservationStatus.FINAL.value,
        "category": [_codeable(CATEGORY, "imaging", "Imaging")],
        "code": code,
        "subject": _ref(content, "patient"),
        "performer": [_ref(content, "reader")],
        "issued": signed_at(content).isoformat(timespec="seconds"),
    }


def _measurement(content: ReportContent, measured: ReportMeasurement) -> Json:
    """``unit`` is what a person reads ("mm at detector"), ``code`` is UCUM."""
    quantity: Json = {"value": measured.value, "system": UCUM, "code": UNITS[measured.unit]}
    if measured.unit:
        quantity["unit"] = measured.unit
    (image,) = (i for i in content.images if i.image_id == measured.image_id)
    code = _codeable(SNOMED, *MEASURED[measured.kind]) | {"text": measured.name}
    note = [{"text": f"{measured.text}; {image.caption}"}]
    return _stated(content, code) | {"valueQuantity": quantity, "note": note}


def _observation(content: ReportContent, finding: ReportFinding) -> Json:
    """The finding is the value; box and score are components in words and numbers."""
    observation = _stated(content, _codeable(LOINC, "59776-5", "Procedure findings")) | {
        "valueCodeableConcept": _finding(finding),
        "note": [{"text": text} for text in _said(finding)],
    }
    if finding.laterality in SIDES:
        observation["bodySite"] = _codeable(SNOMED, *SIDES[finding.laterality])
    if finding.model_score is not None:
        kind = "probability" if content.model.calibrated else "score, not calibrated"
        name = f"{content.model.name} {content.model.version} {kind}".strip()
        value = {"value": finding.model_score}
        observation["component"] = [{"code": {"text": name}, "valueQuantity": value}]
    return observation


def _finding(finding: ReportFinding) -> Json:
    pairs = ((SNOMED, finding.snomed_ct), (RADLEX, finding.radlex))
    coding = [{"system": s, "code": c, "display": finding.label} for s, c in pairs if c]
    return {"coding": coding, "text": finding.label} if coding else {"text": finding.label}


def _said(finding: ReportFinding) -> list[str]:
    said = f"{finding.certainty.value.lower()}; {finding.decision.value.lower()}"
    notes = [f"Finding {finding.number}: {said}"]
    if box := finding.box:
        sides = ", ".join(f"{n:g}" for n in (box.x_min, box.y_min, box.x_max, box.y_max))
        notes.append(f"Box x_min, y_min, x_max, y_max in pixels of the original: {sides}")
    return notes + ([finding.comment] if finding.comment.strip() else [])
