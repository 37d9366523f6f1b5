"""Figures of a report, as PNG and SVG. Drawn from the stored numbers alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.evaluation.panels import (
    FAINT,
    GREY,
    draw_froc,
    draw_intervals,
    draw_pr,
    draw_reliability,
    draw_roc,
)
from inference.evaluation.results import ModelResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

STYLE = {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "font.family": "sans-serif",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure: file name without suffix, caption, and both forms; PNG empty if not asked for."""

    name: str
    caption: str
    png: bytes
    svg: str


def write_figures(drawn: tuple[Drawn, ...], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for item in drawn:
        (folder / f"{item.name}.png").write_bytes(item.png)
        (folder / f"{item.name}.svg").write_text(item.svg, encoding="utf-8")


def draw_all(models: tuple[ModelResult, ...], *, png: bool = True) -> tuple[Drawn, ...]:
    """Those figures that the models have numbers for. Raises ImportError without matplotlib."""
    drawers: tuple[tuple[str, str, Callable[[tuple[ModelResult, ...]], Picture | None]], ...] = (
        ("intervals", "AUROC and AP40 by finding with 95 % intervals.", draw_intervals),
        ("roc", "Receiver operating characteristic by finding; dashed: chance.", draw_roc),
        ("precision_recall", "Precision and recall; dashed: the share of positives.", draw_pr),
        ("reliability", "Reliability over all findings, equal-count bins.", draw_reliability),
        ("froc", "FROC: sensitivity against false boxes of the finding an image.", draw_froc),
    )
    drawn = []
    for name, caption, draw in drawers:
        with _drawing(name):
            picture = draw(models)
            if picture is not None:
                drawn.append(_finished(picture, name, caption, png))
    return tuple(drawn)


@contextmanager
def _drawing(name: str) -> Iterator[None]:
    import matplotlib  # optional: a training machine may lack it

    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):  # type: ignore[dict-item]
        yield


def _finished(picture: Picture, name: str, caption: str, png: bool) -> Drawn:
    engine = picture.get_layout_engine()
    if engine is not None:
        # Once for both forms: finding the layout takes longer than drawing.
        engine.execute(picture)
        picture.set_layout_engine("none")
    pixels, svg = io.BytesIO(), io.StringIO()
    if png:
        picture.savefig(pixels, format="png", dpi=130, metadata={"Software": None})
    picture.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    # Without the XML prologue, so that it can stand inside a page.
    text = svg.getvalue()
    return Drawn(name, caption, pixels.getvalue(), text[text.index("<svg") :])
