// The page's state and what is read from it. DOM-free: panel, overlay and keys draw from here and nowhere else.
import { decisionOn } from "./commands.js";
import { nameOf } from "./labels.js";
import { ALL_SHOWN, committedOn, isLabelShown, isReaderShown } from "./layers.js";
import { NAMES, measure } from "./measure.js";

export const BLANK_REVIEW = { notes: "", impression: "", no_finding: false };

export function initialState() {
  return {
    case: null, patient: null, priors: [], marks: new Map(), images: [], imageId: null, proposals: [], others: [],
    findings: new Map(), measurements: new Map(), othersMeasured: [], review: BLANK_REVIEW, reviewState: null, vocabulary: [], rejectReasons: [],
    may: {}, read: null, urls: {}, selected: null, tool: "window", recent: [],
    show: ALL_SHOWN, heat: { on: false, opacity: 0.6 },
    saving: null, draft: null, grip: null, facts: new Map(),
  };
}

export class Store {
  #listeners = new Set();
  #queued = new Set();

  constructor(state = initialState()) {
    this.state = state;
  }

  /** Listeners get the set of changed names, once for all changes of one turn. */
  set(patch) {
    const changed = Object.keys(patch).filter((name) => this.state[name] !== patch[name]);
    if (!changed.length) return;
    this.state = { ...this.state, ...patch };
    if (!this.#queued.size) queueMicrotask(() => this.#tell());
    for (const name of changed) this.#queued.add(name);
  }

  #tell() {
    const changed = this.#queued;
    this.#queued = new Set();
    for (const listener of this.#listeners) listener(this.state, changed);
  }

  subscribe(listener) {
    this.#listeners.add(listener);
  }
}

export const currentImage = (state) => state.images.find((image) => image.id === state.imageId) || null;

/** Own findings can change now: the reader may, and the read is not completed. */
export const canEdit = (state) => Boolean(state.may.read) && state.reviewState !== "COMPLETED";

/** The model's findings on this image, highest score first: {id, proposal, decision: {key, fields} | null}. */
export function modelRows(state) {
  return state.proposals
    .filter((proposal) => proposal.image === state.imageId)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map((proposal) => ({
      id: `p:${proposal.id}`, proposal, decision: decisionOn(state.findings, proposal.id),
    }));
}

export const isShownByScore = (state, row) =>
  row.decision !== null || (row.proposal.score ?? 1) >= state.show.minScore;

/** The reader's own findings on this image, in the order they were made: {id, key, fields, name}. */
export function readerRows(state) {
  const known = new Set(state.proposals.map((proposal) => proposal.id));
  return [...state.findings]
    .filter(([, fields]) => fields.image === state.imageId && !known.has(fields.proposal))
    .map(([key, fields]) => ({ id: `f:${key}`, key, fields, name: nameOf(state.vocabulary, fields.label) }));
}

/** The reader's own measurements on this image, oldest first: {id, key, measure: fields, name, text, unit}. */
export function measureRows(state) {
  const image = currentImage(state);
  return [...state.measurements]
    .filter(([, fields]) => fields.image === state.imageId)
    .map(([key, fields]) => ({
      id: `m:${key}`, key, measure: fields, name: NAMES[fields.kind], ...measure(fields.kind, fields.points, image),
    }));
}

/** Measurements to draw, own and others': {id, kind, points, text, title, mine, editable, selected, grip}. */
export function measureItems(state) {
  if (!state.show.measures) return [];
  const own = measureRows(state).map(({ id, measure: { kind, points }, name, text }) => ({
    id, kind, points, text, title: `${name} ${text}, measured by you`, mine: true, editable: canEdit(state),
    selected: state.selected === id, grip: state.grip?.id === id ? state.grip.index : null,
  }));
  const others = state.othersMeasured.filter(({ image, reader }) => image === state.imageId && isReaderShown(state, reader));
  return [...own, ...others.map(({ id, kind, points, text, name, reader }) => ({
    id: `o:${id}`, kind, points, text, title: `${name} ${text}, measured by ${reader}`, mine: false, editable: false,
    selected: false, grip: null,
  }))];
}

/** Everything that can be stepped through with the keyboard, top to bottom. */
export function allRows(state) {
  return [...modelRows(state).filter((row) => isShownByScore(state, row)), ...readerRows(state), ...measureRows(state)];
}

/** What the selection stands for: {id, proposal?, key?, fields?, label, box} or null. */
export function selection(state) {
  const row = allRows(state).find((candidate) => candidate.id === state.selected);
  if (row?.proposal) {
    const { key, fields } = row.decision ?? {};
    const shown = fields ?? row.proposal;
    return { ...row, key, fields, label: shown.label, box: shown.box };
  }
  if (row?.measure) return { ...row, label: "", box: null };
  if (row) return { ...row, label: row.fields.label, box: row.fields.box };
  if (state.selected?.startsWith("s:")) return { id: state.selected, label: state.selected.slice(2), box: null };
  return null;
}

const percent = (score) => (score === null || score === undefined ? "" : score.toFixed(2));

function modelBoxes(state, row) {
  const { proposal, decision, id } = row;
  const said = decision?.fields.decision;
  const boxes = [];
  const chosen = state.selected === id;
  const faded = said === "REJECTED" || said === "CORRECTED";
  if (proposal.box && state.show.model && isLabelShown(state, proposal.label) && said !== "ACCEPTED" && (!faded || chosen)) {
    boxes.push({
      id: `${id}:model`, row: id, kind: faded ? "faded" : "model", box: proposal.box,
      text: faded ? "" : `${proposal.name} ${percent(proposal.score)}`,
      title: `${proposal.name} ${percent(proposal.score)}, ${faded ? "model's original" : "AI, not confirmed"}`,
      editable: !faded && canEdit(state),
    });
  }
  if (decision?.fields.box && said !== "REJECTED" && state.show.reader && isLabelShown(state, decision.fields.label)) {
    const name = nameOf(state.vocabulary, decision.fields.label);
    const word = said === "ACCEPTED" ? "accepted" : "corrected";
    boxes.push({
      id, row: id, kind: "reader", box: decision.fields.box, text: name, title: `${name}, ${word} by you`,
      editable: canEdit(state),
    });
  }
  return boxes;
}

const SAME_PX = 0.5;

/** The boxes that were committed before the model was shown. One that stands as it was has no words: its own has. */
function committedBoxes(state) {
  if (!state.show.before) return [];
  const stands = ({ label, box }) => [...state.findings.values()].some((now) =>
    now.decision !== "REJECTED" && now.label === label && now.box?.every((value, i) => Math.abs(value - box[i]) < SAME_PX));
  return committedOn(state).filter(({ label }) => isLabelShown(state, label)).map((was, i) => ({
    id: `b:${i}`, row: "", kind: "before", box: was.box, text: stands(was) ? "" : `${was.name}, at commit`,
    title: `${was.name}, as you committed it before the model was shown`, editable: false,
  }));
}

/** Boxes to draw: {id, row, kind: model|reader|faded|other|before, box, text, title, editable, selected}. */
export function overlayBoxes(state) {
  const proposed = modelRows(state)
    .filter((row) => isShownByScore(state, row))
    .flatMap((row) => modelBoxes(state, row));
  const boxes = [...committedBoxes(state), ...proposed];
  if (state.show.reader) {
    for (const row of readerRows(state).filter(({ fields }) => fields.box && isLabelShown(state, fields.label))) {
      boxes.push({
        id: row.id, row: row.id, kind: "reader", box: row.fields.box, text: row.name,
        title: `${row.name}, ${row.fields.proposal ? "corrected" : "drawn"} by you`, editable: canEdit(state),
      });
    }
  }
  const seen = (f) => f.image === state.imageId && f.box && f.decision !== "REJECTED" && isLabelShown(state, f.label) && isReaderShown(state, f.reader);
  for (const other of state.others.filter(seen)) {
    boxes.push({
      id: `o:${other.id}`, row: "", kind: "other", box: other.box, text: other.name,
      title: `${other.name}, by ${other.reader}`, editable: false,
    });
  }
  return boxes.map((box) => ({ ...box, selected: Boolean(box.row) && box.row === state.selected && box.kind !== "faded" }));
}

/** The label whose heat map belongs to the selection, if the model gave one for it. */
export function heatLabel(state) {
  const maps = currentImage(state)?.analysis?.heatmaps;
  const chosen = selection(state);
  if (!maps || !chosen) return null;
  const label = chosen.proposal?.label ?? chosen.label;
  return maps.labels.includes(label) ? label : null;
}
