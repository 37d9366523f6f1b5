// Grey levels: stored value -> Modality LUT -> VOI LUT or window -> inversion, as one table of 65,536 entries.
// DOM-free. Source: DICOM PS3.3 C.11.1 (Modality LUT), C.11.2 (VOI LUT), C.7.5.1.1.2 (Pixel Padding Range Limit).

export const TABLE_SIZE = 65536;

/** A table lookup as DICOM defines it: below the first mapped value the first entry, above the last the last. */
function lookUp(lut, value) {
  const index = Math.round(value) - lut.first_mapped;
  return lut.values[Math.max(0, Math.min(lut.values.length - 1, index))];
}

/** Modality value of one stored value (uint16 as served: the file's value + pixel_offset). */
export function modalityValue(grid, stored) {
  const raw = stored - (grid.pixel_offset || 0);
  if (grid.modality_lut) return lookUp(grid.modality_lut, raw);
  return raw * (grid.rescale_slope ?? 1) + (grid.rescale_intercept ?? 0);
}

/** True where a stored value is padding, which is shown black whatever the window. */
export function isPadding(grid, stored) {
  if (grid.padding_value === null || grid.padding_value === undefined) return false;
  const limit = grid.padding_limit ?? grid.padding_value;
  const raw = stored - (grid.pixel_offset || 0);
  return raw >= Math.min(grid.padding_value, limit) && raw <= Math.max(grid.padding_value, limit);
}

/** Window functions: modality value -> [0, 1]. PS3.3 C.11.2.1.2.1 and C.11.2.1.3. */
const FUNCTIONS = {
  LINEAR(center, width) {
    const middle = center - 0.5;
    const span = Math.max(width, 1) - 1;
    if (span === 0) return (x) => (x <= middle ? 0 : 1);
    return (x) => {
      if (x <= middle - span / 2) return 0;
      return x > middle + span / 2 ? 1 : (x - middle) / span + 0.5;
    };
  },
  LINEAR_EXACT(center, width) {
    const span = Math.max(width, 1e-6);
    return (x) => {
      if (x <= center - span / 2) return 0;
      return x > center + span / 2 ? 1 : (x - center) / span + 0.5;
    };
  },
  SIGMOID(center, width) {
    const span = Math.max(width, 1e-6);
    return (x) => 1 / (1 + Math.exp((-4 * (x - center)) / span));
  },
};

/** The VOI step as a function of the modality value. voi: {kind: "window", center, width} or {kind: "lut"}. */
export function voiFunction(grid, voi) {
  if (voi.kind === "lut") {
    const top = 2 ** grid.voi_lut.bits - 1;
    return (x) => lookUp(grid.voi_lut, x) / top;
  }
  const make = FUNCTIONS[grid.voi_function] || FUNCTIONS.LINEAR;
  return make(voi.center, voi.width);
}

/** Modality values of all stored values: computed once an image, the window changes many times a second. */
export function modalityTable(grid) {
  const table = new Float64Array(TABLE_SIZE);
  for (let stored = 0; stored < TABLE_SIZE; stored += 1) table[stored] = modalityValue(grid, stored);
  return table;
}

/**
 * Display level 0..255 of each stored value: exact to half a level.
 * `invert` is the reader's switch, on top of the image's own inversion; padding stays black.
 */
export function displayTable(grid, voi, { invert = false, modality = modalityTable(grid) } = {}) {
  const table = new Uint8Array(TABLE_SIZE);
  const level = voiFunction(grid, voi);
  const inverted = Boolean(grid.invert) !== invert;
  for (let stored = 0; stored < TABLE_SIZE; stored += 1) {
    const y = level(modality[stored]);
    table[stored] = Math.round(255 * (inverted ? 1 - y : y));
  }
  if (grid.padding_value === null || grid.padding_value === undefined) return table;
  for (let stored = 0; stored < TABLE_SIZE; stored += 1) if (isPadding(grid, stored)) table[stored] = 0;
  return table;
}

