// The catalog: a search that answers as one types, and figures that come when they are computed. Without it forms and links do.

const part = async (address, id) => {
  const answer = await fetch(address);
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id) : null;
};

const find = document.getElementById("find");
const found = document.getElementById("found");
if (find && found) {
  const pause = 150; // milliseconds after the last letter
  let waiting = 0, last = find.value.trim(), asked = 0;
  find.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const words = find.value.trim();
      if (words === last) return;
      last = words;
      const mine = ++asked;
      const address = words ? `/catalog?q=${encodeURIComponent(words)}` : "/catalog";
      try {
        const next = await part(address, "found");
        if (!next || mine !== asked) return; // a later one is under way
        found.replaceChildren(...next.childNodes);
        history.replaceState(null, "", address);
      } catch { /* the server is away; Enter says so */ }
    }, pause);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    find.focus();
    find.select();
  });
}

// columns fetches the figures of the columns until they are there.
const every = 1000; // milliseconds
async function columns() {
  const here = document.querySelector("#columns[data-computing]");
  if (!here) return;
  if (document.visibilityState === "visible") {
    try {
      const next = await part(location.pathname, "columns");
      if (next && !("computing" in next.dataset)) here.replaceWith(next);
    } catch { /* it is tried again */ }
  }
  setTimeout(columns, every);
}
setTimeout(columns, every);

// A choice of a column shows it at once.
const choice = document.querySelector("#lineage select[name=column]");
choice?.addEventListener("change", () => choice.form.requestSubmit());

// A drawing that is wider than its place opens at what was chosen.
const chosen = document.querySelector(".drawing .chosen");
if (chosen) {
  const place = chosen.closest(".drawing");
  const box = chosen.getBoundingClientRect(), around = place.getBoundingClientRect();
  if (box.right > around.right) place.scrollLeft += box.left - around.left - (around.width - box.width) / 2;
  if (box.bottom > around.bottom) place.scrollTop += box.top - around.top - (around.height - box.height) / 2;
}
