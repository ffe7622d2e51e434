// Results: a chart that can be switched to other kinds that show the rows, and a table that can be sorted. A figure.result
// brings its charts, columns and rows along; resultOf makes one of an answer of the API.
import { draw } from "./chart.js";
import { figure as figureText } from "./format.js";
import { message } from "./messages.js";

const charts = document.body.dataset.charts;
const first = 100; // rows of a table that are shown at once, as in format.go
const drawable = (chart) => chart.kind !== "table" && chart.kind !== "counter";

// enhance makes the results of a page alive.
export function enhance(within) {
  for (const figure of within.querySelectorAll("figure.result")) {
    const result = JSON.parse(figure.dataset.result);
    switching(figure, result);
    sortable(figure.querySelector("table"), result);
  }
}

// resultOf is the figure of a result of the API.
export function resultOf(result, title) {
  const figure = node("figure", { className: "result" });
  const drawn = charts && drawable(result.charts[0]);
  if (drawn) {
    const canvas = node("div", { className: "canvas" });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", title);
    figure.append(canvas);
  }
  const table = node("table", {}, node("caption", { className: "unseen", textContent: title }), node("thead", {}, node("tr")), node("tbody"));
  for (const column of result.columns) {
    table.tHead.rows[0].append(node("th", { scope: "col", className: column.type === "number" ? "number" : "", textContent: column.label }));
  }
  const scroll = node("div", { className: "scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", title);
  figure.append(scroll);
  fill(table, result.columns, result.rows, first);
  sortable(table, result);
  if (drawn) switching(figure, result);
  return figure;
}

// node makes an element.
export function node(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// switching draws the first chart and offers the others as radio buttons.
function switching(figure, { charts: kinds, columns, rows }) {
  const canvas = figure.querySelector(".canvas");
  if (!canvas || !charts) return;
  const shown = kinds.filter(drawable);
  const show = (chart) => draw(canvas, { ...chart, columns, rows });
  new IntersectionObserver((entries, seen) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    show(shown[0]);
  }, { rootMargin: "200px" }).observe(canvas);
  if (shown.length < 2) return;
  const name = `kind-${Math.random().toString(36).slice(2)}`;
  const choices = shown.map((chart, i) => {
    const input = node("input", { type: "radio", name, value: chart.kind, checked: i === 0 });
    input.addEventListener("change", () => show(chart));
    return node("label", {}, input, node("span", { textContent: message(`kind.${chart.kind}`) }));
  });
  figure.prepend(node("fieldset", { className: "kinds" }, node("legend", { className: "unseen", textContent: message("kinds") }), ...choices));
}

// sortable puts a button into each header; a click sorts, another turns the order round, a third restores that of the answer.
function sortable(table, { columns, rows }) {
  let by = -1, down = false, most = first, shown = rows;
  const heads = [...table.tHead.rows[0].cells];
  const more = node("button", { type: "button", className: "plain more" });
  const refill = () => {
    fill(table, columns, shown, most);
    more.hidden = shown.length <= most;
    more.textContent = message("showAll", figureText(rows.length, { name: "", type: "number" }));
  };
  more.addEventListener("click", () => { most = Infinity; refill(); });
  heads.forEach((head, at) => {
    const button = node("button", { type: "button", className: "sort", title: message("sort") }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = columns[at].type === "number";
      if (by !== at) [by, down] = [at, numeric];
      else if (down === numeric) down = !down;
      else by = -1;
      shown = by < 0 ? rows : [...rows].sort((a, b) => compare(a[by], b[by], down));
      heads.forEach((other, i) => {
        if (i === by) other.setAttribute("aria-sort", down ? "descending" : "ascending");
        else other.removeAttribute("aria-sort");
      });
      refill();
    });
  });
  more.hidden = rows.length <= most;
  more.textContent = message("showAll", figureText(rows.length, { name: "", type: "number" }));
  table.parentElement.after(more);
}

// compare orders two values; what is missing comes last either way.
function compare(a, b, down) {
  if (a === null || b === null) return (a === null) - (b === null);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
  return down ? -order : order;
}

function fill(table, columns, rows, most) {
  table.tBodies[0].replaceChildren(...rows.slice(0, most).map((row) => node("tr", {}, ...row.map((value, at) =>
    node("td", { className: typeof value === "number" && columns[at].type === "number" ? "number" : "", textContent: figureText(value, columns[at]) })))));
}
