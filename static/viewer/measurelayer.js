// Measurements over the image, as SVG in screen pixels: lines keep their width and labels never mirror.
import { placeLabels } from "./boxes.js";
import { keyed, setAttribute, setText, svg } from "./dom.js";
import { LINES } from "./measure.js";
import { apply, matrix } from "./viewport.js";

const LABEL = { height: 18, padding: 10 };
const NO_SIZE = { width: 0, height: 0 };

/** A ratio has no unit that says what it is. */
const labelOf = ({ kind, text }) => (kind === "ctr" && text ? `CTR ${text}` : text);

function bounds(points) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(1, Math.max(...xs) - x), height: Math.max(1, Math.max(...ys) - y) };
}

function shape() {
  const lines = svg("g", {});
  const back = svg("rect", { class: "label-back", height: LABEL.height, rx: 3 });
  const text = svg("text", { class: "label", x: LABEL.padding / 2, y: 13 });
  const label = svg("g", { class: "label-group" }, back, text);
  const grips = svg("g", { "aria-hidden": "true" });
  const element = svg("g", { class: "measure", role: "button", tabindex: 0 }, lines, label, grips);
  return { element, lines, label, back, text, grips, item: null };
}

function fill(group, count, make) {
  while (group.childElementCount > count) group.lastElementChild.remove();
  while (group.childElementCount < count) group.append(make());
}

const lineOf = () => svg("g", {}, svg("line", { class: "hit" }), svg("line", { class: "line" }));
const gripOf = () => svg("g", { class: "grip" }, svg("circle", { class: "handle-hit", r: 13 }), svg("circle", { class: "handle", r: 4.5 }));

export class MeasureLayer {
  #items = [];
  #views = new Map();

  /** onFocus(id): a measurement took the focus by keyboard. */
  constructor(element, stage, { onFocus }) {
    Object.assign(this, { stage, onFocus });
    this.group = svg("g", { class: "measures" });
    this.draft = shape();
    setAttribute(this.draft.element, "tabindex", null);
    setAttribute(this.draft.element, "class", "measure draft-measure");
    element.append(this.group, this.draft.element);
    this.showDraft(null);
    stage.addEventListener("view", () => this.place());
  }

  /** items: see store.measureItems. */
  show(items) {
    this.#items = items;
    keyed(this.group, items, ({ id }) => id, ({ id }) => this.#create(id));
    for (const id of this.#views.keys()) if (!items.some((item) => item.id === id)) this.#views.delete(id);
    this.place();
  }

  #create(id) {
    const view = shape();
    setAttribute(view.element, "data-measure", id);
    view.element.addEventListener("focus", () => {
      if (view.element.matches(":focus-visible")) this.onFocus(id);
    });
    this.#views.set(id, view);
    return { element: view.element, update: (item) => this.#update(view, item) };
  }

  #update(view, item) {
    view.item = item;
    setAttribute(view.element, "class", `measure${item.mine ? "" : " other"}${item.selected ? " selected" : ""}`);
    setAttribute(view.element, "aria-label", item.title);
    setAttribute(view.element, "aria-pressed", String(item.selected));
  }

  place() {
    const { image, view, size } = this.stage;
    if (!image) return;
    const m = matrix(view, image);
    const shown = this.#items.map((item) => ({ item, view: this.#views.get(item.id), at: item.points.map(([x, y]) => apply(m, x, y)) }));
    for (const one of shown) this.#draw(one.view, one.item, one.at);
    const items = shown.map(({ item, view: { text }, at }) => ({
      rect: bounds(item.kind === "ctr" ? at.slice(0, 2) : at), height: LABEL.height, width: this.#widthOf(text, labelOf(item)),
    }));
    placeLabels(items, size ?? NO_SIZE).forEach((place, i) => this.#label(shown[i].view, place, items[i].width));
  }

  #widthOf(text, words) {
    if (text.textContent !== words || !text.measured) {
      setText(text, words);
      text.measured = Math.ceil(text.getComputedTextLength()) + LABEL.padding;
    }
    return text.measured;
  }

  #draw(view, item, at) {
    const pairs = LINES[item.kind].filter(([, b]) => b < at.length);
    fill(view.lines, pairs.length, lineOf);
    pairs.forEach(([a, b], i) => {
      setAttribute(view.lines.children[i], "class", item.kind === "ctr" && i ? "thorax" : "");
      for (const line of view.lines.children[i].children) {
        for (const [name, value] of Object.entries({ x1: at[a].x, y1: at[a].y, x2: at[b].x, y2: at[b].y })) {
          setAttribute(line, name, value.toFixed(1));
        }
      }
    });
    fill(view.grips, at.length, gripOf);
    at.forEach((p, i) => {
      const grip = view.grips.children[i];
      setAttribute(grip, "transform", `translate(${p.x.toFixed(1)} ${p.y.toFixed(1)})`);
      setAttribute(grip, "data-point", item.selected && item.editable ? String(i) : null);
      setAttribute(grip, "class", `grip${item.grip === i ? " active" : ""}`);
    });
  }

  #label(view, place, width) {
    setAttribute(view.label, "visibility", place ? null : "hidden");
    if (!place) return;
    setAttribute(view.label, "transform", `translate(${place.x.toFixed(1)} ${place.y.toFixed(1)})`);
    setAttribute(view.back, "width", width);
  }

  /** The measurement being drawn: {kind, points, text}, or null. */
  showDraft(draft) {
    setAttribute(this.draft.element, "visibility", draft ? "visible" : "hidden");
    if (!draft || !this.stage.image) return;
    const m = matrix(this.stage.view, this.stage.image);
    const at = draft.points.map(([x, y]) => apply(m, x, y));
    this.#draw(this.draft, { ...draft, selected: false }, at);
    const width = this.#widthOf(this.draft.text, labelOf(draft));
    const [place] = placeLabels([{ rect: bounds(at), height: LABEL.height, width }], this.stage.size);
    this.#label(this.draft, draft.text ? place : null, width);
  }

  /** Points while they are dragged, before they are saved. */
  preview(id, points, text) {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, points, text } : item));
    this.place();
  }

  focus(id) { this.#views.get(id)?.element.focus({ preventScroll: true }); }
}
