import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import test from "node:test";
import { colour, colourise, mapOf, opacity } from "../../static/viewer/heatmap.js";
import { buildPyramid, decodePixels, halve, histogram } from "../../static/viewer/pixels.js";

const bytes = new Uint8Array([0x34, 0x12, 0xff, 0xff, 0x00, 0x01]);

test("little-endian words, plain or gzipped", async () => {
  assert.deepEqual([...await decodePixels(bytes, 3)], [0x1234, 0xffff, 0x0100]);
  assert.deepEqual([...await decodePixels(new Uint8Array(gzipSync(bytes)), 3)], [0x1234, 0xffff, 0x0100]);
});

test("too few bytes and broken gzip are refused by code", async () => {
  await assert.rejects(decodePixels(bytes, 4), { code: "pixels_truncated" });
  await assert.rejects(decodePixels(new Uint8Array([0x1f, 0x8b, 8, 1, 2, 3]), 100), { code: "pixels_unreadable" });
});

test("a level is the rounded mean of 2 x 2; an odd edge counts twice", () => {
  const data = Uint16Array.from([10, 20, 7, 30, 41, 8, 1, 3, 65535]);
  const half = halve({ width: 3, height: 3, data });
  assert.deepEqual([half.width, half.height], [2, 2]);
  assert.deepEqual([...half.data], [25, 8, 2, 65535]);
});

test("the pyramid ends at the smallest size asked for", () => {
  const levels = buildPyramid({ width: 9, height: 5, data: new Uint16Array(45) }, 3);
  assert.deepEqual(levels.map((l) => [l.width, l.height]), [[9, 5], [5, 3], [3, 2]]);
});

test("histogram counts every value", () => {
  const counts = histogram(Uint16Array.from([1, 1, 65535]));
  assert.deepEqual([counts[0], counts[1], counts[65535]], [0, 2, 1]);
});

test("the colour map rises evenly in lightness; low values are transparent", () => {
  const light = (t) => { const [r, g, b] = colour(t); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  for (let i = 1; i <= 20; i += 1) assert.ok(light(i / 20) > light((i - 1) / 20), `at ${i / 20}`);
  assert.equal(opacity(0.1), 0);
  assert.equal(opacity(0.7), 1);
  assert.equal(colourise(Uint8Array.from([0]))[3], 0);
});

test("one label's map out of the packed file", () => {
  const description = { labels: ["a", "b"], rows: 1, columns: 2 };
  assert.deepEqual([...mapOf(Uint8Array.from([1, 2, 3, 4]), description, "b")], [3, 4]);
  assert.equal(mapOf(Uint8Array.from([1, 2, 3, 4]), description, "c"), null);
  assert.equal(mapOf(Uint8Array.from([1, 2, 3]), description, "b"), null);
});
