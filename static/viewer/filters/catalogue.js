// The filters a reader can choose: names, parameters with their ranges, and the function of each. DOM-free.
import { clahe } from "./clahe.js";
import { dilation, erosion, gaussian, sobel, unsharp } from "./local.js";
import { median } from "./median.js";

const radius = { id: "radius", name: "Radius", unit: "px", min: 1, max: 5, step: 1, start: 1 };

/** In the order of the list; docs/viewer.md has the formulae. */
export const FILTERS = [
  { id: "clahe", name: "CLAHE", about: "local contrast", run: clahe, parameters: [
    { id: "clip", name: "Clip limit", unit: "", min: 1, max: 8, step: 0.5, start: 2 },
    { id: "tiles", name: "Tiles a side", unit: "", min: 2, max: 16, step: 1, start: 8 }] },
  { id: "unsharp", name: "Sharpen", about: "unsharp mask", run: unsharp, parameters: [
    { id: "amount", name: "Amount", unit: "", min: 0.2, max: 4, step: 0.2, start: 1 },
    { id: "radius", name: "Radius", unit: "px", min: 1, max: 12, step: 1, start: 3 }] },
  { id: "median", name: "Denoise", about: "median", run: median, parameters: [{ ...radius, max: 3 }] },
  { id: "gaussian", name: "Smooth", about: "Gaussian", run: gaussian, parameters: [
    { id: "sigma", name: "Sigma", unit: "px", min: 0.5, max: 8, step: 0.5, start: 1.5 }] },
  { id: "sobel", name: "Edges", about: "Sobel", run: sobel, parameters: [
    { id: "gain", name: "Gain", unit: "", min: 1, max: 20, step: 1, start: 6 }] },
  { id: "erosion", name: "Erosion", about: "bright shrinks", run: erosion, parameters: [radius] },
  { id: "dilation", name: "Dilation", about: "bright grows", run: dilation, parameters: [radius] },
];

export const filterOf = (id) => FILTERS.find((filter) => filter.id === id) ?? null;

/** {parameter: value} as a filter starts. */
export const startOf = (filter) => Object.fromEntries(filter.parameters.map(({ id, start }) => [id, start]));

/** "CLAHE (clip limit 2, tiles a side 8)" */
export function inWords(filter, values) {
  const said = filter.parameters.map(({ id, name, unit }) => `${name.toLowerCase()} ${values[id]}${unit ? ` ${unit}` : ""}`);
  return `${filter.name} (${said.join(", ")})`;
}

/** What a filter has to know of an image, in stored values; `stored` is {low, high} without padding. */
export function factsOf(grid, stored) {
  const offset = grid.pixel_offset || 0;
  const has = grid.padding_value !== null && grid.padding_value !== undefined;
  const limits = has ? [grid.padding_value, grid.padding_limit ?? grid.padding_value].map((value) => value + offset) : null;
  const falling = (grid.modality_lut ? 1 : grid.rescale_slope ?? 1) < 0;
  return {
    low: stored.low, high: stored.high, rising: Boolean(grid.invert) === falling,
    padding: limits && [Math.min(...limits), Math.max(...limits)],
  };
}
