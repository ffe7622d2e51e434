// Files of what a statement gives, with more rows than a page shows.
import { toast } from "./app.js";
import { message } from "./messages.js";
import { post } from "./post.js";
import { node } from "./results.js";

const formats = ["csv", "xlsx", "parquet"];

// download fetches a file and hands it to the reader.
async function download(sql, format) {
  const answer = await post("/api/sql/export", { sql, format }, undefined, true);
  const link = node("a", { href: URL.createObjectURL(await answer.blob()), download: `fmcg-query.${format}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  const cut = answer.headers.get("Fmcg-Truncated");
  if (cut) toast(message("cutAt", cut));
}

// downloads are buttons, one a format, for a statement.
export function downloads(sql) {
  return node("p", { className: "ways downloads" }, ...formats.map((format) => {
    const button = node("button", { type: "button", className: "plain", textContent: message(`download.${format}`) });
    button.dataset.format = format;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await download(sql, format);
      } catch (error) {
        toast(error.message);
      }
      button.disabled = false;
    });
    return button;
  }));
}
