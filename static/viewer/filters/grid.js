// What every filter shares: a picture of stored values, its limits, and separable passes. DOM-free.
// A picture is {width, height, data: Uint16Array}; facts are {low, high, rising, padding: [low, high] | null} in
// stored values. `rising`: a higher stored value is brighter on the screen, as the image opens.
// Outside the picture the nearest pixel counts.

const ROWS_A_REPORT = 128;

/** Calls row(y) for each row; tells onShare how far it is, from `from` to `to` of the whole work. */
export function eachRow(height, row, onShare = () => {}, from = 0, to = 1) {
  for (let y = 0; y < height; y += 1) {
    row(y);
    if (y % ROWS_A_REPORT === ROWS_A_REPORT - 1) onShare(from + ((to - from) * (y + 1)) / height);
  }
  onShare(to);
}

export const isPad = (facts, value) => Boolean(facts.padding) && value >= facts.padding[0] && value <= facts.padding[1];

/** The darkest stored value that is no padding: what padding counts as inside a neighbourhood. */
export const darkest = (facts) => (facts.rising ? facts.low : facts.high);

/** The picture with padding taken for the darkest value, so that it does not bleed into its neighbours. */
export function withoutPadding({ width, height, data }, facts) {
  if (!facts.padding) return { width, height, data };
  const dark = darkest(facts);
  return { width, height, data: data.map((value) => (isPad(facts, value) ? dark : value)) };
}

/** Rounds to stored values between low and high; padding stays what it was. */
export function toStored(values, { data }, facts) {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    out[i] = value <= facts.low ? facts.low : value >= facts.high ? facts.high : Math.round(value);
  }
  if (facts.padding) for (let i = 0; i < out.length; i += 1) if (isPad(facts, data[i])) out[i] = data[i];
  return out;
}

/** Normalised weights of a Gaussian of `sigma` px, cut at three sigma; the middle one first, one side only. */
export function gaussianWeights(sigma) {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const half = Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)));
  const sum = half.reduce((total, weight, i) => total + (i ? 2 : 1) * weight, 0);
  return half.map((weight) => weight / sum);
}

/** Weighted sum along one row of `source` into `target`, both starting at `at`. */
function sweepRow(source, target, at, width, weights) {
  const radius = weights.length - 1;
  for (let x = 0; x < width; x += 1) {
    let sum = weights[0] * source[at + x];
    if (x >= radius && x < width - radius) {
      for (let k = 1; k <= radius; k += 1) sum += weights[k] * (source[at + x - k] + source[at + x + k]);
    } else {
      for (let k = 1; k <= radius; k += 1) sum += weights[k] * (source[at + Math.max(0, x - k)] + source[at + Math.min(width - 1, x + k)]);
    }
    target[at + x] = sum;
  }
}

/** Gaussian-blurred values, Float32Array: one pass along the rows, one across them. */
export function blur({ width, height, data }, sigma, onShare, to = 1) {
  const weights = gaussianWeights(sigma);
  const radius = weights.length - 1;
  const along = new Float32Array(width * height);
  eachRow(height, (y) => sweepRow(data, along, y * width, width, weights), onShare, 0, to / 2);
  const out = new Float32Array(width * height);
  eachRow(height, (y) => {
    const at = y * width;
    for (let x = 0; x < width; x += 1) out[at + x] = weights[0] * along[at + x];
    for (let k = 1; k <= radius; k += 1) {
      const above = Math.max(0, y - k) * width;
      const below = Math.min(height - 1, y + k) * width;
      const weight = weights[k];
      for (let x = 0; x < width; x += 1) out[at + x] += weight * (along[above + x] + along[below + x]);
    }
  }, onShare, to / 2, to);
  return out;
}
