// Requests that send JSON.
import { message } from "./messages.js";

// post sends a value and returns the answer's, or the answer itself; it throws what a reader is to be told, with the place in the
// SQL where there is one.
export async function post(address, body, signal, whole) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch (error) {
    throw error.name === "AbortError" ? new Error(message("cancelled")) : new Error(message("offline"));
  }
  if (answer.ok && whole) return answer;
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  const { error = {} } = found;
  throw Object.assign(new Error([error.message ?? message("failed"), error.detail].filter(Boolean).join(": ")), { line: error.line, column: error.column });
}
