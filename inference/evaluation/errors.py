"""Why an evaluation cannot be made."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class EvaluationRefused(PortalError):
    """What was handed in cannot be compared."""

    code = "evaluation-refused"
    http_status = 422
