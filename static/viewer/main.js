// The reading room: puts the parts together. Everything it shows comes from one answer of the API.
import { Actions } from "./actions.js";
import { AnalysisCard, Poller } from "./analysis.js";
import { Anatomy } from "./anatomy.js";
import { Api } from "./api.js";
import { Compare } from "./compare.js";
import { Drawer } from "./drawer.js";
import { Editing } from "./editing.js";
import { kindOf } from "./entry.js";
import { FilterPanel, ProcessedMark } from "./filterpanel.js";
import { FlagMark } from "./flag.js";
import { newId } from "./ids.js";
import { keyOf, listen } from "./keys.js";
import { KeySheet, fillKeyCaps } from "./keysheet.js";
import { keyActions } from "./keyactions.js";
import { LayersPanel } from "./layerspanel.js";
import { Loupe } from "./loupe.js";
import { MeasureLayer } from "./measurelayer.js";
import { MeasurePanel } from "./measurepanel.js";
import { Measuring } from "./measuring.js";
import { FactsLoader } from "./modelfacts.js";
import { Notes } from "./notes.js";
import { Outbox } from "./outbox.js";
import { Overlay } from "./overlay.js";
import { Panel, setLink } from "./panel.js";
import { FloatingPicker } from "./picker.js";
import { Prefetch } from "./prefetch.js";
import { PriorPanel } from "./priorpanel.js";
import { Filters, Processing } from "./processing.js";
import { ReadCard } from "./reads.js";
import { REVIEW, SaveQueue } from "./saving.js";
import { Screen, fillTabs, withoutPixels } from "./screen.js";
import { Stage } from "./stage.js";
import { BLANK_REVIEW, Store, canEdit, currentImage, heatLabel, measureItems, overlayBoxes } from "./store.js";
import { SavingMark, fillProblems, fillStrip } from "./strip.js";
import { Readouts, Toolbar } from "./toolbar.js";
import { Tools } from "./tools.js";

const root = document.getElementById("reading-room");
const find = (name) => root.querySelector(`[data-region="${name}"]`);
const api = new Api({ base: root.dataset.api, caseId: root.dataset.case, csrf: root.dataset.csrf });

const timers = {
  setTimeout: (...given) => window.setTimeout(...given), clearTimeout: (id) => window.clearTimeout(id), now: () => Date.now(),
};
const fields = { notes: root.querySelector("#notes"), impression: root.querySelector("#impression") };
const links = Object.fromEntries(
  ["sign", "preview", "report", "confirm", "case", "next", "previous"].map((name) => [name, find(name)]));

const store = new Store();
const stageElement = find("stage");
const stage = new Stage(stageElement, stageElement.querySelector("canvas"), api);
const queue = new SaveQueue({
  transport: api.transport(), timers, newId,
  outbox: new Outbox(window.localStorage, document.body.dataset.user || "unknown", root.dataset.case),
  onChange: (saving) => store.set({ saving }),
  onRemote: (key, values) => editing.takeRemote(key, values),
});
const say = (text) => panel.say(text);
const editing = new Editing({ store, queue, newId, say });
const floating = new FloatingPicker(stageElement);
const overlay = new Overlay(stageElement.querySelector("svg"), stage, { onFocus: (box) => box.row && act.select(box.row) });
const anatomy = new Anatomy(stageElement.querySelector("svg"), stage, api);
const layer = new MeasureLayer(stageElement.querySelector("svg"), stage, { onFocus: (id) => id.startsWith("m:") && act.select(id) });
const readouts = new Readouts(stageElement, stage);
const act = new Actions({ store, editing, stage, overlay, floating, readouts, say });
const drawer = new Drawer(find("panel"));
const panel = new Panel(find("panel"), act, drawer);
act.panel = panel;
const layers = new LayersPanel(find("layers"), act);
const measured = new MeasurePanel(find("measured"), act);
act.measuring = new Measuring({ store, editing, stage, layer, say, select: (id) => act.select(id) });
const notes = new Notes({ fields, store, editing });
const read = new ReadCard(find("read"), find("go-on"), { store, api, queue, notes, reload: load, say, setting: find("setting") });
const dialog = find("sheet");
const screen = new Screen(find("screen"), { onRetry: () => (store.state.case ? showImage(true) : start()) });
const saving = new SavingMark(find("saving"), { onRetry: () => queue.flush() });
const flag = new FlagMark(find("flag"), { api, say });
const poller = new Poller({ api, onChange: load });
const factsLoader = new FactsLoader({ api, store });
const card = new AnalysisCard(find("analysis"), { onRetry: retryWork });

