// The page of SQL: an editor over the published tables, which runs what is chosen or all of it, and shows rows, chart and
// downloads. What was run is remembered in the browser alone (history.js); queries are saved by the API. Without this script the
// form has the server run the text.
import { toast } from "./app.js";
import { draw } from "./chart.js";
import { downloads } from "./download.js";
import { message } from "./messages.js";
import { node, resultOf } from "./results.js";
import { post } from "./post.js";
import { queries as past } from "./history.js";

const page = document.querySelector(".workbench");
const form = document.getElementById("query");
const area = document.getElementById("text");
const ran = document.getElementById("ran");
const [run, stop, state] = [".run", ".stop", ".state"].map((one) => form.querySelector(one));
const { reader, saved, version } = page.dataset;
const kept = area.value; // the text of the saved query, as long as it is not edited
let running = null;
let editor = plain();

for (const one of page.querySelectorAll(".scripted")) one.hidden = false;

// plain is the field as an editor, where there is no better one.
function plain() {
  const chosen = () => {
    const { selectionStart: from, selectionEnd: to, value } = area;
    return from === to ? { text: value, from: 0 } : { text: value.slice(from, to), from };
  };
  return {
    get text() { return area.value; },
    set text(value) { area.value = value; },
    get chosen() { return chosen(); },
    insert(text) { area.setRangeText(text, area.selectionStart, area.selectionEnd, "end"); area.focus(); },
    mark(from, line, column) {
      const lines = area.value.slice(from).split("\n");
      const at = from + lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
      area.setSelectionRange(at, at + 1);
    },
    unmark() {},
    know() {},
    focus() { area.focus(); },
  };
}

async function begin() {
  area.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); go(); } });
  if (page.dataset.editor) {
    const { create } = await import(page.dataset.editor);
    const parent = document.getElementById("editor");
    parent.hidden = false;
    editor = create({ parent, text: area.value, label: form.querySelector("label").textContent, hint: area.placeholder, phrases: JSON.parse(message("editor")), run: go, change: () => editor.unmark() });
    area.hidden = true;
    fetch("/api/sql/schema").then((answer) => (answer.ok ? answer.json() : null)).then((schema) => {
      if (schema) editor.know(schema);
      parent.dataset.ready = "";
    }).catch(() => { /* no completion then */ });
  }
  const asked = new URLSearchParams(location.search);
  if ((asked.get("sql") || saved) && !asked.get("run")) go();
  showPast();
  if (page.querySelector("[data-alert]")) lookAtAlert();
}

const say = (text, bad) => {
  state.textContent = text;
  state.classList.toggle("problem", Boolean(bad));
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go();
});
stop.addEventListener("click", () => running?.abort());
addEventListener("keydown", (event) => { if (event.key === "Escape" && running && !event.defaultPrevented) running.abort(); });

// go runs what is chosen.
async function go() {
  const { text, from } = editor.chosen;
  if (text.trim() === "") return;
  running?.abort();
  const mine = running = new AbortController();
  [run.hidden, stop.hidden] = [true, false];
  editor.unmark();
  say(message("working"));
  try {
    const result = await post("/api/sql", { sql: text }, mine.signal);
    say(result.rows.length === 0 ? message("noRows") : message(result.truncated ? "ranMore" : "ran", result.rows.length, Math.max(1, Math.round(result.elapsed_ms))));
    ran.replaceChildren(...(result.rows.length ? [...shown(result), downloads(text)] : []));
    past.remember(reader, text);
    showPast();
    history.replaceState(null, "", addressOf(editor.text));
  } catch (error) {
    if (running !== mine) return;
    ran.replaceChildren();
    say(error.line ? message("atPlace", error.line, error.column, error.message) : error.message, true);
    if (error.line) editor.mark(from, error.line, error.column, error.message);
  }
  if (running === mine) {
    running = null;
    [run.hidden, stop.hidden] = [false, true];
  }
}

// addressOf is the page as a link: of the saved query, as long as it is that one.
function addressOf(text) {
  if (saved && text.trim() === kept.trim()) return `/sql?saved=${saved}`;
  const address = `/sql?${new URLSearchParams(saved ? [["saved", saved], ["sql", text]] : [["sql", text]])}`;
  return address.length < 8000 ? address : location.href;
}

