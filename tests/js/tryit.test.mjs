import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, heatPixels, inWords, isProposed, mapOf, ordered, refusal, unsendable } from "../../static/js/tryit/scene.js";

test("an image is fitted whole, in its own shape", () => {
  assert.deepEqual(fitted({ width: 2000, height: 1000 }, 400, 400), { width: 400, height: 200 });
  assert.deepEqual(fitted({ width: 1000, height: 2000 }, 400, 300), { width: 150, height: 300 });
});

test("a map is found by its label in the packed bytes", () => {
  const heat = { labels: ["Mass", "Edema"], rows: 1, columns: 2 };
  const bytes = Uint8Array.of(1, 2, 3, 4);
  assert.deepEqual([...mapOf(heat, bytes, "Edema")], [3, 4]);
  assert.equal(mapOf(heat, bytes, "Hernia"), null);
});

test("no heat is transparent and the most hides half", () => {
  const pixels = heatPixels(Uint8Array.of(0, 255));
  assert.deepEqual([pixels[3], pixels[7]], [0, 128]);
});

test("findings over their threshold come first, then by score; threshold 1 is never proposed", () => {
  const rows = [{ label: "a", score: 0.9, threshold: 1 }, { label: "b", score: 0.3, threshold: 0.2 }, { label: "c", score: 0.5, threshold: 0.6 }];
  assert.deepEqual(ordered(rows).map(({ label }) => label), ["b", "a", "c"]);
  assert.equal(isProposed({ score: 1, threshold: 1 }), false);
  assert.equal(inWords(rows[0]), "0.90, never proposed");
  assert.equal(inWords(rows[1]), "0.30, over the threshold 0.20");
  assert.equal(inWords(rows[2]), "0.50, under the threshold 0.60");
});

test("an empty or too large file is not sent", () => {
  assert.match(unsendable({ size: 0 }, 64), /empty/);
  assert.match(unsendable({ size: 64 * 1024 * 1024 + 1 }, 64), /64 MB/);
  assert.equal(unsendable({ size: 1 }, 64), "");
});

test("every refusal is words, with the code of the server", () => {
  assert.match(refusal(0, null).text, /connection/);
  assert.match(refusal(403, null).text, /signed in/);
  assert.match(refusal(429, { code: "throttled" }).title, /Too many/);
  assert.equal(refusal(422, { code: "not_frontal_chest", message: "No chest." }).text, "No chest. (not_frontal_chest)");
  assert.match(refusal(502, null).text, /could not answer/);
});
