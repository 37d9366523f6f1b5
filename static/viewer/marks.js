// A word on a finding of a prior ("worse"), or NEW on one of one's own, as the saving queue keeps it: its key names the
// finding, and one on an own finding waits until that is on the server. DOM-free.
import { idIn, keyFor, same } from "./entry.js";

export const MARK = "mark";

/** [word, text] of what can be said of a prior's finding; NEW is said of one's own. */
export const WORDS = [["STABLE", "Stable"], ["WORSE", "Worse"], ["IMPROVED", "Improved"], ["RESOLVED", "Resolved"]];

/** Key of the word on a finding: a prior's finding by its id, an own one by its key. */
export const markKey = (finding) => keyFor(MARK, finding);

/** Key of a word that the server gave; entries: the queue's, with the reader's own findings. */
export function keyOfMark(record, entries) {
  const own = record.own && entries.find(({ kind, clientId }) => kind === "finding" && clientId === record.own);
  return markKey(own ? own.key : record.own ?? record.finding);
}

/** What the word is about, as the server knows it; null while the reader's own finding is still to be saved. */
export function findingOf({ key }, entries) {
  const own = entries.get(idIn(key));
  return own && own.desired !== null ? own.id : idIn(key);
}

/** Another window has put another word on the same finding before this one was sent. */
export const clashes = (entry, record) =>
  entry.kind === MARK && !entry.id && record.client_id !== entry.clientId && !same(entry.desired, { mark: record.mark });
