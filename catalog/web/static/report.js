// A report: a dashboard as one file, read without a server. What it shows is in it.
import { redraw } from "./chart.js";
import { act, furnish, paint } from "./tiles.js";

const root = document.documentElement;
const chosen = () => document.getElementById("chosen").textContent.trim().replace(/\s+/g, " ");

function shut(but) {
  for (const open of document.querySelectorAll("details.ways[open]")) if (!open.contains(but)) open.open = false;
}

document.addEventListener("click", (event) => {
  act(event.target, chosen);
  shut(event.target);
});

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.ways[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// whole draws the charts that were never in view too: for paper, or because a picture is to be taken of the page.
function whole() {
  for (const tile of document.querySelectorAll(".tile[data-drawing]")) if (!tile.querySelector(".canvas").hasChildNodes()) paint(tile);
}
addEventListener("fmcg:whole", whole);

// On paper it is light, and as wide as the sheet.
let theme;
addEventListener("fmcg:paper", () => {
  theme ??= root.dataset.theme;
  root.dataset.theme = "light";
  root.classList.add("paper");
  whole();
});
addEventListener("afterprint", () => {
  root.dataset.theme = theme;
  root.classList.remove("paper");
  redraw();
});

furnish(document);
