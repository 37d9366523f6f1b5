// Contrast-limited adaptive histogram equalisation over stored values. DOM-free; see filters/grid.js.
// Source: Pizer et al., Adaptive histogram equalization and its variations, Comput Vis Graph Image Process 39 (1987)
// 355-368; Zuiderveld, Contrast limited adaptive histogram equalization, Graphics Gems IV (1994) 474-485.
import { eachRow, isPad } from "./grid.js";

const BINS = 4096;

/** Counts over the limit are cut and given back to all bins alike, once. */
export function clipped(counts, limit) {
  let excess = 0;
  for (let i = 0; i < counts.length; i += 1) {
    if (counts[i] <= limit) continue;
    excess += counts[i] - limit;
    counts[i] = limit;
  }
  const share = excess / counts.length;
  for (let i = 0; i < counts.length; i += 1) counts[i] += share;
  return counts;
}

/** The mapping of one tile: for each bin the share of the tile's pixels up to its middle, in [0, 1]. */
function tileMap({ width, data }, { x0, x1, y0, y1 }, clip, binOf, facts) {
  const counts = new Float64Array(BINS);
  let total = 0;
  for (let y = y0; y < y1; y += 1) {
    for (let i = y * width + x0; i < y * width + x1; i += 1) {
      if (isPad(facts, data[i])) continue;
      counts[binOf[data[i]]] += 1;
      total += 1;
    }
  }
  const map = new Float32Array(BINS);
  if (!total) return map.map((_, bin) => bin / (BINS - 1));
  const used = Math.min(BINS, facts.high - facts.low + 1);
  clipped(counts.subarray(0, used), Math.max(1, (clip * total) / used));
  let sum = 0;
  for (let bin = 0; bin < used; bin += 1) {
    map[bin] = (sum + counts[bin] / 2) / total;
    sum += counts[bin];
  }
  return map;
}

/** Which two tile middles a position lies between, and its share on the way: {before, after, share}. */
function between(position, size, tiles) {
  const at = ((position + 0.5) / size) * tiles - 0.5;
  const before = Math.max(0, Math.min(tiles - 1, Math.floor(at)));
  const after = Math.min(tiles - 1, Math.max(0, Math.floor(at) + 1));
  return { before, after, share: at - Math.floor(at) };
}

/** tiles x tiles local mappings, bilinear between their middles; `clip`: most of a bin, in mean counts. */
export function clahe(picture, { clip, tiles }, facts, onShare = () => {}) {
  const { width, height, data } = picture;
  const span = facts.high - facts.low;
  const out = data.slice();
  if (span <= 0) return out;
  const last = Math.min(BINS, span + 1) - 1;
  const binOf = new Uint16Array(65536);
  for (let value = 0; value < 65536; value += 1) {
    binOf[value] = Math.round((Math.max(0, Math.min(span, value - facts.low)) / span) * last);
  }
  const edge = (size, i) => Math.round((size * i) / tiles);
  const maps = [];
  for (let ty = 0; ty < tiles; ty += 1) {
    for (let tx = 0; tx < tiles; tx += 1) {
      const tile = { x0: edge(width, tx), x1: edge(width, tx + 1), y0: edge(height, ty), y1: edge(height, ty + 1) };
      maps.push(tileMap(picture, tile, clip, binOf, facts));
    }
    onShare((0.4 * (ty + 1)) / tiles);
  }
  const columns = Array.from({ length: width }, (_, x) => between(x, width, tiles));
  eachRow(height, (y) => {
    const down = between(y, height, tiles);
    for (let x = 0, i = y * width; x < width; x += 1, i += 1) {
      if (isPad(facts, data[i])) continue;
      const bin = binOf[data[i]];
      const across = columns[x];
      const above = maps[down.before * tiles + across.before][bin] * (1 - across.share) + maps[down.before * tiles + across.after][bin] * across.share;
      const below = maps[down.after * tiles + across.before][bin] * (1 - across.share) + maps[down.after * tiles + across.after][bin] * across.share;
      out[i] = Math.round(facts.low + span * (above * (1 - down.share) + below * down.share));
    }
  }, onShare, 0.4, 1);
  return out;
}
