// The strip on top: who the patient is, which case, and whether everything is saved.
import { h, setAttribute, setText } from "./dom.js";
import { kindOf } from "./entry.js";
import { nameOf } from "./labels.js";
import { measure } from "./measure.js";
import { canEdit } from "./store.js";

const SEX = { M: "male", F: "female", O: "other" };
const STATUS = {
  RECEIVED: "Received", INGESTED: "Being analysed", ANALYSED: "Being analysed", PROPOSED: "To be read",
  IN_REVIEW: "Being read", SIGNED: "Signed", AMENDED: "Amended",
};

const fact = (name, value) => (value ? h("span", { class: "fact" }, h("span", { class: "fact-name", text: `${name} ` }), value) : null);

/** Links to at most three studies. */
function studies(name, title, found) {
  const links = found.slice(0, 3).map((study) => h("a", {
    href: `../${study.case}/`, text: study.study_date ?? "undated", title: `${title}, ${STATUS[study.status] ?? study.status}`,
  }));
  const more = found.length > 3 ? ` +${found.length - 3}` : "";
  return h("span", { class: "fact priors" }, h("span", { class: "fact-name", text: `${name} ` }), ...links, more);
}

/** The patient's other studies: what was before this one, and what came after it. */
function others({ priors }) {
  const [later, before] = [true, false].map((wanted) => priors.filter(({ interval }) => interval.endsWith("later") === wanted));
  return [
    before.length ? studies("Priors", "Prior", before) : h("span", { class: "fact" }, h("span", { class: "fact-name", text: "No priors" })),
    later.length ? studies("Later", "Later study", later) : "",
  ];
}

/** Identity and case: drawn when the case's data change. */
export function fillStrip(root, state) {
  const { patient, case: kase } = state;
  const marks = [
    kase.is_synthetic ? h("span", { class: "badge synthetic-mark", text: "Synthetic" }) : null,
    patient.confirmed ? null : h("span", { class: "badge warn", text: "Patient not confirmed" }),
    kase.archived ? h("span", { class: "badge", text: "Archived" }) : null,
  ];
  const age = patient.age_years === null || patient.age_years === undefined ? "age unknown" : `${patient.age_years} y`;
  root.replaceChildren(
    h("strong", { class: "patient", text: patient.name || "Name unknown" }), ...marks.filter(Boolean),
    fact("MRN", patient.mrn || "unknown"),
    h("span", { class: "fact", text: `${age}, ${SEX[patient.sex] ?? "sex unknown"}` }),
    fact("Study", kase.study_date || "undated"),
    fact("Acc.", kase.accession_number) ?? "", ...others(state),
    h("span", { class: "badge", text: STATUS[kase.status] ?? kase.status }),
    kase.clinical_question ? h("p", { class: "question" }, h("span", { class: "fact-name", text: "Question " }), kase.clinical_question) : "");
}

const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

function savingText(status) {
  const kept = status.kept ? "kept on this device" : "not kept on this device, leave the page open";
  return {
    saved: "Saved", saving: "Saving\u2026", conflict: "Changed elsewhere: choose", refused: "Not saved",
    offline: `Offline: ${count(status.pending, "change")} ${kept}, trying again`,
    signed_out: `Signed out: ${count(status.pending, "change")} ${kept}`,
    closed: `Read completed: ${count(status.pending, "change")} not saved`,
  }[status.state];
}

/** The state of saving, always in the same place. */
export class SavingMark {
  constructor(root, { onRetry }) {
    this.root = root;
    this.text = h("span", {});
    this.retry = h("button", { type: "button", class: "small", text: "Try now", hidden: true, onclick: onRetry });
    root.append(h("span", { class: "lamp", "aria-hidden": "true" }), this.text, this.retry);
  }

  update(state) {
    if (!state.saving) return;
    const readOnly = state.case && !canEdit(state) && !state.saving.pending;
    this.root.dataset.state = readOnly ? "closed-read" : state.saving.state;
    const early = ["RECEIVED", "INGESTED", "ANALYSED"].includes(state.case?.status);
    const why = state.reviewState === "COMPLETED" ? "Read completed" : early ? "Opens after the analysis" : "Read only";
    setText(this.text, readOnly ? why : savingText(state.saving));
    this.retry.hidden = !["offline", "signed_out"].includes(state.saving.state);
  }
}

const WHAT = { review: "Your notes were", finding: "A finding was", measurement: "A measurement was", mark: "A comparison with the prior was" };

const FIELD_NAMES = {
  points: "measured",
  label: "label", box: "box", decision: "decision", laterality: "side", certainty: "certainty", comment: "comment",
  reject_reason: "reason", mark: "prior", notes: "notes", impression: "impression", no_finding: "no finding",
};

/** Both sides of a conflict in words: "label Nodule, side L". */
function inWords(fields, other, state) {
  if (!fields) return "deleted";
  const differing = Object.keys(FIELD_NAMES).filter(
    (name) => name in fields && JSON.stringify(fields[name]) !== JSON.stringify(other?.[name]));
  const show = (name) => {
    const value = name === "label" ? nameOf(state.vocabulary, fields[name]) : fields[name];
    if (name === "points") {
      return `${measure(fields.kind, value, state.images.find(({ id }) => id === fields.image)).text} at ${value[0].map(Math.round).join(", ")}`;
    }
    if (name === "box" && value) return `box at ${value.map(Math.round).join(", ")}`;
    if (name === "mark") return value.toLowerCase();
    return `${FIELD_NAMES[name]}: ${value === "" ? "empty" : value ?? "none"}`;
  };
  return differing.map(show).join("; ") || "the same";
}

function conflictRow(conflict, state, act) {
  const what = WHAT[kindOf(conflict.key)];
  const side = (word, fields, other) => h("p", {}, h("span", { class: "fact-name", text: `${word}: ` }), inWords(fields, other, state));
  return h("div", { class: "problem", role: "alert" },
    h("p", {}, h("strong", { text: `${what} changed in another window.` })),
    side("Here", conflict.mine, conflict.theirs), side("There", conflict.theirs, conflict.mine),
    h("div", { class: "pair" },
      h("button", { type: "button", class: "small", text: "Keep mine", onclick: () => act.resolve(conflict.key, "mine") }),
      h("button", { type: "button", class: "small", text: "Take theirs", onclick: () => act.resolve(conflict.key, "theirs") })));
}

function refusedRow({ key, message }, act) {
  return h("div", { class: "problem", role: "alert" },
    h("p", {}, h("strong", { text: "A change was not accepted. " }), message),
    h("div", { class: "pair" },
      h("button", { type: "button", class: "small", text: "Try again", onclick: () => act.retry(key) }),
      h("button", { type: "button", class: "small", text: "Drop my change", onclick: () => act.discard(key) })));
}

/** Choices that only the reader can make, on top of the panel. Redrawn only when they change. */
export function fillProblems(root, state, act) {
  const { conflicts = [], refused = [] } = state.saving ?? {};
  const key = JSON.stringify([conflicts, refused]);
  if (root.dataset.shown === key) return;
  root.dataset.shown = key;
  setAttribute(root, "hidden", !conflicts.length && !refused.length);
  root.replaceChildren(
    ...conflicts.map((conflict) => conflictRow(conflict, state, act)), ...refused.map((row) => refusedRow(row, act)));
}
