"""What the parity check of one checkpoint on one machine found, as it lies beside the export."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from inference.networks.description import JsonReader
from inference.networks.errors import ModelCorrupt
from inference.predict.runtime import TORCH

REPORT = "report.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One runtime: median milliseconds an image, and why it may not be used ("" where it may)."""

    runtime: str
    ms: float
    complaint: str


@dataclass(frozen=True, slots=True)
class RuntimeReport:
    """``chosen``: the fastest without a complaint. ``files``: (name, SHA-256) of the export."""

    sha256: str
    machine: str
    chosen: str
    tolerance: str
    candidates: tuple[Candidate, ...]
    files: tuple[tuple[str, str], ...]

    @property
    def summary(self) -> str:
        """One line for the registry."""
        times = {item.runtime: item.ms for item in self.candidates}
        said = [f"{item.runtime}: {item.complaint}" for item in self.candidates if item.complaint]
        reference, chosen = times.get(TORCH), times.get(self.chosen)
        faster = f" ({reference / chosen:.1f} x torch)" if reference and chosen else ""
        return "; ".join([f"{self.chosen}{faster}", *said])


def machine_name() -> str:
    """What may change the outcome of the check: processor and versions."""
    lines = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    models = [line.split(":", 1)[1].strip() for line in lines.splitlines() if "model name" in line]
    processor = models[0] if models else platform.processor()
    versions = [f"{name} {_version(name)}" for name in ("torch", "openvino")]
    return ", ".join([platform.machine(), processor, *versions])


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def write_report(report: RuntimeReport, folder: Path) -> None:
    text = json.dumps({"format": FORMAT, **asdict(report)}, indent=1, allow_nan=False)
    part = folder / f"{REPORT}.part"
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(folder / REPORT)


def read_report(folder: Path) -> RuntimeReport | None:
    """None where there is none, or it or a file of the export is not what was written."""
    try:
        table = JsonReader(json.loads((folder / REPORT).read_text(encoding="utf-8")), REPORT)
        if table.get("format", int) != FORMAT:
            return None
        report = RuntimeReport(
            sha256=table.get("sha256", str),
            machine=table.get("machine", str),
            chosen=table.get("chosen", str),
            tolerance=table.get("tolerance", str),
            candidates=tuple(
                Candidate(
                    item.get("runtime", str), item.get("ms", float), item.get("complaint", str)
                )
                for item in table.sections("candidates")
            ),
            files=tuple((name, digest) for name, digest in table.row("files", list)),
        )
        intact = all(file_sha256(folder / name) == digest for name, digest in report.files)
    except (OSError, ValueError, ModelCorrupt):
        return None
    return report if intact else None


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
