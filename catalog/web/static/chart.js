// One renderer for all charts: {kind, x, y, series, columns, rows} by Apache ECharts, which is loaded when the first chart comes
// into view. Colours are those of app.css, in light and dark. The table beside a chart says the same to a screen reader.
// A click on a mark is the event fmcg:pick, with detail {column, value, row}, of the chart's element. What a tile of a dashboard has
// beside that: marks {row, kind, text} are pointed out, growth and the year before are drawn where there are columns of them.
import { change, figure, named, percent, short } from "./format.js";
import { message } from "./messages.js";

const library = document.body.dataset.charts;
const most = 200; // categories on an axis that are drawn
const drawn = new Map(); // element: its chart and what it shows

// draw shows a result in an element that has a height. It resolves when the chart stands, and to null where there can be none.
export async function draw(element, result) {
  if (!library || !build[result.kind] || result.rows.length === 0) return null;
  const echarts = globalThis.echarts ?? await import(library); // a report brings it along
  const held = drawn.get(element) ?? { chart: echarts.init(element, null, { renderer: "canvas" }) };
  held.result = result;
  if (!drawn.has(element)) {
    drawn.set(element, held);
    new ResizeObserver(() => held.chart.resize()).observe(element);
    held.chart.on("finished", () => { element.dataset.drawn = held.result.kind; }); // it stands still
    held.chart.on("click", (mark) => pick(element, held.result, mark));
  }
  delete element.dataset.drawn;
  held.chart.setOption(optionOf(result), { notMerge: true });
  return held.chart;
}

// image is a chart as the address of a PNG.
export function image(element) {
  return drawn.get(element)?.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colours().surface });
}

// redraw draws all charts again, at once and without motion: the colours or the places have changed.
export function redraw() {
  for (const { chart, result } of drawn.values()) {
    chart.resize();
    chart.setOption({ ...optionOf(result), animation: false }, { notMerge: true });
  }
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

// On paper a drawing of the whole stands in place of a chart's layers, of which some are only painted frames later. What a page
// does before that, it does at fmcg:paper.
addEventListener("beforeprint", () => {
  dispatchEvent(new Event("fmcg:paper"));
  redraw();
  wipe();
  for (const [element, { chart }] of drawn) {
    const sheet = chart.renderToCanvas({ pixelRatio: devicePixelRatio + 1 });
    sheet.className = "on-paper";
    element.append(sheet);
  }
});
addEventListener("afterprint", wipe);
function wipe() {
  for (const sheet of document.querySelectorAll(".on-paper")) sheet.remove();
}

function pick(element, result, mark) {
  const column = result.columns.find((c) => c.name === result.x);
  const row = mark.data?.row;
  if (row === undefined) return; // what has no row: the rest of a pie
  element.dispatchEvent(new CustomEvent("fmcg:pick", { bubbles: true, detail: { column: column?.name, value: result.rows[row][result.columns.indexOf(column)], row } }));
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of("text"), quiet: of("quiet"), line: of("line"), surface: of("surface"), raised: of("raised"),
    warn: of("warn"), good: of("good"), bad: of("bad"),
    marks: [1, 2, 3, 4, 5, 6, 7, 8].map((i) => of(`chart-${i}`)), heat: [of("heat-low"), of("heat-high")],
  };
}

