"""What stands in each figure: small panels, one a finding, all models in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from inference.evaluation.bootstrap import Interval
from inference.evaluation.curves import Curve
from inference.evaluation.findings import LabelResult
from inference.evaluation.found_boxes import BoxesResult
from inference.evaluation.results import ModelResult
from inference.evaluation.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

Models = tuple[ModelResult, ...]
# Okabe and Ito's colours, which colour-blind people tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY, FAINT = "#6b7280", "#e5e7eb"
COLUMNS = 4


def draw_roc(models: Models) -> Picture | None:
    return _curves(
        models,
        lambda item: (item.roc, number(item.auroc.value, 2)),
        ("false positive rate", "sensitivity"),
        lambda item: ((0.0, 1.0), (0.0, 1.0)),
        "lower right",
    )


def draw_pr(models: Models) -> Picture | None:
    def prevalence(item: LabelResult) -> tuple[tuple[float, float], tuple[float, float]]:
        share = item.positives / max(item.images, 1)
        return (0.0, 1.0), (share, share)

    return _curves(
        models,
        lambda item: (item.precision_recall, number(item.average_precision.value, 2)),
        ("recall", "precision"),
        prevalence,
        "upper right",
    )


def _curves(
    models: Models,
    curve_of: Callable[[LabelResult], tuple[Curve, str]],
    axis_names: tuple[str, str],
    chance: Callable[[LabelResult], tuple[tuple[float, float], tuple[float, float]]],
    corner: Literal["lower right", "upper right"],
) -> Picture | None:
    of_label: dict[str, list[tuple[int, LabelResult]]] = {}
    for place, model in enumerate(models):
        for item in model.evaluation.findings.labels if model.evaluation.findings else ():
            of_label.setdefault(item.label, []).append((place, item))
    if not of_label:
        return None
    picture, axes = _grid(len(of_label), 2.25)
    for axis, (label, items) in zip(axes, of_label.items(), strict=False):
        axis.plot(*chance(items[0][1]), color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        for place, item in items:
            curve, value = curve_of(item)
            if len(curve.x) > 1:
                axis.plot(curve.x, curve.y, color=_colour(place), linewidth=1.6, label=value)
        axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axis.set_title(f"{_spaced(label)}  (n = {items[0][1].positives})")
        axis.set_aspect("equal")
        _ticks(axis)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(loc=corner, fontsize=8, handlelength=1.2, borderpad=0.2)
    _name_outer_axes(axes, len(of_label), axis_names)
    _name_models(picture, models)
    return picture


def draw_intervals(models: Models) -> Picture | None:
    """AUROC at the left, AP40 at the right, where there are any."""
    kinds: list[tuple[str, float, list[list[tuple[str, Interval]]]]] = []
    areas = [
        [(item.label, item.auroc) for item in model.evaluation.findings.labels]
        + [("macro mean", model.evaluation.findings.macro_auroc)]
        if model.evaluation.findings
        else []
        for model in models
    ]
    boxes = [
        [(item.label, item.ap40) for item in model.evaluation.boxes.labels]
        + [("mean", model.evaluation.boxes.mean_ap40)]
        if model.evaluation.boxes
        else []
        for model in models
    ]
    if any(areas):
        kinds.append(("AUROC", 0.5, areas))
    if any(boxes):
        kinds.append(("AP40", 0.0, boxes))
    if not kinds:
        return None
    rows = max(len(column) for _, _, columns in kinds for column in columns)
    picture = _picture((5.0 * len(kinds), 1.2 + rows * (0.2 + 0.12 * len(models))))
    for axis, (name, low, columns) in zip(
        picture.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True
    ):
        _forest(axis, columns)
        values = [item.low for column in columns for _, item in column if item.resamples]
        left = min([low, *values]) if low else 0.0
        axis.set(xlim=(max(0.0, left - 0.03), 1.02), title=f"{name} with 95 % intervals")
        if low:
            axis.axvline(0.5, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    _name_models(picture, models)
    return picture


def _forest(axis: Axes, columns: Sequence[Sequence[tuple[str, Interval]]]) -> None:
    longest = max(columns, key=len)
    # Best on top, the mean at the foot.
    *labels, mean = longest
    order = [name for name, _ in sorted(labels, key=lambda item: -_or_low(item[1].value))]
    places = {name: place for place, name in enumerate([*order, mean[0]])}
    step = 0.6 / max(len(columns), 1)
    for number_, column in enumerate(columns):
        for name, item in column:
            if name not in places or not math.isfinite(item.value):
                continue
            y = places[name] + (number_ - (len(columns) - 1) / 2.0) * step
            colour = _colour(number_)
            if item.resamples:
                axis.plot((item.low, item.high), (y, y), color=colour, linewidth=1.8)
            axis.plot(item.value, y, "o", color=colour, markersize=4.5)
    axis.axhline(len(order) - 0.5, color=GREY, linewidth=0.8)
    axis.set_yticks(range(len(places)), [_spaced(name) for name in places])
    axis.tick_params(axis="y", length=0, labelcolor="black")
    axis.set_ylim(len(places) - 0.4, -0.6)
    axis.grid(visible=False, axis="y")


def draw_reliability(models: Models) -> Picture | None:
    """One panel a scaling; the size of a dot follows how many images it stands for."""
    names = list(
        dict.fromkeys(
            item.name
            for model in models
            if model.evaluation.calibration
            for item in model.evaluation.calibration.scalings
        )
    )
    if not names:
        return None
    picture, axes = _grid(len(names), 2.5)
    for axis, name in zip(axes, names, strict=False):
        axis.plot((0, 1), (0, 1), color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        for place, model in enumerate(models):
            result = model.evaluation.calibration
            for item in result.scalings if result else ():
                if item.name == name:
                    x = [part.predicted for part in item.bins]
                    y = [part.observed for part in item.bins]
                    text = f"ECE {number(item.error)}"
                    axis.plot(x, y, "o-", color=_colour(place), markersize=3.5, label=text)
        axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title=name[0].upper() + name[1:])
        axis.set_aspect("equal")
        _ticks(axis)
        axis.legend(loc="upper left", fontsize=8, handlelength=1.2)
    _name_outer_axes(axes, len(names), ("mean score", "share positive"))
    _name_models(picture, models)
    return picture


def draw_froc(models: Models) -> Picture | None:
    of_label: dict[str, list[tuple[int, BoxesResult, tuple[Interval, ...]]]] = {}
    for place, model in enumerate(models):
        boxes = model.evaluation.boxes
        if boxes:
            for item in boxes.labels:
                of_label.setdefault(item.label, []).append((place, boxes, item.froc))
            of_label.setdefault("mean", []).append((place, boxes, boxes.mean_froc))
    if not of_label:
        return None
    of_label["mean"] = of_label.pop("mean")
    picture, axes = _grid(len(of_label), 2.1)
    for axis, (label, items) in zip(axes, of_label.items(), strict=False):
        for place, boxes, found in items:
            # The rates double from one to the next: evenly spaced.
            x = np.log2(boxes.rates)
            colour = _colour(place)
            axis.plot(x, [item.value for item in found], "o-", color=colour, markersize=3)
            low, high = [item.low for item in found], [item.high for item in found]
            axis.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            axis.set_xticks(x, [f"{rate:g}" for rate in boxes.rates])
        axis.set(ylim=(-0.02, 1.02), title=_spaced(label))
    _name_outer_axes(axes, len(of_label), ("false boxes / image", "sensitivity"))
    _name_models(picture, models)
    return picture


def _picture(size: tuple[float, float]) -> Picture:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # optional: see figures.py
    from matplotlib.figure import Figure  # optional: as above

    picture = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(picture)
    return picture


def _grid(panels: int, height: float) -> tuple[Picture, list[Axes]]:
    rows = -(-panels // COLUMNS)
    picture = _picture((10.0, 0.5 + height * rows))
    axes = list(picture.subplots(rows, COLUMNS, squeeze=False).flat)
    for unused in axes[panels:]:
        unused.set_axis_off()
    return picture, axes


def _name_outer_axes(axes: list[Axes], panels: int, names: tuple[str, str]) -> None:
    for place, axis in enumerate(axes[:panels]):
        if place + COLUMNS >= panels:
            axis.set_xlabel(names[0])
        if place % COLUMNS == 0:
            axis.set_ylabel(names[1])


def _name_models(picture: Picture, models: Models) -> None:
    """A legend over all panels, where there is more than one model."""
    if len(models) < 2:
        return
    from matplotlib.lines import Line2D  # optional: see figures.py

    alike = len({model.name for model in models}) < len(models)
    names = [f"{model.name} {model.version}" if alike else model.name for model in models]
    lines = [Line2D([], [], color=_colour(k), linewidth=2) for k in range(len(models))]
    picture.legend(lines, names, loc="outside upper center", ncols=min(len(models), 3))


def _ticks(axis: Axes) -> None:
    axis.set_xticks((0.0, 0.5, 1.0))
    axis.set_yticks((0.0, 0.5, 1.0))


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _spaced(label: str) -> str:
    return label.replace("_", " ")


def _or_low(value: float) -> float:
    return value if math.isfinite(value) else -1.0
