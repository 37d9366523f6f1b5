// Search as you type: a listbox below the field, arrows and Enter, nothing jumps.
const WAIT_MS = 180;

for (const field of document.querySelectorAll("input[data-suggest]")) combobox(field);

function combobox(field) {
  const box = document.createElement("ul");
  box.className = "suggestions";
  box.id = `${field.id}-suggestions`;
  box.setAttribute("role", "listbox");
  box.hidden = true;
  field.after(box);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", box.id], ["aria-autocomplete", "list"]]) field.setAttribute(name, value);
  let timer = 0;
  let asked = 0;
  let chosen = -1;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  field.addEventListener("blur", () => setTimeout(close, WAIT_MS));
  field.addEventListener("keydown", (event) => {
    if (box.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(box.children[chosen].dataset.href);
    } else if (event.key === "Escape") close();
  });

  async function ask() {
    const mine = ++asked;
    const text = field.value.trim();
    if (!text) return close();
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(text)}`).catch(() => null);
    if (!answer?.ok || mine !== asked) return undefined;
    return show((await answer.json()).patients);
  }

  function show(patients) {
    chosen = -1;
    box.replaceChildren(...patients.map(option));
    box.hidden = patients.length === 0;
    field.setAttribute("aria-expanded", String(!box.hidden));
    return undefined;
  }

  function option(patient, at) {
    const row = document.createElement("li");
    row.id = `${box.id}-${at}`;
    row.setAttribute("role", "option");
    row.dataset.href = `${field.dataset.target}${patient.id}/`;
    row.textContent = [patient.name, patient.mrn, patient.birth_date].filter(Boolean).join(" \u00b7 ");
    row.addEventListener("mousedown", () => location.assign(row.dataset.href));
    return row;
  }

  function choose(at) {
    const rows = [...box.children];
    chosen = (at + rows.length) % rows.length;
    rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === chosen)));
    field.setAttribute("aria-activedescendant", rows[chosen].id);
  }

  function close() {
    box.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    return undefined;
  }
}
