// Small comforts on top of pages that work without them.
const { initAll } = await import(document.getElementById("govuk-frontend").href);
initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
