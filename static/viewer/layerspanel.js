// The choices of what is drawn over the image.
import { h, keyed, setAttribute, setText } from "./dom.js";
import { KINDS, isLabelShown, kindsThere, labelChoices, readerChoices, toggled } from "./layers.js";
import { ratioWords } from "./lungs.js";
import { currentImage } from "./store.js";

function check(onchange) {
  const box = h("input", { type: "checkbox", onchange: () => onchange(box.checked) });
  const name = h("span", {});
  const element = h("label", { class: "check" }, box, name);
  return { element, box, name };
}

export class LayersPanel {
  #kinds = new Map();

  /** root: the section of the template; act: {show(patch)}. */
  constructor(root, act) {
    Object.assign(this, { root, act });
    const kinds = KINDS.map(([kind, words, swatch]) => {
      const one = check((on) => act.show({ [kind]: on }));
      one.name.append(h("span", { class: `swatch ${swatch}`, "aria-hidden": "true" }), ` ${words}`);
      this.#kinds.set(kind, one);
      return one.element;
    });
    this.note = h("p", { class: "note", "data-part": "lungs-note" });
    this.labels = h("div", { class: "checks" });
    this.readers = h("div", { class: "checks" });
    this.summary = h("summary", {});
    this.byOne = h("details", { class: "by-one" }, this.summary, this.labels, this.readers);
    root.append(h("div", { class: "checks layers" }, ...kinds), this.note, this.byOne);
  }

  update(state) {
    const image = currentImage(state);
    const there = kindsThere(state, image);
    for (const [kind, { element, box }] of this.#kinds) {
      setAttribute(element, "hidden", !there[kind]);
      box.checked = state.show[kind];
    }
    const { lungs } = image?.analysis ?? {};
    setText(this.note, state.show.lungs || state.show.ratio ? ratioWords(lungs) : "");
    this.#byOne(state);
  }

  #byOne(state) {
    const labels = labelChoices(state);
    const readers = readerChoices(state);
    const { hiddenReaders } = state.show;
    setAttribute(this.byOne, "hidden", labels.length + readers.length < 2);
    const count = labels.filter(({ code }) => !isLabelShown(state, code)).length + readers.filter((name) => hiddenReaders.includes(name)).length;
    setText(this.summary, `By finding and reader${count ? `: ${count} hidden` : ""}`);
    keyed(this.labels, labels, ({ code }) => code, ({ code }) => this.#choice(
      (on) => this.act.show({ hiddenLabels: toggled(this.state.show.hiddenLabels, code, !on) }),
      ({ name }) => [name, !this.state.show.hiddenLabels.includes(code)]));
    keyed(this.readers, readers, (name) => name, (name) => this.#choice(
      (on) => this.act.show({ hiddenReaders: toggled(this.state.show.hiddenReaders, name, !on) }),
      () => [name, !this.state.show.hiddenReaders.includes(name)]));
  }

  get state() { return this.act.state; }

  #choice(onchange, words) {
    const one = check(onchange);
    return {
      element: one.element,
      update: (item) => {
        const [text, on] = words(item);
        setText(one.name, text);
        one.box.checked = on;
      },
    };
  }
}
