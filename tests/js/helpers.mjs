// A server in memory that keeps the API's contract, a clock that is turned by hand, and a store like localStorage.
import { ApiError, NetworkError } from "../../static/viewer/api.js";

export class MemoryServer {
  findings = new Map();
  review = null;
  log = [];
  down = false;
  loseAnswers = 0;
  refuse = null;
  #ids = 0;

  async #answer(what, act) {
    await null;
    if (this.down) throw new NetworkError("down");
    this.log.push(what);
    if (this.refuse) throw this.refuse;
    const result = structuredClone(act());
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      throw new NetworkError("lost");
    }
    return result;
  }

  #write(record, version, changes) {
    if (record.version !== version) throw new ApiError(409, { code: "version_conflict", current: structuredClone(record) });
    Object.assign(record, changes, { version: version + 1 });
    return record;
  }

  #get(id) {
    const record = this.findings.get(id);
    if (!record) throw new ApiError(404, { code: "not_found", message: "gone" });
    return record;
  }

  openReview() {
    return this.#answer("open", () => {
      this.review ??= { id: "r", version: 1, notes: "", impression: "", no_finding: false };
      return this.review;
    });
  }

  patchReview(id, { version, ...changes }) {
    return this.#answer(`review ${JSON.stringify(changes)}`, () => this.#write(this.review, version, changes));
  }

  create(body) {
    return this.#answer("create", () => {
      const same = [...this.findings.values()].find((f) => f.client_id === body.client_id);
      if (same) return { record: same, created: false };
      const marked = body.mark && [...this.findings.values()].find((f) => f.mark && f.finding === body.finding);
      if (marked && marked.mark !== body.mark) throw new ApiError(409, { code: "version_conflict", current: structuredClone(marked) });
      if (marked) return { record: marked, created: false };
      this.#ids += 1;
      const own = body.mark ? { own: this.findings.get(body.finding)?.client_id ?? null } : {};
      const record = { ...body, ...own, id: `f${this.#ids}`, version: 1 };
      this.findings.set(record.id, record);
      return { record, created: true };
    });
  }

  patch(id, { version, ...changes }) {
    return this.#answer(`patch ${JSON.stringify(changes)}`, () => this.#write(this.#get(id), version, changes));
  }

  remove(id, version) {
    return this.#answer("remove", () => {
      this.#write(this.#get(id), version, {});
      this.findings.delete(id);
      for (const [other, { finding: about }] of this.findings) if (about === id) this.findings.delete(other);
      return null;
    });
  }
}

export class Clock {
  time = 0;
  #waiting = [];
  now = () => this.time;
  setTimeout = (act, ms) => {
    const timer = { act, at: this.time + ms };
    this.#waiting.push(timer);
    return timer;
  };
  clearTimeout = (timer) => { this.#waiting = this.#waiting.filter((other) => other !== timer); };

  async forward(ms) {
    this.time += ms;
    const due = this.#waiting.filter((timer) => timer.at <= this.time);
    this.#waiting = this.#waiting.filter((timer) => timer.at > this.time);
    for (const timer of due) timer.act();
    await quiet();
  }
}

export class MemoryStorage {
  #items = new Map();
  full = false;
  get length() { return this.#items.size; }
  key(i) { return [...this.#items.keys()][i] ?? null; }
  getItem(key) { return this.#items.get(key) ?? null; }
  removeItem(key) { this.#items.delete(key); }
  setItem(key, value) {
    if (this.full) throw new Error("QuotaExceededError");
    this.#items.set(key, value);
  }
}

/** Lets every promise that can settle settle. */
export async function quiet() {
  for (let i = 0; i < 60; i += 1) await null;
}

export const finding = (changes = {}) => ({
  image: "i", proposal: null, decision: "DRAWN", label: "mass", box: [1, 2, 30, 40], laterality: "", certainty: "CERTAIN",
  comment: "", reject_reason: "", ...changes,
});
