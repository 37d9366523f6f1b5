// What the editor shows and what the server has: saved soon after the last key, one request at a time, kept on this device
// until it is saved, and never over somebody else's text without asking. DOM-free.

export const SECTIONS = ["technique", "comparison", "findings", "impression", "recommendation"];
const WAIT_MS = 700;
const RETRY_S = [1, 2, 4, 8, 15, 30];

export const same = (one, other) => SECTIONS.every((name) => (one[name] ?? "") === (other[name] ?? ""));

export class Draft {
  #timer = null;
  #busy = false;
  #failures = 0;
  #conflict = null;
  #refused = "";
  #offline = false;

  /** start: {version, sections, fresh}; send(body) resolves to such a state or throws {status, message, current}. */
  constructor({ start, send, kept, timers, onChange = () => {}, onTaken = () => {} }) {
    Object.assign(this, { send, kept, timers, onChange, onTaken });
    this.#take(start);
    this.shown = { ...start.sections };
    const left = kept.load();
    if (!left || same(left.shown, start.sections)) {
      kept.clear();
      return;
    }
    this.shown = { ...left.shown };
    if (left.version === start.version && left.base.impression === start.sections.impression) {
      this.prefilled = left.prefilled;
      this.#soon(0);
    } else this.#conflict = start;
  }

  #take(state) {
    this.version = state.version;
    this.base = { ...state.sections };
    this.fresh = state.fresh;
    this.prefilled = state.sections.findings === state.fresh ? state.fresh : (this.prefilled ?? state.fresh);
  }

  get conflict() { return this.#conflict; }

  get edited() { return this.shown.findings !== this.fresh; }

  get state() {
    if (this.#conflict) return "conflict";
    if (this.#refused) return "refused";
    if (same(this.shown, this.base)) return "saved";
    return this.#offline ? "offline" : "saving";
  }

  get message() { return this.#refused; }

  /** The reader typed. */
  write(name, text) {
    this.shown[name] = text;
    this.#refused = "";
    this.#keep();
    this.#soon(WAIT_MS);
  }

  /** The findings' text from the findings: "replace" what stands there, or "below" it. */
  prefill(how) {
    const text = this.shown.findings.trim();
    this.prefilled = this.fresh;
    this.write("findings", how === "below" && text ? `${text}\n\n${this.fresh}` : this.fresh);
  }

  /** On a conflict: "mine" saves over the other text, "theirs" takes it. */
  resolve(choice) {
    const theirs = this.#conflict;
    this.#conflict = null;
    this.#take(theirs);
    if (choice === "theirs") {
      this.shown = { ...theirs.sections };
      this.onTaken();
    }
    this.#keep();
    this.#soon(0);
  }

  /** Sends what is unsaved now; resolves to whether everything is saved. */
  async flush() {
    this.timers.clearTimeout(this.#timer);
    while (this.#busy) await new Promise((resolve) => { this.timers.setTimeout(resolve, 20); });
    await this.#save();
    return this.state === "saved";
  }

  #keep() {
    if (same(this.shown, this.base)) this.kept.clear();
    else this.kept.store({ version: this.version, base: this.base, shown: this.shown, prefilled: this.prefilled });
    this.onChange(this.state);
  }

  #soon(ms) {
    this.timers.clearTimeout(this.#timer);
    this.#timer = this.timers.setTimeout(() => this.#save(), ms);
  }

  async #save() {
    if (this.#busy || this.#conflict || same(this.shown, this.base)) return;
    this.#busy = true;
    const sent = { ...this.shown };
    try {
      const body = { version: this.version, impression_before: this.base.impression, prefilled: this.prefilled, ...sent };
      const state = await this.send(body);
      this.#failures = 0;
      this.#offline = false;
      this.#take(state);
      this.#follow(sent);
    } catch (error) {
      this.#failed(error);
    }
    this.#busy = false;
    this.#keep();
    if (!this.#offline && !this.#refused && !same(this.shown, this.base)) this.#soon(WAIT_MS);
  }

  /** Text that follows the findings may come back newer than it was sent. */
  #follow(sent) {
    const newer = SECTIONS.filter((name) => this.shown[name] === sent[name] && this.base[name] !== sent[name]);
    for (const name of newer) this.shown[name] = this.base[name];
    if (newer.length) this.onTaken();
  }

  #failed(error) {
    if (error.status === 409 && error.current) {
      this.#conflict = error.current;
    } else if (error.status && error.status < 500 && error.status !== 429) {
      this.#refused = error.message;
    } else {
      this.#offline = true;
      this.#soon(1000 * RETRY_S[Math.min(this.#failures, RETRY_S.length - 1)]);
      this.#failures += 1;
    }
  }
}

/** One unsaved text on this device, under the prefix that is wiped at logout. A full store breaks nothing. */
export class Kept {
  constructor(storage, user, review) {
    this.storage = storage;
    this.key = `cxr-queue:${user}:report:${review}`;
  }

  load() {
    try {
      return JSON.parse(this.storage.getItem(this.key));
    } catch {
      return null;
    }
  }

  store(value) {
    try {
      this.storage.setItem(this.key, JSON.stringify(value));
    } catch {
      // Nothing is lost but the copy: the server is asked all the same.
    }
  }

  clear() {
    try {
      this.storage.removeItem(this.key);
    } catch {
      // As above.
    }
  }
}
