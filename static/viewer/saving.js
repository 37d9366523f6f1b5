// The saving queue. It holds what the reader wants for each finding, measurement, word of comparison and the review, and brings the server there:
// one request at a time for each of them (so they keep their order), repeated with back-off until it is answered,
// safe to repeat (client ids and versions), and never over somebody else's change without asking. DOM-free.
import { isSignedOut, ApiError, NetworkError } from "./api.js";
import { absorb, difference, fieldsOf, forget, keyFor, needsSaving, newEntry, same, toStored } from "./entry.js";
import { MARK, clashes, findingOf, keyOfMark } from "./marks.js";

export const REVIEW = "review";
const RETRY_S = [1, 2, 4, 8, 15, 30];
const TEMPORARY = [408, 425, 429];

const isTemporary = (error) =>
  error instanceof NetworkError || isSignedOut(error) ||
  (error instanceof ApiError && (error.status >= 500 || TEMPORARY.includes(error.status)));

export class SaveQueue {
  #entries = new Map();
  #gone = new Set();
  #opening = null;
  #timer = null;
  #failures = 0;
  #retryAt = 0;
  #signedOut = false;
  #closed = "";
  #clock = 0;
  #keepalive = false;

  /** timers: {setTimeout, clearTimeout, now}; onChange(status) after each step; onRemote(key, fields) when theirs wins. */
  constructor({ transport, outbox, newId, timers, onChange = () => {}, onRemote = () => {} }) {
    Object.assign(this, { transport, outbox, newId, timers, onChange, onRemote });
    for (const stored of outbox.load()) {
      const entry = { ...newEntry(stored.key), ...stored };
      this.#entries.set(entry.key, entry);
    }
  }

  /** A mark to hand to `adopt` with an answer that was asked for now. */
  mark() {
    this.#clock += 1;
    return this.#clock;
  }

