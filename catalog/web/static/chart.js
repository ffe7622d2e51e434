// One renderer for all charts: {kind, x, y, series, columns, rows} by Apache ECharts, which is loaded when the first chart comes
// into view. Colours are those of app.css, in light and dark. The table beside a chart says the same to a screen reader.
// A click on a mark is the event fmcg:pick, with detail {column, value}, of the chart's element.
import { figure, named, short } from "./format.js";
import { message } from "./messages.js";

const library = document.body.dataset.charts;
const most = 200; // categories on an axis that are drawn
const drawn = new Map(); // element: its chart and what it shows

// draw shows a result in an element that has a height. It resolves when the chart stands, and to null where there can be none.
export async function draw(element, result) {
  if (!library || !build[result.kind] || result.rows.length === 0) return null;
  const echarts = await import(library);
  const held = drawn.get(element) ?? { chart: echarts.init(element, null, { renderer: "canvas" }) };
  held.result = result;
  if (!drawn.has(element)) {
    drawn.set(element, held);
    new ResizeObserver(() => held.chart.resize()).observe(element);
    held.chart.on("click", (mark) => pick(element, held.result, mark));
  }
  held.chart.setOption(optionOf(result), { notMerge: true });
  element.dataset.drawn = result.kind;
  return held.chart;
}

// image is a chart as the address of a PNG.
export function image(element) {
  return drawn.get(element)?.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colours().surface });
}

// drawAll draws the results that a page brought along, each as it comes into view.
export function drawAll(within) {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const { chart, columns, rows } = target.dataset;
      draw(target.querySelector(".canvas"), { ...JSON.parse(chart), columns: JSON.parse(columns), rows: JSON.parse(rows) });
    }
  }, { rootMargin: "200px" });
  for (const element of within.querySelectorAll("[data-chart]")) seen.observe(element);
}

// redraw draws all charts again: the colours have changed.
function redraw() {
  for (const { chart, result } of drawn.values()) chart.setOption(optionOf(result), { notMerge: true });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("beforeprint", redraw);

function pick(element, result, mark) {
  const column = result.columns.find((c) => c.name === result.x);
  const value = mark.data?.raw ?? mark.name;
  element.dispatchEvent(new CustomEvent("fmcg:pick", { bubbles: true, detail: { column: column?.name, value, series: mark.seriesName } }));
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of("text"), quiet: of("quiet"), line: of("line"), surface: of("surface"), raised: of("raised"),
    marks: [1, 2, 3, 4, 5, 6, 7, 8].map((i) => of(`chart-${i}`)), heat: [of("heat-low"), of("heat-high")],
  };
}

// shape finds the columns of a result: where x, y and the series are in a row.
function shape({ x, y, series, columns, rows }) {
  const at = (name) => columns.findIndex((c) => c.name === name);
  return { rows, x: at(x), ys: y.map(at).filter((i) => i >= 0), series: series ? at(series) : -1, column: (i) => columns[i] };
}

const text = (value) => (value === null || value === undefined ? "–" : String(value));
const unique = (values) => [...new Set(values)];
const isTime = (column) => column && (column.type === "date" || /^(date|month|quarter|year|year_quarter|year_month)$/.test(column.name));

