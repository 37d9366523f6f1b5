"""The DICOM attributes that are extracted, one table: what it holds is written, nothing else is.

Each attribute has a treatment, which says what is left of it when identity goes. Whatever is not in
the table (private elements, overlays, curves, comments, other sequences) never leaves a file.
Source: DICOM PS3.3 A.2, A.26 (CR and DX objects), PS3.15 Annex E, table E.1-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """What de-identification makes of a value."""

    NUMBER = "number"  # kept, written afresh from the number that it is
    TERM = "term"  # kept where each value is a listed technical term, else empty
    CODES = "codes"  # the code values of a sequence, kept where listed
    CLASS_UID = "class"  # kept where the standard defines it
    UID = "uid"  # mapped with the secret key
    DATE = "date"  # moved by the days of the patient
    AGE = "age"  # in years, 90 and above pooled
    VENDOR = "vendor"  # the name of a known maker, else empty
    PATIENT = "patient"  # the pseudonym of the patient
    STATED = "stated"  # what de-identification says of itself
    EMPTY = "empty"  # stays as an empty element (types 1 and 2 of the modules), no column
    REMOVED = "removed"  # no element, no column


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of the table. ``keyword`` is that of the standard's dictionary (PS3.6)."""

    module: str
    keyword: str
    treatment: Treatment


