"""Measurements of a report in its DICOM SR. Source: DICOM PS3.16 TID 1501, 300 and 320."""

from __future__ import annotations

import numpy as np
from highdicom import sr
from pydicom.sr.coding import Code

from cases.reports.content import ReportContent, ReportMeasurement
from cases.reports.identifiers import Reference, derived_uid, reference_of

# What is measured, and in what unit; "mm at detector" is said in the Tracking Identifier.
MEASURED = {
    "length": Code("410668003", "SCT", "Length"),
    "angle": Code("1483009", "SCT", "Angle"),
    "ctr": Code("118586006", "SCT", "Ratio"),
}
UNITS = {
    "mm": Code("mm", "UCUM", "millimeter"),
    "mm at detector": Code("mm", "UCUM", "millimeter"),
    "px": Code("{pixels}", "UCUM", "Pixels"),
    "°": Code("deg", "UCUM", "Degree"),
    "": Code("{ratio}", "UCUM", "ratio"),
}
# The line on the image that a measurement was inferred from.
PATH = Code("121055", "DCM", "Path")


def measurement_groups(
    content: ReportContent,
) -> list[sr.MeasurementsAndQualitativeEvaluations]:
    """TID 1501 for each measurement; its name and how it is to be read stand in the identifier."""
    groups = []
    for number, measured in enumerate(content.measurements, start=1):
        (image,) = (i for i in content.images if i.image_id == measured.image_id)
        source = reference_of(content, image)
        groups.append(
            sr.MeasurementsAndQualitativeEvaluations(
                tracking_identifier=sr.TrackingIdentifier(
                    uid=derived_uid("measurement", content.content_sha256, str(number)),
                    identifier=f"Measurement {number}: {measured.name}, {measured.text}",
                ),
                measurements=[_measured(measured, source)],
                source_images=[
                    sr.SourceImageForMeasurementGroup(source.sop_class_uid, source.sop_instance_uid)
                ],
            )
        )
    return groups


def _measured(measured: ReportMeasurement, source: Reference) -> sr.Measurement:
    """TID 300 with the lines it was inferred from (TID 320), in pixels of the source.

    One line for a length, one with its corner for an angle, heart then thorax for a ratio.
    """
    points = np.array(measured.points, dtype=np.float64).reshape(-1, 2)
    lines = (points[:2], points[2:]) if measured.kind == "ctr" else (points,)
    image = sr.SourceImageForRegion(source.sop_class_uid, source.sop_instance_uid)
    paths = [
        sr.CoordinatesForMeasurement(sr.GraphicTypeValues.POLYLINE, line, image, PATH)
        for line in (lines if len(points) else ())
    ]
    return sr.Measurement(
        name=MEASURED[measured.kind],
        value=round(measured.value, 6),
        unit=UNITS[measured.unit],
        referenced_coordinates=paths or None,
    )
