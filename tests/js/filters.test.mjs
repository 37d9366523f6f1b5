// Filters against values worked by hand on tiny grids of stored values.
import assert from "node:assert/strict";
import test from "node:test";
import { FILTERS, factsOf, filterOf, inWords, startOf } from "../../static/viewer/filters/catalogue.js";
import { clahe, clipped } from "../../static/viewer/filters/clahe.js";
import { gaussianWeights } from "../../static/viewer/filters/grid.js";
import { dilation, erosion, gaussian, sobel, unsharp } from "../../static/viewer/filters/local.js";
import { median } from "../../static/viewer/filters/median.js";

const FACTS = { low: 0, high: 4095, rising: true, padding: null };
const grid = (...rows) => ({ width: rows[0].length, height: rows.length, data: Uint16Array.from(rows.flat()) });
const POINT = grid([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 800, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]);

test("median of 3 x 3: a lone bright pixel goes, a half plane stays", () => {
  assert.deepEqual([...median(POINT, { radius: 1 }, FACTS)], Array(25).fill(0));
  const edge = grid([10, 10, 90, 90], [10, 10, 90, 90], [10, 10, 90, 90]);
  assert.deepEqual([...median(edge, { radius: 1 }, FACTS)], [...edge.data]);
});

test("median of nine different values is the fifth", () => {
  const nine = grid([7, 1, 900], [300, 5, 2], [4000, 6, 8]);
  assert.equal(median(nine, { radius: 1 }, FACTS)[4], 7);
});

test("erosion and dilation are the smallest and the largest of the square", () => {
  const row = grid([5, 9, 2, 7, 7, 1]);
  assert.deepEqual([...erosion(row, { radius: 1 }, FACTS)], [5, 2, 2, 2, 1, 1]);
  assert.deepEqual([...dilation(row, { radius: 1 }, FACTS)], [9, 9, 9, 7, 7, 7]);
  assert.equal(dilation(POINT, { radius: 1 }, FACTS).filter((v) => v === 800).length, 9);
  assert.equal(dilation(POINT, { radius: 2 }, FACTS).filter((v) => v === 800).length, 25);
});

test("on an image that opens inverted, erosion shrinks what is bright on the screen", () => {
  const row = grid([5, 9, 2, 7, 7, 1]);
  assert.deepEqual([...erosion(row, { radius: 1 }, { ...FACTS, rising: false })], [9, 9, 9, 7, 7, 7]);
});

test("Sobel: a vertical step of 100 has the gradient 400 on both its sides, gain 1 is an eighth of it", () => {
  const step = grid([0, 0, 100, 100], [0, 0, 100, 100], [0, 0, 100, 100]);
  assert.deepEqual([...sobel(step, { gain: 1 }, FACTS)].slice(4, 8), [0, 50, 50, 0]);
  assert.deepEqual([...sobel(step, { gain: 2 }, { ...FACTS, rising: false })].slice(4, 8), [4095, 3995, 3995, 4095]);
});

test("Sobel: a corner pixel's diagonal neighbour sees 1 of 4 weights each way: sqrt(2) * 800 / 8", () => {
  assert.equal(sobel(POINT, { gain: 1 }, FACTS)[6], Math.round((Math.SQRT2 * 800) / 8));
});

test("Gaussian weights sum to one; sigma 1 has 0.399 in the middle and 0.242 beside it", () => {
  const [middle, beside, ...rest] = gaussianWeights(1);
  assert.ok(Math.abs(middle - 0.3991) < 1e-4 && Math.abs(beside - 0.242) < 1e-3);
  assert.ok(Math.abs(middle + 2 * (beside + rest.reduce((a, b) => a + b)) - 1) < 1e-12);
});

test("Gaussian: a flat picture stays, a point becomes the product of two weights", () => {
  const flat = grid([70, 70, 70], [70, 70, 70]);
  assert.deepEqual([...gaussian(flat, { sigma: 2 }, FACTS)], Array(6).fill(70));
  const [middle, beside] = gaussianWeights(0.5);
  const out = gaussian(POINT, { sigma: 0.5 }, FACTS);
  assert.equal(out[12], Math.round(800 * middle * middle));
  assert.equal(out[13], Math.round(800 * middle * beside));
});

