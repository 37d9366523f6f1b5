// Masks over one picture: ticked ones are black, a drag adds one. Without scripts the ticks still work.
import { boxBetween, parseBox, toImage } from "./boxes.js";

const SVG = "http://www.w3.org/2000/svg";
const picture = document.getElementById("picture");
const overlay = document.getElementById("overlay");
const list = document.getElementById("masks");
const empty = document.getElementById("masks-empty");
const save = document.getElementById("save-masks");
const size = { columns: Number(picture.dataset.columns), rows: Number(picture.dataset.rows) };
let start = null;
let draft = null;

function rect(box, kind) {
  const shape = document.createElementNS(SVG, "rect");
  const [left, top, right, bottom] = box;
  for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) shape.setAttribute(name, value);
  shape.setAttribute("class", kind);
  return shape;
}

function paint(hot = null) {
  const ticks = [...list.querySelectorAll("input[name=mask]")];
  const shapes = ticks.map((tick) => rect(parseBox(tick.value), `${tick.checked ? "kept" : ""} ${tick === hot ? "hot" : ""}`));
  overlay.replaceChildren(...shapes, ...(draft ? [rect(draft, "hot")] : []));
  save.disabled = !ticks.some((tick) => tick.checked);
  empty.hidden = ticks.length > 0;
}

function add(box) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  label.className = "field-check";
  const tick = document.createElement("input");
  Object.assign(tick, { type: "checkbox", name: "mask", value: box.join(","), checked: true });
  const words = document.createElement("span");
  words.className = "tabular";
  words.textContent = ` x ${box[0]} to ${box[2]}, y ${box[1]} to ${box[3]} (drawn)`;
  label.append(tick, words);
  item.append(label);
  list.append(item);
}

const pointOf = (event) => toImage({ x: event.clientX, y: event.clientY }, picture.getBoundingClientRect(), size);

picture.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  picture.setPointerCapture(event.pointerId);
  start = pointOf(event);
});
picture.addEventListener("pointermove", (event) => {
  if (!start) return;
  draft = boxBetween(start, pointOf(event));
  paint();
});
function end(event) {
  if (!start) return;
  const box = event.type === "pointerup" ? boxBetween(start, pointOf(event)) : null;
  start = null;
  draft = null;
  if (box) add(box);
  paint();
}
picture.addEventListener("pointerup", end);
picture.addEventListener("pointercancel", end);
list.addEventListener("change", () => paint());
for (const [kind, pick] of [["pointerover", true], ["focusin", true], ["pointerout", false]]) {
  list.addEventListener(kind, (event) => paint(pick ? event.target.closest("li")?.querySelector("input") : null));
}
paint();
