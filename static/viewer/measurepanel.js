// The list of measurements in the panel.
import { h, keyed, setAttribute, setText } from "./dom.js";
import { keyOf } from "./keys.js";
import { UNIT_NOTES } from "./measure.js";
import { canEdit, measureRows } from "./store.js";

function row(act) {
  let item = null;
  const name = h("span", { class: "name" });
  const value = h("span", { class: "value" });
  const main = h("button", { type: "button", class: "finding-main", onclick: () => act.select(item.id) },
    h("span", { class: "mark", "aria-hidden": "true" }), name, value);
  const note = h("p", { class: "note" });
  const remove = h("button", {
    type: "button", class: "small quiet", text: "Delete", onclick: () => act.remove(item.key),
  });
  const details = h("div", { class: "details" }, note, h("div", { class: "pair" }, remove));
  const element = h("li", { class: "finding measured" }, main);
  return {
    element,
    update({ row: now, selected, editable }) {
      item = now;
      setAttribute(element, "data-row", now.id);
      element.classList.toggle("selected", selected);
      setAttribute(main, "aria-pressed", String(selected));
      setText(name, now.name);
      setText(value, now.text);
      setText(note, UNIT_NOTES[now.unit] ?? "");
      setAttribute(remove, "title", `Delete (${keyOf("delete")})`);
      remove.disabled = !editable;
      if (selected) element.append(details);
      else details.remove();
    },
  };
}

function otherRow() {
  const name = h("span", { class: "name" });
  const value = h("span", { class: "value" });
  const said = h("span", { class: "said" });
  const element = h("li", { class: "finding measured other" },
    h("div", { class: "finding-main" }, h("span", { class: "mark", "aria-hidden": "true" }), name, value), h("div", { class: "finding-line" }, said));
  return {
    element,
    update(measured) {
      setText(name, measured.name);
      setText(value, measured.text);
      setText(said, `by ${measured.reader}`);
    },
  };
}

export class MeasurePanel {
  /** root: the section of the template; act: {select(id), remove(key)}. */
  constructor(root, act) {
    this.root = root;
    this.act = act;
    this.list = root.querySelector("ul");
    this.others = root.querySelector("ul.others");
    this.note = root.querySelector(".note");
  }

  update(state) {
    if (!state.case) return;
    const rows = measureRows(state);
    const others = state.othersMeasured.filter(({ image }) => image === state.imageId);
    keyed(this.list, rows.map((one) => ({ row: one, selected: state.selected === one.id, editable: canEdit(state) })),
      (item) => item.row.id, () => row(this.act));
    keyed(this.others, others, ({ id }) => id, otherRow);
    this.root.hidden = !rows.length && !others.length && !canEdit(state);
    setText(this.note, rows.length || others.length ? "" : `Length (${keyOf("tool:length")}), angle (${keyOf("tool:angle")}) or cardiothoracic ratio (${keyOf("tool:ctr")}).`);
  }
}
