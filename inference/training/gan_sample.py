"""Draw synthetic radiographs: python -m inference.training.gan_sample --checkpoint DIR --out DIR

Each picture says that it is synthetic three times: in its name, in its PNG text, and in a band
below the image (``--no-band`` leaves that away). ``synthetic.csv`` lists them.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from cxrportal.common.errors import exit_status
from inference.networks.gan import GanCheckpoint, load_gan

TABLE = "synthetic.csv"
WORD = "SYNTHETIC"
STATEMENT = "Synthetic image made by a generative network. It shows no patient."
COLUMNS = ("image", "synthetic", "model", "version", "sha256", "seed", "number", "size_px")
_LEAST_BAND_PX = 12
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """``band``: whether the word stands below each image."""

    count: int
    seed: int = 0
    band: bool = True


def write_samples(checkpoint: GanCheckpoint, request: SampleRequest, out: Path) -> list[Path]:
    """PNG files and the table; a second run with the same request writes the same bytes."""
    out.mkdir(parents=True, exist_ok=True)
    about = checkpoint.description
    paths: list[Path] = []
    for first in range(0, request.count, _AT_ONCE):
        count = min(_AT_ONCE, request.count - first)
        for place, pixels in enumerate(checkpoint.draw(count, request.seed, first=first).numpy()):
            path = out / f"synthetic_{request.seed}_{first + place:05d}.png"
            picture = Image.fromarray(with_band(pixels) if request.band else pixels)
            text = PngInfo()
            text.add_text("Synthetic", "yes")
            text.add_text("Description", STATEMENT)
            text.add_text("Software", f"{about.name} {about.version} {checkpoint.sha256}")
            picture.save(path, pnginfo=text)
            paths.append(path)
    _write_table(checkpoint, request, paths, out / TABLE)
    return paths


def with_band(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(S, S) uint8 -> (S + band, S): the image untouched, the word black on white below it."""
    size = pixels.shape[1]
    height = max(_LEAST_BAND_PX, size // 10)
    band = Image.new("L", (size, height), 255)
    font = ImageFont.load_default(size=size / 7.0)
    draw = ImageDraw.Draw(band)
    draw.text((size / 2, height / 2), WORD, fill=0, font=font, anchor="mm")
    return np.concatenate((pixels, np.asarray(band)))


def _write_table(
    checkpoint: GanCheckpoint, request: SampleRequest, paths: list[Path], table: Path
) -> None:
    about = checkpoint.description
    part = table.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for number, path in enumerate(paths):
            model = (about.name, about.version, checkpoint.sha256)
            writer.writerow((path.name, "yes", *model, request.seed, number, about.network.size_px))
    part.replace(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="inference.training.gan_sample",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--checkpoint", type=Path, required=True, help="what the training wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sha256", default="", help="refuse another generator")
    parser.add_argument("--no-band", action="store_true", help="leave the visible mark away")
    given = parser.parse_args(argv)
    if given.count < 1 or given.seed < 0:
        parser.error("--count must be positive and --seed not negative")
    return exit_status(lambda: _sample(given))


def _sample(given: argparse.Namespace) -> None:
    checkpoint = load_gan(given.checkpoint, sha256=given.sha256)
    request = SampleRequest(given.count, given.seed, not given.no_band)
    paths = write_samples(checkpoint, request, given.out)
    sys.stdout.write(f"{len(paths)} synthetic images in {given.out}\n")


if __name__ == "__main__":
    sys.exit(main())
