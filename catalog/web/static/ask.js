// The page of questions. A question is a link: ask.js fetches the page of its address and puts its content in place of the old,
// so that a thread goes on without a reload, can be cancelled, and says so when the server is slow or away. Without it the same
// forms and links load the pages.
import { copying, toast } from "./app.js";
import { downloads } from "./download.js";
import { remember, showHistory } from "./history.js";
import { message } from "./messages.js";
import { post } from "./post.js";
import { enhance, resultOf } from "./results.js";

const slow = 3000; // milliseconds after which an answer is said to take long
const main = document.getElementById("main");
let asking = null;

// begin makes the content of the page alive.
function begin() {
  enhance(main);
  combobox(main.querySelector("#q"), main.querySelector("#completions"));
  for (const form of main.querySelectorAll("form[data-sql]")) runSQL(form);
  for (const form of main.querySelectorAll("form.verdict")) verdict(form);
  for (const button of main.querySelectorAll("[data-copy-link]")) copyLink(button);
  const answer = main.querySelector("article.answer");
  if (answer?.dataset.status === "answered") remember(answer.dataset.reader, answer.dataset.question, JSON.parse(answer.dataset.previous) ?? []);
  showHistory(main.querySelector(".history"));
  main.querySelector(".composer .cancel")?.addEventListener("click", () => asking?.abort());
}

// ask shows the page of an address in place of this one.
async function ask(address, keep) {
  asking?.abort();
  const mine = asking = new AbortController();
  const long = setTimeout(() => say(message("slow")), slow);
  busy(true);
  say(message("working"));
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname !== "/ask") return location.assign(address); // the login
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("main");
    if (!answer.ok || !found) return failed(found?.querySelector("h1")?.textContent || message("failed"), address, keep);
    document.body.dataset.run = page.body.dataset.run;
    document.querySelector(".fresh")?.replaceWith(page.querySelector(".fresh") ?? "");
    if (keep) history.pushState(null, "", address);
    document.title = page.title;
    main.replaceChildren(...found.childNodes);
    begin();
    copying(main);
    scrollTo({ top: 0 });
    main.querySelector("#asked")?.focus({ preventScroll: true });
  } catch (error) {
    if (error.name !== "AbortError") failed(message("offline"), address, keep);
    else if (asking === mine) say(message("cancelled"));
  } finally {
    clearTimeout(long);
    if (asking === mine) {
      asking = null;
      busy(false);
    }
  }
}

function busy(is) {
  if (is) main.setAttribute("aria-busy", "true");
  else main.removeAttribute("aria-busy");
  const composer = main.querySelector(".composer");
  if (!composer) return;
  composer.querySelector(".ask").hidden = is;
  composer.querySelector(".cancel").hidden = !is;
}

// say says under the question box how it stands; an action, if any, is a button.
function say(text, action) {
  const state = main.querySelector(".composer .state");
  if (!state) return;
  state.classList.toggle("problem", Boolean(action));
  state.replaceChildren(text);
  if (!action) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = message("again");
  button.addEventListener("click", action);
  state.append(" ", button);
}

function failed(text, address, keep) {
  say(text, () => ask(address, keep));
}

addEventListener("popstate", () => { if (location.pathname === "/ask") ask(location.href, false); });
addEventListener("keydown", (event) => { if (event.key === "Escape" && asking) asking.abort(); });

if (main.querySelector(".composer")) {
  main.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "get" || new URL(form.action).pathname !== "/ask") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter?.name ? event.submitter : undefined));
    ask(`/ask?${fields}`, true);
  });
  main.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || link.target || link.download || link.hasAttribute("download") || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.pathname !== "/ask") return;
    event.preventDefault();
    ask(link.href, true);
  });
}

