// Small comforts on top of pages that work without them.
const { initAll } = await import(document.getElementById("govuk-frontend").href);
initAll();

// GOV.UK marks radios that reveal a question with aria-expanded, which ARIA does not allow on them.
for (const radio of document.querySelectorAll("input[type=radio][aria-expanded]")) {
  const tidy = () => radio.removeAttribute("aria-expanded");
  new MutationObserver(tidy).observe(radio, { attributeFilter: ["aria-expanded"] });
  tidy();
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A page that came back refused is the answer to a POST: once its form is sent on, Back could not
// show it without sending the first again. From then on its place in the history is its address.
document.addEventListener("submit", ({ target }) => {
  if (target.method === "post") history.replaceState(history.state, "", location.href);
});

// While the site is flooded a form comes back with a challenge: find the number that solves it
// (portal/infra/proof.py), so that the reader need not wait. A form that lacked nothing else is
// then sent; one that is sent meanwhile waits for the number.
const proof = document.querySelector("input[name=proof]");
if (proof?.value && globalThis.crypto?.subtle) {
  const { form, value: challenge } = proof;
  let sends = false;
  let pressed = null;
  const send = (event) => {
    event?.preventDefault();
    sends = true;
    pressed = event?.submitter ?? null;
    form.querySelector("[data-sending]")?.removeAttribute("hidden");
  };
  form.addEventListener("submit", send);
  if (proof.hasAttribute("data-sends")) send();
  const encoder = new TextEncoder();
  const solves = async (text) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
    return hash[0] === 0 && hash[1] === 0 && hash[2] < 64;
  };
  for (let from = 0; proof.value === challenge; from += 256) {
    const texts = Array.from({ length: 256 }, (_, at) => `${challenge}.${from + at}`);
    const found = (await Promise.all(texts.map(solves))).indexOf(true);
    if (found >= 0) proof.value = texts[found];
  }
  form.removeEventListener("submit", send);
  if (sends && form.requestSubmit) form.requestSubmit(pressed);
  else if (sends) form.submit();
}
