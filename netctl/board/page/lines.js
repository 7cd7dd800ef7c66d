// Lines over time. Some are in front, with a colour and a dash of their own; the others are thin and grey.

import {Chart, ink, ticks} from "./chart.js";
import {day} from "./words.js";

export const DASHES = [[], [], [], [], [7, 3], [7, 3], [2, 3], [2, 3]];
export const MOST = 8;
export function colourOf(number) { return ink(`c${number % MOST}`); }

// How far apart two points may lie to be joined: some times their usual distance.
const APART = 6;

export class Lines extends Chart {
  constructor(host, settings) {
    super(host, settings);
    Object.assign(this, {rows: [], floor: 0, ceiling: null, write: String, logarithmic: false, mark: null, ...settings});
  }

  // rows: [{name, series, value(values), front: number or null, thin}]
  set(model, rows) {
    this.model = model;
    this.rows = rows;
    this.stale();
    const said = rows.filter((row) => row.front !== null && row.series.latest)
      .map((row) => `${row.name} ${this.write(row.value(row.series.latest))}`);
    this.tell(`${this.title}: ${said.join(", ") || "nothing yet"}`);
  }

  draw(pen) {
    this.#scale();
    this.#valueAxis(pen);
    this.timeAxis(pen);
    pen.save();
    pen.beginPath();
    pen.rect(this.left, this.top - 2, this.plotWidth + 2, this.plotHeight + 4);
    pen.clip();
    for (const row of this.rows) if (row.front === null) this.#line(pen, row, ink("back"), 1, []);
    if (this.mark !== null) this.#reference(pen);
    for (const row of [...this.rows].reverse()) {
      if (row.front !== null) this.#line(pen, row, colourOf(row.front), row.thin ? 1 : 2, row.thin ? [2, 2] : DASHES[row.front % MOST]);
    }
    pen.restore();
  }

  y(value) {
    const [low, high] = this.range;
    const part = this.logarithmic ? (Math.log10(Math.max(value, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))
      : (value - low) / (high - low);
    return this.top + (1 - part) * this.plotHeight;
  }

  #scale() {
    let low = Infinity, high = -Infinity, least = Infinity;
    for (const {series, value} of this.rows) {
      for (const values of series.values) {
        const found = value(values);
        if (found === null) continue;
        if (found < low) low = found;
        if (found > high) high = found;
        if (found > 0 && found < least) least = found;
      }
    }
    if (this.mark !== null && this.mark > high) high = this.mark;
    if (this.logarithmic) {
      high = high > 0 ? high : 1;
      low = Math.max(Number.isFinite(least) ? least : high / 10, high / 1e9);
      this.range = [low >= high ? high / 10 : low, high * 1.1];
    } else {
      high = this.ceiling ?? (Number.isFinite(high) && high > this.floor ? high * 1.05 : this.floor + 1);
      this.range = [this.floor, high];
    }
  }

  #valueAxis(pen) {
    const [low, high] = this.range;
    const found = this.logarithmic ? ticks(Math.log10(low), Math.log10(high), 3).map((power) => 10 ** power)
      : ticks(low, high, Math.max(2, this.plotHeight / 36));
    pen.fillStyle = ink("soft");
    pen.strokeStyle = ink("edge");
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.beginPath();
    for (const value of found) {
      const y = Math.round(this.y(value)) + 0.5;
      if (y < this.top - 1 || y > this.height - this.bottom + 1) continue;
      pen.moveTo(this.left, y);
      pen.lineTo(this.width - this.right, y);
      pen.fillText(this.write(value), this.left - 6, y);
    }
    pen.stroke();
  }

  #line(pen, {series, value}, colour, width, dash) {
    const {slots, values} = series;
    if (!slots.length) return;
    const joined = Math.max(3, APART * (slots[slots.length - 1] - slots[0]) / Math.max(1, slots.length - 1));
    const wide = this.model.width;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.beginPath();
    let last = null, alone = true;
    const dots = [];
    for (let at = 0; at < slots.length; at++) {
      const found = value(values[at]);
      if (found === null) { if (last && alone) dots.push(last); last = null; continue; }
      const x = this.x((slots[at] + 0.5) * wide), y = this.y(found);
      if (last && slots[at] - last.slot <= joined) { pen.lineTo(x, y); alone = false; } else {
        if (last && alone) dots.push(last);
        pen.moveTo(x, y);
        alone = true;
      }
      last = {slot: slots[at], x, y};
    }
    if (last && alone) dots.push(last);
    pen.stroke();
    for (const {x, y} of dots) pen.fillRect(x - width, y - width, 2 * width, 2 * width);
    pen.setLineDash([]);
  }

  #reference(pen) {
    const y = Math.round(this.y(this.mark)) + 0.5;
    pen.strokeStyle = ink("soft");
    pen.setLineDash([1, 3]);
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(this.left, y);
    pen.lineTo(this.width - this.right, y);
    pen.stroke();
    pen.setLineDash([]);
  }

  reading(x) {
    const time = this.time(x), slot = Math.floor(time / this.model.width);
    const found = this.rows.filter((row) => row.front !== null).map((row) => {
      const held = row.series.before(slot);
      const value = held && row.value(held.values);
      return value === null || value === undefined ? null : [`${row.name}  ${this.write(value)}`, colourOf(row.front)];
    }).filter(Boolean);
    return [[day(time)], ...found];
  }
}
