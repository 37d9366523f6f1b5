// Lungs and ratio lines under the boxes: drawn once in image pixels, then moved with the view.
import { setAttribute, svg } from "./dom.js";
import { lungPath } from "./lungs.js";
import { matrix } from "./viewport.js";

export class Anatomy {
  #files = new Map();
  #wanted = "";

  constructor(element, stage, api) {
    this.stage = stage;
    this.api = api;
    this.outline = svg("path", { class: "lungs" });
    this.lines = svg("g", { class: "ratio" });
    this.group = svg("g", { visibility: "hidden", "aria-hidden": "true" }, this.outline, this.lines);
    element.prepend(this.group);
    stage.addEventListener("view", () => this.#place());
  }

  /** Shows the lungs of the image on the stage, or hides them. False when they could not be fetched. */
  async show(on) {
    const lungs = on ? this.stage.image?.analysis?.lungs : null;
    const wanted = lungs?.url ?? "";
    if (wanted === this.#wanted) return true;
    this.#wanted = wanted;
    setAttribute(this.group, "visibility", "hidden");
    if (!wanted) return true;
    try {
      const map = await this.#file(lungs);
      if (this.#wanted !== wanted || !this.stage.image) return true;
      setAttribute(this.outline, "d", lungPath(map, lungs, this.stage.image));
      this.lines.replaceChildren(...Object.entries(lungs.ratio_lines).map(([name, [x1, x2, y]]) =>
        svg("line", { class: name, x1, x2, y1: y, y2: y })));
      setAttribute(this.group, "visibility", "visible");
      this.#place();
      return true;
    } catch {
      this.#wanted = "";
      return false;
    }
  }

  #place() {
    const { image, view } = this.stage;
    if (!image) {
      setAttribute(this.group, "visibility", "hidden");
      this.#wanted = "";
      return;
    }
    setAttribute(this.group, "transform", `matrix(${matrix(view, image).map((v) => v.toFixed(4)).join(" ")})`);
  }

  async #file({ url, rows, columns }) {
    if (!this.#files.has(url)) {
      const bytes = this.api.bytes(url, { expected: rows * columns });
      this.#files.set(url, bytes);
      bytes.catch(() => this.#files.delete(url));
    }
    return this.#files.get(url);
  }
}
