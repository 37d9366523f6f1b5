// A field to write a note in. What was typed stays until the server has it; sending twice makes one note.
import { h, setText } from "../../viewer/dom.js";
import { newId } from "../../viewer/ids.js";
import { suggestColleagues } from "./suggest.js";

const LONGEST = 5_000;

export class Composer {
  #clientId = newId();

  /** send(text, clientId) and colleagues(typed) return promises; onDone(sent) closes a passing field. */
  constructor({ label, act, colleagues, send, onDone, text = "" }) {
    Object.assign(this, { send, onDone });
    this.field = h("textarea", { rows: 2, maxlength: LONGEST, placeholder: `${label}. @ mentions a colleague.`, "aria-label": label });
    this.field.value = text;
    this.problem = h("p", { class: "problem-line", role: "alert" });
    this.button = h("button", { class: "btn btn-small small", type: "submit", text: act });
    const onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    this.element = h("form", { class: "composer", onsubmit },
      h("div", { class: "composer-field" }, this.field, suggestColleagues(this.field, colleagues)), this.problem,
      h("div", { class: "note-acts" }, this.button,
        onDone && h("button", { class: "btn btn-small btn-quiet small quiet", type: "button", text: "Cancel", onclick: () => onDone(false) })));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit();
      else if (event.key === "Escape" && onDone) onDone(false);
      else return;
      event.preventDefault();
    });
  }

  async submit() {
    const text = this.field.value.trim();
    if (!text || this.button.disabled) return;
    this.button.disabled = true;
    setText(this.problem, "");
    try {
      if (this.onDone) this.element.remove(); // so that the list may be drawn anew
      await this.send(text, this.#clientId);
      this.field.value = "";
      this.#clientId = newId();
      this.onDone?.(true);
    } catch (error) {
      setText(this.problem, `Not saved. ${error.message}`);
      this.onFailed?.();
    } finally {
      this.button.disabled = false;
    }
  }
}
