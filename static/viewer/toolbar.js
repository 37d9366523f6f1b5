// Tools on the left, presets and readouts on the stage, the sheet of keys.
import { h, icon, setAttribute, setText } from "./dom.js";
import { KEYMAP, keyName, keyOf } from "./keys.js";
import { colour } from "./heatmap.js";
import { orientationMarkers } from "./viewport.js";

const TOOLS = [
  ["tool:window", "window", "Window/level"], ["tool:select", "select", "Select"], ["tool:pan", "pan", "Pan"],
  ["tool:box", "box", "Draw box"], null,
  ["zoom:in", "zoomIn", "Zoom in"], ["zoom:out", "zoomOut", "Zoom out"], ["fit", "fit", "Fit"], ["one", "one", "1:1"], null,
  ["invert", "invert", "Invert"], ["rotate", "rotate", "Rotate 90\u00b0"], ["flip", "flip", "Flip"], ["reset", "reset", "Reset"], null,
  ["show", "boxes", "Boxes"], ["heat", "heat", "Heat map"], null,
  ["undo", "undo", "Undo"], ["redo", "redo", "Redo"], ["sheet", "help", "Keys"],
];

export class Toolbar {
  #buttons = new Map();

  constructor(root, actions) {
    for (const tool of TOOLS) {
      if (!tool) {
        root.append(h("span", { class: "gap", "aria-hidden": "true" }));
        continue;
      }
      const [action, picture, name] = tool;
      const key = keyOf(action);
      const button = h("button", {
        type: "button", class: "tool", "aria-label": name, "data-tip": `${name}  ${key}`, "data-action": action,
        onclick: (event) => actions[action](event),
      }, icon(picture));
      this.#buttons.set(action, button);
      root.append(button);
    }
  }

  #press(action, on) {
    setAttribute(this.#buttons.get(action), "aria-pressed", String(on));
  }

  update(state, { inverted, history, editable }) {
    for (const name of ["window", "select", "pan", "box"]) this.#press(`tool:${name}`, state.tool === name);
    this.#press("invert", inverted);
    this.#press("show", state.show.model || state.show.reader);
    this.#press("heat", state.heat.on);
    this.#buttons.get("tool:box").disabled = !editable;
    for (const [action, title] of [["undo", history.undoTitle], ["redo", history.redoTitle]]) {
      const button = this.#buttons.get(action);
      button.disabled = !title || !editable;
      const word = action === "undo" ? "Undo" : "Redo";
      setAttribute(button, "data-tip", title ? `${word}: ${title}  ${keyOf(action)}` : `${word}  ${keyOf(action)}`);
    }
  }
}

/** Corners of the stage: window, zoom, value under the pointer, orientation, colour bar. */
export class Readouts {
  constructor(root, stage) {
    this.stage = stage;
    this.part = Object.fromEntries(
      [...root.querySelectorAll("[data-readout]")].map((element) => [element.dataset.readout, element]));
    this.part.preset.addEventListener("change", () => {
      stage.usePreset(Number(this.part.preset.value));
      this.part.preset.blur();
    });
    this.#paintColourBar();
    stage.addEventListener("loaded", () => this.#fillPresets());
    stage.addEventListener("view", () => this.update());
  }

  #paintColourBar() {
    const canvas = this.part["colour-bar"];
    const context = canvas.getContext("2d");
    for (let x = 0; x < canvas.width; x += 1) {
      context.fillStyle = `rgb(${colour(x / (canvas.width - 1)).join(",")})`;
      context.fillRect(x, 0, 1, canvas.height);
    }
  }

  #fillPresets() {
    const { presets } = this.stage;
    this.part.preset.replaceChildren(
      ...presets.map((preset, i) => h("option", { value: i, text: `${i + 1}  ${preset.name}` })),
      h("option", { value: -1, text: "By hand", hidden: true }));
    this.update();
  }

  update() {
    const { stage, part } = this;
    if (!stage.image) return;
    const shown = JSON.stringify(stage.voi);
    part.preset.value = stage.presets.findIndex((preset) => JSON.stringify(preset.voi) === shown);
    const digits = stage.voi.width < 10 ? 2 : 0;
    const { kind, center, width } = stage.voi;
    setText(part.window, kind === "lut" ? "VOI LUT" : `C ${center.toFixed(digits)}  W ${width.toFixed(digits)}`);
    setText(part.zoom, `${Math.round(stage.view.scale * (window.devicePixelRatio || 1) * 100)} %${stage.inverted ? "  inverted" : ""}`);
    const markers = orientationMarkers(stage.image.patient_orientation, stage.view);
    for (const side of ["left", "right", "top", "bottom"]) setText(part[`side-${side}`], markers[side]);
    const { view_position: position, laterality, bits_stored: bits, columns, rows } = stage.image;
    const side = ["L", "R"].includes(laterality) ? laterality : "";
    setText(part.facts, [position, side, `${columns} \u00d7 ${rows}`, `${bits} bit`].filter(Boolean).join("  "));
  }

  hover(point) {
    const found = point && this.stage.image && this.stage.valueAt(point.x, point.y);
    setText(this.part.value, found ? `${found.column}, ${found.row}  ${Number(found.value.toFixed(2))}` : "");
  }
}

/** Four arrows are one word. */
function shortKeys(keys) {
  return keys.every((key) => key.includes("Arrow")) ? [keys[0].replace("ArrowLeft", "arrows")] : keys.map(keyName);
}

/** The sheet of keys, made from the table that the keys themselves come from. */
export function fillSheet(dialog, { singleKeys, onSingleKeys }) {
  const groups = [...new Set(KEYMAP.map((row) => row[2]).filter(Boolean))];
  const line = ([, keys, , words]) => h("div", { class: "key-line" },
    h("dt", {}, shortKeys(keys).map((key) => h("kbd", { text: key }))), h("dd", { text: words }));
  const box = h("input", { type: "checkbox", onchange: () => onSingleKeys(box.checked) });
  box.checked = singleKeys;
  dialog.replaceChildren(
    h("div", { class: "sheet-head" }, h("h2", { id: "sheet-title", text: "Keys" }),
      h("label", { class: "check" }, box, " Single-letter keys on"),
      h("button", { type: "button", class: "small", text: "Close", onclick: () => dialog.close() })),
    h("div", { class: "sheet-groups" }, groups.map((group) => h("section", {}, h("h3", { text: group }),
      h("dl", {}, KEYMAP.filter((row) => row[2] === group).map(line))))));
}
