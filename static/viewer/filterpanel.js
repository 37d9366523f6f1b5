// The list of filters with their sliders, and the mark on the stage that says what was done to the image.
import { h, setAttribute, setText } from "./dom.js";
import { FILTERS } from "./filters/catalogue.js";
import { keyOf } from "./keys.js";

const NOTE = "Shown only, never stored. The value under the pointer stays the original\u2019s.";

const originalKey = () => h("kbd", { "aria-hidden": "true", "data-key": "filter:toggle", text: keyOf("filter:toggle") });

/** How far a filter has come, in words; "" when it is done or none is on. */
function progress({ filter, share, error }) {
  if (error) return `Not processed: ${error}`;
  return share === null ? "" : `Computing ${filter.name}: ${Math.round(share * 100)} %`;
}

/** On the stage: that its image is not the original, and what was done to it. */
export class ProcessedMark {
  constructor(root, processing) {
    const words = h("span", { role: "status" });
    root.append(words, h("button", { type: "button", class: "small", "aria-label": "Show the original", onclick: () => processing.off() }, "Original ", originalKey()));
    processing.addEventListener("change", () => {
      root.hidden = !processing.filter;
      root.dataset.busy = String(processing.share !== null);
      setText(words, progress(processing) || (processing.filter ? `Processed: ${processing.words}` : ""));
    });
  }
}

export class FilterPanel {
  #shown = "";

  /** processing: the filters of both stages as one. */
  constructor(panel, processing) {
    Object.assign(this, { panel, processing });
    this.buttons = FILTERS.map(({ id, name, about }) => h("button", {
      type: "button", class: "choice", "data-filter": id,
      onclick: () => (processing.filter?.id === id ? processing.off() : processing.choose(id)),
    }, h("span", { text: name }), h("span", { class: "note", text: about })));
    this.sliders = h("div", { class: "sliders" });
    this.state = h("p", { class: "note", role: "status" });
    this.reset = h("button", { type: "button", class: "small", text: "Reset values", onclick: () => processing.reset() });
    this.off = h("button", { type: "button", class: "small", onclick: () => processing.off() }, "Original ", originalKey());
    this.reach = h("p", { class: "note reach" });
    const close = h("button", { type: "button", class: "small quiet", text: "Close", onclick: () => this.toggle() });
    panel.append(h("div", { class: "section-head" }, h("h2", { text: "Image filters" }), close),
      this.reach, h("div", { class: "choices" }, this.buttons), this.sliders, this.state,
      h("div", { class: "pair" }, this.off, this.reset), h("p", { class: "note", text: NOTE }));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggle();
    });
    processing.addEventListener("change", () => this.update());
    this.update();
  }

  toggle() {
    const opening = this.panel.hidden;
    this.panel.hidden = !opening;
    if (opening) (this.buttons.find((button) => button.getAttribute("aria-pressed") === "true") ?? this.buttons[0]).focus();
    else this.panel.closest(".stage").focus({ preventScroll: true });
  }

  update() {
    const { filter, values, reach } = this.processing;
    setText(this.reach, reach);
    for (const button of this.buttons) setAttribute(button, "aria-pressed", String(button.dataset.filter === filter?.id));
    if (this.#shown !== (filter?.id ?? "")) this.#fillSliders(filter);
    for (const row of this.sliders.children) {
      const [input, output] = [row.querySelector("input"), row.querySelector("output")];
      const value = values[input.name];
      if (Number(input.value) !== value) input.value = value;
      setText(output, `${value} ${row.dataset.unit}`.trim());
    }
    this.off.disabled = !filter;
    this.reset.disabled = !filter;
    setText(this.state, progress(this.processing));
  }

  #fillSliders(filter) {
    this.#shown = filter?.id ?? "";
    this.sliders.replaceChildren(...(filter?.parameters ?? []).map(({ id, name, unit, min, max, step }) => {
      const input = h("input", { type: "range", name: id, min, max, step, oninput: () => this.processing.set(id, Number(input.value)) });
      return h("label", { class: "slider", "data-unit": unit }, h("span", { text: name }), input, h("output", { class: "figure" }));
    }));
  }
}
