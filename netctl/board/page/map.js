// The map of the US: who holds which zipcode, of all miners or of the one that is chosen.

import {Chart, ink} from "./chart.js";

const MANY = 1500;

export class Ground extends Chart {
  constructor(host, settings) {
    super(host, {left: 0, ...settings});
    Object.assign(this, {left: 4, right: 4, top: 4, bottom: 4, model: {known: false}});
  }

  set(told, chosen) {
    if (told !== this.told) {
      this.told = told;
      this.bits = new Map(Object.entries(told.held).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]));
      this.counts = told.places.map((_, number) => {
        let count = 0;
        for (const bits of this.bits.values()) count += bits[number >> 3] >> (number & 7) & 1;
        return count;
      });
    }
    this.chosen = this.bits.has(chosen) ? chosen : null;
    this.model = {known: true};
    const held = this.counts.filter(Boolean).length;
    this.tell(`Map of the US: ${held} of ${told.places.length} zipcodes are held by somebody`);
    this.stale();
  }

  holds(name, number) { return Boolean(this.bits.get(name)[number >> 3] >> (number & 7) & 1); }

  measure() {
    super.measure();
    if (this.told) this.height = Math.round(this.width / this.told.aspect) + 8;
  }

  place(number) {
    const [, x, y] = this.told.places[number];
    return [this.left + x * this.plotWidth, this.top + y * this.plotHeight];
  }

  draw(pen) {
    const {land, places} = this.told, miners = this.bits.size;
    const wide = this.plotWidth / land.columns, high = this.plotHeight / land.rows;
    pen.fillStyle = ink("land");
    for (const cell of land.cells) {
      pen.fillRect(this.left + cell % land.columns * wide, this.top + Math.floor(cell / land.columns) * high, wide * 0.72, high * 0.72);
    }
    const layers = [[], [], [], [], []];
    places.forEach(([, , , , premium], number) => layers[this.#kind(number, miners) + 1].push([number, premium]));
    const small = places.length > MANY, radius = small ? 1.5 : 2.6;
    const looks = [null, ink("gap"), ink("m1"), ink("m2"), ink("m3")];
    for (const layer of [2, 3, 4, 1]) {
      pen.fillStyle = pen.strokeStyle = looks[layer];
      pen.lineWidth = 1;
      pen.beginPath();
      for (const [number] of layers[layer]) {
        const [x, y] = this.place(number), r = layer === 1 ? radius * 0.8 : radius;
        pen.moveTo(x + r, y);
        pen.arc(x, y, r, 0, 7);
      }
      if (layer === 1) pen.stroke(); else pen.fill();
    }
    pen.strokeStyle = ink("ink");
    pen.beginPath();
    places.forEach(([, , , , premium], number) => {
      if (!premium) return;
      const [x, y] = this.place(number);
      pen.rect(x - 5, y - 5, 10, 10);
    });
    pen.stroke();
  }

  // 0: nobody; 1, 2, 3: one, several, all. With a miner chosen, 3 is its own and 1 is others'.
  #kind(number, miners) {
    const count = this.counts[number];
    if (this.chosen !== null) return this.holds(this.chosen, number) ? 3 : count ? 1 : 0;
    return count === 0 ? 0 : count === miners && miners > 1 ? 3 : count === 1 ? 1 : 2;
  }

  reading(x, y) {
    let best = null, least = 100;
    this.told.places.forEach((_, number) => {
      const [px, py] = this.place(number), far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least) { least = far; best = number; }
    });
    if (best === null) return null;
    const [zipcode, , , tier, premium, name] = this.told.places[best];
    const held = [...this.bits.keys()].filter((miner) => this.holds(miner, best));
    const who = held.length ? `held by ${held.slice(0, 6).join(", ")}${held.length > 6 ? ` and ${held.length - 6} more` : ""}` : "nobody holds it";
    const kind = this.told.tiers[tier]?.name;
    return [[`${zipcode} ${name}`], [`${kind ? `tier ${kind}` : ""}${premium ? ", premium" : ""}`.replace(/^, /, "")], [who]].filter(([text]) => text);
  }
}
