// The desk's comforts: MoJ components, and the keys j k o / ? over the rows of a list.
const { initAll } = await import(document.getElementById("moj-frontend").href);
initAll();

const links = () => [...document.querySelectorAll("[data-row] th a[href]")];

function move(step) {
  const all = links();
  const at = all.indexOf(document.activeElement);
  all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
}

function showKeys() {
  const keys = document.querySelector("details[data-keys]");
  if (!keys) return;
  keys.open = !keys.open;
  keys.querySelector("summary").focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "o" && links().includes(document.activeElement)) document.activeElement.click();
  else if (event.key === "/") document.querySelector("[data-search]")?.focus();
  else if (event.key === "?") showKeys();
  else return;
  event.preventDefault();
});
