// The magnifier: a round window under the pointer onto the same image, with the same window, filter and inversion. Beside
// a linked prior there are two, on the same place of the body.
import { h, setText } from "./dom.js";
import { alike } from "./linking.js";
import { Renderer } from "./renderer.js";
import { magnified } from "./viewport.js";

export const STRENGTHS = [2, 3, 4];
const SIZE = 208;
const HELD_MS = 350;
const FINGER_PX = 132;

/** One round window on one stage. */
class Glass {
  #levels = null;

  constructor(stage) {
    this.stage = stage;
    const canvas = h("canvas", {});
    this.words = h("span", { class: "figure" });
    this.element = h("div", { class: "loupe", "aria-hidden": "true", hidden: true }, canvas, this.words);
    stage.element.append(this.element);
    this.renderer = new Renderer(canvas);
  }

  /** at: {x, y, finger} in px of the stage; null hides it. */
  draw(strength, at) {
    const { stage } = this;
    this.element.hidden = !at;
    if (!at) {
      this.#levels = null;
      return;
    }
    setText(this.words, `${strength}\u00d7`);
    if (this.#levels !== stage.shownLevels) {
      this.#levels = stage.shownLevels;
      this.renderer.setImage(stage.image, this.#levels);
    }
    this.element.style.left = `${at.x - SIZE / 2}px`;
    this.element.style.top = `${at.y - SIZE / 2 - (at.finger ? FINGER_PX : 0)}px`;
    this.renderer.draw({
      view: magnified(stage.view, at, strength, SIZE), size: { width: SIZE, height: SIZE },
      voi: stage.voi, invert: stage.inverted, heatOpacity: 0,
    });
  }
}

export class Loupe {
  strength = 0;
  #glasses = [];
  #at = null;
  #heldFrom = 0;

  /** compare: {pane: the selected stage, isTogether}. */
  constructor(stage, compare, onChange = () => {}) {
    Object.assign(this, { compare, onChange });
    this.add(stage);
    document.addEventListener("keyup", () => this.#released());
  }

  /** Another stage that it works on. */
  add(stage) {
    this.#glasses.push(new Glass(stage));
    for (const type of ["pointermove", "pointerdown"]) stage.element.addEventListener(type, (event) => this.#follow(stage, event));
    stage.element.addEventListener("pointerleave", () => this.#hide());
    stage.addEventListener("view", () => this.#draw());
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
    this.#draw();
    this.onChange();
  }

  #follow(stage, event) {
    const frame = stage.element.getBoundingClientRect();
    this.#at = { stage, x: event.clientX - frame.left, y: event.clientY - frame.top, finger: event.pointerType === "touch" };
    if (this.strength) this.#draw();
  }

  #hide() {
    this.#at = null;
    for (const glass of this.#glasses) glass.draw(0, null);
  }

  /** The stage under the pointer, else the selected one; the other one only while both are linked. */
  #placeOn(stage) {
    if (!this.strength || !stage.image || !stage.size.width) return null;
    const { pane } = this.compare;
    const lead = this.#at ?? { stage: pane, x: pane.size.width / 2, y: pane.size.height / 2, finger: false };
    if (stage === lead.stage) return lead;
    return this.compare.isTogether && lead.stage.image ? { ...alike(lead, lead.stage, stage), finger: lead.finger } : null;
  }

  #draw() {
    for (const glass of this.#glasses) glass.draw(this.strength, this.#placeOn(glass.stage));
  }
}
