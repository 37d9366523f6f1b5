// Notes and impression: saved 600 ms after the last key, at once when the field or the page is left.
import { write } from "./commands.js";
import { canEdit } from "./store.js";

const WAIT_MS = 600;

export class Notes {
  #dirty = new Map();
  #timer = 0;

  /** fields: {notes: textarea, impression: textarea}. */
  constructor({ fields, store, editing }) {
    Object.assign(this, { fields, store, editing });
    for (const [name, field] of Object.entries(fields)) {
      field.addEventListener("input", () => this.#typed(name, field));
      field.addEventListener("blur", () => {
        this.flush();
        editing.history.seal();
      });
    }
  }

  #typed(name, field) {
    this.#dirty.set(name, field.value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), WAIT_MS);
  }

  flush() {
    clearTimeout(this.#timer);
    if (!this.#dirty.size) return;
    const patch = Object.fromEntries(this.#dirty);
    this.#dirty.clear();
    const merge = `write:${Object.keys(patch).join("+")}`;
    this.editing.run(write(this.store.state, patch), { merge });
  }

  /** Shows what the store has, except where the reader is typing. */
  update(state) {
    for (const [name, field] of Object.entries(this.fields)) {
      field.readOnly = !canEdit(state);
      if (this.#dirty.has(name) || field.value === (state.review[name] ?? "")) continue;
      field.value = state.review[name] ?? "";
    }
  }
}
