// What the upload page says about each answer, and when it stops asking.
import assert from "node:assert/strict";
import test from "node:test";
import { standing, tally, verdict } from "../../static/js/uploads/answers.js";
import { poller } from "../../static/js/uploads/poller.js";

test("a refusal of the server is a result, with its code", () => {
  const body = { code: "truncated", message: "The file ends too early." };
  const { results } = verdict(400, body, "a.dcm");
  assert.deepEqual(results, [{ file_name: "a.dcm", outcome: "refused", code: "truncated", message: body.message, warnings: [] }]);
});

test("a refused archive keeps the result of each entry", () => {
  const entries = [{ file_name: "x", outcome: "refused" }, { file_name: "y", outcome: "refused" }];
  assert.deepEqual(verdict(400, { results: entries }, "a.zip"), { results: entries });
});

test("a file too large for a proxy that speaks no JSON is refused", () => {
  assert.equal(verdict(413, null, "a").results[0].code, "file_too_large");
});

for (const status of [0, 401, 403, 429, 500, 502, 503, 302]) {
  test(`status ${status} decides nothing about the file: it can be sent again`, () => {
    const answer = verdict(status, status === 503 ? { code: "storage_unavailable", message: "Try later." } : null, "a");
    assert.ok(answer.retry);
    assert.equal(answer.results, undefined);
  });
}

test("a failed analysis is never called analysed", () => {
  const failed = { ingest_state: "DONE", analysis_state: "FAILED", message: "No memory.", code: "out_of_memory" };
  assert.deepEqual(standing(failed), { words: "Analysis unavailable: No memory. (out_of_memory)", ended: true });
  const unread = { ingest_state: "FAILED", analysis_state: "WAITING", message: "", code: "x" };
  assert.deepEqual(standing(unread), { words: "Could not be prepared: no reason was given (x)", ended: true });
});

test("work that goes on has not ended", () => {
  for (const [ingest, analysis] of [["WAITING", "WAITING"], ["RUNNING", "WAITING"], ["DONE", "WAITING"], ["DONE", "RUNNING"]]) {
    assert.equal(standing({ ingest_state: ingest, analysis_state: analysis }).ended, false, `${ingest} ${analysis}`);
  }
});

test("the sum names only what there is", () => {
  const counts = { accepted: 2, duplicate: 0, refused: 1, unsent: 0 };
  assert.equal(tally({ answered: 3, total: 5, counts, hidden: 0 }), "3 of 5 files answered: 2 stored, 1 refused");
  assert.equal(tally({ answered: 0, total: 1, counts: {}, hidden: 1 }), "0 of 1 file answered. 1 hidden file left out");
});

function server(answers) {
  const asked = [];
  return { asked, fetchJson: async (address) => (asked.push(address), answers.shift()) };
}

const image = (id, analysis_state) => ({ id, ingest_state: "DONE", analysis_state });

test("two images of one case cost one question a round, and it stops when both ended", async () => {
  const { asked, fetchJson } = server([
    { status: 200, body: { images: [image("a", "RUNNING"), image("b", "DONE")] } },
    { status: 200, body: { images: [image("a", "DONE"), image("b", "DONE")] } },
  ]);
  const said = [];
  const { watch } = poller({ fetchJson, wait: async () => {} });
  watch("c", "a", (words) => said.push(`a ${words}`));
  await watch("c", "b", (words) => said.push(`b ${words}`));
  assert.equal(asked.length, 2);
  assert.deepEqual(said, ["a Analysing", "b Analysed", "a Analysed"]);
});

test("a lost connection is tried again, a lost session is not", async () => {
  const { asked, fetchJson } = server([{ status: 0 }, { status: 401 }]);
  const said = [];
  await poller({ fetchJson, wait: async () => {} }).watch("c", "a", (words) => said.push(words));
  assert.equal(asked.length, 2);
  assert.deepEqual(said, ["The server cannot be reached; trying again", "You are signed out; the work goes on."]);
});
