"""What a test asks beside the database of a running stack, and the stack's first people."""

from __future__ import annotations

import json
from datetime import timedelta

from annotations.models import Finding
from cases.models import Case, Image
from cxrportal.accounts.models import Department, Membership, User
from cxrportal.accounts.tokens import token_issue
from inference.models import InferenceRun
from inference.services.registry import SHIPPED_MODEL, model_activate, model_add

PASSWORD = "correct horse battery staple"  # noqa: S105


def set_up() -> str:
    """A department, a clinician and a researcher with tokens, the shipped model active. JSON."""
    department = Department.objects.create(name="Radiology")
    tokens = {}
    for role in ("clinician", "researcher"):
        user = User.objects.create_user(
            f"{role}@example.org", PASSWORD, is_approved=True, full_name=f"Dr {role.title()}"
        )
        Membership.objects.create(user=user, department=department, role=role)
        scopes = ["read", "upload", "write", "export"]
        _, tokens[role] = token_issue(
            user=user, name="test", scopes=scopes, lifetime=timedelta(hours=1)
        )
    model_activate(model=model_add(path=SHIPPED_MODEL))
    return json.dumps({"department": str(department.pk), "tokens": tokens, "password": PASSWORD})


def counts() -> dict[str, int]:
    """How much there is of everything that an upload leads to."""
    return {
        "cases": Case.objects.count(),
        "images": Image.objects.count(),
        "runs": InferenceRun.objects.count(),
        "done": InferenceRun.objects.filter(state="DONE").count(),
        "proposed": InferenceRun.objects.filter(proposed_at__isnull=False).count(),
        "findings": Finding.objects.count(),
        "distinct_findings": Finding.objects.values("detection").distinct().count(),
    }


def statuses() -> list[str]:
    return sorted(Case.objects.values_list("status", flat=True))
