// The desk's comforts: MoJ components, picking all rows of a list, and keys over its rows.
const { initAll } = await import(document.getElementById("moj-frontend").href);
initAll();

const links = () => [...document.querySelectorAll("[data-row] th a[href]")];
const picks = () => [...document.querySelectorAll("input[data-pick]")];

function move(step) {
  const all = links();
  const row = document.activeElement.closest("[data-row]");
  const at = row ? all.findIndex((link) => row.contains(link)) : -1;
  all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
}

function pickHere() {
  document.activeElement.closest("[data-row]")?.querySelector("input[data-pick]")?.click();
}

function showKeys() {
  const keys = document.querySelector("dialog[data-keys]");
  if (keys && !keys.open) keys.showModal();
}

// One box for all rows stands only where there is a script to follow it.
for (const all of document.querySelectorAll("[data-pick-all]")) {
  all.hidden = false;
  const box = all.querySelector("input");
  box.addEventListener("change", () => picks().forEach((pick) => (pick.checked = box.checked)));
}

for (const opener of document.querySelectorAll("[data-show-keys]")) {
  opener.hidden = false;
  opener.addEventListener("click", showKeys);
}

const keys = { j: () => move(1), k: () => move(-1), x: pickHere, "?": showKeys };

document.addEventListener("keydown", (event) => {
  const picking = event.target.matches("input[data-pick]");
  const typing = !picking && event.target.closest("input, textarea, select, [contenteditable], dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const here = links().includes(document.activeElement);
  if (event.key === "o" && here) document.activeElement.click();
  else if (event.key === "/") document.querySelector("[data-search]")?.focus();
  else if (event.key in keys) keys[event.key]();
  else return;
  event.preventDefault();
});
