// The upload page: one request a file, two at a time; every file gets its own line, result and retry.
import { droppedFiles } from "./files.js";
import { tally, verdict } from "./uploads/answers.js";
import { element, showResult, showSending, showUnsent, showWaiting } from "./uploads/line.js";
import { fetchJson, poller } from "./uploads/poller.js";
import { send } from "./uploads/send.js";

const AT_ONCE = 2;
const root = document.getElementById("upload");
const list = document.getElementById("uploads");
const summary = document.getElementById("upload-summary");
const drop = document.getElementById("drop");
const analyses = poller({ fetchJson });
const queue = [];
const count = { running: 0, total: 0, answered: 0, hidden: 0, accepted: 0, duplicate: 0, refused: 0, unsent: 0 };

function add(files) {
  for (const file of files) {
    if (file.name.startsWith(".")) {
      count.hidden += 1;
      continue;
    }
    const line = { file, item: element("li", "upload") };
    showWaiting(line.item, file.name);
    list.append(line.item);
    queue.push(line);
    count.total += 1;
  }
  next();
}

function next() {
  while (count.running < AT_ONCE && queue.length > 0) sendOne(queue.shift());
  const any = count.total + count.hidden > 0;
  summary.textContent = any ? tally({ answered: count.answered, total: count.total, counts: count, hidden: count.hidden }) : "";
}

async function sendOne(line) {
  count.running += 1;
  const { name } = line.file;
  const onSent = showSending(line.item, name);
  const token = root.querySelector("[name=csrfmiddlewaretoken]").value;
  const { status, body } = await send({ address: root.dataset.url, token, fields: target(), file: line.file, onSent });
  count.running -= 1;
  const { results, retry } = verdict(status, body, name);
  if (retry) unsent(line, retry);
  else {
    count.answered += 1;
    report(line.item, results);
  }
  next();
}

/** Where the files go: what the page was opened for, else the chosen department. */
function target() {
  const { patient, case: wanted } = root.dataset;
  const department = document.getElementById("department")?.value;
  return Object.fromEntries(Object.entries({ patient, case: wanted, department }).filter(([, value]) => value));
}

function unsent(line, why) {
  count.unsent += 1;
  showUnsent(line.item, line.file.name, why, () => {
    count.unsent -= 1;
    showWaiting(line.item, line.file.name);
    queue.push(line);
    next();
  });
}

/** The first result stands on the file's own line, those of a ZIP's other entries below it. */
function report(item, results) {
  let last = item;
  results.forEach((result, at) => {
    const own = at === 0 ? item : element("li", "upload");
    if (at > 0) last.after(own);
    last = own;
    count[result.outcome] += 1;
    const state = showResult(own, result);
    if (state) analyses.watch(result.case, result.image, (words) => {
      if (state.textContent !== words) state.textContent = words;
    });
  });
}

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
// A file that misses the field would replace the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
for (const id of ["files", "folder"]) {
  const input = document.getElementById(id);
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
}
window.addEventListener("beforeunload", (event) => {
  if (count.running + queue.length > 0) event.preventDefault();
});
