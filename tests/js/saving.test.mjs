// The saving queue: at once, in order, once, through bad lines, and never over somebody else's change.
import assert from "node:assert/strict";
import test from "node:test";
import { ApiError } from "../../static/viewer/api.js";
import { Outbox } from "../../static/viewer/outbox.js";
import { SaveQueue } from "../../static/viewer/saving.js";
import { Clock, MemoryServer, MemoryStorage, finding, quiet } from "./helpers.mjs";

function open({ server = new MemoryServer(), storage = new MemoryStorage(), user = "u1" } = {}) {
  const clock = new Clock();
  const remote = [];
  let ids = 0;
  const queue = new SaveQueue({
    transport: server, outbox: new Outbox(storage, user, "case"), timers: clock,
    newId: () => `new-${(ids += 1)}`, onRemote: (key, fields) => remote.push([key, fields]),
  });
  return { server, storage, clock, queue, remote };
}

const only = (server) => [...server.findings.values()][0];

test("a new finding opens the review once and is saved at once", async () => {
  const { server, queue } = open();
  queue.set("a", finding());
  queue.set("b", finding({ label: "nodule" }));
  assert.equal(queue.status().state, "saving");
  await quiet();
  assert.deepEqual(server.log, ["open", "create", "create"]);
  assert.equal(queue.status().state, "saved");
});

test("changes made while a request is out follow it, only what differs", async () => {
  const { server, queue } = open();
  queue.set("a", finding());
  queue.set("a", finding({ label: "nodule" }));
  queue.set("a", finding({ label: "nodule", certainty: "POSSIBLE" }));
  await quiet();
  assert.equal(server.log.filter((l) => l === "create").length, 1);
  assert.equal(only(server).label, "nodule");
  assert.equal(only(server).certainty, "POSSIBLE");
});

test("deleting waits for the creation; a deleted finding comes back under a new client id", async () => {
  const { server, queue } = open();
  queue.set("a", finding());
  await quiet();
  queue.set("a", null);
  await quiet();
  assert.equal(server.findings.size, 0);
  queue.set("a", finding());
  await quiet();
  assert.equal(only(server).client_id, "new-1");
});

test("offline: says so, keeps it, tries again with back-off, saves in the end", async () => {
  const { server, storage, clock, queue } = open();
  server.down = true;
  queue.set("a", finding());
  await quiet();
  assert.deepEqual([queue.status().state, queue.status().pending], ["offline", 1]);
  assert.equal(storage.length, 1);
  await clock.forward(1000);
  server.down = false;
  await clock.forward(1000);
  assert.equal(server.findings.size, 0, "the second wait is two seconds");
  await clock.forward(1000);
  assert.equal(server.findings.size, 1);
  assert.equal(queue.status().state, "saved");
  assert.equal(storage.length, 0);
});

test("a lost answer to a creation makes no double, and what changed meanwhile is sent after", async () => {
  const { server, clock, queue } = open();
  queue.set("review", { notes: "n", impression: "", no_finding: false });
  await quiet();
  server.loseAnswers = 1;
  queue.set("a", finding());
  await quiet();
  queue.set("a", finding({ label: "nodule" }));
  await clock.forward(1000);
  assert.equal(server.findings.size, 1);
  assert.equal(only(server).label, "nodule");
});

test("a lost answer to a creation that is then deleted leaves nothing behind", async () => {
  const { server, clock, queue } = open();
  await quiet();
  server.loseAnswers = 0;
  queue.set("review", { notes: "n", impression: "", no_finding: false });
  await quiet();
  server.loseAnswers = 1;
  queue.set("a", finding());
  await quiet();
  queue.set("a", null);
  await clock.forward(1000);
  assert.equal(server.findings.size, 0);
  assert.equal(queue.status().state, "saved");
});

test("our own change, answered into a broken line, is no conflict", async () => {
  const { server, clock, queue } = open();
  queue.set("a", finding());
  await quiet();
  server.loseAnswers = 1;
  queue.set("a", finding({ label: "nodule" }));
  await quiet();
  queue.set("a", finding({ label: "nodule", comment: "seen twice" }));
  await clock.forward(1000);
  assert.equal(queue.status().state, "saved");
  assert.equal(only(server).comment, "seen twice");
});

test("a change from elsewhere asks: mine saves over it", async () => {
  const { server, queue } = open();
  queue.set("a", finding());
  await quiet();
  Object.assign(only(server), { label: "hernia", version: 5 });
  queue.set("a", finding({ label: "nodule" }));
  await quiet();
  const { state, conflicts } = queue.status();
  assert.equal(state, "conflict");
  assert.deepEqual([conflicts[0].mine.label, conflicts[0].theirs.label], ["nodule", "hernia"]);
  assert.equal(only(server).label, "hernia", "nothing is written over without a choice");
  queue.resolve("a", "mine");
  await quiet();
  assert.equal(only(server).label, "nodule");
  assert.equal(queue.status().state, "saved");
});

test("a change from elsewhere asks: theirs is taken", async () => {
  const { server, queue, remote } = open();
  queue.set("a", finding());
  await quiet();
  Object.assign(only(server), { label: "hernia", version: 5 });
  queue.set("a", finding({ label: "nodule" }));
  await quiet();
  queue.resolve("a", "theirs");
  await quiet();
  assert.equal(remote[0][1].label, "hernia");
  assert.equal(only(server).label, "hernia");
});

test("deleted elsewhere: mine makes it anew, theirs lets it go", async () => {
  for (const [choice, left] of [["mine", 1], ["theirs", 0]]) {
    const { server, queue } = open();
    queue.set("a", finding());
    await quiet();
    server.findings.clear();
    queue.set("a", finding({ label: "nodule" }));
    await quiet();
    assert.equal(queue.status().conflicts[0].theirs, null);
    queue.resolve("a", choice);
    await quiet();
    assert.equal(server.findings.size, left);
    assert.equal(queue.status().state, "saved");
  }
});

