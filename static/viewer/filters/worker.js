// Runs one filter off the page's thread: {id, filter, values, picture, facts} -> {id, share} ..., then {id, levels} or {id, error}.
import { buildPyramid } from "../pixels.js";
import { filterOf } from "./catalogue.js";

self.addEventListener("message", ({ data: { id, filter, values, picture, facts } }) => {
  try {
    const onShare = (share) => self.postMessage({ id, share });
    const data = filterOf(filter).run(picture, values, facts, onShare);
    const levels = buildPyramid({ width: picture.width, height: picture.height, data });
    self.postMessage({ id, levels }, levels.map((level) => level.data.buffer));
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
});