  /** Takes in the server's records ({finding, measurement, mark}: lists, findings first), keeps what is unsaved here. Gives Map key -> desired fields. */
  adopt(records, review, mark = this.mark()) {
    const seen = new Set();
    for (const [kind, list] of Object.entries(records)) {
      for (const record of list.filter(({ client_id: id }) => !this.#gone.has(id))) {
        seen.add(this.#adoptOne(record, kind === MARK ? keyOfMark(record, [...this.#entries.values()]) : keyFor(kind, record.client_id), mark));
      }
    }
    if (review) seen.add(this.#adoptOne({ ...review, client_id: REVIEW }, REVIEW, mark));
    for (const entry of [...this.#entries.values()]) {
      const settled = !needsSaving(entry) && !entry.busy && !entry.problem && entry.touched < mark;
      if (settled && entry.kind !== REVIEW && !seen.has(entry)) this.#entries.delete(entry.key);
    }
    this.#pump();
    const wanted = [...this.#entries.values()].filter((entry) => entry.desired !== null);
    return new Map(wanted.map((entry) => [entry.key, entry.desired]));
  }

  #adoptOne(record, key, mark) {
    const all = [...this.#entries.values()];
    let entry = all.find((e) => e.clientId === record.client_id || (e.id && e.id === record.id)) ?? this.#entries.get(key);
    if (!entry) {
      entry = newEntry(key);
      this.#entries.set(key, entry);
      absorb(entry, record);
      entry.desired = entry.known;
    } else if (!entry.busy && !entry.problem && entry.touched < mark) {
      if (!needsSaving(entry) && (record.version > entry.version || record.id !== entry.id)) {
        absorb(entry, record);
        entry.desired = entry.known;
      } else if (clashes(entry, record)) entry.problem = { type: "conflict", current: record };
      else if (!entry.id) absorb(entry, record);
    }
    return entry;
  }

  /** The reader wants these fields under this key; null takes it back. */
  set(key, fields, { quiet = false } = {}) {
    const entry = this.#entries.get(key) || newEntry(key, this.newId);
    this.#entries.set(key, entry);
    entry.desired = fields;
    if (entry.problem?.type === "refused") entry.problem = null;
    this.#changed();
    if (!quiet) this.#pump();
  }

  /** The review as the server last gave it: {id, version}; null before there is one. */
  get reviewSeen() {
    const { id, version } = this.#entries.get(REVIEW) ?? {};
    return id ? { id, version } : null;
  }

  /** Sends what is due now; with keepalive the requests outlive the page. */
  flush({ keepalive = false } = {}) {
    this.#keepalive = keepalive;
    this.timers.clearTimeout(this.#timer);
    this.#timer = null;
    this.#retryAt = 0;
    this.#pump();
    this.#keepalive = false;
  }

  /** Resolves when nothing is left to send, or false when something cannot be sent now. */
  async settled() {
    this.flush();
    for (;;) {
      const { state } = this.status();
      if (state !== "saving") return state === "saved";
      await new Promise((resolve) => { this.timers.setTimeout(resolve, 50); });
    }
  }

  /** The reader's choice on a conflict: "mine" saves over it, "theirs" takes what the server has. */
  resolve(key, choice) {
    const entry = this.#entries.get(key);
    const { current } = entry.problem;
    entry.problem = null;
    if (current) absorb(entry, current);
    else forget(entry, this.newId());
    if (choice === "theirs") {
      entry.desired = current ? entry.known : null;
      this.onRemote(key, entry.desired);
    }
    this.#changed();
    this.#pump();
  }

  /** After a refusal: try the same again, or go back to what the server has. */
  retry(key) {
    this.#entries.get(key).problem = null;
    this.#pump();
  }

  discard(key) {
    const entry = this.#entries.get(key);
    entry.problem = null;
    entry.sent = [];
    entry.desired = entry.known;
    this.onRemote(key, entry.desired);
    this.#changed();
  }

  /** {state, pending, conflicts, refused, retryAt, kept}: state is the worst thing that is true. */
  status() {
    const all = [...this.#entries.values()];
    const pending = all.filter((entry) => needsSaving(entry) || entry.busy).length;
    const problems = (type) => all.filter((e) => e.problem?.type === type);
    const conflicts = problems("conflict");
    const refused = problems("refused");
    let state = pending ? "saving" : "saved";
    if (refused.length) state = "refused";
    if (conflicts.length) state = "conflict";
    if (pending && this.#failures) state = this.#signedOut ? "signed_out" : "offline";
    if (this.#closed && pending) state = "closed";
    return {
      state, pending, retryAt: this.#retryAt, kept: this.outbox.works, message: this.#closed,
      conflicts: conflicts.map((e) => ({ key: e.key, mine: e.desired, theirs: this.#theirs(e) })),
      refused: refused.map((e) => ({ key: e.key, message: e.problem.message })),
    };
  }

  #theirs(entry) {
    return entry.problem.current ? fieldsOf(entry.problem.current, entry.kind) : null;
  }

  #changed() {
    const unsaved = [...this.#entries.values()].filter((entry) => needsSaving(entry) || entry.problem);
    this.outbox.write(unsaved.map(toStored));
    this.onChange(this.status());
  }

  #pump() {
    if (this.#closed || this.timers.now() < this.#retryAt) return;
    for (const entry of this.#entries.values()) {
      const early = entry.kind === MARK && !entry.id && !findingOf(entry, this.#entries);
      if (needsSaving(entry) && !entry.busy && !entry.problem && !early) this.#run(entry);
    }
  }

  async #run(entry) {
    entry.busy = true;
    const options = { keepalive: this.#keepalive, kind: entry.kind };
    try {
      await (entry.kind === REVIEW ? this.#saveReview(entry, options) : this.#saveRow(entry, options));
      this.#failures = 0;
      this.#retryAt = 0;
      this.#signedOut = false;
    } catch (error) {
      this.#failed(entry, error);
    }
    entry.busy = false;
    entry.touched = this.mark();
    this.#changed();
    this.#pump();
  }

  /** The review that findings belong to: opened by the first change, once. */
  async #review() {
    const entry = this.#entries.get(REVIEW) || newEntry(REVIEW);
    this.#entries.set(REVIEW, entry);
    if (entry.id) return entry;
    this.#opening ??= this.transport.openReview().finally(() => { this.#opening = null; });
    const review = await this.#opening;
    if (!entry.id) this.#opened(entry, review);
    return entry;
  }

  /** A review opened in another window may hold text already: it is shown, or asked about, never written over. */
  #opened(entry, review) {
    const theirs = fieldsOf(review, REVIEW);
    const blank = Object.values(theirs).every((value) => !value);
    absorb(entry, review);
    if (entry.desired === null) {
      entry.desired = theirs;
      if (!blank) this.onRemote(REVIEW, theirs);
    } else if (!blank && !same(theirs, entry.desired)) entry.problem = { type: "conflict", current: review };
  }

  async #saveReview(entry, options) {
    await this.#review();
    if (entry.problem) return;
    const wanted = { ...entry.known, ...entry.desired };
    const changes = difference(entry.known, wanted);
    if (!Object.keys(changes).length) return;
    entry.sent.push(wanted);
    absorb(entry, await this.transport.patchReview(
      entry.id, { version: entry.version, ...changes }, options), { known: wanted });
  }

  async #saveRow(entry, options) {
    if (!entry.id) return this.#create(entry, options);
    if (entry.desired === null) return this.#remove(entry, options);
    const wanted = entry.desired;
    entry.sent.push(wanted);
    const body = { version: entry.version, ...difference(entry.known, wanted) };
    return absorb(entry, await this.transport.patch(entry.id, body, options), { known: wanted });
  }

  /** Until a first request is answered the same body goes out under the same client id. */
  async #create(entry, options) {
    const review = await this.#review();
    const about = entry.kind === MARK ? { finding: findingOf(entry, this.#entries) } : {};
    if (about.finding === null) return;
    if (!entry.sent.length && entry.desired) entry.sent.push(entry.desired);
    const [wanted] = entry.sent;
    if (!wanted) return;
    this.#changed();
    const body = { client_id: entry.clientId, review: review.id, ...about, ...wanted };
    const { record, created } = await this.transport.create(body, options);
    absorb(entry, record, created ? { known: wanted } : {});
  }

  async #remove(entry, options) {
    try {
      await this.transport.remove(entry.id, entry.version, options);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    this.#gone.add(entry.clientId);
    forget(entry, this.newId());
  }

  #failed(entry, error) {
    if (isTemporary(error)) return this.#waitAndRetry(error);
    const deletedElsewhere = error.status === 404 && Boolean(entry.id);
    if (error.code === "version_conflict" || deletedElsewhere) {
      return this.#conflict(entry, deletedElsewhere ? null : error.current);
    }
    if (error.code === "review_completed") {
      this.#closed = error.message;
      return undefined;
    }
    if (!entry.id) entry.sent = [];
    entry.problem = { type: "refused", message: error.message };
    return undefined;
  }

  /** Our own change, answered into a broken line, is no conflict. */
  #conflict(entry, current) {
    const theirs = current && fieldsOf(current, entry.kind);
    const ours = theirs && [...entry.sent, entry.desired].some((fields) => same(theirs, fields));
    if (ours) absorb(entry, current);
    else entry.problem = { type: "conflict", current };
  }

  #waitAndRetry(error) {
    this.#signedOut = isSignedOut(error);
    if (this.#timer) return;
    const wait = RETRY_S[Math.min(this.#failures, RETRY_S.length - 1)] * 1000;
    this.#failures += 1;
    this.#retryAt = this.timers.now() + wait;
    this.#timer = this.timers.setTimeout(() => {
      this.#timer = null;
      this.#retryAt = 0;
      this.#pump();
    }, wait);
  }
}
