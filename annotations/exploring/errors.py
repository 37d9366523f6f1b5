"""Refusals of exploring annotations."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class NothingToExplore(PortalError):
    code = "nothing_to_explore"
    http_status = 422
    default_message = "No read of a consenting, confirmed patient fits this filter."


class ReleaseUnreadable(PortalError):
    code = "release_unreadable"
    http_status = 422
    default_message = "The tables of this release cannot be read."


class NoSuchFigure(PortalError):
    code = "no_such_figure"
    http_status = 404
    default_message = "There is no such figure."
