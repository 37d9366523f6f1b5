import assert from "node:assert/strict";
import test from "node:test";
import * as v from "../../static/viewer/viewport.js";

const image = { width: 200, height: 100 };
const size = { width: 400, height: 400 };
const close = (a, b, note) => assert.ok(Math.abs(a - b) < 1e-6, `${note ?? ""} ${a} is not ${b}`);

test("fit shows the whole image in the middle, turned or not", () => {
  const view = v.fit(v.initialView(), image, size);
  assert.deepEqual([view.x, view.y, view.scale], [200, 200, 2]);
  assert.equal(v.fit({ ...view, rotation: 90 }, image, { width: 100, height: 400 }).scale, 1);
});

test("screen to image undoes image to screen at every turn and flip", () => {
  for (const rotation of [0, 90, 180, 270]) {
    for (const flip of [false, true]) {
      const view = { x: 13, y: -7, scale: 1.7, rotation, flip };
      const screen = v.apply(v.matrix(view, image), 31, 62);
      const back = v.toImage(view, image, screen.x, screen.y);
      close(back.x, 31);
      close(back.y, 62);
    }
  }
});

test("a quarter turn is clockwise on the screen, also when flipped", () => {
  for (const flip of [false, true]) {
    const view = { ...v.fit(v.initialView(), image, size), flip };
    const before = v.apply(v.matrix(view, image), 20, 10);
    const after = v.apply(v.matrix(v.rotate(view, size), image), 20, 10);
    close(after.x - 200, -(before.y - 200), "x");
    close(after.y - 200, before.x - 200, "y");
  }
});

test("a flip mirrors the screen", () => {
  const view = { x: 150, y: 90, scale: 1, rotation: 90, flip: false };
  const before = v.apply(v.matrix(view, image), 20, 10);
  const after = v.apply(v.matrix(v.flip(view, size), image), 20, 10);
  close(after.x, 400 - before.x);
  close(after.y, before.y);
});

test("zooming keeps the point under the pointer", () => {
  const view = { x: 150, y: 90, scale: 1, rotation: 270, flip: true };
  const before = v.toImage(view, image, 77, 33);
  const after = v.toImage(v.zoomAt(view, 77, 33, 2.5), image, 77, 33);
  close(after.x, before.x);
  close(after.y, before.y);
  assert.equal(v.zoomAt(view, 0, 0, 1e9).scale, v.MAX_SCALE);
});

test("1:1 is one device pixel an image pixel; the image cannot be lost", () => {
  assert.equal(v.oneToOne(v.initialView(), size, 2).scale, 0.5);
  const lost = v.keepInSight({ ...v.initialView(), x: 1e5, y: -1e5 }, image, size);
  assert.deepEqual([lost.x, lost.y], [400 - 48 + 100, 48 - 50]);
});

test("visible part and pyramid level", () => {
  const view = { x: 0, y: 0, scale: 4, rotation: 0, flip: false };
  assert.deepEqual(v.visibleRect(view, image, size), { x0: 100, y0: 50, x1: 200, y1: 100 });
  assert.deepEqual([1, 0.6, 0.5, 0.25, 0.01, 8].map((scale) => v.levelFor(scale, 4)), [0, 0, 1, 2, 3, 0]);
});

test("orientation markers stay true under turn and flip", () => {
  const at = (rotation, flip) => v.orientationMarkers("L\\F", { ...v.initialView(), rotation, flip });
  assert.deepEqual(at(0, false), { left: "R", right: "L", top: "H", bottom: "F" });
  assert.deepEqual(at(0, true), { left: "L", right: "R", top: "H", bottom: "F" });
  assert.deepEqual(at(90, false), { left: "F", right: "H", top: "R", bottom: "L" });
  assert.deepEqual(v.orientationMarkers("", v.initialView()), { left: "", right: "", top: "", bottom: "" });
  assert.equal(v.orientationMarkers("A\\F", v.initialView()).left, "P");
});
