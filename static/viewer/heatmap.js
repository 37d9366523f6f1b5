// Heat maps: the colour map, and one label's map out of the packed file as RGBA. DOM-free.
//
// The colour map is computed in OKLCh (Ottosson 2020), so that equal steps of the value look equally large: lightness
// rises evenly from 0.28 to 0.93 while the hue turns from violet through red and orange to pale yellow. It stays
// ordered in greyscale and for red-green colour blindness. Low values are transparent: they leave the radiograph as it is.

const STEPS = 256;

function oklchToRgb(lightness, chroma, hueDegrees) {
  const hue = (hueDegrees * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((v) => {
    const c = Math.max(0, Math.min(1, v));
    return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
  });
}

/** Colour of a value t in [0, 1]: [red, green, blue], 0..255. */
export function colour(t) {
  const lightness = 0.28 + 0.65 * t;
  const chroma = 0.15 + 0.05 * Math.sin(Math.PI * t) - 0.04 * t;
  return oklchToRgb(lightness, chroma, 300 + 165 * t);
}

/** Opacity of a value t in [0, 1] before the reader's slider: nothing below 0.15, full from 0.6. */
export function opacity(t) {
  const u = Math.max(0, Math.min(1, (t - 0.15) / 0.45));
  return u * u * (3 - 2 * u);
}

const TABLE = Array.from({ length: STEPS }, (_, i) => {
  const t = i / (STEPS - 1);
  return [...colour(t), Math.round(255 * opacity(t))];
});

/** RGBA bytes (rows * columns * 4) of one map; values: (rows * columns) uint8. */
export function colourise(values) {
  const out = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i += 1) out.set(TABLE[values[i]], 4 * i);
  return out;
}

/** The map of `label` out of the packed bytes (labels x rows x columns), or null if there is none. */
export function mapOf(packed, description, label) {
  const index = description.labels.indexOf(label);
  const size = description.rows * description.columns;
  if (index < 0 || packed.length < (index + 1) * size) return null;
  return packed.subarray(index * size, (index + 1) * size);
}
