// Charts with one row for each neuron: the heat of its samples, and what it was from when to when.

import {Chart, hatched, ink} from "./chart.js";
import {day, share} from "./words.js";
import {SIGNS} from "./table.js";

class Rows extends Chart {
  constructor(host, settings) {
    super(host, {left: 96, ...settings});
    Object.assign(this, {names: [], tallest: 20, ...settings});
    this.chosen = null;
  }

  lay(model, names, chosen) {
    Object.assign(this, {model, names, chosen});
    this.rowHeight = Math.max(9, Math.min(this.tallest, Math.floor(480 / Math.max(1, names.length))));
    this.height = this.top + this.bottom + this.rowHeight * names.length;
    this.stale();
  }

  labels(pen) {
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const font = pen.font;
    this.names.forEach((name, number) => {
      const mine = name === this.chosen;
      pen.font = mine ? font.replace(/^/, "bold ") : this.rowHeight < 11 ? font.replace("11px", "9px") : font;
      pen.fillStyle = ink(mine ? "focus" : "soft");
      pen.fillText(shortened(pen, name, this.left - 10), this.left - 6, this.top + (number + 0.5) * this.rowHeight);
    });
    pen.font = font;
  }

  rowAt(y) {
    const number = Math.floor((y - this.top) / this.rowHeight);
    return number >= 0 && number < this.names.length ? this.names[number] : null;
  }

  pick(x, y) {
    const name = this.rowAt(y);
    if (name !== null) this.choose?.(name);
  }
}

const SHORTENED = new Map();
function shortened(pen, text, room) {
  const key = `${pen.font} ${room} ${text}`;
  if (!SHORTENED.has(key)) {
    let length = text.length, found = text;
    while (length > 1 && pen.measureText(found).width > room) found = `${text.slice(0, --length)}…`;
    SHORTENED.set(key, found);
  }
  return SHORTENED.get(key);
}

// From all refuted to all confirmed: orange over white to blue, which every eye tells apart.
export const SHADES = 11;
export function shade(rate) { return ink(`h${Math.round(rate * (SHADES - 1))}`); }

// So many columns at the most: a cell must be wide enough to be seen.
const COLUMNS = 96;

export class Heat extends Rows {
  set(model, names, chosen) {
    this.lay(model, names, chosen);
    let good = 0, bad = 0;
    for (const series of model.of("checked")) { good += series.sum(0); bad += series.sum(1); }
    this.tell(`Samples at the API: ${good} confirmed, ${bad} refuted, over ${names.length} miners`);
  }

  draw(pen) {
    this.timeAxis(pen);
    this.labels(pen);
    const {model} = this;
    this.fold = Math.max(1, Math.ceil((model.last - model.first + 1) / COLUMNS));
    this.names.forEach((name, number) => {
      const y = this.top + number * this.rowHeight;
      pen.fillStyle = ink("bare");
      pen.fillRect(this.left, y, this.plotWidth, this.rowHeight - 1);
      for (const [cell, [good, bad, other]] of this.#cells(name)) {
        // Whole pixels: what lies between two takes several times as long to fill.
        const from = Math.round(Math.max(this.left, this.x(cell * this.fold * model.width)));
        const to = Math.round(Math.min(this.width - this.right, this.x((cell + 1) * this.fold * model.width)));
        const wide = Math.max(1, to - from - (to - from > 3));
        if (good + bad) {
          pen.fillStyle = shade(good / (good + bad));
          pen.fillRect(from, y, wide, this.rowHeight - 1);
        }
        if (other > good + bad) {
          pen.fillStyle = hatched(pen, ink("hatch"));
          pen.fillRect(from, y, wide, this.rowHeight - 1);
        }
      }
    });
  }

  #cells(name) {
    const series = this.model.one("checked", name), cells = new Map();
    series?.slots.forEach((slot, at) => {
      const cell = Math.floor(slot / this.fold), held = cells.get(cell) ?? [0, 0, 0];
      series.columns.forEach((column, number) => { held[number] += column[at]; });
      cells.set(cell, held);
    });
    return cells;
  }

  reading(x, y) {
    const name = this.rowAt(y);
    if (name === null) return null;
    const cell = Math.floor(this.time(x) / this.model.width / this.fold);
    const [good, bad, other] = this.#cells(name).get(cell) ?? [0, 0, 0];
    const lines = [[`${name}, ${day(cell * this.fold * this.model.width)}`]];
    if (good + bad + other === 0) return [...lines, ["no samples"]];
    if (good + bad) lines.push([`${share(good / (good + bad))} good: ${good} confirmed, ${bad} refuted`, shade(good / (good + bad))]);
    if (other) lines.push([`${other} not looked up: the API did not answer`]);
    return lines;
  }
}

const HATCHED = new Set(["exited", "killed", "backoff"]);
export function stateColour(state) { return ink(`s-${state in SIGNS ? state : "unknown"}`); }

export class Bands extends Rows {
  set(model, names, chosen) {
    this.lay(model, names, chosen);
    const restarts = names.map((name) => restartsOf(model.lives.get(name) ?? [], model.begin).length);
    this.tell(`States over time of ${names.length} neurons; ${times(restarts.reduce((a, b) => a + b, 0))} in this time`);
  }

  draw(pen) {
    this.timeAxis(pen);
    this.labels(pen);
    const {begin, end} = this.model;
    this.names.forEach((name, number) => {
      const y = this.top + number * this.rowHeight + 1, high = this.rowHeight - 2;
      const rows = this.model.lives.get(name) ?? [];
      pen.fillStyle = ink("bare");
      pen.fillRect(this.left, y, this.plotWidth, high);
      rows.forEach(([time, state, ready], at) => {
        const from = Math.floor(this.x(Math.max(begin, time))), to = Math.ceil(this.x(Math.min(end, rows[at + 1]?.[0] ?? end)));
        if (to <= from) return;
        const colour = stateColour(state), wide = Math.max(1, to - from);
        pen.fillStyle = HATCHED.has(state) ? ink("bare") : colour;
        pen.fillRect(from, y, wide, high);
        if (HATCHED.has(state)) { pen.fillStyle = hatched(pen, colour); pen.fillRect(from, y, wide, high); }
        if (state === "running" && ready === 0) { pen.fillStyle = ink("s-starting"); pen.fillRect(from, y + high - 3, wide, 3); }
      });
      pen.fillStyle = ink("ink");
      for (const time of restartsOf(rows, begin)) {
        const x = this.x(time);
        pen.beginPath();
        pen.moveTo(x, y);
        pen.lineTo(x + 4, y + high);
        pen.lineTo(x - 4, y + high);
        pen.fill();
      }
    });
  }

  reading(x, y) {
    const name = this.rowAt(y), time = this.time(x);
    if (name === null) return null;
    const rows = this.model.lives.get(name) ?? [];
    const held = rows.filter((row) => row[0] <= time).at(-1);
    const lines = [[`${name}, ${day(time)}`]];
    if (!held) return [...lines, ["not seen yet"]];
    const [since, state, ready, restarts] = held;
    lines.push([`${SIGNS[state] ?? "?"} ${state}${state === "running" && ready === 0 ? ", not ready" : ""}`, stateColour(state)]);
    return [...lines, [`since ${day(since)}; ${times(restarts)} in all`]];
  }
}

function restartsOf(rows, begin) {
  return rows.filter((row, at) => at > 0 && row[0] >= begin && row[3] > rows[at - 1][3]).map((row) => row[0]);
}

function times(count) { return `${count} ${count === 1 ? "restart" : "restarts"}`; }
