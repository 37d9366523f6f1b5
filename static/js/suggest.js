// Search as you type: a listbox below the field, arrows and Enter, nothing jumps. A chosen patient is
// opened (data-target), or fills the field and sends its form (data-fill names what of the patient).
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
  let shown = [];

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
      take(shown[chosen]);
    } else if (event.key === "Escape") close();
  });

  async function ask() {
    const mine = ++asked;
    const text = field.value.trim();
    if (!text) return close();
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(text)}`).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== field) return undefined;
    return show((await answer.json()).patients);
  }

  function show(patients) {
    chosen = -1;
    shown = patients.filter((patient) => !field.dataset.fill || patient[field.dataset.fill]);
    box.replaceChildren(...shown.map(option));
    box.hidden = shown.length === 0;
    field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-expanded", String(!box.hidden));
    return undefined;
  }

  function option(patient, at) {
    const row = document.createElement("li");
    row.id = `${box.id}-${at}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    const claimed = patient.claimed_mrn ? `${patient.claimed_mrn} (not confirmed)` : "not confirmed";
    const number = patient.confirmed ? patient.mrn : claimed;
    row.textContent = [patient.name, number, patient.birth_date].filter(Boolean).join(" \u00b7 ");
    row.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(patient);
    });
    return row;
  }

  function take(patient) {
    close();
    if (!field.dataset.fill) return location.assign(`${field.dataset.target}${patient.id}/`);
    field.value = patient[field.dataset.fill];
    return field.form.requestSubmit();
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
