// The texts that scripts show, in the reader's language; the page brings them along.
const texts = JSON.parse(document.body.dataset.messages || "{}");

export function message(key, ...places) {
  return places.reduce((text, place, i) => text.replaceAll(`{${i}}`, place), texts[key] ?? key);
}
