// The reader's own keys: in force everywhere, never two actions on one key, never without a way out.
import assert from "node:assert/strict";
import test from "node:test";
import { actionOf, isRemappable, keyOf, keyTable, refusal, useKeys } from "../../static/viewer/keys.js";

test("an own key acts and is named; the usual one is free then; without own keys all is as before", () => {
  useKeys({ accept: "Q" });
  assert.deepEqual([actionOf("Q"), actionOf("A"), keyOf("accept"), keyOf("reject")], ["accept", null, "Q", "X"]);
  useKeys({});
  assert.deepEqual([actionOf("Q"), actionOf("A"), keyOf("accept")], [null, "accept", "A"]);
});

test("a key that is taken is refused with what it does; its own key is not", () => {
  assert.match(refusal("accept", "F"), /^F is \u201cFit the image to the stage\u201d already\./);
  assert.match(refusal("accept", "3"), /Window preset/);
  assert.equal(refusal("accept", "A"), "");
  assert.equal(refusal("accept", "Q"), "");
  useKeys({ fit: "Q" });
  assert.equal(refusal("accept", "F"), "");
  assert.match(refusal("accept", "Q"), /Fit the image/);
  useKeys({});
});

test("the ways out and the browser's own keys are not given away", () => {
  for (const key of ["Escape", "Tab", "Shift+Tab", "Enter", " ", "?", "Shift+ArrowLeft"]) assert.match(refusal("fit", key), /cannot be given/);
  assert.match(refusal("fit", "Ctrl+W"), /browser/);
  assert.deepEqual(keyTable().filter((row) => row[2] && !isRemappable(row)).map(([action]) => action), ["nudge", "nudge:far", "size", "sheet", "escape"]);
});

test("single characters can be switched off, own ones too", () => {
  useKeys({ accept: "Q", reject: "Ctrl+Q" });
  assert.deepEqual([actionOf("Q", { singleKeys: false }), actionOf("Ctrl+Q", { singleKeys: false })], [null, "reject"]);
  useKeys({});
});
