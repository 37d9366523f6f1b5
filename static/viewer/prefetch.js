// The next case's pixels, fetched ahead into the browser's cache so that it paints at once. The server lets them be
// used only by asking again with their ETag, so each use is checked; nothing is opened, claimed or shown by it.

const AFTER_MS = 1500;
const MOST = 2;

export class Prefetch {
  #asked = false;

  /** context: {api, filters: of the list as "?...", connection: navigator.connection or undefined, fetch, after(work, ms)}. */
  constructor({ api, filters, connection, fetch, after }) {
    Object.assign(this, { api, filters, connection, fetch, after });
  }

  /** Once a page, when the present image is on the stage; not where the reader saves data. */
  start() {
    if (this.#asked || this.connection?.saveData) return;
    this.#asked = true;
    this.after(() => this.#run(), AFTER_MS);
  }

  async #run() {
    try {
      const { pixels } = await this.api.next(this.filters);
      for (const url of pixels.slice(0, MOST)) {
        const response = await this.fetch(url, { credentials: "same-origin", priority: "low" });
        await response.arrayBuffer();
      }
    } catch {
      // only a convenience: the next page fetches them itself
    }
  }
}
