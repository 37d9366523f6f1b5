"""Another model's scores, from a CSV file: a yardstick on the same images."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from inference.evaluation.collect import Collected
from inference.evaluation.errors import EvaluationRefused

IMAGE = "image"


def foreign_scores(path: Path, collected: Collected) -> tuple[Collected, Collected]:
    """Both on the images that the file has, in one order: (what the file says, ``collected``).

    Columns: ``image`` (file name) and one a label, holding scores in any unit that rises. Labels
    that the model has not are left out; so are boxes and heat. Raises EvaluationRefused.
    """
    scores = _read(path)
    names = [Path(record.image).name for record in collected.records]
    rows = [row for row, name in enumerate(names) if name in scores]
    header = next(iter(scores.values()), {})
    labels = tuple(label for label in collected.labels if label in header)
    if not rows or not labels:
        raise EvaluationRefused(f"{path.name} has no image or no label of these.")
    ours = collected.take(rows)
    columns = [collected.labels.index(label) for label in labels]
    theirs = replace(
        ours,
        labels=labels,
        box_labels=(),
        scores=np.array([[scores[names[row]][label] for label in labels] for row in rows]),
        truth=ours.truth[:, columns],
        known=ours.known[:, columns],
        boxes=((),) * len(rows),
        heat=(),
    )
    return theirs, ours


def _read(path: Path) -> dict[str, dict[str, float]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        table = {
            row.pop(IMAGE): {label: float(value) for label, value in row.items()} for row in rows
        }
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationRefused(f"{path.name} cannot be read.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationRefused(f"{path.name} is no table of images and scores.") from error
    if len(table) != len(rows) or not all(
        math.isfinite(value) for row in table.values() for value in row.values()
    ):
        raise EvaluationRefused(f"{path.name} has an image twice, or scores that are no numbers.")
    return table
