// The tiles of a dashboard as a reader uses them, on the pages of a server and in a report alike: the chart, the table behind it
// and its pages, the SQL, the picture.
import { draw } from "./chart.js";
import { message } from "./messages.js";
import { save } from "./picture.js";

// furnish draws the charts of tiles and shows what needs scripts.
export function furnish(within) {
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
    paint(target);
  }
}, { rootMargin: "200px" });
const chart = (tile) => seen.observe(tile);

// paint draws the chart of a tile, in view or not.
export function paint(tile) {
  const { chart, columns, rows, marks } = JSON.parse(tile.dataset.drawing);
  return draw(tile.querySelector(".canvas"), { ...chart, y: chart.size ? [...chart.y, chart.size] : chart.y, series: chart.series || chart.label || "", columns, rows, marks, compact: true });
}

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
  png: (tile, _button, chosen) => save(tile, chosen),
};

// act does what a click within a tile asks for; chosen says what the page is narrowed to.
export function act(target, chosen) {
  const button = target.closest(".tile button");
  const tile = target.closest(".tile");
  if (button?.dataset.do) {
    button.closest("details").open = false;
    tile.querySelector(".ways summary").focus(); // where a dialog gives it back to
    ways[button.dataset.do](tile, button, chosen());
  }
  if (button?.dataset.go) turn(tile, button.closest(".pager"), Number(button.dataset.go));
}
