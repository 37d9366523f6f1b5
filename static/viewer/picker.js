// A type-to-search list: for labels, and for reasons. Combobox pattern of WAI-ARIA, keyboard first.
import { h, setAttribute } from "./dom.js";
import { search } from "./labels.js";

let count = 0;

export class Picker {
  #active = 0;
  #shown = [];

  /** options: [{code, name}]; recent: codes used lately; digits: 1 to 9 pick at once; onPick(code), onCancel(). */
  constructor({ title, options, recent = [], onPick, onCancel = () => {}, always = true, digits = false, placeholder = "Type to search" }) {
    count += 1;
    Object.assign(this, { options, recent, onPick, onCancel, always, digits });
    const id = `picker-${count}`;
    this.input = h("input", {
      type: "text", role: "combobox", "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": String(always),
      "aria-label": title, placeholder, autocomplete: "off", spellcheck: "false",
      oninput: () => this.#open(), onkeydown: (event) => this.#key(event),
      onfocus: () => this.#open(), onblur: () => this.#blurred(),
    });
    this.list = h("ul", { id, role: "listbox", "aria-label": title, hidden: !always });
    this.element = h("div", { class: "picker" }, this.input, this.list);
    if (always) this.#fill();
  }

  #open() {
    this.#active = 0;
    this.list.hidden = false;
    setAttribute(this.input, "aria-expanded", "true");
    this.#fill();
  }

  #close() {
    if (this.always) return;
    this.input.value = "";
    this.list.hidden = true;
    setAttribute(this.input, "aria-expanded", "false");
  }

  #blurred() {
    if (!this.always) this.#close();
  }

  #fill() {
    this.#shown = search(this.options, this.input.value, this.recent);
    const none = h("li", { class: "none", text: "Nothing matches. The vocabulary is fixed." });
    const items = this.#shown.map((option, i) => h("li", {
      role: "option", id: `${this.list.id}-${i}`, text: this.digits ? `${i + 1}  ${option.name}` : option.name,
      onpointerdown: (event) => event.preventDefault(), onclick: () => this.#pick(i),
    }));
    this.list.replaceChildren(...(items.length ? items : [none]));
    this.#mark();
  }

  #mark() {
    [...this.list.children].forEach((item, i) => {
      if (item.role !== "option") return;
      setAttribute(item, "aria-selected", String(i === this.#active));
      if (i === this.#active) item.scrollIntoView({ block: "nearest" });
    });
    setAttribute(this.input, "aria-activedescendant", this.#shown.length ? `${this.list.id}-${this.#active}` : null);
  }

  #pick(index) {
    const option = this.#shown[index];
    if (!option) return;
    this.#close();
    this.onPick(option.code);
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      if (this.list.hidden) this.#open();
      this.#active = Math.max(0, Math.min(this.#shown.length - 1, this.#active + step));
      this.#mark();
    } else if (event.key === "Enter") this.#pick(this.#active);
    else if (event.key === "Escape") {
      this.#close();
      this.onCancel();
    } else if (this.digits && !this.input.value && /^[1-9]$/.test(event.key)) this.#pick(Number(event.key) - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** A picker that floats over the stage near a point, inside it; one at a time. */
export class FloatingPicker {
  #host = null;
  #cancel = null;

  constructor(stageElement) {
    this.stageElement = stageElement;
  }

  open({ at, title, onPick, onCancel = () => {}, ...rest }) {
    this.close({ cancel: true });
    const done = (act) => (value) => {
      this.close();
      act(value);
    };
    const picker = new Picker({ title, onPick: done(onPick), onCancel: done(onCancel), ...rest });
    this.#host = h("div", { class: "floating", role: "dialog", "aria-label": title },
      h("p", { class: "floating-title", text: title }), picker.element);
    this.#cancel = onCancel;
    this.stageElement.append(this.#host);
    const { clientWidth: w, clientHeight: hh } = this.stageElement;
    const x = Math.max(8, Math.min(at.x, w - this.#host.offsetWidth - 8));
    const y = Math.max(8, Math.min(at.y, hh - this.#host.offsetHeight - 8));
    this.#host.style.left = `${x}px`;
    this.#host.style.top = `${y}px`;
    picker.input.focus({ preventScroll: true });
  }

  close({ cancel = false } = {}) {
    if (!this.#host) return;
    this.#host.remove();
    this.#host = null;
    const onCancel = this.#cancel;
    this.#cancel = null;
    if (cancel) onCancel();
  }
}
