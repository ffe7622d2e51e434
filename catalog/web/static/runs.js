// A run that is going: its events say that something happened, and the page fetches its changed part anew, which the server
// writes as it does for the whole page.
import { toast } from "./app.js";
import { message } from "./messages.js";

const atMost = 400; // milliseconds between two looks
const run = document.getElementById("run");
const address = `/runs/${encodeURIComponent(run.dataset.runId)}`;
let source = null;
let looking = null; // the look that is under way or waits
let again = false;

// replace puts what is new in the place of what was, part by part: what did not change keeps its focus and its place.
function replace(text) {
  const next = new DOMParser().parseFromString(text, "text/html").getElementById("run");
  if (!next) return;
  for (const part of next.querySelectorAll("[data-part]")) {
    const old = run.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old.innerHTML === part.innerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") ?? document.activeElement.id : null;
    const places = [...old.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
    old.replaceChildren(...part.childNodes);
    old.querySelectorAll(".scroll").forEach((one, i) => { [one.scrollLeft, one.scrollTop] = places[i] ?? [0, 0]; });
    if (focused) [...old.querySelectorAll("[aria-label], [id]")].find((one) => focused === (one.getAttribute("aria-label") ?? one.id))?.focus();
  }
  if (!("going" in next.dataset)) {
    delete run.dataset.going;
    source?.close();
  }
}

// look fetches the part anew; while it does, others wait for one more.
async function look() {
  if (looking) { again = true; return; }
  looking = new Promise((wake) => { setTimeout(wake, atMost); });
  try {
    const answer = await fetch(`${address}/live`);
    if (answer.ok) replace(await answer.text());
  } catch { /* the server is away; the stream comes back when it does */ }
  await looking;
  looking = null;
  if (again) {
    again = false;
    look();
  }
}

function follow() {
  source = new EventSource(`/api${address}/events`);
  source.addEventListener("message", look);
  source.addEventListener("end", () => {
    source.close();
    look();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED && "going" in run.dataset) toast(message("streamLost"), message("reload"), () => location.reload());
  });
}

if ("going" in run.dataset) {
  follow();
  // A page that nobody sees asks for nothing: a browser has few connections to a server.
  document.addEventListener("visibilitychange", () => {
    if (!("going" in run.dataset)) return;
    if (document.visibilityState === "visible") { look(); follow(); } else source.close();
  });
  // The page shows what the run published: it need not be told, and its head takes it up.
  document.addEventListener("fmcg:release", async (event) => {
    event.preventDefault();
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of [".fresh", ".foot"]) document.querySelector(part)?.replaceWith(page.querySelector(part));
  });
}
