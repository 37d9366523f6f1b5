// What the reading room says of a blind read and of one of several, and of what changed since a commit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeLines, changeWords, describeRead } from "../../static/viewer/reads.js";

const READ = { kind: "READ", hidden: false, needed: 1, completed: 0, consensus: false, unsettled: 0, committed_at: null };
const NODULE = { name: "Nodule/Mass", label: "nodule", box: [0, 0, 10, 10] };
const EFFUSION = { name: "Pleural effusion", label: "effusion", box: null };

test("a single read with the model shown needs no words", () => {
  assert.equal(describeRead(READ, "OPEN"), null);
  assert.equal(describeRead(null, null), null);
});

test("a blind read is committed, before and after it is opened", () => {
  for (const state of [null, "OPEN"]) {
    const told = describeRead({ ...READ, hidden: true }, state);
    assert.deepEqual([told.title, told.act, told.button], ["Blind read", "commit", "Commit my read"]);
    assert.match(told.text, /cannot be undone/);
  }
});

test("a committed single read goes on to the signature", () => {
  const told = describeRead({ ...READ, committed_at: "2026-03-01T09:00:00Z" }, "OPEN");
  assert.deepEqual([told.title, told.act], ["Blind read, committed", ""]);
});

test("one of several reads is completed, and others are not shown before", () => {
  const told = describeRead({ ...READ, needed: 2, completed: 1 }, "OPEN");
  assert.deepEqual([told.act, told.button], ["complete", "Complete read"]);
  assert.match(told.text, /^1 of 2 reads is completed\. Other readers/);
});

test("a blind one of several is committed first", () => {
  assert.equal(describeRead({ ...READ, needed: 2, hidden: true }, "OPEN").act, "commit");
});

test("a completed read says what it waits for", () => {
  const several = { ...READ, needed: 2 };
  assert.equal(describeRead({ ...several, completed: 1 }, "COMPLETED").text, "1 of 2 reads is completed.");
  assert.match(describeRead({ ...several, completed: 2 }, "COMPLETED").text, /adjudicator/);
  assert.match(describeRead({ ...several, completed: 2, consensus: true }, "COMPLETED").text, /consensus/);
});

test("an adjudicator is told how many differences are open", () => {
  const open = { ...READ, kind: "CONSENSUS", needed: 2 };
  assert.match(describeRead({ ...open, unsettled: 1 }, "OPEN").text, /^1 difference of/);
  assert.match(describeRead({ ...open, unsettled: 3 }, "OPEN").text, /^3 differences of/);
  assert.match(describeRead(open, "OPEN").text, /^Every difference is settled/);
});

test("changes since the commit in words", () => {
  assert.equal(changeWords({ kind: "added", before: null, after: NODULE, iou: null }), "Nodule/Mass added");
  assert.equal(changeWords({ kind: "removed", before: EFFUSION, after: null, iou: null }), "Pleural effusion removed");
  assert.equal(changeWords({ kind: "label", before: NODULE, after: EFFUSION, iou: null }), "Nodule/Mass is now Pleural effusion");
  assert.equal(changeWords({ kind: "box", before: NODULE, after: NODULE, iou: 0.5 }), "Nodule/Mass: box moved (IoU 0.50)");
  assert.equal(changeWords({ kind: "box", before: NODULE, after: { ...NODULE, box: null }, iou: null }), "Nodule/Mass: box became whole image");
});

test("texts and the tick count as changes", () => {
  const changes = { findings: [], no_finding: true, impression: true, before: { no_finding: true } };
  assert.deepEqual(changeLines(changes), ["\u201cNo finding\u201d taken back", "Impression rewritten"]);
});
