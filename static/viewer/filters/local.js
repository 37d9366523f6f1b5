// Filters of a small neighbourhood: Gaussian, unsharp mask, Sobel, erosion, dilation. DOM-free; see filters/grid.js.
import { blur, darkest, eachRow, toStored, withoutPadding } from "./grid.js";

/** Smoothing with a Gaussian of `sigma` px. */
export function gaussian(picture, { sigma }, facts, onShare) {
  return toStored(blur(withoutPadding(picture, facts), sigma, onShare), picture, facts);
}

/** Unsharp mask: v + amount * (v - blurred v), the blur a Gaussian of `radius` px (its sigma). */
export function unsharp(picture, { amount, radius }, facts, onShare) {
  const plain = withoutPadding(picture, facts);
  const out = blur(plain, radius, onShare, 0.9);
  for (let i = 0; i < out.length; i += 1) out[i] = plain.data[i] + amount * (plain.data[i] - out[i]);
  onShare?.(1);
  return toStored(out, picture, facts);
}

/** Edges: gain * |gradient| / 8 above the darkest value; the gradient from the two 3 x 3 Sobel kernels. */
export function sobel(picture, { gain }, facts, onShare) {
  const { width, height, data } = withoutPadding(picture, facts);
  const out = new Float32Array(width * height);
  const dark = darkest(facts);
  const step = (facts.rising ? 1 : -1) * gain / 8;
  eachRow(height, (y) => {
    const [above, at, below] = [Math.max(0, y - 1) * width, y * width, Math.min(height - 1, y + 1) * width];
    for (let x = 0; x < width; x += 1) {
      const [l, r] = [x ? x - 1 : 0, x < width - 1 ? x + 1 : x];
      const gx = data[above + r] + 2 * data[at + r] + data[below + r] - data[above + l] - 2 * data[at + l] - data[below + l];
      const gy = data[below + l] + 2 * data[below + x] + data[below + r] - data[above + l] - 2 * data[above + x] - data[above + r];
      out[at + x] = dark + step * Math.sqrt(gx * gx + gy * gy);
    }
  }, onShare);
  return toStored(out, picture, facts);
}

/** Largest value of each (2 radius + 1)-square: along the rows, then across them. */
function largest(data, width, height, radius, onShare) {
  const along = data.slice();
  eachRow(height, (y) => {
    const at = y * width;
    for (let x = 0; x < width; x += 1) {
      const end = at + Math.min(width - 1, x + radius);
      for (let i = at + Math.max(0, x - radius); i <= end; i += 1) if (data[i] > along[at + x]) along[at + x] = data[i];
    }
  }, onShare, 0, 0.5);
  const out = along.slice();
  eachRow(height, (y) => {
    const at = y * width;
    for (let k = Math.max(0, y - radius); k <= Math.min(height - 1, y + radius); k += 1) {
      const from = k * width;
      for (let x = 0; x < width; x += 1) if (along[from + x] > out[at + x]) out[at + x] = along[from + x];
    }
  }, onShare, 0.5, 1);
  return out;
}

const TOP = 65535;

/** The smallest is the largest of the complement. */
function extreme({ width, height, data }, radius, wantsMin, onShare) {
  if (!wantsMin) return largest(data, width, height, radius, onShare);
  return largest(data.map((value) => TOP - value), width, height, radius, onShare).map((value) => TOP - value);
}

/** Grey erosion with a square: bright structures shrink on the screen. */
export function erosion(picture, { radius }, facts, onShare) {
  return toStored(extreme(withoutPadding(picture, facts), radius, facts.rising, onShare), picture, facts);
}

/** Grey dilation with a square: bright structures grow on the screen. */
export function dilation(picture, { radius }, facts, onShare) {
  return toStored(extreme(withoutPadding(picture, facts), radius, !facts.rising, onShare), picture, facts);
}
