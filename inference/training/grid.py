"""What training sees: python -m inference.training.grid --config F --data D --out grid.png

Augmented training images as they enter the network, with the boxes that the detector learns from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from cxrportal.common.errors import exit_status
from inference.networks.description import Preprocessing
from inference.networks.detector import BoxTarget
from inference.training.batches import Batch, Subset, TargetRules, TrainingBatches
from inference.training.config import load_config
from inference.training.packing import pack
from inference.training.preparation import Prepared, prepare
from inference.training.records import Dataset
from inference.training.splits import TRAIN

CAPTION_PX, GAP_PX = 30, 4
# Told apart without a sense for red and green: Okabe and Ito 2008, its dark blue made lighter.
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#8da0ff", "#d55e00", "#cc79a7", "#ffffff")
_CHARACTER_PX = 6  # of Pillow's own small font


def draw_grid(
    batch: Batch, rules: TargetRules, preprocessing: Preprocessing, *, columns: int
) -> Image.Image:
    """RGB: one cell an image, its boxes, and below it the labels with their targets from 0.3 on."""
    grey = _as_grey(batch.images, preprocessing)
    side = preprocessing.size_px
    rows = -(-len(grey) // columns)
    width, height = side + GAP_PX, side + CAPTION_PX + GAP_PX
    sheet = Image.new("RGB", (columns * width + GAP_PX, rows * height + GAP_PX), "#202020")
    for number, pixels in enumerate(grey):
        cell = Image.fromarray(pixels.numpy()).convert("RGB")
        _draw_boxes(cell, batch.boxes[number], rules.box_labels)
        left = GAP_PX + number % columns * width
        top = GAP_PX + number // columns * height
        sheet.paste(cell, (left, top))
        said = _said(batch.targets[number], batch.known[number], rules.labels)
        pen = ImageDraw.Draw(sheet)
        for line, text in enumerate(_wrapped(said, side // _CHARACTER_PX)):
            pen.text((left + 2, top + side + 2 + 13 * line), text, "#d0d0d0", _font())
    return sheet


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(10)


def _as_grey(images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """(N, 3, S, S) normalised -> (N, S, S) uint8."""
    first = images[:, 0] * preprocessing.std[0] + preprocessing.mean[0]
    return (first.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)


def _draw_boxes(cell: Image.Image, target: BoxTarget | None, names: tuple[str, ...]) -> None:
    if target is None:
        return
    pen = ImageDraw.Draw(cell)
    for box, label in zip(target.boxes.tolist(), target.labels.tolist(), strict=True):
        colour = COLOURS[(label - 1) % len(COLOURS)]
        pen.rectangle(box, outline=colour, width=2)
        place = (box[0] + 3, max(0.0, box[1] - 13))
        pen.text(place, names[label - 1], colour, _font(), stroke_width=2, stroke_fill="#000000")


def _said(targets: Tensor, known: Tensor, labels: tuple[str, ...]) -> str:
    """Present labels with their targets; a question mark counts the masked ones."""
    present = [
        f"{label} {target:.2f}"
        for label, target, told in zip(labels, targets.tolist(), known.tolist(), strict=True)
        if told and target >= 0.3
    ]
    masked = int((~known).sum())
    return ", ".join(present or ["none"]) + (f", {masked} unknown" if masked else "")


def _wrapped(text: str, characters: int) -> tuple[str, ...]:
    """At most two lines; what does not fit ends in an ellipsis."""
    if len(text) <= characters:
        return (text,)
    cut = text.rfind(" ", 0, characters + 1)
    first, rest = text[:cut], text[cut + 1 :]
    return first, rest if len(rest) <= characters else rest[: characters - 1] + "…"


def make_grid(arguments: argparse.Namespace) -> Image.Image:
    """The first images of an epoch, boxed ones first. Raises ConfigRefused, DataRefused."""
    config = load_config(arguments.config)
    with tempfile.TemporaryDirectory() as scratch:
        prepared = prepare(config, arguments.data, Path(scratch))
        chosen = _chosen(prepared, arguments.images, arguments.seed)
        dataset = replace(
            prepared.dataset, records=tuple(prepared.dataset.records[index] for index in chosen)
        )
        packed = pack(dataset, config.size_px, Path(scratch) / "cache")
        rules = TargetRules(
            dataset.labels, dataset.box_labels, config.data.soft_share, config.optim.label_smoothing
        )
        batches = TrainingBatches(
            Subset(dataset, packed, tuple(range(len(chosen)))),
            rules,
            augment=config.augment,
            batch_images=len(chosen),
            preprocessing=Preprocessing(config.size_px),
        )
        torch.manual_seed(arguments.seed)
        batch = next(batches.epoch())
        return draw_grid(batch, rules, Preprocessing(config.size_px), columns=arguments.columns)


def _chosen(prepared: Prepared, count: int, seed: int) -> list[int]:
    """Training images in a random order, two boxed ones for every other where there are enough."""
    indices = prepared.indices(TRAIN)
    order = torch.randperm(len(indices), generator=torch.Generator().manual_seed(seed))
    shuffled = [indices[place] for place in order.tolist()]
    boxed = [index for index in shuffled if _is_boxed(prepared.dataset, index)]
    first = boxed[: count * 2 // 3]
    return [*first, *(index for index in shuffled if index not in set(first))][:count]


def _is_boxed(dataset: Dataset, index: int) -> bool:
    return bool(dataset.records[index].boxes)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="inference.training.grid",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder of images and tables")
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    if arguments.images < 1 or arguments.columns < 1:
        parser.error("--images and --columns must be positive")
    return exit_status(lambda: _write(arguments))


def _write(arguments: argparse.Namespace) -> None:
    sheet = make_grid(arguments)
    part = arguments.out.with_suffix(".part.png")
    sheet.save(part)
    part.replace(arguments.out)


if __name__ == "__main__":
    sys.exit(main())
