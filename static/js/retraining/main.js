// Follows a training: the line, the bar, the curves, the table. Loaded again when it ended.
import { HEIGHT, PANELS, WIDTH, frame, isOver, line, number, place, range, told } from "./curves.js";

const SVG = "http://www.w3.org/2000/svg";
const POLL_MS = 1500;
const card = document.getElementById("training");
const part = (name) => document.querySelector(`[data-part="${name}"]`);

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function figure({ title, series }, rows, epochs) {
  const span = range(rows, series.map(([name]) => name));
  if (!span) return null;
  const plot = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img", "aria-label": `${title} by epoch` });
  plot.append(
    drawn("line", { x1: frame.left, y1: frame.bottom, x2: frame.right, y2: frame.bottom, class: "axis" }),
    drawn("text", { x: frame.left - 6, y: frame.top + 8, "text-anchor": "end" }, number(span.high, 2)),
    drawn("text", { x: frame.left - 6, y: frame.bottom, "text-anchor": "end" }, number(span.low, 2)),
    drawn("text", { x: frame.left, y: HEIGHT - 4 }, "1"),
    drawn("text", { x: frame.right, y: HEIGHT - 4, "text-anchor": "end" }, `epoch ${epochs}`),
  );
  series.forEach(([name], index) => {
    const points = told(rows, name).map((point) => place(point, epochs, span));
    const kind = index ? "second" : "first";
    plot.append(drawn("polyline", { points: points.map((point) => point.join(",")).join(" "), class: kind }));
    for (const [x, y] of points) plot.append(drawn("circle", { cx: x, cy: y, r: 2.5, class: kind }));
  });
  const whole = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const last = rows.at(-1);
  caption.textContent = `${title}: ${series.map(([name, words]) => `${words} ${number(last[name])}`).join(", ")}`;
  whole.append(caption, plot);
  return whole;
}

function tableRow(row, best) {
  const made = document.createElement("tr");
  if (row.epoch === best) made.className = "best-epoch";
  const cells = [row.epoch === best ? `${row.epoch} (best)` : `${row.epoch}`, number(row.loss), number(row.validation_loss), number(row.auroc), number(row.ap40), number(row.seconds, 1)];
  for (const text of cells) {
    const cell = document.createElement("td");
    cell.className = "num";
    cell.textContent = text;
    made.append(cell);
  }
  return made;
}

function show(answer) {
  const { rows, epochs, best_epoch: best } = answer.progress;
  part("line").textContent = line(answer);
  const bar = part("bar");
  if (bar && epochs) {
    bar.max = epochs;
    bar.value = rows.length;
  }
  part("curves").replaceChildren(...PANELS.map((panel) => figure(panel, rows, epochs)).filter(Boolean));
  part("rows").replaceChildren(...rows.map((row) => tableRow(row, best)));
}

async function follow() {
  try {
    const response = await fetch(card.dataset.url, { headers: { "X-Background": "1" } });
    if (response.ok) {
      const answer = await response.json();
      if (answer.state !== card.dataset.state) {
        location.reload();
        return;
      }
      show(answer);
      if (isOver(answer.state)) return;
    }
  } catch {
    part("line").textContent = "The server cannot be reached; trying again.";
  }
  setTimeout(follow, POLL_MS);
}

follow();