// shown is a result: its table, exact and under the names of its columns, and a chart that the reader chooses.
function shown(result) {
  const columns = result.columns.map((one) => ({ ...one, label: one.name, unit: "", exact: true }));
  const title = message("ranTitle");
  const table = resultOf({ ...result, columns, charts: [{ kind: "table" }] }, title);
  if (!document.body.dataset.charts) return [table];
  const canvas = node("div", { className: "canvas", hidden: true });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  const best = result.charts.find((one) => one.kind !== "table" && one.kind !== "counter");
  const numbers = columns.filter((one) => one.type === "number").map((one) => one.name);
  if (numbers.length === 0 || columns.length < 2) return [table];
  const select = (name, values, value) => {
    const made = node("select", { name }, ...values.map(([key, text]) => node("option", { value: key, textContent: text, selected: key === value })));
    made.addEventListener("change", redraw);
    return made;
  };
  const names = columns.map((one) => [one.name, one.name]);
  const [kind, x, y, series] = [
    select("kind", ["bar", "line", "area", "pie", "scatter", "heatmap"].map((one) => [one, message(`kind.${one}`)]), best?.kind ?? "bar"),
    select("x", names, best?.x || names[0][0]),
    select("y", numbers.map((one) => [one, one]), best?.y?.[0] ?? numbers.at(-1)),
    select("series", [["", message("none")], ...names], best?.series ?? ""),
  ];
  const axes = [["kinds", kind], ["axisX", x], ["axisY", y], ["axisSeries", series]].map(([key, one]) => node("label", { className: "axis", hidden: true }, message(key), one));
  function redraw() {
    draw(canvas, { kind: kind.value, x: x.value, y: [y.value], series: series.value, columns: columns.map((one) => ({ ...one, exact: false })), rows: result.rows });
  }
  const choices = [["table", true], ["chart", false]].map(([key, checked]) => {
    const input = node("input", { type: "radio", name: "view", value: key, checked });
    input.addEventListener("change", () => {
      const chart = key === "chart";
      [canvas.hidden, table.hidden] = [!chart, chart];
      for (const one of axes) one.hidden = !chart;
      if (chart) redraw();
    });
    return node("label", {}, input, node("span", { textContent: message(key) }));
  });
  const views = node("div", { className: "views" }, node("fieldset", { className: "kinds" }, node("legend", { className: "unseen", textContent: message("view") }), ...choices), ...axes);
  return [views, canvas, table];
}

// The shelf: what is clicked goes into the text.
page.addEventListener("click", (event) => {
  const { insert } = event.target.closest("button")?.dataset ?? {};
  if (insert) editor.insert(insert);
});
for (const input of page.querySelectorAll("[data-filter]")) {
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of document.getElementById(input.dataset.filter).querySelectorAll("[data-words]")) {
      item.hidden = !words.every((word) => item.dataset.words.toLowerCase().includes(word));
    }
  });
}

function showPast() {
  const fold = page.querySelector(".history");
  const list = past.all(reader);
  fold.hidden = list.length === 0;
  fold.querySelector("ol").replaceChildren(...list.map((text) => node("li", {}, node("a", { href: `/sql?${new URLSearchParams({ sql: text })}`, textContent: text.replace(/\s+/g, " "), title: text }))));
}
page.querySelector("[data-do=forget]").addEventListener("click", () => {
  past.forget(reader);
  showPast();
});

const link = form.querySelector("[data-do=link]");
link.hidden = !navigator.clipboard;
link.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(new URL(addressOf(editor.text), location.href).href);
    toast(message("copied"));
  } catch {
    toast(message("copyFailed"));
  }
});

// Saving. Each act leads to the page of what came of it.
const keep = page.querySelector("[data-do=save]");
const act = async (at, told, address, body, next) => {
  told.classList.remove("problem");
  told.textContent = message("working");
  try {
    const found = await post(address, body);
    location.assign(next(found));
  } catch (error) {
    told.textContent = error.message;
    told.classList.add("problem");
  }
};
const own = `/api/queries/${saved}`;
const seen = { version: Number(version) };
keep.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = { name: keep.elements.name.value, description: keep.elements.description.value, sql: editor.text };
  const change = event.submitter?.value === "change";
  act(keep, keep.querySelector(".state"), change ? own : "/api/queries", change ? { ...fields, ...seen } : fields, (q) => `/sql?saved=${q.id}`);
});
const ask = keep.querySelector("[data-do=delete]"), sure = keep.querySelector("[data-do=delete-it]");
ask?.addEventListener("click", () => {
  [ask.hidden, sure.hidden] = [true, false];
  sure.focus();
});
sure?.addEventListener("click", () => act(keep, keep.querySelector(".state"), `${own}/delete`, seen, () => "/sql"));

// The alert.
const alarm = document.getElementById("alert");
const thresholds = alarm?.querySelector("form");
const number = (input) => (input.value === "" ? null : Number(input.value));
thresholds?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { below, above, repeat } = thresholds.elements;
  act(thresholds, alarm.querySelector(".state"), `${own}/alert`, { ...seen, below: number(below), above: number(above), repeat: repeat.checked }, () => `/sql?saved=${saved}`);
});
thresholds?.querySelector("[data-do=no-alert]")?.addEventListener("click", () => act(thresholds, alarm.querySelector(".state"), `${own}/alert/remove`, seen, () => `/sql?saved=${saved}`));

async function lookAtAlert() {
  const now = alarm.querySelector(".now");
  now.textContent = message("working");
  try {
    const answer = await fetch(`${own}/alert`);
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error?.message ?? message("failed"));
    now.textContent = found.state === "failed" ? message("alert.failed", found.error) : message(`alert.${found.state}`, found.value);
    now.classList.add(found.state === "ok" ? "within" : "beyond");
    now.dataset.state = found.state;
  } catch (error) {
    now.textContent = error.message;
  }
}

begin();
