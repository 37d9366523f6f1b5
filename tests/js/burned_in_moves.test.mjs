import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, counted, moved } from "../../static/js/burned_in/moves.js";

test("arrows move by one card or by one row", () => {
  assert.equal(moved("ArrowRight", 0, 6, 3), 1);
  assert.equal(moved("ArrowLeft", 4, 6, 3), 3);
  assert.equal(moved("ArrowDown", 1, 6, 3), 4);
  assert.equal(moved("ArrowUp", 5, 6, 3), 2);
});

test("an edge keeps the place, and so does another key", () => {
  assert.equal(moved("ArrowLeft", 0, 6, 3), 0);
  assert.equal(moved("ArrowDown", 4, 6, 3), 4);
  assert.equal(moved("x", 2, 6, 3), 2);
});

test("cards at one height stand beside each other", () => {
  assert.equal(columnsOf([10, 10.4, 10, 90, 90]), 3);
  assert.equal(columnsOf([10, 10]), 2);
  assert.equal(columnsOf([]), 1);
});

test("how many are chosen stands in words", () => {
  assert.equal(counted(3, 24), "3 of 24 chosen");
});
