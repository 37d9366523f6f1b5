import assert from "node:assert/strict";
import test from "node:test";
import { warningsOf } from "../../static/viewer/analysis.js";
import { lungPath, outlines, ratioWords, smooth } from "../../static/viewer/lungs.js";

// 4 rows x 5 columns: a left lung of 2 x 2 cells, a right lung of one.
const map = Uint8Array.from([
  0, 0, 0, 0, 0,
  0, 1, 1, 0, 2,
  0, 1, 1, 0, 0,
  0, 0, 0, 0, 0,
]);
const area = (loop) => Math.abs(loop.reduce((sum, [x, y], i) => {
  const [u, w] = loop[(i + 1) % loop.length];
  return sum + (x * w - u * y) / 2;
}, 0));

test("one closed outline runs around each lung", () => {
  const [loop, ...others] = outlines(map, 4, 5, 1);
  assert.equal(others.length, 0);
  assert.equal(loop.length, 8);
  assert.equal(area(loop), 3.5); // 2 x 2 cells without half of each corner's quarter
  assert.deepEqual([Math.min(...loop.map(([x]) => x)), Math.max(...loop.map(([x]) => x))], [1, 3]);
});

test("a lung at the edge of the map is closed there", () => {
  const [loop] = outlines(map, 4, 5, 2);
  assert.deepEqual([loop.length, Math.max(...loop.map(([x]) => x))], [4, 5]);
});

test("cells that touch at a corner only are two outlines, each closed", () => {
  const loops = outlines(Uint8Array.from([1, 0, 0, 1]), 2, 2, 1);
  assert.deepEqual(loops.map((loop) => loop.length), [4, 4]);
});

test("smoothing keeps the middle and pulls corners in", () => {
  const square = [[0, 0], [4, 0], [4, 4], [0, 4]];
  assert.deepEqual(smooth(square, 1), [[1, 1], [3, 1], [3, 3], [1, 3]]);
});

test("the path is in pixels of the image, both lungs in one", () => {
  const path = lungPath(map, { rows: 4, columns: 5 }, { width: 500, height: 400 });
  assert.equal(path.match(/M/g).length, 2);
  assert.equal(path.match(/Z/g).length, 2);
  const xs = path.match(/[\d.]+ [\d.]+/g).map((pair) => Number(pair.split(" ")[0]));
  assert.ok(Math.min(...xs) >= 100 && Math.max(...xs) <= 500);
});

test("no lungs, no path", () => {
  assert.equal(lungPath(new Uint8Array(20), { rows: 4, columns: 5 }, { width: 5, height: 4 }), "");
});

test("a ratio is called automatic and experimental; without one stands why", () => {
  assert.match(ratioWords({ ratio: 0.5123, ratio_missing: "" }), /0\.51.*experimental/);
  assert.match(ratioWords({ ratio: null, ratio_missing: "No PA view." }), /No automatic ratio\. No PA view\./);
  assert.equal(ratioWords(null), "");
});

test("what the gate saw in the pixels stands with the file's warnings; header reasons are there already", () => {
  const reasons = [
    { message: "Part of the lungs may lie outside the image.", basis: "pixels", refuses: false },
    { message: "The patient is younger than 18 years.", basis: "header", refuses: false },
  ];
  const image = { warnings: [{ message: "Compressed with loss." }], analysis: { quality: { reasons } } };
  assert.deepEqual(warningsOf(image), ["Compressed with loss.", "Part of the lungs may lie outside the image."]);
  assert.deepEqual(warningsOf({ warnings: [], analysis: null }), []);
});
