// One request a file, two at a time; every file gets its own line, result and retry.
import { droppedFiles } from "./files.js";

const AT_ONCE = 2;
const POLL_MS = 1500;
const root = document.getElementById("upload");
const list = document.getElementById("uploads");
const summary = document.getElementById("upload-summary");
const queue = [];
let running = 0;
let total = 0;
let finished = 0;

const WORDS = { accepted: "Stored", duplicate: "Already here", refused: "Refused" };
const TAGS = { accepted: "tag tag-ok", duplicate: "tag", refused: "tag tag-danger" };

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function add(files) {
  for (const file of files) {
    const line = { file, item: element("li", "upload") };
    list.append(line.item);
    queue.push(line);
    total += 1;
    show(line, "Waiting");
  }
  next();
}

function next() {
  while (running < AT_ONCE && queue.length > 0) send(queue.shift());
  summary.textContent = total ? `${finished} of ${total} files answered` : "";
}

function show(line, words) {
  const progress = element("progress");
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `Upload of ${line.file.name}`);
  line.progress = progress;
  line.words = element("span", "muted", words);
  line.item.replaceChildren(element("span", "name", line.file.name), progress, line.words);
}

function send(line) {
  running += 1;
  show(line, "Sending");
  const form = new FormData();
  form.append("file", line.file, line.file.name);
  for (const name of ["patient", "case"]) if (root.dataset[name]) form.append(name, root.dataset[name]);
  const department = document.getElementById("department");
  if (department) form.append("department", department.value);
  const request = new XMLHttpRequest();
  request.open("POST", root.dataset.url);
  request.responseType = "json";
  request.setRequestHeader("X-CSRFToken", root.querySelector("[name=csrfmiddlewaretoken]").value);
  request.setRequestHeader("Accept", "application/json");
  request.upload.onprogress = (event) => {
    line.progress.value = event.total ? event.loaded / event.total : 0;
    if (event.loaded === event.total) line.words.textContent = "Checking the file";
  };
  request.onload = () => ended(line, request.status, request.response);
  request.onerror = () => ended(line, 0, null);
  request.send(form);
}

function ended(line, status, body) {
  running -= 1;
  finished += 1;
  if (body?.results) body.results.forEach((result, at) => report(at ? another(line) : line, result));
  else if (status >= 400 && status < 500 && body?.code) {
    report(line, { outcome: "refused", code: body.code, message: body.message, warnings: [] });
  } else retryable(line, status === 0 ? "The server cannot be reached." : "The server failed; nothing was stored.");
  next();
}

function another(line) {
  const copy = { file: line.file, item: element("li", "upload") };
  line.item.after(copy.item);
  return copy;
}

function retryable(line, words) {
  const again = element("button", "btn btn-small", "Try again");
  again.type = "button";
  again.addEventListener("click", () => {
    finished -= 1;
    queue.push(line);
    next();
  });
  line.item.replaceChildren(element("span", "name", line.file.name), element("span", "tag tag-warn", "Not sent"), element("span", "", words), again);
}

function report(line, result) {
  const name = element("span", "name", result.file_name ?? line.file.name);
  const parts = [name, element("span", TAGS[result.outcome], WORDS[result.outcome])];
  if (result.outcome === "refused") {
    parts.push(element("span", "", `${result.message} (${result.code})`));
  } else {
    parts.push(about(result), state(result), link(result.case_url, "Open the case", "btn btn-small btn-primary"));
  }
  for (const warning of result.warnings) parts.push(element("span", "warnings", `${warning.message} (${warning.code})`));
  line.item.replaceChildren(...parts);
}

function about(result) {
  const patient = element("span", "");
  patient.append(link(`/chart/${result.patient.id}/`, result.patient.name || "Unknown patient"));
  if (!result.patient.confirmed) patient.append(" ", link(`/chart/${result.patient.id}/confirm/`, "Confirm who this is", "tag tag-warn"));
  return patient;
}

function link(href, text, className = "") {
  const made = element("a", className, text);
  made.href = href;
  return made;
}

function state(result) {
  const words = element("span", "muted", "Waiting for the analysis");
  words.setAttribute("role", "status");
  follow(result, words);
  return words;
}

async function follow(result, words) {
  try {
    const answer = await fetch(`/api/v1/cases/${result.case}/progress/`, { headers: { "X-Background": "1" } });
    if (answer.ok) {
      const image = (await answer.json()).images.find((one) => one.id === result.image);
      words.textContent = said(image);
      if (image.ingest_state === "FAILED" || ["DONE", "FAILED"].includes(image.analysis_state)) return;
    }
  } catch {
    words.textContent = "The server cannot be reached; trying again";
  }
  setTimeout(() => follow(result, words), POLL_MS);
}

function said(image) {
  if (image.ingest_state === "FAILED") return `Could not be prepared: ${image.message} (${image.code})`;
  if (image.ingest_state !== "DONE") return "Preparing the image";
  if (image.analysis_state === "FAILED") return `Analysis unavailable: ${image.message} (${image.code})`;
  return { WAITING: "Waiting for the analysis", RUNNING: "Analysing", DONE: "Analysed" }[image.analysis_state];
}

const drop = document.getElementById("drop");
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  add(await droppedFiles(event.dataTransfer));
});
for (const id of ["files", "folder"]) {
  const input = document.getElementById(id);
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
}
