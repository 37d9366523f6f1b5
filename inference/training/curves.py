"""Loss and metric curves of a training as one PNG."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.training.history import EpochRow

CURVES = "curves.png"
Curve = tuple[str, Callable[[EpochRow], float]]
_PANELS: tuple[tuple[str, tuple[Curve, ...]], ...] = (
    (
        "Loss",
        (
            ("training", lambda row: row.loss),
            ("validation", lambda row: row.validation_loss),
        ),
    ),
    ("Macro AUROC (validation)", (("AUROC", lambda row: row.auroc),)),
    ("Mean AP40 (validation)", (("AP40", lambda row: row.ap40),)),
)


def draw_curves(rows: tuple[EpochRow, ...], path: Path, *, title: str) -> None:
    """Panels without a single value are left out. Written to a temporary name and renamed."""
    # optional: a machine that only trains may lack matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure  # optional: as above

    panels = [panel for panel in _PANELS if any(_points(rows, of)[0] for _, of in panel[1])]
    figure = Figure(figsize=(4.6 * max(len(panels), 1), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for number, (name, curves) in enumerate(panels, start=1):
        _draw_panel(figure.add_subplot(1, len(panels), number), name, rows, curves)
    figure.suptitle(title)
    part = path.with_suffix(".part.png")
    figure.savefig(part, dpi=120)
    part.replace(path)


def _points(
    rows: tuple[EpochRow, ...], value_of: Callable[[EpochRow], float]
) -> tuple[list[int], list[float]]:
    told = [(row.epoch, value_of(row)) for row in rows if not math.isnan(value_of(row))]
    return [epoch for epoch, _ in told], [value for _, value in told]


def _draw_panel(
    axes: Any, name: str, rows: tuple[EpochRow, ...], curves: tuple[Curve, ...]
) -> None:
    for label, value_of in curves:
        epochs, values = _points(rows, value_of)
        if epochs:
            axes.plot(epochs, values, marker="o", markersize=3, label=label)
    if len(curves) > 1:
        axes.legend(frameon=False)
    elif epochs:
        best = max(values)
        axes.annotate(
            f"{best:.3f}",
            (epochs[values.index(best)], best),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
        )
        axes.margins(x=0.08, y=0.15)
        low, high = axes.get_ylim()
        axes.set_ylim(max(0.0, low), max(0.05, high))  # both metrics lie in [0, 1]
    axes.set_title(name)
    axes.set_xlabel("epoch")
    axes.grid(alpha=0.3)
    axes.xaxis.get_major_locator().set_params(integer=True)
