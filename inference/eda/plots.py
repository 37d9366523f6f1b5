"""The figures of a profile, by matplotlib: one function a figure, None where there is no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from inference.eda.profile import AGE_EDGES, Profile
from inference.eda.types import Floats

INK, BAR, MAP = "#1f2933", "#2f6f9f", "cividis"
FORMATS = ("png", "svg")
WIDE = 30  # the largest count by the smallest, from which on an axis is logarithmic


def save_figures(data: Profile, folder: Path) -> dict[str, Path]:
    """Write every figure that has data as PNG and SVG. Returns its PNG by name."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for name, draw in FIGURES.items():
        figure = draw(data)
        if figure is None:
            continue
        FigureCanvasAgg(figure)
        for kind in FORMATS:
            part = folder / f"{name}.part"
            # Without a date and with a fixed salt the same data gives the same bytes.
            metadata = {"Date": None} if kind == "svg" else {"Software": None}
            with rc_context({"svg.hashsalt": name}):
                figure.savefig(part, format=kind, dpi=130, metadata=metadata)
            part.replace(folder / f"{name}.{kind}")
        written[name] = folder / f"{name}.png"
    return written


def _figure(title: str, width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=8)
    return figure, axes


def _bars(title: str, names: list[str], values: list[int], *, log: bool) -> Figure | None:
    """``log``: where the counts are far apart; else a linear axis shows them better."""
    if not names or not any(values):
        return None
    log = log and max(values) > WIDE * max(1, min(values))
    title = f"{title} (log axis)" if log else title
    figure, axes = _figure(title, 8.0, 1.2 + 0.27 * len(names))
    places = np.arange(len(names))
    drawn = axes.barh(places, values, color=BAR)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    if log:
        axes.set_xscale("symlog", linthresh=1.0)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.bar_label(drawn, [f"{value:,}" for value in values], padding=3, fontsize=7, color=INK)
    axes.margins(x=0.12)
    return figure


def annotations_per_class(data: Profile) -> Figure | None:
    rows = sorted(data.classes, key=lambda row: -row.statements)
    names = [row.label for row in rows] + ["No finding"]
    values = [row.statements for row in rows] + [data.no_finding_statements]
    return _bars("Annotations per class", names, values, log=True)


def images_per_class(data: Profile) -> Figure | None:
    rows = sorted(data.classes, key=lambda row: -row.images)
    names = [row.label for row in rows] + ["No finding by any reader"]
    values = [row.images for row in rows] + [data.images_without_finding]
    return _bars("Images per class", names, values, log=False)


def annotations_per_reader(data: Profile) -> Figure | None:
    values = (data.reader_by_class.sum(axis=1) + data.no_finding_by_reader).tolist()
    names = [name or "unnamed" for name in data.readers]
    return _bars("Annotations per reader", names, values, log=True)


def reader_by_class(data: Profile) -> Figure | None:
    if not data.reader_by_class.size:
        return None
    counts = np.column_stack([data.reader_by_class, data.no_finding_by_reader])
    columns = [row.label for row in data.classes] + ["No finding"]
    rows = [name or "unnamed" for name in data.readers]
    return _matrix("Annotations by reader and class", counts, rows, columns)


def together(data: Profile) -> Figure | None:
    names = [row.label for row in data.classes]
    return _matrix("Images that carry both classes", data.together, names, names)


def _matrix(title: str, counts: Any, rows: list[str], columns: list[str]) -> Figure | None:
    if not counts.size or not counts.any():
        return None
    figure, axes = _figure(title, 4.5 + 0.48 * len(columns), 3.0 + 0.30 * len(rows))
    picture = axes.imshow(np.log10(counts + 1.0), cmap=MAP, aspect="auto", vmin=0.0)
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    limit = float(np.log10(counts.max() + 1.0)) * 0.55
    for (row, column), count in np.ndenumerate(counts):
        ink = "white" if np.log10(count + 1.0) < limit else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=6, color=ink)
    figure.colorbar(picture, ax=axes, label="log10 (count + 1)", shrink=0.8)
    return figure


