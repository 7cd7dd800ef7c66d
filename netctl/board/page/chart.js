// What all charts have: a canvas as wide as its card, axes, and a reading of one moment by mouse or arrow keys.

import {made, mark} from "./dom.js";
import {clock, day, exact} from "./words.js";

const PATTERNS = new Map();
let colours = new Map();

// A colour of the style sheet, as the theme has it now.
export function ink(name) {
  if (!colours.has(name)) {
    const probe = made("span", {hidden: true});
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    colours.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return colours.get(name);
}

const charts = new Set();
const waiting = new Set();
let frame = 0;

export function themeChanged() {
  colours = new Map();
  PATTERNS.clear();
  for (const chart of charts) chart.stale();
}

// Draws all that is stale and can be seen, once in a frame; the promise is kept when it has been painted.
const painted = [];
export function afterPaint() {
  return new Promise((resolve) => { painted.push(resolve); ask(); });
}
function ask() { frame ||= requestAnimationFrame(paint); }
function paint() {
  frame = 0;
  // Sizes are read before anything is written, or each chart would have the page laid out again.
  const now = [...waiting].filter((chart) => chart.visible);
  for (const chart of now) chart.measure();
  for (const chart of now) { waiting.delete(chart); chart.paint(); }
  const done = painted.splice(0);
  if (done.length) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { for (const resolve of done) resolve(); channel.port1.close(); };
    channel.port2.postMessage(0);
  }
}

const watched = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    target.chart.visible = isIntersecting;
    if (isIntersecting && waiting.has(target.chart)) ask();
  }
}, {rootMargin: "200px"});
const sized = new ResizeObserver((entries) => { for (const {target} of entries) target.chart.stale(); });

const tip = made("div", {class: "tip", role: "status", hidden: true});
document.body.append(tip);

