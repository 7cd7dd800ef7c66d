// Lines over time. Some are in front, with a colour and a dash of their own; all others are one grey band.

import {Chart, ink, ticks} from "./chart.js";
import {day} from "./words.js";

export const DASHES = [[], [], [], [], [7, 3], [7, 3], [2, 3], [2, 3]];
export const MOST = 8;
export function colourOf(number) { return ink(`c${number % MOST}`); }

// Where points lie nearer to each other a line is thin: it is clearer, and takes half the time.
const NEAR_PX = 4;
// So much up or down is not seen.
const FLAT_PX = 0.6;

// How far apart two points may lie to be joined: some times their usual distance.
const APART = 6;

function joins({slots}) {
  return Math.max(3, APART * (slots[slots.length - 1] - slots[0]) / Math.max(1, slots.length - 1));
}

export class Lines extends Chart {
  constructor(host, settings) {
    super(host, settings);
    Object.assign(this, {rows: [], band: bandOf([]), floor: 0, ceiling: null, write: String, logarithmic: false, mark: null, ...settings});
  }

  // rows: [{name, series, value(columns, place), front: number or null, thin}]; those without a front are one band.
  set(model, rows, chosen = null) {
    Object.assign(this, {model, chosen});
    this.rows = rows.filter((row) => row.front !== null);
    this.band = bandOf(rows.filter((row) => row.front === null));
    this.stale();
    const said = this.rows.filter((row) => row.series.slots.length && !row.thin)
      .map((row) => `${row.name} ${this.write(row.value(row.series.columns, row.series.end))}`);
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
    this.#others(pen);
    if (this.mark !== null) this.#reference(pen);
    for (const row of [...this.rows].reverse()) {
      const dense = row.series.slots.length > this.plotWidth / NEAR_PX && row.name !== this.chosen;
      this.#line(pen, row, colourOf(row.front), row.thin || dense ? 1 : 2, row.thin ? [2, 2] : DASHES[row.front % MOST]);
    }
    pen.restore();
  }

  // From the least to the most of all others, and the middle one.
  #others(pen) {
    const {slots, low, high, middle} = this.band;
    if (!slots.length) return;
    const x = (at) => this.x((slots[at] + 0.5) * this.model.width);
    pen.fillStyle = ink("back");
    pen.beginPath();
    slots.forEach((_, at) => pen.lineTo(x(at), this.y(high[at])));
    for (let at = slots.length - 1; at >= 0; at--) pen.lineTo(x(at), this.y(low[at]));
    pen.closePath();
    pen.fill();
    pen.strokeStyle = ink("soft");
    pen.lineWidth = 1;
    pen.beginPath();
    slots.forEach((_, at) => pen.lineTo(x(at), this.y(middle[at])));
    pen.stroke();
  }

  y(value) {
    const [low, high] = this.range;
    const part = this.logarithmic ? (Math.log10(Math.max(value, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))
      : (value - low) / (high - low);
    return this.top + (1 - part) * this.plotHeight;
  }

  #scale() {
    let low = Infinity, high = -Infinity, least = Infinity;
    const see = (found) => {
      if (found === null) return;
      if (found < low) low = found;
      if (found > high) high = found;
      if (found > 0 && found < least) least = found;
    };
    for (const {series, value} of this.rows) for (let at = 0; at <= series.end; at++) see(value(series.columns, at));
    for (const each of [this.band.low, this.band.high]) each.forEach(see);
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
      : (this.ticks ?? ticks)(low, high, Math.max(2, this.plotHeight / 36));
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
    const {slots, columns} = series;
    if (!slots.length) return;
    const joined = joins(series);
    const wide = this.model.width;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.beginPath();
    let last = null, alone = true, drawn = null;
    const dots = [];
    for (let at = 0; at < slots.length; at++) {
      const found = value(columns, at);
      if (found === null) continue;
      const x = this.x((slots[at] + 0.5) * wide), y = this.y(found);
      if (last && slots[at] - last.slot <= joined) {
        alone = false;
        if (Math.abs(y - drawn.y) >= FLAT_PX) {
          if (last !== drawn) pen.lineTo(last.x, last.y);
          pen.lineTo(x, y);
          last = drawn = {slot: slots[at], x, y};
        } else last = {slot: slots[at], x, y};
      } else {
        if (last && alone) dots.push(last);
        if (last && last !== drawn) pen.lineTo(last.x, last.y);
        pen.moveTo(x, y);
        alone = true;
        last = drawn = {slot: slots[at], x, y};
      }
    }
    if (last && alone) dots.push(last);
    if (last && last !== drawn) pen.lineTo(last.x, last.y);
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
    const found = this.rows.map((row) => {
      const held = row.series.before(slot), value = held < 0 ? null : row.value(row.series.columns, held);
      return value === null || value === undefined ? null : [`${row.name}  ${this.write(value)}`, colourOf(row.front)];
    }).filter(Boolean);
    const {slots, low, high, middle, count} = this.band;
    const held = slots.findLastIndex((each) => each <= slot);
    if (held >= 0) found.push([`${count} others  ${this.write(low[held])} to ${this.write(high[held])}, half up to ${this.write(middle[held])}`, ink("back")]);
    return [[day(time)], ...found];
  }
}

// What many lines are at each slot: the least, the middle and the most. A picture of each would be one blot.
function bandOf(rows) {
  const found = {slots: [], low: [], high: [], middle: [], count: rows.length};
  const ends = rows.filter(({series}) => series.slots.length).flatMap(({series}) => [series.slots[0], series.slots[series.end]]);
  if (!ends.length) return found;
  const first = Math.min(...ends), wide = Math.max(...ends) - first + 1;
  const counts = new Uint16Array(wide), values = new Float64Array(wide * rows.length);
  for (const {series, value} of rows) {
    const joined = joins(series);
    for (let place = 0; place <= series.end; place++) {
      const one = value(series.columns, place), at = series.slots[place] - first;
      if (one === null) continue;
      // What was said last holds until something else is, or the middle would be of the few who spoke just then.
      const next = place < series.end ? series.slots[place + 1] - first : at + 1;
      for (let held = at; held < (next - at <= joined ? next : at + 1); held++) values[held * rows.length + counts[held]++] = one;
    }
  }
  for (let at = 0; at < wide; at++) {
    if (!counts[at]) continue;
    const sorted = values.subarray(at * rows.length, at * rows.length + counts[at]).sort();
    found.slots.push(first + at);
    found.low.push(sorted[0]);
    found.middle.push(sorted[sorted.length >> 1]);
    found.high.push(sorted[sorted.length - 1]);
  }
  return found;
}
