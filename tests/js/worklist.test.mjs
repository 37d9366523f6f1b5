// The worklist's keys, and the words for a choice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenWords, isForList, rowAfter } from "../../static/js/worklist/keys.js";

test("j and k go through the rows and stop at the ends", () => {
  assert.deepEqual(["j", "k"].map((key) => rowAfter(key, -1, 3)), [0, 2]);
  assert.equal(rowAfter("j", 0, 3), 1);
  assert.equal(rowAfter("j", 2, 3), 2);
  assert.equal(rowAfter("k", 0, 3), 0);
  assert.equal(rowAfter("x", 1, 3), null);
  assert.equal(rowAfter("j", -1, 0), null);
});

test("a key in a field or with a modifier is not the list's", () => {
  const plain = { key: "j" };
  assert.equal(isForList(plain, { tag: "BODY" }), true);
  assert.equal(isForList(plain, { tag: "CHECKBOX" }), true);
  assert.equal(isForList(plain, { tag: "INPUT" }), false);
  assert.equal(isForList(plain, { tag: "DIV", editable: true }), false);
  assert.equal(isForList({ key: "j", ctrlKey: true }, { tag: "BODY" }), false);
  assert.equal(isForList({ key: "Enter" }, { tag: "A" }), false);
});

test("the choice in words", () => {
  assert.deepEqual([0, 1, 5].map(chosenWords).slice(1), ["1 case chosen", "5 cases chosen"]);
  assert.match(chosenWords(0), /^Choose cases/);
});
