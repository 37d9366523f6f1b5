"""Sending a file of an exploration."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase

from annotations.exploring.errors import NoSuchFigure
from annotations.exploring.services.run import file_key
from annotations.models import Exploration
from annotations.releases.downloads import release_is_readable
from cxrportal.common.storage import open_file

TYPES = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "html": "text/html"}


def exploration_file(exploration: Exploration, name: Any) -> HttpResponseBase:
    """Pictures are shown, the others are saved. Raises NoSuchFigure, ConsentWithdrawn."""
    if exploration.release is not None:
        release_is_readable(exploration.release)
    if name not in exploration.result.get("files", ()):
        raise NoSuchFigure
    kind = name.rsplit(".", 1)[-1]
    response = FileResponse(
        open_file(file_key(exploration.pk, name)),
        as_attachment=kind != "png",
        filename=name.rsplit("/", 1)[-1],
        content_type=TYPES[kind],
    )
    response["Cache-Control"] = "private, max-age=600"
    return response
