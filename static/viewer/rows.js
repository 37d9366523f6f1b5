// The rows of the findings panel. Each gives {element, update(item)}, item = {row, selected, editable, state}.
import { detailsView } from "./details.js";
import { h, setAttribute, setText } from "./dom.js";
import { keyOf } from "./keys.js";
import { factOf, findingWords } from "./modelfacts.js";
import { currentImage } from "./store.js";

const SAID = { ACCEPTED: "Accepted by you", CORRECTED: "Corrected by you", REJECTED: "Rejected by you" };
const SIDE = { L: "left", R: "right", B: "both sides" };

export const scoreText = (score) => (score === null || score === undefined ? "\u2013" : score.toFixed(2));

/** A bar from 0 to 1 with a tick at the threshold. */
export function scoreBar() {
  const fill = h("span", { class: "fill" });
  const tick = h("span", { class: "tick" });
  const element = h("span", { class: "score-bar", role: "img" }, fill, tick);
  return {
    element,
    update({ score, threshold }) {
      fill.style.width = `${100 * (score ?? 0)}%`;
      tick.hidden = threshold === null || threshold === undefined;
      tick.style.left = `${100 * (threshold ?? 0)}%`;
      element.classList.toggle("over", (score ?? 0) >= (threshold ?? 0));
      setAttribute(element, "aria-label", `score ${scoreText(score)}, threshold ${scoreText(threshold)}`);
    },
  };
}

/** "left, probable": what deserves a word on the closed row. */
function qualifiers(fields) {
  const certainty = fields.certainty === "CERTAIN" ? "" : fields.certainty.toLowerCase();
  return [SIDE[fields.laterality], certainty].filter(Boolean).join(", ");
}

const WORDS = { accept: "Accept", correct: "Correct", reject: "Reject" };

function decisionButtons(act, id) {
  const button = (action) => h("button", {
    type: "button", class: `decide ${action}`, onclick: () => act.decide(action, id()),
  }, h("span", { text: WORDS[action] }), h("kbd", { "aria-hidden": "true" }));
  return { accept: button("accept"), correct: button("correct"), reject: button("reject") };
}

function nameKey(button, action) {
  const key = keyOf(action);
  setAttribute(button, "title", `${WORDS[action]} (${key})`);
  setAttribute(button, "aria-keyshortcuts", key);
  setText(button.lastElementChild, key);
}

function rowShell(act) {
  let id = null;
  const name = h("span", { class: "name" });
  const value = h("span", { class: "value" });
  const mark = h("span", { class: "mark", "aria-hidden": "true" });
  const place = h("span", { class: "place" });
  const main = h("button", { type: "button", class: "finding-main", onclick: () => act.select(id) }, mark, name, place, value);
  const said = h("span", { class: "said" });
  const element = h("li", { class: "finding" }, main);
  const details = detailsView(act);
  return {
    element, main, name, place, value, said, details,
    id: () => id,
    update({ row, selected }) {
      id = row.id;
      setAttribute(element, "data-row", row.id);
      element.classList.toggle("selected", selected);
      setAttribute(main, "aria-pressed", String(selected));
    },
  };
}

function showDetails(shell, finding, { selected, editable, state }) {
  const wanted = selected && finding;
  if (wanted) {
    if (!shell.details.element.isConnected) shell.element.append(shell.details.element);
    shell.details.update({ finding, editable, reasons: state.rejectReasons, image: currentImage(state) });
  } else shell.details.element.remove();
}

/** A finding that the model proposes. */
export function modelRow(act) {
  const shell = rowShell(act);
  const bar = scoreBar();
  const buttons = decisionButtons(act, shell.id);
  const actions = h("div", { class: "finding-actions", role: "group" }, ...Object.values(buttons));
  const worth = h("p", { class: "worth" });
  shell.element.append(h("div", { class: "finding-line" }, bar.element), h("div", { class: "finding-line" }, shell.said, actions));
  return {
    element: shell.element,
    update(item) {
      shell.update(item);
      const { proposal, decision } = item.row;
      const decided = decision?.fields.decision;
      shell.element.className = `finding model ${(decided || "open").toLowerCase()}${item.selected ? " selected" : ""}`;
      const now = decided === "CORRECTED" ? item.nameOf(decision.fields.label) : proposal.name;
      setText(shell.name, now === proposal.name ? now : `${now} (was ${proposal.name})`);
      setText(shell.value, scoreText(proposal.score));
      bar.update(proposal);
      const extra = decision ? qualifiers(decision.fields) : "";
      setText(shell.place, proposal.box ? "" : "whole image");
      const more = extra && decided !== "REJECTED" ? ` · ${extra}` : "";
      setText(shell.said, decided ? SAID[decided] + more : "AI, not confirmed");
      setAttribute(actions, "aria-label", `Decide on ${proposal.name}`);
      const of = { accept: "ACCEPTED", correct: "CORRECTED", reject: "REJECTED" };
      for (const [action, button] of Object.entries(buttons)) {
        setAttribute(button, "aria-pressed", String(decided === of[action]));
        button.disabled = !item.editable;
        nameKey(button, action);
      }
      showWorth(worth, shell, item);
      showDetails(shell, decision, item);
    },
  };
}

/** How good the model is at this finding, under the selected row. */
function showWorth(worth, shell, { row, selected, state }) {
  const words = selected ? findingWords(factOf(state.facts.get(currentImage(state)?.analysis?.model?.facts_url), row.proposal.label)) : [];
  setText(worth, words.join(" "));
  if (words.length && !worth.isConnected) shell.element.append(worth);
  else if (!words.length) worth.remove();
}

/** A finding of the reader's own. */
export function readerRow(act) {
  const shell = rowShell(act);
  shell.element.append(h("div", { class: "finding-line" }, shell.said));
  return {
    element: shell.element,
    update(item) {
      shell.update(item);
      shell.element.classList.add("reader");
      setText(shell.name, item.row.name);
      setText(shell.place, item.row.fields.box ? "" : "whole image");
      const extra = qualifiers(item.row.fields);
      const made = item.row.fields.proposal ? "Corrected by you" : item.row.fields.box ? "Drawn by you" : "Stated by you";
      setText(shell.said, extra ? `${made} · ${extra}` : made);
      showDetails(shell, item.row, item);
    },
  };
}

/** A finding of another reader: shown, not changed here. */
export function otherRow() {
  const name = h("span", { class: "name" });
  const said = h("span", { class: "said" });
  const element = h("li", { class: "finding other" }, h("div", { class: "finding-main" }, h("span", { class: "mark", "aria-hidden": "true" }), name),
    h("div", { class: "finding-line" }, said));
  return {
    element,
    update(finding) {
      setText(name, finding.name);
      setText(said, [finding.decision.toLowerCase(), finding.reader, qualifiers(finding)].filter(Boolean).join(" · "));
    },
  };
}

/** One line of the list of all scores. */
export function scoreRow(act) {
  let label = null;
  const name = h("span", { class: "name" });
  const value = h("span", { class: "value" });
  const bar = scoreBar();
  const button = h("button", { type: "button", class: "score", onclick: () => act.select(`s:${label}`) }, name, bar.element, value);
  return {
    element: h("li", {}, button),
    update({ score, selected }) {
      label = score.label;
      setText(name, score.name);
      setText(value, scoreText(score.score));
      bar.update(score);
      setAttribute(button, "aria-pressed", String(selected));
    },
  };
}
