// Boxes [x_min, y_min, x_max, y_max] in original image pixels, origin top left, and their labels on the screen. DOM-free.
import { apply } from "./viewport.js";

export const MIN_SIDE_PX = 4;

const between = (value, low, high) => Math.max(low, Math.min(high, value));

/** Corners in order, inside the image, at most one decimal: what the server stores. */
export function tidy(box, image) {
  const x = [box[0], box[2]].map((v) => between(v, 0, image.width)).sort((a, b) => a - b);
  const y = [box[1], box[3]].map((v) => between(v, 0, image.height)).sort((a, b) => a - b);
  return [x[0], y[0], x[1], y[1]].map((v) => Math.round(v * 10) / 10);
}

export function isBigEnough(box) {
  return Math.abs(box[2] - box[0]) >= MIN_SIDE_PX && Math.abs(box[3] - box[1]) >= MIN_SIDE_PX;
}

/** Moved as a whole; stops at the image's edge with its size kept. */
export function moveBox(box, dx, dy, image) {
  const sx = between(dx, -box[0], image.width - box[2]);
  const sy = between(dy, -box[1], image.height - box[3]);
  return tidy([box[0] + sx, box[1] + sy, box[2] + sx, box[3] + sy], image);
}

/** handle: [h, v] with 0 = low edge, 1 = high edge, 0.5 = this axis stays. */
export function resizeBox(box, [h, v], dx, dy, image) {
  const next = [...box];
  if (h !== 0.5) next[h === 0 ? 0 : 2] += dx;
  if (v !== 0.5) next[v === 0 ? 1 : 3] += dy;
  return tidy(next, image);
}

export const HANDLES = [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5]];

export function handlePoint(box, [h, v]) {
  return { x: box[0] + h * (box[2] - box[0]), y: box[1] + v * (box[3] - box[1]) };
}

/** The box on the screen. Views turn by right angles only, so it stays upright: {x, y, width, height} in CSS px. */
export function screenRect(box, m) {
  const a = apply(m, box[0], box[1]);
  const b = apply(m, box[2], box[3]);
  return {
    x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y),
  };
}

/** Of the items {box} that hold the point, the one with the smallest area: a small box on a large one can be hit. */
export function smallestAt(items, point) {
  const area = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
  const holds = ({ box }) =>
    point.x >= box[0] && point.x <= box[2] && point.y >= box[1] && point.y <= box[3];
  return items.filter((item) => item.box && holds(item)).sort((a, b) => area(a) - area(b))[0] || null;
}

const overlaps = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The part of a screen rectangle that is on the stage, or null. */
function onStage(rect, stage) {
  const [x, y] = [Math.max(0, rect.x), Math.max(0, rect.y)];
  const width = Math.min(stage.width, rect.x + rect.width) - x;
  const height = Math.min(stage.height, rect.y + rect.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** Top left corners to try for a label, best first: above, below, beside, and inside as a last resort. */
function candidates(rect, width, height) {
  const right = rect.x + rect.width - width;
  const [above, below] = [rect.y - height - 2, rect.y + rect.height + 2];
  return [
    [rect.x, above], [right, above], [rect.x, below], [right, below],
    [rect.x + rect.width + 2, rect.y], [rect.x - width - 2, rect.y],
    [rect.x, above - height - 2], [rect.x, below + height + 2], [rect.x + 2, rect.y + 2],
  ];
}

/**
 * Places for labels ({rect, width, height} each) inside the stage: outside their own box, off the labels placed before,
 * and over as few other boxes as can be. Gives {x, y} of each label's top left corner; null where the box is not in sight.
 */
export function placeLabels(items, stage) {
  const taken = [];
  return items.map(({ rect, width, height }) => {
    const seen = onStage(rect, stage);
    if (!seen) return null;
    const cost = (place) => {
      const onLabels = taken.filter((other) => overlaps(place, other)).length;
      return 10 * onLabels + items.filter((other) => overlaps(place, other.rect)).length;
    };
    const places = candidates(seen, width, height)
      .map(([x, y]) => ({ x, y, width, height }))
      .filter(({ x, y }) => x >= 0 && y >= 0 && x + width <= stage.width && y + height <= stage.height)
      .map((place) => ({ place, cost: cost(place) }))
      .sort((a, b) => a.cost - b.cost);
    const fallback = { x: between(seen.x, 0, Math.max(0, stage.width - width)), y: seen.y, width, height };
    const place = places.length ? places[0].place : fallback;
    taken.push(place);
    return { x: place.x, y: place.y };
  });
}
