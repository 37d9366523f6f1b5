// Between the JSON that the server speaks and what navigator.credentials wants (WebAuthn Level 3, 5.1).
// Newer browsers convert themselves; the rest is done here. No DOM.

export function toBytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (c) => c.charCodeAt(0));
}

export function toText(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const withBytes = (item) => ({ ...item, id: toBytes(item.id) });

export function creationOptions(json, { passwordless = false } = {}) {
  const wanted = passwordless
    ? { residentKey: "required", requireResidentKey: true, userVerification: "required" }
    : { residentKey: "discouraged", requireResidentKey: false };
  return {
    ...json,
    challenge: toBytes(json.challenge),
    user: withBytes(json.user),
    excludeCredentials: (json.excludeCredentials ?? []).map(withBytes),
    authenticatorSelection: { ...json.authenticatorSelection, ...wanted },
  };
}

export function requestOptions(json) {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    allowCredentials: (json.allowCredentials ?? []).map(withBytes),
  };
}

export function credentialJson(credential) {
  const { response } = credential;
  const parts = response.attestationObject
    ? { attestationObject: toText(response.attestationObject), transports: response.getTransports?.() ?? [] }
    : {
        authenticatorData: toText(response.authenticatorData),
        signature: toText(response.signature),
        userHandle: response.userHandle ? toText(response.userHandle) : null,
      };
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: toText(response.clientDataJSON), ...parts },
  };
}
