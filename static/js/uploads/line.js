// The line of one file: its name, what became of it, whose it is, what comes next.

const WORDS = { accepted: "Stored", duplicate: "Already here", refused: "Refused" };
const TAGS = { accepted: "tag tag-ok", duplicate: "tag", refused: "tag tag-danger" };

export function element(name, className, ...inside) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}

function link(href, text, className) {
  const made = element("a", className, text);
  made.href = href;
  return made;
}

export function showWaiting(item, name) {
  item.replaceChildren(element("span", "name", name), element("span", "muted", "Waiting"));
}

/** Returns what to call with the share that was sent. */
export function showSending(item, name) {
  const progress = element("progress");
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `Upload of ${name}`);
  const words = element("span", "said muted", "Sending");
  item.replaceChildren(element("span", "name", name), progress, words);
  return (share) => {
    progress.value = share;
    if (share >= 1) words.textContent = "Checking the file";
  };
}

export function showUnsent(item, name, why, again) {
  const button = element("button", "btn btn-small", "Try again");
  button.type = "button";
  button.setAttribute("aria-label", `Try ${name} again`);
  button.addEventListener("click", again);
  item.replaceChildren(element("span", "name", name), element("span", "tag tag-warn", "Not sent"), element("span", "said", why), button);
}

/** Returns where the words on the analysis go, or nothing for a refused file. */
export function showResult(item, result) {
  const parts = [element("span", "name", result.file_name), element("span", TAGS[result.outcome], WORDS[result.outcome])];
  let state = null;
  if (result.outcome === "refused") parts.push(element("span", "said", `${result.message} (${result.code})`));
  else {
    state = element("span", "muted", "Waiting for the analysis");
    state.setAttribute("role", "status");
    const open = link(result.case_url, "Open the case", "btn btn-small");
    parts.push(about(result), state, open);
  }
  for (const warning of result.warnings) parts.push(element("span", "warnings", `${warning.message} (${warning.code})`));
  item.replaceChildren(...parts);
  return state;
}

function about({ patient, case_url: back }) {
  const who = element("span", "about", link(`/chart/${patient.id}/`, patient.name || "Unknown patient"));
  if (!patient.confirmed) who.append(" ", link(`/chart/${patient.id}/confirm/?next=${encodeURIComponent(back)}`, "Confirm who this is", "tag tag-warn"));
  return who;
}
