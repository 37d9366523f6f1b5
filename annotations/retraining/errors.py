"""Refusals of training on a release and of comparing models on one."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class ReleaseNotFound(PortalError):
    code = "release_not_found"
    http_status = 404
    default_message = "There is no release with this name and number."


class ReleaseUnfit(PortalError):
    code = "release_unfit"
    http_status = 422
    default_message = "The release cannot be used for this."


class TrainingNotEnded(PortalError):
    code = "training_not_ended"
    http_status = 409
    default_message = "Only a training that failed or was cancelled can be resumed."


class PatientsOverlap(PortalError):
    code = "patients_overlap"
    http_status = 422
    default_message = "The candidate was trained on patients of this release."


class NotACandidate(PortalError):
    code = "not_a_candidate"
    http_status = 409
    default_message = "Only a candidate is compared, and only with an active model."
