// What all pages do: take up new data, copy, close menus.
import { message } from "./messages.js";

const followEvery = 5000; // milliseconds

// toast says something at the foot of the page; the action, if any, is a button.
export function toast(text, label, action) {
  const box = document.getElementById("toast");
  box.replaceChildren(document.createTextNode(text));
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", action);
    box.append(button);
  } else {
    setTimeout(() => { box.hidden = true; }, 2500);
  }
  box.hidden = false;
}

// follow asks which release is served. When it is another one than the page's, the page may take it up itself (a listener of
// fmcg:release that calls preventDefault), or the reader is told.
function follow() {
  const page = document.body.dataset; // its run is the one that is shown
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch("/api/status", { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const status = await answer.json();
      if (!status.ready || status.run_id === page.run) return;
      const first = page.run === "";
      page.run = status.run_id;
      const event = new CustomEvent("fmcg:release", { detail: status, cancelable: true });
      if (!document.dispatchEvent(event)) return;
      if (first) location.reload();
      else toast(message("newData"), message("reload"), () => location.reload());
    } catch { /* the server is away; the next look will tell */ }
  };
  setInterval(look, followEvery);
  document.addEventListener("visibilitychange", look);
}

// copying makes the buttons alive that copy the text of an element.
export function copying(within) {
  for (const button of within.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      try {
        const from = document.getElementById(button.dataset.copy);
        await navigator.clipboard.writeText(from.value ?? from.textContent);
        toast(message("copied"));
      } catch {
        toast(message("copyFailed"));
      }
    });
  }
}

function menus() {
  for (const menu of document.querySelectorAll("details.menu")) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
}

// clock says by the reader's clock when the data were refreshed; other scripts put a new header in place.
function clock() {
  for (const time of document.querySelectorAll("time[data-fresh]")) {
    delete time.dataset.fresh;
    const at = new Date(time.dateTime), day = (date) => new Date(date).setHours(0, 0, 0, 0);
    const locale = document.documentElement.dataset.locale || "en";
    const text = at.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const passed = Math.round((day(Date.now()) - day(at)) / 86400000);
    time.textContent = passed === 0 ? message("freshToday", text) : passed === 1 ? message("freshYesterday", text)
      : message("freshOn", at.toLocaleDateString(locale, { day: "numeric", month: "short", year: "numeric" }), text);
  }
}
const side = document.querySelector(".side");
if (side) new MutationObserver(clock).observe(side, { childList: true });
clock();

if ("follow" in document.body.dataset) follow();
copying(document);
menus();
