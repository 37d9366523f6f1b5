"""Radiograph files made for tests: small phantoms, each with its own pixels and identity."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from inference.phantoms.dicom_file import PhantomIdentity, phantom_dicom
from inference.phantoms.generator import make_phantom

SMALL = (512, 440)


TAKEN = date(2026, 3, 1)


def phantom_bytes(
    seed: int,
    *,
    mrn: str = "",
    findings: tuple[str, ...] | None = None,
    day: date = TAKEN,
) -> bytes:
    """A DX file of 512 x 440 px; equal seeds give equal bytes."""
    phantom = make_phantom(seed, size_px=SMALL, findings=findings)
    return phantom_dicom(phantom, identity=identity_of(seed, mrn, day))


def identity_of(seed: int, mrn: str = "", day: date = TAKEN) -> PhantomIdentity:
    """Who the phantom with this seed pretends to be."""
    return PhantomIdentity(
        patient_id=mrn or f"PHANTOM-{seed}",
        family_name="Phantom",
        given_name="Test",
        birth_date=date(1960, 1, 31),
        accession_number=f"T{seed}",
        taken_at=datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC),
    )


def phantom_file(folder: Path, *, seed: int, **options: object) -> Path:
    path = folder / f"phantom-{seed}.dcm"
    path.write_bytes(phantom_bytes(seed, **options))
    return path
