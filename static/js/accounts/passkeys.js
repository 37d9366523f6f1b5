// Forms with data-passkey: "create" makes a passkey, "get" uses one, "login" asks the server first.
import { creationOptions, credentialJson, requestOptions } from "./webauthn.js";

const REASONS = {
  NotAllowedError: "It was cancelled or took too long. Try again.",
  InvalidStateError: "This device already has a passkey for your account.",
  SecurityError: "Passkeys work only at the portal's name (not at an IP address) and over a safe connection.",
  NotSupportedError: "This device cannot do that. Try another device or another kind of second factor.",
};

async function options(form) {
  if (form.dataset.passkey === "login") {
    const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error("The portal did not answer. Reload the page and try again.");
    return (await response.json()).request_options.publicKey;
  }
  const data = JSON.parse(document.getElementById(form.dataset.optionsId).textContent);
  return (data.creation_options ?? data.request_options).publicKey;
}

async function credential(form) {
  const json = await options(form);
  if (form.dataset.passkey === "create") {
    const passwordless = form.querySelector("[data-passwordless]")?.checked ?? false;
    return navigator.credentials.create({ publicKey: creationOptions(json, { passwordless }) });
  }
  return navigator.credentials.get({ publicKey: requestOptions(json) });
}

function start(form) {
  const button = form.querySelector("button[type=submit]");
  const complaint = form.querySelector("[data-passkey-error]");
  if (!window.PublicKeyCredential) {
    complaint.textContent = "This browser has no passkeys, or the connection is not safe.";
    return;
  }
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    complaint.textContent = "";
    try {
      form.elements.credential.value = JSON.stringify(credentialJson(await credential(form)));
      form.submit();
    } catch (error) {
      complaint.textContent = REASONS[error.name] ?? error.message;
      button.disabled = false;
    }
  });
}

document.querySelectorAll("form[data-passkey]").forEach(start);
