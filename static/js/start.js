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
