"""Pictures that are no frontal chest radiographs, made or taken from packages, for the input gate.

Those with an even number may be fitted on, those with an odd one are for measuring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.predict.quality_parameters import CROPPED, INVERTED, TURNS

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stranger:
    """``grey`` (H, W) float32 in [0, 1]. A picture and its part have one number."""

    kind: str
    number: int
    grey: Grey

    @property
    def for_fitting(self) -> bool:
        return self.number % 2 == 0


def strangers(per_kind: int = 20, seed: int = 0) -> Iterator[Stranger]:
    """Photos (scikit-image's own, parts of them too), charts, pages of text, noise, shapes."""
    random = np.random.default_rng(seed)
    yield from photos(random)
    for index in range(per_kind):
        yield Stranger("chart", index, chart(random))
        yield Stranger("page", index, page(random))
        yield Stranger("noise", index, noise(random, index // 2))
        yield Stranger("limb", index, limb(random))


def photos(random: np.random.Generator) -> Iterator[Stranger]:
    """scikit-image ships about twenty pictures; each also as a part of itself, mirrored."""
    import skimage  # optional: only fitting and measuring the gate needs it

    folder = Path(skimage.__file__).parent / "data"
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))
    for number, path in enumerate(paths):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None or min(grey.shape) < 100:
            continue
        whole = _as_grey(grey)
        yield Stranger("photo", number, whole)
        rows, columns = (int(side * random.uniform(0.5, 0.8)) for side in whole.shape)
        top = int(random.integers(0, whole.shape[0] - rows + 1))
        left = int(random.integers(0, whole.shape[1] - columns + 1))
        part = whole[top : top + rows, left : left + columns][:, ::-1]
        yield Stranger("photo", number, np.ascontiguousarray(part))


def chart(random: np.random.Generator) -> Grey:
    """A line or bar chart, dark on light or light on dark."""
    image = np.full((480, 640), 255, np.uint8)
    cv2.line(image, (60, 20), (60, 430), 0, 2)
    cv2.line(image, (60, 430), (620, 430), 0, 2)
    for index in range(int(random.integers(1, 4))):
        if random.random() < 0.5:
            y = 430 - np.abs(np.cumsum(random.normal(0, 12, 56))).clip(0, 400)
            points = np.stack((np.arange(60, 620, 10), y), axis=1).astype(np.int32)
            cv2.polylines(image, [points], isClosed=False, color=60 * index, thickness=2)
        else:
            for x in range(80 + 15 * index, 600, 60):
                top = 430 - int(random.uniform(10, 390))
                cv2.rectangle(image, (x, top), (x + 14, 429), 50 + 60 * index, thickness=-1)
    for text in range(5):
        cv2.putText(image, f"{text * 20}", (15, 430 - 90 * text), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0)
    return _as_grey(image if random.random() < 0.7 else 255 - image)


def page(random: np.random.Generator) -> Grey:
    """Lines of words, as in a scanned letter."""
    image = np.full((842, 595), int(random.integers(220, 256)), np.uint8)
    letters = list("abcdefghiklmnoprstuv      ")
    for y in range(60, 800, int(random.integers(16, 30))):
        line = "".join(random.choice(letters, size=int(random.integers(20, 60))))
        cv2.putText(image, line, (50, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 20)
    return _as_grey(image)


def noise(random: np.random.Generator, index: int) -> Grey:
    """White noise, cloudy noise, or a smooth ramp."""
    fine = random.random((512, 512)).astype(np.float32)
    if index % 3 == 0:
        return fine
    if index % 3 == 1:
        cloudy = cv2.GaussianBlur(fine, (0, 0), float(random.uniform(4, 60)))
        return _as_grey((cloudy - cloudy.min()) / np.ptp(cloudy) * 255.0)
    across = np.linspace(0, 1, 512, dtype=np.float32)
    ramp: Grey = np.clip(across[None] * random.random() + across[:, None] * random.random(), 0, 1)
    return ramp


def limb(random: np.random.Generator) -> Grey:
    """Drawn bones in soft tissue on black: a picture of a limb, by no means a phantom of one."""
    image = np.zeros((600, 440), np.float32)
    centre, width = float(random.uniform(180, 260)), float(random.uniform(60, 130))
    slope = float(random.uniform(-0.2, 0.2))
    ends = [(int(centre + slope * (y - 300)), y) for y in (-50, int(random.uniform(250, 350)), 650)]
    cv2.line(image, ends[0], ends[2], 0.35, thickness=int(width * 1.8))
    for offset in ((0.0,), (-0.35, 0.35))[int(random.random() < 0.5)]:
        for first, last in ((ends[0], ends[1]), (ends[1], ends[2])):
            a = (int(first[0] + offset * width), first[1] + 8)
            b = (int(last[0] + offset * width), last[1] - 8)
            cv2.line(image, a, b, 0.85, thickness=int(width * 0.4))
    soft = cv2.GaussianBlur(image, (0, 0), 4) + random.normal(0, 0.02, image.shape)
    return _as_grey((soft * 255).clip(0, 255))


def _as_grey(levels: object) -> Grey:
    """Levels in [0, 255] -> grey in [0, 1]."""
    grey: Grey = np.ascontiguousarray(levels, dtype=np.float32) / np.float32(255.0)
    return grey


def cropped(grey: Grey, random: np.random.Generator) -> Grey:
    """Half to three fifths of one axis, from one side: a lung, or half of both, is missing."""
    kept = random.uniform(0.5, 0.6)
    side = int(random.integers(0, 4))
    turned = np.rot90(grey, side)
    part = turned[: int(turned.shape[0] * kept)]
    return np.ascontiguousarray(np.rot90(part, -side))


def variants(grey: Grey, random: np.random.Generator) -> tuple[tuple[str, Grey], ...]:
    """A radiograph made wrong in every way that the gate knows: (class, image)."""
    turned = (
        (name, np.ascontiguousarray(np.rot90(grey, quarter)))
        for quarter, name in enumerate(TURNS, start=1)
    )
    return ((INVERTED, 1.0 - grey), *turned, (CROPPED, cropped(grey, random)))


def otherwise_taken(grey: Grey, random: np.random.Generator) -> Grey:
    """The same radiograph as another machine might show it: tilt, frame, gamma, contrast."""
    rows, columns = grey.shape
    turn = cv2.getRotationMatrix2D(
        (columns / 2, rows / 2), float(random.uniform(-8, 8)), float(random.uniform(0.8, 1.15))
    )
    moved = cv2.warpAffine(grey, turn, (columns, rows))
    contrast, gamma = random.uniform(0.7, 1.1), np.exp(random.uniform(-0.5, 0.5))
    changed = (moved**gamma - 0.5) * contrast + 0.5 + random.uniform(-0.1, 0.1)
    return _as_grey(np.clip(changed, 0.0, 1.0) * 255.0)
