// What an answer of the server means for one file, in words. No DOM.

const LATER = new Set([401, 403, 408, 425, 429]);

/**
 * The answer to one request: `{ results }` (one a file, for a ZIP one an entry) or `{ retry: words }`
 * where nothing was decided and the same file may be sent again. Status 0: no answer came.
 */
export function verdict(status, body, name) {
  if (body?.results) return { results: body.results };
  if (status === 0) return { retry: "The server cannot be reached." };
  if (status === 401) return { retry: "You are signed out. Sign in in another tab, then try again." };
  if (status >= 500) return { retry: body?.message ?? "The server failed; nothing was stored." };
  if (LATER.has(status)) return { retry: body?.message ?? "The server does not take files now." };
  if (status === 413) return { results: [refused(name, "file_too_large", body?.message ?? "The file is larger than this server accepts.")] };
  if (status >= 400 && body?.code) return { results: [refused(name, body.code, body.message)] };
  return { retry: "The server gave an answer that this page does not understand." };
}

function refused(name, code, message) {
  return { file_name: name, outcome: "refused", code, message, warnings: [] };
}

/** Where one image stands: `{ words, ended }`. */
export function standing(image) {
  if (image.ingest_state === "FAILED") return { words: `Could not be prepared: ${reason(image)}`, ended: true };
  if (image.ingest_state !== "DONE" && image.ingest_state !== "INGESTED") return { words: "Preparing the image", ended: false };
  if (image.analysis_state === "FAILED") return { words: `Analysis unavailable: ${reason(image)}`, ended: true };
  if (image.analysis_state === "DONE") return { words: "Analysed", ended: true };
  return { words: image.analysis_state === "RUNNING" ? "Analysing" : "Waiting for the analysis", ended: false };
}

function reason(image) {
  return `${image.message || "no reason was given"} (${image.code})`;
}

const COUNTED = [["accepted", "stored"], ["duplicate", "already here"], ["refused", "refused"], ["unsent", "not sent"]];

/** "3 of 5 files answered: 2 stored, 1 refused". */
export function tally({ answered, total, counts, hidden }) {
  const parts = COUNTED.filter(([key]) => counts[key]).map(([key, words]) => `${counts[key]} ${words}`);
  const files = `${answered} of ${total} ${total === 1 ? "file" : "files"} answered`;
  const left = hidden ? `. ${hidden} hidden ${hidden === 1 ? "file" : "files"} left out` : "";
  return `${files}${parts.length ? `: ${parts.join(", ")}` : ""}${left}`;
}
