// A prior study beside the case: a second stage on the same page, linked with the first or not.
import { h, icon, setAttribute, setText } from "./dom.js";
import { NO_OFFSET, moved, offsetOf, placeOf, reversed, viewAt, windowLike } from "./linking.js";
import { Overlay } from "./overlay.js";
import { Stage } from "./stage.js";
import { Readouts } from "./toolbar.js";
import { Tools } from "./tools.js";

/** What is to be said of a prior's report; nothing of one that is signed, as priors are. */
const STATUS = { SIGNED: "", AMENDED: "amended" };
const SIDES = ["left", "right", "top", "bottom"];

export const priorName = ({ study_date: date, interval }) => `${date ?? "undated"}, ${interval}`;

/** What the study is, as seen from the case: not every other study lies before it. */
export const headOf = ({ interval }) => (interval.endsWith("later") ? "Later study" : "Prior");

function stageParts() {
  const readout = (tag, name, more = {}) => h(tag, { "data-readout": name, ...more });
  const typed = (letter, name, words) => h("label", { class: "figure" }, `${letter} `,
    readout("input", name, { type: "text", inputmode: "decimal", size: 6, "aria-label": words, autocomplete: "off" }));
  const canvas = h("canvas", {});
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "overlay");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Findings of the prior");
  const element = h("div", { class: "stage", tabindex: 0, role: "group", "aria-label": "Prior radiograph", "data-tool": "window" },
    canvas, svg, ...SIDES.map((side) => readout("span", `side-${side}`, { class: `side ${side}` })),
    h("div", { class: "processed", hidden: true }),
    h("div", { class: "corner top-left" }, readout("span", "facts")),
    h("div", { class: "corner bottom-left" },
      readout("select", "preset", { "aria-label": "Window preset of the prior" }),
      typed("C", "center", "Window centre of the prior"), typed("W", "width", "Window width of the prior"),
      readout("span", "zoom", { class: "figure" }), readout("span", "value", { class: "figure quiet" })));
  return { element, canvas, svg };
}

export class Compare extends EventTarget {
  prior = null;
  linked = true;
  tools = null;
  /** The study that keys and tools act on: the stage that was pressed or focused last. */
  pane = null;
  #offset = NO_OFFSET;
  #leader = null;
  #asked = 0;

