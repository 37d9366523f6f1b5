// Geometry and words of a training's progress. Knows no document.
export const WIDTH = 320;
export const HEIGHT = 150;
const LEFT = 40;
const BOTTOM = 20;
const TOP = 8;

export const PANELS = [
  { title: "Loss", series: [["loss", "training"], ["validation_loss", "validation"]] },
  { title: "AUROC", series: [["auroc", "validation mean"]] },
  { title: "AP40", series: [["ap40", "validation mean"]] },
];

export const number = (value, digits = 3) => (typeof value === "number" ? value.toFixed(digits) : "-");

// Points (epoch, value) of one number; epochs without it are left out.
export const told = (rows, name) => rows.filter((row) => typeof row[name] === "number").map((row) => [row.epoch, row[name]]);

// Low and high of all series of a panel, a little apart even where nothing changes.
export function range(rows, names) {
  const values = names.flatMap((name) => told(rows, name).map(([, value]) => value));
  if (!values.length) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = high > low ? (high - low) * 0.08 : Math.max(Math.abs(high) * 0.05, 0.01);
  return { low: low - room, high: high + room };
}

// (epoch, value) to (x, y) in the figure; the first epoch stands at the axis.
export function place([epoch, value], epochs, { low, high }) {
  const across = epochs > 1 ? (epoch - 1) / (epochs - 1) : 0.5;
  const up = (value - low) / (high - low);
  return [LEFT + across * (WIDTH - LEFT - 8), TOP + (1 - up) * (HEIGHT - TOP - BOTTOM)];
}

export const frame = { left: LEFT, right: WIDTH - 8, top: TOP, bottom: HEIGHT - BOTTOM };

export function line(answer) {
  const { phase, epochs, rows, best_epoch: best } = answer.progress;
  if (answer.state === "WAITING") return "Waiting for the training worker.";
  if (answer.cancelling) return "Stopping after the step at hand.";
  const done = `Epoch ${rows.length} of ${epochs}`;
  const tail = best ? `, the best so far is ${best}` : "";
  if (answer.state === "RUNNING" && phase === "evaluating") return `${done}. Evaluating on the test patients.`;
  if (answer.state === "RUNNING") return rows.length ? `${done}${tail}.` : "Reading and checking the release.";
  return rows.length ? `${done}, the best was ${best}.` : "";
}

export const isOver = (state) => state === "DONE" || state === "FAILED";
