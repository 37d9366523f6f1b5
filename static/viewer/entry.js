// One saved thing in the queue (a finding, a measurement, a word on a prior's finding, or the review): what the server has, what the reader wants. DOM-free.

export const FINDING_FIELDS = [
  "image", "proposal", "decision", "label", "box", "laterality", "certainty", "comment", "reject_reason",
];
export const REVIEW_FIELDS = ["notes", "impression", "no_finding"];
export const MEASUREMENT_FIELDS = ["image", "kind", "points"];

const FIELDS = { finding: FINDING_FIELDS, measurement: MEASUREMENT_FIELDS, review: REVIEW_FIELDS, mark: ["mark"] };
const PREFIXES = { measurement: "measurement:", mark: "mark:" };

/** A key says what it is the key of: "review", "measurement:ID", "mark:FINDING", else the client id of a finding. */
export function kindOf(key) {
  if (key === "review") return "review";
  return Object.keys(PREFIXES).find((kind) => key.startsWith(PREFIXES[kind])) ?? "finding";
}

export const keyFor = (kind, id) => (PREFIXES[kind] ?? "") + id;

/** What follows the prefix: a client id; of a mark what it is about, a prior's finding (id) or one's own (key). */
export const idIn = (key) => key.slice((PREFIXES[kindOf(key)] ?? "").length);

const plain = (value) => (typeof value === "string" ? value.trim().replace(/\r\n/g, "\n") : value ?? null);

const sameValue = (a, b) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

/** Equal to a reader: spaces at the ends of texts, which a server may trim, do not count. */
export function same(a, b) {
  if (a === null || b === null) return a === b;
  return Object.keys({ ...a, ...b }).every((name) => sameValue(a[name], b[name]));
}

/** The fields of `after` that differ from `before`. */
export function difference(before, after) {
  const names = Object.keys(after).filter((name) => !sameValue(before?.[name], after[name]));
  return Object.fromEntries(names.map((name) => [name, after[name]]));
}

export function fieldsOf(record, kind) {
  return Object.fromEntries(FIELDS[kind].map((name) => [name, record[name] ?? null]));
}

/**
 * key: stable in this page. clientId: the server's guard against doubles. known: the server's content as last seen.
 * desired: what the reader wants (null = taken back). sent: contents that went out and were not answered, oldest first.
 */
export function newEntry(key, newId = () => null) {
  return {
    key, kind: kindOf(key), clientId: kindOf(key) === "mark" ? newId() : idIn(key), id: null, version: null, known: null, desired: null, sent: [],
    busy: false, problem: null, touched: 0,
  };
}

export function needsSaving(entry) {
  if (entry.kind === "review") return entry.desired !== null && !same(entry.known, entry.desired);
  if (entry.desired === null) return Boolean(entry.id) || entry.sent.length > 0;
  return entry.known === null || !same(entry.known, entry.desired);
}

/** Takes over what the server answered. */
export function absorb(entry, record, { known = fieldsOf(record, entry.kind) } = {}) {
  entry.id = record.id;
  entry.version = record.version;
  entry.known = known;
  entry.sent = [];
  if (entry.kind !== "review" && record.client_id) entry.clientId = record.client_id;
}

/** The server no longer has it: the next save makes a new one, under a new client id. */
export function forget(entry, clientId) {
  Object.assign(entry, { id: null, version: null, known: null, sent: [], clientId });
}

/** What is kept on the device: no page state. */
export function toStored({ key, kind, clientId, id, version, known, desired, sent }) {
  return { key, kind, clientId, id, version, known, desired, sent };
}