_TABLE = {
    "Patient": """
        PatientName:patient PatientID:patient IssuerOfPatientID:removed PatientBirthDate:empty
        PatientBirthTime:removed PatientSex:term OtherPatientIDs:removed OtherPatientNames:removed
        EthnicGroup:removed PatientComments:removed PatientSpeciesDescription:term
        PatientSpeciesCodeSequence:codes PatientBreedDescription:removed ResponsiblePerson:removed
        ResponsibleOrganization:removed PatientIdentityRemoved:stated DeidentificationMethod:stated
        DeidentificationMethodCodeSequence:stated LongitudinalTemporalInformationModified:stated""",
    "Patient Study": """
        PatientAge:age PatientSize:removed PatientWeight:removed
        AdmittingDiagnosesDescription:removed
        MedicalAlerts:removed Allergies:removed SmokingStatus:removed PregnancyStatus:removed
        LastMenstrualDate:removed Occupation:removed AdditionalPatientHistory:removed
        AdmissionID:removed PatientSexNeutered:removed""",
    "General Study": """
        StudyInstanceUID:uid StudyDate:date StudyTime:empty StudyID:empty AccessionNumber:empty
        ReferringPhysicianName:empty StudyDescription:removed PhysiciansOfRecord:removed
        NameOfPhysiciansReadingStudy:removed RequestingPhysician:removed RequestingService:removed
        ReasonForStudy:removed""",
    "General Series": """
        Modality:term SeriesInstanceUID:uid SeriesNumber:number SeriesDate:date SeriesTime:removed
        SeriesDescription:removed Laterality:term BodyPartExamined:term PatientPosition:term
        ProtocolName:removed PerformingPhysicianName:removed OperatorsName:removed
        PerformedProcedureStepID:removed PerformedProcedureStepDescription:removed
        PerformedProcedureStepStartDate:date PerformedProcedureStepStartTime:removed
        PresentationIntentType:term""",
    "General Equipment": """
        Manufacturer:vendor ManufacturerModelName:removed InstitutionName:removed
        InstitutionAddress:removed InstitutionalDepartmentName:removed StationName:removed
        DeviceSerialNumber:removed DeviceUID:removed SoftwareVersions:removed
        DateOfLastCalibration:removed TimeOfLastCalibration:removed PixelPaddingValue:number
        PixelPaddingRangeLimit:number SpatialResolution:number""",
    "General Image": """
        InstanceNumber:number ImageType:term AcquisitionNumber:number AcquisitionDate:date
        AcquisitionTime:removed AcquisitionDateTime:removed ContentDate:date ContentTime:empty
        PatientOrientation:term ImageLaterality:term ImageComments:removed
        DerivationDescription:removed QualityControlImage:term BurnedInAnnotation:term
        RecognizableVisualFeatures:term LossyImageCompression:term
        LossyImageCompressionRatio:number LossyImageCompressionMethod:term
        ImagesInAcquisition:number""",
    "Image Pixel": """
        SamplesPerPixel:number PhotometricInterpretation:term Rows:number Columns:number
        BitsAllocated:number BitsStored:number HighBit:number PixelRepresentation:number
        SmallestImagePixelValue:number LargestImagePixelValue:number PixelAspectRatio:number
        NumberOfFrames:number""",
    "Grey scale": """
        PixelIntensityRelationship:term PixelIntensityRelationshipSign:number
        RescaleIntercept:number RescaleSlope:number RescaleType:term WindowCenter:number
        WindowWidth:number WindowCenterWidthExplanation:removed VOILUTFunction:term
        PresentationLUTShape:term""",
    "Spacing": """
        PixelSpacing:number ImagerPixelSpacing:number NominalScannedPixelSpacing:number
        PixelSpacingCalibrationType:term PixelSpacingCalibrationDescription:removed
        EstimatedRadiographicMagnificationFactor:number""",
    "Positioning": """
        ViewPosition:term ViewCodeSequence:codes AnatomicRegionSequence:codes PositionerType:term
        PositionerPrimaryAngle:number PositionerSecondaryAngle:number DetectorPrimaryAngle:number
        DetectorSecondaryAngle:number DistanceSourceToDetector:number
        DistanceSourceToPatient:number ColumnAngulation:number TableType:term TableAngle:number
        TableHeight:number BodyPartThickness:number CompressionForce:number
        CassetteOrientation:term CassetteSize:term""",
    "Exposure": """
        KVP:number XRayTubeCurrent:number XRayTubeCurrentInuA:number ExposureTime:number
        ExposureTimeInuS:number Exposure:number ExposureInuAs:number Sensitivity:number
        RelativeXRayExposure:number ExposureIndex:number TargetExposureIndex:number
        DeviationIndex:number ExposureStatus:term ExposureControlMode:term
        ExposureControlModeDescription:removed PhototimerSetting:number EntranceDose:number
        EntranceDoseInmGy:number ExposedArea:number ImageAndFluoroscopyAreaDoseProduct:number
        DistanceSourceToEntrance:number DistanceSourceToSupport:number OrganDose:number
        OrganExposed:term HalfValueLayer:number FocalSpots:number GeneratorPower:number
        RectificationType:term AnodeTargetMaterial:term AveragePulseWidth:number
        CommentsOnRadiationDose:removed""",
    "Filter, grid, collimator": """
        FilterType:term FilterMaterial:term FilterThicknessMinimum:number
        FilterThicknessMaximum:number Grid:term GridAbsorbingMaterial:term GridSpacingMaterial:term
        GridThickness:number GridPitch:number GridAspectRatio:number GridPeriod:number
        GridFocalDistance:number CollimatorGridName:removed CollimatorType:removed
        CollimatorShape:term CollimatorLeftVerticalEdge:number CollimatorRightVerticalEdge:number
        CollimatorUpperHorizontalEdge:number CollimatorLowerHorizontalEdge:number
        CenterOfCircularCollimator:number RadiusOfCircularCollimator:number
        VerticesOfThePolygonalCollimator:number""",
    "Detector": """
        PlateType:removed PhosphorType:removed PlateID:removed CassetteID:removed
        DetectorType:term DetectorConfiguration:term DetectorDescription:removed DetectorID:removed
        DetectorMode:removed DetectorManufacturerName:vendor
        DetectorManufacturerModelName:removed DetectorTemperature:number
        DetectorConditionsNominalFlag:term DetectorActiveShape:term
        DetectorActiveDimensions:number DetectorActiveOrigin:number
        DetectorElementPhysicalSize:number DetectorElementSpacing:number DetectorBinning:number
        FieldOfViewShape:term FieldOfViewDimensions:number FieldOfViewOrigin:number
        FieldOfViewRotation:number FieldOfViewHorizontalFlip:term
        DateOfLastDetectorCalibration:removed TimeOfLastDetectorCalibration:removed
        ExposuresOnDetectorSinceLastCalibration:number
        ExposuresOnDetectorSinceManufactured:number DetectorTimeSinceLastExposure:number
        AcquisitionDeviceProcessingDescription:removed AcquisitionDeviceProcessingCode:removed
        ProcessingFunction:removed PostprocessingFunction:removed""",
    "SOP Common": """
        SOPClassUID:class SOPInstanceUID:uid InstanceCreationDate:date InstanceCreationTime:removed
        InstanceCreatorUID:removed TimezoneOffsetFromUTC:removed SpecificCharacterSet:removed
        ConversionType:term""",
}


def _rows() -> tuple[Attribute, ...]:
    pairs = (
        (module, *entry.split(":")) for module, text in _TABLE.items() for entry in text.split()
    )
    return tuple(Attribute(module, word, Treatment(how)) for module, word, how in pairs)


ATTRIBUTES = _rows()
_NO_COLUMN = frozenset((Treatment.EMPTY, Treatment.REMOVED))


def columns_of(*, with_identity: bool) -> tuple[str, ...]:
    """The keywords that have a column, in the order of the table."""
    return tuple(
        row.keyword for row in ATTRIBUTES if with_identity or row.treatment not in _NO_COLUMN
    )
