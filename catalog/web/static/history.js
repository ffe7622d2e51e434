// The questions that were answered in this browser, and the SQL that ran, the newest first: kept here alone, until they are cleared.
const most = 30;
const keyOf = (reader) => `fmcg.history.${reader}`;

function read(reader) {
  try {
    const found = JSON.parse(localStorage.getItem(keyOf(reader)));
    return Array.isArray(found) ? found.filter((one) => typeof one.q === "string" && Array.isArray(one.previous)) : [];
  } catch {
    return []; // a browser that keeps nothing
  }
}

function write(reader, list) {
  try {
    if (list.length) localStorage.setItem(keyOf(reader), JSON.stringify(list));
    else localStorage.removeItem(keyOf(reader));
  } catch { /* a browser that keeps nothing */ }
}

const addressOf = ({ q, previous }) => `/ask?${new URLSearchParams([["q", q], ...previous.map((one) => ["previous", one])])}`;

// remember puts a question first.
export function remember(reader, q, previous) {
  const one = { q, previous };
  write(reader, [one, ...read(reader).filter((other) => addressOf(other) !== addressOf(one))].slice(0, most));
}

// showHistory fills a list with links; it stays hidden while there is none.
export function showHistory(element) {
  if (!element) return;
  const { reader } = element.dataset;
  const list = read(reader);
  element.hidden = list.length === 0;
  element.querySelector("ol").replaceChildren(...list.map((one) => {
    const link = document.createElement("a");
    link.href = addressOf(one);
    link.textContent = [...one.previous.slice(-1), one.q].join(" › ");
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  element.querySelector("button").onclick = () => {
    write(reader, []);
    showHistory(element);
  };
}

// queries are the statements that ran.
export const queries = {
  all(reader) {
    try {
      const found = JSON.parse(localStorage.getItem(`fmcg.sql.${reader}`));
      return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
    } catch {
      return []; // a browser that keeps nothing
    }
  },
  remember(reader, text) {
    try {
      localStorage.setItem(`fmcg.sql.${reader}`, JSON.stringify([text, ...queries.all(reader).filter((other) => other !== text)].slice(0, most)));
    } catch { /* a browser that keeps nothing */ }
  },
  forget(reader) {
    try {
      localStorage.removeItem(`fmcg.sql.${reader}`);
    } catch { /* a browser that keeps nothing */ }
  },
};
