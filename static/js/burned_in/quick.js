// Many pictures at once: arrows move, Space chooses and goes on. Without scripts the boxes still work.
import { columnsOf, counted, moved } from "./moves.js";

const form = document.getElementById("quick");
const ticks = [...form.querySelectorAll("input[name=image]")];
const save = document.getElementById("quick-save");
const count = document.getElementById("quick-count");

function paint() {
  const chosen = ticks.filter((tick) => tick.checked).length;
  count.textContent = counted(chosen, ticks.length);
  save.disabled = chosen === 0;
}

const columns = () => columnsOf(ticks.map((tick) => tick.closest("li").getBoundingClientRect().top));

function go(index) {
  ticks[index].focus({ preventScroll: true });
  ticks[index].closest("li").scrollIntoView({ block: "nearest" });
}

form.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const index = ticks.indexOf(document.activeElement);
  if (event.key === "a" || event.key === "A") {
    const all = ticks.every((tick) => tick.checked);
    for (const tick of ticks) tick.checked = !all;
  } else if (index === -1) {
    return;
  } else if (event.key.startsWith("Arrow")) {
    go(moved(event.key, index, ticks.length, columns()));
  } else if (event.key === " ") {
    ticks[index].checked = !ticks[index].checked;
    go(moved("ArrowRight", index, ticks.length, 1));
  } else if (event.key === "o" || event.key === "O") {
    ticks[index].closest("li").querySelector("a").click();
  } else if (event.key === "Enter") {
    if (!save.disabled) form.requestSubmit(save);
  } else {
    return;
  }
  event.preventDefault();
  paint();
});
form.addEventListener("change", paint);
paint();
ticks[0].focus({ preventScroll: true });
