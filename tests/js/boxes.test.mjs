import assert from "node:assert/strict";
import test from "node:test";
import * as b from "../../static/viewer/boxes.js";
import { matrix } from "../../static/viewer/viewport.js";

const image = { width: 100, height: 80 };

test("a box is put in order, inside the image, to a tenth of a pixel", () => {
  assert.deepEqual(b.tidy([50.123, 90, -4, 10.06], image), [0, 10.1, 50.1, 80]);
});

test("moving stops at the edge and keeps the size", () => {
  assert.deepEqual(b.moveBox([10, 10, 30, 20], 500, -500, image), [80, 0, 100, 10]);
});

test("a handle moves only its own edges, and may cross over", () => {
  assert.deepEqual(b.resizeBox([10, 10, 30, 20], [1, 0.5], 5, 99, image), [10, 10, 35, 20]);
  assert.deepEqual(b.resizeBox([10, 10, 30, 20], [0, 0], 30, 2, image), [30, 12, 40, 20]);
});

test("the smallest box under the point is hit", () => {
  const items = [{ id: 1, box: [0, 0, 90, 70] }, { id: 2, box: [10, 10, 20, 20] }, { id: 3, box: null }];
  assert.equal(b.smallestAt(items, { x: 15, y: 15 }).id, 2);
  assert.equal(b.smallestAt(items, { x: 50, y: 50 }).id, 1);
  assert.equal(b.smallestAt(items, { x: 95, y: 75 }), null);
});

test("on the screen a box stays upright at any turn and flip", () => {
  const m = matrix({ x: 40, y: 50, scale: 1, rotation: 90, flip: true }, image);
  assert.deepEqual(b.screenRect([0, 0, 20, 10], m), { x: 0, y: 0, width: 10, height: 20 });
});

test("labels stand outside their boxes, inside the stage, and not on each other", () => {
  const stage = { width: 300, height: 200 };
  const rect = { x: 50, y: 50, width: 60, height: 40 };
  const [one, two, top] = b.placeLabels([
    { rect, width: 80, height: 18 }, { rect, width: 80, height: 18 },
    { rect: { x: 200, y: 2, width: 60, height: 40 }, width: 80, height: 18 },
  ], stage);
  assert.deepEqual(one, { x: 50, y: 30 });
  assert.deepEqual(two, { x: 50, y: 92 });
  assert.deepEqual(top, { x: 200, y: 44 });
  const away = b.placeLabels([{ rect: { x: -90, y: 0, width: 60, height: 40 }, width: 80, height: 18 }], stage);
  assert.deepEqual(away, [null], "no label for a box that is out of sight");
});

test("a label avoids other boxes where there is room elsewhere", () => {
  const stage = { width: 300, height: 200 };
  const items = [
    { rect: { x: 50, y: 60, width: 60, height: 40 }, width: 50, height: 18 },
    { rect: { x: 40, y: 10, width: 90, height: 45 }, width: 50, height: 18 },
  ];
  assert.deepEqual(b.placeLabels(items, stage)[0], { x: 50, y: 102 });
});
