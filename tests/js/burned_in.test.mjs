import assert from "node:assert/strict";
import { test } from "node:test";
import { boxBetween, parseBox, toImage } from "../../static/js/burned_in/boxes.js";

const frame = { left: 10, top: 20, width: 200, height: 100 };
const size = { columns: 400, rows: 200 };

test("a point of the page becomes a point of the image", () => {
  assert.deepEqual(toImage({ x: 110, y: 70 }, frame, size), { x: 200, y: 100 });
});

test("a point beside the picture is taken to its edge", () => {
  assert.deepEqual(toImage({ x: 0, y: 500 }, frame, size), { x: 0, y: 200 });
});

test("a box holds whole pixels whichever corner came first", () => {
  assert.deepEqual(boxBetween({ x: 30.2, y: 40.9 }, { x: 10.7, y: 20.1 }), [10, 20, 31, 41]);
});

test("a click is no box", () => {
  assert.equal(boxBetween({ x: 5, y: 5 }, { x: 6, y: 50 }), null);
});

test("a value of the form is read back", () => {
  assert.deepEqual(parseBox("10,20,30,40"), [10, 20, 30, 40]);
});
