// How long a session still lasts, and which offline queues may stay. No DOM, so that it can be tested.

export const QUEUE_PREFIX = "cxr-queue:";
export const ACTIVE_KEY = "cxr-active-at";

// Seconds before the end at which the warning appears: a minute, less for very short sessions.
export const warningTime = (idleS) => Math.min(60, idleS / 3);

export function phase(nowMs, activeAtMs, idleS) {
  const leftS = idleS - (nowMs - activeAtMs) / 1000;
  if (leftS <= 0) return { name: "over", leftS: 0 };
  if (leftS <= warningTime(idleS)) return { name: "warning", leftS: Math.ceil(leftS) };
  return { name: "active", leftS };
}

// The server hears of work without requests (reading an image) at most this often.
export const pingDue = (nowMs, activeAtMs, idleS) => nowMs - activeAtMs > (idleS * 1000) / 4;

export function clearQueues(storage, { keepUser = "" } = {}) {
  const keep = keepUser ? `${QUEUE_PREFIX}${keepUser}` : null;
  const gone = [];
  for (let index = storage.length - 1; index >= 0; index -= 1) {
    const key = storage.key(index);
    const mine = keep !== null && (key === keep || key.startsWith(`${keep}:`));
    if (key.startsWith(QUEUE_PREFIX) && !mine) gone.push(key);
  }
  gone.forEach((key) => storage.removeItem(key));
  return gone;
}
