"""Make the lung checkpoint: test once, write weights, description, card, curves and split.

python -m inference.training.lungs_ship --config FILE --data DIR --run OUT_OF_TRAINING --out DIR
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cxrportal.common.errors import exit_status
from inference.evaluation.segmentation import SegmentationResult, evaluate_masks
from inference.networks.description import Metric, Provenance
from inference.networks.files import CARD, JsonObject
from inference.networks.unet_checkpoint import UNetDescription, save_unet
from inference.predict.lung_masks import LEFT, RIGHT, split_lungs
from inference.predict.lungs import LungSegmenter
from inference.training.datasets import read_grey
from inference.training.errors import DataRefused
from inference.training.lungs import SPLIT, build_unet, lung_split
from inference.training.lungs_card import LungFacts, write_lung_card
from inference.training.lungs_config import LungsConfig, load_lungs_config
from inference.training.lungs_data import LungData, LungRecord, load_lungs
from inference.training.lungs_engine import BEST, GREY_MEAN, GREY_STD, LOG
from inference.training.preparation import load_state
from inference.training.splits import PARTS, TEST, Split

CURVES = "curves.png"
LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class Tested:
    """Both lungs together, and each; by view where a view has three patients or more."""

    lungs: SegmentationResult
    left: SegmentationResult
    right: SegmentationResult
    by_view: tuple[tuple[str, SegmentationResult], ...]


def test(segmenter: LungSegmenter, records: list[LungRecord]) -> Tested:
    """On pixels of the stored images, through the stored half-precision weights."""
    found = [segmenter.segment(read_grey(record.image)).full_size() for record in records]
    truth = [split_lungs(read_grey(record.mask) > 0.5) for record in records]
    patients = [record.patient_id for record in records]
    views: dict[str, list[int]] = {}
    for index, record in enumerate(records):
        views.setdefault(record.view, []).append(index)

    def score(pick: list[int]) -> SegmentationResult:
        return evaluate_masks(
            [_both(found[i]) for i in pick],
            [_both(truth[i]) for i in pick],
            [patients[i] for i in pick],
        )

    return Tested(
        lungs=score(list(range(len(records)))),
        left=evaluate_masks([m[LEFT] for m in found], [m[LEFT] for m in truth], patients),
        right=evaluate_masks([m[RIGHT] for m in found], [m[RIGHT] for m in truth], patients),
        by_view=tuple(
            (view, score(pick))
            for view, pick in sorted(views.items())
            if len({patients[i] for i in pick}) >= 3
        ),
    )


def _both(lungs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    both: NDArray[np.bool_] = lungs[LEFT] | lungs[RIGHT]
    return both


def to_metrics(tested: Tested) -> tuple[Metric, ...]:
    rows = (("lungs", tested.lungs), ("left lung", tested.left), ("right lung", tested.right))
    return tuple(
        Metric(f"{kind} {name}", value.value, value.low, value.high, result.images)
        for name, result in rows
        for kind, value in (("Dice", result.dice), ("IoU", result.iou))
    )


def describe(config: LungsConfig, data: LungData, split: Split) -> UNetDescription:
    training: JsonObject = {**asdict(config), "channels": list(config.channels)}
    return UNetDescription(
        name=config.name,
        version=config.version,
        network=build_unet(config).config,
        size_px=config.size_px,
        mean=GREY_MEAN,
        std=GREY_STD,
        threshold=0.5,
        metrics=(),
        provenance=Provenance(
            data=f"COVID-19 image data collection with lung masks, {len(data.records)} images",
            data_sha256=data.sha256,
            split_sha256=split.sha256,
            started_from="random weights",
            licence=LICENCE,
            training=training,
        ),
    )


def ship(arguments: argparse.Namespace) -> str:
    """Returns the identity of the checkpoint under ``--out``."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config = load_lungs_config(arguments.config)
    data = load_lungs(arguments.data, config.size_px)
    split = lung_split(data, config)
    trained_on = (arguments.run / SPLIT).read_text(encoding="utf-8")
    if trained_on != split.to_csv():
        raise DataRefused("The training had another split: the test patients would not be unseen.")
    network = build_unet(config)
    network.load_state_dict(load_state(arguments.run / BEST))
    about = describe(config, data, split)
    save_unet(network, about, arguments.out)
    records = [data.records[i] for i in data.of_patients(split.patients(TEST))]
    tested = test(LungSegmenter.load(arguments.out), records)
    about = replace(about, metrics=to_metrics(tested))
    identity = save_unet(network, about, arguments.out)
    split.save(arguments.out / SPLIT)
    shutil.copyfile(arguments.run / LOG, arguments.out / LOG)
    rows = _log_rows(arguments.out / LOG)
    draw_curves(rows, arguments.out / CURVES)
    card = write_lung_card(about, _facts(data, split, rows), tested)
    (arguments.out / CARD).write_text(card, encoding="utf-8")
    return identity


def _log_rows(path: Path) -> list[dict[str, float]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(stream)]


def _facts(data: LungData, split: Split, rows: list[dict[str, float]]) -> LungFacts:
    best = max(rows, key=lambda row: row["validation_dice"])
    parts = tuple(
        (part, len(split.patients(part)), len(data.of_patients(split.patients(part))))
        for part in PARTS
    )
    return LungFacts(parts, len(rows), int(best["epoch"]), best["validation_dice"])


def draw_curves(rows: list[dict[str, float]], path: Path) -> None:
    """Losses and validation Dice by epoch. Raises ImportError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # optional: only shipping draws
    from matplotlib.figure import Figure  # optional: as above

    figure = Figure(figsize=(9, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    losses, overlap = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in rows]
    losses.plot(epochs, [row["loss"] for row in rows], label="training, augmented")
    losses.plot(epochs, [row["validation_loss"] for row in rows], label="validation")
    losses.set(xlabel="epoch", ylabel="loss", yscale="log")
    losses.legend()
    overlap.plot(epochs, [row["validation_dice"] for row in rows])
    overlap.set(xlabel="epoch", ylabel="Dice, validation patients", ylim=(0.5, 1.0))
    figure.savefig(path, dpi=100)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.lungs_ship", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="lungs.csv, images/ and masks/")
    parser.add_argument("--run", type=Path, required=True, help="--out of the training")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint's folder")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: sys.stdout.write(f"{ship(given)}\n"))


if __name__ == "__main__":
    sys.exit(main())
