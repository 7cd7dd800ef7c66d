// Figures and times as people read them. All of it ends up in text nodes, never in markup.

const DIGITS = new Intl.NumberFormat("en", {maximumSignificantDigits: 3});
const CLOCK = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit"});
const EXACT = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit", second: "2-digit"});
const DAY = new Intl.DateTimeFormat("en-GB", {day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit"});

export function figure(value) {
  if (value === null || value === undefined) return "-";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  for (const [unit, step] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (size >= step) return DIGITS.format(value / step) + unit;
  }
  return DIGITS.format(value);
}

export function share(value) {
  return value === null || value === undefined ? "-" : `${Math.round(value * 100)} %`;
}

export function bytes(value) {
  if (value === null || value === undefined) return "-";
  for (const [unit, step] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (value >= step) return `${DIGITS.format(value / step)} ${unit}`;
  }
  return `${value} B`;
}

export function span(seconds) {
  if (seconds === null || seconds === undefined) return "-";
  if (seconds < 10) return `${Math.round(seconds * 10) / 10}s`;
  let left = Math.round(seconds);
  const words = [];
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]]) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) words.push(`${count}${unit}`);
    if (words.length === 2) break;
  }
  return words.join("");
}

export function clock(seconds) {
  return CLOCK.format(seconds * 1000);
}

export function exact(seconds) {
  return EXACT.format(seconds * 1000);
}

export function day(seconds) {
  return DAY.format(seconds * 1000);
}

export function amount(text, digits = 4) {
  return text === null || text === undefined ? "-" : Number(text).toFixed(digits);
}
