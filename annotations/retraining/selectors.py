"""Which releases may be trained on or compared on, what is due, and whose patients overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from annotations.models import Release
from annotations.releases.selectors import consent_is_withdrawn
from annotations.retraining.errors import ReleaseNotFound
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import is_administrator
from inference.models import ModelVersion, PromotionCheck, TrainingRun

# Patients a part needs: below, a training learns by heart and its validation says nothing.
LEAST_PATIENTS = {"train": 20, "val": 5, "test": 5}
LEAST_TO_COMPARE = 20


def trainings_to_run(case_id: UUID | None) -> Any:
    """Trainings that are due. They belong to no case, so only the sweep starts them."""
    return TrainingRun.objects.none() if case_id else TrainingRun.objects.due()


def checks_to_run(case_id: UUID | None) -> Any:
    """Comparisons that are due; they belong to no case either."""
    return PromotionCheck.objects.none() if case_id else PromotionCheck.objects.due()


def release_named(text: str, among: QuerySet[Release] | None = None) -> Release:
    """``NAME@NUMBER`` of all releases, or of those ``among``. Raises ReleaseNotFound."""
    name, _, number = text.partition("@")
    releases = Release.objects.all() if among is None else among
    found = releases.filter(name=name, number=int(number) if number.isdigit() else 0).first()
    if found is None:
        raise ReleaseNotFound(f"There is no release {text}: name it as NAME@NUMBER.")
    return found


def releases_to_compare_on(user: User) -> QuerySet[Release]:
    """An administrator's are all; a researcher's those of their departments."""
    if is_administrator(user):
        return Release.objects.all()
    return Release.objects.visible_to(user)


def training_progress(run: TrainingRun) -> dict[str, Any]:
    """Where a training stands: every key is there from the start."""
    return {
        "state": run.state,
        "code": run.code,
        "message": run.message,
        "cancelling": run.cancel_requested and run.state == TrainingRun.State.RUNNING,
        "progress": {"phase": "", "epochs": 0, "best_epoch": 0, "rows": []} | run.progress,
    }


def unusable_because(release: Release) -> list[str]:
    """Why nobody may work with this release; nothing where somebody may."""
    if release.state != Release.State.DONE:
        return [f"{release} is not sealed ({release.get_state_display().lower()})."]
    if consent_is_withdrawn(release):
        return [f"A patient of {release} has withdrawn the consent to research use."]
    return []


def untrainable_because(release: Release) -> list[str]:
    """Why this release cannot be trained on; nothing where it can."""
    reasons = unusable_because(release)
    if reasons:
        return reasons
    parts = release.manifest.get("splits", {}).get("parts", {})
    found = {name: parts.get(name, {}).get("patients", 0) for name in LEAST_PATIENTS}
    return [
        f"The {name} part of {release} has {found[name]} patients; {least} are needed."
        for name, least in LEAST_PATIENTS.items()
        if found[name] < least
    ]


def incomparable_because(release: Release) -> list[str]:
    """Why two models cannot be compared on this release; nothing where they can."""
    reasons = unusable_because(release)
    patients = release.manifest.get("counts", {}).get("patients", 0)
    if not reasons and patients < LEAST_TO_COMPARE:
        reasons = [f"{release} has {patients} patients; {LEAST_TO_COMPARE} are needed."]
    return reasons


def check_tables(check: PromotionCheck) -> list[tuple[str, list[dict[str, Any]]]]:
    """Of an ended comparison: everybody by finding, then each attribute's groups by finding.

    ``prefix`` of a row is what its group's name begins with in every row of the table.
    """
    tests = check.outcome.get("tests", [])
    parts = {"By finding": "all", "By sex": "sex", "By age": "age", "By view": "view"}
    tables = [
        (
            name,
            [
                test | {"prefix": f"{part}: "}
                for test in tests
                if test["group"].partition(":")[0] == part
            ],
        )
        for name, part in parts.items()
    ]
    return [(name, rows) for name, rows in tables if rows]


@dataclass(frozen=True, slots=True)
class Disjoint:
    """How it was shown that no patient of a test release trained a model.

    ``trained_on``: the releases in the candidate's line; ``outside``: models in it that this portal
    did not train, whose patients it cannot know. ``patients``, ``pictures``: found in both.
    """

    trained_on: tuple[str, ...]
    outside: tuple[str, ...]
    patients: int
    pictures: int
    unproven: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "trained_on": list(self.trained_on),
            "outside": list(self.outside),
            "patients_in_both": self.patients,
            "pictures_in_both": self.pictures,
            "unproven": list(self.unproven),
        }


def disjointness(candidate: ModelVersion, release: Release) -> Disjoint:
    """Of the candidate's whole line: its training release, its base's, and so on.

    The pseudonyms of two releases cannot be linked, so the portal's own rows of who is in a release
    are compared, merged patients as one, and besides the hashes of the pictures.
    """
    patients, pictures, unproven = 0, 0, []
    releases, outside = _line_of(candidate)
    mine, hashes = _people(release), _pictures(release)
    if not mine:
        unproven.append(f"who is in {release} is not recorded")
    for name, number, sha256 in releases:
        other = Release.objects.filter(name=name, number=number, archive_sha256=sha256).first()
        people = _people(other) if other else set()
        if other is None or not people:
            unproven.append(f"who is in {name}@{number} is not recorded")
            continue
        patients += len(mine & people)
        pictures += len(hashes & _pictures(other))
    if candidate.pk in {model.pk for model in outside}:
        unproven.append("the candidate was not trained in this portal")
    names = tuple(f"{name}@{number}" for name, number, _ in releases)
    said = tuple(str(model) for model in outside)
    return Disjoint(names, said, patients, pictures, tuple(unproven))


def _line_of(model: ModelVersion) -> tuple[list[tuple[str, int, str]], list[ModelVersion]]:
    releases, outside = [], []
    current: ModelVersion | None = model
    while current is not None:
        training = TrainingRun.objects.filter(result=current).select_related("base").first()
        if training is None:
            outside.append(current)
            break
        releases.append((training.release_name, training.release_number, training.release_sha256))
        current = training.base
    return releases, outside


def _people(release: Release) -> set[UUID]:
    people: Iterable[UUID] = release.patients.values_list(Coalesce("merged_into", "id"), flat=True)
    return set(people)


def _pictures(release: Release) -> set[str]:
    files = release.manifest.get("files", [])
    return {str(file["sha256"]) for file in files if str(file["name"]).startswith("images/")}