function stepImage(by) {
  const { images, imageId } = store.state;
  const next = images[images.findIndex((image) => image.id === imageId) + by];
  if (next) store.set({ imageId: next.id, selected: null });
}

const compare = new Compare({ root, region: find("compare"), stage, api, store, say, onBuilt: beside });
const priorPanel = new PriorPanel({ root: find("prior"), compare, store, act });
const prefetch = new Prefetch({
  api, filters: window.location.search, connection: navigator.connection, fetch: (...given) => window.fetch(...given), after: (work, ms) => window.setTimeout(work, ms),
});
const processing = new Filters(marked(stage, find("processed")), compare);
const filters = new FilterPanel(find("filters"), processing);
const loupe = new Loupe(stage, compare, () => drawTools(store.state));
const actions = keyActions({ store, stage, act, panel, editing, fields, dialog, links, stepImage, read, processing, filters, loupe, compare });
const toolbar = new Toolbar(find("tools"), actions);
const tools = new Tools({ element: stageElement, stage, overlay, act, tool: () => store.state.tool });

/** The filters of a stage, and the mark that says so on it. */
function marked(on, mark) {
  const own = new Processing(on);
  new ProcessedMark(mark, own);
  return own;
}

/** The prior's stage, once there is one, gets filters and the magnifier too. */
function beside(second) {
  processing.add(marked(second, second.element.querySelector(".processed")));
  loupe.add(second);
}

/** Fetches the case and takes it in; unsaved changes of this page stay. */
async function load() {
  const mark = queue.mark();
  const answer = await api.reading();
  const [mine, others] = [({ mine: own }) => own, ({ mine: own }) => !own];
  const own = { finding: answer.findings.filter(mine), measurement: answer.measurements.filter(mine), mark: answer.prior_marks };
  const wanted = [...queue.adopt(own, answer.review, mark)];
  const ofKind = (kind) => new Map(wanted.filter(([key]) => kindOf(key) === kind));
  const kept = answer.images.some((image) => image.id === store.state.imageId);
  store.set({
    case: answer.case, patient: answer.patient, priors: answer.priors, marks: ofKind("mark"), images: answer.images,
    imageId: kept ? store.state.imageId : answer.images[0]?.id ?? null,
    proposals: answer.model_findings, others: answer.findings.filter(others), othersMeasured: answer.measurements.filter(others),
    findings: ofKind("finding"), measurements: ofKind("measurement"), review: ofKind("review").get(REVIEW) ?? BLANK_REVIEW, reviewState: answer.review?.state ?? null, vocabulary: answer.vocabulary,
    rejectReasons: answer.reject_reasons, may: answer.may, read: answer.read, urls: answer.urls, saving: queue.status(),
  });
}

async function retryWork(work) {
  try {
    await api.retry(work);
    await load();
    poller.start();
  } catch (error) {
    say(error.message);
  }
}

let shown = "";

/** Shows the chosen image, or what stands in its way. */
function showImage(again = false) {
  const image = currentImage(store.state);
  const key = image ? `${image.id}|${image.pixels_url}|${image.ingest_state}` : "none";
  if (key === shown && !again) {
    if (image) stage.refresh(image);
    return;
  }
  shown = key;
  const told = withoutPixels(image);
  if (told) {
    screen.tell(told);
    return;
  }
  screen.loading(image, 0);
  stage.show(image);
}

stage.addEventListener("loading", ({ detail }) => screen.loading(currentImage(store.state), detail.share));
stage.addEventListener("failed", ({ detail }) => screen.failed(detail.error));
stage.addEventListener("loaded", () => {
  screen.clear();
  prefetch.start();
  draw(store.state, new Set(["imageId"]));
});
stage.addEventListener("view", () => drawTools(store.state));
compare.addEventListener("change", () => drawTools(store.state));
processing.addEventListener("change", () => drawTools(store.state));
stage.addEventListener("heat-empty", () => say("This heat map is empty: no place speaks for the finding."));

