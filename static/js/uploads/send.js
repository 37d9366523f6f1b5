// One file, one request. fetch tells nothing of how much was sent, so this is an XMLHttpRequest.

/** Resolves to `{ status, body }`; status 0 when no answer came. `onSent(share)` goes from 0 to 1. */
export function send({ address, token, fields, file, onSent }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onload = () => resolve({ status: request.status, body: request.response });
    request.onerror = () => resolve({ status: 0, body: null });
    request.send(form);
  });
}
