// The discussion of a case: in the reading room, and in the chart where it is fetched once it is opened.
import { Api } from "../../viewer/api.js";
import { h, setText } from "../../viewer/dom.js";
import { Composer } from "./composer.js";
import { noteView } from "./note.js";
import { threads } from "./thread.js";

const LOOK_AGAIN_MS = 30_000;

class Discussion {
  #shown = "";
  #timer = 0;

  constructor(element) {
    const caseId = element.dataset.caseNotes;
    this.api = new Api({ base: "/api/v1/", caseId, csrf: element.dataset.csrf });
    this.path = `cases/${caseId}/`;
    this.list = h("ol", { class: "thread", "aria-live": "polite" });
    this.said = h("p", { class: "said", role: "status" });
    const composer = this.composer({ label: "Write to your colleagues", act: "Add note" });
    element.append(this.list, this.said, composer.element);
    this.countOf = element.querySelector("[data-count]");
  }

  composer({ label, act, parent = null, onDone }) {
    return new Composer({
      label, act, onDone,
      colleagues: async (typed) =>
        (await this.api.json(`/api/v1/${this.path}colleagues/?q=${encodeURIComponent(typed)}`)).colleagues,
      send: async (text, clientId) => {
        await this.api.send("POST", `${this.path}notes/`, { text, parent, client_id: clientId });
        await this.load();
      },
    });
  }

  start() {
    this.load();
    this.#timer ||= setInterval(() => document.hidden || this.load(), LOOK_AGAIN_MS);
  }

  /** Draws only what changed, and never under somebody who writes in the list. */
  async load() {
    try {
      const answer = await this.api.json(`/api/v1/${this.path}notes/`);
      const shown = JSON.stringify(answer);
      this.say(answer.withheld ? "Notes of others are held back until your read is completed." : "");
      if (shown === this.#shown || this.list.querySelector("form")) return;
      this.#shown = shown;
      this.list.replaceChildren(...threads(answer.notes).map((thread) => this.thread(thread)));
      if (this.countOf) setText(this.countOf, String(answer.notes.length || ""));
    } catch (error) {
      this.say(error.message);
    }
  }

  thread({ note, replies }) {
    return h("li", {}, noteView(note, this, { canReply: true }),
      replies.length ? h("ol", { class: "replies" }, replies.map((reply) => h("li", {}, noteView(reply, this, {})))) : null);
  }

  say(text) {
    setText(this.said, text);
  }

  /** After an act on a note: the list anew, or what was refused. */
  async change(method, path, body) {
    try {
      await this.api.send(method, path, body);
      this.say("");
    } catch (error) {
      this.say(error.message);
      if (error.status !== 409) throw error;
    }
    this.#shown = "";
  }
}

for (const element of document.querySelectorAll("[data-case-notes]")) {
  const discussion = new Discussion(element);
  if (element instanceof HTMLDetailsElement) element.addEventListener("toggle", () => element.open && discussion.start());
  else discussion.start();
}
