// A tile as a PNG: its title, what is chosen, its chart or its table, and which data it is of.
import { image } from "./chart.js";
import { message } from "./messages.js";

const scale = 2, width = 960, edge = 32, line = 26, mostRows = 40;

// save draws a tile and hands it to the reader as a file.
export async function save(tile, chosen) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const font = (size, weight = 400) => `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  const address = tile.dataset.view === "chart" && image(tile.querySelector(".canvas"));
  const chart = address ? await load(address) : null;
  const rows = chart ? [] : [...tile.querySelectorAll("tr")].slice(0, mostRows + 1).map((row) => [...row.cells].map((cell) => cell.innerText.trim().replaceAll("\n", " ")));
  const inner = width - 2 * edge;
  const high = chart ? inner * chart.height / chart.width : rows.length * line;

  const canvas = document.createElement("canvas");
  canvas.width = width * scale;
  canvas.height = (high + 150) * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = colour("surface");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const write = (text, x, y, size, of, weight, most = inner) => {
    pen.font = font(size, weight);
    pen.fillStyle = colour(of);
    while (text.length > 1 && pen.measureText(text).width > most) text = `${text.slice(0, -2)}…`;
    pen.fillText(text, x, y);
  };
  write(tile.querySelector("h2").textContent, edge, edge + 16, 20, "text", 650);
  write(chosen, edge, edge + 42, 13, "quiet");
  if (chart) pen.drawImage(chart, edge, edge + 60, inner, high);
  rows.forEach((cells, i) => {
    const y = edge + 60 + (i + 1) * line - 8, column = inner / cells.length;
    cells.forEach((text, j) => write(text, edge + j * column, y, 13, i === 0 ? "quiet" : "text", i === 0 ? 600 : 400, column - 12));
    pen.fillStyle = colour("line");
    pen.fillRect(edge, y + 8, inner, 1);
  });
  write(message("through", document.querySelector(".fresh")?.dataset.through ?? "", document.body.dataset.run), edge, high + 130, 11, "quiet");
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `fmcg-${tile.id.replace("tile-", "")}.png` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function load(address) {
  return new Promise((done, failed) => {
    const picture = new Image();
    picture.onload = () => done(picture);
    picture.onerror = failed;
    picture.src = address;
  });
}
