"""An image as the viewer wants it: JSON of facts and addresses."""

from __future__ import annotations

from typing import Any

from cases.models import Image


def image_json(image: Image) -> dict[str, Any]:
    """Everything the browser needs to turn stored values into grey levels (see docs/api.md)."""
    grid, study = image.facts["grid"], image.facts["study"]
    base = f"/api/v1/images/{image.pk}"
    return {
        "id": str(image.pk),
        "kind": image.kind,
        **{name: grid[name] for name in _GRID},
        "view_position": study["view_position"],
        "laterality": study["laterality"],
        "patient_orientation": study["patient_orientation"],
        "warnings": image.warnings,
        "ingest_state": image.state,
        "ingest_code": image.code,
        "ingest_message": image.message,
        "pixels_url": f"{base}/pixels/" if image.pixels_key else "",
        "display_url": f"{base}/display/" if image.display_key else "",
        "thumbnail_url": f"{base}/thumbnail/" if image.thumbnail_key else "",
    }


_GRID = (
    "rows", "columns", "bits_stored", "photometric", "rescale_slope", "rescale_intercept",
    "modality_lut", "windows", "voi_function", "voi_lut", "padding_value", "padding_limit",
    "invert", "pixel_offset", "spacing_mm", "spacing_kind", "auto_window",
)  # fmt: skip
