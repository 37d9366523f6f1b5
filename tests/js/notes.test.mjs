// How notes hang together, and the mention under the caret.
import assert from "node:assert/strict";
import test from "node:test";
import { mentionAt, threads, withMention } from "../../static/js/notes/thread.js";

test("replies hang on their note in order; one whose note is withheld stands alone", () => {
  const notes = [{ id: "a", parent: null }, { id: "b", parent: null }, { id: "c", parent: "a" }, { id: "d", parent: "z" }];
  const shape = threads(notes).map(({ note, replies }) => [note.id, replies.map((reply) => reply.id)]);
  assert.deepEqual(shape, [["a", ["c"]], ["b", []], ["d", []]]);
});

test("a mention begins at an @ that follows no letter and ends at the caret", () => {
  assert.deepEqual(mentionAt("@", 1), { start: 0, typed: "" });
  assert.deepEqual(mentionAt("look @Ann Le", 12), { start: 5, typed: "Ann Le" });
  assert.deepEqual(mentionAt("look @Ann Le", 8), { start: 5, typed: "An" });
  assert.equal(mentionAt("ann@example", 11), null);
  assert.equal(mentionAt("@Ann Lee looks good", 19), null);
  assert.equal(mentionAt("nobody", 6), null);
});

test("a chosen colleague takes the place of what was typed", () => {
  assert.deepEqual(withMention("see @an, thanks", 7, "@Ann Lee"), { text: "see @Ann Lee , thanks", caret: 13 });
  assert.deepEqual(withMention("@an b", 3, "@Ann Lee"), { text: "@Ann Lee b", caret: 9 });
});
