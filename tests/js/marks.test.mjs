// Words of comparison with a prior: kept like findings, never lost, never over another window's word.
import assert from "node:assert/strict";
import test from "node:test";
import * as commands from "../../static/viewer/commands.js";
import { Editing } from "../../static/viewer/editing.js";
import { Outbox } from "../../static/viewer/outbox.js";
import { SaveQueue } from "../../static/viewer/saving.js";
import { Store, initialState } from "../../static/viewer/store.js";
import { Clock, MemoryServer, MemoryStorage, finding, quiet } from "./helpers.mjs";

function open({ server = new MemoryServer(), storage = new MemoryStorage(), ids = "c" } = {}) {
  const clock = new Clock();
  const store = new Store({ ...initialState(), may: { read: true } });
  let count = 0;
  const newId = () => `${ids}${(count += 1)}`;
  let editing = null;
  const queue = new SaveQueue({
    transport: server, outbox: new Outbox(storage, "u1", "case"), timers: clock, newId,
    onRemote: (key, fields) => editing.takeRemote(key, fields),
  });
  editing = new Editing({ store, queue, newId });
  const say = (about, word) => editing.run(commands.compare(store.state, about, word));
  const shown = () => [...store.state.marks].map(([key, { mark }]) => [key, mark]);
  return { server, storage, clock, queue, editing, store, say, shown };
}

const marks = (server) => [...server.findings.values()].filter(({ mark }) => mark);
const words = (server) => marks(server).map(({ finding: about, mark }) => [about, mark]);

test("a word is saved under an id of its own, changed against its version, taken back", async () => {
  const { server, queue, say } = open();
  say("prior-1", "STABLE");
  await quiet();
  assert.deepEqual(words(server), [["prior-1", "STABLE"]]);
  assert.notEqual(marks(server)[0].client_id, "prior-1");
  say("prior-1", "WORSE");
  await quiet();
  assert.equal(server.log.at(-1), 'patch {"mark":"WORSE"}');
  say("prior-1", "");
  await quiet();
  assert.deepEqual([words(server), queue.status().state], [[], "saved"]);
});

test("two words in quick succession end at the second, whatever came back first", async () => {
  const { server, clock, queue, say, shown } = open();
  server.loseAnswers = 2;
  say("prior-1", "STABLE");
  say("prior-2", "RESOLVED");
  say("prior-1", "IMPROVED");
  await quiet();
  for (let i = 0; i < 4; i += 1) await clock.forward(10_000);
  assert.deepEqual(words(server).sort(), [["prior-1", "IMPROVED"], ["prior-2", "RESOLVED"]]);
  assert.deepEqual(shown().sort(), [["mark:prior-1", "IMPROVED"], ["mark:prior-2", "RESOLVED"]]);
  assert.equal(queue.status().state, "saved");
});

test("a word said offline is kept on the device, comes through a reload and is sent once", async () => {
  const first = open();
  first.server.down = true;
  first.say("prior-1", "WORSE");
  await quiet();
  assert.deepEqual([first.queue.status().state, first.storage.length], ["offline", 1]);
  first.server.down = false;
  const again = open({ server: first.server, storage: first.storage, ids: "d" });
  const shown = again.queue.adopt({ finding: [], measurement: [], mark: [] }, null);
  assert.equal(shown.get("mark:prior-1").mark, "WORSE");
  await quiet();
  assert.deepEqual(words(first.server), [["prior-1", "WORSE"]]);
  assert.equal(again.storage.length, 0);
});

test("another window's word is asked about, at sending and at loading", async () => {
  for (const choice of ["mine", "theirs"]) {
    const one = open();
    const two = open({ server: one.server, ids: "d" });
    one.say("prior-1", "STABLE");
    await quiet();
    two.say("prior-1", "WORSE");
    await quiet();
    const [conflict] = two.queue.status().conflicts;
    assert.deepEqual([conflict.mine.mark, conflict.theirs.mark], ["WORSE", "STABLE"]);
    assert.deepEqual(words(one.server), [["prior-1", "STABLE"]], "nothing is written over without a choice");
    two.queue.resolve("mark:prior-1", choice);
    await quiet();
    const kept = choice === "mine" ? "WORSE" : "STABLE";
    assert.deepEqual(words(one.server), [["prior-1", kept]]);
    assert.deepEqual(two.shown(), [["mark:prior-1", kept]]);
  }
});

test("a word kept from an earlier page does not silently replace what another window said meanwhile", async () => {
  const first = open();
  first.server.down = true;
  first.say("prior-1", "WORSE");
  await quiet();
  first.server.down = false;
  const other = open({ server: first.server, ids: "d" });
  other.say("prior-1", "STABLE");
  await quiet();
  const again = open({ server: first.server, storage: first.storage, ids: "e" });
  again.queue.adopt({ finding: [], measurement: [], mark: marks(first.server) }, first.server.review);
  await quiet();
  assert.deepEqual([again.queue.status().state, words(first.server)], ["conflict", [["prior-1", "STABLE"]]]);
});

test("NEW waits until the finding it is about is saved, and goes with it", async () => {
  const { server, queue, editing, store, say, shown } = open();
  editing.run(commands.add(store.state, { image: "i", label: "mass", box: null }, "own-1"));
  say("own-1", "NEW");
  await quiet();
  const made = [...server.findings.values()].find(({ label }) => label);
  assert.deepEqual(server.log, ["open", "create", "create"]);
  assert.deepEqual(words(server), [[made.id, "NEW"]]);
  editing.run(commands.remove(store.state, "own-1"));
  await quiet();
  assert.deepEqual([server.findings.size, shown(), queue.status().state], [0, [], "saved"]);
  editing.undo();
  await quiet();
  const back = [...server.findings.values()].find(({ label }) => label);
  assert.deepEqual([words(server), shown()], [[[back.id, "NEW"]], [["mark:own-1", "NEW"]]]);
  const seen = queue.adopt({ finding: [back], measurement: [], mark: marks(server) }, server.review);
  assert.deepEqual([...seen.keys()].sort(), ["mark:own-1", "own-1", "review"]);
});

test("a finding that is rejected is not new any more; one step takes both back", () => {
  const proposal = { id: "p1", image: "i", label: "mass", box: null };
  const { editing, store, say, shown } = open();
  const decide = (said) => editing.run(commands.decide(store.state, proposal, said, "own-1"));
  decide("ACCEPTED");
  say("own-1", "NEW");
  decide("REJECTED");
  assert.deepEqual(shown(), []);
  editing.undo();
  assert.deepEqual([shown(), store.state.findings.get("own-1").decision], [[["mark:own-1", "NEW"]], "ACCEPTED"]);
});

test("the finding went away in another window: the word on it goes too", async () => {
  const { server, queue, editing, store, say, shown } = open();
  queue.set("own-1", finding());
  store.set({ findings: new Map([["own-1", finding()]]) });
  await quiet();
  say("own-1", "NEW");
  await quiet();
  server.findings.clear();
  editing.run(commands.edit(store.state, "own-1", { label: "nodule" }));
  await quiet();
  queue.resolve("own-1", "theirs");
  await quiet();
  assert.deepEqual([shown(), server.findings.size, queue.status().state], [[], 0, "saved"]);
});
