import assert from "node:assert/strict";
import { test } from "node:test";
import { HEIGHT, frame, isOver, line, number, place, range, told } from "../../static/js/retraining/curves.js";

const rows = [{ epoch: 1, loss: 1, auroc: null }, { epoch: 2, loss: 0.5, auroc: 0.75 }];
const answer = (state, more = {}) => ({ state, cancelling: false, progress: { phase: "training", epochs: 4, best_epoch: 2, rows, ...more } });

test("epochs without a number are left out of a curve", () => {
  assert.deepEqual(told(rows, "auroc"), [[2, 0.75]]);
  assert.equal(range(rows, ["ap40"]), null);
});

test("the range leaves room, also where nothing changes", () => {
  assert.deepEqual(range(rows, ["loss"]), { low: 0.46, high: 1.04 });
  assert.deepEqual(range([{ epoch: 1, loss: 0 }], ["loss"]), { low: -0.01, high: 0.01 });
});

test("the first epoch stands left, the last right, high values on top", () => {
  assert.deepEqual(place([1, 0], 3, { low: 0, high: 1 }), [frame.left, frame.bottom]);
  assert.deepEqual(place([3, 1], 3, { low: 0, high: 1 }), [frame.right, frame.top]);
  assert.equal(place([1, 0.5], 1, { low: 0, high: 1 })[1] < HEIGHT, true);
});

test("the line says what it waits for", () => {
  assert.equal(line(answer("WAITING")), "Waiting for the training worker.");
  assert.equal(line(answer("RUNNING", { rows: [] })), "Reading and checking the release.");
  assert.equal(line(answer("RUNNING")), "Epoch 2 of 4, the best so far is 2.");
  assert.match(line(answer("RUNNING", { phase: "evaluating" })), /Evaluating/);
  assert.match(line({ ...answer("RUNNING"), cancelling: true }), /Stopping/);
  assert.equal(line(answer("DONE")), "Epoch 2 of 4, the best was 2.");
});

test("a missing number is a dash, and only two states are ends", () => {
  assert.equal(number(null), "-");
  assert.equal(number(0.12345), "0.123");
  assert.deepEqual(["WAITING", "RUNNING", "DONE", "FAILED"].map(isOver), [false, false, true, true]);
});
