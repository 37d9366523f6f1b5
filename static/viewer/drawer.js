// On a narrow window the panel is a sheet over the image: closed, half or full. By its buttons, by dragging its bar, and
// closed by Escape; what needs the panel opens it. The first part is DOM-free.
import { setAttribute, setText } from "./dom.js";
import { modelRows, readerRows, selection } from "./store.js";

export const NARROW = "(max-width: 900px)";
export const BAR_PX = 56;
const STATES = ["closed", "half", "full"];
const FLICK_PX_MS = 0.5;

/** How high the sheet stands in each state, in a window of this height. */
export const heightsIn = (windowPx) => ({
  closed: BAR_PX, half: Math.max(BAR_PX, Math.round(windowPx / 2)), full: Math.max(BAR_PX, windowPx - BAR_PX),
});

/** Where a drag ends: a flick goes on to the next state that way, a slow one to the nearest. Speed up is positive. */
export function settled(heightPx, speed, windowPx) {
  const heights = heightsIn(windowPx);
  const away = (state) => heights[state] - heightPx;
  if (speed > FLICK_PX_MS) return STATES.find((state) => away(state) > 0) ?? "full";
  if (speed < -FLICK_PX_MS) return STATES.findLast((state) => away(state) < 0) ?? "closed";
  return STATES.reduce((best, state) => (Math.abs(away(state)) < Math.abs(away(best)) ? state : best));
}

const SAID = { ACCEPTED: "accepted", CORRECTED: "corrected", REJECTED: "rejected", DRAWN: "drawn by you" };

/** What the bar says: the selected finding, else how much there is. */
export function barWords(state) {
  const chosen = selection(state);
  if (chosen?.proposal) return `${chosen.proposal.name}: ${SAID[chosen.fields?.decision] ?? "AI, not confirmed"}`;
  if (chosen?.measure) return `${chosen.name} ${chosen.text}`;
  if (chosen?.fields) return `${chosen.name}: drawn by you`;
  const proposed = modelRows(state);
  const open = proposed.filter(({ decision }) => !decision).length;
  const own = readerRows(state).length;
  const said = [open ? `${open} to decide` : "", own ? `${own} yours` : "", state.review.no_finding ? "no finding" : ""].filter(Boolean);
  return `Findings${said.length ? `: ${said.join(", ")}` : ""}`;
}

export class Drawer {
  #drag = null;

  /** panel: the aside; its parts are [data-drawer-part=bar|toggle|words|full|body]. */
  constructor(panel) {
    this.panel = panel;
    this.narrow = window.matchMedia(NARROW);
    const part = (name) => panel.querySelector(`[data-drawer-part="${name}"]`);
    [this.bar, this.toggle, this.words, this.fullButton, this.body] = ["bar", "toggle", "words", "full", "body"].map(part);
    this.toggle.addEventListener("click", () => this.set(this.isOpen ? "closed" : "half"));
    this.fullButton.addEventListener("click", () => this.set(this.state === "full" ? "half" : "full"));
    this.bar.addEventListener("pointerdown", (event) => this.#down(event));
    this.bar.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel"]) this.bar.addEventListener(type, (event) => this.#up(event));
    this.bar.addEventListener("click", (event) => this.#swallow(event), { capture: true });
    this.set("closed");
  }

  /** Open over the image; never where the panel stands beside it. */
  get isOpen() { return this.narrow.matches && this.state !== "closed"; }

  set(state) {
    this.state = state;
    const open = state !== "closed";
    this.panel.dataset.drawer = state;
    if (!open && this.body.contains(document.activeElement)) this.toggle.focus({ preventScroll: true });
    setAttribute(this.toggle, "aria-expanded", String(open));
    setAttribute(this.fullButton, "aria-pressed", String(state === "full"));
  }

  /** Something in the panel is to be seen or typed into. */
  need() {
    if (this.narrow.matches && this.state === "closed") this.set("half");
  }

  /** A question of saving opens it once; it can be closed with the question still open. */
  problem(there) {
    if (there && !this.troubled) this.need();
    this.troubled = there;
  }

  /** False where nothing was open. */
  close() {
    if (!this.isOpen) return false;
    this.set("closed");
    this.toggle.focus({ preventScroll: true });
    return true;
  }

  update(state) { setText(this.words, barWords(state)); }

  #down(event) {
    if (!event.isPrimary || event.button !== 0) return;
    this.#drag = { id: event.pointerId, from: event.clientY, height: this.panel.offsetHeight, at: event.timeStamp, y: event.clientY, speed: 0, moved: false };
  }

  #move(event) {
    const drag = this.#drag;
    if (!drag || event.pointerId !== drag.id) return;
    if (!drag.moved && Math.abs(event.clientY - drag.from) < 6) return;
    if (!drag.moved) this.bar.setPointerCapture(drag.id);
    drag.moved = true;
    const passed = event.timeStamp - drag.at;
    if (passed > 0) drag.speed = (drag.y - event.clientY) / passed;
    [drag.at, drag.y] = [event.timeStamp, event.clientY];
    const { closed, full } = heightsIn(window.innerHeight);
    drag.now = Math.min(full, Math.max(closed, drag.height + drag.from - event.clientY));
    this.panel.classList.add("dragged");
    this.panel.style.height = `${drag.now}px`;
  }

  #up(event) {
    const drag = this.#drag;
    if (!drag || event.pointerId !== drag.id) return;
    this.#drag = null;
    if (!drag.moved) return;
    this.swallow = event.type === "pointerup";
    setTimeout(() => { this.swallow = false; }, 0);
    this.panel.classList.remove("dragged");
    this.panel.style.height = "";
    this.set(settled(drag.now, drag.speed, window.innerHeight));
  }

  /** The click that a drag ends with is no press of a button. */
  #swallow(event) {
    if (!this.swallow) return;
    this.swallow = false;
    event.preventDefault();
    event.stopPropagation();
  }
}