// shape finds the columns of a result: where x, y and the series are in a row.
function shape({ x, y, series, columns, rows, marks, compact }) {
  const at = (name) => columns.findIndex((c) => c.name === name);
  return { rows, x: at(x), ys: y.map(at).filter((i) => i >= 0), series: series ? at(series) : -1, column: (i) => columns[i], at, marks: marks ?? [], compact };
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
    tooltip: { renderMode: "richText", confine: true, position: beside, backgroundColor: c.raised, borderColor: c.line, textStyle: { color: c.text } },
    grid: { left: 8, right: 16, top: 32, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { type: "scroll", top: 0, textStyle: { color: c.text }, pageTextStyle: { color: c.text } },
    aria: { enabled: true, label: { enabled: false }, decal: { show: false } },
  };
  const s = shape(result);
  const own = (result.compact && compact[result.kind]?.(s, c)) || build[result.kind](s, c);
  const several = (own.series ?? []).length > 1 || result.kind === "pie";
  base.legend.show = several;
  if (!several) base.grid.top = 8;
  base.aria.decal.show = own.decal !== false && several && result.kind !== "line" && result.kind !== "scatter"; // no meaning by colour alone
  return { ...base, ...own, tooltip: { ...base.tooltip, ...own.tooltip }, legend: { ...base.legend, ...own.legend } };
}

