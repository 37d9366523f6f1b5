// What is drawn over the image, by kind, finding and reader; and the side that a box suggests.
import assert from "node:assert/strict";
import test from "node:test";
import { following, suggestedSide } from "../../static/viewer/laterality.js";
import { ALL_SHOWN, kindsThere, labelChoices, readerChoices, toggled } from "../../static/viewer/layers.js";
import { initialState, measureItems, overlayBoxes } from "../../static/viewer/store.js";

const box = [0, 0, 10, 10];
const state = (show = {}) => ({
  ...initialState(), imageId: "i", images: [{ id: "i", spacing_mm: null, spacing_kind: "none", analysis: { lungs: { ratio: 0.5 } } }],
  vocabulary: [{ code: "mass", name: "Mass" }, { code: "edema", name: "Edema" }],
  proposals: [{ id: "p", image: "i", label: "mass", name: "Mass", score: 0.9, box }, { id: "q", image: "other", label: "edema", name: "Edema", score: 1, box }],
  findings: new Map([["k", { image: "i", proposal: null, decision: "DRAWN", label: "edema", box, laterality: "", certainty: "CERTAIN" }]]),
  others: [
    { id: "o", image: "i", label: "mass", name: "Mass", box, decision: "DRAWN", reader: "Ada" },
    { id: "r", image: "i", label: "mass", name: "Mass", box, decision: "REJECTED", reader: "Ada" },
  ],
  othersMeasured: [{ id: "m", image: "i", kind: "length", points: [[0, 0], [3, 4]], text: "5 px", name: "Length", reader: "Bo" }],
  show: { ...ALL_SHOWN, ...show },
});

const drawn = (show) => [...overlayBoxes(state(show)), ...measureItems(state(show))].map(({ id }) => id);

test("each kind is shown or hidden on its own", () => {
  assert.deepEqual(drawn({}), ["p:p:model", "f:k", "o:o", "o:m"]);
  assert.deepEqual(drawn({ model: false }), ["f:k", "o:o", "o:m"]);
  assert.deepEqual(drawn({ reader: false }), ["p:p:model", "o:o", "o:m"]);
  assert.deepEqual(drawn({ others: false }), ["p:p:model", "f:k"]);
  assert.deepEqual(drawn({ measures: false }), ["p:p:model", "f:k", "o:o"]);
});

test("a finding is hidden whoever said it, a reader whatever they said", () => {
  assert.deepEqual(drawn({ hiddenLabels: ["mass"] }), ["f:k", "o:m"]);
  assert.deepEqual(drawn({ hiddenReaders: ["Bo"] }), ["p:p:model", "f:k", "o:o"]);
  assert.deepEqual(toggled(toggled([], "a", true), "a", false), []);
});

test("only what is on this image is offered", () => {
  assert.deepEqual(labelChoices(state()).map(({ name }) => name), ["Edema", "Mass"]);
  assert.deepEqual(readerChoices(state()), ["Ada", "Bo"]);
  assert.deepEqual(kindsThere(state(), state().images[0]), { model: true, reader: true, measures: true, before: false, others: true, lungs: true, ratio: true });
  const blind = { ...state(), proposals: [], others: [], othersMeasured: [] };
  const there = kindsThere(blind, { id: "i", analysis: { hidden: true, lungs: null } });
  assert.deepEqual([there.model, there.others, there.lungs, there.ratio], [false, false, false, false]);
});

test("what was committed before the model was shown is drawn under the rest, in words only where it no longer stands", () => {
  const was = (patch) => ({ image: "i", label: "edema", name: "Edema", box, ...patch });
  const before = [was(), was({ label: "mass", name: "Mass", box: [5, 5, 9, 9] }), was({ box: null }), was({ image: "other" })];
  const read = { changes: { before: { findings: before } } };
  const boxes = overlayBoxes({ ...state({ model: false, others: false }), read });
  assert.deepEqual(boxes.map(({ id, kind, text, editable }) => [id, kind, text, editable]), [
    ["b:0", "before", "", false], ["b:1", "before", "Mass, at commit", false], ["f:k", "reader", "Edema", false],
  ]);
  assert.equal(kindsThere({ ...state(), read }, state().images[0]).before, true);
  assert.deepEqual(overlayBoxes({ ...state({ before: false, model: false, others: false }), read }).map(({ id }) => id), ["f:k"]);
  const moved = { ...state(), read, findings: new Map([["k", { image: "i", decision: "DRAWN", label: "edema", box: [0, 0, 10, 14] }]]) };
  assert.equal(overlayBoxes(moved)[0].text, "Edema, at commit");
});

test("a box suggests a side only where the image says how the patient lies in it", () => {
  const image = { columns: 100, rows: 200, patient_orientation: "L\\F" };
  assert.equal(suggestedSide([60, 0, 90, 10], image), "L");
  assert.equal(suggestedSide([10, 0, 40, 10], image), "R");
  assert.equal(suggestedSide([10, 0, 40, 10], { ...image, patient_orientation: "R\\F" }), "L");
  assert.equal(suggestedSide([0, 150, 10, 190], { ...image, patient_orientation: "F\\R" }), "R");
  assert.equal(suggestedSide([30, 0, 70, 10], image), "", "across the middle");
  assert.equal(suggestedSide([60, 0, 90, 10], { ...image, patient_orientation: "" }), "", "it may be mirrored");
  assert.equal(suggestedSide([60, 0, 90, 10], { ...image, patient_orientation: "A\\F" }), "", "a lateral view");
  assert.equal(suggestedSide(null, image), "", "no box");
});

test("one key turns through the values", () => {
  assert.deepEqual(["a", "b"].map((now) => following(["a", "b"], now)), ["b", "a"]);
});
