"""``metrics.json``: what was measured, of one model or several, in a form that is read again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.evaluation.compare import Comparison
from inference.evaluation.errors import ReportUnreadable
from inference.evaluation.evaluate import Evaluation
from inference.evaluation.typed_json import from_text, to_text

FORMAT, VERSION = "cxr-portal-evaluation", 2
METRICS = "metrics.json"


@dataclass(frozen=True, slots=True)
class ModelResult:
    """``sha256``: of the checkpoint. ``runtime``: what computed it.

    ``trained_on``: judged patients that its own split says it was trained on, whose numbers are too
    good; -1 where its split is not known.
    """

    name: str
    version: str
    sha256: str
    runtime: str
    trained_on: int
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Report:
    """``comparisons``: every later model against the first."""

    format: str
    version: int
    models: tuple[ModelResult, ...]
    comparisons: tuple[Comparison, ...]


def make_report(
    models: tuple[ModelResult, ...], comparisons: tuple[Comparison, ...] = ()
) -> Report:
    return Report(FORMAT, VERSION, models, comparisons)


def write_report(report: Report, path: Path) -> None:
    """To a temporary name, then renamed."""
    part = path.with_name(path.name + ".part")
    part.write_text(to_text(report), encoding="utf-8")
    part.replace(path)


def read_report(path: Path) -> Report:
    """Raises ReportUnreadable for a missing file, another format or version, or a wrong type."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportUnreadable(f"{path.name} cannot be read.") from error
    report = from_text(Report, text)
    if (report.format, report.version) != (FORMAT, VERSION):
        raise ReportUnreadable(f"{path.name} is of another format or version.")
    return report
