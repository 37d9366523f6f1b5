// What the try-it page shows, without a page: geometry, order, words. Tested with node --test.

/** The largest rectangle of the image's shape inside width x height, centred; in whole pixels. */
export function fitted(image, width, height) {
  const scale = Math.min(width / image.width, height / image.height);
  return { width: Math.max(1, Math.round(image.width * scale)), height: Math.max(1, Math.round(image.height * scale)) };
}

/** One map of all: bytes of label number `index` out of the packed (labels, rows, columns). */
export function mapOf(heat, bytes, label) {
  const index = heat.labels.indexOf(label);
  if (index < 0) return null;
  const size = heat.rows * heat.columns;
  return bytes.subarray(index * size, (index + 1) * size);
}

/** RGBA of a map: orange, the hotter the less of the image is seen, never more than half hidden. */
export function heatPixels(map) {
  const pixels = new Uint8ClampedArray(map.length * 4);
  map.forEach((value, at) => pixels.set([255, 140, 0, Math.round(value / 2)], at * 4));
  return pixels;
}

/** Over its threshold; a threshold of 1 says that the finding is never proposed. */
export function isProposed(row) {
  return row.threshold < 1 && row.score >= row.threshold;
}

/** Rows for the list: those over their threshold first, each group by score. */
export function ordered(scores) {
  return [...scores].sort((a, b) => isProposed(b) - isProposed(a) || b.score - a.score);
}

/** "0.47, over the threshold 0.28" and the like: what a bar says in words. */
export function inWords(row) {
  const score = row.score.toFixed(2);
  if (row.threshold >= 1) return `${score}, never proposed`;
  return `${score}, ${isProposed(row) ? "over" : "under"} the threshold ${row.threshold.toFixed(2)}`;
}

/** Why a file was not sent, or nothing. */
export function unsendable(file, maxMb) {
  if (file.size === 0) return "The file is empty.";
  return file.size > maxMb * 1024 * 1024 ? `To try, a file may have at most ${maxMb} MB.` : "";
}

/** The words for an answer that is no result. */
export function refusal(status, body) {
  if (status === 0) return { title: "Not sent", text: "The server cannot be reached. Check the connection and try again." };
  if (status === 401 || status === 403) return { title: "Not sent", text: "You are not signed in any more. Reload the page." };
  if (status === 429) return { title: "Too many tries", text: "Wait a minute, then try again." };
  const text = body?.message || "The server could not answer.";
  return { title: "Not analysed", text: body?.code ? `${text} (${body.code})` : text };
}
