"""A department's report templates: made, changed and retired, every earlier text kept."""

from __future__ import annotations

import re
from dataclasses import asdict, fields

from django.db import transaction
from django.utils import timezone

from annotations.errors import InvalidTemplate, VersionConflict
from annotations.models import ReportTemplate, ReportTemplateVersion
from annotations.reports.prefill import PLACEHOLDERS, Template
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import NotAllowed, edits_report_templates

_IN_BRACES = re.compile(r"\{[^{}\n]*\}")
TEXTS = tuple(field.name for field in fields(Template))


def require_known(template: Template) -> None:
    """A misspelt placeholder would stand in every report. Raises InvalidTemplate."""
    for name, text in asdict(template).items():
        unknown = [found for found in _IN_BRACES.findall(text) if found not in PLACEHOLDERS]
        if unknown:
            known = ", ".join(PLACEHOLDERS)
            raise InvalidTemplate(
                f"{name.capitalize()}: {unknown[0]} is no placeholder. There are {known}."
            )


def text_of(row: ReportTemplate | ReportTemplateVersion) -> Template:
    return Template(**{name: getattr(row, name) for name in TEXTS})


def template_save(
    *, department: Department, actor: User, for_no_finding: bool, text: Template, version: int
) -> ReportTemplate:
    """Make or change the template of this kind; a retired one is in use again.

    ``version`` is that which ``actor`` saw, 0 where there was none. The same text again changes
    nothing. Raises NotAllowed, InvalidTemplate, VersionConflict.
    """
    _require_editor(actor, department)
    require_known(text)
    kind = {"department": department, "for_no_finding": for_no_finding}
    with transaction.atomic():
        Department.objects.select_for_update().get(pk=department.pk)
        row = ReportTemplate.objects.filter(**kind).first()
        if row is None:
            return ReportTemplate.objects.create(**kind, **asdict(text), changed_by=actor)
        _require_seen(row, version)
        if row.retired_at is None and text_of(row) == text:
            return row
        return _changed(row, actor, retired_at=None, **asdict(text))


def template_retire(*, template: ReportTemplate, actor: User, version: int) -> ReportTemplate:
    """Reports begin without it from now on; its texts stay to be read and taken up again.

    Raises NotAllowed, VersionConflict.
    """
    _require_editor(actor, template.department)
    with transaction.atomic():
        row = ReportTemplate.objects.select_for_update().get(pk=template.pk)
        if row.retired_at is not None:
            return row
        _require_seen(row, version)
        return _changed(row, actor, retired_at=timezone.now())


def _require_editor(actor: User, department: Department) -> None:
    if not edits_report_templates(actor, department.pk):
        raise NotAllowed("Adjudicators of the department change its report templates.")


def _require_seen(row: ReportTemplate, version: int) -> None:
    if row.version != version:
        raise VersionConflict(row)


def _changed(row: ReportTemplate, actor: User, **values: object) -> ReportTemplate:
    """The row with these values, what it was before beside it."""
    ReportTemplateVersion.objects.create(
        template=row,
        number=row.version,
        retired=row.retired_at is not None,
        written_at=row.updated_at,
        written_by=row.changed_by,
        **asdict(text_of(row)),
    )
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_by = actor
    row.save()
    return row
