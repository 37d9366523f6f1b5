// Findings of the prior with the reader's word on each, and which of one's own are new. Words are saved like findings.
import { headOf, priorName } from "./compare.js";
import { h, keyed, setAttribute, setText } from "./dom.js";
import { nameOf } from "./labels.js";
import { WORDS, markKey } from "./marks.js";
import { canEdit } from "./store.js";

const SIDE = { L: "left", R: "right", B: "both sides" };

export class PriorPanel {
  /** context: {root, compare, store, act}. */
  constructor(context) {
    Object.assign(this, context);
    this.title = h("h2");
    this.list = h("ul", { class: "rows" });
    this.note = h("p", { class: "note" });
    this.newTitle = h("p", { class: "note", text: "New since then" });
    this.own = h("ul", { class: "rows own-new" });
    this.root.append(h("div", { class: "section-head" }, this.title), this.list, this.note, this.newTitle, this.own);
    this.compare.addEventListener("change", () => this.update(this.store.state));
  }

  #wordOn(finding) { return this.store.state.marks.get(markKey(finding))?.mark ?? ""; }

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
      type: "button", class: "decide", text, onclick: () => this.act.compare(id, this.#wordOn(id) === word ? "" : word),
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
    const box = h("input", { type: "checkbox", onchange: () => this.act.compare(key, box.checked ? "NEW" : "") });
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
