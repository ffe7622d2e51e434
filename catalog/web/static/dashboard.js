// The page of a dashboard stays while its address changes: what is chosen is in the address, the server draws the page for
// it, and what is new of that is put in place. So the back button works, a view can be sent, and new data come in by themselves.
import { toast } from "./app.js";
import { draw } from "./chart.js";
import { openFilter, closeFilters } from "./filters.js";
import { message } from "./messages.js";
import { save } from "./picture.js";

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

// furnish draws the charts of tiles and shows what needs scripts.
function furnish(within) {
  for (const tile of within.querySelectorAll(".tile")) {
    if (tile.dataset.drawing) chart(tile);
    for (const button of tile.querySelectorAll("button[data-do]")) button.hidden = false;
    view(tile);
    const pager = tile.querySelector(".pager");
    if (pager) turn(tile, pager, 0);
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    const { chart, columns, rows, marks } = JSON.parse(target.dataset.drawing);
    draw(target.querySelector(".canvas"), { ...chart, y: chart.size ? [...chart.y, chart.size] : chart.y, series: chart.series || chart.label || "", columns, rows, marks, compact: true });
  }
}, { rootMargin: "200px" });
const chart = (tile) => seen.observe(tile);

// view sets what of a tile is shown: its chart, or its table, whose links are no stops of the keyboard where it is not seen.
function view(tile) {
  if (!tile.querySelector("[data-do=table]")) return;
  const isTable = tile.classList.contains("drawing-table");
  if (tile.classList.contains("counters")) tile.dataset.view = isTable ? "shown" : "chart";
  else tile.dataset.view = isTable ? "table" : "chart";
  const scroll = tile.querySelector(".scroll");
  if (isTable) scroll.tabIndex = 0;
  else scroll.removeAttribute("tabindex");
  for (const link of scroll.querySelectorAll("a")) link.tabIndex = isTable ? 0 : -1;
}

function turn(tile, pager, by) {
  const size = Number(pager.dataset.size), rows = [...tile.querySelectorAll("tbody tr")];
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const at = Math.min(pages - 1, Math.max(0, Number(pager.dataset.at ?? 0) + by));
  pager.dataset.at = at;
  rows.forEach((row, i) => row.classList.toggle("later", i < at * size || i >= (at + 1) * size));
  pager.hidden = pages < 2;
  pager.querySelector("span").textContent = message("ofRows", at * size + 1, Math.min(rows.length, (at + 1) * size), rows.length);
  const [earlier, later] = pager.querySelectorAll("button");
  earlier.disabled = at === 0;
  later.disabled = at === pages - 1;
}

const ways = {
  table(tile, button) {
    tile.classList.toggle("drawing-table");
    const label = button.textContent;
    button.textContent = button.dataset.other;
    button.dataset.other = label;
    view(tile);
  },
  sql(tile) {
    const dialog = document.getElementById("sql");
    document.getElementById("sql-title").textContent = tile.querySelector("h2").textContent;
    document.getElementById("sql-text").textContent = tile.querySelector(".sql-of").textContent;
    dialog.showModal();
  },
  png: (tile) => save(tile, said()),
};

document.addEventListener("click", (event) => {
  const target = event.target;
  const link = target.closest("a[data-stay]");
  if (link && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button)) {
    event.preventDefault();
    closeFilters();
    show(link.pathname + link.search);
    return;
  }
  const button = target.closest(".tile button");
  const tile = target.closest(".tile");
  if (button?.dataset.do) {
    button.closest("details").open = false;
    tile.querySelector(".ways summary").focus(); // where a dialog gives it back to
    ways[button.dataset.do](tile, button);
  }
  if (button?.dataset.go) turn(tile, button.closest(".pager"), Number(button.dataset.go));
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
