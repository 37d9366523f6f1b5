// The worklist without a mouse, and the choice of many cases. Everything works without this, too.
import { chosenWords, isForList, rowAfter } from "./keys.js";

const SINGLE_KEYS = "cxr-single-keys"; // the reading room's switch for single-letter keys holds here
const rows = [...document.querySelectorAll(".worklist tbody tr")];
const links = rows.map((row) => row.querySelector(".open"));
const boxes = rows.map((row) => row.querySelector(".choose input"));
const all = document.getElementById("choose-all");
const told = document.querySelector('[data-part="chosen"]');
const buttons = document.querySelectorAll("#bulk button");

function tell() {
  const count = boxes.filter((box) => box.checked).length;
  told.textContent = chosenWords(count);
  for (const button of buttons) button.disabled = !count;
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && count < boxes.length;
}

function act(key) {
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rowAfter(key, at, rows.length);
  if (next !== null) links[next].focus();
  else if (key === "/") document.querySelector('.filters [name="q"]').focus();
  else if (key === "x" && at >= 0) boxes[at].click();
  else if (key === "f" && at >= 0) rows[at].querySelector(".flag-mark").click();
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (window.localStorage.getItem(SINGLE_KEYS) === "off") return;
  const { tagName: tag, isContentEditable: editable, type } = event.target;
  const typed = tag === "INPUT" && type === "checkbox" ? "CHECKBOX" : tag;
  if (isForList(event, { tag: typed, editable }) && act(event.key)) event.preventDefault();
});

if (rows.length) {
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}
