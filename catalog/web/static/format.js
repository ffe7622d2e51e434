// Figures in the reader's habit, as format.go writes them.
import { message } from "./messages.js";

const root = document.documentElement.dataset;
const locale = root.locale || "en";
const indian = root.units === "crore";

const isMonth = (column) => column?.type === "date" && /^(date|month)$/.test(column.name);
const isYear = (column) => column.name === "year" || column.name.startsWith("year_");

// figure is a number in full: ₹40,166,491,590; other values as they are.
export function figure(value, column) {
  if (value === null || value === undefined) return "–";
  if (column.exact) return String(value); // what a query gave, to the last place
  if (typeof value !== "number" || column.type !== "number" || isYear(column)) return named(value, column);
  const places = (Number.isInteger(value) && column.unit !== "%") || Math.abs(value) >= 100000 ? 0 : 2;
  const text = new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
  return withUnit(text, column);
}

// named is the name of a category: a month where a day or a number stands for one, other values as they are.
export function named(value, column) {
  if (value === null || value === undefined) return "–";
  const month = (at, year) => new Intl.DateTimeFormat(locale, { month: "short", year, timeZone: "UTC" }).format(at);
  if (column?.name === "month_of_year") return month(Date.UTC(2000, value - 1));
  const day = isMonth(column) && /^(\d{4})-(\d{2})-01$/.exec(value);
  return day ? month(Date.UTC(day[1], day[2] - 1), "numeric") : String(value);
}

// short is a number for an axis or a tile: ₹40.2 B, ₹4,016.6 Cr. Figures beside each other have the same places.
export function short(value, column, places = 0) {
  if (typeof value !== "number" || !column || column.type !== "number" || isYear(column)) return String(value ?? "–");
  const steps = indian
    ? [[1e7, "crore"], [1e5, "lakh"], [1e3, "thousand"]]
    : [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"], [1e3, "thousand"]];
  const [size, name] = steps.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  const text = new Intl.NumberFormat(locale, { minimumFractionDigits: size > 1 || column.unit === "%" ? places : 0, maximumFractionDigits: size === 1 && column.unit !== "%" ? 2 : 1 }).format(value / size);
  return withUnit(name ? `${text} ${message(name)}` : text, column);
}

// percent is a share with one decimal.
export const percent = (value) => `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value)} %`;

// change is a growth in percent, which a reader without colours sees the side of.
export function change(value) {
  const rounded = Math.round(value * 10) / 10;
  return rounded === 0 ? `± ${percent(0)}` : rounded > 0 ? `▲ +${percent(rounded)}` : `▼ −${percent(-rounded)}`;
}

function withUnit(text, column) {
  if (column.unit?.startsWith("INR")) return text.startsWith("-") ? `-₹${text.slice(1)}` : `₹${text}`;
  return column.unit === "%" ? `${text} %` : text;
}
