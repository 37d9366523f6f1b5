// Where the image lies on the screen. A view is a plain value; every function gives a new one. DOM-free.
// x, y: screen position (CSS px) of the image's centre. scale: CSS px an image pixel. rotation: clockwise, of the
// unflipped image. flip: mirrored left-right on the screen, after the rotation.

export const MIN_SCALE = 0.02;
export const MAX_SCALE = 40;
const KEPT_PX = 48;

export function initialView() {
  return { x: 0, y: 0, scale: 1, rotation: 0, flip: false };
}

/** [a, b, c, d, e, f] as in CSS and Canvas2D: image pixels -> screen CSS px. */
export function matrix(view, image) {
  const turns = ((view.rotation / 90) % 4 + 4) % 4;
  const cos = [1, 0, -1, 0][turns] * view.scale;
  const sin = [0, 1, 0, -1][turns] * view.scale;
  const mirror = view.flip ? -1 : 1;
  const [a, b, c, d] = [mirror * cos, sin, -mirror * sin, cos];
  const [w, h] = [image.width / 2, image.height / 2];
  return [a, b, c, d, view.x - a * w - c * h, view.y - b * w - d * h];
}

export function apply(m, x, y) {
  return { x: m[0] * x + m[2] * y + m[4], y: m[1] * x + m[3] * y + m[5] };
}

export function invert(m) {
  const det = m[0] * m[3] - m[1] * m[2];
  return [
    m[3] / det, -m[1] / det, -m[2] / det, m[0] / det,
    (m[2] * m[5] - m[3] * m[4]) / det, (m[1] * m[4] - m[0] * m[5]) / det,
  ];
}

export function toImage(view, image, x, y) {
  return apply(invert(matrix(view, image)), x, y);
}

/** The image's width and height as they stand on the screen, in image pixels. */
function turnedSize(view, image) {
  const side = view.rotation % 180 !== 0;
  return side ? { width: image.height, height: image.width } : { width: image.width, height: image.height };
}

export function fit(view, image, size) {
  const turned = turnedSize(view, image);
  const scale = Math.min(size.width / turned.width, size.height / turned.height);
  return { ...view, x: size.width / 2, y: size.height / 2, scale: Math.max(scale, MIN_SCALE / 4) };
}

/** Keeps part of the image on the screen, so that it cannot be lost. */
export function keepInSight(view, image, size) {
  const turned = turnedSize(view, image);
  const [halfW, halfH] = [(turned.width * view.scale) / 2, (turned.height * view.scale) / 2];
  const clamp = (value, half, span) => Math.max(KEPT_PX - half, Math.min(span - KEPT_PX + half, value));
  return { ...view, x: clamp(view.x, halfW, size.width), y: clamp(view.y, halfH, size.height) };
}

/** Zooms by `factor` so that the image point under (x, y) stays there. */
export function zoomAt(view, x, y, factor) {
  const scale = Math.max(MIN_SCALE, Math.min(MAX_SCALE, view.scale * factor));
  const ratio = scale / view.scale;
  return { ...view, scale, x: x + (view.x - x) * ratio, y: y + (view.y - y) * ratio };
}

/** One image pixel to one device pixel, around the middle of the stage. */
export function oneToOne(view, size, devicePixelRatio = 1) {
  return zoomAt(view, size.width / 2, size.height / 2, 1 / devicePixelRatio / view.scale);
}

export function pan(view, dx, dy) {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** A quarter turn clockwise as seen on the screen, around the middle of the stage. */
export function rotate(view, size) {
  const [dx, dy] = [view.x - size.width / 2, view.y - size.height / 2];
  const rotation = (view.rotation + (view.flip ? 270 : 90)) % 360;
  return { ...view, rotation, x: size.width / 2 - dy, y: size.height / 2 + dx };
}

/** Mirrors left and right as seen on the screen. */
export function flip(view, size) {
  return { ...view, flip: !view.flip, x: size.width - view.x };
}

/** A quarter turn the other way. */
export function rotateBack(view, size) {
  return rotate(rotate(rotate(view, size), size), size);
}

/** Mirrors top and bottom as seen on the screen: left and right, then half a turn. */
export function flipVertical(view, size) {
  const mirrored = flip(view, size);
  return rotate(rotate(mirrored, size), size);
}

/** The view of a loupe of `side` x `side` CSS px that shows what is at `point`, `factor` times as large. */
export function magnified(view, point, factor, side) {
  const enlarged = { ...view, scale: view.scale * factor };
  return { ...enlarged, x: side / 2 + (view.x - point.x) * factor, y: side / 2 + (view.y - point.y) * factor };
}

/** After the stage changed its size: what was in the middle stays there. */
export function recentre(view, before, after) {
  return pan(view, (after.width - before.width) / 2, (after.height - before.height) / 2);
}

/** The part of the image that is on the screen: {x0, y0, x1, y1} in image pixels, clipped to the image. */
export function visibleRect(view, image, size) {
  const a = toImage(view, image, 0, 0);
  const b = toImage(view, image, size.width, size.height);
  return {
    x0: Math.max(0, Math.min(a.x, b.x)), x1: Math.min(image.width, Math.max(a.x, b.x)),
    y0: Math.max(0, Math.min(a.y, b.y)), y1: Math.min(image.height, Math.max(a.y, b.y)),
  };
}

/** Pyramid level to read when an image pixel is `scale` device pixels wide: never coarser than the screen by much. */
export function levelFor(scale, count) {
  return Math.max(0, Math.min(count - 1, Math.floor(-Math.log2(scale) + 0.25)));
}

const OPPOSITE = { L: "R", R: "L", A: "P", P: "A", H: "F", F: "H" };

function opposite(letters) {
  return [...letters].map((letter) => OPPOSITE[letter] || letter).join("");
}

/**
 * Patient directions at the screen's edges, true under rotation and flip: {left, right, top, bottom}, "" if unknown.
 * orientation: DICOM Patient Orientation, as in "L\\F": where the rows and the columns of the image lead.
 */
export function orientationMarkers(orientation, view) {
  const markers = { left: "", right: "", top: "", bottom: "" };
  const [row = "", column = ""] = (orientation || "").split(/[\\/]/).map((part) => part.trim());
  const m = matrix({ ...view, x: 0, y: 0, scale: 1 }, { width: 0, height: 0 });
  for (const [letters, dx, dy] of [[row, m[0], m[1]], [column, m[2], m[3]]]) {
    if (!letters) continue;
    const sideways = Math.abs(dx) > 0.5;
    const ahead = sideways ? dx > 0 : dy > 0;
    markers[sideways ? "right" : "bottom"] = ahead ? letters : opposite(letters);
    markers[sideways ? "left" : "top"] = ahead ? opposite(letters) : letters;
  }
  return markers;
}
