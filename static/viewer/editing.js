// One reader's editing session: commands go to the store, the history and the saving queue in one step. DOM-free.
import { REVIEW, decisionOn } from "./commands.js";
import { kindOf } from "./entry.js";
import { History } from "./history.js";
import { markKey } from "./marks.js";

export class Editing {
  constructor({ store, queue, newId, say = () => {} }) {
    Object.assign(this, { store, queue, newId, say });
    this.history = new History();
  }

  /** Does a command made by commands.js; null (nothing to do) is ignored. merge: see History. */
  run(command, { merge = "" } = {}) {
    if (!command) return false;
    this.history.push(command, { merge });
    this.#apply(command.changes);
    return true;
  }

  undo() {
    const step = this.history.undo();
    if (step) this.#apply(step.changes);
    this.say(step ? `Undone: ${step.title}` : "Nothing to undo");
  }

  redo() {
    const step = this.history.redo();
    if (step) this.#apply(step.changes);
    this.say(step ? `Done again: ${step.title}` : "Nothing to redo");
  }

  /** What came from elsewhere replaces what is here; steps that touched it cannot be undone any more. */
  takeRemote(key, fields) {
    this.history.forget(key);
    this.#put([{ key, after: fields }]);
    const mark = markKey(key);
    if (!fields && this.store.state.marks.has(mark)) this.#apply([{ key: mark, after: null }]);
  }

  #apply(changes) {
    this.#put(changes);
    for (const { key, after } of changes) this.queue.set(key, after);
  }

  #put(changes) {
    const findings = new Map(this.store.state.findings);
    const measurements = new Map(this.store.state.measurements);
    const marks = new Map(this.store.state.marks);
    const kinds = { finding: findings, measurement: measurements, mark: marks };
    let { review, selected } = this.store.state;
    for (const { key, after } of changes) {
      const rows = kinds[kindOf(key)];
      if (key === REVIEW) review = after ?? review;
      else if (after) rows.set(key, after);
      else rows.delete(key);
      if (key !== REVIEW && !after && [`f:${key}`, `m:${key}`].includes(selected)) selected = null;
    }
    this.store.set({ findings, measurements, marks, review, selected });
  }

  /** Key of the reader's decision on a proposal, or a new one. */
  keyFor(proposalId) {
    return decisionOn(this.store.state.findings, proposalId)?.key ?? this.newId();
  }
}
