// The sheet of a narrow window: where a drag ends, and what its bar says.
import assert from "node:assert/strict";
import test from "node:test";
import { BAR_PX, barWords, heightsIn, settled } from "../../static/viewer/drawer.js";
import { initialState } from "../../static/viewer/store.js";

test("closed leaves the bar, half is half, full leaves a strip of the page", () => {
  assert.deepEqual(heightsIn(800), { closed: BAR_PX, half: 400, full: 800 - BAR_PX });
  const low = heightsIn(60);
  assert.ok(low.half >= BAR_PX && low.full >= BAR_PX, "never less than its bar");
});

test("a slow drag ends at the nearest state, a flick at the next one that way", () => {
  assert.equal(settled(200, 0, 800), "closed");
  assert.equal(settled(300, 0, 800), "half");
  assert.equal(settled(620, 0, 800), "full");
  assert.equal(settled(100, 2, 800), "half");
  assert.equal(settled(420, 2, 800), "full");
  assert.equal(settled(744, 2, 800), "full");
  assert.equal(settled(700, -2, 800), "half");
  assert.equal(settled(390, -2, 800), "closed");
  assert.equal(settled(BAR_PX, -2, 800), "closed");
});

const PROPOSAL = { id: "p", image: "i", label: "mass", name: "Mass", score: 0.4, box: null };
const OWN = { image: "i", proposal: null, decision: "DRAWN", label: "edema", box: null };
const VOCABULARY = [{ code: "mass", name: "Mass" }, { code: "edema", name: "Edema" }];

function state(patch) {
  return { ...initialState(), imageId: "i", images: [{ id: "i" }], vocabulary: VOCABULARY, ...patch };
}

test("the bar says what is open, or what is selected and who said it", () => {
  assert.equal(barWords(state({})), "Findings");
  const both = { proposals: [PROPOSAL], findings: new Map([["k", OWN]]) };
  assert.equal(barWords(state(both)), "Findings: 1 to decide, 1 yours");
  assert.equal(barWords(state({ ...both, selected: "p:p" })), "Mass: AI, not confirmed");
  assert.equal(barWords(state({ ...both, selected: "f:k" })), "Edema: drawn by you");
  const decided = new Map([["k", { ...OWN, proposal: "p", decision: "REJECTED", label: "mass" }]]);
  assert.equal(barWords(state({ proposals: [PROPOSAL], findings: decided, selected: "p:p" })), "Mass: rejected");
});
