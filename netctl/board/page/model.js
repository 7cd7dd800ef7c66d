// What is known, in slots of time: series by name and key, each a row of values by slot.

export class Model {
  constructor() {
    this.width = 0;
    this.first = this.last = 0;
    this.until = 0;
    this.series = new Map();
    this.lives = new Map();
  }

  get begin() { return this.first * this.width; }
  get end() { return (this.last + 1) * this.width; }
  get known() { return this.width > 0 && this.until > 0; }

  // Takes the whole or a change; returns the names of what is another now. A change of another width is of before.
  take(told) {
    if (!("series" in told) || (!told.whole && told.width !== this.width)) return new Set();
    const moved = told.whole || told.first !== this.first || told.last !== this.last;
    const changed = new Set();
    if (told.whole) { this.series.clear(); this.lives.clear(); }
    Object.assign(this, {width: told.width, first: told.first, last: told.last, until: told.until});
    for (const [name, rows] of Object.entries(told.series)) {
      if (!this.series.has(name)) this.series.set(name, new Map());
      if (rows.length || moved) changed.add(name);
      for (const row of rows) this.#merge(this.series.get(name), row, told.whole);
    }
    for (const [name, rows] of Object.entries(told.lives)) this.lives.set(name, rows);
    if (moved || Object.keys(told.lives).length) changed.add("lives");
    if (moved && !told.whole) this.#forget();
    return changed;
  }

  of(name) { return [...(this.series.get(name)?.values() ?? [])]; }
  one(name, ...key) { return this.series.get(name)?.get(key.join("\u0000")); }

  #merge(series, {key, slots, values}, whole) {
    const name = key.join("\u0000");
    if (whole) { series.set(name, new Series(key, slots, values)); return; }
    let row = series.get(name);
    if (!row) series.set(name, row = new Series(key, [], values.map(() => [])));
    slots.forEach((slot, at) => row.put(slot, values.map((column) => column[at])));
  }

  #forget() {
    for (const series of this.series.values()) {
      for (const [name, row] of series) if (row.forget(this.first) === 0) series.delete(name);
    }
  }
}

// One key's rows, in columns: slots in order, and for each the values.
export class Series {
  constructor(key, slots, columns) {
    Object.assign(this, {key, slots, columns});
  }

  put(slot, values) {
    const at = this.#place(slot);
    if (this.slots[at] === slot) { values.forEach((value, column) => { this.columns[column][at] = value; }); return; }
    this.slots.splice(at, 0, slot);
    values.forEach((value, column) => this.columns[column].splice(at, 0, value));
  }

  forget(first) {
    const at = this.#place(first);
    if (at) for (const column of [this.slots, ...this.columns]) column.splice(0, at);
    return this.slots.length;
  }

  get end() { return this.slots.length - 1; }
  latest(column) { return this.columns[column][this.end]; }
  sum(column) { return this.columns[column].reduce((all, value) => all + value, 0); }

  // The place of a slot, or of the last one before it; -1 for none.
  before(slot) { return this.#place(slot + 1) - 1; }

  // The first place whose slot is not before this one; most are put at the end.
  #place(slot) {
    let low = 0, high = this.slots.length;
    if (high && this.slots[high - 1] < slot) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.slots[middle] < slot) low = middle + 1; else high = middle;
    }
    return low;
  }
}

const BY_NAME = new Intl.Collator("en", {numeric: true});
export function inOrder(names) { return [...names].sort(BY_NAME.compare); }
