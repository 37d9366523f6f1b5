// Two images moved as one: where a view stands relative to its image, and the same place and window on another. DOM-free.
import { apply, fit, initialView, matrix, toImage } from "./viewport.js";

/** {zoom: times the fitted size, u, v: what is in the middle of the stage, in shares of the image, rotation, flip}. */
export function placeOf(view, image, size) {
  const middle = toImage(view, image, size.width / 2, size.height / 2);
  const fitted = fit({ ...initialView(), rotation: view.rotation }, image, size);
  return {
    zoom: view.scale / fitted.scale, u: middle.x / image.width, v: middle.y / image.height,
    rotation: view.rotation, flip: view.flip,
  };
}

/** The view that shows this place of an image on a stage of this size. */
export function viewAt({ zoom, u, v, rotation, flip }, image, size) {
  const fitted = fit({ ...initialView(), rotation, flip }, image, size);
  const view = { ...fitted, x: 0, y: 0, scale: fitted.scale * zoom };
  const at = apply(matrix(view, image), u * image.width, v * image.height);
  return { ...view, x: size.width / 2 - at.x, y: size.height / 2 - at.y };
}

/** How `other` stands to `one` when both are linked as they are: kept by `moved`. */
export function offsetOf(one, other) {
  return {
    zoom: other.zoom / one.zoom, u: other.u - one.u, v: other.v - one.v,
    rotation: (other.rotation - one.rotation + 360) % 360, flip: one.flip !== other.flip,
  };
}

/** Where another stage shows the same place of the body; stages are {view, image, size}, points screen pixels. */
export function alike({ x, y }, from, to) {
  const [one, other] = [placeOf(from.view, from.image, from.size), placeOf(to.view, to.image, to.size)];
  const at = toImage(from.view, from.image, x, y);
  const [u, v] = [at.x / from.image.width - one.u + other.u, at.y / from.image.height - one.v + other.v];
  return apply(matrix(to.view, to.image), u * to.image.width, v * to.image.height);
}

export const NO_OFFSET = { zoom: 1, u: 0, v: 0, rotation: 0, flip: false };

/** The place of the other image when one stands at `place`. */
export function moved(place, offset) {
  return {
    zoom: place.zoom * offset.zoom, u: place.u + offset.u, v: place.v + offset.v,
    rotation: (place.rotation + offset.rotation) % 360, flip: place.flip !== offset.flip,
  };
}

export const reversed = ({ zoom, u, v, rotation, flip }) =>
  ({ zoom: 1 / zoom, u: -u, v: -v, rotation: (360 - rotation) % 360, flip });

/**
 * The window of another image that shows the same share of its grey levels: two detectors seldom have the same scale.
 * A side is {voi, window, presets, stats, image}; where both have the preset that is on, it is that preset.
 */
export function windowLike(from, to) {
  const key = JSON.stringify(from.voi);
  const preset = from.presets.find(({ voi }) => JSON.stringify(voi) === key);
  const same = preset && (from.presets.indexOf(preset) === 0 ? to.presets[0] : to.presets.find(({ id }) => id === preset.id));
  if (same) return same.voi;
  const span = ({ lowPercentile: low, highPercentile: high }) => Math.max(high - low, 1e-6);
  const mirrored = Boolean(from.image.invert) !== Boolean(to.image.invert);
  const share = (value) => {
    const plain = (value - from.stats.lowPercentile) / span(from.stats);
    return mirrored ? 1 - plain : plain;
  };
  const value = (s) => to.stats.lowPercentile + s * span(to.stats);
  const { center, width } = from.window;
  const ends = [value(share(center - width / 2)), value(share(center + width / 2))].sort((a, b) => a - b);
  return { kind: "window", center: (ends[0] + ends[1]) / 2, width: Math.max(ends[1] - ends[0], 0.01) };
}
