// Asks how far the cases of this page are, a few at a time, until every watched image ended. No DOM.
import { standing } from "./answers.js";

export const POLL_MS = 1500;
const AT_ONCE = 3;
const GONE = "Its case cannot be opened any more.";
const SIGNED_OUT = "You are signed out; the work goes on.";

export function poller({ fetchJson, wait = (ms) => new Promise((done) => setTimeout(done, ms)) }) {
  const watched = new Map(); // case -> Map of image -> what to call with words
  let running = null;

  /** Calls `say(words)` whenever the image's standing is known, until it ended. */
  function watch(caseId, imageId, say) {
    if (!watched.has(caseId)) watched.set(caseId, new Map());
    watched.get(caseId).set(imageId, say);
    running ??= rounds();
    return running;
  }

  async function rounds() {
    while (watched.size > 0) {
      const cases = [...watched.keys()];
      for (let at = 0; at < cases.length; at += AT_ONCE) await Promise.all(cases.slice(at, at + AT_ONCE).map(ask));
      if (watched.size > 0) await wait(POLL_MS);
    }
    running = null;
  }

  async function ask(caseId) {
    const { status, body } = await fetchJson(`/api/v1/cases/${caseId}/progress/`).catch(() => ({ status: 0 }));
    const images = watched.get(caseId);
    if (status === 200) body.images.forEach((image) => tell(images, image));
    else if (status === 401 || status === 403 || status === 404) {
      for (const say of images.values()) say(status === 404 ? GONE : SIGNED_OUT);
      images.clear();
    } else for (const say of images.values()) say("The server cannot be reached; trying again");
    if (images.size === 0) watched.delete(caseId);
  }

  function tell(images, image) {
    const say = images.get(image.id);
    if (!say) return;
    const { words, ended } = standing(image);
    say(words);
    if (ended) images.delete(image.id);
  }

  return { watch };
}

export async function fetchJson(address) {
  const answer = await fetch(address, { headers: { "X-Background": "1", Accept: "application/json" } });
  return { status: answer.status, body: answer.ok ? await answer.json() : null };
}
