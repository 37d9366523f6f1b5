"""The lungs of a radiograph: loaded once in a worker process, one image in, masks out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.networks.errors import OutputNotFinite
from inference.networks.unet_checkpoint import UNetCheckpoint, load_unet
from inference.predict.boxes import Letterbox
from inference.predict.lung_masks import LEFT, RIGHT, clean_masks
from inference.predict.preprocess import letterboxed

LEFT_VALUE, RIGHT_VALUE = 1, 2  # in a label map; 0 is no lung


@dataclass(frozen=True, slots=True)
class LungPrediction:
    """Of one image, on the input's square grid.

    ``probabilities`` (2, S, S) and ``masks`` (2, S, S), left and right lung; ``features``: mean and
    spread of every feature map of the encoder, what the input gate looks at; ``grey`` (S, S), the
    input itself in [0, 1].
    """

    probabilities: NDArray[np.float32]
    masks: NDArray[np.bool_]
    features: NDArray[np.float32]
    grey: NDArray[np.float32]
    letterbox: Letterbox

    @property
    def content(self) -> tuple[slice, slice]:
        """Where the image lies in the grid: rows and columns without the letterbox."""
        return _content(self.letterbox)

    def label_map(self) -> NDArray[np.uint8]:
        """(rows, columns) uint8 over the image: 0 none, 1 left, 2 right lung; long side S."""
        inside = self.masks[(slice(None), *self.content)]
        labels = inside[LEFT] * np.uint8(LEFT_VALUE) + inside[RIGHT] * np.uint8(RIGHT_VALUE)
        result: NDArray[np.uint8] = labels.astype(np.uint8)
        return result

    def full_size(self) -> NDArray[np.bool_]:
        """(2, H, W) masks in pixels of the original image, with smooth edges."""
        size = (self.letterbox.columns, self.letterbox.rows)
        full = []
        for lung in (LEFT, RIGHT):
            # outside a margin of the cleaned region nothing may come back
            near = cv2.dilate(self.masks[lung].astype(np.uint8), np.ones((3, 3), np.uint8))
            kept = (self.probabilities[lung] * near)[self.content]
            full.append(cv2.resize(kept, size, interpolation=cv2.INTER_LINEAR))
        return clean_masks(np.stack(full))


class LungSegmenter:
    """Safe to call from several threads: the network runs one image at a time.

    Load it in the worker process itself: a process that forks after running torch hangs.
    """

    def __init__(self, checkpoint: UNetCheckpoint) -> None:
        self._checkpoint = checkpoint
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path, *, sha256: str = "") -> LungSegmenter:
        """Raises ModelMissing, ModelHashMismatch or ModelCorrupt (all PortalError)."""
        return cls(load_unet(folder, sha256=sha256))

    @property
    def sha256(self) -> str:
        return self._checkpoint.sha256

    @property
    def name(self) -> str:
        about = self._checkpoint.description
        return f"{about.name} {about.version}"

    def segment(self, image: NDArray[np.float32]) -> LungPrediction:
        """image (H, W) float32 in [0, 1], 1 is white. Raises ImageUnusable or OutputNotFinite."""
        about = self._checkpoint.description
        square, letterbox = letterboxed(image, about.size_px)
        with self._lock, torch.inference_mode():
            levels = self._checkpoint.network.encode((square[None, None] - about.mean) / about.std)
            logits = self._checkpoint.network.decode(levels)[0]
            features = _pooled(levels)
        if not bool(torch.isfinite(logits).all() and torch.isfinite(features).all()):
            raise OutputNotFinite
        probabilities = torch.sigmoid(logits).numpy()
        # the letterbox is no lung, whatever the network makes of its edge
        inside = np.zeros_like(probabilities)
        rows, columns = _content(letterbox)
        inside[:, rows, columns] = probabilities[:, rows, columns]
        masks = clean_masks(inside, about.threshold)
        return LungPrediction(inside, masks, features.numpy(), square.numpy(), letterbox)


def _content(box: Letterbox) -> tuple[slice, slice]:
    return (
        slice(box.top, box.top + box.content_rows),
        slice(box.left, box.left + box.content_columns),
    )


def _pooled(levels: list[Tensor]) -> Tensor:
    """Mean and standard deviation over places of every feature map: (2 x sum of channels,)."""
    parts = [torch.cat((x.mean(dim=(2, 3)), x.std(dim=(2, 3)))) for x in levels]
    return torch.cat([part.flatten() for part in parts])
