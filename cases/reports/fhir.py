"""The report as a FHIR R4B bundle. Source: HL7 FHIR 4.3.0, DiagnosticReport and ImagingStudy.

``fhir.resources`` checks shape, not value sets: bound codes come from the enums here.
"""

from __future__ import annotations

import base64
from enum import StrEnum

from cases.reports.content import Laterality, ReportContent, ReportFinding, Sex
from cases.reports.dicom_header import signed_at
from cases.reports.identifiers import (
    Reference,
    derived_urn,
    reference_of,
    require_structured,
    study_uid,
)

Json = dict[str, object]
SNOMED, RADLEX = "http://snomed.info/sct", "http://radlex.org"
LOINC, DICOM_UID = "http://loinc.org", "urn:dicom:uid"
MODALITY = "http://dicom.nema.org/resources/ontology/DCM"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ROLE = "http://terminology.hl7.org/CodeSystem/v2-0074"
TAGS = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


class ReportStatus(StrEnum):
    """Of the value set diagnostic-report-status."""

    FINAL = "final"
    AMENDED = "amended"


class ObservationStatus(StrEnum):
    """Of the value set observation-status."""

    FINAL = "final"


class StudyStatus(StrEnum):
    """Of the value set imagingstudy-status."""

    AVAILABLE = "available"


class Gender(StrEnum):
    """Of the value set administrative-gender."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


GENDERS = {
    Sex.MALE: Gender.MALE,
    Sex.FEMALE: Gender.FEMALE,
    Sex.OTHER: Gender.OTHER,
    Sex.UNKNOWN: Gender.UNKNOWN,
}
SIDES = {
    Laterality.LEFT: ("7771000", "Left"),
    Laterality.RIGHT: ("24028007", "Right"),
    Laterality.BOTH: ("51440002", "Right and left"),
}


def render_fhir(content: ReportContent, pdf: bytes) -> bytes:
    """UTF-8 JSON of a Bundle (collection) with ``pdf`` attached; equal arguments, equal bytes.

    Raises ReportNotStructured.
    """
    # heavy: pydantic models of all of FHIR
    from fhir.resources.R4B.bundle import Bundle

    require_structured(content)
    said = content.content_sha256
    observations = [(f"finding {f.number}", _observation(content, f)) for f in content.findings]
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
    if content.findings:
        report["result"] = [_ref(content, f"finding {f.number}") for f in content.findings]
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


def _observation(content: ReportContent, finding: ReportFinding) -> Json:
    """The finding is the value; box and score are components in words and numbers."""
    observation: Json = {
        "resourceType": "Observation",
        "status": ObservationStatus.FINAL.value,
        "category": [_codeable(CATEGORY, "imaging", "Imaging")],
        "code": _codeable(LOINC, "59776-5", "Procedure findings"),
        "subject": _ref(content, "patient"),
        "performer": [_ref(content, "reader")],
        "issued": signed_at(content).isoformat(timespec="seconds"),
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
