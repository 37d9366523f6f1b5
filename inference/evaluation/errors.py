"""Why an evaluation cannot be made."""

from __future__ import annotations

from typing import ClassVar

from cxrportal.common.errors import PortalError


class EvaluationRefused(PortalError):
    code: ClassVar[str] = "evaluation_refused"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "These cannot be evaluated together."


class ReportUnreadable(PortalError):
    code: ClassVar[str] = "evaluation_report_unreadable"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "This is no report of an evaluation that can be read here."