function drawTools(state) {
  const view = { inverted: compare.pane.inverted, filtered: Boolean(processing.filter), magnified: loupe.strength > 0, comparing: compare.isOpen };
  toolbar.update(state, { view, history: editing.history, editable: canEdit(state) });
}

function drawLinks({ urls, may, reviewState }) {
  setLink(links.sign, may.sign || (may.read && reviewState !== "COMPLETED" && urls.sign) ? urls.sign : "");
  setLink(links.report, reviewState === "COMPLETED" || may.amend ? urls.report : "");
  setLink(links.preview, may.read && reviewState !== "COMPLETED" ? urls.preview : "");
  setLink(links.next, urls.next && urls.next + window.location.search);
  setLink(links.previous, urls.previous && urls.previous + window.location.search);
  setLink(links.case, urls.case);
  setLink(links.confirm, may.confirm_patient ? urls.confirm : "");
}

const any = (changed, ...names) => names.some((name) => changed.has(name));

/** Draws what changed. */
function draw(state, changed) {
  if (!state.case) return;
  delete root.dataset.opening;
  if (any(changed, "case", "patient", "priors")) {
    fillStrip(find("strip"), state);
    flag.update(state.case.flagged);
  }
  if (any(changed, "images", "imageId")) {
    fillTabs(find("tabs"), state, (imageId) => store.set({ imageId, selected: null }));
    showImage();
    factsLoader.want(currentImage(state)?.analysis?.model?.facts_url);
  }
  if (any(changed, "images", "imageId", "facts")) card.update(state);
  if (any(changed, "saving", "may", "reviewState")) {
    saving.update(state);
    drawer.problem(["conflict", "refused"].includes(state.saving?.state));
    fillProblems(find("problems"), state, {
      resolve: (key, choice) => queue.resolve(key, choice), retry: (key) => queue.retry(key), discard: (key) => queue.discard(key),
    });
  }
  if (any(changed, "urls", "may", "reviewState", "saving")) drawLinks(state);
  stageElement.dataset.tool = state.tool;
  overlay.show(stage.image ? overlayBoxes(state) : []);
  layer.show(stage.image ? measureItems(state) : []);
  panel.update(state);
  drawer.update(state);
  compare.update(state);
  priorPanel.update(state);
  measured.update(state);
  read.update(state);
  layers.update(state);
  notes.update(state);
  drawTools(state);
  const label = state.heat.on ? heatLabel(state) : null;
  stageElement.dataset.heat = label ? "on" : "off";
  if (stage.image) stage.showHeat(label, label ? state.heat.opacity : 0);
  anatomy.show(state.show).then((shown) => shown || say("The lungs\u2019 outline could not be fetched."));
}

store.subscribe(draw);

/** Leaving for the signature: only with everything saved. */
async function saveThenFollow(event) {
  const link = event.currentTarget;
  event.preventDefault();
  notes.flush();
  if (await queue.settled()) window.location.assign(link.href);
  else say("Not everything is saved yet.");
}

function leave() {
  notes.flush();
  queue.flush({ keepalive: true });
}

for (const link of [links.sign, links.preview, links.next, links.previous]) link.addEventListener("click", saveThenFollow);
window.addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : queue.flush()));
window.addEventListener("online", () => queue.flush());
window.addEventListener("beforeunload", (event) => {
  const { pending, kept } = queue.status();
  if (pending && !kept) event.preventDefault();
});

function keysChanged() {
  fillKeyCaps(root, keyOf);
  draw(store.state, new Set());
}

const { keys: own, single_keys: singleKeys } = JSON.parse(root.dataset.keys);
const sheet = new KeySheet(dialog, { own, singleKeys, save: (keys) => api.saveKeys(keys), onChange: keysChanged });
fillKeyCaps(root, keyOf);
listen(actions, {
  singleKeys: () => sheet.singleKeys,
  onSpace: (held) => {
    tools.spaceHeld = held;
    compare.space(held);
    stageElement.classList.toggle("panning", held);
  },
});

async function start() {
  screen.tell({ title: "Opening the case", text: "Asking the server." });
  try {
    await load();
    poller.start();
  } catch (error) {
    screen.tell({ title: "The case could not be opened", text: error.message, retry: true });
  }
}

start();
