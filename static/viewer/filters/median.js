// Median of each square neighbourhood, by a running histogram. DOM-free; see filters/grid.js.
// Source: Huang, Yang, Tang, A fast two-dimensional median filtering algorithm, IEEE Trans. ASSP 27 (1979) 13-18; here
// with a coarse count of each 256 values, because 16 bits leave most values empty.
import { eachRow, toStored, withoutPadding } from "./grid.js";

/** A histogram with a mark at one value and the count below it: the next median is seldom far. */
class Ranks {
  #fine = new Uint16Array(65536);
  #coarse = new Uint16Array(256);
  #value = 0;
  #below = 0;

  change(value, by) {
    this.#fine[value] += by;
    this.#coarse[value >> 8] += by;
    if (value < this.#value) this.#below += by;
  }

  /** The value with `rank` values before it. */
  at(rank) {
    const [fine, coarse] = [this.#fine, this.#coarse];
    let [value, below] = [this.#value, this.#below];
    while (below > rank) {
      if ((value & 255) === 0 && below - coarse[(value >> 8) - 1] > rank) {
        value -= 256;
        below -= coarse[value >> 8];
      } else below -= fine[--value];
    }
    while (below + fine[value] <= rank) {
      if ((value & 255) === 0 && below + coarse[value >> 8] <= rank) {
        below += coarse[value >> 8];
        value += 256;
      } else below += fine[value++];
    }
    this.#value = value;
    this.#below = below;
    return value;
  }
}

/** Median of the (2 radius + 1)-square; the nearest pixel counts outside the picture. */
export function median(picture, { radius }, facts, onShare) {
  const { width, height, data } = withoutPadding(picture, facts);
  const out = new Uint16Array(width * height);
  const middle = ((2 * radius + 1) ** 2 - 1) / 2;
  const ranks = new Ranks();
  eachRow(height, (y) => {
    const rows = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.max(0, Math.min(height - 1, y + i - radius)) * width);
    const column = (x, by) => {
      const inside = Math.max(0, Math.min(width - 1, x));
      for (const at of rows) ranks.change(data[at + inside], by);
    };
    for (let x = -radius; x <= radius; x += 1) column(x, 1);
    for (let x = 0; x < width; x += 1) {
      out[y * width + x] = ranks.at(middle);
      column(x - radius, -1);
      column(x + radius + 1, 1);
    }
    for (let x = -radius; x <= radius; x += 1) column(width + x, -1);
  }, onShare);
  return toStored(out, picture, facts);
}
