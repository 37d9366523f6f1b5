// Lengths, angles and the cardiothoracic ratio on points [x, y] in image pixels. DOM-free.
// The rule of units and the numbers are the server's (cases/dicom/measure.py); both are tested with tests/measurements.json.

export const NAMES = { length: "Length", angle: "Angle", ctr: "Cardiothoracic ratio" };
export const POINTS = { length: 2, angle: 3, ctr: 4 };
export const LINES = { length: [[0, 1]], angle: [[0, 1], [1, 2]], ctr: [[0, 1], [2, 3]] };
export const POINT_NAMES = {
  length: ["One end", "Other end"], angle: ["End of one arm", "Corner", "End of the other arm"],
  ctr: ["Heart, one side", "Heart, other side", "Thorax, one side", "Thorax, other side"],
};
const LENGTH_UNIT = { calibrated: "mm", detector: "mm at detector", none: "px" };
const DIGITS = { mm: 1, "mm at detector": 1, px: 0, "\u00b0": 1, "": 2 };
const MIN_LENGTH_PX = 1;

/** What the reader should know about a unit. */
export const UNIT_NOTES = {
  "mm at detector": "Measured at the detector, not corrected for magnification: longer than in the patient.",
  px: "This image states no pixel spacing, so there are no millimetres.",
};

const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

function angleAt([one, corner, other]) {
  const [ax, ay] = [one[0] - corner[0], one[1] - corner[1]];
  const [bx, by] = [other[0] - corner[0], other[1] - corner[1]];
  return (Math.atan2(Math.abs(ax * by - ay * bx), ax * bx + ay * by) * 180) / Math.PI;
}

/** {value, unit, text}; image: {spacing_mm: [between rows, between columns] or null, spacing_kind}. */
export function measure(kind, points, image) {
  const stated = image.spacing_kind !== "none" && image.spacing_mm;
  const [down, across] = stated || [1, 1];
  const at = points.map(([x, y]) => [x * across, y * down]);
  if (kind === "length") return told(distance(at[0], at[1]), LENGTH_UNIT[stated ? image.spacing_kind : "none"]);
  if (kind === "angle") return told(angleAt(at), "\u00b0");
  return told(distance(at[0], at[1]) / distance(at[2], at[3]), "");
}

function told(value, unit) {
  const factor = 10 ** DIGITS[unit];
  const gap = unit === "" || unit === "\u00b0" ? "" : " ";
  const rounded = Math.floor(value * factor + 0.5) / factor;
  return { value, unit, text: `${rounded.toFixed(DIGITS[unit])}${gap}${unit}` };
}

const between = (value, low, high) => Math.max(low, Math.min(high, value));

/** Inside the image, to a tenth of a pixel: what the server stores. */
export function tidyPoint([x, y], image) {
  const tidy = (value, high) => Math.round(between(value, 0, high) * 10) / 10;
  return [tidy(x, image.width), tidy(y, image.height)];
}

/** Which coordinate the ends of a diameter share: 1 along a row, 0 along a column. */
const sharedOf = (a, b) => (Math.abs(b[0] - a[0]) >= Math.abs(b[1] - a[1]) ? 1 : 0);

/** Diameters laid along one axis of the image: that of the heart's; the second end of each follows its first. */
export function align(kind, points) {
  if (kind !== "ctr" || points.length < 2) return points;
  const shared = sharedOf(points[0], points[1]);
  return points.map((point, i) => {
    if (i % 2 === 0) return point;
    const next = [...point];
    next[shared] = points[i - 1][shared];
    return next;
  });
}

/** One point moved to a place; the other end of a diameter stays level with it. */
export function movePoint(kind, points, index, to, image) {
  const next = points.map((point) => [...point]);
  next[index] = tidyPoint(to, image);
  if (kind === "ctr") {
    const shared = points[0][1] === points[1][1] && points[2][1] === points[3][1] ? 1 : 0;
    next[index ^ 1][shared] = next[index][shared];
  }
  return next;
}

/** All points moved together; they stop at the image's edge with their shape kept. */
export function movePoints(points, dx, dy, image) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const sx = between(dx, -Math.min(...xs), image.width - Math.max(...xs));
  const sy = between(dy, -Math.min(...ys), image.height - Math.max(...ys));
  return points.map(([x, y]) => tidyPoint([x + sx, y + sy], image));
}

/** Long enough to be stored. */
export function isWhole(kind, points) {
  return points.length === POINTS[kind] && LINES[kind].every(([a, b]) => distance(points[a], points[b]) >= MIN_LENGTH_PX);
}

/** Where the points of a measurement that is placed by keyboard stand, in shares of what is in sight. */
export const PLACES = {
  length: [[0.375, 0.5], [0.625, 0.5]],
  angle: [[0.4, 0.4], [0.4, 0.6], [0.6, 0.6]],
  ctr: [[0.38, 0.58], [0.62, 0.58], [0.25, 0.68], [0.75, 0.68]],
};
