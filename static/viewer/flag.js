// The reader's own mark on the case, as in the worklist.
import { setAttribute } from "./dom.js";

export class FlagMark {
  #on = false;

  constructor(button, { api, say }) {
    this.button = button;
    button.addEventListener("click", async () => {
      const wanted = !this.#on;
      try {
        await api.flag(wanted);
        this.update(wanted);
        say(wanted ? "Flagged for you." : "No longer flagged.");
      } catch (error) {
        say(error.message);
      }
    });
  }

  update(on) {
    this.#on = on;
    this.button.hidden = false;
    setAttribute(this.button, "aria-pressed", String(on));
  }
}
