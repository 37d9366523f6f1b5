// What a reader can do, as commands {title, changes: [{key, before, after}]} over plain fields. DOM-free.
// `findings` is a Map key -> fields of the reader's own findings; `marks` one of words of comparison; `review` the fields of the review.
import { same } from "./entry.js";
import { markKey } from "./marks.js";
import { NAMES } from "./measure.js";

export const REVIEW = "review";

const EMPTY = { laterality: "", certainty: "CERTAIN", comment: "", reject_reason: "" };

/** Key and fields of the reader's decision on a proposal, or null while it is open. */
export function decisionOn(findings, proposalId) {
  for (const [key, fields] of findings) if (fields.proposal === proposalId) return { key, fields };
  return null;
}

/** Stating a finding takes "no finding" back in the same step. */
function withNoFindingCleared(changes, review) {
  if (!review.no_finding) return changes;
  return [...changes, { key: REVIEW, before: review, after: { ...review, no_finding: false } }];
}

const states = (fields) => fields !== null && fields.decision !== "REJECTED";

/** What is no longer stated is not new since the prior either. */
function withMarkTakenBack(changes, { key, after }, marks) {
  const mark = markKey(key);
  return states(after) || !marks?.has(mark) ? changes : [...changes, { key: mark, before: marks.get(mark), after: null }];
}

function change(title, key, before, after, { review, marks }) {
  if (same(before, after)) return null;
  const changes = withMarkTakenBack([{ key, before, after }], { key, after }, marks);
  const added = states(after) && !states(before);
  return { title, changes: added ? withNoFindingCleared(changes, review) : changes };
}

/** decision: ACCEPTED, CORRECTED or REJECTED; patch: label, box, reject_reason ... to set along with it. */
export function decide(state, proposal, decision, newKey, patch = {}) {
  const earlier = decisionOn(state.findings, proposal.id);
  const fresh = {
    image: proposal.image, proposal: proposal.id, label: proposal.label, box: proposal.box, ...EMPTY,
  };
  const kept = earlier?.fields ?? fresh;
  const original = decision === "CORRECTED" ? {} : { label: proposal.label, box: proposal.box };
  const reason = decision === "REJECTED" ? {} : { reject_reason: "" };
  const after = { ...kept, ...original, ...reason, ...patch, decision };
  const verb = { ACCEPTED: "Accept", CORRECTED: "Correct", REJECTED: "Reject" }[decision];
  return change(`${verb} finding`, earlier?.key ?? newKey, earlier?.fields ?? null, after, state);
}

/** A finding of the reader's own; box null = the whole image. */
export function add(state, { image, label, box }, newKey) {
  const after = { image, proposal: null, decision: "DRAWN", label, box, ...EMPTY };
  return change(box ? "Draw box" : "Add finding", newKey, null, after, state);
}

/** Changes fields; another label or box turns an accepted finding into a corrected one. */
export function edit(state, key, patch) {
  const before = state.findings.get(key);
  const after = { ...before, ...patch };
  const moved = !same({ l: before.label, b: before.box }, { l: after.label, b: after.box });
  if (moved && before.decision === "ACCEPTED") after.decision = "CORRECTED";
  const title = patch.box ? "Move box" : "Edit finding";
  return change(title, key, before, after, state);
}

/** Removes an own finding, or takes a decision on a proposal back. */
export function remove(state, key) {
  const before = state.findings.get(key);
  return change(before.proposal ? "Take decision back" : "Delete finding", key, before, null, state);
}

/** How a prior's finding (its id) has changed, or NEW on one's own (its key); "" takes the word back. */
export function compare({ marks }, finding, word) {
  const key = markKey(finding);
  const before = marks.get(key) ?? null;
  const after = word ? { mark: word } : null;
  const title = word ? `Compared: ${word.toLowerCase()}` : "Take comparison back";
  return same(before, after) ? null : { title, changes: [{ key, before, after }] };
}

/** A measurement made, moved, or (fields null) deleted. */
export function measure({ measurements }, key, fields) {
  const before = measurements.get(key) ?? null;
  if (same(before, fields)) return null;
  const verb = before ? (fields ? "Move" : "Delete") : "Measure";
  const name = NAMES[(fields ?? before).kind].toLowerCase();
  return { title: `${verb} ${name}`, changes: [{ key, before, after: fields }] };
}

/** Null where stated findings stand against "no finding". */
export function setNoFinding({ findings, review }, value) {
  if (value && [...findings.values()].some(states)) return null;
  return change("No finding", REVIEW, review, { ...review, no_finding: value }, { review });
}

export function write({ review }, patch) {
  return change("Write", REVIEW, review, { ...review, ...patch }, { review });
}
