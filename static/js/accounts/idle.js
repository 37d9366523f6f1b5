// Warns before the idle time-out, tells the server of work that makes no requests, and wipes offline
// queues (patient data) at sign-out. All tabs share one clock through localStorage.
import { ACTIVE_KEY, clearQueues, phase, pingDue } from "./session.js";

const facts = document.getElementById("session-facts") ?? document.body;
const idleS = Number(facts.dataset.idle);
const ALIVE_URL = "/accounts/alive/";
const GRACE_MS = 3000; // ask after the server is sure, or the question itself would count as activity
let warning = null;

const activeAt = () => Number(localStorage.getItem(ACTIVE_KEY)) || 0;
const noteActive = () => localStorage.setItem(ACTIVE_KEY, String(Date.now()));

async function ping() {
  noteActive();
  try {
    const response = await fetch(ALIVE_URL, { headers: { Accept: "application/json" } });
    if (response.status === 401) leave();
  } catch {
    // no network: the next activity tries again, and the server decides
  }
}

function leave() {
  clearQueues(localStorage);
  location.assign(location.pathname + location.search); // the server leads to the sign-in page and back
}

function onActivity() {
  if (!warning && pingDue(Date.now(), activeAt(), idleS)) ping();
}

function show(leftS) {
  if (!warning) {
    warning = document.createElement("div");
    warning.className = "notice notice-warn idle-warning";
    warning.setAttribute("role", "alertdialog");
    warning.setAttribute("aria-label", "Your session is about to end");
    const words = document.createElement("p");
    const button = document.createElement("button");
    button.className = "btn btn-primary";
    button.type = "button";
    button.textContent = "Stay signed in";
    button.addEventListener("click", () => { hide(); ping(); });
    warning.append(words, button);
    Object.assign(warning.style, {
      position: "fixed", right: "16px", bottom: "16px", zIndex: "100", maxWidth: "22rem",
      display: "grid", gap: "8px", boxShadow: "0 8px 24px rgb(0 0 0 / 30%)",
    });
    document.body.append(warning);
  }
  warning.firstChild.textContent = `No activity for a while. You will be signed out in ${leftS} s.`;
}

function hide() {
  warning?.remove();
  warning = null;
}

function tick() {
  const now = Date.now();
  const state = phase(now, activeAt(), idleS);
  if (state.name === "active") hide();
  else if (state.name === "warning") show(state.leftS);
  else if (now - activeAt() > idleS * 1000 + GRACE_MS) leave();
}

function start() {
  clearQueues(localStorage, { keepUser: facts.dataset.user });
  noteActive(); // loading this page was activity
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(name, onActivity, { passive: true });
  }
  addEventListener("submit", (event) => {
    if (event.target.action?.endsWith("/logout/")) clearQueues(localStorage);
  }, true);
  setInterval(tick, 1000);
}

if (idleS > 0 && facts.dataset.user) start();
