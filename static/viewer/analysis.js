// Where the analysis of the image stands, in words; and asking for news until nothing is under way.
import { h, setAttribute, setText } from "./dom.js";
import { FactsView } from "./modelfacts.js";
import { currentImage } from "./store.js";

export const POLL_MS = 1500;
const UNDER_WAY = ["RECEIVED", "WAITING", "RUNNING"];
const BEFORE_READING = ["RECEIVED", "INGESTED", "ANALYSED"];
const IDLE_ASKS = 20;
const CAUTION = "Not for diagnosis without a clinician";

/** True while an image is being prepared or analysed. An image that could not be read is not analysed. */
export function isUnderWay({ ingest_state: ingest, analysis_state: analysis }) {
  return ingest === "FAILED" ? false : UNDER_WAY.includes(ingest) || UNDER_WAY.includes(analysis);
}

/** What the card says: {state, title, text, retry}. `image` as in the API. DOM-free. */
export function describe(image) {
  const { analysis } = image;
  if (image.ingest_state === "FAILED") {
    return { state: "failed", title: "Image could not be read", text: `${image.ingest_message} (${image.ingest_code})`, retry: `images/${image.id}` };
  }
  if (image.ingest_state !== "DONE") {
    return { state: "waiting", title: "Preparing the image", text: "The analysis follows by itself." };
  }
  if (!analysis) {
    return { state: "none", title: "No analysis of this image", text: "No model has looked at it. This is not \u201cno finding\u201d." };
  }
  if (analysis.state === "WAITING") {
    return { state: "waiting", title: "Waiting for analysis", text: "In the queue. Findings appear here without reload." };
  }
  if (analysis.state === "RUNNING") {
    return { state: "running", title: "Analysis running", text: "Findings appear here without reload." };
  }
  if (analysis.state === "FAILED") {
    const text = `${analysis.message} (${analysis.code}). This is not \u201cno finding\u201d; you can read the case without it.`;
    return { state: "failed", title: "Analysis unavailable", text, retry: `analyses/${analysis.id}` };
  }
  if (analysis.hidden) {
    return { state: "blind", title: "Blind read", text: "The model\u2019s findings are hidden until you commit your read." };
  }
  const seconds = analysis.elapsed_s ? ` in ${analysis.elapsed_s.toFixed(1)} s` : "";
  return { state: "done", title: `Analysed${seconds}`, text: "" };
}

/** Sentences of the file's warnings and of what the input gate saw in the pixels; refusals stand in the title's text. */
export function warningsOf({ warnings, analysis }) {
  const seen = (analysis?.quality?.reasons ?? []).filter(({ basis, refuses }) => basis === "pixels" && !refuses);
  return [...new Set([...warnings, ...seen].map(({ message }) => message))];
}

export class AnalysisCard {
  /** onRetry(work), as `api.retry` takes it: a promise. */
  constructor(root, { onRetry }) {
    this.title = h("strong", {});
    this.text = h("p", {});
    this.modelLink = h("a", {});
    this.modelFacts = h("span", {});
    this.model = h("p", { class: "model-identity" }, this.modelLink, this.modelFacts);
    this.caution = h("p", { class: "caution", text: CAUTION });
    this.warnings = h("ul", { class: "warnings" });
    this.facts = new FactsView();
    this.retry = h("button", { type: "button", class: "small", text: "Try again", onclick: () => this.#again(onRetry) });
    root.append(h("div", { class: "state" }, h("span", { class: "lamp", "aria-hidden": "true" }), this.title, this.retry),
      this.text, this.model, this.caution, this.warnings, this.facts.element);
    this.root = root;
  }

  async #again(onRetry) {
    this.retry.disabled = true;
    await onRetry(this.retry.dataset.work);
    this.retry.disabled = false;
  }

  update(state) {
    const image = currentImage(state);
    if (!image) return;
    const told = describe(image);
    this.root.dataset.state = told.state;
    setText(this.title, told.title);
    setText(this.text, told.text);
    this.text.hidden = !told.text;
    this.retry.hidden = !told.retry;
    if (told.retry) this.retry.dataset.work = told.retry;
    const model = image.analysis?.model;
    this.model.hidden = !model;
    this.caution.hidden = !model;
    this.facts.update(state.facts.get(model?.facts_url) ?? null, model?.facts_url);
    if (model) {
      const kind = model.calibrated ? "calibrated probabilities" : "scores, not calibrated";
      setText(this.modelLink, `${model.name} ${model.version}`);
      setText(this.modelFacts, ["", model.sha256.slice(0, 8), kind].join(" \u00b7 "));
      setAttribute(this.modelLink, "href", model.url);
      this.model.title = `SHA-256 ${model.sha256}`;
    }
    const messages = warningsOf(image);
    this.warnings.replaceChildren(...messages.map((message) => h("li", { text: message })));
    this.warnings.hidden = !messages.length;
  }
}

/** Asks every 1.5 s while anything is under way; onChange() when an image's state is another than before. */
export class Poller {
  #timer = 0;
  #before = "";
  #idle = 0;

  constructor({ api, onChange }) {
    Object.assign(this, { api, onChange });
  }

  start() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), POLL_MS);
  }

  async #ask() {
    let again = true;
    try {
      const { status, images } = await this.api.progress();
      const now = JSON.stringify([status, images.map((i) => [i.id, i.ingest_state, i.analysis_state])]);
      if (now !== this.#before) {
        this.#before = now;
        await this.onChange();
      }
      const working = images.some(isUnderWay);
      this.#idle = working ? 0 : this.#idle + 1;
      again = working || (BEFORE_READING.includes(status) && this.#idle < IDLE_ASKS);
    } catch {
      again = true;
    }
    if (again) this.start();
  }
}