def box_areas(data: Profile) -> Figure | None:
    rows = [row for row in data.classes if row.area_percent]
    if not rows:
        return None
    figure, axes = _figure(
        "Box area per class, % of the image (log axis)", 8.0, 1.6 + 0.3 * len(rows)
    )
    names = ("whislo", "q1", "med", "q3", "whishi")
    boxes = [
        {**dict(zip(names, row.area_percent, strict=True)), "label": row.label} for row in rows
    ]
    line = {"color": BAR, "linewidth": 2}
    axes.bxp(boxes, orientation="horizontal", showfliers=False, medianprops=line)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g} %"))
    axes.invert_yaxis()
    axes.set_xlabel("median, quartiles, 5 to 95 %", fontsize=8)
    return figure


def places(data: Profile) -> Figure | None:
    shown = [
        (row.label, data.places[index])
        for index, row in enumerate(data.classes)
        if np.isfinite(data.places[index]).all()
    ]
    if not shown:
        return None
    shown.append(("Mean of all classes", np.mean([grid for _, grid in shown], axis=0)))
    columns = min(5, len(shown))
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(2.0 * columns, 2.2 * lines + 0.4), layout="constrained")
    figure.suptitle("Where the boxes lie (share of the class's boxes)", fontsize=11, color=INK)
    for number, (name, grid) in enumerate(shown, start=1):
        axes = figure.add_subplot(lines, columns, number)
        picture = axes.imshow(grid, cmap=MAP, vmin=0.0, extent=(0, 1, 1, 0))
        axes.set_title(name, fontsize=8, color=INK)
        axes.set_xticks([])
        axes.set_yticks([])
        bar = figure.colorbar(picture, ax=axes, shrink=0.7)
        bar.ax.tick_params(labelsize=6)
    return figure


def ages(data: Profile) -> Figure | None:
    known: Floats = data.ages[np.isfinite(data.ages)]
    if not len(known):
        return None
    edges = [*AGE_EDGES, max(100.0, float(known.max()) + 1.0)]
    counts, _ = np.histogram(known, edges)
    names = [f"{low:.0f} to {low + 9:.0f}" for low in AGE_EDGES[:-1]] + ["90 and older"]
    return _bars("Age in years (images)", names, counts.tolist(), log=False)


def sexes(data: Profile) -> Figure | None:
    return _named("Sex (images)", data.sexes)


def views(data: Profile) -> Figure | None:
    return _named("View position (images)", data.views)


def _named(title: str, counts: tuple[tuple[str, int], ...]) -> Figure | None:
    if {name for name, _ in counts} <= {"unknown"}:
        return None
    return _bars(title, [name for name, _ in counts], [count for _, count in counts], log=False)


def kappas(data: Profile) -> Figure | None:
    rows = [row for row in data.agreement if np.isfinite(row.kappa) and np.isfinite(row.low)]
    if not rows:
        return None
    figure, axes = _figure(
        "Agreement of the readers: Fleiss' kappa, 95 %", 8.0, 1.6 + 0.28 * len(rows)
    )
    values = np.array([row.kappa for row in rows])
    spread = np.array([[row.kappa - row.low, row.high - row.kappa] for row in rows]).T
    axes.errorbar(values, range(len(rows)), xerr=spread.clip(min=0), fmt="o", color=BAR, capsize=2)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(min(-0.1, float(np.min([row.low for row in rows])) - 0.05), 1.0)
    axes.axvline(0.0, color=INK, linewidth=0.5)
    return figure


FIGURES: dict[str, Callable[[Profile], Figure | None]] = {
    "annotations_per_class": annotations_per_class,
    "images_per_class": images_per_class,
    "annotations_per_reader": annotations_per_reader,
    "reader_by_class": reader_by_class,
    "box_areas": box_areas,
    "places": places,
    "together": together,
    "kappas": kappas,
    "ages": ages,
    "sexes": sexes,
    "views": views,
}
