"""What the access matrix needs: one person a role, and rows of the clinician's department.

``"case"`` in a row of the table means ``ARGUMENTS["case"](world)``: the arguments of the address. A
new kind of object is one line in ``make_things`` and one in ``ARGUMENTS``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from annotations.models import (
    DatasetImport,
    Exploration,
    Extraction,
    Finding,
    Letterhead,
    Measurement,
    Notification,
    PriorMark,
    Release,
    ReportTemplate,
    Review,
    SavedFilter,
    SignedReport,
)
from cases.models import Case
from cxrportal.accounts.audit import record_access
from cxrportal.accounts.models import AccessEvent, Department, Membership, User
from cxrportal.common.storage import put_durable
from inference.models import (
    HeatMap,
    LungMask,
    ModelActivation,
    ModelVersion,
    PromotionCheck,
    TrainingRun,
)
from tests.cases.reports.samples import make_content
from tests.support.cases import make_case, make_model, make_note, make_readable_case, make_review
from tests.support.people import make_department, make_patient, make_user
from tests.support.second_factors import signed_in
from tests.support.tokens import make_token

FILE = "access-matrix/file"
CONTENT = cv2.imencode(".png", np.zeros((100, 80), np.uint8))[1].tobytes()
ROLES = ("anonymous", "stranger", "researcher", "clinician", "admin")


@dataclass(slots=True)
class World:
    """The stranger is a clinician of another department; ``things`` belong to the clinician's."""

    sessions: dict[str, str] = field(default_factory=dict)
    things: SimpleNamespace = field(default_factory=SimpleNamespace)

    def client(self, role: str) -> Client:
        """A fresh browser with the session of this role: one request cannot spoil the next."""
        client = Client()
        if role in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client


def make_world() -> World:
    department = make_department("Chest unit")
    people = {
        "stranger": make_user("clinician", make_department("Elsewhere")),
        "researcher": make_user("researcher", department),
        "clinician": make_user("clinician", department),
        "admin": make_user("admin"),
    }
    Membership.objects.filter(user=people["clinician"]).update(adjudicator=True)
    world = World(things=make_things(department, people["clinician"], people["researcher"]))
    for role, user in people.items():
        world.sessions[role] = signed_in(Client(), user).session.session_key
    return world


def make_things(department: Department, clinician: User, researcher: User) -> SimpleNamespace:
    put_durable(FILE, BytesIO(CONTENT))
    case = make_readable_case(department)
    review = make_review(case, clinician)
    image = case.images.get()
    run = image.runs.get()
    type(image).objects.update(
        original_key=FILE, pixels_key=FILE, display_key=FILE, thumbnail_key=FILE
    )
    HeatMap.objects.create(run=run, key=FILE, labels=["Effusion"], rows=1, columns=1)
    LungMask.objects.create(
        run=run,
        key=FILE,
        rows=1,
        columns=1,
        left_area_px=0,
        right_area_px=0,
        ratio_missing="no_two_lungs",
    )
    note, release = make_note(case, clinician), _make_release(department, researcher)
    finding = make_finding(case, review)
    return SimpleNamespace(
        user=clinician,
        token=make_token(clinician)[0],
        event=_make_event(clinician, case),
        patient=case.patient,
        unconfirmed=make_patient(department, confirmed=False),
        case=case,
        prior=make_case(department, case.patient),
        image=image,
        run=run,
        finding=finding,
        prior_mark=PriorMark.objects.create(review=review, finding=finding, mark="NEW"),
        measurement=Measurement.objects.create(
            case=case, image=image, review=review, kind="length", points=[[1, 1], [4, 5]]
        ),
        review=review,
        saved_filter=SavedFilter.objects.create(user=clinician, name="Mine"),
        template=ReportTemplate.objects.create(department=department),
        letterhead=Letterhead.objects.create(department=department),
        report=_make_report(make_case(department, status=Case.Status.SIGNED), clinician),
        settled=_make_differing_reads(department),
        release=release,
        extraction=Extraction.objects.create(
            release=release, created_by=researcher, state="DONE", archive_key=FILE
        ),
        note=note,
        notification=Notification.objects.create(recipient=clinician, note=note),
        training=_make_training(department, researcher),
        dataset=_make_import(department, clinician),
        exploration=_make_exploration(department, researcher),
        check=_make_check(run.model_version, researcher),
    )


def make_finding(case: Case, review: Review) -> Finding:
    """One that the reader drew, so that it may be changed and deleted."""
    return Finding.objects.create(
        case=case, image=case.images.get(), review=review, decision="DRAWN", label="effusion"
    )


def _make_differing_reads(department: Department) -> Case:
    """Two completed reads by others, one of which states a finding."""
    case = make_readable_case(department, reads_needed=2)
    done = {"state": Review.State.COMPLETED, "completed_at": timezone.now()}
    reviews = [make_review(case, make_user("clinician", department), **done) for _ in range(2)]
    make_finding(case, reviews[0])
    return case


