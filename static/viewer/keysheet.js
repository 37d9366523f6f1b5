// The sheet of keys, made from the table that the keys themselves come from; each key can be changed here.
import { h, setText } from "./dom.js";
import { chord, isRemappable, keyName, keyTable, refusal, useKeys } from "./keys.js";

const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"];

/** Four arrows are one word. */
function shortKeys(keys) {
  return keys.every((key) => key.includes("Arrow")) ? [keys[0].replace("ArrowLeft", "arrows")] : keys.map(keyName);
}

const caps = (keys) => shortKeys(keys).map((key) => h("kbd", { text: key }));

export class KeySheet {
  #recording = "";

  /** own: {action: key}; save({keys, single_keys}): promise; onChange() after the keys changed. */
  constructor(dialog, { own, singleKeys, save, onChange }) {
    Object.assign(this, { dialog, own, singleKeys, save, onChange });
    useKeys(own);
    this.said = h("p", { class: "sheet-said", role: "status" });
    this.reset = h("button", { type: "button", class: "small", text: "Usual keys again", onclick: () => this.#put({}, "The usual keys are back.") });
    this.box = h("input", { type: "checkbox", onchange: () => this.#single() });
    this.groups = h("div", { class: "sheet-groups" });
    dialog.replaceChildren(
      h("div", { class: "sheet-head" }, h("h2", { id: "sheet-title", text: "Keys" }),
        h("label", { class: "check" }, this.box, " Single-letter keys on"), this.reset,
        h("button", { type: "button", class: "small", text: "Close", onclick: () => dialog.close() })),
      h("p", { class: "sheet-hint", text: "Choose a key to change it. Your keys are kept with your account." }), this.said,
      h("div", { class: "sheet-scroll" }, this.groups));
    dialog.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    dialog.addEventListener("cancel", (event) => {
      if (!this.#recording) return;
      event.preventDefault();
      this.#stop("");
    });
    dialog.addEventListener("close", () => this.#stop(""));
    this.#draw();
  }

  #draw() {
    const table = keyTable();
    const groups = [...new Set(table.map((row) => row[2]).filter(Boolean))];
    this.groups.replaceChildren(...groups.map((group) => h("section", {}, h("h3", { text: group }),
      h("dl", {}, ...table.filter((row) => row[2] === group).map((row) => this.#line(row))))));
    this.box.checked = this.singleKeys;
    this.reset.disabled = !Object.keys(this.own).length;
  }

  #line(row) {
    const [action, keys, , words] = row;
    const asking = this.#recording === action;
    const key = isRemappable(row)
      ? h("button", {
        type: "button", class: asking ? "key asking" : "key", "data-action": action, "aria-describedby": `key-of-${action}`,
        title: "Change this key", onclick: () => this.#ask(action),
      }, ...(asking ? ["Press a key\u2026"] : caps(keys)))
      : h("span", { class: "key" }, ...caps(keys));
    return h("div", { class: action in this.own ? "key-line own" : "key-line" }, h("dt", {}, key), h("dd", { text: words, id: `key-of-${action}` }));
  }

  #ask(action) {
    this.#recording = action;
    setText(this.said, "Press the new key. Escape leaves it as it is.");
    this.#draw();
    this.#focus(action);
  }

  #focus(action) {
    [...this.groups.querySelectorAll("button")].find((button) => button.dataset.action === action)?.focus();
  }

  #stop(words) {
    const action = this.#recording;
    this.#recording = "";
    setText(this.said, words);
    if (!action) return;
    this.#draw();
    this.#focus(action);
  }

  #key(event) {
    if (!this.#recording || MODIFIERS.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      this.#stop("");
      return;
    }
    const action = this.#recording;
    const pressed = chord(event);
    const why = refusal(action, pressed);
    if (why) {
      setText(this.said, why);
      return;
    }
    this.#stop("");
    const own = { ...this.own, [action]: pressed };
    const words = keyTable().find(([name]) => name === action)[3];
    this.#put(own, `${keyName(pressed)}: ${words}.`, action);
  }

  #single() {
    this.singleKeys = this.box.checked;
    this.#put(this.own, this.singleKeys ? "Single-letter keys act." : "Single-letter keys do nothing now.");
  }

  /** In force at once; what the server refuses is taken back. */
  async #put(own, words, action = "") {
    const before = this.own;
    this.#use(own, action);
    setText(this.said, words);
    try {
      await this.save({ keys: own, single_keys: this.singleKeys });
    } catch (error) {
      this.#use(before, action);
      setText(this.said, `Not kept: ${error.message}`);
    }
  }

  #use(own, action) {
    this.own = own;
    useKeys(own);
    this.#draw();
    if (action) this.#focus(action);
    this.onChange();
  }
}

/** Keys that stand in the page's own words: <kbd data-key="sign">. */
export function fillKeyCaps(root, keyOf) {
  for (const cap of root.querySelectorAll("kbd[data-key]")) setText(cap, keyOf(cap.dataset.key));
}
