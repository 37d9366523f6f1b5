// The outline of the lungs out of the packed label map (0 none, 1 left, 2 right), in image pixels. DOM-free.

export const SIDES = { 1: "left lung", 2: "right lung" };

// Marching squares: corners of a cell (top left 8, top right 4, bottom right 2, bottom left 1) to the edges that a line
// crosses, as [from, to] with the lung on its left; edges 0 top, 1 right, 2 bottom, 3 left.
const LINES = [
  [], [[2, 3]], [[1, 2]], [[1, 3]], [[0, 1]], [[0, 1], [2, 3]], [[0, 2]], [[0, 3]],
  [[3, 0]], [[2, 0]], [[3, 0], [1, 2]], [[1, 0]], [[3, 1]], [[2, 1]], [[3, 2]], [],
];
const MIDDLES = [[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]];

/** Closed outlines of one value as lists of [x, y] on the grid of the map (cell centres at n + 0.5). */
export function outlines(map, rows, columns, value) {
  const inside = (row, column) =>
    row >= 0 && column >= 0 && row < rows && column < columns && map[row * columns + column] === value;
  const next = new Map();
  for (let row = -1; row < rows; row += 1) {
    for (let column = -1; column < columns; column += 1) {
      const index = 8 * inside(row, column) + 4 * inside(row, column + 1)
        + 2 * inside(row + 1, column + 1) + inside(row + 1, column);
      for (const [from, to] of LINES[index]) {
        const at = (edge) => [column + 0.5 + MIDDLES[edge][0], row + 0.5 + MIDDLES[edge][1]];
        next.set(at(from).join(), at(to));
      }
    }
  }
  const loops = [];
  while (next.size) {
    const loop = [];
    for (let key = next.keys().next().value; next.has(key);) {
      const point = next.get(key);
      next.delete(key);
      loop.push(point);
      key = point.join();
    }
    loops.push(loop);
  }
  return loops;
}

/** Each point drawn half way to the middle of its neighbours, `times` over: steps of the grid become a line. */
export function smooth(loop, times = 3) {
  let points = loop;
  for (let i = 0; i < times; i += 1) {
    const before = points;
    const count = before.length;
    points = before.map(([x, y], at) => {
      const [a, b] = [before[(at + count - 1) % count], before[(at + 1) % count]];
      return [x / 2 + (a[0] + b[0]) / 4, y / 2 + (a[1] + b[1]) / 4];
    });
  }
  return points;
}

/** The `d` of an SVG path in image pixels: both lungs of a map that stretches over the whole image. */
export function lungPath(map, { rows, columns }, image) {
  const [sx, sy] = [image.width / columns, image.height / rows];
  return Object.keys(SIDES)
    .flatMap((value) => outlines(map, rows, columns, Number(value)))
    .map((loop) => `M${smooth(loop).map(([x, y]) => `${(x * sx).toFixed(1)} ${(y * sy).toFixed(1)}`).join("L")}Z`)
    .join("");
}

/** What the panel says beside the choice. `lungs` as in the API. */
export function ratioWords(lungs) {
  if (!lungs) return "";
  if (lungs.ratio === null) return `No automatic ratio. ${lungs.ratio_missing}`;
  return `Cardiothoracic ratio ${lungs.ratio.toFixed(2)}, automatic and experimental: width of the model\u2019s box by width of the lungs`;
}
