// Tools on the left, presets and readouts on the stage.
import { h, icon, setAttribute, setText } from "./dom.js";
import { keyOf } from "./keys.js";
import { colour } from "./heatmap.js";
import { orientationMarkers } from "./viewport.js";

const TOOLS = [
  ["tool:window", "window", "Window/level"], ["tool:select", "select", "Select"], ["tool:pan", "pan", "Pan"],
  ["tool:box", "box", "Draw box"], null,
  ["tool:length", "length", "Measure length"], ["tool:angle", "angle", "Measure angle"],
  ["tool:ctr", "ctr", "Cardiothoracic ratio"], null,
  ["zoom:in", "zoomIn", "Zoom in"], ["zoom:out", "zoomOut", "Zoom out"], ["fit", "fit", "Fit"], ["one", "one", "1:1"], null,
  ["invert", "invert", "Invert"], ["rotate", "rotate", "Rotate 90\u00b0"], ["flip", "flip", "Flip"],
  ["loupe", "loupe", "Magnifier"], ["filters", "filters", "Image filters"], ["compare", "compare", "Compare with a prior"], ["reset", "reset", "Reset"], null,
  ["show", "boxes", "Boxes"], ["heat", "heat", "Heat map"], null,
  ["undo", "undo", "Undo"], ["redo", "redo", "Redo"], ["sheet", "help", "Keys"],
];

const DRAWING = ["box", "length", "angle", "ctr"];

export class Toolbar {
  #buttons = new Map();

  constructor(root, actions) {
    for (const tool of TOOLS) {
      if (!tool) {
        root.append(h("span", { class: "gap", "aria-hidden": "true" }));
        continue;
      }
      const [action, picture, name] = tool;
      const button = h("button", {
        type: "button", class: "tool", "aria-label": name, "data-action": action,
        onclick: (event) => actions[action](event),
      }, icon(picture));
      this.#buttons.set(action, button);
      root.append(button);
    }
  }

  #press(action, on) {
    setAttribute(this.#buttons.get(action), "aria-pressed", String(on));
  }

  /** view: {inverted, filtered, magnified, comparing}: what is on. */
  update(state, { view, history, editable }) {
    for (const [action, , name] of TOOLS.filter(Boolean)) setAttribute(this.#buttons.get(action), "data-tip", `${name}  ${keyOf(action)}`);
    for (const name of ["window", "select", "pan", ...DRAWING]) this.#press(`tool:${name}`, state.tool === name);
    this.#press("invert", view.inverted);
    this.#press("filters", view.filtered);
    this.#press("loupe", view.magnified);
    this.#press("compare", view.comparing);
    this.#buttons.get("compare").disabled = !state.priors.length;
    this.#press("show", ["model", "reader", "before", "others", "measures"].some((kind) => state.show[kind]));
    this.#press("heat", state.heat.on);
    for (const name of DRAWING) this.#buttons.get(`tool:${name}`).disabled = !editable;
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
    for (const name of ["center", "width"]) this.#typed(this.part[name]);
    this.#paintColourBar();
    stage.addEventListener("loaded", () => this.#fillPresets());
    stage.addEventListener("view", () => this.update());
  }

  /** A centre or width that is typed holds at once; what is no number is taken back. */
  #typed(input) {
    input.addEventListener("change", () => {
      const [center, width] = [Number(this.part.center.value), Number(this.part.width.value)];
      const given = this.part.center.value.trim() && this.part.width.value.trim();
      if (given && Number.isFinite(center) && width > 0) this.stage.setWindow(center, width);
      else this.#showWindow();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.stage.element.focus({ preventScroll: true });
    });
  }

  #showWindow() {
    const { center, width } = this.stage.currentWindow();
    const digits = width < 10 ? 2 : 0;
    for (const [name, value] of [["center", center], ["width", width]]) {
      const input = this.part[name];
      const text = value.toFixed(digits);
      if (input.value === text || document.activeElement === input) continue;
      input.value = text;
    }
  }

  #paintColourBar() {
    const canvas = this.part["colour-bar"];
    if (!canvas) return;
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
    this.#showWindow();
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