  /** context: {root: the room, region, stage, api, store, say, onBuilt(second stage)}. */
  constructor(context) {
    super();
    Object.assign(this, context);
    this.pane = this.stage;
    this.choice = h("select", { "aria-label": "Prior study", onchange: () => this.#load(this.choice.value) });
    this.images = h("select", { "aria-label": "Image of the prior", onchange: () => this.#show() });
    this.name = h("strong", {});
    this.told = h("span", { class: "note", role: "status" });
    const link = h("input", { type: "checkbox", onchange: () => this.link(link.checked) });
    this.linkBox = link;
    this.present = h("div", { class: "present-bar", hidden: true });
    this.region.before(this.present);
    const button = (picture, name, onclick) => h("button", { type: "button", class: "bar-button", "aria-label": name, title: name, onclick }, icon(picture));
    this.bar = h("div", { class: "compare-bar" }, h("div", { class: "which" }, this.name, this.choice), this.images,
      h("div", { class: "bar-acts" }, h("label", { class: "check" }, link, " Linked"),
        button("swap", "Swap the sides", () => this.swap()), button("close", "Close the prior", () => this.close())), this.told);
    this.region.append(this.bar);
  }

  get isOpen() { return !this.region.hidden; }

  /** Both are there and move as one. */
  get isTogether() { return this.linked && this.#both; }

  toggle(caseId) {
    if (this.isOpen && !caseId) this.close();
    else this.open(caseId);
  }

  /** Opens a prior by its case, or the newest of those that are earlier. */
  open(caseId) {
    const { priors } = this.store.state;
    if (!priors.length) {
      this.say("This patient has no other study here.");
      return;
    }
    if (!this.second) this.#build();
    this.region.hidden = false;
    this.present.hidden = false;
    this.#select(this.stage);
    this.present.replaceChildren(h("strong", { text: "This study" }), h("span", { text: this.store.state.case.study_date ?? "undated" }));
    this.root.classList.add("comparing");
    this.choice.replaceChildren(...priors.map((prior) => h("option", {
      value: prior.case, text: [priorName(prior), STATUS[prior.status] ?? "not signed"].filter(Boolean).join(", "),
    })));
    const chosen = caseId ?? (priors.find(({ interval }) => interval.endsWith("earlier")) ?? priors[0]).case;
    this.choice.value = chosen;
    this.#load(chosen);
  }

  close() {
    this.region.hidden = true;
    this.present.hidden = true;
    this.root.classList.remove("comparing");
    this.prior = null;
    this.second.clear();
    this.#select(this.stage);
    this.stage.element.focus({ preventScroll: true });
    this.dispatchEvent(new Event("change"));
  }

  swap() { if (this.isOpen) this.root.classList.toggle("swapped"); }

  space(held) {
    if (!this.tools) return;
    this.tools.spaceHeld = held;
    this.second.element.classList.toggle("panning", held);
  }

  #build() {
    const { element, canvas, svg } = stageParts();
    this.region.append(element);
    this.second = new Stage(element, canvas, this.api);
    this.overlay = new Overlay(svg, this.second, { onFocus: () => {} });
    const readouts = new Readouts(element, this.second);
    const act = {
      measuring: { begin: () => null, hover: () => {} }, dismiss: () => {}, select: () => {}, hover: (point) => readouts.hover(point),
    };
    this.tools = new Tools({ element, stage: this.second, overlay: { boxes: [] }, act, tool: () => (this.store.state.tool === "pan" ? "pan" : "window") });
    this.second.addEventListener("loading", ({ detail }) => setText(this.told, `Loading ${Math.round(detail.share * 100)} %`));
    this.second.addEventListener("failed", ({ detail }) => setText(this.told, detail.error.message));
    this.second.addEventListener("loaded", () => this.#loaded());
    for (const stage of [this.stage, this.second]) {
      for (const type of ["pointerdown", "focusin"]) {
        stage.element.addEventListener(type, ({ target }) => target.closest(".popover, .floating") || this.#select(stage), { capture: true, passive: true });
      }
      for (const type of ["pointerdown", "wheel", "change"]) {
        stage.element.addEventListener(type, () => { this.#leader = stage; }, { capture: true, passive: true });
      }
      stage.addEventListener("view", () => this.#follow(stage));
      stage.addEventListener("loaded", () => this.#relink());
    }
    for (const type of ["keydown", "click"]) document.addEventListener(type, () => { this.#leader = this.pane; }, { capture: true });
    this.#leader = this.stage;
    this.onBuilt(this.second);
  }

  #select(pane) {
    this.pane = pane;
    setAttribute(this.present, "data-selected", String(pane === this.stage));
    setAttribute(this.bar, "data-selected", String(pane === this.second));
    this.dispatchEvent(new Event("change"));
  }

  async #load(caseId) {
    const asked = (this.#asked += 1);
    setText(this.told, "Opening");
    try {
      const prior = await this.api.prior(caseId);
      if (asked !== this.#asked || !this.isOpen) return;
      this.prior = prior;
      setText(this.name, headOf(prior));
      const seen = prior.images.filter(({ pixels_url: url }) => url);
      const view = this.stage.image?.view_position;
      this.images.replaceChildren(...seen.map((image, i) => h("option", { value: image.id, text: `${i + 1} ${image.view_position}`.trim() })));
      this.images.hidden = seen.length < 2;
      const like = seen.find((image) => view && image.view_position === view) ?? seen[0];
      if (like) this.images.value = like.id;
      this.#show();
    } catch (error) {
      if (asked === this.#asked) setText(this.told, error.message);
    }
    this.dispatchEvent(new Event("change"));
  }

  get image() { return this.prior?.images.find(({ id }) => id === this.images.value) ?? null; }

  #show() {
    this.overlay.show([]);
    if (this.image) this.second.show(this.image);
    else {
      this.second.clear();
      setText(this.told, "This study has no image to show.");
    }
  }

  #loaded() {
    setText(this.told, "");
    this.drawBoxes();
    this.#relink();
  }

  /** Boxes of what was signed, on the prior's image. */
  drawBoxes() {
    if (!this.second?.image || !this.prior) return;
    const boxes = this.prior.findings.filter(({ box, image }) => box && image === this.second.image.id);
    this.overlay.show(boxes.map(({ id, name, box }) => ({
      id, row: "", kind: "other", box, text: name, title: `${name}, in the prior`, editable: false, selected: false,
    })));
  }

  #relink() {
    this.#offset = NO_OFFSET;
    this.linked = true;
    this.linkBox.checked = true;
    this.#leader = this.stage;
    this.#follow(this.stage);
    this.dispatchEvent(new Event("change"));
  }

  /** Linked again, both keep how they stand to each other. */
  link(on = !this.linked) {
    this.linked = on;
    this.linkBox.checked = on;
    if (on && this.#both) this.#offset = offsetOf(this.#place(this.stage), this.#place(this.second));
    this.say(on ? "The prior moves along." : "The prior stands by itself.");
    this.dispatchEvent(new Event("change"));
  }

  get #both() { return Boolean(this.isOpen && this.stage.image && this.second?.image); }

  #place(stage) { return placeOf(stage.view, stage.image, stage.size); }

  #follow(leader) {
    if (!this.linked || leader !== this.#leader || !this.#both) return;
    const follower = leader === this.stage ? this.second : this.stage;
    const offset = leader === this.stage ? this.#offset : reversed(this.#offset);
    const side = ({ voi, presets, stats, image }, window) => ({ voi, presets, stats, image, window });
    follower.adopt({
      view: viewAt(moved(this.#place(leader), offset), follower.image, follower.size),
      voi: windowLike(side(leader, leader.currentWindow()), side(follower)), inverted: leader.inverted,
    });
  }

  update({ tool, priors }) {
    if (this.second) setAttribute(this.second.element, "data-tool", tool === "pan" ? "pan" : "window");
    if (this.isOpen && !priors.length) this.close();
  }
}
