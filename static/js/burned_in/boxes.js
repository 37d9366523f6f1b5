// Boxes in image pixels, from points of the page. No DOM here.

const LEAST_PX = 3;

/** The point of a pointer event in image pixels, kept within the image. */
export function toImage(point, frame, size) {
  const inside = (value, most) => Math.min(Math.max(value, 0), most);
  return {
    x: inside(((point.x - frame.left) / frame.width) * size.columns, size.columns),
    y: inside(((point.y - frame.top) / frame.height) * size.rows, size.rows),
  };
}

/** The whole-pixel box between two points, or null where it is too small to be meant. */
export function boxBetween(one, other) {
  const box = [
    Math.floor(Math.min(one.x, other.x)),
    Math.floor(Math.min(one.y, other.y)),
    Math.ceil(Math.max(one.x, other.x)),
    Math.ceil(Math.max(one.y, other.y)),
  ];
  return box[2] - box[0] < LEAST_PX || box[3] - box[1] < LEAST_PX ? null : box;
}

/** "10,20,30,40" as numbers. */
export const parseBox = (text) => text.split(",").map(Number);