test("unsharp: v + amount (v - blur), held between the image's own values", () => {
  const [middle] = gaussianWeights(1);
  const out = unsharp(POINT, { amount: 1, radius: 1 }, FACTS);
  assert.equal(out[12], Math.round(800 * (2 - middle * middle)));
  assert.equal(out[13], 0);
  assert.equal(unsharp(POINT, { amount: 4, radius: 1 }, { ...FACTS, high: 800 })[12], 800);
});

test("CLAHE: counts over the limit are cut and shared out", () => {
  assert.deepEqual([...clipped(Float64Array.of(10, 0, 2, 0), 4)], [5.5, 1.5, 3.5, 1.5]);
});

test("CLAHE with one tile and no clipping is histogram equalisation", () => {
  // four values 0, 1, 2, 3 with counts 4, 2, 1, 1: shares to the middles 2/8, 5/8, 6.5/8, 7.5/8 of a span of 3
  const facts = { ...FACTS, high: 3 };
  const out = clahe(grid([0, 0, 0, 0], [1, 1, 2, 3]), { clip: 100, tiles: 1 }, facts);
  assert.deepEqual([...out], [1, 1, 1, 1, 2, 2, 2, 3]);
});

test("CLAHE keeps the order of values inside a tile and the span of the image", () => {
  const data = Uint16Array.from({ length: 64 }, (_, i) => 100 + i * 3);
  const out = clahe({ width: 8, height: 8, data }, { clip: 2, tiles: 1 }, { ...FACTS, low: 100, high: 289 });
  for (let i = 1; i < 64; i += 1) assert.ok(out[i] >= out[i - 1]);
  assert.ok(out[0] >= 100 && out[63] <= 289);
});

test("padding stays what it is and does not bleed into its neighbours", () => {
  const facts = { low: 50, high: 100, rising: true, padding: [0, 3] };
  const picture = grid([0, 0, 60], [3, 50, 60], [0, 100, 60]);
  for (const { id, run, ...filter } of FILTERS) {
    const out = run(picture, startOf({ id, ...filter }), facts, () => {});
    assert.deepEqual([out[0], out[1], out[3], out[6]], [0, 0, 3, 0], id);
    assert.ok([2, 4, 5, 7, 8].every((i) => out[i] >= 50 && out[i] <= 100), id);
  }
});

test("the originals are left alone, and the last share told is 1", () => {
  for (const filter of FILTERS) {
    const before = [...POINT.data];
    const shares = [];
    filter.run(POINT, startOf(filter), FACTS, (share) => shares.push(share));
    assert.deepEqual([...POINT.data], before, filter.id);
    assert.equal(shares.at(-1), 1, filter.id);
  }
});

test("facts are in stored values: the offset of signed pixels, and which way brightness rises", () => {
  const plain = { padding_value: null, padding_limit: null, invert: false, rescale_slope: 1, pixel_offset: 0, modality_lut: null };
  const stored = { low: 5, high: 9 };
  assert.deepEqual(factsOf(plain, stored), { low: 5, high: 9, rising: true, padding: null });
  assert.equal(factsOf({ ...plain, invert: true }, stored).rising, false);
  assert.equal(factsOf({ ...plain, rescale_slope: -1 }, stored).rising, false);
  assert.equal(factsOf({ ...plain, rescale_slope: -1, invert: true }, stored).rising, true);
  const signed = { ...plain, pixel_offset: 32768, padding_value: -2000, padding_limit: -2047 };
  assert.deepEqual(factsOf(signed, stored).padding, [30721, 30768]);
});

test("a filter is named in words with its parameters", () => {
  assert.equal(inWords(filterOf("clahe"), { clip: 2, tiles: 8 }), "CLAHE (clip limit 2, tiles a side 8)");
  assert.equal(inWords(filterOf("median"), { radius: 2 }), "Denoise (radius 2 px)");
});