export class Chart {
  constructor(host, {height = 170, left = 52, label = ""} = {}) {
    Object.assign(this, {height, left, right: 10, top: 8, bottom: 20, visible: false, at: null});
    this.canvas = made("canvas", {tabindex: "0", role: "img", "aria-label": label});
    this.line = made("i", {class: "probe", hidden: true});
    this.box = made("div", {class: "chart"}, this.canvas, this.line);
    this.box.chart = this;
    host.append(this.box);
    charts.add(this);
    watched.observe(this.box);
    sized.observe(this.box);
    this.canvas.addEventListener("pointermove", (event) => this.#read(event.offsetX, event.offsetY));
    this.canvas.addEventListener("pointerleave", () => this.#leave());
    this.canvas.addEventListener("blur", () => this.#leave());
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    this.canvas.addEventListener("click", (event) => this.pick?.(event.offsetX, event.offsetY));
  }

  remove() {
    charts.delete(this);
    waiting.delete(this);
    watched.unobserve(this.box);
    sized.unobserve(this.box);
    this.box.remove();
  }

  stale() { waiting.add(this); ask(); }

  tell(text) { mark(this.canvas, "aria-label", text); }

  get plotWidth() { return Math.max(1, this.width - this.left - this.right); }
  get plotHeight() { return Math.max(1, this.height - this.top - this.bottom); }

  x(time) { return this.left + (time - this.model.begin) / (this.model.end - this.model.begin) * this.plotWidth; }
  time(x) { return this.model.begin + (x - this.left) / this.plotWidth * (this.model.end - this.model.begin); }

  measure() { this.width = this.box.clientWidth; }

  paint() {
    if (!this.width) return;
    const scale = window.devicePixelRatio || 1;
    const wide = Math.round(this.width * scale), high = Math.round(this.height * scale);
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.height = `${this.height}px`;
    }
    const pen = this.pen ??= this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    pen.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    pen.lineJoin = "bevel";
    if (this.model?.known) this.draw(pen);
  }

  timeAxis(pen) {
    const {begin, end} = this.model;
    const step = timeStep((end - begin) / Math.max(2, this.plotWidth / 90));
    const write = step >= 86400 || end - begin > 2 * 86400 ? day : step < 60 ? exact : clock;
    const shift = new Date(end * 1000).getTimezoneOffset() * 60;
    pen.fillStyle = ink("soft");
    pen.strokeStyle = ink("edge");
    pen.lineWidth = 1;
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    pen.beginPath();
    for (let time = Math.ceil((begin - shift) / step) * step + shift; time <= end; time += step) {
      const x = Math.round(this.x(time)) + 0.5;
      pen.moveTo(x, this.top);
      pen.lineTo(x, this.height - this.bottom + 3);
      const text = write(time), half = pen.measureText(text).width / 2;
      if (x - half >= 0 && x + half <= this.width) pen.fillText(text, x, this.height - 5);
    }
    pen.stroke();
  }

  #read(x, y) {
    this.at = {x, y};
    if (!this.model?.known || x < this.left || x > this.width - this.right) { this.#leave(); return; }
    const lines = this.reading(x, y);
    if (!lines) { this.#leave(); return; }
    this.line.style.left = `${x}px`;
    this.line.style.top = `${this.top}px`;
    this.line.style.height = `${this.plotHeight}px`;
    this.line.hidden = false;
    tip.replaceChildren(...lines.map(([text, colour], number) => {
      const row = made("div", {class: number ? "" : "when"});
      if (colour) {
        const sign = made("i", {class: "sign"});
        sign.style.background = colour;
        row.append(sign);
      }
      row.append(text);
      return row;
    }));
    tip.hidden = false;
    const place = this.canvas.getBoundingClientRect();
    const onRight = place.left + x + tip.offsetWidth + 24 > document.documentElement.clientWidth;
    tip.style.left = `${Math.max(4, place.left + x + (onRight ? -tip.offsetWidth - 14 : 14))}px`;
    tip.style.top = `${Math.max(4, Math.min(place.top + y, innerHeight - tip.offsetHeight - 6))}px`;
  }

  #leave() {
    this.line.hidden = true;
    tip.hidden = true;
  }

  #key(event) {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (event.key === "Enter" && this.at) this.pick?.(this.at.x, this.at.y);
    if (!step || !this.model?.known) return;
    event.preventDefault();
    const from = this.at ?? {x: this.width - this.right, y: this.top + 1};
    const x = Math.min(this.width - this.right, Math.max(this.left, from.x + step[0] * this.plotWidth / 60));
    const y = Math.min(this.height - this.bottom - 1, Math.max(this.top + 1, from.y + step[1] * (this.rowHeight ?? 10)));
    this.#read(x, y);
    this.at = {x, y};
  }
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
function timeStep(least) { return STEPS.find((step) => step >= least) ?? STEPS[STEPS.length - 1]; }

// Round steps on an axis of values.
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power * 10;
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(value);
  return found;
}

// The same on an axis of durations.
export function spanTicks(low, high, count) {
  const step = high > 10 ? timeStep((high - low) / Math.max(1, count)) : 0;
  return step ? Array.from({length: Math.floor(high / step) + 1}, (_, number) => number * step) : ticks(low, high, count);
}

// Slanted lines, so that what is marked differs by more than its colour.
export function hatched(pen, colour) {
  if (!PATTERNS.has(colour)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const brush = tile.getContext("2d");
    brush.strokeStyle = colour;
    brush.lineWidth = 1.6;
    brush.beginPath();
    for (const from of [-3, 0, 3, 6]) { brush.moveTo(from, 6); brush.lineTo(from + 6, 0); }
    brush.stroke();
    PATTERNS.set(colour, pen.createPattern(tile, "repeat"));
  }
  return PATTERNS.get(colour);
}

export function legend(host, entries) {
  const key = JSON.stringify(entries) + ink("ink");
  if (host.dataset.key === key) return;
  host.dataset.key = key;
  host.replaceChildren(...entries.map(({text, colour, dash, hatch, thin}) => {
    if (colour === undefined) return made("span", {text});
    const sign = made("canvas", {class: "key", width: "44", height: "20", "aria-hidden": "true"});
    const pen = sign.getContext("2d");
    pen.scale(2, 2);
    if (dash !== undefined) {
      pen.strokeStyle = colour;
      pen.lineWidth = thin ? 1 : 2.2;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(0, 5);
      pen.lineTo(22, 5);
      pen.stroke();
    } else {
      pen.fillStyle = hatch ? ink("card") : colour;
      pen.fillRect(4, 0, 14, 10);
      if (hatch) { pen.fillStyle = hatched(pen, colour); pen.fillRect(4, 0, 14, 10); }
      pen.strokeStyle = ink("edge");
      pen.strokeRect(4.25, 0.25, 13.5, 9.5);
    }
    return made("span", {}, sign, text);
  }));
}
