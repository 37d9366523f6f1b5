// Image filters on the page's side: which one is on, computed by a worker, shown on the stage and marked in words.
// Nothing here is stored: an image opens as it is, whatever filter was on before. Each stage has its own.
import { factsOf, filterOf, inWords, startOf } from "./filters/catalogue.js";

const WAIT_MS = 160;

export class Processing extends EventTarget {
  filter = null;
  values = {};
  share = null;
  error = "";
  #last = null;
  #worker = null;
  #run = 0;
  #timer = 0;

  constructor(stage) {
    super();
    this.stage = stage;
    stage.addEventListener("loaded", () => this.#forget());
  }

  /** A filter by its id with the values it starts with; null shows the original. */
  choose(id) {
    this.filter = filterOf(id);
    this.values = this.filter ? startOf(this.filter) : {};
    this.#changed(0);
  }

  set(parameter, value) {
    this.values = { ...this.values, [parameter]: value };
    this.#changed(WAIT_MS);
  }

  reset() {
    if (this.filter) this.choose(this.filter.id);
  }

  /** The same filter with the same values as another stage's. */
  adopt({ filter, values }) {
    this.filter = filter;
    this.values = { ...values };
    this.#changed(0);
  }

  off() {
    if (this.filter) this.#last = { filter: this.filter, values: this.values };
    this.choose(null);
  }

  /** The key: off, and on again as it was. */
  toggle() {
    if (this.filter) this.off();
    else if (this.#last) {
      ({ filter: this.filter, values: this.values } = this.#last);
      this.#changed(0);
    }
    return Boolean(this.filter);
  }

  get words() { return this.filter ? inWords(this.filter, this.values) : ""; }

  #tell() { this.dispatchEvent(new Event("change")); }

  #forget() {
    this.filter = null;
    this.#last = null;
    this.#stop();
    this.#tell();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#run += 1;
    if (this.share !== null) {
      this.#worker?.terminate();
      this.#worker = null;
    }
    this.share = null;
    this.error = "";
  }

  #changed(wait) {
    this.#stop();
    if (!this.filter) this.stage.setProcessed(null);
    else if (this.stage.image) this.#timer = setTimeout(() => this.#start(), wait);
    this.#tell();
  }

  #start() {
    const { image, levels, stats } = this.stage;
    if (!image || !this.filter) return;
    const id = this.#run;
    this.share = 0;
    this.#worker ??= new Worker(new URL("./filters/worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => data.id === this.#run && this.#take(data);
    this.#worker.onerror = () => id === this.#run && this.#take({ error: "The filter could not be loaded." });
    this.#worker.postMessage({
      id, filter: this.filter.id, values: this.values, picture: levels[0], facts: factsOf(image, stats.stored),
    });
    this.#tell();
  }

  #take({ share, levels, error }) {
    if (share !== undefined) this.share = share;
    else {
      this.share = null;
      this.error = error ?? "";
      this.stage.setProcessed(levels ?? null);
    }
    this.#tell();
  }
}

const SIDES = ["both studies, which are linked", "this study", "the prior"];

/** The filters of both stages as one: what is chosen holds for the selected study, for both while they are linked. */
export class Filters extends EventTarget {
  #second = null;

  /** compare: {pane: the selected stage, isTogether, isOpen}. */
  constructor(first, compare) {
    super();
    Object.assign(this, { first, compare });
    first.addEventListener("change", () => this.#tell());
    compare.addEventListener("change", () => this.#tell());
  }

  /** The prior's; while both are linked it opens with the filter that is on. */
  add(second) {
    this.#second = second;
    second.stage.addEventListener("loaded", () => {
      if (this.compare.isTogether && this.first.filter) second.adopt(this.first);
    });
    second.addEventListener("change", () => this.#tell());
  }

  get #shown() { return this.#second && this.compare.pane === this.#second.stage ? this.#second : this.first; }

  get #all() { return this.compare.isTogether ? [this.first, this.#second] : [this.#shown]; }

  get filter() { return this.#shown.filter; }
  get values() { return this.#shown.values; }
  get share() { return this.#shown.share; }
  get error() { return this.#shown.error; }

  /** What it acts on, in words; "" where there is one study only. */
  get reach() {
    if (!this.compare.isOpen) return "";
    return `Acts on ${SIDES[this.compare.isTogether ? 0 : this.#shown === this.first ? 1 : 2]}.`;
  }

  choose(id) { for (const one of this.#all) one.choose(id); }
  reset() { for (const one of this.#all) one.reset(); }
  off() { for (const one of this.#all) one.off(); }

  set(parameter, value) {
    const { filter } = this;
    for (const one of this.#all) if (one.filter === filter) one.set(parameter, value);
  }

  /** The key: off, and on again as it was. */
  toggle() {
    const on = this.#shown.toggle();
    for (const one of this.#all.filter((other) => other !== this.#shown)) {
      if (on) one.adopt(this.#shown);
      else one.off();
    }
    return on;
  }

  #tell() { this.dispatchEvent(new Event("change")); }
}
