// What a reader states about one finding beyond label and box: laterality, certainty, comment, reason.
import { h, setAttribute } from "./dom.js";
import { keyOf } from "./keys.js";
import { suggestedSide } from "./laterality.js";

export const LATERALITY = [["", "Side not stated"], ["L", "Left"], ["R", "Right"], ["B", "Both sides"]];
export const CERTAINTY = [["CERTAIN", "Certain"], ["PROBABLE", "Probable"], ["POSSIBLE", "Possible"]];
const COMMENT_MS = 600;

function choice(label, options, onchange) {
  const select = h("select", { "aria-label": label, onchange: () => onchange(select.value) },
    options.map(([value, text]) => h("option", { value, text })));
  return select;
}

/** act: {edit(key, patch, merge), remove(key), relabel(row)}. Gives {element, update({finding, editable, reasons, image})}. */
export function detailsView(act) {
  let key = null;
  let timer = 0;
  let edited = false;
  const laterality = choice("Side", LATERALITY, (value) => act.edit(key, { laterality: value }));
  const certainty = choice("Certainty", CERTAINTY, (value) => act.edit(key, { certainty: value }));
  const reason = choice("Reason for rejecting", [], (value) => act.edit(key, { reject_reason: value }));
  let side = "";
  const suggestion = h("button", { type: "button", class: "small quiet suggestion", onclick: () => act.edit(key, { laterality: side }) });
  const save = () => {
    clearTimeout(timer);
    if (edited && key) act.edit(key, { comment: comment.value }, `comment:${key}`);
    edited = false;
  };
  const comment = h("input", {
    type: "text", placeholder: "Comment", "aria-label": "Comment", maxlength: 2000, autocomplete: "off",
    oninput: () => {
      edited = true;
      clearTimeout(timer);
      timer = setTimeout(save, COMMENT_MS);
    },
    onblur: () => {
      save();
      act.seal();
    },
  });
  window.addEventListener("pagehide", save);
  const relabel = h("button", {
    type: "button", class: "small", text: "Change label", onclick: () => act.relabel(),
  });
  const remove = h("button", { type: "button", class: "small quiet", onclick: () => act.remove(key) });
  const element = h("div", { class: "details" },
    h("div", { class: "pair" }, laterality, certainty), suggestion, reason, comment, h("div", { class: "pair" }, relabel, remove));

  function update({ finding, editable, reasons, image }) {
    if (key !== finding.key) save();
    key = finding.key;
    const { fields } = finding;
    const rejected = fields.decision === "REJECTED";
    setAttribute(relabel, "title", `Change label (${keyOf("label")})`);
    laterality.value = fields.laterality;
    certainty.value = fields.certainty;
    if (reason.childElementCount !== reasons.length + 1) {
      reason.replaceChildren(h("option", { value: "", text: "Reason not stated" }),
        ...reasons.map(({ code, name }) => h("option", { value: code, text: name })));
    }
    reason.value = fields.reject_reason;
    reason.hidden = !rejected;
    laterality.hidden = rejected;
    certainty.hidden = rejected;
    side = suggestedSide(fields.box, image);
    suggestion.hidden = rejected || !editable || !side || fields.laterality !== "";
    suggestion.textContent = `Its place in the image suggests ${side === "L" ? "left" : "right"}: use it`;
    relabel.hidden = rejected;
    if (!edited && comment.value !== fields.comment) comment.value = fields.comment;
    remove.textContent = fields.proposal ? "Take decision back" : "Delete";
    setAttribute(remove, "title", `${remove.textContent} (${keyOf("delete")})`);
    for (const control of [laterality, certainty, reason, comment, relabel, remove]) control.disabled = !editable;
  }
  return { element, update };
}
