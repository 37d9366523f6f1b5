"""The report as a DICOM Structured Report. Source: DICOM PS3.16 TID 1500, 1410 and 1501."""

from __future__ import annotations

import numpy as np
from highdicom import sr
from pydicom import Dataset
from pydicom.sr.coding import Code

from cases.reports import words
from cases.reports.content import (
    Decision,
    Laterality,
    ReportBox,
    ReportContent,
    ReportFinding,
    ReportImage,
)
from cases.reports.dicom_header import (
    MAKER,
    file_bytes,
    long_string,
    person_name,
    set_identity,
    signed_at,
)
from cases.reports.identifiers import (
    derived_uid,
    reference_of,
    require_structured,
    study_uid,
)
from cases.reports.sr_measurements import measurement_groups

CHEST = Code("51185008", "SCT", "Thoracic structure")
FINDING = Code("404684003", "SCT", "Clinical finding")
SIDES = {
    Laterality.LEFT: Code("7771000", "SCT", "Left"),
    Laterality.RIGHT: Code("24028007", "SCT", "Right"),
    Laterality.BOTH: Code("51440002", "SCT", "Right and left"),
}
PROBABILITY = Code("122157", "DCM", "Probability")
CERTAINTY = Code("111012", "DCM", "Certainty of Finding")
UNIT_RATIO = Code("{0:1}", "UCUM", "range 0:1")
PERCENT = Code("%", "UCUM", "Percent")
TITLE = Code("126000", "DCM", "Imaging Measurement Report")
PROCEDURE = Code("168537006", "SCT", "Plain radiography")

Group = sr.PlanarROIMeasurementsAndQualitativeEvaluations | sr.MeasurementsAndQualitativeEvaluations


def render_sr(content: ReportContent) -> bytes:
    """The DICOM file of one signed version; equal contents give equal bytes.

    Regions are in pixels of the original, or of the Secondary Capture that stands for a PNG or
    JPEG. Raises ReportNotStructured.
    """
    require_structured(content)
    report = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_person_context=_observer(content)),
        procedure_reported=PROCEDURE,
        imaging_measurements=[*_stated(content), *measurement_groups(content)],
        title=TITLE,
    )
    _add_text(report, content)
    document = sr.ComprehensiveSR(
        evidence=[_evidence(content, image) for image in content.images],
        content=report[0],
        series_instance_uid=derived_uid("series", "sr", content.content_sha256),
        series_number=9002,
        sop_instance_uid=derived_uid("sr", content.content_sha256),
        instance_number=content.version,
        manufacturer=MAKER,
        is_complete=True,
        is_final=True,
        is_verified=True,
        verifying_observer_name=_reader(content),
        verifying_organization=_organization(content),
    )
    _freeze_times(document, content)
    return file_bytes(document)


def finding_code(finding: ReportFinding) -> Code:
    """SNOMED CT, else RadLex, else "Clinical finding": what it is called is in its identifier."""
    if finding.snomed_ct:
        return Code(finding.snomed_ct, "SCT", finding.label)
    if finding.radlex:
        return Code(finding.radlex, "RADLEX", finding.label)
    return FINDING


def tracking_text(finding: ReportFinding) -> str:
    """Number, label, certainty and how it was decided: what the codes do not say."""
    said = f"{finding.certainty.value.lower()}, {finding.decision.value.lower()}"
    return f"Finding {finding.number}: {finding.label} ({said})"


def _reader(content: ReportContent) -> str:
    return person_name(content.reader.name) or person_name("Not stated")


def _organization(content: ReportContent) -> str:
    return long_string(content.institution) or "Not stated"


def _observer(content: ReportContent) -> sr.ObserverContext:
    return sr.ObserverContext(
        observer_type=sr.CodedConcept("121006", "DCM", "Person"),
        observer_identifying_attributes=sr.PersonObserverIdentifyingAttributes(
            name=_reader(content), organization_name=_organization(content)
        ),
    )


def _group(content: ReportContent, finding: ReportFinding) -> Group:
    """TID 1410 for a finding with a box, TID 1501 for one of the whole image."""
    (image,) = (i for i in content.images if i.image_id == finding.image_id)
    source = reference_of(content, image)
    algorithm = _algorithm(content, finding)
    tracking = sr.TrackingIdentifier(
        uid=derived_uid("finding", content.content_sha256, str(finding.number)),
        identifier=tracking_text(finding),
    )
    site = sr.FindingSite(CHEST, laterality=SIDES.get(finding.laterality))
    measured = _score(content, finding)
    if finding.box is None:
        return sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            finding_type=finding_code(finding),
            algorithm_id=algorithm,
            finding_sites=[site],
            measurements=measured,
            source_images=[
                sr.SourceImageForMeasurementGroup(source.sop_class_uid, source.sop_instance_uid)
            ],
        )
    region = sr.ImageRegion(
        graphic_type=sr.GraphicTypeValues.POLYLINE,
        graphic_data=_corners(finding.box, image),
        source_image=sr.SourceImageForRegion(source.sop_class_uid, source.sop_instance_uid),
    )
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        referenced_region=region,
        finding_type=finding_code(finding),
        algorithm_id=algorithm,
        finding_sites=[site],
        measurements=measured,
    )


