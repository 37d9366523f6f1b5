// The findings panel: draws the store's state into the lists of the page.
import { keyed, setAttribute, setText } from "./dom.js";
import { keyOf } from "./keys.js";
import { nameOf } from "./labels.js";
import { Picker } from "./picker.js";
import { modelRow, otherRow, readerRow, scoreRow } from "./rows.js";
import { canEdit, currentImage, heatLabel, isShownByScore, modelRows, readerRows } from "./store.js";

export class Panel {
  /** root: the panel element of the template; act: what its controls do; drawer: opened where something is to be typed. */
  constructor(root, act, drawer) {
    Object.assign(this, { root, act, drawer });
    this.part = Object.fromEntries(
      [...root.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));
    this.#wire();
  }

  #wire() {
    const { part, act } = this;
    part["no-finding"].addEventListener("change", (event) => act.noFinding(event.target.checked));
    part["min-score"].addEventListener("input", (event) => act.minScore(Number(event.target.value)));
    part["heat-on"].addEventListener("change", (event) => act.heat({ on: event.target.checked }));
    part["heat-opacity"].addEventListener("input", (event) => act.heat({ opacity: Number(event.target.value), on: true }));
  }

  #whole(state) {
    if (this.whole) return;
    this.whole = new Picker({
      title: "Add a finding of the whole image", options: state.vocabulary, always: false,
      placeholder: "Add whole-image finding", onPick: (code) => this.act.addWhole(code),
      onCancel: () => this.act.focusStage(),
    });
    this.part.whole.append(this.whole.element);
  }

  update(state) {
    if (!state.case) return;
    if (state.vocabulary.length) this.#whole(state);
    if (this.whole) {
      this.whole.recent = state.recent;
      this.whole.input.disabled = !canEdit(state);
    }
    this.#model(state);
    this.#scores(state);
    this.#reader(state);
    this.#others(state);
    this.#controls(state);
  }

  #item(row, state) {
    return {
      row, state, selected: state.selected === row.id, editable: canEdit(state),
      nameOf: (code) => nameOf(state.vocabulary, code),
    };
  }

  #model(state) {
    const analysis = currentImage(state)?.analysis;
    const rows = modelRows(state);
    const shown = rows.filter((row) => isShownByScore(state, row));
    keyed(this.part["model-list"], shown.map((row) => this.#item(row, state)), ({ row }) => row.id, () => modelRow(this.act));
    const hiddenCount = rows.length - shown.length;
    const awaited = ["WAITING", "RUNNING"].includes(analysis?.state);
    this.part.model.hidden = !rows.length && !awaited && (analysis?.state !== "DONE" || analysis.hidden);
    this.part.model.classList.toggle("awaited", awaited);
    const none = analysis?.state === "DONE" && !analysis.hidden && !rows.length;
    setText(this.part["model-note"], none
      ? "No score is over its threshold on this image. This is not a normal report."
      : hiddenCount ? `${hiddenCount} below ${state.show.minScore.toFixed(2)} hidden` : awaited ? "The model\u2019s findings will stand here." : "");
    const open = rows.filter((row) => !row.decision).length;
    setText(this.part["model-count"], rows.length ? `${open} of ${rows.length} to decide` : "");
  }

  #scores(state) {
    const analysis = currentImage(state)?.analysis;
    const scores = analysis?.scores ?? [];
    this.part.scores.hidden = !scores.length;
    const first = new Map(scores.map((score) => [score.label, score]).reverse());
    const list = [...first.values()].sort((a, b) => b.score - a.score);
    keyed(this.part["score-list"], list.map((score) => ({ score, selected: state.selected === `s:${score.label}` })),
      ({ score }) => score.label, () => scoreRow(this.act));
    setText(this.part["score-kind"], analysis?.model?.calibrated ? "All probabilities" : "All scores (not calibrated)");
  }

  #reader(state) {
    const rows = readerRows(state);
    keyed(this.part["reader-list"], rows.map((row) => this.#item(row, state)), ({ row }) => row.id, () => readerRow(this.act));
    const box = this.part["no-finding"];
    box.checked = state.review.no_finding;
    box.disabled = !canEdit(state);
    setText(this.part["reader-note"], rows.length || state.review.no_finding || !canEdit(state)
      ? "" : `Draw a box (${keyOf("tool:box")}) or add a finding below.`);
  }

  #others(state) {
    const others = state.others.filter((finding) => finding.image === state.imageId);
    this.part.others.hidden = !others.length;
    keyed(this.part["other-list"], others, ({ id }) => id, () => otherRow());
  }

  #controls(state) {
    const maps = currentImage(state)?.analysis?.heatmaps;
    const label = heatLabel(state);
    const { part } = this;
    part.overlays.hidden = currentImage(state)?.analysis?.state !== "DONE";
    part["min-score"].value = state.show.minScore;
    setText(part["min-score-value"], state.show.minScore.toFixed(2));
    part["heat-on"].checked = state.heat.on;
    part["heat-on"].disabled = !maps;
    part["heat-opacity"].value = state.heat.opacity;
    part["heat-opacity"].disabled = !maps;
    const name = label ? nameOf(state.vocabulary, label) : "";
    const without = state.selected ? "No heat map for this finding" : "Select a finding or a score";
    setText(part["heat-note"], maps ? name || without : "No heat map for this image");
  }

  /** Brings the selected row into sight, and the keyboard to it where the panel has the focus. */
  reveal(id, { focus = false } = {}) {
    const row = [...this.root.querySelectorAll("[data-row]")].find((element) => element.dataset.row === id);
    if (!row) return;
    row.scrollIntoView({ block: "nearest" });
    if (focus) row.querySelector(".finding-main").focus({ preventScroll: true });
  }

  focusDetails(id) {
    this.drawer.need();
    this.reveal(id);
    const row = [...this.root.querySelectorAll("[data-row]")].find((element) => element.dataset.row === id);
    const controls = [...(row?.querySelectorAll(".details select, .details input") ?? [])];
    controls.find((control) => !control.hidden)?.focus();
  }

  focusWhole() { this.focusOn(this.whole?.input); }

  focusOn(field) {
    this.drawer.need();
    field?.focus();
  }

  /** Messages that a screen reader speaks and that stand for a moment at the foot of the stage. */
  say(text) {
    setText(this.part.said, text);
    setAttribute(this.part.said, "class", "said-live show");
    clearTimeout(this.saidTimer);
    this.saidTimer = setTimeout(() => setAttribute(this.part.said, "class", "said-live"), 2600);
  }
}

/** A link where there is an address, else nothing. */
export function setLink(element, address) {
  element.hidden = !address;
  if (address) setAttribute(element, "href", address);
}
