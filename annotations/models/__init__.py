from annotations.models.dataset_import import DatasetImport, ImportedImage
from annotations.models.exploration import Exploration
from annotations.models.extraction import Extraction
from annotations.models.finding import Finding, Review
from annotations.models.measurement import Measurement
from annotations.models.note import CaseNote, CaseNoteVersion, Notification
from annotations.models.preference import ReadingKeys
from annotations.models.prior import PriorMark
from annotations.models.read import CommittedRead, Ruling
from annotations.models.release import Release
from annotations.models.report import (
    Letterhead,
    ReportDraft,
    ReportTemplate,
    ReportTemplateVersion,
    SignedReport,
)
from annotations.models.worklist import Flag, SavedFilter

__all__ = [
    "CaseNote",
    "CaseNoteVersion",
    "CommittedRead",
    "DatasetImport",
    "Exploration",
    "Extraction",
    "Finding",
    "Flag",
    "ImportedImage",
    "Letterhead",
    "Measurement",
    "Notification",
    "PriorMark",
    "ReadingKeys",
    "Release",
    "ReportDraft",
    "ReportTemplate",
    "ReportTemplateVersion",
    "Review",
    "Ruling",
    "SavedFilter",
    "SignedReport",
]