def _stated(content: ReportContent) -> list[Group]:
    groups = [_group(content, finding) for finding in content.findings]
    return groups or [_nothing_listed(content, image) for image in content.images]


def _nothing_listed(
    content: ReportContent, image: ReportImage
) -> sr.MeasurementsAndQualitativeEvaluations:
    """TID 1500 wants a group: one that names the image and, in words, what was stated of it.

    It has no Finding: a code would say more than the reader did.
    """
    source = reference_of(content, image)
    said = "no finding, stated by the reader" if content.no_finding else "no finding listed"
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=derived_uid("nothing", content.content_sha256, image.image_id),
            identifier=f"{image.caption}: {said}",
        ),
        source_images=[
            sr.SourceImageForMeasurementGroup(source.sop_class_uid, source.sop_instance_uid)
        ],
    )


def _corners(box: ReportBox, image: ReportImage) -> np.ndarray:
    """(5, 2) column, row: a closed line, inside the image. Source: DICOM PS3.3 C.18.6.1.2."""
    left, right = max(box.x_min, 0.0), min(box.x_max, float(image.columns))
    top, bottom = max(box.y_min, 0.0), min(box.y_max, float(image.rows))
    ring = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return np.array(ring, dtype=np.float64)


def _algorithm(content: ReportContent, finding: ReportFinding) -> sr.AlgorithmIdentification | None:
    """Names the model of a proposal the reader took over or corrected; a drawn finding has none."""
    model = content.model
    if finding.decision is Decision.DRAWN or not model.name:
        return None
    return sr.AlgorithmIdentification(
        name=model.name,
        version=model.version or "not stated",
        parameters=[f"sha256={model.sha256}"] if model.sha256 else None,
    )


def _score(content: ReportContent, finding: ReportFinding) -> list[sr.Measurement] | None:
    """A calibrated score is a probability; any other is the certainty the device states."""
    if finding.model_score is None:
        return None
    if content.model.calibrated:
        value, name, unit = finding.model_score, PROBABILITY, UNIT_RATIO
    else:
        value, name, unit = finding.model_score * 100, CERTAINTY, PERCENT
    return [sr.Measurement(name=name, value=round(value, 6), unit=unit)]


def _add_text(report: sr.MeasurementReport, content: ReportContent) -> None:
    """TID 1500 may be extended: what the reader wrote stands under the root."""
    no_finding = "The reader stated: no finding." if content.no_finding else ""
    comments = "\n".join(
        f"Finding {finding.number}: {finding.comment}"
        for finding in content.findings
        if finding.comment
    )
    found = "\n".join(filter(None, (content.findings_text, content.notes, comments)))
    texts = (
        (Code("121060", "DCM", "History"), content.clinical_question),
        (Code("121065", "DCM", "Procedure Description"), content.technique),
        (Code("121077", "DCM", "Conclusion"), no_finding),
        (Code("121071", "DCM", "Finding"), found),
        (Code("121106", "DCM", "Comment"), _comparison(content)),
        (Code("121073", "DCM", "Impression"), content.impression),
        (Code("121075", "DCM", "Recommendation"), content.recommendation),
        (Code("121106", "DCM", "Comment"), content.amendment_reason),
        (Code("121106", "DCM", "Comment"), "SYNTHETIC - not a patient" * content.synthetic),
    )
    for name, text in texts:
        if text.strip():
            item = sr.TextContentItem(
                name=name, value=text, relationship_type=sr.RelationshipTypeValues.CONTAINS
            )
            report[0].ContentSequence.append(item)


def _comparison(content: ReportContent) -> str:
    said = words.comparison(content)
    return f"Comparison: {said}" if said else ""


def _evidence(content: ReportContent, image: ReportImage) -> Dataset:
    """What highdicom asks of an image that is referred to."""
    dataset = Dataset()
    set_identity(dataset, content)
    source = reference_of(content, image)
    dataset.SOPClassUID = source.sop_class_uid
    dataset.SOPInstanceUID = source.sop_instance_uid
    dataset.StudyInstanceUID = source.study_instance_uid
    dataset.SeriesInstanceUID = source.series_instance_uid
    dataset.Rows, dataset.Columns = image.rows, image.columns
    return dataset


def _freeze_times(document: Dataset, content: ReportContent) -> None:
    """The library writes the present time; a report has that of its signature."""
    set_identity(document, content)
    document.StudyInstanceUID = study_uid(content)
    moment = signed_at(content)
    stamp = f"{moment:%Y%m%d%H%M%S}+0000"
    document.VerifyingObserverSequence[0].VerificationDateTime = stamp
    for equipment in document.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = stamp
