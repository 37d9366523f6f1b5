"""Where the lungs of an image are: from mask pictures, or from a U-Net."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.collect import Bools, Grey, Lungs
from inference.evaluation.errors import EvaluationRefused
from inference.networks.files import DESCRIPTION
from inference.training.images import read_grey


def lungs_from(path: Path) -> Lungs:
    """A folder of masks named as the images (PNG, lungs white), or a U-Net's checkpoint.

    Raises EvaluationRefused for anything else, PortalError for a checkpoint that cannot be read.
    """
    if (path / DESCRIPTION).is_file():
        # optional: the segmenter needs OpenCV, which a training machine may lack
        from inference.predict.lungs import LungSegmenter

        segmenter = LungSegmenter.load(path)
        return lambda name, grey: _both(segmenter.segment(grey).label_map())
    if not path.is_dir():
        raise EvaluationRefused(f"{path.name} holds neither lung masks nor a U-Net.")
    files = {file.stem: file for file in path.glob("*.png")}
    if not files:
        raise EvaluationRefused(f"{path.name} holds neither lung masks nor a U-Net.")

    def masks(name: str, grey: Grey) -> Bools | None:
        file = files.get(Path(name).stem)
        if file is None:
            return None
        mask: Bools = read_grey(file) >= 0.5
        if not _same_aspect(mask.shape, grey.shape):
            raise EvaluationRefused(f"{file.name} has another shape than its image.")
        return mask

    return masks


def _both(label_map: NDArray[np.uint8]) -> Bools:
    return label_map > 0


def _same_aspect(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Within a hundredth: a mask may be stored smaller than its image."""
    return abs(first[0] * second[1] / (first[1] * second[0]) - 1.0) < 0.01