// grouped makes categories and series of rows: one series a measure, or one a value of the series' column.
function grouped(s) {
  const names = unique(s.rows.map((row) => text(row[s.x]))).slice(0, most);
  const where = new Map(names.map((one, i) => [one, i]));
  const series = new Map();
  for (const [nth, row] of s.rows.entries()) {
    const i = where.get(text(row[s.x]));
    if (i === undefined) continue;
    for (const y of s.series >= 0 ? s.ys.slice(0, 1) : s.ys) {
      const label = s.series >= 0 ? text(row[s.series]) : s.column(y).label;
      if (!series.has(label)) series.set(label, { name: label, column: s.column(y), data: Array(names.length).fill(null) });
      series.get(label).data[i] = { value: row[y], row: nth };
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

// beside keeps what is said of a mark away from the mark, which could not be clicked under it.
function beside([x, y], _marks, _element, _mark, { contentSize: [width, height], viewSize }) {
  const gap = 20;
  const level = Math.max(0, Math.min(y - height / 2, viewSize[1] - height));
  if (x + gap + width < viewSize[0]) return [x + gap, level];
  if (x - gap - width >= 0) return [x - gap - width, level];
  const left = Math.max(0, Math.min(x - width / 2, viewSize[0] - width)); // wider than both sides: below, or above
  return [left, y + gap + height < viewSize[1] ? y + gap : Math.max(0, y - gap - height)];
}

// compact makes the charts of a dashboard that are drawn otherwise than an answer; null where it is not.
const compact = {
  bar: (s, c) => (isTime(s.column(s.x)) ? timeline(s, c, "bar") : ranking(s, c)),
  line: (s, c) => timeline(s, c, "line"),
  area: (s, c) => timeline(s, c, "line"),
};

const mostBars = 15;

// widthOf is how wide a text on an axis is.
const pen = document.createElement("canvas").getContext("2d");
function widthOf(words) {
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(pen.measureText(words).width) + 4;
}

// ranking is bars from the highest on, each with its figure, its share and its growth at its end.
function ranking(s, c) {
  const y = s.ys[0], share = innerWidth < 640 ? -1 : s.at("share_pct"), growth = s.at("growth_pct");
  const rows = s.rows.slice(0, mostBars);
  const said = (row) => [
    `{figure|${short(row[y], s.column(y), 1)}}`,
    share >= 0 && row[share] !== null ? `{quiet|${percent(row[share])}}` : "",
    growth >= 0 && row[growth] !== null ? `{${row[growth] < 0 ? "bad" : "good"}|${change(row[growth])}}` : "",
  ].join(" ");
  const names = rows.map((row) => named(row[s.x], s.column(s.x)));
  const base = axes(s, c, names, true);
  const left = Math.min(170, Math.max(...names.map(widthOf))) + 8, end = 66 + (share >= 0 ? 52 : 0) + (growth >= 0 ? 88 : 0);
  return {
    grid: { left, right: end, top: 4, ...(rows.length < 8 ? { height: rows.length * 44 } : { bottom: s.rows.length > mostBars ? 24 : 4 }), containLabel: false },
    xAxis: { ...base.xAxis, splitLine: { show: false }, axisLabel: { show: false }, min: (axis) => Math.min(0, axis.min) },
    yAxis: { ...base.yAxis, axisLine: { show: false }, axisLabel: { color: c.text, width: left - 8, overflow: "truncate", interval: 0 } },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: ([m]) => [m.name, ...s.rows[m.data.row].map((value, i) => (s.column(i).type === "number" ? `${s.column(i).label}: ${figure(value, s.column(i))}` : "")).filter(Boolean)].join("\n") },
    graphic: s.rows.length > mostBars ? [{ type: "text", left: 0, bottom: 4, style: { text: message("others", s.rows.length - mostBars), fill: c.quiet, fontSize: 12 } }] : [],
    series: [{
      type: "bar", name: s.column(y).label, barMaxWidth: 22, itemStyle: { borderRadius: [0, 3, 3, 0] },
      label: { show: true, position: "right", formatter: (m) => said(s.rows[m.data.row]), color: c.text,
        rich: { figure: { color: c.text, fontWeight: 600 }, quiet: { color: c.quiet }, good: { color: c.good }, bad: { color: c.bad } } },
      data: rows.map((row, i) => ({ value: row[y], row: i, label: { position: row[y] < 0 ? "left" : "right" } })),
    }],
  };
}

// timeline is a measure over time, with the year before, the mean, and what is to be pointed out.
function timeline(s, c, type) {
  const y = s.ys[0], before = s.at("year_before"), growth = s.at("growth_pct");
  const column = s.column(y), names = s.rows.map((row) => named(row[s.x], s.column(s.x)));
  const kinds = new Map();
  for (const mark of s.marks) kinds.set(mark.row, { ...kinds.get(mark.row), [mark.kind]: mark.text });
  const incomplete = (i) => kinds.get(i)?.incomplete;
  const symbols = { peak: "triangle", trough: "triangle", anomaly: "diamond" };
  const pointed = s.marks.filter((mark) => symbols[mark.kind] && s.rows[mark.row][y] !== null).map((mark) => ({
    coord: [mark.row, s.rows[mark.row][y]], symbol: symbols[mark.kind], symbolSize: mark.kind === "anomaly" ? 13 : 9, symbolRotate: mark.kind === "trough" ? 180 : 0,
    itemStyle: { color: mark.kind === "anomaly" ? c.warn : c.text }, symbolOffset: [0, mark.kind === "anomaly" ? 0 : -14],
    label: { show: mark.kind !== "anomaly", position: "top", color: c.text, fontWeight: 600, fontSize: 12, formatter: short(s.rows[mark.row][y], column, 1) },
  }));
  const data = s.rows.map((row, i) => ({
    value: row[y], row: i, ...(incomplete(i) ? { symbol: "emptyCircle", symbolSize: 9, itemStyle: { opacity: type === "bar" ? 0.45 : 1, decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 } } } : {}),
  }));
  const open = type === "line" && s.rows.length > 1 && incomplete(s.rows.length - 1);
  const main = { type, name: column.label, data: open ? [...data.slice(0, -1), null] : data, markPoint: { data: pointed, animation: false }, z: 3 };
  if (type === "line") Object.assign(main, { symbol: "circle", symbolSize: 6, showSymbol: s.rows.length <= 36, lineStyle: { width: 2.5 }, areaStyle: { opacity: 0.08 } });
  else Object.assign(main, { barMaxWidth: 36, itemStyle: { borderRadius: [3, 3, 0, 0] } });
  const series = [main];
  if (open) series.push({ ...main, data: data.map((one, i) => (i < data.length - 2 ? null : one)), markPoint: undefined, areaStyle: undefined, lineStyle: { width: 2.5, type: "dashed", color: c.marks[0] }, itemStyle: { color: c.marks[0] } });
  if (before >= 0 && s.rows.some((row) => row[before] !== null)) {
    series.push({ type: "line", name: s.column(before).label, data: s.rows.map((row, i) => ({ value: row[before], row: i })), symbol: "none", lineStyle: { width: 1.5, type: "dashed", color: c.quiet }, itemStyle: { color: c.quiet }, z: type === "bar" ? 4 : 2 });
  }
  const said = (i) => [
    `${names[i]}${incomplete(i) ? ` (${message("incomplete")})` : ""}`,
    ...s.rows[i].map((value, at) => (at === s.x || value === null || s.column(at).name === "z_score" ? "" : `${s.column(at).label}: ${at === growth || s.column(at).name === "year_growth_pct" ? change(value) : figure(value, s.column(at))}`)).filter(Boolean),
    ...s.marks.filter((mark) => mark.row === i && mark.kind !== "incomplete").map((mark) => mark.text),
  ].join("\n");
  const base = axes(s, c, names, false);
  return {
    ...base, grid: { left: 4, right: 28, top: 40, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" }, decal: false,
    yAxis: { ...base.yAxis, min: type === "line" ? (axis) => (axis.min > 0 && axis.min > axis.max / 2 ? undefined : Math.min(0, axis.min)) : undefined },
    legend: { show: before >= 0, top: 0, left: 0, itemWidth: 18, textStyle: { color: c.quiet }, data: [...new Set(series.map((one) => one.name))] },
    tooltip: { trigger: "axis", formatter: (marks) => said(marks[0].dataIndex) },
    series,
  };
}

// build makes what is special of each kind of chart.
const build = {
  bar: (s, c) => cartesian(s, c, "bar"),
  line: (s, c) => cartesian(s, c, "line"),
  area: (s, c) => cartesian(s, c, "line", { areaStyle: { opacity: 0.18 }, stack: s.series >= 0 ? "all" : undefined }),

  pie(s, c) {
    const [y] = s.ys;
    const parts = s.rows.map((row, i) => ({ name: text(row[s.x]), value: row[y], row: i })).filter((part) => part.value > 0).sort((a, b) => b.value - a.value);
    const rest = parts.slice(7);
    const shown = rest.length > 1 ? [...parts.slice(0, 7), { name: message("other"), value: rest.reduce((sum, part) => sum + part.value, 0) }] : parts;
    return {
      tooltip: { trigger: "item", formatter: (m) => `${named(m.name, s.column(s.x))}\n${figure(m.value, s.column(y))} (${percent(m.percent)})` },
      series: [{
        type: "pie", radius: ["45%", "72%"], center: ["50%", "55%"], data: shown, itemStyle: { borderColor: c.surface, borderWidth: 2 },
        label: { color: c.text, formatter: (m) => `${named(m.name, s.column(s.x))} ${percent(m.percent)}` },
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
        data: s.rows.map((row, i) => ({ name: s.series >= 0 ? text(row[s.series]) : "", row: i, value: [row[s.x], row[y], size === undefined ? 1 : row[size]] })),
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
      tooltip: { formatter: (m) => [`${named(down[m.value[1]], s.column(s.series))} ${named(across[m.value[0]], s.column(s.x))}`, figure(m.value[2], s.column(y)), ...s.marks.filter((mark) => mark.row === m.data.row).map((mark) => mark.text)].join("\n") },
      series: [{
        type: "heatmap", data: s.rows.map((row, i) => ({ row: i, label: { color: (row[y] - Math.min(...values)) / (Math.max(...values) - Math.min(...values) || 1) > 0.6 ? c.surface : c.text }, value: [across.indexOf(text(row[s.x])), down.indexOf(text(s.series >= 0 ? row[s.series] : "")), row[y]] })),
        itemStyle: { borderColor: c.surface, borderWidth: 2 },
        label: { show: s.compact && innerWidth >= 640, fontSize: 10, formatter: (m) => short(m.value[2], s.column(y)).replace("₹", "") + (s.marks.some((mark) => mark.row === m.data.row) ? " ◐" : "") },
      }],
    };
  },
};
