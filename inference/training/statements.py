"""What several readers state of one image, made into one truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.fusion import FusedBox, ReaderBox, fuse
from inference.training.label_maps import LabelMap


@dataclass(frozen=True, slots=True)
class Statement:
    """One finding by one reader; ``box`` None: of the whole image. ``doubtful``: only possible."""

    label: str
    reader: str
    box: Box | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Agreed:
    """``disputed``: stated by too few readers; ``doubtful``: by enough, but only as possible.

    ``boxes`` are those of the present labels.
    """

    present: frozenset[str]
    disputed: frozenset[str]
    doubtful: frozenset[str]
    boxes: tuple[FusedBox, ...]


def agree(statements: Iterable[Statement], config: DataConfig) -> Agreed:
    """A label is present where ``min_readers`` different readers state it without doubt."""
    sure: dict[str, set[str]] = {}
    at_all: dict[str, set[str]] = {}
    drawn: list[ReaderBox] = []
    for item in statements:
        at_all.setdefault(item.label, set()).add(item.reader)
        if not item.doubtful:
            sure.setdefault(item.label, set()).add(item.reader)
            if item.box is not None:
                drawn.append(ReaderBox(item.label, item.box, item.reader))
    enough = config.min_readers
    present = frozenset(label for label, readers in sure.items() if len(readers) >= enough)
    doubtful = (
        frozenset(label for label, readers in at_all.items() if len(readers) >= enough) - present
    )
    boxes = fuse(
        (item for item in drawn if item.label in present), config.reader_fusion, config.fusion_iou
    )
    return Agreed(present, frozenset(at_all) - present - doubtful, doubtful, boxes)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a record holds under the same names."""

    labels: frozenset[str]
    known: frozenset[str]
    boxes: tuple[tuple[str, Box], ...]
    readers: tuple[int, ...]
    uncertain: tuple[tuple[str, float], ...]


def truth_of(
    statements: Iterable[Statement], labels: LabelMap, config: DataConfig, *, exhaustive: bool
) -> Truth:
    """``exhaustive``: the readers looked for every label, so what nobody states is absent.

    What too few readers state, or state only as possible, is in doubt, not absent.
    """
    agreed = agree(statements, config)
    doubtful = dict.fromkeys(agreed.disputed | agreed.doubtful, uncertain_target(config))
    absent = set(labels.own) - agreed.present - set(doubtful) if exhaustive else set()
    told = labels.tell(present=agreed.present, absent=absent, doubtful=doubtful)
    boxes = [item for item in agreed.boxes if item.label in labels.targets]
    return Truth(
        labels=told.labels,
        known=told.known,
        boxes=tuple((labels.targets[item.label], item.box) for item in boxes),
        readers=tuple(item.readers for item in boxes),
        uncertain=told.uncertain,
    )


def uncertain_target(config: DataConfig) -> float:
    """The training target of a label in doubt; NaN where it is left out.

    "smooth": ``uncertain_target``, by default the middle of the range 0.55 to 0.85 of Pham et al.,
    Neurocomputing 437, 2021.
    """
    return {
        "ignore": float("nan"),
        "zeros": 0.0,
        "ones": 1.0,
        "smooth": config.uncertain_target,
    }[config.uncertain]
