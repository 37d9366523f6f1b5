// Boxes over the image, as SVG in screen pixels: lines keep their width and labels never mirror.
import { HANDLES, handlePoint, placeLabels, screenRect } from "./boxes.js";
import { setAttribute, setText, svg } from "./dom.js";
import { apply, matrix } from "./viewport.js";

const LABEL_HEIGHT = 18;
const LABEL_PADDING = 10;
const LABEL_FONT = "500 12px";

/** Widths of labels, measured once a text. */
const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();

function labelWidth(text) {
  if (!widths.has(text)) {
    ruler.font = `${LABEL_FONT} ${getComputedStyle(document.body).fontFamily}`;
    widths.set(text, Math.ceil(ruler.measureText(text).width) + LABEL_PADDING);
  }
  return widths.get(text);
}

/** Which way a handle pulls on the screen, whatever the turn of the image. */
function cursorOf(box, handle, m) {
  if (handle.includes(0.5)) {
    const middle = apply(m, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
    const at = handlePoint(box, handle);
    const p = apply(m, at.x, at.y);
    return Math.abs(p.x - middle.x) > Math.abs(p.y - middle.y) ? "ew" : "ns";
  }
  const a = apply(m, box[0], box[1]);
  const b = apply(m, box[2], box[3]);
  const falling = (b.x - a.x) * (b.y - a.y) > 0;
  return (handle[0] === handle[1]) === falling ? "nwse" : "nesw";
}

export class Overlay {
  #views = new Map();
  #boxes = [];

  /** onFocus(box): a box took the focus by keyboard. */
  constructor(element, stage, { onFocus }) {
    this.element = element;
    this.stage = stage;
    this.onFocus = onFocus;
    this.shapes = svg("g", {});
    this.handles = svg("g", { "aria-hidden": "true" });
    this.draft = svg("rect", { class: "draft", visibility: "hidden" });
    element.append(this.shapes, this.handles, this.draft);
    stage.addEventListener("view", () => this.place());
  }

  /** boxes: see store.overlayBoxes. */
  show(boxes) {
    this.#boxes = boxes;
    const wanted = new Set(boxes.map((box) => box.id));
    for (const [id, view] of this.#views) {
      if (wanted.has(id)) continue;
      view.group.remove();
      this.#views.delete(id);
    }
    for (const box of boxes) {
      if (!this.#views.has(box.id)) this.#views.set(box.id, this.#create(box.id));
      this.#update(this.#views.get(box.id), box);
    }
    this.place();
  }

  #create(id) {
    const rect = svg("rect", { class: "line" });
    const hit = svg("rect", { class: "hit" });
    const back = svg("rect", { class: "label-back", height: LABEL_HEIGHT, rx: 3 });
    const text = svg("text", { class: "label" });
    const label = svg("g", { class: "label-group" }, back, text);
    const group = svg("g", { class: "box", tabindex: 0, role: "button", "data-box": id }, hit, rect, label);
    const view = { group, rect, hit, back, text, label, box: null };
    group.addEventListener("focus", () => {
      if (group.matches(":focus-visible")) this.onFocus(view.box);
    });
    this.shapes.append(group);
    return view;
  }

  #update(view, box) {
    view.box = box;
    setAttribute(view.group, "class", `box ${box.kind}${box.selected ? " selected" : ""}`);
    setAttribute(view.group, "aria-label", box.title);
    setAttribute(view.group, "aria-pressed", box.row ? String(box.selected) : null);
    setText(view.text, box.text);
    setAttribute(view.label, "visibility", box.text ? "visible" : "hidden");
  }

  /** Puts everything where the view has it. */
  place() {
    const { image, view, size } = this.stage;
    if (!image) return;
    const m = matrix(view, image);
    const rects = this.#boxes.map(({ box }) => screenRect(box, m));
    const labelled = this.#boxes.map((box, i) => ({ box, rect: rects[i] })).filter(({ box }) => box.text);
    labelled.sort((a, b) => Number(b.box.selected) - Number(a.box.selected));
    const places = placeLabels(labelled.map(({ box, rect }) => (
      { rect, width: labelWidth(box.text), height: LABEL_HEIGHT })), size);
    this.#boxes.forEach((box, i) => this.#placeShape(this.#views.get(box.id), rects[i]));
    labelled.forEach(({ box }, i) => this.#placeLabel(this.#views.get(box.id), box.text, places[i]));
    this.#placeHandles(m);
  }

  #placeShape(view, rect) {
    for (const shape of [view.rect, view.hit]) {
      for (const [name, value] of Object.entries(rect)) setAttribute(shape, name, value.toFixed(1));
    }
  }

  #placeLabel(view, text, place) {
    setAttribute(view.label, "visibility", place ? "visible" : "hidden");
    if (!place) return;
    const { x, y } = place;
    setAttribute(view.label, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    setAttribute(view.back, "width", labelWidth(text));
    setAttribute(view.text, "x", LABEL_PADDING / 2);
    setAttribute(view.text, "y", 13);
  }

  #placeHandles(m) {
    const chosen = this.#boxes.find((box) => box.selected && box.editable);
    if (!chosen) {
      this.handles.replaceChildren();
      return;
    }
    if (!this.handles.childElementCount) {
      this.handles.append(...HANDLES.map(() => svg("g", {},
        svg("circle", { class: "handle-hit", r: 13 }), svg("rect", { class: "handle", x: -4, y: -4, width: 8, height: 8 }))));
    }
    HANDLES.forEach((handle, i) => {
      const at = handlePoint(chosen.box, handle);
      const p = apply(m, at.x, at.y);
      const group = this.handles.children[i];
      setAttribute(group, "transform", `translate(${p.x.toFixed(1)} ${p.y.toFixed(1)})`);
      setAttribute(group, "class", `grip ${cursorOf(chosen.box, handle, m)} ${chosen.kind}`);
      setAttribute(group, "data-handle", handle.join(","));
    });
  }

  /** The box being drawn, in image pixels, or null. */
  showDraft(box) {
    setAttribute(this.draft, "visibility", box ? "visible" : "hidden");
    if (!box || !this.stage.image) return;
    const rect = screenRect(box, matrix(this.stage.view, this.stage.image));
    for (const [name, value] of Object.entries(rect)) setAttribute(this.draft, name, value.toFixed(1));
  }

  /** A box while it is dragged, before it is saved. */
  preview(id, box) {
    const shown = this.#boxes.find((candidate) => candidate.id === id);
    if (shown) shown.box = box;
    this.place();
  }

  focus(id) {
    this.#views.get(id)?.group.focus({ preventScroll: true });
  }

  get boxes() { return this.#boxes; }
}
