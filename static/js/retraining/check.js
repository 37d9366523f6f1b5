// Follows a comparison of two models; the page is loaded again when it ended.
const card = document.getElementById("check");
const line = card.querySelector('[data-part="line"]');
const bar = card.querySelector('[data-part="bar"]');
const POLL_MS = 1500;

async function follow() {
  try {
    const response = await fetch(card.dataset.url, { headers: { "X-Background": "1" } });
    if (response.ok) {
      const { state, progress } = await response.json();
      if (state === "DONE" || state === "FAILED") {
        location.reload();
        return;
      }
      if (state === "RUNNING") line.textContent = progress.total ? `${progress.done} of ${progress.total} images read (two models)` : "Reading and checking the release.";
      bar.max = Math.max(1, progress.total);
      bar.value = progress.done;
    }
  } catch {
    line.textContent = "The server cannot be reached; trying again.";
  }
  setTimeout(follow, POLL_MS);
}

if (line) follow();
