"""Sending the table of rows that need mending."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase

from annotations.importing.errors import NoProblems
from annotations.models import DatasetImport
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.storage import open_file


def problems_table(request: Any, job: DatasetImport) -> HttpResponseBase:
    """As CSV, with its audit event: image names may name patients. Raises NoProblems."""
    if not job.problems_key:
        raise NoProblems
    table = open_file(job.problems_key)
    record_access(request.user, Verb.EXPORT, job, detail="problems", request=request)
    name = f"{job.source}-problems.csv"
    return FileResponse(table, as_attachment=True, filename=name, content_type="text/csv")
