"""log.csv: one row an epoch, rewritten whole, so that a resumed run never tells an epoch twice."""

from __future__ import annotations

import csv
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

LOG = "log.csv"


@dataclass(frozen=True, slots=True)
class EpochRow:
    """Means over the epoch's steps; validation numbers are those of the averaged weights.

    ``loss`` and ``validation_loss``: L_cls + lambda L_det. ``rate``: of the heads, at the end.
    """

    epoch: int
    loss: float
    classification: float
    detection: float
    auroc: float
    ap40: float
    seconds: float
    validation_loss: float = math.nan
    rate: float = math.nan


def read_log(path: Path, *, up_to: int) -> tuple[EpochRow, ...]:
    """The rows of the first ``up_to`` epochs; columns that an older log has not are NaN."""
    if not path.exists() or up_to < 1:
        return ()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [_row(cells) for cells in csv.DictReader(stream)]
    return tuple(row for row in rows if row.epoch <= up_to)


def _row(cells: dict[str, str]) -> EpochRow:
    values = {item.name: float(cells.get(item.name) or "nan") for item in fields(EpochRow)}
    epoch = int(values.pop("epoch"))
    return EpochRow(epoch=epoch, **values)


def write_log(rows: tuple[EpochRow, ...], path: Path) -> None:
    """Written to a temporary name and renamed."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([item.name for item in fields(EpochRow)])
        writer.writerows([[f"{value:.6g}" for value in asdict(row).values()] for row in rows])
    part.replace(path)
