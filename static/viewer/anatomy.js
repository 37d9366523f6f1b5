// Lungs and the automatic ratio's lines under the boxes: drawn once in image pixels, then moved with the view. The
// words beside the lines stand in screen pixels, so that they never mirror.
import { setAttribute, setText, svg } from "./dom.js";
import { lungPath } from "./lungs.js";
import { apply, matrix } from "./viewport.js";

const WORDS_GAP = 6;

export class Anatomy {
  #files = new Map();
  #wanted = "";
  #lines = null;

  constructor(element, stage, api) {
    this.stage = stage;
    this.api = api;
    this.outline = svg("path", { class: "lungs", visibility: "hidden" });
    this.lines = svg("g", { class: "ratio" });
    this.group = svg("g", { "aria-hidden": "true" }, this.outline, this.lines);
    this.words = svg("text", { class: "ratio-words" });
    element.prepend(this.group, this.words);
    stage.addEventListener("view", () => this.#place());
  }

  /** Shows the lungs and the ratio of the image on the stage, or hides them. False when they could not be fetched. */
  async show({ lungs, ratio }) {
    const found = this.stage.image?.analysis?.lungs ?? null;
    this.#showRatio(ratio && found?.ratio ? found : null);
    const wanted = (lungs && found?.url) || "";
    if (wanted === this.#wanted) return true;
    this.#wanted = wanted;
    setAttribute(this.outline, "visibility", "hidden");
    if (!wanted) return true;
    try {
      const map = await this.#file(found);
      if (this.#wanted !== wanted || !this.stage.image) return true;
      setAttribute(this.outline, "d", lungPath(map, found, this.stage.image));
      setAttribute(this.outline, "visibility", "visible");
      this.#place();
      return true;
    } catch {
      this.#wanted = "";
      return false;
    }
  }

  #showRatio(found) {
    const lines = found?.ratio_lines ?? null;
    if (lines === this.#lines) return;
    this.#lines = lines;
    this.lines.replaceChildren(...Object.entries(lines ?? {}).map(([name, [x1, x2, y]]) =>
      svg("line", { class: name, x1, x2, y1: y, y2: y })));
    setText(this.words, found ? `CTR ${found.ratio.toFixed(2)} automatic, experimental` : "");
    this.#place();
  }

  #place() {
    const { image, view, size } = this.stage;
    if (!image) {
      setAttribute(this.outline, "visibility", "hidden");
      this.#wanted = "";
      this.#lines = null;
      this.lines.replaceChildren();
      setText(this.words, "");
      return;
    }
    const m = matrix(view, image);
    setAttribute(this.group, "transform", `matrix(${m.map((v) => v.toFixed(4)).join(" ")})`);
    if (!this.#lines?.thorax) return;
    const [x1, x2, y] = this.#lines.thorax;
    const [a, b] = [apply(m, x1, y), apply(m, x2, y)];
    const left = Math.max(WORDS_GAP, Math.min(a.x, b.x));
    setAttribute(this.words, "x", left.toFixed(1));
    setAttribute(this.words, "y", Math.min(size.height - WORDS_GAP, Math.max(a.y, b.y) + 16).toFixed(1));
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
