"""Demo cases: phantoms sent through the same door as every other file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from django.utils import timezone

from cases.models import Case, Image
from cases.services.upload import UploadRequest, upload_accept
from cxrportal.accounts.models import Department, User
from inference.phantoms.dicom_file import PhantomIdentity, phantom_dicom
from inference.phantoms.generator import make_phantom
from patients.models import Patient
from patients.services import patient_create


@dataclass(frozen=True, slots=True)
class DemoStudy:
    """One radiograph of a demo patient: how many days ago, and what is drawn into it."""

    days_ago: int
    findings: tuple[str, ...]
    question: str
    photometric: Literal["MONOCHROME1", "MONOCHROME2"] = "MONOCHROME2"


@dataclass(frozen=True, slots=True)
class DemoPatient:
    seed: int
    name: str
    studies: tuple[DemoStudy, ...]


DEMO_PATIENTS = (
    DemoPatient(
        73,
        "Phantom Alba",
        (
            DemoStudy(420, (), "Pre-operative check."),
            DemoStudy(2, ("Cardiomegaly", "Effusion"), "Short of breath for a week. Failure?"),
        ),
    ),
    DemoPatient(
        23,
        "Phantom Bruno",
        (
            DemoStudy(200, ("Nodule",), "Cough, smoker."),
            DemoStudy(1, ("Mass",), "Follow-up of a nodule. Growth?", "MONOCHROME1"),
        ),
    ),
    DemoPatient(37, "Phantom Clara", (DemoStudy(0, ("Pneumothorax",), "Sudden chest pain."),)),
    DemoPatient(
        41,
        "Phantom Nguyễn Dạ",
        (
            DemoStudy(30, ("Consolidation",), "Fever and cough. Pneumonia?"),
            DemoStudy(3, (), "Control after pneumonia."),
        ),
    ),
    DemoPatient(
        75,
        "Phantom Emil",
        (
            DemoStudy(365, (), "Visa."),
            DemoStudy(5, ("Cardiomegaly",), "Swollen ankles. Heart size?"),
        ),
    ),
)


def demo_cases(*, department: Department, clinician: User) -> int:
    """Upload what is not there yet. Returns how many images are new."""
    return sum(
        _study(department, clinician, patient, study)
        for patient in DEMO_PATIENTS
        for study in patient.studies
    )


def _study(department: Department, clinician: User, patient: DemoPatient, study: DemoStudy) -> int:
    number = patient.studies.index(study)
    accession = f"DEMO-{patient.seed}-{number + 1}"
    if Case.objects.filter(department=department, accession_number=accession).exists():
        return 0
    phantom = make_phantom(
        patient.seed * 100 + number, findings=study.findings, patient_seed=patient.seed
    )
    row = _patient(department, clinician, patient, phantom.sex)
    taken_at = datetime.now(tz=UTC) - timedelta(days=study.days_ago)
    identity = PhantomIdentity(
        patient_id=row.mrn,
        family_name=patient.name.partition(" ")[0],
        given_name=patient.name.partition(" ")[2],
        birth_date=row.birth_date,
        accession_number=accession,
        taken_at=taken_at,
    )
    content = phantom_dicom(phantom, identity=identity, photometric=study.photometric)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "phantom.dcm")
        path.write_bytes(content)
        request = UploadRequest(
            user=clinician,
            department=department,
            path=path,
            file_name=f"{accession}.dcm",
            patient=row,
            is_synthetic=True,
        )
        image: Image = upload_accept(request).image
    Case.objects.filter(pk=image.case_id).update(clinical_question=study.question)
    return 1


def _patient(department: Department, clinician: User, patient: DemoPatient, sex: str) -> Patient:
    mrn = f"DEMO-{patient.seed}"
    known = Patient.objects.filter(department=department, mrn=mrn).first()
    if known is not None:
        return known
    phantom = make_phantom(patient.seed * 100, findings=(), patient_seed=patient.seed)
    born = timezone.localdate().replace(month=6, day=15)
    row = patient_create(
        department=department,
        actor=clinician,
        mrn=mrn,
        name=patient.name,
        birth_date=born.replace(year=born.year - phantom.age_years - 1),
        sex=sex,
        research_consent=True,
        notes="Synthetic patient: a drawn phantom, not a person.",
    )
    Patient.objects.filter(pk=row.pk).update(is_synthetic=True)
    row.refresh_from_db()
    return row
