// Who may be mentioned, below a text field, as one types after an @. Arrows, Enter or Tab, Escape.
import { h } from "../../viewer/dom.js";
import { mentionAt, withMention } from "./thread.js";

const WAIT_MS = 150;
let numbered = 0;

/** Makes `field` (a textarea) suggest colleagues; ask(typed) gives [{name, email, insert}]. */
export function suggestColleagues(field, ask) {
  const box = h("ul", { class: "mention-list", role: "listbox", id: `mentions-${++numbered}`, "aria-label": "Colleagues", hidden: true });
  field.setAttribute("aria-controls", box.id);
  field.setAttribute("aria-autocomplete", "list");
  let timer = 0;
  let asked = 0;
  let shown = [];
  let chosen = 0;

  function close() {
    asked += 1;
    clearTimeout(timer);
    box.hidden = true;
    field.removeAttribute("aria-activedescendant");
  }

  function choose(at) {
    chosen = (at + shown.length) % shown.length;
    [...box.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === chosen)));
    field.setAttribute("aria-activedescendant", box.children[chosen].id);
  }

  function take(colleague) {
    const { text, caret } = withMention(field.value, field.selectionStart, colleague.insert);
    field.value = text;
    field.setSelectionRange(caret, caret);
    close();
  }

  function option(colleague, at) {
    const onmousedown = (event) => {
      event.preventDefault();
      take(colleague);
    };
    return h("li", { role: "option", id: `${box.id}-${at}`, "aria-selected": "false", onmousedown },
      h("span", { text: colleague.name }), h("span", { class: "mention-mail", text: colleague.email }));
  }

  async function look() {
    const mention = mentionAt(field.value, field.selectionStart);
    if (!mention) return close();
    const mine = ++asked;
    const found = await ask(mention.typed).catch(() => []);
    if (mine !== asked || document.activeElement !== field) return undefined;
    if (!found.length) return close();
    shown = found;
    box.replaceChildren(...found.map(option));
    box.hidden = false;
    return choose(0);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (box.hidden) return;
    const act = { ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1), Enter: () => take(shown[chosen]), Tab: () => take(shown[chosen]), Escape: close }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  return box;
}