/** The window that spans exactly low..high (modality values) under the image's window function. */
export function windowOver(grid, low, high) {
  const exact = grid.voi_function === "LINEAR_EXACT" || grid.voi_function === "SIGMOID";
  const width = exact ? high - low : high - low + 1;
  return { kind: "window", center: low + width / 2, width: Math.max(width, exact ? 1e-6 : 1) };
}

/** What a VOI LUT covers, as a window: where a drag starts when the LUT is showing. */
export function windowOfLut(grid) {
  const { first_mapped: first, values } = grid.voi_lut;
  return windowOver(grid, first, first + values.length - 1);
}

/** Of the pixels that are no padding: [[modality value, stored value, count]], by modality value. */
function valuesIn(grid, histogram) {
  const used = [];
  for (let stored = 0; stored < histogram.length; stored += 1) {
    if (!histogram[stored] || isPadding(grid, stored)) continue;
    used.push([modalityValue(grid, stored), stored, histogram[stored]]);
  }
  return used.sort((a, b) => a[0] - b[0]);
}

/**
 * Modality values to consider, from a histogram of stored values: {low, high, lowPercentile, highPercentile,
 * percentile(share), stored: {low, high}}.
 */
export function statistics(grid, histogram, { tail = 0.005 } = {}) {
  const used = valuesIn(grid, histogram);
  if (!used.length) {
    return { low: 0, high: 1, lowPercentile: 0, highPercentile: 1, percentile: (share) => share, stored: { low: 0, high: 1 } };
  }
  const total = used.reduce((sum, [, , count]) => sum + count, 0);
  const percentile = (share) => {
    let seen = 0;
    for (const [value, , count] of used) {
      seen += count;
      if (seen >= share * total) return value;
    }
    return used[used.length - 1][0];
  };
  const stored = used.map(([, value]) => value);
  return {
    low: used[0][0], high: used[used.length - 1][0], lowPercentile: percentile(tail), highPercentile: percentile(1 - tail),
    percentile, stored: { low: stored.reduce((a, b) => Math.min(a, b)), high: stored.reduce((a, b) => Math.max(a, b)) },
  };
}

/**
 * Radiographs have no Hounsfield units, so "lung" and "bone" are parts of the image's own grey levels, from the darkest
 * on the screen to the brightest: a share of the pixels that are no padding.
 */
const LUNG = [0.005, 0.6];
const BONE = [0.5, 0.995];

const sameWindow = (a, b) => a.center === b.center && a.width === b.width;

/**
 * Presets in the order of their keys 1..9; the first is how the image opens, and what the model was given: the VOI LUT,
 * else the file's first window, else the server's automatic window.
 */
export function presets(grid, stats) {
  const list = [];
  if (grid.voi_lut) list.push({ id: "lut", name: "VOI LUT", voi: { kind: "lut" } });
  (grid.windows || []).forEach((w, index) => {
    const name = w.explanation || (index ? `Window ${index + 1}` : "Default");
    list.push({ id: `window-${index}`, name, voi: { kind: "window", center: w.center, width: w.width } });
  });
  const auto = windowOver(grid, stats.lowPercentile, stats.highPercentile);
  const given = grid.auto_window;
  const opening = given ? { kind: "window", center: given.center, width: given.width } : auto;
  if (!list.length) list.push({ id: "default", name: "Default", voi: opening });
  const shares = (dark, bright) => {
    const [from, to] = grid.invert ? [1 - bright, 1 - dark] : [dark, bright];
    return windowOver(grid, stats.percentile(from), stats.percentile(to));
  };
  list.push({ id: "full", name: "Full range", voi: windowOver(grid, stats.low, stats.high) });
  if (!sameWindow(list[0].voi, auto)) list.push({ id: "auto", name: "Auto 0.5-99.5 %", voi: auto });
  list.push({ id: "lung", name: "Lung (darkest 60 %)", voi: shares(...LUNG) });
  list.push({ id: "bone", name: "Bone (brightest 50 %)", voi: shares(...BONE) });
  return list;
}
