"""Why a data set cannot be read at all. What is wrong with one row is a ``RowProblem``."""

from __future__ import annotations

from typing import ClassVar

from cxrportal.common.errors import PortalError


class ImportRefused(PortalError):
    code: ClassVar[str] = "import_refused"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "This data set cannot be imported."


class FormatUnknown(ImportRefused):
    code: ClassVar[str] = "import_format_unknown"
    default_message: ClassVar[str] = (
        "None of the known formats is recognised: findings.csv and images.csv of a release, COCO "
        "JSON, data.yaml of YOLO, train.csv of VinBigData, Data_Entry CSV of ChestX-ray14."
    )


class TableBroken(ImportRefused):
    code: ClassVar[str] = "import_table_broken"
    default_message: ClassVar[str] = "A table of the data set cannot be read."


class ContainerRefused(ImportRefused):
    code: ClassVar[str] = "import_archive_refused"
    default_message: ClassVar[str] = "Neither a folder nor a ZIP archive that can be read."
