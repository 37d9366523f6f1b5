// Follows a release that is being built, or a data set that comes in, or figures; the page is loaded again when it ended.
const card = document.getElementById("release");
const line = document.getElementById("release-progress");
const POLL_MS = 1500;

async function follow() {
  try {
    const answer = await fetch(card.dataset.url, { headers: { "X-Background": "1" } });
    if (answer.ok) {
      const release = await answer.json();
      if (release.state === "DONE" || release.state === "FAILED") {
        location.reload();
        return;
      }
      if (release.images_total === undefined) return void setTimeout(follow, POLL_MS);
      line.textContent = `${release.images_done} of ${release.images_total} ${card.dataset.noun ?? "images written"}`;
      const bar = card.querySelector("progress");
      bar.max = Math.max(1, release.images_total);
      bar.value = release.images_done;
    }
  } catch {
    line.textContent = "The server cannot be reached; trying again.";
  }
  setTimeout(follow, POLL_MS);
}

if (card && line) setTimeout(follow, POLL_MS);
