// Two stages moved as one: places, offsets and windows worked out by hand.
import assert from "node:assert/strict";
import test from "node:test";
import { NO_OFFSET, alike, moved, offsetOf, placeOf, reversed, viewAt, windowLike } from "../../static/viewer/linking.js";
import { Prefetch } from "../../static/viewer/prefetch.js";
import { fit, flip, initialView, rotate, toImage, zoomAt } from "../../static/viewer/viewport.js";

const SMALL = { width: 100, height: 200 };
const LARGE = { width: 400, height: 600 };
const STAGE = { width: 500, height: 400 };
const OTHER = { width: 300, height: 300 };
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a}, not ${b}`);

test("a fitted image is at zoom one with its middle in the middle", () => {
  const place = placeOf(fit(initialView(), SMALL, STAGE), SMALL, STAGE);
  assert.deepEqual(place, { zoom: 1, u: 0.5, v: 0.5, rotation: 0, flip: false });
});

test("the same share of another image comes to the middle, at the same zoom over its fit", () => {
  const view = zoomAt(fit(initialView(), SMALL, STAGE), 300, 250, 3);
  const place = placeOf(view, SMALL, STAGE);
  const other = viewAt(place, LARGE, OTHER);
  near(other.scale, 3 * 0.5);
  const middle = toImage(other, LARGE, 150, 150);
  near(middle.x / 400, place.u);
  near(middle.y / 600, place.v);
});

test("a point of one stage is found on the other at the same share of its image, also turned or shifted", () => {
  const one = { view: zoomAt(fit(initialView(), SMALL, STAGE), 250, 200, 2), image: SMALL, size: STAGE };
  const same = { view: viewAt(placeOf(one.view, SMALL, STAGE), LARGE, OTHER), image: LARGE, size: OTHER };
  const share = (stage, { x, y }) => {
    const at = toImage(stage.view, stage.image, x, y);
    return [at.x / stage.image.width, at.y / stage.image.height];
  };
  const point = { x: 270, y: 160 };
  const [u, v] = share(one, point);
  const found = share(same, alike(point, one, same));
  near(found[0], u);
  near(found[1], v);
  const back = alike(alike(point, one, same), same, one);
  near(back.x, point.x);
  near(back.y, point.y);
  const shifted = { ...same, view: viewAt({ ...placeOf(same.view, LARGE, OTHER), u: 0.6, rotation: 90 }, LARGE, OTHER) };
  near(share(shifted, alike(point, one, shifted))[0], u + 0.1);
});

test("there and back is the same view, turned and mirrored too", () => {
  const view = flip(rotate(zoomAt(fit(initialView(), SMALL, STAGE), 120, 80, 2.5), STAGE), STAGE);
  const back = viewAt(placeOf(view, SMALL, STAGE), SMALL, STAGE);
  for (const name of ["x", "y", "scale"]) near(back[name], view[name]);
  assert.deepEqual([back.rotation, back.flip], [90, true]);
});

test("linked again, both keep how they stand to each other", () => {
  const one = { zoom: 2, u: 0.5, v: 0.5, rotation: 0, flip: false };
  const other = { zoom: 3, u: 0.6, v: 0.4, rotation: 90, flip: true };
  const offset = offsetOf(one, other);
  const after = moved({ ...one, zoom: 4, u: 0.3 }, offset);
  near(after.zoom, 6);
  near(after.u, 0.4);
  assert.deepEqual([after.rotation, after.flip], [90, true]);
  const back = moved(after, reversed(offset));
  near(back.zoom, 4);
  near(back.u, 0.3);
  assert.deepEqual([back.rotation, back.flip], [0, false]);
  assert.deepEqual(moved(one, NO_OFFSET), one);
});

const side = (low, high, more = {}) => ({
  voi: { kind: "window", center: 0, width: 1 }, presets: [], stats: { lowPercentile: low, highPercentile: high }, image: { invert: false }, ...more,
});

test("a window goes over by its share of the grey levels", () => {
  // 250 +- 50 of 100..1100 is 10 % to 20 %; of 0..4000 that is 400..800
  const from = side(100, 1100, { window: { center: 250, width: 100 } });
  assert.deepEqual(windowLike(from, side(0, 4000)), { kind: "window", center: 600, width: 400 });
});

test("between an image that opens inverted and one that does not, dark stays dark", () => {
  // dark 10 % to 20 % of the plain one is 80 % to 90 % of the inverted one's values
  const from = side(0, 1000, { window: { center: 150, width: 100 } });
  const found = windowLike(from, side(0, 1000, { image: { invert: true } }));
  near(found.center, 850);
  near(found.width, 100);
});

test("where both have the preset that is on, it is that preset; the first goes with the first", () => {
  const [a, b, c] = [{ kind: "lut" }, { kind: "window", center: 5, width: 9 }, { kind: "window", center: 50, width: 90 }];
  const from = side(0, 1, { voi: b, presets: [{ id: "lut", voi: a }, { id: "bone", voi: b }], window: b });
  assert.equal(windowLike(from, side(0, 9, { presets: [{ id: "default", voi: a }, { id: "bone", voi: c }] })), c);
  assert.equal(windowLike({ ...from, voi: a }, side(0, 9, { presets: [{ id: "default", voi: c }] })), c);
});

test("the next pixels are fetched once, at low priority, and not where data are saved", async () => {
  const asked = [];
  const make = (connection) => new Prefetch({
    api: { next: async () => ({ pixels: ["/a", "/b", "/c"] }) }, connection,
    fetch: async (url, { priority }) => { asked.push([url, priority]); return { arrayBuffer: async () => null }; },
    after: (work) => { asked.push("later"); return work(); },
  });
  make({ saveData: true }).start();
  assert.deepEqual(asked, []);
  const prefetch = make(undefined);
  prefetch.start();
  prefetch.start();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(asked, ["later", ["/a", "low"], ["/b", "low"]]);
});
