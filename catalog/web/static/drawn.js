// The charts that the server wrote into a page: {kind, x, y, series} with columns and rows, in the data of a figure.
import { draw } from "./chart.js";

for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const { chart, columns, rows } = figure.dataset;
  draw(figure.querySelector(".canvas"), { ...JSON.parse(chart), columns: JSON.parse(columns), rows: JSON.parse(rows) });
}
