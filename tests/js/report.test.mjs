import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft, Kept } from "../../static/js/report/draft.js";

const empty = { technique: "", comparison: "", findings: "Nodule (1).", impression: "", recommendation: "" };
const start = (version = 0, more = {}) => ({ version, sections: { ...empty, ...more }, fresh: "Nodule (1)." });
const tick = () => new Promise((resolve) => { setImmediate(resolve); });

class Memory {
  constructor() { this.map = new Map(); }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

/** A server with one version, and timers that run when told. */
function desk({ memory = new Memory(), from = start(), fail = () => null } = {}) {
  const server = { state: structuredClone(from), bodies: [] };
  const waiting = [];
  const timers = { setTimeout: (act) => waiting.push(act), clearTimeout: (id) => { if (id) waiting[id - 1] = null; } };
  const send = async (body) => {
    server.bodies.push(body);
    const error = fail(server);
    if (error) throw error;
    if (body.version !== server.state.version) throw { status: 409, message: "changed", current: structuredClone(server.state) };
    const { version, impression_before: _, prefilled: __, ...sections } = body;
    server.state = { ...server.state, version: version + 1, sections };
    return structuredClone(server.state);
  };
  const draft = new Draft({ start: from, send, timers, kept: new Kept(memory, "u", "r") });
  const run = async () => { for (const act of waiting.splice(0)) act?.(); await tick(); };
  return { draft, server, run, memory };
}

test("what is typed is saved once and leaves nothing on the device", async () => {
  const { draft, server, run, memory } = desk();
  draft.write("technique", "P");
  draft.write("technique", "PA");
  assert.equal(draft.state, "saving");
  assert.equal(memory.map.size, 1);
  await run();
  assert.equal(draft.state, "saved");
  assert.deepEqual(server.bodies.map((body) => body.technique), ["PA"]);
  assert.equal(memory.map.size, 0);
});

test("without a connection the text is kept and sent later, also by the next page", async () => {
  let down = true;
  const memory = new Memory();
  const first = desk({ memory, fail: () => (down ? { message: "gone" } : null) });
  first.draft.write("findings", "Mine.");
  await first.run();
  assert.equal(first.draft.state, "offline");
  down = false;
  const second = desk({ memory });
  assert.equal(second.draft.shown.findings, "Mine.");
  await second.run();
  assert.equal(second.server.state.sections.findings, "Mine.");
});

test("a change from elsewhere is asked about, whichever way it is settled", async () => {
  for (const [choice, text] of [["mine", "Mine."], ["theirs", "Theirs."]]) {
    const { draft, server, run } = desk();
    server.state = start(3, { findings: "Theirs." });
    draft.write("findings", "Mine.");
    await run();
    assert.equal(draft.state, "conflict");
    draft.write("technique", "PA");
    await run();
    assert.equal(server.state.version, 3);
    draft.resolve(choice);
    await run();
    assert.equal(draft.state, "saved");
    assert.equal(server.state.sections.findings, text);
  }
});

test("text kept from another version is a conflict, not a save", async () => {
  const memory = new Memory();
  const first = desk({ memory, fail: () => ({ message: "gone" }) });
  first.draft.write("findings", "Mine.");
  const second = desk({ memory, from: start(2, { findings: "Theirs." }) });
  assert.equal(second.draft.state, "conflict");
});

test("prefilling replaces or adds below, as asked", () => {
  const { draft } = desk({ from: start(1, { findings: "My words." }) });
  assert.equal(draft.edited, true);
  draft.prefill("below");
  assert.equal(draft.shown.findings, "My words.\n\nNodule (1).");
  draft.prefill("replace");
  assert.equal(draft.shown.findings, "Nodule (1).");
  assert.equal(draft.edited, false);
});

test("a refusal is said and not repeated", async () => {
  const { draft, server, run } = desk({ fail: () => ({ status: 400, message: "Too long." }) });
  draft.write("technique", "x");
  await run();
  await run();
  assert.equal(draft.state, "refused");
  assert.equal(draft.message, "Too long.");
  assert.equal(server.bodies.length, 1);
});
