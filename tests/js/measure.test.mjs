// Lengths, angles and ratios: the same numbers as the server's, and points that stay where they may be.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as commands from "../../static/viewer/commands.js";
import { Editing } from "../../static/viewer/editing.js";
import { align, isWhole, measure, movePoint, movePoints } from "../../static/viewer/measure.js";
import { Store, allRows, initialState, measureItems, selection } from "../../static/viewer/store.js";

const WORKED = JSON.parse(readFileSync(new URL("../measurements.json", import.meta.url)));
const image = { id: "i", width: 80, height: 100, spacing_mm: [0.2, 0.2], spacing_kind: "detector" };

for (const { says, kind, points, value, unit, text, ...spacing } of WORKED) {
  test(`worked out by hand: ${says}`, () => {
    const found = measure(kind, points, spacing);
    assert.ok(Math.abs(found.value - value) < 1e-9, `${found.value} is not ${value}`);
    assert.deepEqual([found.unit, found.text], [unit, text]);
  });
}

test("a spacing without a meaning, or a meaning without a spacing, is pixels", () => {
  assert.equal(measure("length", [[0, 0], [3, 4]], { spacing_mm: [1, 1], spacing_kind: "none" }).text, "5 px");
  assert.equal(measure("length", [[0, 0], [3, 4]], { spacing_mm: null, spacing_kind: "detector" }).text, "5 px");
});

test("diameters lie along the axis of the heart's, each level with its first end", () => {
  const across = [[10, 20], [40, 23], [5, 30], [70, 28]];
  assert.deepEqual(align("ctr", across), [[10, 20], [40, 20], [5, 30], [70, 30]]);
  const down = [[20, 10], [23, 40], [30, 5], [28, 70]];
  assert.deepEqual(align("ctr", down), [[20, 10], [20, 40], [30, 5], [30, 70]]);
  assert.deepEqual(align("length", across.slice(0, 2)), across.slice(0, 2));
});

test("the other end of a diameter stays level; the other diameter stays where it is", () => {
  const points = [[10, 20], [40, 20], [5, 30], [70, 30]];
  assert.deepEqual(movePoint("ctr", points, 1, [44.44, 26], image), [[10, 26], [44.4, 26], [5, 30], [70, 30]]);
  assert.deepEqual(points[1], [40, 20], "the original is left alone");
});

test("points stop at the image's edge, and moved together they keep their shape", () => {
  assert.deepEqual(movePoint("length", [[1, 1], [5, 5]], 0, [-9, 300], image), [[0, 100], [5, 5]]);
  assert.deepEqual(movePoints([[10, 10], [70, 90]], 50, 5, image), [[20, 15], [80, 95]]);
});

test("what is too short or not complete is not stored", () => {
  assert.equal(isWhole("length", [[1, 1], [1.5, 1.5]]), false);
  assert.equal(isWhole("angle", [[1, 1], [9, 9]]), false);
  assert.equal(isWhole("ctr", [[0, 0], [9, 0], [0, 5], [0, 5]]), false);
  assert.equal(isWhole("angle", [[1, 1], [9, 9], [20, 9]]), true);
});

function session() {
  const store = new Store({ ...initialState(), images: [image], imageId: "i", may: { read: true } });
  const saved = [];
  const editing = new Editing({ store, queue: { set: (key, fields) => saved.push([key, fields?.points ?? null]) }, newId: () => "n" });
  const say = (fields) => editing.run(commands.measure(store.state, "measurement:a", fields));
  return { store, editing, saved, say };
}

const line = (...points) => ({ image: "i", kind: "length", points });

test("measure, move, delete, and undo each of them; every step goes to the server", () => {
  const { store, editing, saved, say } = session();
  say(line([0, 0], [30, 40]));
  say(line([0, 0], [6, 8]));
  say(null);
  assert.equal(store.state.measurements.size, 0);
  editing.undo();
  editing.undo();
  assert.deepEqual(store.state.measurements.get("measurement:a").points, [[0, 0], [30, 40]]);
  editing.undo();
  editing.redo();
  assert.deepEqual(saved.map(([, points]) => points && points[1]), [[30, 40], [6, 8], null, [6, 8], [30, 40], null, [30, 40]]);
  assert.equal(store.state.findings.size, 0, "a measurement is no finding");
});

test("a measurement leaves \u201cno finding\u201d alone", () => {
  const { store, editing, say } = session();
  editing.run(commands.setNoFinding(store.state, true));
  say(line([0, 0], [30, 40]));
  assert.equal(store.state.review.no_finding, true);
});

test("it is a row of its own, drawn with its value, and can be hidden", () => {
  const { store, say } = session();
  say(line([0, 0], [30, 40]));
  assert.deepEqual(allRows(store.state).map(({ id, text }) => [id, text]), [["m:measurement:a", "10.0 mm at detector"]]);
  store.set({ selected: "m:measurement:a" });
  assert.deepEqual([selection(store.state).box, selection(store.state).key], [null, "measurement:a"]);
  assert.equal(measureItems(store.state)[0].title, "Length 10.0 mm at detector, measured by you");
  store.set({ show: { ...store.state.show, measures: false } });
  assert.deepEqual(measureItems(store.state), []);
});
