// Commands, undo and redo, and what the page reads from the state.
import assert from "node:assert/strict";
import test from "node:test";
import { describe, isUnderWay } from "../../static/viewer/analysis.js";
import * as commands from "../../static/viewer/commands.js";
import { Editing } from "../../static/viewer/editing.js";
import { actionOf, chord, keyOf, KEYMAP } from "../../static/viewer/keys.js";
import { search } from "../../static/viewer/labels.js";
import { Store, canEdit, heatLabel, initialState, modelRows, overlayBoxes, readerRows } from "../../static/viewer/store.js";

const PROPOSALS = [
  { id: "p1", image: "i", label: "mass", name: "Mass", score: 0.4, threshold: 0.3, box: [0, 0, 10, 10] },
  { id: "p2", image: "i", label: "edema", name: "Edema", score: 0.9, threshold: 0.3, box: null },
  { id: "p3", image: "other", label: "edema", name: "Edema", score: 1, threshold: 0.3, box: null },
];
const VOCABULARY = [{ code: "mass", name: "Mass" }, { code: "edema", name: "Edema" }, { code: "nodule", name: "Nodule" }];

function session() {
  const analysis = { state: "DONE", heatmaps: { labels: ["mass"], rows: 1, columns: 1, url: "" } };
  const store = new Store({
    ...initialState(), proposals: PROPOSALS, vocabulary: VOCABULARY, images: [{ id: "i", analysis }], imageId: "i", may: { read: true },
  });
  const saved = [];
  let ids = 0;
  const editing = new Editing({ store, queue: { set: (key, fields) => saved.push([key, fields]) }, newId: () => `k${(ids += 1)}` });
  const decide = (n, decision, patch) =>
    editing.run(commands.decide(store.state, PROPOSALS[n], decision, editing.keyFor(PROPOSALS[n].id), patch));
  return { store, editing, saved, decide };
}

test("the model's findings stand by score, only those of the image", () => {
  assert.deepEqual(modelRows(session().store.state).map((row) => row.proposal.id), ["p2", "p1"]);
});

test("accept, then correct by moving, then undo both; each step goes to the server", () => {
  const { store, editing, saved, decide } = session();
  decide(0, "ACCEPTED");
  editing.run(commands.edit(store.state, "k1", { box: [5, 5, 15, 15] }));
  assert.equal(store.state.findings.get("k1").decision, "CORRECTED");
  editing.undo();
  assert.deepEqual([store.state.findings.get("k1").decision, store.state.findings.get("k1").box], ["ACCEPTED", [0, 0, 10, 10]]);
  editing.undo();
  assert.equal(store.state.findings.size, 0);
  assert.deepEqual(saved.map(([key, fields]) => [key, fields?.decision ?? null]), [
    ["k1", "ACCEPTED"], ["k1", "CORRECTED"], ["k1", "ACCEPTED"], ["k1", null],
  ]);
  editing.redo();
  assert.equal(store.state.findings.get("k1").decision, "ACCEPTED");
});

test("rejecting a corrected finding restores the model's label and box; accepting drops the reason", () => {
  const { store, decide } = session();
  decide(0, "CORRECTED", { label: "nodule", box: [1, 1, 9, 9] });
  decide(0, "REJECTED", { reject_reason: "absent" });
  const rejected = store.state.findings.get("k1");
  assert.deepEqual([rejected.label, rejected.box, rejected.reject_reason], ["mass", [0, 0, 10, 10], "absent"]);
  decide(0, "ACCEPTED");
  assert.equal(store.state.findings.get("k1").reject_reason, "");
});

test("no finding is refused beside stated findings, and a stated finding takes it back in one step", () => {
  const { store, editing, decide } = session();
  editing.run(commands.setNoFinding(store.state, true));
  assert.equal(store.state.review.no_finding, true);
  decide(0, "REJECTED");
  assert.equal(store.state.review.no_finding, true, "a rejection states nothing");
  editing.run(commands.add(store.state, { image: "i", label: "nodule", box: null }, "k9"));
  assert.equal(store.state.review.no_finding, false);
  assert.equal(commands.setNoFinding(store.state, true), null);
  editing.undo();
  assert.equal(store.state.review.no_finding, true);
  assert.equal(readerRows(store.state).length, 0);
});

