// What a model's numbers are worth, beside them: from the checkpoint by the API (models/ID/facts/), never from here.
import { h, setAttribute } from "./dom.js";

const two = (value) => value.toFixed(2);

/** "0.88 (0.79 to 0.96)" */
export const interval = ({ value, low, high }) => `${two(value)} (${two(low)} to ${two(high)})`;

/** What the number is, in a sentence. DOM-free. */
export function numberWords({ calibrated, calibrated_on: data }) {
  if (calibrated) return `Calibrated probabilities, fitted on ${data || "data that the checkpoint does not name"}. Your patients may differ.`;
  return "Scores, not probabilities: they order images. 0.60 does not mean 60 %.";
}

/** The facts of one finding (vocabulary code), or null. */
export const factOf = (facts, label) => facts?.findings.find((row) => row.label === label) ?? null;

/** What is known of one finding, in short sentences. DOM-free. */
export function findingWords(row) {
  if (!row) return [];
  return [
    row.auroc ? `AUROC ${interval(row.auroc)} on ${row.auroc.n} held-out images.` : "No held-out result of this finding.",
    row.never_proposed ? "Never proposed: too few examples to set a threshold." : `Proposed from ${two(row.threshold)}.`,
    boxWords(row),
  ];
}

function boxWords(row) {
  if (!row.boxes) return "The model draws no boxes of it.";
  if (row.boxes_hidden) return "Its boxes are not shown: too often wrong.";
  const from = `Boxes from ${two(row.box_threshold)}`;
  return row.ap50 ? `${from}: AP50 ${interval(row.ap50)}.` : `${from}.`;
}

/** Weak: the interval of the AUROC reaches below 0.6. */
export const isWeak = (row) => Boolean(row.auroc) && row.auroc.low < 0.6;

const FROM = 0.4;
const share = (value) => `${100 * Math.max(0, Math.min(1, (value - FROM) / (1 - FROM)))}%`;

function plot({ value, low, high }) {
  const range = h("span", { class: "range" });
  range.style.left = share(low);
  range.style.right = `calc(100% - ${share(high)})`;
  const dot = h("span", { class: "dot" });
  dot.style.left = share(value);
  const half = h("span", { class: "half" });
  half.style.left = share(0.5);
  return h("span", { class: "auroc-plot", "aria-hidden": "true" }, half, range, dot);
}

function findingLine(row) {
  const boxes = row.boxes ? (row.boxes_hidden ? "boxes hidden" : "boxes") : "";
  const notes = [row.never_proposed ? "never proposed" : "", boxes].filter(Boolean).join(", ");
  return h("tr", { class: isWeak(row) ? "weak" : "" },
    h("th", { scope: "row" }, row.name, notes ? h("small", { text: notes }) : null),
    h("td", {}, row.auroc ? plot(row.auroc) : ""),
    h("td", { class: "figure", text: row.auroc ? interval(row.auroc) : "none" }),
    h("td", { class: "figure", text: row.never_proposed ? "\u2013" : two(row.threshold) }));
}

function table(facts) {
  const head = ["Finding", "", "AUROC (95 %)", "From"].map((text) => h("th", { scope: "col", text }));
  return h("table", { class: "auroc" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...facts.findings.map(findingLine)));
}

const section = (title, ...parts) => [h("h3", { text: title }), ...parts];

const paragraphs = (texts) => (texts.length ? texts.map((text) => h("p", { text })) : [h("p", { text: "The model\u2019s card does not say." })]);

function identity(facts) {
  const rows = [
    ["Weights", facts.sha256], ["Trained on", facts.trained_on], ["Started from", facts.started_from],
    ["Sees", facts.input_px ? `${facts.input_px} px` : ""], ["Licence", facts.licence],
  ];
  return h("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [
    h("dt", { text: name }), h("dd", { text: value, class: name === "Weights" ? "hash" : "" })]));
}

function parts(facts) {
  return [
    facts.problem ? h("p", { class: "warn", text: `The checkpoint\u2019s files are not as registered (${facts.problem}): what follows is what the registry kept.` }) : null,
    ...section("The numbers", h("p", { text: numberWords(facts) })),
    ...section("Intended use, and what it is not for", ...paragraphs(facts.intended_use)),
    ...section("Finding by finding", h("p", { text: facts.tested_on[0] ?? "The model\u2019s card does not say on what data." }), table(facts)),
    ...section("Limits", facts.limits.length ? h("ul", {}, ...facts.limits.map((text) => h("li", { text }))) : paragraphs([])[0]),
    ...(facts.scores.length ? section("How scores and thresholds came about", ...paragraphs(facts.scores)) : []),
    ...section("Identity", identity(facts), h("p", {}, h("a", { href: facts.url, text: "The whole model card" }))),
  ].filter(Boolean);
}

/** The panel that opens under the model's name. */
export class FactsView {
  #shown = null;

  constructor() {
    this.body = h("div", { class: "facts-body" });
    this.element = h("details", { class: "facts", hidden: true }, h("summary", { text: "What these numbers are, and their limits" }), this.body);
  }

  /** facts: the API's answer, null while it is awaited, false when it could not be fetched. */
  update(facts, url) {
    setAttribute(this.element, "hidden", !url);
    if (facts === this.#shown) return;
    this.#shown = facts;
    if (facts) this.body.replaceChildren(...parts(facts));
    else this.body.replaceChildren(h("p", { text: facts === false ? "They could not be fetched." : "Asking the server." }), h("a", { href: url, text: "The model card" }));
  }
}

/** Fetches the facts of each model once, into the store's `facts`: Map url -> facts or false. */
export class FactsLoader {
  #asked = new Set();

  constructor({ api, store }) {
    Object.assign(this, { api, store });
  }

  async want(url) {
    if (!url || this.#asked.has(url)) return;
    this.#asked.add(url);
    let facts = false;
    try {
      facts = await this.api.json(url);
    } catch {
      this.#asked.delete(url);
    }
    this.store.set({ facts: new Map(this.store.state.facts).set(url, facts) });
  }
}
