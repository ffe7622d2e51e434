// The filters of a dashboard: each opens to the values that are possible under the others, is searched, and holds several.
// What is chosen goes into the address, which dashboard.js shows.
import { short } from "./format.js";
import { message } from "./messages.js";
import { show } from "./dashboard.js";

const typing = 120; // milliseconds of rest after which a search is made
const revenue = { name: "revenue", type: "number", unit: "INR" };

export function closeFilters() {
  for (const filter of document.querySelectorAll(".filter[open]")) filter.open = false;
}

// openFilter fills a filter with what is possible now; the reader's search and place stay, unless it is opened anew.
export async function openFilter(filter, anew) {
  const pop = filter.querySelector(".pop");
  const dimension = filter.dataset.dimension;
  if (anew || pop.childElementCount === 0) {
    pop.replaceChildren(...(dimension === "month" ? range() : choices(filter, dimension)));
    pop.classList.toggle("from-end", filter.getBoundingClientRect().left + 320 > innerWidth - 16);
  }
  await fill(filter, dimension, pop);
  if (anew) pop.querySelector("input, select")?.focus();
}

async function options(dimension, search) {
  const address = new URL(document.getElementById("board").dataset.options + encodeURIComponent(dimension), location);
  address.search = location.search;
  address.searchParams.set("limit", dimension === "month" ? 1000 : 200);
  if (search) address.searchParams.set("search", search);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function fill(filter, dimension, pop) {
  const search = pop.querySelector("input[type=search]")?.value ?? "";
  const asked = pop.dataset.asked = String(Math.random());
  try {
    const found = await options(dimension, search);
    if (pop.dataset.asked !== asked) return; // another answer is on its way
    if (dimension === "month") fillRange(pop, found.values);
    else fillChoices(filter, pop, found);
  } catch {
    pop.querySelector(".says").textContent = message("failed");
  }
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function foot(clear) {
  const says = element("span", { className: "says quiet", textContent: message("loading") });
  says.setAttribute("role", "status");
  return element("div", { className: "pop-foot" }, says, element("button", { type: "button", textContent: message("clear"), onclick: clear }));
}

function choices(filter, dimension) {
  const search = element("input", { type: "search", placeholder: message("search"), autocomplete: "off", maxLength: 100 });
  search.setAttribute("aria-label", message("search"));
  const list = element("ul", { className: "choices" });
  let typed;
  search.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => fill(filter, dimension, filter.querySelector(".pop")), typing);
  });
  list.addEventListener("change", (event) => choose(dimension, event.target.value, event.target.checked));
  list.addEventListener("keydown", (event) => { // arrows as in a list
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const boxes = [...list.querySelectorAll("input")];
    const next = step && boxes[boxes.indexOf(event.target) + step];
    if (!step) return;
    event.preventDefault();
    (next ?? search).focus();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    list.querySelector("input")?.focus();
  });
  return [search, list, foot(() => choose(dimension, null))];
}

function fillChoices(filter, pop, found) {
  const list = pop.querySelector(".choices");
  const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
  const chosen = new URLSearchParams(location.search).getAll(filter.dataset.dimension);
  list.replaceChildren(...found.values.map((option) => {
    const box = element("input", { type: "checkbox", value: option.param, checked: chosen.includes(option.param) });
    const name = element("span", { textContent: option.value === null ? "–" : String(option.value) });
    const item = element("li", {}, element("label", {}, box, name, element("span", { textContent: short(option.revenue, revenue) })));
    return item;
  }));
  if (focused !== null) [...list.querySelectorAll("input")].find((box) => box.value === focused)?.focus();
  pop.querySelector(".says").textContent = found.values.length === 0 ? message("nothing") : found.more ? message("more") : "";
  pop.querySelector("button").disabled = chosen.length === 0;
}

const monthName = (param) => new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${param}-01T00:00:00Z`));

function range() {
  const ends = ["from", "to"].map((end) => {
    const select = element("select", { name: end });
    select.addEventListener("change", () => go((params) => {
      if (select.value) params.set(end, select.value); else params.delete(end);
      const other = end === "from" ? "to" : "from", value = params.get(other);
      if (value && select.value && (end === "from") === (select.value > value)) params.set(other, select.value);
    }));
    return element("label", {}, message(end), select);
  });
  return [element("div", { className: "range" }, ...ends), foot(() => go((params) => { params.delete("from"); params.delete("to"); }))];
}

function fillRange(pop, values) {
  const params = new URLSearchParams(location.search);
  for (const select of pop.querySelectorAll("select")) {
    const now = params.get(select.name) ?? "";
    const known = values.map((option) => option.param);
    if (now && !known.includes(now)) known.push(now);
    select.replaceChildren(element("option", { value: "", textContent: message("any") }),
      ...known.sort().map((param) => element("option", { value: param, textContent: monthName(param) })));
    select.value = now;
  }
  pop.querySelector(".says").textContent = values.length === 0 ? message("nothing") : "";
  pop.querySelector("button").disabled = !params.has("from") && !params.has("to");
}

// choose takes a value up or lets go of it; null lets go of all.
function choose(dimension, value, wanted) {
  go((params) => {
    const rest = value === null ? [] : params.getAll(dimension).filter((one) => one !== value);
    params.delete(dimension);
    for (const one of wanted ? [...rest, value] : rest) params.append(dimension, one);
  });
}

function go(change) {
  const params = new URLSearchParams(location.search);
  change(params);
  params.sort();
  const query = params.toString();
  history.pushState(null, "", location.pathname + (query && `?${query}`)); // at once, so that the next choice builds upon it
  show(location.pathname + location.search, "stay");
}
