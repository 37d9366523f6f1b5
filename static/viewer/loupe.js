// The magnifier: a round window under the pointer onto the same image, with the same window, filter and inversion.
import { h, setText } from "./dom.js";
import { Renderer } from "./renderer.js";
import { magnified } from "./viewport.js";

export const STRENGTHS = [2, 3, 4];
const SIZE = 208;
const HELD_MS = 350;
const FINGER_PX = 132;

export class Loupe {
  strength = 0;
  #at = null;
  #levels = null;
  #heldFrom = 0;

  constructor(stage, onChange = () => {}) {
    this.stage = stage;
    this.onChange = onChange;
    const canvas = h("canvas", {});
    this.words = h("span", { class: "figure" });
    this.element = h("div", { class: "loupe", "aria-hidden": "true", hidden: true }, canvas, this.words);
    stage.element.append(this.element);
    this.renderer = new Renderer(canvas);
    for (const type of ["pointermove", "pointerdown"]) stage.element.addEventListener(type, (event) => this.#follow(event));
    stage.element.addEventListener("pointerleave", () => this.#hide());
    stage.addEventListener("view", () => this.#draw());
    document.addEventListener("keyup", () => this.#released());
  }

  /** Off, 2, 3, 4 times, off. A key that is held shows the loupe only as long. */
  next(event) {
    if (event?.repeat) return;
    this.#heldFrom = event?.type === "keydown" ? event.timeStamp : 0;
    this.#use(STRENGTHS[STRENGTHS.indexOf(this.strength) + 1] ?? 0);
  }

  off() { this.#use(0); }

  #released() {
    if (this.#heldFrom && performance.now() - this.#heldFrom > HELD_MS) this.off();
    this.#heldFrom = 0;
  }

  #use(strength) {
    this.strength = strength;
    setText(this.words, strength ? `${strength}\u00d7` : "");
    this.#draw();
    this.onChange();
  }

  #follow(event) {
    const frame = this.stage.element.getBoundingClientRect();
    this.#at = { x: event.clientX - frame.left, y: event.clientY - frame.top, finger: event.pointerType === "touch" };
    if (this.strength) this.#draw();
  }

  #hide() {
    this.#at = null;
    this.element.hidden = true;
  }

  #draw() {
    const { stage } = this;
    const shown = Boolean(this.strength && stage.image);
    this.element.hidden = !shown;
    if (!shown) {
      this.#levels = null;
      return;
    }
    const at = this.#at ?? { x: stage.size.width / 2, y: stage.size.height / 2 };
    if (this.#levels !== stage.shownLevels) {
      this.#levels = stage.shownLevels;
      this.renderer.setImage(stage.image, this.#levels);
    }
    this.element.style.left = `${at.x - SIZE / 2}px`;
    this.element.style.top = `${at.y - SIZE / 2 - (at.finger ? FINGER_PX : 0)}px`;
    this.renderer.draw({
      view: magnified(stage.view, at, this.strength, SIZE), size: { width: SIZE, height: SIZE },
      voi: stage.voi, invert: stage.inverted, heatOpacity: 0,
    });
  }
}
