"""COCO object detection. Our own further fields (reader, certainty, image_labels...) are heeded.

Source: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.imports.errors import TableBroken
from annotations.imports.files import DatasetFiles, text_of
from annotations.imports.json_stream import list_elements
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

LISTS = frozenset({"images", "annotations"})
DECIMALS = 3
Element = Mapping[str, object]


def find_coco(names: list[str]) -> str:
    """The annotation file: coco.json, else the only JSON that is no manifest; "" without one."""
    tables = [name for name in names if name.lower().endswith(".json")]
    named = [name for name in tables if name.rsplit("/", 1)[-1].lower() == "coco.json"]
    others = [name for name in tables if not name.lower().endswith("manifest.json")]
    return (named or (others if len(others) == 1 else []) or [""])[0]


def read_coco(files: DatasetFiles, name: str, options: Options) -> Iterator[Item]:
    """Images and statements of one file. Raises TableBroken."""
    categories = _categories(files, name)
    with text_of(files, name) as text:
        for section, number, element in list_elements(text, LISTS):
            place = Place(f"{name}#{section}", number)
            if not isinstance(element, dict):
                yield RowProblem(place, "", "element_invalid", "This element is no object.")
            elif section == "images":
                yield from _image(element, place, options)
            else:
                yield _statement(element, place, categories, options)


def _categories(files: DatasetFiles, name: str) -> dict[str, str]:
    with text_of(files, name) as text:
        found = {
            _text(element, "id"): _text(element, "name")
            for _, _, element in list_elements(text, frozenset({"categories"}))
            if isinstance(element, dict)
        }
    if not found:
        raise TableBroken(f"{name} has no categories: it is no COCO of detections.")
    return found


def _image(element: Element, place: Place, options: Options) -> Iterator[Item]:
    key, file_name = _text(element, "id"), _text(element, "file_name")
    if not key or not file_name:
        yield RowProblem(place, key, "image_unnamed", "An image without id or file_name.")
        return
    yield DatasetImage(
        key=key,
        file_name=file_name,
        place=place,
        patient=_text(element, "patient"),
        sex=_text(element, "sex"),
        view=_text(element, "view"),
        study_date=_text(element, "study_date"),
        width_px=_number(element.get("width")),
        height_px=_number(element.get("height")),
    )
    labels = element.get("image_labels")
    for said in labels if isinstance(labels, list) else []:
        if isinstance(said, dict):
            yield _said(said, key, place, _text(said, "label"), options)


def _statement(
    element: Element, place: Place, categories: dict[str, str], options: Options
) -> Item:
    key = _text(element, "image_id")
    number = _text(element, "category_id")
    if number not in categories:
        message = f"No category has the id {number[:20]!r}."
        return RowProblem(place, key, "category_unknown", message)
    try:
        box = _xyxy(element.get("bbox"))
    except (TypeError, ValueError):
        return no_numbers(place, key)
    return _said(element, key, place, categories[number], options, box)


def _said(
    element: Element,
    key: str,
    place: Place,
    label: str,
    options: Options,
    box: Xyxy | None = None,
) -> DatasetStatement:
    return DatasetStatement(
        key=key,
        reader=_text(element, "reader") or options.reader,
        label=stated_label(label),
        place=place,
        box=box,
        certainty=_text(element, "certainty") or "CERTAIN",
        laterality=_text(element, "laterality"),
    )


def _xyxy(value: Any) -> Xyxy:
    x, y, width, height = (float(side) for side in value)
    return x, y, round(x + width, DECIMALS), round(y + height, DECIMALS)


def _text(element: Element, name: str) -> str:
    value = element.get(name)
    return str(value).strip() if isinstance(value, str | int) else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None
