"""Why a training cannot start or go on."""

from __future__ import annotations

from typing import ClassVar

from cxrportal.common.errors import PortalError


class ConfigRefused(PortalError):
    code: ClassVar[str] = "training_config_refused"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "The training configuration cannot be used."


class DataRefused(PortalError):
    code: ClassVar[str] = "training_data_refused"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "The training data cannot be used."


class LossNotFinite(PortalError):
    code: ClassVar[str] = "training_loss_not_finite"
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "The loss is not a finite number."


class ResumeRefused(PortalError):
    code: ClassVar[str] = "training_resume_refused"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "The training cannot be resumed."


class TrainingStopped(PortalError):
    code: ClassVar[str] = "training_stopped"
    http_status: ClassVar[int] = 409
    default_message: ClassVar[str] = "The training was told to stop."
