// The try-it page: one image to the server, its answer drawn. Nothing is kept, here or there.
import { fitted, heatPixels, inWords, isProposed, mapOf, ordered, refusal, unsendable } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";
const root = document.getElementById("try");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const stage = part("stage");
const state = { answer: null, heat: null, image: null, chosen: "", busy: false };

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function say(title, text, kind) {
  stage.dataset.state = kind;
  part("words").replaceChildren(element("strong", "", title), element("span", "", text));
}

async function send(fields, name) {
  if (state.busy) return;
  clear();
  state.busy = true;
  part("sample").disabled = true;
  say(`Analysing ${name}`, "The model is loaded for this image alone: it takes some seconds.", "busy");
  const { status, body } = await post(fields);
  state.busy = false;
  part("sample").disabled = false;
  if (status === 200) await show(body, name);
  else {
    const { title, text } = refusal(status, body);
    say(title, text, "refused");
  }
}

async function post(fields) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  const headers = { "X-CSRFToken": root.querySelector("[name=csrfmiddlewaretoken]").value, Accept: "application/json" };
  try {
    const response = await fetch(root.dataset.url, { method: "POST", body: form, headers });
    return { status: response.status, body: await response.json().catch(() => null) };
  } catch {
    return { status: 0, body: null };
  }
}

function sendFile(file) {
  const why = unsendable(file, Number(root.dataset.maxMb));
  if (why) {
    clear();
    say("Not sent", why, "refused");
  } else send({ file }, file.name);
}

function clear() {
  Object.assign(state, { answer: null, heat: null, image: null, chosen: "" });
  part("figure").hidden = true;
  part("synthetic").hidden = true;
  for (const name of ["notes", "findings", "took"]) part(name).replaceChildren();
  part("none").hidden = false;
}

async function show(answer, name) {
  const image = new Image();
  image.src = answer.picture;
  await image.decode();
  const packed = Uint8Array.from(atob(answer.heatmaps.data), (letter) => letter.charCodeAt(0));
  const rows = ordered(answer.scores);
  Object.assign(state, { answer, heat: packed, image, chosen: rows[0].label });
  stage.dataset.state = "shown";
  part("words").replaceChildren(element("span", "visually-hidden", `${name} is analysed.`));
  part("synthetic").hidden = !answer.synthetic;
  part("figure").hidden = false;
  part("none").hidden = true;
  part("notes").replaceChildren(...answer.warnings.map(({ message }) => element("p", "notice notice-warn small", message)), ...drawnNote(answer));
  part("findings").replaceChildren(...rows.map(finding));
  part("took").textContent = `${answer.width_px} × ${answer.height_px} px, ${answer.took_s.toFixed(1)} s, ${answer.runtime}`;
  choose(state.chosen);
}

function drawnNote(answer) {
  if (!answer.synthetic) return [];
  const names = answer.drawn.map(({ label }) => label.replace("_", " ")).join(", ");
  return [element("p", "small", names ? `Drawn into this image: ${names} (dotted).` : "Drawn as a normal chest.")];
}

function finding(row) {
  const item = element("li");
  const button = element("button", "try-finding");
  button.type = "button";
  button.dataset.label = row.label;
  button.dataset.proposed = isProposed(row);
  button.setAttribute("aria-label", `${row.name}: ${inWords(row)}`);
  const bar = element("span", "try-bar");
  const filled = element("span", "try-filled");
  filled.style.width = `${(row.score * 100).toFixed(1)}%`;
  bar.append(filled);
  if (row.threshold < 1) {
    const tick = element("span", "try-tick");
    tick.style.left = `${(row.threshold * 100).toFixed(1)}%`;
    bar.append(tick);
  }
  const boxes = state.answer.detections.filter(({ label }) => label === row.label).length;
  const words = isProposed(row) ? "over threshold" : row.threshold < 1 ? "" : "never proposed";
  const notes = [words, boxes ? `${boxes} ${boxes === 1 ? "box" : "boxes"}` : ""].filter(Boolean).join(", ");
  button.append(element("span", "try-name", row.name), element("span", "try-score num", row.score.toFixed(2)), bar, element("span", "try-note muted small", notes));
  button.addEventListener("click", () => choose(row.label));
  item.append(button);
  return item;
}

function choose(label) {
  state.chosen = label;
  for (const button of part("findings").querySelectorAll("button")) button.setAttribute("aria-pressed", button.dataset.label === label);
  draw();
}

function draw() {
  const { answer, image } = state;
  if (!answer) return;
  const width = stage.clientWidth;
  const size = fitted({ width: answer.width_px, height: answer.height_px }, width, Math.max(240, Math.min(width * 1.25, window.innerHeight * 0.74)));
  const figure = part("figure");
  figure.style.width = `${size.width}px`;
  figure.style.height = `${size.height}px`;
  const ratio = window.devicePixelRatio || 1;
  for (const name of ["picture", "heat"]) Object.assign(part(name), { width: size.width * ratio, height: size.height * ratio });
  const picture = part("picture");
  picture.getContext("2d").drawImage(image, 0, 0, picture.width, picture.height);
  drawHeat();
  drawBoxes();
}

function drawHeat() {
  const canvas = part("heat");
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const { heatmaps } = state.answer;
  const map = mapOf(heatmaps, state.heat, state.chosen);
  if (!part("show-heat").checked || !map) return;
  const small = new OffscreenCanvas(heatmaps.columns, heatmaps.rows);
  small.getContext("2d").putImageData(new ImageData(heatPixels(map), heatmaps.columns, heatmaps.rows), 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function drawBoxes() {
  const { answer, chosen } = state;
  const svg = part("boxes");
  svg.setAttribute("viewBox", `0 0 ${answer.width_px} ${answer.height_px}`);
  const boxes = part("show-boxes").checked ? answer.detections : [];
  const shapes = boxes.map((found) => box(found.xyxy, found.label === chosen ? "chosen" : "", `${found.name} ${found.score.toFixed(2)}`));
  const drawn = part("show-boxes").checked ? answer.drawn.map(({ xyxy, label }) => box(xyxy, "drawn", `drawn: ${label}`)) : [];
  svg.replaceChildren(...drawn, ...shapes);
}

function box([left, top, right, bottom], className, words) {
  const group = document.createElementNS(SVG, "g");
  const shape = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top, class: className })) shape.setAttribute(key, value);
  const text = document.createElementNS(SVG, "text");
  text.textContent = words;
  const unit = state.answer.width_px / Math.max(1, part("figure").clientWidth);
  for (const [key, value] of Object.entries({ x: left, y: Math.max(top - 4 * unit, 12 * unit), "font-size": 12 * unit, class: className })) text.setAttribute(key, value);
  group.append(shape, text);
  return group;
}

document.getElementById("try-file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) sendFile(file);
  event.target.value = "";
});
part("sample").addEventListener("click", () => send({ sample: "true" }, "a synthetic image"));
for (const name of ["show-heat", "show-boxes"]) part(name).addEventListener("change", draw);
for (const kind of ["dragenter", "dragover"]) stage.addEventListener(kind, () => stage.classList.add("over"));
for (const kind of ["dragleave", "drop"]) stage.addEventListener(kind, () => stage.classList.remove("over"));
stage.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (file) sendFile(file);
});
// A file that misses the field would replace the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
new ResizeObserver(draw).observe(stage);
