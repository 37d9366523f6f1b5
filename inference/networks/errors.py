"""What can be wrong with a model on disk or with what it puts out."""

from __future__ import annotations

from typing import ClassVar

from cxrportal.common.errors import PortalError


class ModelMissing(PortalError):
    code: ClassVar[str] = "model_missing"
    http_status: ClassVar[int] = 503
    default_message: ClassVar[str] = "The model's files are not there."


class ModelCorrupt(PortalError):
    code: ClassVar[str] = "model_corrupt"
    http_status: ClassVar[int] = 503
    default_message: ClassVar[str] = "The model's files cannot be read."


class ModelHashMismatch(PortalError):
    code: ClassVar[str] = "model_hash_mismatch"
    http_status: ClassVar[int] = 503
    default_message: ClassVar[str] = "The model's files are not the ones that were registered."


class ArchitectureUnknown(PortalError):
    code: ClassVar[str] = "architecture_unknown"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "No such network is known here."


class ExportFailed(PortalError):
    code: ClassVar[str] = "model_export_failed"
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "The model cannot be exported to another runtime."


class OutputNotFinite(PortalError):
    """A NaN or an infinity in what a network put out; it is never shown as "no finding"."""

    code: ClassVar[str] = "model_output_not_finite"
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "The model put out values that are not numbers."