// combobox offers completions of the word that is being typed.
function combobox(input, list) {
  if (!input) return;
  let at = -1;
  let looking = null;
  let took = false; // the key that is down chose a completion: it does not send the question too
  const close = () => {
    looking?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (text) => {
    const start = Math.max(...[" ", "'", "’"].map((c) => input.value.lastIndexOf(c))) + 1;
    input.value = `${input.value.slice(0, start)}${text} `;
    close();
    input.focus();
  };
  const choose = (next) => {
    const options = list.children;
    if (list.hidden || options.length === 0) return;
    options[at]?.setAttribute("aria-selected", "false");
    at = (next + options.length) % options.length;
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  };
  const show = (texts) => {
    list.replaceChildren(...texts.map((text, i) => {
      const option = document.createElement("li");
      option.id = `completion-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = text;
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(text);
      });
      return option;
    }));
    at = -1;
    list.hidden = texts.length === 0;
    input.form.querySelector(".offered").textContent = texts.length ? message("suggestions", texts.length) : "";
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  input.addEventListener("input", async () => {
    looking?.abort();
    if (input.value.trim() === "") return close();
    looking = new AbortController();
    const typed = input.value;
    try {
      const answer = await fetch(`/api/complete?q=${encodeURIComponent(typed)}`, { signal: looking.signal });
      if (!answer.ok || document.activeElement !== input) return;
      show((await answer.json()).completions);
      list.dataset.for = typed;
    } catch { /* typed on, or the server is away */ }
  });
  input.form.addEventListener("submit", (event) => {
    if (took) event.preventDefault();
    close();
  });
  input.addEventListener("keyup", () => { took = false; });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    switch (event.key) {
      case "ArrowDown": choose(at + 1); break;
      case "ArrowUp": choose(at < 0 ? -1 : at - 1); break;
      case "Escape": if (list.hidden) return; event.stopPropagation(); close(); break;
      case "Enter": case "Tab": if (at < 0 || list.hidden) return; took = true; take(list.children[at].textContent); break;
      default: return;
    }
    event.preventDefault();
  });
}

// runSQL makes the SQL of an answer one that can be edited and run.
function runSQL(form) {
  const [text, run, cancel, reset, state, ran] = ["textarea", ".run", ".cancel", "[type=reset]", ".state", ".ran"].map((one) => form.querySelector(one));
  let running = null;
  text.readOnly = false;
  run.hidden = false;
  text.rows = Math.min(16, Math.max(4, text.value.split("\n").length + 1));
  const say = (said, bad) => {
    state.textContent = said;
    state.classList.toggle("problem", Boolean(bad));
  };
  text.addEventListener("input", () => { reset.hidden = text.value === text.defaultValue; });
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  form.addEventListener("reset", () => {
    reset.hidden = true;
    ran.replaceChildren();
    say("");
  });
  cancel.addEventListener("click", () => running?.abort());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    running?.abort();
    const mine = running = new AbortController();
    [run.hidden, cancel.hidden] = [true, false];
    say(message("working"));
    try {
      const result = await post("/api/sql", { sql: text.value }, mine.signal);
      say(result.rows.length === 0 ? message("noRows") : message(result.truncated ? "ranMore" : "ran", result.rows.length, Math.max(1, Math.round(result.elapsed_ms))));
      ran.replaceChildren(...(result.rows.length ? [resultOf(result, message("ranTitle")), downloads(text.value)] : []));
      ran.scrollIntoView({ block: "nearest" });
    } catch (error) {
      ran.replaceChildren();
      say(error.message, true);
    }
    if (running === mine) [run.hidden, cancel.hidden] = [false, true];
  });
}

// verdict keeps what the reader thinks of the answer.
function verdict(form) {
  const answer = form.closest("article");
  const box = form.querySelector(".note-box"), said = form.querySelector(".said");
  let chosen = "";
  form.hidden = false;
  for (const thumb of form.querySelectorAll(".thumb")) {
    thumb.addEventListener("click", () => {
      chosen = thumb.value;
      for (const other of form.querySelectorAll(".thumb")) other.setAttribute("aria-pressed", String(other === thumb));
      box.hidden = false;
      said.textContent = "";
      box.querySelector("input").focus();
    });
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = box.querySelector("button");
    send.disabled = true;
    try {
      const { question, previous } = answer.dataset;
      const kept = await post("/api/feedback", { verdict: chosen, question, previous: JSON.parse(previous) ?? [], note: box.querySelector("input").value });
      box.hidden = true;
      said.textContent = message(kept.waits ? "thanksWaits" : "thanks");
      for (const thumb of form.querySelectorAll(".thumb")) thumb.disabled = true;
    } catch (error) {
      said.textContent = error.message;
    }
    send.disabled = false;
  });
}

function copyLink(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      toast(message("copied"));
    } catch {
      toast(message("copyFailed"));
    }
  });
}

// What is folded is printed too.
addEventListener("beforeprint", () => { for (const fold of main.querySelectorAll(".result .fold")) fold.open = true; });

begin();
