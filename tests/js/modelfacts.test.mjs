// What is said beside a model's numbers: only what the checkpoint's facts hold.
import assert from "node:assert/strict";
import test from "node:test";
import { factOf, findingWords, isWeak, numberWords } from "../../static/viewer/modelfacts.js";

const row = {
  label: "mass", name: "Mass", threshold: 0.352, never_proposed: false, boxes: true, box_threshold: 0.55, boxes_hidden: false,
  auroc: { value: 0.715, low: 0.62, high: 0.8, n: 264 }, ap50: { value: 0.5, low: 0.25, high: 0.75, n: 17 },
};

test("a score is not called a probability, and a probability names its data", () => {
  assert.match(numberWords({ calibrated: false, calibrated_on: "" }), /^Scores, not probabilities/);
  assert.match(numberWords({ calibrated: true, calibrated_on: "400 images" }), /^Calibrated probabilities, fitted on 400 images\./);
  assert.match(numberWords({ calibrated: true, calibrated_on: "" }), /does not name/);
});

test("one finding: AUROC with interval and n, threshold, boxes", () => {
  assert.deepEqual(findingWords(row), ["AUROC 0.71 (0.62 to 0.80) on 264 held-out images.", "Proposed from 0.35.", "Boxes from 0.55: AP50 0.50 (0.25 to 0.75)."]);
  const hidden = { ...row, never_proposed: true, threshold: 1, boxes_hidden: true, auroc: null };
  assert.deepEqual(findingWords(hidden), [
    "No held-out result of this finding.", "Never proposed: too few examples to set a threshold.", "Its boxes are not shown: too often wrong.",
  ]);
  assert.deepEqual(findingWords(factOf({ findings: [row] }, "edema")), []);
});

test("weak is where the interval reaches below 0.6", () => {
  assert.deepEqual([isWeak(row), isWeak({ auroc: { low: 0.59 } }), isWeak({ auroc: null })], [false, true, false]);
});
