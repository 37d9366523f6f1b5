// Copies or saves what is shown once: recovery codes and tokens.

function text(id) {
  const source = document.getElementById(id);
  const items = [...source.querySelectorAll("li")];
  return items.length ? items.map((item) => item.textContent.trim()).join("\n") + "\n" : source.textContent.trim();
}

function say(button, words) {
  const place = button.parentElement.querySelector("[data-copied]");
  if (place) place.textContent = words;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text(button.dataset.copy));
      say(button, "Copied.");
    } catch {
      say(button, "The browser did not allow it: select and copy by hand.");
    }
  });
}

for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text(button.dataset.save)], { type: "text/plain" }));
    link.download = button.dataset.name;
    link.click();
    URL.revokeObjectURL(link.href);
    say(button, "Saved.");
  });
}
