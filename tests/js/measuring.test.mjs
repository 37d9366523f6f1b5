// Drawing on the stage: by dragging, by clicking, by keyboard; and nothing where the read is closed.
import assert from "node:assert/strict";
import test from "node:test";
import { Editing } from "../../static/viewer/editing.js";
import { Measuring } from "../../static/viewer/measuring.js";
import { Store, initialState, selection } from "../../static/viewer/store.js";

const IMAGE = { id: "i", width: 100, height: 200, spacing_mm: null, spacing_kind: "none" };
const VIEW = { x: 50, y: 100, scale: 1, rotation: 0, flip: false };
const NOWHERE = { target: { closest: () => null } };

function open({ may = { read: true }, tool = "length", view = VIEW } = {}) {
  const store = new Store({ ...initialState(), images: [IMAGE], imageId: "i", may, tool });
  const drafts = [];
  const said = [];
  let ids = 0;
  const editing = new Editing({ store, queue: { set() {} }, newId: () => `n${(ids += 1)}` });
  const measuring = new Measuring({
    store, editing, say: (words) => said.push(words), select: (selected) => store.set({ selected }),
    stage: { image: IMAGE, view, size: { width: 100, height: 200 } },
    layer: { showDraft: (draft) => drafts.push(draft), preview() {} },
  });
  const press = (from, to = from) => {
    const drag = measuring.begin(NOWHERE, { x: from[0], y: from[1] });
    const moved = from !== to;
    if (moved) drag.move({ x: to[0], y: to[1] });
    drag.end?.({ x: to[0], y: to[1] }, moved);
  };
  const made = () => [...store.state.measurements.values()].map(({ kind, points }) => [kind, points]);
  return { store, editing, measuring, press, made, drafts, said };
}

test("a length is one drag, or two clicks", () => {
  const { press, made } = open();
  press([10, 10], [40, 50]);
  press([5, 5]);
  press([5, 25]);
  assert.deepEqual(made(), [["length", [[10, 10], [40, 50]]], ["length", [[5, 5], [5, 25]]]]);
});

test("an angle is a drag along one arm and a click for the other, or three clicks", () => {
  const { press, made } = open({ tool: "angle" });
  press([10, 10], [10, 50]);
  press([60, 50]);
  for (const point of [[1, 1], [1, 9], [9, 9]]) press(point);
  assert.deepEqual(made().map(([, points]) => points), [[[10, 10], [10, 50], [60, 50]], [[1, 1], [1, 9], [9, 9]]]);
});

test("a ratio is two drags, each laid level", () => {
  const { press, made, said } = open({ tool: "ctr" });
  press([30, 90], [60, 95]);
  assert.match(said.at(-1), /thorax/);
  press([10, 120], [90, 118]);
  assert.deepEqual(made(), [["ctr", [[30, 90], [60, 90], [10, 120], [90, 120]]]]);
});

test("on an image turned on its side the diameters are level on the screen, along the image's columns", () => {
  const { press, made } = open({ tool: "ctr", view: { ...VIEW, rotation: 90 } });
  press([30, 90], [60, 95]);
  press([10, 120], [90, 118]);
  const [[, points]] = made();
  assert.equal(points[0][0], points[1][0]);
  assert.equal(points[2][0], points[3][0]);
});

test("too short is not stored; another tool or Escape drops what is half drawn", () => {
  const { press, made, measuring, store, drafts } = open();
  press([10, 10], [10.4, 10.4]);
  press([10, 10]);
  assert.equal(measuring.cancel(), true);
  assert.equal(measuring.cancel(), false);
  press([10, 10]);
  store.set({ tool: "select" });
  measuring.hover({ x: 20, y: 20 });
  assert.equal(drafts.at(-1), null);
  assert.deepEqual(made(), []);
});

test("a completed read is not measured in, however the pointer is dragged", () => {
  const { press, made, measuring, said } = open({ may: { read: false } });
  press([10, 10], [40, 50]);
  measuring.key("length");
  assert.deepEqual(made(), []);
  assert.match(said.at(-1), /cannot be changed/);
});

test("the tool's key places one; its points are chosen and moved by keyboard", () => {
  const { measuring, store, made, said } = open({ tool: "select" });
  measuring.key("length");
  assert.equal(store.state.tool, "length");
  measuring.key("length");
  assert.deepEqual(made(), [["length", [[37.5, 100], [62.5, 100]]]]);
  measuring.nudge(selection(store.state), 0, 5);
  measuring.stepPoint(-1);
  assert.equal(said.at(-1), "Other end");
  measuring.nudge(selection(store.state), 10, 0);
  assert.deepEqual(made(), [["length", [[37.5, 105], [72.5, 105]]]]);
});
