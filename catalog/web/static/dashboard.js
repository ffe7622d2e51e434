// The page of a dashboard stays while its address changes: what is chosen is in the address, the server draws the page for
// it, and what is new of that is put in place. So the back button works, a view can be sent, and new data come in by themselves.
import { toast } from "./app.js";
import { openFilter, closeFilters } from "./filters.js";
import { message } from "./messages.js";
import { act, furnish } from "./tiles.js";

const board = document.getElementById("board");
let asking;
let shown = location.pathname + location.search;

// show goes to a view of the dashboard. How: push (a new entry of the history), or stay (there is one already).
export async function show(address, how = "push") {
  asking?.abort();
  const mine = asking = new AbortController();
  board.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !page.getElementById("board")) return location.assign(address); // its own page says why
    if (how === "push") history.pushState(null, "", address);
    shown = address;
    put(page);
    document.getElementById("board-says").textContent = message("shown", said());
  } catch (error) {
    if (error.name !== "AbortError") toast(message("failed"));
  } finally {
    if (asking === mine) board.removeAttribute("aria-busy");
  }
}

// said is what is chosen, for a screen reader.
function said() {
  const chips = [...document.querySelectorAll("#chosen .chip")].map((chip) => chip.title);
  return chips.join("; ") || message("all");
}

// put puts what is new of a page in place. Charts stay where they are and are drawn anew; filters that are open stay so.
function put(page) {
  const focused = document.activeElement?.closest("[id]")?.id;
  document.title = page.title;
  document.body.dataset.run = page.body.dataset.run;
  for (const id of ["board-head", "board-pages", "chosen", "notes", "filter-count"]) document.getElementById(id).replaceWith(page.getElementById(id));
  document.querySelector(".fresh")?.replaceWith(page.querySelector(".fresh"));
  document.querySelector(".foot")?.replaceWith(page.querySelector(".foot"));
  const list = document.getElementById("filter-list");
  for (const filter of page.querySelectorAll(".filter")) {
    const is = document.getElementById(filter.id);
    if (!is) list.append(filter);
    else is.querySelector("summary").replaceWith(filter.querySelector("summary"));
  }
  const tiles = document.getElementById("tiles");
  for (const tile of page.querySelectorAll(".tile")) {
    const before = document.getElementById(tile.id);
    const canvas = before?.querySelector(".canvas"), place = tile.querySelector(".canvas");
    if (canvas && place) {
      canvas.setAttribute("aria-label", place.getAttribute("aria-label"));
      place.replaceWith(canvas);
    }
    if (before?.classList.contains("drawing-table") && place) tile.classList.add("drawing-table");
  }
  tiles.replaceChildren(...page.querySelectorAll(".tile"));
  furnish(tiles);
  for (const filter of document.querySelectorAll(".filter[open]")) openFilter(filter, false);
  if (focused && !board.contains(document.activeElement)) document.getElementById(focused)?.focus?.();
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const link = target.closest("a[data-stay]");
  if (link && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button)) {
    event.preventDefault();
    closeFilters();
    show(link.pathname + link.search);
    return;
  }
  act(target, said);
  for (const open of document.querySelectorAll("details.ways[open], details.filter[open]")) if (!open.contains(target)) open.open = false;
  if (target.id === "filters-open") fold(target.getAttribute("aria-expanded") === "true");
});

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.ways[open], details.filter[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// A click on a mark of a chart is one on the value of its row in the table.
document.addEventListener("fmcg:pick", (event) => {
  const row = event.target.closest(".tile")?.querySelector(`tr[data-row="${event.detail.row}"]`);
  const link = row?.querySelector("a[data-pick]");
  if (link) show(link.pathname + link.search);
});

// A release that is new: the page takes it up where it is, and says so.
document.addEventListener("fmcg:release", async (event) => {
  event.preventDefault();
  await show(location.pathname + location.search, "stay");
  toast(message("taken", document.querySelector(".fresh")?.dataset.through ?? event.detail.data_through));
});

addEventListener("popstate", () => {
  const address = location.pathname + location.search;
  if (address !== shown) show(address, "stay");
});

function fold(folded) {
  document.getElementById("filters").classList.toggle("folded", folded);
  document.getElementById("filters-open").setAttribute("aria-expanded", String(!folded));
}

for (const filter of document.querySelectorAll(".filter")) filter.addEventListener("toggle", () => { if (filter.open) openFilter(filter, true); });
furnish(document);
