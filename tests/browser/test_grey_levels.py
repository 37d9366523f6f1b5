"""Every grey level on the canvas is the one that numpy computes, to half a display level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.support.viewer_page import as_served, facts_of, viewer_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIDE = 256
ALL = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE)
TWELVE_BITS = (ALL % 4096).astype(np.uint16)
SHARES = np.sin(np.linspace(0, np.pi / 2, 1024)) * 1023
VOI_LUT = {"first_mapped": 200, "bits": 10, "values": [round(v) for v in SHARES]}
MODALITY_LUT = {"first_mapped": 100, "bits": 16, "values": [v * v // 50 for v in range(1500)]}
SIGNED = {"pixel_offset": 32768}

Window = tuple[float, float] | None
CASES: dict[str, tuple[NDArray[np.uint16], dict[str, Any], list[Window]]] = {
    "12 bit": (TWELVE_BITS, {"bits_stored": 12}, [(2048, 4096), (1000.3, 777.7), (4000, 1)]),
    "16 bit": (ALL, {}, [(32768, 65536), (20000, 3001), (65000, 9000), (40000.25, 2)]),
    "MONOCHROME1": (TWELVE_BITS, {"invert": True}, [(2048, 4096), (900, 1500)]),
    "slope and intercept": (
        ALL, {"rescale_slope": 0.37, "rescale_intercept": -1024.5}, [(40, 400), (9000, 20001.5)],
    ),
    "signed": (ALL, SIGNED, [(0, 65536), (-500, 1001), (300.5, 80)]),
    "signed, falling slope, MONOCHROME1": (
        ALL, SIGNED | {"rescale_slope": -2.0, "rescale_intercept": 7.0, "invert": True},
        [(0, 5000), (-1200, 333)],
    ),
    "VOI LUT": (TWELVE_BITS, {"voi_lut": VOI_LUT}, [None]),
    "VOI LUT, MONOCHROME1, slope": (
        TWELVE_BITS, {"voi_lut": VOI_LUT, "invert": True, "rescale_slope": 0.5}, [None],
    ),
    "Modality LUT": (TWELVE_BITS, {"modality_lut": MODALITY_LUT}, [(20000, 30000), (500, 900)]),
    "LINEAR_EXACT": (ALL, {"voi_function": "LINEAR_EXACT"}, [(30000, 50000), (127.5, 255)]),
    "SIGMOID": (ALL, {"voi_function": "SIGMOID", "invert": True}, [(30000, 12000), (500, 90)]),
    "padding": (
        TWELVE_BITS, {"padding_value": 0, "padding_limit": 99, "invert": True}, [(2048, 4096)],
    ),
}  # fmt: skip

PAINT = """async ([url, grid, voi, invert]) => {
  const { Renderer } = await import("/viewer/renderer.js");
  const { buildPyramid, decodePixels } = await import("/viewer/pixels.js");
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  const data = await decodePixels(bytes, grid.rows * grid.columns);
  const size = { width: grid.columns, height: grid.rows };
  const canvas = document.createElement("canvas");
  const renderer = new Renderer(canvas);
  renderer.setImage(grid, buildPyramid({ ...size, data }));
  const view = { x: size.width / 2, y: size.height / 2, scale: 1, rotation: 0, flip: false };
  renderer.draw({ view, size, voi, invert, heatOpacity: 0 });
  const shown = canvas.getContext("2d").getImageData(0, 0, size.width, size.height).data;
  let greys = "";
  for (let i = 0; i < shown.length; i += 4) {
    if (shown[i] !== shown[i + 1] || shown[i] !== shown[i + 2]) throw new Error("a tint");
    greys += String.fromCharCode(shown[i]);
  }
  return greys;
}"""


def looked_up(lut: dict[str, Any], values: NDArray[np.float64]) -> NDArray[np.float64]:
    entries = np.asarray(lut["values"], dtype=np.float64)
    index = np.floor(values + 0.5).astype(int) - lut["first_mapped"]
    return entries[np.clip(index, 0, len(entries) - 1)]


def windowed(x: NDArray[np.float64], function: str, center: float, width: float) -> Any:
    """DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3, to [0, 1]."""
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (x - center) / width))
    if function == "LINEAR_EXACT":
        return np.clip((x - center) / width + 0.5, 0, 1)
    if width == 1:
        return (x > center - 0.5).astype(float)
    return np.clip((x - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


def levels(
    stored: NDArray[np.uint16], grid: dict[str, Any], window: Window, *, turned: bool
) -> NDArray[np.float64]:
    """0 to 255, not rounded: Modality, VOI, inversion, in that order; padding is black."""
    raw = stored.astype(np.float64) - grid["pixel_offset"]
    if grid["modality_lut"]:
        values = looked_up(grid["modality_lut"], raw)
    else:
        values = raw * grid["rescale_slope"] + grid["rescale_intercept"]
    if window is None:
        share = looked_up(grid["voi_lut"], values) / (2 ** grid["voi_lut"]["bits"] - 1)
    else:
        share = windowed(values, grid["voi_function"], *window)
    share = 1 - share if grid["invert"] is not turned else share
    if grid["padding_value"] is not None:
        share[(raw >= grid["padding_value"]) & (raw <= grid["padding_limit"])] = 0
    return 255 * share


@pytest.mark.parametrize("name", CASES)
def test_each_grey_on_the_canvas_is_numpys_to_half_a_level(page: Page, name: str) -> None:
    stored, facts, windows = CASES[name]
    grid = facts_of(stored, **facts)
    with viewer_page({"pixels": as_served(stored)}) as address:
        page.goto(address)
        for window in windows:
            voi = {"kind": "lut"}
            if window is not None:
                voi = {"kind": "window", "center": window[0], "width": window[1]}
            for turned in (False, True):
                shown = page.evaluate(PAINT, ["/made/pixels", grid, voi, turned])
                expected = levels(stored, grid, window, turned=turned)
                greys = np.frombuffer(shown.encode("latin-1"), np.uint8).reshape(stored.shape)
                error = np.abs(greys - expected).max()
                assert error <= 0.5 + 1e-9, (window, turned, error)
                assert expected.max() - expected.min() > 100  # not a flat picture
