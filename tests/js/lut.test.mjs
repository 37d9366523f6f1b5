// Grey levels against values worked by hand from DICOM PS3.3 C.11.2.1.2: at most half a display level off.
import assert from "node:assert/strict";
import test from "node:test";
import { displayTable, modalityValue, presets, statistics, windowOver } from "../../static/viewer/lut.js";

const PLAIN = {
  rescale_slope: 1, rescale_intercept: 0, modality_lut: null, windows: [], voi_function: "LINEAR", voi_lut: null,
  padding_value: null, padding_limit: null, invert: false, pixel_offset: 0,
};
const window_ = (center, width) => ({ kind: "window", center, width });

function near(table, expected) {
  for (const [stored, level] of Object.entries(expected)) {
    assert.ok(Math.abs(table[stored] - level) <= 0.5, `stored ${stored}: ${table[stored]}, not ${level}`);
  }
}

test("LINEAR has the standard's -0.5 and -1 terms: c=2048 w=4096 spans 0..4095 exactly", () => {
  const table = displayTable(PLAIN, window_(2048, 4096));
  near(table, { 0: 0, 1: 255 / 4095, 2047: (2047 / 4095) * 255, 2048: (2048 / 4095) * 255, 4095: 255, 4096: 255, 65535: 255 });
});

test("LINEAR with c=0 w=100 on a negative intercept", () => {
  const grid = { ...PLAIN, rescale_slope: 2, rescale_intercept: -100 };
  // stored 50 is 0: (0 + 0.5) / 99 + 0.5 = 0.50505; stored 26 is -48: (-47.5) / 99 + 0.5 = 0.0202
  near(displayTable(grid, window_(0, 100)), { 0: 0, 26: 0.0202 * 255, 50: 0.50505 * 255, 75: 255 });
});

test("LINEAR of width 1 is a step at c - 0.5", () => {
  near(displayTable(PLAIN, window_(10, 1)), { 9: 0, 10: 255 });
});

test("LINEAR_EXACT: c=127.5 w=255 leaves 8-bit values as they are", () => {
  const table = displayTable({ ...PLAIN, voi_function: "LINEAR_EXACT" }, window_(127.5, 255));
  near(table, { 0: 0, 1: 1, 100: 100, 254: 254, 255: 255, 300: 255 });
});

test("SIGMOID: half at the centre, 1/(1+e^-2) half a width above", () => {
  const table = displayTable({ ...PLAIN, voi_function: "SIGMOID" }, window_(1000, 400));
  near(table, { 1000: 127.5, 1200: 255 * 0.880797, 800: 255 * 0.119203, 1400: 255 * 0.982014 });
});

test("VOI LUT: entries scaled by their bits, ends held", () => {
  const grid = { ...PLAIN, voi_lut: { first_mapped: 10, bits: 10, values: [0, 256, 1023] } };
  near(displayTable(grid, { kind: "lut" }), { 0: 0, 10: 0, 11: (256 / 1023) * 255, 12: 255, 500: 255 });
});

test("the Modality LUT comes first, then the window, then the inversion", () => {
  const grid = { ...PLAIN, modality_lut: { first_mapped: 0, bits: 16, values: [100, 300] }, invert: true };
  // window 100..300 under LINEAR: c = 200.5, w = 201; inverted: 100 -> 255, 300 -> 0
  near(displayTable(grid, windowOver(grid, 100, 300)), { 0: 255, 1: 0, 9: 0 });
});

test("the reader's invert turns the image's own inversion back", () => {
  const grid = { ...PLAIN, invert: true };
  near(displayTable(grid, window_(128, 256), { invert: true }), { 0: 0, 255: 255, 51: 51 });
});

test("signed values: the offset that makes them fit is taken off first", () => {
  const grid = { ...PLAIN, pixel_offset: 32768 };
  assert.equal(modalityValue(grid, 32768), 0);
  assert.equal(modalityValue(grid, 0), -32768);
  near(displayTable(grid, window_(0.5, 256)), { 32768: 127.5, 32640: 0, 32896: 255 });
});

test("padding is black also on an inverted image", () => {
  const grid = { ...PLAIN, invert: true, padding_value: 0, padding_limit: 3 };
  near(displayTable(grid, window_(128, 256)), { 0: 0, 3: 0, 4: 251, 255: 0 });
});

test("statistics leave padding out; presets start with the image's own", () => {
  const counts = new Uint32Array(65536);
  counts[0] = 1000;
  for (let v = 100; v < 300; v += 1) counts[v] = 1;
  const grid = { ...PLAIN, padding_value: 0, windows: [{ center: 40, width: 80, explanation: "BONE" }] };
  const stats = statistics(grid, counts);
  assert.deepEqual([stats.low, stats.high, stats.lowPercentile, stats.highPercentile], [100, 299, 100, 298]);
  assert.deepEqual(presets(grid, stats).map((p) => p.name), ["BONE", "Full range", "Auto 0.5-99.5 %", "Lung (darkest 60 %)", "Bone (brightest 50 %)"]);
  near(displayTable(grid, presets(grid, stats)[1].voi), { 100: 0, 299: 255 });
  const without = { ...grid, windows: [], auto_window: { center: 128, width: 256 } };
  assert.deepEqual(presets(without, stats)[0], { id: "default", name: "Default", voi: window_(128, 256) });
});

test("lung and bone are shares of the image's own greys, from dark to bright on the screen", () => {
  const counts = new Uint32Array(65536);
  for (let v = 1; v <= 1000; v += 1) counts[v] = 1;
  const named = (grid, id) => presets(grid, statistics(grid, counts)).find((preset) => preset.id === id).voi;
  // the 0.5 % and 60 % of 1..1000 are 5 and 600: centre 5 + 596 / 2
  assert.deepEqual(named(PLAIN, "lung"), window_(303, 596));
  assert.deepEqual(named(PLAIN, "bone"), window_(747.5 + 0.5, 496));
  assert.deepEqual(named({ ...PLAIN, invert: true }, "lung"), window_(400 + 596 / 2, 596));
});
