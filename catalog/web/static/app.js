// What all pages do: draw their charts, take up new data, copy, close menus.
import { drawAll } from "./chart.js";
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
  let shown = document.body.dataset.run;
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch("/api/status", { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const status = await answer.json();
      if (!status.ready || status.run_id === shown) return;
      const first = shown === "";
      shown = status.run_id;
      const event = new CustomEvent("fmcg:release", { detail: status, cancelable: true });
      if (!document.dispatchEvent(event)) return;
      if (first) location.reload();
      else toast(message("newData"), message("reload"), () => location.reload());
    } catch { /* the server is away; the next look will tell */ }
  };
  setInterval(look, followEvery);
  document.addEventListener("visibilitychange", look);
}

function copying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
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

if ("follow" in document.body.dataset) follow();
copying();
menus();
drawAll(document);