def _make_event(actor: User, case: Case) -> AccessEvent:
    record_access(actor, "view", case)
    return AccessEvent.objects.latest("id")


def _make_report(case: Case, reader: User) -> SignedReport:
    now = timezone.now()
    content = make_content()  # signed before pixels were frozen: it has no structured files
    return SignedReport.objects.create(
        case=case,
        review=make_review(case, reader, state=Review.State.COMPLETED, completed_at=now),
        version=1,
        content=json.loads(content.to_json()),
        content_sha256=content.content_sha256,
        pdf_key=FILE,
        pdf_sha256=sha256(CONTENT).hexdigest(),
        signed_by=reader,
        signed_at=now,
    )


def _make_release(department: Department, researcher: User) -> Release:
    release = Release.objects.create(
        name="r", number=1, created_by=researcher, state="DONE", archive_key=FILE, archive_bytes=1
    )
    release.departments.add(department)
    return release


def _make_check(active: ModelVersion, researcher: User) -> PromotionCheck:
    ModelActivation.objects.create(model=active, kind="first")
    return PromotionCheck.objects.create(
        candidate=make_model(stage="candidate"),
        active=active,
        release_name="r",
        release_number=1,
        requested_by=researcher,
        proof={"unproven": [], "trained_on": [], "outside": []},
    )


def _make_training(department: Department, researcher: User) -> TrainingRun:
    training = TrainingRun.objects.create(
        release_name="r", release_number=1, name="r", version="1.1", requested_by=researcher
    )
    training.departments.add(department)
    return training


def _make_exploration(department: Department, researcher: User) -> Exploration:
    exploration = Exploration.objects.create(
        created_by=researcher, state="DONE", result={"files": ["figures/a.png"]}
    )
    exploration.departments.add(department)
    put_durable(f"explorations/{exploration.pk}/figures/a.png", BytesIO(CONTENT))
    return exploration


def _make_import(department: Department, clinician: User) -> DatasetImport:
    return DatasetImport.objects.create(
        department=department, source="s", created_by=clinician, state="DONE", dry_run=True,
        archive_key=FILE, problems_key=FILE,
    )  # fmt: skip


def _pk(name: str, argument: str = "pk", **more: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {argument: getattr(world.things, name).pk, **more}


def _one_row(route_name: str) -> dict[str, Any]:
    """``admin:app_model_act``: some row of that model."""
    label = route_name.removeprefix("admin:").rsplit("_", 1)[0]
    for model in admin.site._registry:
        if f"{model._meta.app_label}_{model._meta.model_name}" == label:
            row = model._default_manager.first()
            assert row is not None, f"make a {label} in make_things"
            return {"object_id": row.pk}
    raise LookupError(label)


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "": lambda world: {},
    "admin app": lambda world: {"app_label": "accounts"},
    "admin view on site": lambda world: {"content_type_id": 1, "object_id": 1},
    "analytics table": lambda world: {"table": "departments"},
    "case": _pk("case"),
    "case page": _pk("case", page=0),
    "case archive": _pk("case", act="archive"),
    "case prior": lambda world: {"pk": world.things.case.pk, "prior": world.things.prior.pk},
    "exploration": _pk("exploration"),
    "exploration file": lambda world: {
        "pk": world.things.exploration.pk,
        "name": "figures/a.png",
    },
    "extraction": _pk("extraction"),
    "finding": _pk("finding"),
    "image": _pk("image"),
    "measurement": _pk("measurement"),
    "prior mark": _pk("prior_mark"),
    "image crop": lambda world: {"pk": world.things.image.pk, "number": 0},
    "import": _pk("dataset"),
    "model": lambda world: {"pk": world.things.run.model_version_id},
    "model figure": lambda world: {"pk": world.things.run.model_version_id, "name": "none.png"},
    "note": _pk("note"),
    "notification": _pk("notification"),
    "passkey": lambda world: {"pk": 0},
    "patient": _pk("patient"),
    "patient archive": _pk("patient", act="archive"),
    "release": _pk("release"),
    "report": _pk("report"),
    "report template": lambda world: {
        "department": world.things.template.department_id,
        "kind": "findings",
    },
    "reset key": lambda world: {"uidb36": "abc", "key": "set-password"},
    "review": _pk("review"),
    "run": _pk("run"),
    "settled case": _pk("settled"),
    "saved filter": _pk("saved_filter"),
    "signed case": lambda world: {"pk": world.things.report.case_id},
    "token": _pk("token"),
    "model promote": lambda world: {"pk": world.things.run.model_version_id, "act": "promote"},
    "check": _pk("check"),
    "training": _pk("training"),
    "training cancel": _pk("training", act="cancel"),
    "unconfirmed patient": _pk("unconfirmed"),
    "user act": _pk("user", act="unlock"),
}


def arguments(world: World, key: str, route_name: str) -> dict[str, Any]:
    """Those of ``key``; ``admin row`` takes the model from the name of the route."""
    return _one_row(route_name) if key == "admin row" else ARGUMENTS[key](world)
