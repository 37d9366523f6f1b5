// What is not yet saved, kept on this device: one record per user and case. It is patient data, so it is wiped as soon
// as another user is seen; at logout every page of the site wipes this prefix (js/accounts/idle.js). DOM-free.

const PREFIX = "cxr-queue:";

const recordKey = (user, caseId) => `${PREFIX}${user}:${caseId}`;

function keysOf(storage) {
  return Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter((key) => key?.startsWith(PREFIX));
}

/** Removes what other users left behind in this browser. */
export function wipeOthers(storage, user) {
  for (const key of keysOf(storage)) if (!key.startsWith(`${PREFIX}${user}:`)) storage.removeItem(key);
}

export class Outbox {
  #owned = new Set();

  constructor(storage, user, caseId) {
    this.storage = storage;
    this.key = recordKey(user, caseId);
    this.works = true;
    this.#try(() => wipeOthers(storage, user));
  }

  /** A full or forbidden store must not break saving to the server; it shows as `works` = false. */
  #try(act, fallback = null) {
    try {
      const result = act();
      this.works = true;
      return result;
    } catch {
      this.works = false;
      return fallback;
    }
  }

  #read() {
    const text = this.storage.getItem(this.key);
    return text ? JSON.parse(text) : [];
  }

  /** Entries that an earlier page (or another tab) could not save. They belong to this queue from now on. */
  load() {
    const entries = this.#try(() => this.#read(), []);
    for (const entry of entries) this.#owned.add(entry.key);
    return entries;
  }

  /** Replaces this queue's own entries; those of another tab on the same case stay. */
  write(entries) {
    for (const entry of entries) this.#owned.add(entry.key);
    this.#try(() => {
      const others = this.#read().filter((entry) => !this.#owned.has(entry.key));
      const all = [...others, ...entries];
      if (all.length) this.storage.setItem(this.key, JSON.stringify(all));
      else this.storage.removeItem(this.key);
    });
  }
}