test("text that another window wrote into the review first is not written over", async () => {
  const { server, queue } = open();
  server.review = { id: "r", version: 3, notes: "theirs", impression: "", no_finding: false };
  queue.set("review", { notes: "mine", impression: "", no_finding: false });
  await quiet();
  assert.equal(queue.status().state, "conflict");
  assert.equal(server.review.notes, "theirs");
});

test("a refusal is shown with its words; dropping the change goes back to the server's", async () => {
  const { server, queue, remote } = open();
  queue.set("a", finding());
  await quiet();
  server.refuse = new ApiError(400, { code: "invalid_box", message: "The box is too small." });
  queue.set("a", finding({ box: [0, 0, 1, 1] }));
  await quiet();
  assert.deepEqual(queue.status().refused, [{ key: "a", message: "The box is too small." }]);
  queue.discard("a");
  assert.deepEqual(remote[0][1].box, [1, 2, 30, 40]);
  assert.equal(queue.status().state, "saved");
});

test("signed out: kept and tried again; completed: nothing more is sent", async () => {
  const { server, clock, queue } = open();
  server.refuse = new ApiError(401, { code: "not_authenticated" });
  queue.set("a", finding());
  await quiet();
  assert.equal(queue.status().state, "signed_out");
  server.refuse = new ApiError(409, { code: "review_completed", message: "completed" });
  await clock.forward(1000);
  assert.equal(queue.status().state, "closed");
  const sent = server.log.length;
  await clock.forward(60000);
  assert.equal(server.log.length, sent);
});

test("a reload takes up what was not saved; the server's record is found by client id", async () => {
  const first = open();
  first.queue.set("review", { notes: "n", impression: "", no_finding: false });
  await quiet();
  first.server.loseAnswers = 1;
  first.queue.set("a", finding());
  await quiet();
  const again = open({ server: first.server, storage: first.storage });
  const shown = again.queue.adopt({ finding: [...first.server.findings.values()] }, first.server.review);
  await quiet();
  assert.deepEqual([...shown.keys()].sort(), ["a", "review"]);
  assert.equal(first.server.findings.size, 1);
  assert.equal(again.queue.status().state, "saved");
});

test("a finding changed elsewhere while this change waited over a reload is asked about", async () => {
  const first = open();
  first.queue.set("a", finding());
  await quiet();
  first.server.down = true;
  first.queue.set("a", finding({ label: "nodule" }));
  await quiet();
  first.server.down = false;
  Object.assign(only(first.server), { label: "hernia", version: 2 });
  const again = open({ server: first.server, storage: first.storage });
  again.queue.adopt({ finding: [...first.server.findings.values()] }, first.server.review);
  await quiet();
  assert.equal(again.queue.status().state, "conflict");
  assert.equal(only(first.server).label, "hernia");
});

test("an answer asked for before a save does not undo it", async () => {
  const { server, queue } = open();
  queue.set("a", finding());
  await quiet();
  const old = structuredClone([...server.findings.values()]);
  const mark = queue.mark();
  queue.set("a", finding({ label: "nodule" }));
  queue.set("b", finding());
  await quiet();
  const shown = queue.adopt({ finding: old }, server.review, mark);
  assert.equal(shown.get("a").label, "nodule");
  assert.ok(shown.has("b"));
});

test("what another user left is wiped; a full store is told, saving goes on", async () => {
  const first = open();
  first.server.down = true;
  first.queue.set("a", finding());
  await quiet();
  assert.equal(first.storage.length, 1);
  const second = open({ storage: first.storage, user: "u2" });
  assert.equal(first.storage.length, 0);
  second.storage.full = true;
  second.queue.set("a", finding());
  assert.equal(second.queue.status().kept, false);
  await quiet();
  assert.equal(second.server.findings.size, 1);
});

const length = (...points) => ({ image: "i", kind: "length", points });

test("a measurement is saved as one: made, moved by its points alone, deleted", async () => {
  const { server, queue } = open();
  queue.set("measurement:a", length([0, 0], [3, 4]));
  queue.set("b", finding());
  await quiet();
  assert.deepEqual(only(server).points, [[0, 0], [3, 4]]);
  assert.deepEqual([...server.findings.values()].map((row) => row.client_id), ["a", "b"]);
  queue.set("measurement:a", length([0, 0], [6, 8]));
  await quiet();
  assert.equal(server.log.at(-1), 'patch {"points":[[0,0],[6,8]]}');
  queue.set("measurement:a", null);
  await quiet();
  assert.deepEqual([server.findings.size, queue.status().state], [1, "saved"]);
});

test("a measurement drawn offline comes through a reload, and a stale move is asked about", async () => {
  const first = open();
  first.server.down = true;
  first.queue.set("measurement:a", length([0, 0], [3, 4]));
  await quiet();
  first.server.down = false;
  const again = open({ server: first.server, storage: first.storage });
  again.queue.flush();
  await quiet();
  const [record] = [...first.server.findings.values()];
  assert.equal(record.client_id, "a");
  Object.assign(record, { points: [[1, 1], [9, 9]], version: 2 });
  again.queue.set("measurement:a", length([0, 0], [5, 5]));
  await quiet();
  const [conflict] = again.queue.status().conflicts;
  assert.deepEqual([conflict.key, conflict.theirs.points], ["measurement:a", [[1, 1], [9, 9]]]);
  again.queue.resolve("measurement:a", "theirs");
  assert.deepEqual(again.remote, [["measurement:a", { image: "i", kind: "length", points: [[1, 1], [9, 9]] }]]);
});