test("nudges and typing are one step; what came from elsewhere cannot be undone", () => {
  const { store, editing } = session();
  editing.run(commands.add(store.state, { image: "i", label: "nodule", box: [0, 0, 10, 10] }, "k1"));
  for (const x of [1, 2, 3]) editing.run(commands.edit(store.state, "k1", { box: [x, 0, 10 + x, 10] }), { merge: "nudge" });
  editing.undo();
  assert.deepEqual(store.state.findings.get("k1").box, [0, 0, 10, 10]);
  editing.takeRemote("k1", { ...store.state.findings.get("k1"), label: "mass" });
  editing.undo();
  assert.equal(store.state.findings.get("k1").label, "mass");
});

test("doing what is already so is no step", () => {
  const { store, editing, decide } = session();
  decide(0, "ACCEPTED");
  assert.equal(decide(0, "ACCEPTED"), false);
  assert.equal(editing.run(commands.write(store.state, { notes: "" })), false);
});

test("boxes: dashed until decided, solid when accepted, the original only beside a selected correction", () => {
  const { store, decide } = session();
  const kinds = () => overlayBoxes(store.state).map((box) => box.kind);
  assert.deepEqual(kinds(), ["model"]);
  decide(0, "ACCEPTED");
  assert.deepEqual(kinds(), ["reader"]);
  decide(0, "CORRECTED", { box: [1, 1, 9, 9] });
  store.set({ selected: "p:p1" });
  assert.deepEqual(kinds(), ["faded", "reader"]);
  decide(0, "REJECTED");
  store.set({ selected: null });
  assert.deepEqual(kinds(), []);
});

test("the score slider hides open proposals, never a decision", () => {
  const { store, decide } = session();
  store.set({ show: { ...store.state.show, minScore: 0.5 } });
  assert.deepEqual(overlayBoxes(store.state), []);
  decide(0, "ACCEPTED");
  assert.equal(overlayBoxes(store.state).length, 1);
});

test("the heat map is of the model's own label, and only where there is one", () => {
  const { store, decide } = session();
  decide(0, "CORRECTED", { label: "nodule" });
  store.set({ selected: "p:p1" });
  assert.equal(heatLabel(store.state), "mass");
  store.set({ selected: "s:edema" });
  assert.equal(heatLabel(store.state), null);
});

test("a completed read or a case that may not be read is not edited", () => {
  const { store } = session();
  assert.equal(canEdit(store.state), true);
  store.set({ reviewState: "COMPLETED" });
  assert.equal(canEdit(store.state), false);
});

test("type to search: start of the name, of a word, initials, then anywhere", () => {
  const options = ["Nodule", "Pleural effusion", "Pleural thickening", "Effusion of joint", "Cardiomegaly"].map((name) => ({ code: name, name }));
  assert.deepEqual(search(options, "eff").map((o) => o.name), ["Effusion of joint", "Pleural effusion"]);
  assert.deepEqual(search(options, "pl th").map((o) => o.name), ["Pleural thickening"]);
  assert.equal(search(options, "pt")[0].name, "Pleural thickening");
  assert.equal(search(options, "meg")[0].name, "Cardiomegaly");
  assert.equal(search(options, "", ["Cardiomegaly"])[0].name, "Cardiomegaly");
});

const key = (text, held = {}) => ({ key: text, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test("keys: chords, Shift only where it matters, single letters can be switched off", () => {
  assert.equal(actionOf(chord(key("a"))), "accept");
  assert.equal(actionOf(chord(key("?", { shiftKey: true }))), "sheet");
  assert.equal(actionOf(chord(key("Z", { ctrlKey: true, shiftKey: true }))), "redo");
  assert.equal(actionOf(chord(key("ArrowUp", { shiftKey: true }))), "nudge:far");
  assert.equal(actionOf(chord(key("a", { ctrlKey: true }))), null);
  assert.equal(actionOf("A", { singleKeys: false }), null);
  assert.equal(actionOf("Ctrl+Z", { singleKeys: false }), "undo");
  assert.equal(keyOf("zoom:in"), "+");
  const all = KEYMAP.flatMap((row) => row[1]);
  assert.equal(new Set(all).size, all.length, "no key has two meanings");
});

test("analysis states in words: a failure and a missing analysis are never no finding", () => {
  const image = { ingest_state: "DONE", warnings: [] };
  assert.match(describe({ ...image, analysis: null }).text, /not .no finding/);
  const failed = { id: "a", state: "FAILED", code: "model_missing", message: "No model." };
  assert.match(describe({ ...image, analysis: failed }).text, /model_missing.*not .no finding/);
  assert.equal(describe({ ...image, analysis: { state: "DONE", hidden: true } }).state, "blind");
  assert.equal(isUnderWay({ ingest_state: "FAILED", analysis_state: "WAITING" }), false);
  assert.equal(isUnderWay({ ingest_state: "DONE", analysis_state: "RUNNING" }), true);
});
