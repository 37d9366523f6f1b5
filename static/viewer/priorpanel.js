// Findings of the prior with the reader's word on each, and which of one's own are new. Each word is saved at once.
import { headOf, priorName } from "./compare.js";
import { h, keyed, setAttribute, setText } from "./dom.js";
import { nameOf } from "./labels.js";
import { canEdit } from "./store.js";

const WORDS = [["STABLE", "Stable"], ["WORSE", "Worse"], ["IMPROVED", "Improved"], ["RESOLVED", "Resolved"]];
const SIDE = { L: "left", R: "right", B: "both sides" };

export class PriorPanel {
  #failed = null;
  #saving = 0;

  /** context: {root, compare, api, store, queue}. */
  constructor(context) {
    Object.assign(this, context);
    this.title = h("h2");
    this.list = h("ul", { class: "rows" });
    this.note = h("p", { class: "note" });
    this.newTitle = h("p", { class: "note", text: "New since then" });
    this.own = h("ul", { class: "rows own-new" });
    this.state = h("p", { class: "note", role: "status" });
    this.retry = h("button", { type: "button", class: "small", text: "Try again", hidden: true, onclick: () => this.#failed && this.mark(...this.#failed) });
    this.root.append(h("div", { class: "section-head" }, this.title), this.list, this.note, this.newTitle, this.own, this.state, this.retry);
    this.compare.addEventListener("change", () => this.update(this.store.state));
  }

  /** Saves a word on a finding (its id, or the client id of one's own); "" takes it back. */
  async mark(finding, word) {
    const before = this.store.state.priorMarks;
    this.#put([...before.filter((m) => !this.#is(m, finding)), ...(word ? [{ finding, client_id: finding, mark: word }] : [])]);
    this.#saving += 1;
    this.#say("Saving\u2026");
    try {
      await this.queue.settled();
      const { marks } = await this.api.mark(finding, word);
      this.#failed = null;
      this.#saving -= 1;
      if (!this.#saving) this.#put(marks);
      this.#say(this.#saving ? "Saving\u2026" : "Saved");
    } catch (error) {
      this.#saving -= 1;
      this.#failed = [finding, word];
      this.#put(before);
      this.#say(`Not saved: ${error.message}`, { retry: true });
    }
  }

  #is(mark, finding) { return mark.finding === finding || mark.client_id === finding; }

  #wordOn(finding) { return this.store.state.priorMarks.find((mark) => this.#is(mark, finding))?.mark ?? ""; }

  #put(priorMarks) { this.store.set({ priorMarks }); }

  #say(text, { retry = false } = {}) {
    setText(this.state, text);
    this.retry.hidden = !retry;
  }

  update(state) {
    const { prior } = this.compare;
    this.root.hidden = !prior;
    if (!prior) return;
    setText(this.title, `${headOf(prior)}: ${priorName(prior)}`);
    const empty = prior.signed ? "The signed report states no finding that you may see." : "Not signed: there are no findings to compare with.";
    setText(this.note, prior.findings.length ? "" : empty);
    const editable = canEdit(state);
    keyed(this.list, prior.findings, ({ id }) => id, (finding) => this.#row(finding, editable));
    const mine = [...state.findings].filter(([, { decision }]) => decision !== "REJECTED");
    this.newTitle.hidden = !mine.length;
    keyed(this.own, mine.map(([key, fields]) => ({ key, name: nameOf(state.vocabulary, fields.label) })), ({ key }) => key, ({ key }) => this.#ownRow(key));
  }

  #row({ id, name, laterality, comment }) {
    const buttons = WORDS.map(([word, text]) => h("button", {
      type: "button", class: "decide", text, onclick: () => this.mark(id, this.#wordOn(id) === word ? "" : word),
    }));
    const told = [SIDE[laterality], comment].filter(Boolean).join(", ");
    const element = h("li", { class: "finding other" },
      h("div", { class: "finding-main" }, h("span", { class: "mark", "aria-hidden": "true" }), h("span", { class: "name", text: name })),
      told ? h("p", { class: "note", text: told }) : null,
      h("div", { class: "finding-actions", role: "group", "aria-label": `${name}, compared with the prior` }, buttons));
    return {
      element,
      update: () => buttons.forEach((button, i) => {
        setAttribute(button, "aria-pressed", String(this.#wordOn(id) === WORDS[i][0]));
        button.disabled = !canEdit(this.store.state);
      }),
    };
  }

  #ownRow(key) {
    const name = h("span", {});
    const box = h("input", { type: "checkbox", onchange: () => this.mark(key, box.checked ? "NEW" : "") });
    return {
      element: h("li", {}, h("label", { class: "check" }, box, name)),
      update: (item) => {
        setText(name, item.name);
        box.checked = this.#wordOn(key) === "NEW";
        box.disabled = !canEdit(this.store.state);
      },
    };
  }
}
