"""YOLO: data.yaml, the images that its lists or folders name, a text file of boxes for each.

A line is ``class x_center y_center width height``, shares of the image; the corners of a polygon
(YOLO segmentation) become the box around them. The label file of images/a.png is labels/a.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from annotations.imports.errors import TableBroken
from annotations.imports.files import DatasetFiles, text_of
from annotations.imports.tables import no_numbers
from annotations.imports.types import (
    DatasetImage,
    DatasetStatement,
    Item,
    Options,
    Place,
    RowProblem,
    Xyxy,
    stated_label,
)

DATA_NAMES = ("data.yaml", "data.yml")
PARTS = ("train", "val", "valid", "test")
PICTURES = (".png", ".jpg", ".jpeg", ".dcm", ".dicom")
MOST_YAML_BYTES = 1 << 20
SHARES = (1.0, 1.0)


def find_yolo(names: list[str]) -> str:
    """data.yaml nearest to the top; "" without one."""
    found = [name for name in names if name.rsplit("/", 1)[-1].lower() in DATA_NAMES]
    return min(found, key=lambda name: name.count("/"), default="")


def read_yolo(files: DatasetFiles, name: str, options: Options) -> Iterator[Item]:
    """Images in the order of the parts; an image of two parts is read once. Raises TableBroken."""
    said = _data(files, name)
    classes = _classes(said.get("names"))
    folder = name.rpartition("/")[0]
    root = _joined(folder, str(said.get("path") or "."))
    known = frozenset(files.names())
    seen: set[str] = set()
    for part in PARTS:
        listed = said.get(part)
        for entry in listed if isinstance(listed, list) else [listed]:
            for place, image in _images(files, _joined(root, str(entry or "")), name, known):
                if entry and image not in seen:
                    seen.add(image)
                    yield from _image(files, image, place, classes, known, options)
    if not seen:
        raise TableBroken(f"{name} names no image that is there.")


def _data(files: DatasetFiles, name: str) -> dict[str, object]:
    with text_of(files, name) as text:
        try:
            said = yaml.safe_load(text.read(MOST_YAML_BYTES))
        except (yaml.YAMLError, RecursionError) as error:
            raise TableBroken(f"{name} is no YAML.") from error
    if not isinstance(said, dict):
        raise TableBroken(f"{name} is not the data file of YOLO.")
    return said


def _classes(names: object) -> dict[int, str]:
    """Of a list, or of a mapping from numbers. Raises TableBroken."""
    numbered = dict(enumerate(names)) if isinstance(names, list) else names
    try:
        pairs = numbered.items() if isinstance(numbered, dict) else ()
        found = {int(number): str(label) for number, label in pairs}
    except (TypeError, ValueError) as error:
        raise TableBroken("The names of data.yaml are not numbered.") from error
    if not found:
        raise TableBroken("data.yaml names no classes.")
    return found


def _joined(folder: str, path: str) -> str:
    """``path`` as seen from ``folder``, with ``.`` and ``..`` resolved; never above the top."""
    parts: list[str] = []
    for part in [*PurePosixPath(folder).parts, *PurePosixPath(path.replace("\\", "/")).parts]:
        if part == "..":
            del parts[-1:]
        elif part not in (".", "/"):
            parts.append(part)
    return "/".join(parts)


def _images(
    files: DatasetFiles, entry: str, data_name: str, known: frozenset[str]
) -> Iterator[tuple[Place, str]]:
    if entry.lower().endswith(".txt"):
        if entry not in known:
            return
        with text_of(files, entry) as text:
            for number, line in enumerate(text, start=1):
                if line.strip():
                    yield Place(entry, number), _joined(entry.rpartition("/")[0], line.strip())
        return
    below = f"{entry}/" if entry else ""
    pictures = sorted(n for n in known if n.startswith(below) and n.lower().endswith(PICTURES))
    for image in pictures:
        yield Place(data_name, 1), image


def _image(
    files: DatasetFiles,
    image: str,
    place: Place,
    classes: dict[int, str],
    known: frozenset[str],
    options: Options,
) -> Iterator[Item]:
    yield DatasetImage(key=image, file_name=image, place=place)
    labels = _label_file(image)
    if labels not in known:
        return
    with text_of(files, labels) as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield _statement(line.split(), Place(labels, number), image, classes, options)


def _label_file(image: str) -> str:
    stem = image.rpartition(".")[0]
    head, found, tail = f"/{stem}".rpartition("/images/")
    return (f"{head}/labels/{tail}" if found else f"/{stem}").removeprefix("/") + ".txt"


def _statement(
    cells: list[str], place: Place, image: str, classes: dict[int, str], options: Options
) -> Item:
    try:
        number, shares = int(cells[0]), [float(cell) for cell in cells[1:]]
        box = _corners(shares)
    except ValueError:
        return no_numbers(place, image)
    if number not in classes:
        return RowProblem(place, image, "category_unknown", f"data.yaml has no class {number}.")
    return DatasetStatement(
        image, options.reader, stated_label(classes[number]), place, box, SHARES
    )


def _corners(shares: list[float]) -> Xyxy:
    """Raises ValueError where there are neither four numbers nor a polygon of three corners."""
    if len(shares) == 4:
        x, y, width, height = shares
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    if len(shares) < 6 or len(shares) % 2:
        raise ValueError("neither a box nor a polygon")
    return min(shares[::2]), min(shares[1::2]), max(shares[::2]), max(shares[1::2])
