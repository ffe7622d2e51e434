// The question box: completions of the word that is being typed, as a combobox with a list.


const input = document.getElementById("q");
const list = document.getElementById("completions");
let at = -1;
let asking = null;

function close() {
  list.hidden = true;
  at = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

// take replaces the word that is being typed.
function take(text) {
  const start = Math.max(...[" ", "'", "’"].map((c) => input.value.lastIndexOf(c))) + 1;
  input.value = `${input.value.slice(0, start)}${text} `;
  close();
  input.focus();
}

function choose(next) {
  const options = list.children;
  if (list.hidden || options.length === 0) return;
  options[at]?.setAttribute("aria-selected", "false");
  at = (next + options.length) % options.length;
  options[at].setAttribute("aria-selected", "true");
  options[at].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", options[at].id);
}

function show(texts) {
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
  input.setAttribute("aria-expanded", String(!list.hidden));
}

async function complete() {
  asking?.abort();
  if (input.value.trim() === "") return close();
  asking = new AbortController();
  try {
    const answer = await fetch(`/api/complete?q=${encodeURIComponent(input.value)}`, { signal: asking.signal });
    if (answer.ok && document.activeElement === input) show((await answer.json()).completions);
  } catch { /* typed on, or the server is away */ }
}

input.addEventListener("input", complete);
input.addEventListener("blur", close);
input.addEventListener("keydown", (event) => {
  switch (event.key) {
    case "ArrowDown": choose(at + 1); break;
    case "ArrowUp": choose(at - 1); break;
    case "Escape": if (list.hidden) return; close(); break;
    case "Enter": case "Tab": if (at < 0 || list.hidden) return; take(list.children[at].textContent); break;
    default: return;
  }
  event.preventDefault();
});
