// A read that is committed before the model is shown, or that is one of several: where it stands, and the step on.
import { h, keyed, setAttribute, setText } from "./dom.js";
import { setLink } from "./panel.js";

const REFRESH_MS = 700;
const PLACES = { true: "box", false: "whole image" };

/** "1 of 2 reads is completed". */
const progress = ({ completed, needed }) => `${completed} of ${needed} reads ${completed === 1 ? "is" : "are"} completed`;

function ofConsensus(read, completed) {
  if (completed) return { title: "Consensus", text: "What the reads came to. It is signed as it stands." };
  const open = read.unsettled;
  const text = open
    ? `${open} difference${open === 1 ? "" : "s"} of the reads to settle side by side; draw here what neither reader has.`
    : "Every difference is settled. Draw here what neither reader has, then sign.";
  return { title: "Consensus, being written", text };
}

function afterCompletion(read) {
  const title = "Your read is completed";
  if (read.completed < read.needed) return { title, text: `${progress(read)}.` };
  if (read.consensus) return { title, text: "The reads have come to a consensus." };
  return { title, text: "The reads differ: an adjudicator who has read neither will settle them." };
}

/** What the section says: {title, text, act, button}; null where there is nothing to say. DOM-free. */
export function describeRead(read, reviewState) {
  if (!read) return null;
  const completed = reviewState === "COMPLETED";
  const several = read.needed > 1;
  if (read.kind === "CONSENSUS") return { act: "", ...ofConsensus(read, completed) };
  if (completed && several) return { act: "", ...afterCompletion(read) };
  if (read.hidden && !completed) {
    const whose = several ? "The model\u2019s findings appear when you have committed yours, other readers\u2019 when your read is completed."
      : "The model\u2019s and other readers\u2019 findings appear when you have committed yours.";
    const text = `${whose} It cannot be undone.`;
    return { title: "Blind read", text, act: "commit", button: "Commit my read" };
  }
  if (several && !completed) {
    const others = "Other readers\u2019 findings appear once yours is completed.";
    const text = `${progress(read)}. ${others}`;
    return { title: "One of several reads", text, act: "complete", button: "Complete read" };
  }
  return read.committed_at ? { title: "Blind read, committed", text: "The model is shown. Accept, reject, correct or add; then sign.", act: "" } : null;
}

/** One change since the commit in words. DOM-free. */
export function changeWords({ kind, before, after, iou }) {
  const { name } = after ?? before;
  if (kind === "added") return `${name} added`;
  if (kind === "removed") return `${before.name} removed`;
  if (kind === "label") return `${before.name} is now ${after.name}`;
  if (iou === null) return `${name}: ${PLACES[Boolean(before.box)]} became ${PLACES[Boolean(after.box)]}`;
  return `${name}: box moved (IoU ${iou.toFixed(2)})`;
}

/** All changes: lines of text. DOM-free. */
export function changeLines(changes) {
  const lines = changes.findings.map(changeWords);
  if (changes.no_finding) lines.push(`\u201cNo finding\u201d ${changes.before.no_finding ? "taken back" : "ticked"}`);
  if (changes.impression) lines.push("Impression rewritten");
  return lines;
}

const time = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export class ReadCard {
  /** root: the section; button: the step on. context: {store, api, queue, notes, reload, say, setting: a link}. */
  constructor(root, button, context) {
    Object.assign(this, { root, button }, context);
    this.title = h("h2");
    this.text = h("p", { class: "note" });
    this.when = h("summary", {});
    this.lines = h("ul", { class: "rows changes" });
    this.kept = h("details", { class: "scores" }, this.when, this.lines);
    this.compare = h("a", { text: "Reads side by side" });
    this.mine = h("a", { text: "My reads" });
    root.append(h("div", { class: "section-head" }, this.title), this.text, this.kept, h("p", { class: "note read-links" }, this.compare, this.mine));
    button.addEventListener("click", () => this.goOn());
  }

  /** Commit or complete, with everything saved. The server refuses a read that states nothing. */
  async goOn() {
    if (this.button.hidden || this.button.disabled) return;
    const { act } = this.button.dataset;
    this.button.disabled = true;
    try {
      this.notes.flush();
      if (!(await this.queue.settled())) this.say("Not everything is saved yet.");
      else if (!this.queue.reviewSeen) this.say("State a finding or tick \u201cNo finding\u201d before you commit your read.");
      else await this.#send(act);
    } finally {
      this.button.disabled = false;
    }
  }

  async #send(act) {
    try {
      const answer = await this.api.readAct(act === "complete" ? "complete" : "commit", this.queue.reviewSeen.version);
      await this.reload();
      const ended = answer.waits_for ? "Your read is completed." : answer.agreed ? "The reads agree." : "The reads differ.";
      this.say(act === "complete" ? ended : "Committed. The model\u2019s findings are shown now.");
    } catch (error) {
      this.say(error.message);
      if (error.code === "version_conflict") await this.reload();
    }
  }

  update(state) {
    const { read } = state;
    setLink(this.setting, read?.urls.setting ?? "");
    const told = describeRead(read, state.reviewState);
    this.root.hidden = !told;
    this.button.hidden = !told?.act || !state.may.read;
    if (!told) return;
    setText(this.title, told.title);
    setText(this.text, told.text);
    if (told.act) {
      this.button.dataset.act = told.act;
      setText(this.button.firstElementChild, told.button);
    }
    this.#drawChanges(read);
    this.compare.hidden = !read.urls.adjudicate;
    if (read.urls.adjudicate) setAttribute(this.compare, "href", read.urls.adjudicate);
    setAttribute(this.mine, "href", read.urls.mine);
    if (read.committed_at && state.reviewState !== "COMPLETED") this.#keepFresh(state);
  }

  #drawChanges(read) {
    this.kept.hidden = !read.changes;
    if (!read.changes) return;
    const lines = changeLines(read.changes);
    const number = lines.length === 1 ? "1 change" : `${lines.length} changes`;
    setText(this.when, `Committed at ${time(read.committed_at)}: ${lines.length ? `${number} since` : "unchanged since"}`);
    keyed(this.lines, lines.map((text, n) => ({ text, n })), ({ text, n }) => `${n}${text}`, ({ text }) => ({ element: h("li", { text }), update() {} }));
  }

  /** After a save the server compares again; one question for a run of saves. */
  #keepFresh(state) {
    const saved = state.saving?.state === "saved";
    if (this.wasSaved === false && saved) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#ask(), REFRESH_MS);
    }
    this.wasSaved = saved;
  }

  async #ask() {
    try {
      this.store.set({ read: (await this.api.reading()).read });
    } catch {
      // The next save asks again.
    }
  }
}