function optionOf(result) {
  const c = colours();
  const base = {
    color: c.marks, backgroundColor: "transparent",
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 250,
    textStyle: { color: c.text, fontFamily: getComputedStyle(document.body).fontFamily },
    // Text drawn on the canvas: a tooltip of HTML would need inline styles, which the page's policy refuses.
    tooltip: { renderMode: "richText", confine: true, backgroundColor: c.raised, borderColor: c.line, textStyle: { color: c.text } },
    grid: { left: 8, right: 16, top: 32, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { type: "scroll", top: 0, textStyle: { color: c.text }, pageTextStyle: { color: c.text } },
    aria: { enabled: true, label: { enabled: false }, decal: { show: false } },
  };
  const own = build[result.kind](shape(result), c);
  const several = (own.series ?? []).length > 1 || result.kind === "pie";
  base.legend.show = several;
  if (!several) base.grid.top = 8;
  base.aria.decal.show = several && result.kind !== "line" && result.kind !== "scatter"; // no meaning by colour alone
  return { ...base, ...own, tooltip: { ...base.tooltip, ...own.tooltip } };
}

// grouped makes categories and series of rows: one series a measure, or one a value of the series' column.
function grouped(s) {
  const names = unique(s.rows.map((row) => text(row[s.x]))).slice(0, most);
  const where = new Map(names.map((name, i) => [name, i]));
  const series = new Map();
  for (const row of s.rows) {
    const i = where.get(text(row[s.x]));
    if (i === undefined) continue;
    for (const y of s.series >= 0 ? s.ys.slice(0, 1) : s.ys) {
      const name = s.series >= 0 ? text(row[s.series]) : s.column(y).label;
      if (!series.has(name)) series.set(name, { name, column: s.column(y), data: Array(names.length).fill(null) });
      series.get(name).data[i] = row[y];
    }
  }
  return { names, series: [...series.values()] };
}

function axes(s, c, names, horizontal) {
  const measure = s.column(s.ys[0]);
  const category = {
    type: "category", data: names, inverse: horizontal, axisTick: { show: false }, axisLine: { lineStyle: { color: c.line } },
    axisLabel: { color: c.quiet, hideOverlap: true, width: horizontal ? 180 : 110, overflow: "truncate", formatter: (name) => named(name, s.column(s.x)) },
  };
  const value = {
    type: "value", splitLine: { lineStyle: { color: c.line } }, splitNumber: 4,
    axisLabel: { color: c.quiet, hideOverlap: true, formatter: (v) => short(v, measure) },
  };
  return horizontal ? { xAxis: value, yAxis: category } : { xAxis: category, yAxis: value };
}

function cartesian(s, c, type, more = {}) {
  const { names, series } = grouped(s);
  const horizontal = type === "bar" && !isTime(s.column(s.x)) && names.length > 1 && Math.max(...names.map((n) => n.length)) > 9;
  return {
    ...axes(s, c, names, horizontal),
    tooltip: { trigger: "axis", formatter: (marks) => [named(marks[0].name, s.column(s.x)), ...marks.map((m) => `${m.seriesName}: ${figure(m.value, series[m.seriesIndex].column)}`)].join("\n") },
    series: series.map((one, i) => ({
      type, name: one.name, data: one.data, ...more,
      ...(type === "line" ? { symbol: ["circle", "rect", "triangle", "diamond"][i % 4], symbolSize: 6, lineStyle: { width: 2.5, type: ["solid", "dashed", "dotted"][i % 3] } } : { barMaxWidth: 36, itemStyle: { borderRadius: 3 } }),
    })),
  };
}

// build makes what is special of each kind of chart.
const build = {
  bar: (s, c) => cartesian(s, c, "bar"),
  line: (s, c) => cartesian(s, c, "line"),
  area: (s, c) => cartesian(s, c, "line", { areaStyle: { opacity: 0.18 }, stack: s.series >= 0 ? "all" : undefined }),

  pie(s, c) {
    const [y] = s.ys;
    const parts = s.rows.map((row) => ({ name: text(row[s.x]), value: row[y] })).filter((part) => part.value > 0).sort((a, b) => b.value - a.value);
    const rest = parts.slice(7);
    const shown = rest.length > 1 ? [...parts.slice(0, 7), { name: message("other"), value: rest.reduce((sum, part) => sum + part.value, 0) }] : parts;
    return {
      tooltip: { trigger: "item", formatter: (m) => `${named(m.name, s.column(s.x))}\n${figure(m.value, s.column(y))} (${m.percent.toFixed(1)} %)` },
      series: [{
        type: "pie", radius: ["45%", "72%"], center: ["50%", "55%"], data: shown, itemStyle: { borderColor: c.surface, borderWidth: 2 },
        label: { color: c.text, formatter: (m) => `${named(m.name, s.column(s.x))} ${m.percent.toFixed(1)} %` },
      }],
    };
  },

  histogram(s, c) {
    const [y] = s.ys;
    const values = s.rows.map((row) => row[y]).filter((v) => typeof v === "number");
    const low = Math.min(...values), high = Math.max(...values);
    const count = Math.max(1, Math.ceil(Math.log2(values.length) + 1));
    const width = (high - low) / count || 1;
    const bins = Array(count).fill(0);
    for (const v of values) bins[Math.min(count - 1, Math.floor((v - low) / width))] += 1;
    const names = bins.map((_, i) => `${short(low + i * width, s.column(y))} – ${short(low + (i + 1) * width, s.column(y))}`);
    const number = { name: "count", label: "", type: "number", unit: "" };
    return {
      ...axes({ ...s, ys: [0], column: () => number }, c, names, false), tooltip: { trigger: "axis", formatter: ([m]) => `${m.name}\n${m.value}` },
      series: [{ type: "bar", data: bins, barCategoryGap: "2%" }],
    };
  },

  // x and the first of y are the axes, the second of y is the size of a bubble, the series names the points.
  scatter(s, c) {
    const [y, size] = s.ys;
    const greatest = Math.max(...s.rows.map((row) => Math.abs(row[size] ?? 0)), 1);
    const axis = (column) => ({
      type: "value", scale: true, name: column.label, nameLocation: "middle", nameGap: 34, nameTextStyle: { color: c.quiet }, splitNumber: 4,
      splitLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.quiet, hideOverlap: true, formatter: (v) => short(v, column) },
    });
    return {
      grid: { left: 40, right: 24, top: 16, bottom: 40, outerBoundsMode: "same", outerBoundsContain: "axisLabel" }, xAxis: axis(s.column(s.x)), yAxis: { ...axis(s.column(y)), nameGap: 56 },
      tooltip: { formatter: (m) => [m.name, ...[s.x, ...s.ys].map((i) => `${s.column(i).label}: ${figure(s.rows[m.dataIndex][i], s.column(i))}`)].join("\n") },
      series: [{
        type: "scatter", itemStyle: { opacity: 0.7, borderColor: c.surface, borderWidth: 1 },
        symbolSize: (value) => (size === undefined ? 12 : 8 + 40 * Math.sqrt(Math.abs(value[2] ?? 0) / greatest)),
        data: s.rows.map((row) => ({ name: s.series >= 0 ? text(row[s.series]) : "", raw: s.series >= 0 ? row[s.series] : row[s.x], value: [row[s.x], row[y], size === undefined ? 1 : row[size]] })),
      }],
    };
  },

  // x across, the series down, the first of y as the depth of colour.
  heatmap(s, c) {
    const [y] = s.ys;
    const across = unique(s.rows.map((row) => text(row[s.x]))), down = unique(s.rows.map((row) => text(s.series >= 0 ? row[s.series] : "")));
    const values = s.rows.map((row) => row[y]).filter((v) => typeof v === "number");
    const axis = (data, at) => ({ type: "category", data, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: c.quiet, formatter: (name) => named(name, s.column(at)) }, splitArea: { show: false } });
    return {
      grid: { left: 8, right: 8, top: 8, bottom: 48, outerBoundsMode: "same", outerBoundsContain: "axisLabel" }, xAxis: axis(across, s.x), yAxis: { ...axis(down, s.series), inverse: true },
      visualMap: {
        min: Math.min(...values), max: Math.max(...values), orient: "horizontal", left: "center", bottom: 0, itemHeight: 160, itemWidth: 12, inRange: { color: c.heat },
        textStyle: { color: c.quiet }, formatter: (v) => short(v, s.column(y)), text: [short(Math.max(...values), s.column(y)), short(Math.min(...values), s.column(y))],
      },
      tooltip: { formatter: (m) => `${named(down[m.value[1]], s.column(s.series))} ${named(across[m.value[0]], s.column(s.x))}\n${figure(m.value[2], s.column(y))}` },
      series: [{
        type: "heatmap", data: s.rows.map((row) => ({ raw: row[s.x], value: [across.indexOf(text(row[s.x])), down.indexOf(text(s.series >= 0 ? row[s.series] : "")), row[y]] })),
        itemStyle: { borderColor: c.surface, borderWidth: 2 },
      }],
    };
  },
};
