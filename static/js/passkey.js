// Passkeys: asks the browser's authenticator and sends its answer as an ordinary form.
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function decoded(options) {
  const result = { ...options, challenge: bytes(options.challenge) };
  if (options.user) result.user = { ...options.user, id: bytes(options.user.id) };
  if (options.allowCredentials) result.allowCredentials = named(options.allowCredentials);
  if (options.excludeCredentials) result.excludeCredentials = named(options.excludeCredentials);
  return result;
}

function encoded(credential) {
  const answer = credential.response;
  const response = { clientDataJSON: text(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (answer[name]) response[name] = text(answer[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function ask(form) {
  const token = form.elements.csrf_token.value;
  const reply = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!reply.ok || reply.redirected) return location.reload();
  const publicKey = decoded(await reply.json());
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.elements.answer.value = encoded(credential);
  form.submit();
}

const form = document.getElementById("passkey");
if (form && window.PublicKeyCredential) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Cancelled or timed out: the page stays as it is, to try again or to use a code.
    ask(form).catch(() => form.querySelector("button").focus());
  });
}
