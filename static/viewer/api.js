// The only door to the server. Answers are JSON; failures become ApiError or NetworkError.

/** The server answered and refused: status, code, message, and `current` on a version conflict. */
export class ApiError extends Error {
  constructor(status, body = {}) {
    super(body.message || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code || `http_${status}`;
    this.current = body.current ?? null;
  }
}

/** No answer came: the network or the server is down. Worth another try. */
export class NetworkError extends Error {}

/** The session ended: nothing is lost, but the reader has to log in again. */
export function isSignedOut(error) {
  if (!(error instanceof ApiError)) return false;
  const codes = ["not_authenticated", "authentication_failed", "session_expired"];
  return error.status === 401 || codes.includes(error.code);
}

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** The cookie is fresher than the page after a login in another tab. */
function csrfToken(fallback) {
  return cookie("csrftoken") || cookie("__Host-csrftoken") || fallback;
}

async function answer(response) {
  if (response.redirected && new URL(response.url).pathname.includes("login")) {
    throw new ApiError(401, { code: "not_authenticated", message: "Your session has ended." });
  }
  if (response.status === 204) return null;
  const isJson = (response.headers.get("content-type") || "").includes("json");
  const body = isJson ? await response.json() : {};
  if (!response.ok) throw new ApiError(response.status, body);
  return body;
}

const PATHS = { finding: "findings", measurement: "measurements", mark: "prior-marks" };

export class Api {
  constructor({ base, caseId, csrf }) {
    this.base = base;
    this.caseId = caseId;
    this.csrf = csrf;
  }

  async #fetch(url, options = {}) {
    try {
      return await fetch(url, { credentials: "same-origin", ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new NetworkError("There is no connection to the server.");
    }
  }

  async #send(method, path, body, { keepalive = false } = {}) {
    const headers = { Accept: "application/json", "X-CSRFToken": csrfToken(this.csrf) };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await this.#fetch(this.base + path, {
      method, headers, keepalive, body: body === undefined ? undefined : JSON.stringify(body),
    });
    const data = await answer(response);
    return { data, created: response.status === 201 };
  }

  async #get(path) {
    return answer(await this.#fetch(this.base + path, { headers: { Accept: "application/json" } }));
  }

  reading() { return this.#get(`cases/${this.caseId}/reading/`); }

  /** Any answer of the API by its address. */
  async json(url) { return answer(await this.#fetch(url, { headers: { Accept: "application/json" } })); }

  /** Any change of the API by its path; the answer's body. */
  async send(method, path, body) { return (await this.#send(method, path, body)).data; }

  /** A prior study of the patient, to stand beside the case. */
  prior(caseId) { return this.#get(`cases/${this.caseId}/priors/${caseId}/`); }

  /** Which case comes next in the list with these filters ("?..."), and where its pixels are: nothing is opened by it. */
  next(filters = "") { return this.#get(`cases/${this.caseId}/next/${filters}`); }

  progress() { return this.#get(`cases/${this.caseId}/progress/`); }

  async saveKeys(keys) { await this.#send("PUT", "reading-keys/", keys); }

  /** act: commit or complete, of the open read in the version that the reader saw. */
  async readAct(act, version) { return (await this.#send("POST", `cases/${this.caseId}/${act}/`, { version })).data; }

  /** Another try at `work`, such as `analyses/ID` or `images/ID`. */
  async retry(work) { await this.#send("POST", `${work}/retry/`); }

  /** Sets or takes away the reader's own flag. */
  async flag(on) { await this.#send(on ? "PUT" : "DELETE", `cases/${this.caseId}/flag/`); }

  /** The bytes at `url`, with progress in [0, 1] where the size is known: `expected` bytes when unpacked. */
  async bytes(url, { expected = 0, onProgress = () => {}, signal } = {}) {
    const response = await this.#fetch(url, { signal });
    if (!response.ok) await answer(response);
    const chunks = [];
    let received = 0;
    try {
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) break;
        chunks.push(value);
        received += value.length;
        if (expected) onProgress(Math.min(1, received / expected));
      }
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new NetworkError("The connection broke while the image was loading.");
    }
    const all = new Uint8Array(received);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** What the saving queue talks to; options: {kind: "finding", "measurement" or "mark", keepalive}. */
  transport() {
    return {
      openReview: async () => (await this.#send("POST", `cases/${this.caseId}/review/`)).data,
      patchReview: async (id, body, options) =>
        (await this.#send("PATCH", `reviews/${id}/`, body, options)).data,
      create: async (body, { kind, ...options }) => {
        const { data, created } = await this.#send("POST", `${PATHS[kind]}/`, body, options);
        return { record: data, created };
      },
      patch: async (id, body, { kind, ...options }) =>
        (await this.#send("PATCH", `${PATHS[kind]}/${id}/`, body, options)).data,
      remove: (id, version, { kind, ...options }) =>
        this.#send("DELETE", `${PATHS[kind]}/${id}/?version=${version}`, undefined, options),
    };
  }
}
