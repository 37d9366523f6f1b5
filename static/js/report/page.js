// The editor's page: fields to the draft, the draft's state in words, and the pages of the preview.
import { Draft, Kept, SECTIONS } from "./draft.js";

const WORDS = {
  saved: "Saved", saving: "Saving", offline: "Offline: kept on this device, will be sent",
  conflict: "Not saved: changed elsewhere", refused: "Not saved",
};
const TITLES = {
  technique: "Technique", comparison: "Comparison", findings: "Findings", impression: "Impression", recommendation: "Recommendation",
};
const find = (id) => document.getElementById(id);
const data = JSON.parse(find("report-data").textContent);
const field = (name) => find(`section-${name}`);
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

async function send(body) {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) form.append(name, value);
  const response = await fetch(data.urls.save, {
    method: "POST", credentials: "same-origin", body: form, headers: { "X-CSRFToken": token, Accept: "application/json" },
  });
  const json = (response.headers.get("content-type") || "").includes("json") ? await response.json() : {};
  if (response.ok && json.sections) return json;
  throw { status: response.ok ? 401 : response.status, message: json.message || "The server refused it. Are you still signed in?", current: json.current };
}

let drawn = 0;
let urls = [];

async function pages() {
  const run = (drawn += 1);
  const made = [];
  for (let page = 0, count = 1; page < count; page += 1) {
    const response = await fetch(data.urls.page.replace(/0\/$/, `${page}/`), { credentials: "same-origin" });
    if (!response.ok || run !== drawn) return;
    count = Number(response.headers.get("X-Pages"));
    const image = document.createElement("img");
    image.src = URL.createObjectURL(await response.blob());
    image.alt = `Page ${page + 1} of ${count} of the draft`;
    made.push(image);
  }
  if (run !== drawn) return;
  urls.forEach((url) => URL.revokeObjectURL(url));
  urls = made.map((image) => image.src);
  find("pages").replaceChildren(...made);
}

let before = "";
let version = -1;

function update(state) {
  find("save-state").textContent = WORDS[state];
  find("save-state").dataset.state = state;
  find("conflict").hidden = state !== "conflict";
  find("refused").hidden = state !== "refused";
  find("refused").textContent = draft.message;
  if (state === "conflict" && before !== "conflict") {
    const { sections } = draft.conflict;
    find("theirs").textContent = SECTIONS.filter((name) => sections[name] !== draft.shown[name])
      .map((name) => `${TITLES[name]}:\n${sections[name] || "(empty)"}`).join("\n\n");
  }
  if (state === "saved" && version !== draft.version) {
    version = draft.version;
    pages().catch(() => {});
  }
  before = state;
}

function show() {
  for (const name of SECTIONS) if (field(name).value !== draft.shown[name]) field(name).value = draft.shown[name];
}

const timers = { setTimeout: (act, ms) => setTimeout(act, ms), clearTimeout: (id) => clearTimeout(id) };
const draft = new Draft({
  start: data, send, timers, kept: new Kept(localStorage, data.user, data.review), onChange: update, onTaken: show,
});
show();
update(draft.state);
if (draft.state !== "saved") pages().catch(() => {});

for (const name of SECTIONS) {
  field(name).addEventListener("input", () => draft.write(name, field(name).value));
  field(name).addEventListener("blur", () => draft.flush());
}
find("keep-mine").addEventListener("click", () => draft.resolve("mine"));
find("take-theirs").addEventListener("click", () => draft.resolve("theirs"));

function prefill(how) {
  find("prefill-choice").hidden = true;
  if (how) draft.prefill(how);
  show();
}
find("prefill").addEventListener("click", () => {
  if (draft.edited && draft.shown.findings.trim()) find("prefill-choice").hidden = false;
  else prefill("replace");
});
find("prefill-below").addEventListener("click", () => prefill("below"));
find("prefill-replace").addEventListener("click", () => prefill("replace"));
find("prefill-cancel").addEventListener("click", () => prefill(""));
find("offer")?.addEventListener("click", () => {
  const text = draft.shown.impression.trim();
  draft.write("impression", text ? `${text}\n${data.offered}` : data.offered);
  show();
});
find("to-sign").addEventListener("click", async (event) => {
  event.preventDefault();
  if (await draft.flush()) location.assign(event.target.href);
});
addEventListener("online", () => draft.flush());
